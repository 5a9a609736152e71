"""What is to be said of a split: what cannot be known with these sources, and which images take no part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from core.retraining import SplitRow
from core.services.class_split import ClassSplit
from core.services.training_sides import FEWEST


def unknowable(rows: Sequence[SplitRow]) -> tuple[str, ...]:
    """What cannot be known with these sources, in sentences, class by class."""
    labels = sorted({row.label for row in rows})
    tested = {row.label for row in rows if row.test}
    sentences = [sentence for label in labels if label in tested for sentence in _of_class(label, rows)]
    if others := [label for label in labels if label not in tested]:
        has, them = ("has", "it") if len(others) == 1 else ("have", "them")
        sentences.append(
            f"{_listed(others)} {has} no test images here: what is won or lost on {them} can be known from other test "
            "images alone."
        )
    return tuple(sentences)


def dropped_words(made: ClassSplit) -> Iterator[str]:
    """Sentences about the images of a class that take no part."""
    if made.copies:
        what, are = ("1 file", "is a copy") if made.copies == 1 else (f"{made.copies:,} files", "are copies")
        yield f"{what} of {made.label!r} {are} of other files, byte for byte; each image counts once."
    if made.apart:
        what, take = _images(made.apart)
        yield (
            f"{what} of {made.label!r} {take} no part: by itself or by a near copy, each belongs to another side than "
            "the source that it is in."
        )
    if made.tested:
        what, take = _images(made.tested)
        yield (
            f"{what} of {made.label!r} {take} no part, because the parent is tested on them, or on near copies of them."
        )
    if made.learned:
        what, take = _images(made.learned)
        yield (
            f"{what} of {made.label!r} {take} no part, because the parent was trained on them, or on near "
            "copies of them."
        )
    if made.flatters:
        yield (
            f"The parent has seen every image of {made.label!r} that is at hand, so that some of them are held out "
            "although it may have learned from them: thresholds for this class may be too kind."
        )


def _images(count: int) -> tuple[str, str]:
    return ("1 image", "takes") if count == 1 else (f"{count:,} images", "take")


def _of_class(label: str, rows: Iterable[SplitRow]) -> Iterator[str]:
    mine = [row for row in rows if row.label == label]
    trained = {row.source for row in mine if row.training}
    held = {row.source for row in mine if row.held_out}
    tested = {row.source for row in mine if row.test}
    if len(mine) == 1:
        yield (
            f"All images of {label!r} come from one source ({mine[0].source}): whether the architecture is recognised, "
            "or the way this source made and saved its images, cannot be known. The figures hold for images of this "
            "source."
        )
        yield from _few(label, mine)
        return
    if shared := tested & (trained | held):
        yield (
            f"The sources of {label!r} are too small for one to be kept apart ({_listed(shared)} on both sides): how "
            "images of another source would fare cannot be known."
        )
    elif len(tested) == 1:
        yield (
            f"{label!r} is tested on one source ({_listed(tested)}): how much its recall differs from source to source "
            "cannot be known."
        )
    if (shared := held & trained) and not tested & (trained | held):
        yield (
            f"The thresholds for {label!r} rest on held-out images of sources that are trained on as well "
            f"({_listed(shared)}), and may be too kind to other sources."
        )
    yield from _few(label, mine)


def _few(label: str, rows: Sequence[SplitRow]) -> Iterator[str]:
    count = sum(row.test for row in rows)
    if 0 < count < FEWEST:
        what = "1 test image" if count == 1 else f"{count} test images"
        yield f"{label!r} has {what}, fewer than {FEWEST}: its recall is known only roughly."


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
