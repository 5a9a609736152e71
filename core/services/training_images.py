"""The images of a retraining draft: found, hashed, decoded where it is safe, described, and kept."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from core.imaging.claimed_architecture import class_name, suggested_class
from core.imaging.problems import Undecodable
from core.imaging.training_facts import TrainingFacts, training_facts
from core.progress import Progress
from core.retraining import Draft, ImageGroup, TrainingImage
from core.services.processes import Processes
from core.services.training_facts_file import FactsFile, Kept
from core.services.training_folders import groups_below, image_files, sample, shape_of
from core.settings import Settings

_IN_FLIGHT = 32
_EVERY = 500  # images between two savings of what was found
_LOOKED_AT = 12  # images of a folder whose metadata suggest its class
_NAMELESS = "new-class"


class TrainingImages:
    """Reads the images that a detector is to learn from, in reader processes.

    Args:
        processes: holds the reader processes.
        settings: of the analyst.
    """

    def __init__(self, processes: Processes, settings: Settings) -> None:
        self._processes, self._settings = processes, settings

    def read(
        self, groups: Sequence[ImageGroup], folder: Path | None, progress: Progress | None = None
    ) -> tuple[TrainingImage, ...]:
        """Every image file of the groups, in their order; what did not change since the last time is not read again.

        A file named twice for one class counts once. A file that cannot be used has a `problem` and nothing else.

        Args:
            groups: folders with their class and source.
            folder: of the draft, where facts and thumbnails are kept; None keeps nothing.
            progress: report and cancel point; what was read before cancelling is kept.

        Raises:
            NotFound: a folder is not there.
            DiskFull, NoPermission, CoreError: nothing can be kept; or a folder cannot be searched.
        """
        progress = progress or Progress()
        progress.start("Looking for images", None, "folders")
        found: dict[tuple[Path, str], ImageGroup] = {}
        for group in groups:
            for path in image_files(group.folder, progress):
                found.setdefault((path, group.label), group)
            progress.step()
        known = self._known([*dict.fromkeys(path for path, _ in found)], FactsFile(folder), progress)
        return tuple(_image(path, group, known[path]) for (path, _), group in found.items())

    def known(self, draft: Draft, folder: Path | None, progress: Progress | None = None) -> tuple[TrainingImage, ...]:
        """The images of a draft's `known_data`.

        Raises:
            NotFound, BadInput: a folder is not there, or has no images in the form ``<class>/<source>/<image>``.
        """
        groups = [group for place in draft.known_data for group in groups_below(place, progress)]
        return self.read(groups, folder, progress)

    def tests(self, draft: Draft, folder: Path | None, progress: Progress | None = None) -> tuple[TrainingImage, ...]:
        """The images of a draft's `test_data`; none when it names none. Raises as `known`."""
        return self.read(groups_below(draft.test_data, progress), folder, progress) if draft.test_data else ()

    def suggest(self, folder: Path, progress: Progress | None = None) -> tuple[ImageGroup, ...]:
        """What a dropped folder probably is: ``DIR/<class>/<source>/*``, ``DIR/<class>/*``, or images of one class.

        The class of a flat folder is what most of its files' metadata name as their generator, else the folder's name.
        Folders that all name the same generator are sources of one class.

        Raises:
            NotFound, BadInput: the folder is not there, or has no images; the sentence says what to do.
        """
        progress = progress or Progress()
        progress.start("Looking at the folder", None, "images")
        folder = folder.resolve()
        shape = shape_of(folder, progress)
        if max(map(len, shape)) == 2:
            return tuple(ImageGroup(label, source, folder / label / source) for label, source in shape)
        claimed = {parts: self._claimed(files, progress) for parts, files in shape.items()}
        names = set(claimed.values())
        if len(names) == 1 and names != {""}:
            label = names.pop()
            return tuple(
                ImageGroup(label, class_name((parts or (folder.name,))[-1]) or label, folder.joinpath(*parts))
                for parts in shape
            )
        if () in shape:
            name = class_name(folder.name) or _NAMELESS
            return (ImageGroup(name, name, folder),)
        if len(shape) == 1:
            (inner,) = next(iter(shape))  # one folder in it: a class with its only source
            return (ImageGroup(class_name(folder.name) or _NAMELESS, inner, folder / inner),)
        source = class_name(folder.name) or "folder"
        return tuple(ImageGroup(parts[0], source, folder / parts[0]) for parts in shape)

    def _known(self, paths: Sequence[Path], kept: FactsFile, progress: Progress) -> dict[Path, Kept]:
        known = {path: before for path in paths if (before := kept.get(path)) is not None}
        missing = [path for path in paths if path not in known]
        progress.start("Reading images", len(paths), "images", done=len(known))
        try:
            for count, (path, facts, problem) in enumerate(self._facts(missing, progress), 1):
                kept.put(path, facts, problem)
                known[path] = Kept(0, 0, facts, problem)
                if count % _EVERY == 0:
                    kept.save()
        finally:
            if missing:
                kept.save()
        return known

    def _facts(self, paths: Sequence[Path], progress: Progress) -> Iterator[tuple[Path, TrainingFacts | None, str]]:
        """Facts, or why there are none, with the next files already on their way."""
        flying: deque[tuple[Path, Future[TrainingFacts]]] = deque()
        waiting = iter(paths)
        pool, limit = self._processes.readers(), self._processes.pixel_limit
        try:
            while True:
                while len(flying) < _IN_FLIGHT and (path := next(waiting, None)) is not None:
                    flying.append((path, pool.submit(training_facts, path, limit)))
                if not flying:
                    return
                path, future = flying.popleft()
                try:
                    yield path, self._processes.result(future, progress), ""
                except Undecodable as problem:
                    yield path, None, problem.sentence
                progress.step()
        finally:
            for _, future in flying:
                future.cancel()

    def _claimed(self, files: list[Path], progress: Progress) -> str:
        """The class that most of some files' metadata suggest, "" for none."""
        looked = list(sample(files, _LOOKED_AT))
        claims = [facts.claim for _, facts, _ in self._facts(looked, progress) if facts is not None]
        named = Counter(suggested_class(claim) for claim in claims if claim)
        name, count = named.most_common(1)[0] if named else ("", 0)
        return name if 2 * count > len(looked) else ""


def _image(path: Path, group: ImageGroup, kept: Kept) -> TrainingImage:
    facts = kept.facts
    if facts is None:
        return TrainingImage(path, group.label, group.source, "", _size(path), problem=kept.problem)
    return TrainingImage(
        path=path,
        label=group.label,
        source=group.source,
        sha256=facts.sha256,
        size_bytes=facts.size_bytes,
        container=facts.container,
        tables=facts.tables,
        quality=facts.quality,
        width=facts.width,
        height=facts.height,
        claim=facts.claim,
        hash64=facts.hash64,
        colours=facts.colours,
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
