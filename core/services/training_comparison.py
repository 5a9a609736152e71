"""A new detector beside its parent on the same test images: figures of both, classes, old ones paired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.services.comparison import mcnemar_exact

if TYPE_CHECKING:
    from core.dna.evaluate import Judged
    from core.services.training_testing import Said, Tested

HEADLINES = ("false_accusation", "oscr", "auroc_unknown", "ece", "cllr")
_ALIKE = ("n", "unknown", "accuracy", "oscr", "auroc_unknown", "ece", "cllr")


def side_by_side(tested: Sequence[Tested], new: Sequence[str], parent: Sequence[str] | None) -> dict[str, Any]:
    """What both detectors reach on the same images.

    For each detector an image of a class that it cannot name counts as one of an unknown architecture, as the field
    measures it; "alike" holds the figures on the images that are known to both or to neither.

    Args:
        tested: every test image.
        new: classes of the new detector, in the order of its scores.
        parent: those of its parent; None without one.
    """
    from core.dna.evaluate import figures

    of_new = figures([_seen_by(one, one.new, new) for one in tested], new)
    of_parent = None if parent is None else figures(_all_by_parent(tested, parent), parent)
    both = {"parent": of_parent, "new": of_new}
    return {
        **both,
        "classes": list(_classes(tested, new, parent)),
        "old_classes": None if parent is None else _old_classes(tested, new, parent),
        **{key: {side: row and row[key] for side, row in both.items()} for key in HEADLINES},
        "confusion": {side: row and row["confusion"] for side, row in both.items()},
        "alike": None if parent is None else _alike(tested, new, parent),
    }


def top_of(said: Judged, classes: Sequence[str]) -> str | None:
    """The class with the top score; None for an image out of scope."""
    return classes[int(said.scores.argmax())] if len(said.scores) else None


def is_right(one: Tested, said: Said | None, classes: Sequence[str]) -> bool:
    """Whether the top class is the image's own."""
    return said is not None and top_of(said.judged, classes) == one.truth


def counted(hits: int, n: int, share: str = "share") -> dict[str, Any]:
    """A count of a whole with its share (None of nothing) and its 95 % interval."""
    from core.dna.evaluate import wilson

    return {"n": n, "correct": hits, share: hits / n if n else None, "ci": wilson(hits, n)}


def _seen_by(one: Tested, said: Said, classes: Sequence[str]) -> Judged:
    from core.dna.dataset import UNKNOWN

    return replace(said.judged, truth=one.truth if one.truth in classes else UNKNOWN)


def _all_by_parent(tested: Sequence[Tested], classes: Sequence[str]) -> list[Judged]:
    return [_seen_by(one, one.parent, classes) for one in tested if one.parent is not None]


def _classes(tested: Sequence[Tested], new: Sequence[str], parent: Sequence[str] | None) -> Iterator[Mapping[str, Any]]:
    """Every class of either; what a detector cannot name it has none right of."""
    old = parent or ()
    for name in (*new, *(name for name in old if name not in new)):
        mine = [one for one in tested if one.truth == name]
        before = sum(is_right(one, one.parent, old) for one in mine)
        after = sum(is_right(one, one.new, new) for one in mine)
        yield {
            "name": name,
            "added": name not in old,
            "parent": counted(before, len(mine), "recall") if name in old else None,
            "new": counted(after, len(mine), "recall"),
        }


def _old_classes(tested: Sequence[Tested], new: Sequence[str], parent: Sequence[str]) -> dict[str, Any]:
    """The images of the parent's classes, paired: what each names rightly, and whether the difference may be chance."""
    mine = [one for one in tested if one.truth in parent]
    right = [(is_right(one, one.parent, parent), is_right(one, one.new, new)) for one in mine]
    lost, gained = right.count((True, False)), right.count((False, True))
    return {
        "n": len(mine),
        "parent": counted(sum(before for before, _ in right), len(mine)),
        "new": counted(sum(after for _, after in right), len(mine)),
        "only_parent": lost,
        "only_new": gained,
        "mcnemar_p": mcnemar_exact(lost, gained),
    }


def _alike(tested: Sequence[Tested], new: Sequence[str], parent: Sequence[str]) -> dict[str, Any]:
    from core.dna.evaluate import figures

    mine = [one for one in tested if (one.truth in new) == (one.truth in parent)]
    both = {
        "parent": figures(_all_by_parent(mine, parent), parent),
        "new": figures([_seen_by(one, one.new, new) for one in mine], new),
    }
    return {side: {key: row[key] for key in _ALIKE} for side, row in both.items()}
