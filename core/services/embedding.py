"""Where the exhibits of the open case lie among others, seen by one detector."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.dna import embedding
from core.dna.reference import Reference, read_reference
from core.domain import DetectorSummary, Verdict
from core.errors import AnswerHidden, BadInput, NotFound
from core.examine import FEATURE_LENGTH, EmbeddingMap, Neighbour
from core.progress import Progress
from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.embedding_process import Groups, Refinement
from core.store import blindness, findings

Vectors = NDArray[np.float32]
Key = tuple[str, str]

_KEPT_MAPS = 4
_NO_REFERENCE = "This detector carries no reference images, so the map shows exhibits alone."
_NO_FEATURE = (
    "This exhibit has no feature of the detector, so it has no neighbours. Analyse it first; an exhibit that is out of "
    "scope has none."
)


@dataclass(frozen=True, slots=True)
class _World:
    """Everything a map is drawn of: exhibits first, then reference images."""

    detector: DetectorSummary
    exhibit_ids: tuple[int, ...]
    verdicts: tuple[Verdict, ...]
    vectors: Vectors  # (n + m, 512) unit vectors
    labels: tuple[str, ...]  # (m,)
    left_out: tuple[int, ...]
    hidden: frozenset[int]

    @property
    def count(self) -> int:
        """How many exhibits there are."""
        return len(self.exhibit_ids)

    @property
    def candidates(self) -> NDArray[np.bool_]:
        """Who may be proposed as a group."""
        unknown = [verdict is Verdict.UNKNOWN for verdict in self.verdicts]
        return np.array([*unknown, *[False] * len(self.labels)], bool)

    def key(self, method: str) -> Key:
        """Stands for the map that a method draws of this world."""
        content = hashlib.sha256(self.vectors.tobytes())
        content.update(repr((self.exhibit_ids, self.verdicts, self.labels, self.left_out, len(self.hidden))).encode())
        return method, content.hexdigest()


class Embedding:
    """Draws maps of the open case and names neighbours; in a blind case without the exhibits that are still hidden.

    Args:
        cases: holds the open case.
        detectors: which detector.
    """

    def __init__(self, cases: Cases, detectors: Detectors) -> None:
        self._cases = cases
        self._detectors = detectors
        self._maps: OrderedDict[Key, EmbeddingMap] = OrderedDict()
        self._running: set[Refinement] = set()
        self._lock = threading.Lock()

    @property
    def methods(self) -> tuple[str, ...]:
        """What `map` takes as a method; the first one is quick."""
        return embedding.METHODS

    def map(
        self,
        method: str = embedding.PCA,
        *,
        detector: str | None = None,
        progress: Progress | None = None,
        refined: Callable[[EmbeddingMap], None] | None = None,
    ) -> EmbeddingMap:
        """Where the exhibits lie, together with the reference images of the detector.

        The first picture is PCA's and comes at once; groups and everything else come from a process of their own.

        Args:
            method: one of `methods`.
            detector: path, digest or name; None the current one.
            progress: report and cancel point.
            refined: called in the working thread with the first picture and every further one, final or not.

        Raises:
            BadInput: there is no such method.
            Cancelled: at once when it was asked for; nothing is kept.
        """
        if method not in embedding.METHODS:
            raise BadInput(f"There is no map by {method!r}. There is: {', '.join(embedding.METHODS)}.")
        progress, tell = progress or Progress(), refined or (lambda _picture: None)
        progress.start("Drawing the map", None, "steps")
        world = self._world(detector)
        key = world.key(method)
        if (kept := self._kept(key)) is not None:
            tell(kept)
            return kept
        picture = _picture(world, embedding.pca(world.vectors), method)
        alone = method == embedding.PCA and int(world.candidates.sum()) < embedding.LEAST_MEMBERS
        if not world.count or alone:
            picture = replace(picture, final=True, share=1.0)
        tell(picture)
        if not picture.final:
            picture = self._refine(world, picture, progress, tell)
        self._keep(key, picture)
        return picture

    def neighbours(self, exhibit_id: int, count: int = 12, *, detector: str | None = None) -> tuple[Neighbour, ...]:
        """The nearest exhibits, nearest first, and then the nearest classes of reference images, nearest first.

        Args:
            exhibit_id: whose neighbours.
            count: at most so many exhibits, and at most so many classes.
            detector: path, digest or name; None the current one.

        Raises:
            AnswerHidden: the case is blind, and this examiner has not written down a view.
            NotFound: the exhibit has no feature of this detector.
        """
        world = self._world(detector)
        if exhibit_id in world.hidden:
            raise AnswerHidden("This case is blind: write down your own view of the exhibit first.")
        if exhibit_id not in world.exhibit_ids:
            raise NotFound(_NO_FEATURE)
        exhibits, classes = _neighbours(world, world.exhibit_ids.index(exhibit_id), count)
        return (*exhibits, *classes)

    def neighbours_among(
        self, exhibit_ids: Sequence[int], count: int = 3, *, detector: str | None = None
    ) -> Mapping[int, tuple[Neighbour, ...]]:
        """The nearest exhibits of many exhibits, and the nearest class of reference images of each.

        Exhibits without a feature of the detector, and hidden ones, are left out.
        """
        world = self._world(detector)
        places = {number: place for place, number in enumerate(world.exhibit_ids)}
        found: dict[int, tuple[Neighbour, ...]] = {}
        for number in exhibit_ids:
            if number in places:
                exhibits, classes = _neighbours(world, places[number], count)
                found[number] = (*exhibits, *classes[:1])
        return found

    def close(self) -> None:
        """End the processes that are still refining."""
        with self._lock:
            running = tuple(self._running)
        for refinement in running:
            refinement.stop()

    def _world(self, wanted: str | None) -> _World:
        detector = self._detectors.find(wanted)
        database = self._cases.database
        with database.reading() as session:
            kept = findings.features(session, detector.reference.digest)
            hidden = blindness.hidden_among(session, (*kept.exhibit_ids, *kept.others), database.actor)
        vectors, sound = embedding.unit_vectors(kept.values)
        rows = [row for row in np.flatnonzero(sound).tolist() if kept.exhibit_ids[row] not in hidden]
        shown = np.isin(np.flatnonzero(sound), rows)
        damaged = (kept.exhibit_ids[row] for row in np.flatnonzero(~sound).tolist())
        reference = _sound_reference(detector)
        return _World(
            detector,
            tuple(kept.exhibit_ids[row] for row in rows),
            tuple(kept.verdicts[row] for row in rows),
            np.vstack([vectors[shown], reference.features]),
            tuple(detector.classes[label] for label in reference.labels.tolist()),
            tuple(sorted({*kept.others, *damaged} - hidden)),
            hidden,
        )

    def _refine(
        self, world: _World, picture: EmbeddingMap, progress: Progress, tell: Callable[[EmbeddingMap], None]
    ) -> EmbeddingMap:
        start = np.vstack([picture.points, picture.reference])
        refinement = Refinement(world.vectors, world.candidates, start, picture.method)
        with self._lock:
            self._running.add(refinement)
        try:
            progress.start("Looking for groups", None, "steps")
            for result in refinement.results(progress):
                if isinstance(result, Groups):
                    members = (tuple(world.exhibit_ids[place] for place in group) for group in result.members)
                    picture = replace(picture, clusters=tuple(members))
                else:
                    picture = _moved(picture, result.points, result.done / result.total)
                    progress.start("Drawing the map", result.total, "steps", done=result.done)
                tell(picture)
        finally:
            with self._lock:
                self._running.discard(refinement)
        picture = replace(picture, final=True, share=1.0)
        tell(picture)
        return picture

    def _kept(self, key: Key) -> EmbeddingMap | None:
        with self._lock:
            if key in self._maps:
                self._maps.move_to_end(key)
            return self._maps.get(key)

    def _keep(self, key: Key, picture: EmbeddingMap) -> None:
        with self._lock:
            self._maps[key] = picture
            while len(self._maps) > _KEPT_MAPS:
                self._maps.popitem(last=False)


def _sound_reference(detector: DetectorSummary) -> Reference:
    """The reference images that can be used; an empty reference for a detector without."""
    found = read_reference(Path(detector.path))
    if found is None or found.features.shape[1] != FEATURE_LENGTH:
        return Reference(np.zeros((0, FEATURE_LENGTH), np.float32), np.zeros(0, np.int64))
    vectors, sound = embedding.unit_vectors(found.features)
    labels = found.labels[sound]
    named = (labels >= 0) & (labels < len(detector.classes))
    return Reference(vectors[named], labels[named])


def _neighbours(world: _World, place: int, count: int) -> tuple[list[Neighbour], list[Neighbour]]:
    """The nearest exhibits and the nearest classes of the exhibit at a place."""
    own, exhibits = world.vectors[place], world.vectors[: world.count]
    near, distances = embedding.nearest(own, exhibits, count + 1)
    names, numbers = np.unique(np.array(world.labels, dtype=np.str_), return_inverse=True)
    classes = embedding.nearest_classes(own, world.vectors[world.count :], numbers)
    found = [
        Neighbour(float(distance), exhibit_id=world.exhibit_ids[other])
        for other, distance in zip(near, distances, strict=True)
        if other != place
    ]
    known = [Neighbour(distance, architecture=str(names[number])) for number, distance in classes]
    return found[:count], known[:count]


def _picture(world: _World, points: Vectors, method: str) -> EmbeddingMap:
    return EmbeddingMap(
        detector=world.detector.reference,
        method=method,
        exhibit_ids=world.exhibit_ids,
        points=points[: world.count],
        reference=points[world.count :],
        reference_labels=world.labels,
        clusters=(),
        left_out=world.left_out,
        final=False,
        verdicts=world.verdicts,
        hidden=len(world.hidden),
        remarks=() if world.labels else (_NO_REFERENCE,),
        share=0.0,
    )


def _moved(picture: EmbeddingMap, points: Vectors, share: float) -> EmbeddingMap:
    count = len(picture.exhibit_ids)
    return replace(picture, points=points[:count], reference=points[count:], share=share)
