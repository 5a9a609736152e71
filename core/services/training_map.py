"""Where test images lie among one another by the features of a detector, before and after a retraining."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress
from core.services.embedding_process import Places, Refinement
from core.services.training_comparison import top_of

if TYPE_CHECKING:
    from core.services.training_testing import Said, Tested

_METHOD = "t-SNE"
_MOST = 600  # points; more of them take minutes, and lie on top of one another
_SAME = "Both detectors have the same encoder, so the images lie where they lay; only what they are called differs."


@dataclass(frozen=True, slots=True)
class Sides:
    """The classes of both detectors, and whether they have the same encoder."""

    new: Sequence[str]
    parent: Sequence[str] | None
    shared: bool


def drawn_map(tested: Sequence[Tested], sides: Sides, progress: Progress) -> dict[str, Any]:
    """The part "map" of a result: points of "before" (the parent) and "after", with what each image was called.

    Args:
        tested: every test image; of many, some of each class are drawn.
        sides: both detectors.
        progress: report and cancel point.
    """
    chosen = evenly([one for one in tested if _has_place(one)], _MOST)
    after = _points(chosen, [one.new for one in chosen], sides.new, progress.part("After"))
    before: list[dict[str, Any]] = []
    if sides.parent is not None:
        said = [one.parent or one.new for one in chosen]
        before = _renamed(after, said, sides.parent) if sides.shared else []
        before = before or _points(chosen, said, sides.parent, progress.part("Before"))
    words = f"{len(chosen)} of {len(tested)} test images, by {_METHOD} on features (PCA where that tells none apart)."
    same = sides.shared and sides.parent is not None
    return {"before": before, "after": after, "same_encoder": same, "words": f"{words} {_SAME}" if same else words}


def evenly(tested: Sequence[Tested], most: int) -> list[Tested]:
    """At most so many images, the same each time: of every class in turn, in the order of their digests."""
    by_class: dict[str, list[Tested]] = {}
    for one in sorted(tested, key=lambda one: (one.sha256, one.path)):
        by_class.setdefault(one.truth, []).append(one)
    longest = max(map(len, by_class.values()), default=0)
    turns = (mine[turn] for turn in range(longest) for _, mine in sorted(by_class.items()) if turn < len(mine))
    return [one for one, _ in zip(turns, range(most), strict=False)]


def _has_place(one: Tested) -> bool:
    return all(said is None or _sound(said.feature) for said in (one.new, one.parent))


def _sound(feature: NDArray[np.float32]) -> bool:
    return bool(len(feature) and np.isfinite(feature).all() and feature.any())


def _points(
    chosen: Sequence[Tested], said: Sequence[Said], classes: Sequence[str], progress: Progress
) -> list[dict[str, Any]]:
    if not chosen:
        return []
    places = _places(np.stack([one.feature for one in said]), progress)
    return [
        {"x": float(x), "y": float(y), "label": one.truth, "said": top_of(mine.judged, classes)}
        for (x, y), one, mine in zip(places, chosen, said, strict=True)
    ]


def _renamed(points: Sequence[dict[str, Any]], said: Sequence[Said], classes: Sequence[str]) -> list[dict[str, Any]]:
    return [{**point, "said": top_of(one.judged, classes)} for point, one in zip(points, said, strict=True)]


def _places(features: NDArray[np.float32], progress: Progress) -> NDArray[np.float32]:
    """Two coordinates of each row (n, 2), refined in a process of its own."""
    from core.dna import embedding

    vectors, _ = embedding.unit_vectors(features)
    start = places = embedding.pca(vectors)
    progress.start("drawing the map", None, "steps")
    refinement = Refinement(vectors, np.zeros(len(vectors), bool), start, _METHOD)
    for found in refinement.results(progress):
        if isinstance(found, Places):
            places = found.points
            progress.start("drawing the map", found.total, "steps", done=found.done)
    return places if places.std(axis=0).any() else start  # few images, all equally far apart, fall onto one spot
