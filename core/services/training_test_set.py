"""The images that a new detector and its parent are measured on: none that either has learned from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain import DetectorSummary
from core.progress import Progress
from core.retraining import Side, Split, TrainingImage
from core.services.unseen_data import trained_images, trained_sources

if TYPE_CHECKING:
    from core.dna.dataset import Item
    from core.dna.rehearsal import Rehearsal
    from core.services.training_testing import Tested

_SHEET = "-sheet2x2"  # published sheets of four, as the listing of a data folder knows them
_BEGINNING = 12  # hexadecimal digits of a SHA-256 that a detector remembers
_NAMED = 5


@dataclass(frozen=True, slots=True)
class MeasuringSet:
    """Test images as files.

    Attributes:
        items: what is to be read.
        split, folder: how many of them come from the split's test side, and from the folder of test images.
        remarks: sentences about what was left out, and what these images cannot tell.
    """

    items: tuple[Item, ...]
    split: int
    folder: int
    remarks: tuple[str, ...] = ()


def measuring_set(
    split: Split | None, folder: Path | None, detectors: Sequence[DetectorSummary], progress: Progress
) -> MeasuringSet:
    """The test side of a split and a folder of test images, without what was learned from.

    Args:
        split: None before anything was split.
        folder: ``DIR/<class>/<source>/*``, or None.
        detectors: whose cards say what was learned from: the new one and its parent.
        progress: told of every file hashed.

    Raises:
        NotFound, BadInput: the folder is gone, or is no folder of test images.
    """
    from core.dna.dataset import list_data

    images = split.images if split else ()
    mine = [item_of(image) for image in images if image.side is Side.TEST]
    known = {image.sha256 for image in images}
    listed = list_data(folder, progress=progress).items if folder else ()
    more = [item for item in listed if item.sha256 not in known]
    learned = _learned([*mine, *more], detectors)
    taken, added = ([item for item in items if item.sha256 not in learned] for items in (mine, more))
    remarks = [*(split.unknowable if split else ()), *_left_out(learned, listed, more), *_met(added, detectors)]
    return MeasuringSet((*taken, *added), len(taken), len(added), tuple(remarks))


def item_of(image: TrainingImage) -> Item:
    """An image of a split as the reading of data folders knows it."""
    from core.dna.dataset import Item

    sheet = _SHEET in image.path.stem
    return Item(image.path, image.label, image.source, image.sha256, image.sha256, sheet)


def beginnings(digests: Iterable[str]) -> frozenset[str]:
    """As much of each SHA-256 as a detector remembers of its images."""
    return frozenset(digest[:_BEGINNING] for digest in digests)


def without_remembered(found: MeasuringSet, rehearsal: Rehearsal | None) -> MeasuringSet:
    """A test set without the images that chose the parent's weights and thresholds, as it remembers them."""
    if rehearsal is None:
        return found
    served = beginnings(image.sha256 for image in rehearsal.images if image.side is not Side.TEST)
    kept = [item.sha256[:_BEGINNING] not in served for item in found.items]
    if all(kept):
        return found
    split = sum(kept[: found.split])
    said = f"{_images(len(kept) - sum(kept))} served the parent's training or calibration and took no part."
    items = tuple(item for item, keep in zip(found.items, kept, strict=True) if keep)
    return MeasuringSet(items, split, len(items) - split, (*found.remarks, said))


def digest_of(tested: Iterable[Tested]) -> str:
    """SHA-256 over class, source and digest of every test image, in order."""
    lines = sorted(
        f"{one.source}\t{one.sha256}\t{one.path.rpartition('#')[2] if '#' in one.path else ''}" for one in tested
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def described(
    tested: Sequence[Tested], found: MeasuringSet, folder: Path | None, seen: Sequence[str] = ()
) -> dict[str, Any]:
    """The part "set" of a result: how many images of which sources, and in words where they come from.

    Args:
        tested: every test image.
        found: where those with a file come from.
        folder: of test images.
        seen: sources ("class/source") that a detector has learned from, measured on all the same.
    """
    features = sum(not one.path for one in tested)
    sources = sorted({one.source for one in tested})
    parts = [
        (found.split, "of the split's test side"),
        (found.folder, f"in the folder {folder}"),
        (features, "that the parent remembers by their features"),
    ]
    said = "; ".join(f"{_images(count)} {what}" for count, what in parts if count)
    counted = f"{len(sources)} source{'' if len(sources) == 1 else 's'}"
    return {
        "n": len(tested),
        "images": len(tested) - features,
        "from_features": features,
        "digest": digest_of(tested),
        "sources": sources,
        "words": f"{_images(len(tested))} of {counted}, {_fair(seen)}: {said}." if tested else "No images.",
    }


def _fair(seen: Sequence[str]) -> str:
    return f"NO FAIR TEST because training has seen {_some(seen)}" if seen else "none of them learned from"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} others" if len(names) > _NAMED else "")


def _learned(items: Sequence[Item], detectors: Sequence[DetectorSummary]) -> frozenset[str]:
    """SHA-256 of the items that one of the detectors, or what it started from, was trained on."""
    from core.dna.contamination import shared_sources
    from core.dna.dataset import Manifest

    out: set[str] = set()
    for seen in _seen(detectors):
        suspects = set(shared_sources(seen, Manifest(tuple(items), "")))  # few; only their images are looked at singly
        mine = [item for item in items if f"{item.architecture}/{item.source}" in suspects]
        out |= {item.sha256 for item in mine if shared_sources(seen, Manifest((item,), ""))}
    return frozenset(out)


def _seen(detectors: Sequence[DetectorSummary]) -> Iterator[Mapping[str, Any]]:
    """What each was trained and calibrated on, by images alone: another image of a source is a test image."""
    for detector in detectors:
        yield trained_images(detector.card)
        yield {"image_digests": (detector.card.get("calibrated_on") or {}).get("image_digests")}


def _left_out(learned: frozenset[str], listed: Sequence[Item], more: Sequence[Item]) -> Iterator[str]:
    if learned:
        yield f"{_images(len(learned))} that a detector has learned from took no part."
    if len(listed) > len(more):
        yield f"{_images(len(listed) - len(more))} of the test folder are in the split too and count once, as split."


def _met(added: Sequence[Item], detectors: Sequence[DetectorSummary]) -> Iterator[str]:
    names = {f"{item.architecture}/{item.source}" for item in added}
    seen = sorted({source for one in detectors for source in trained_sources(one.card)} & names)
    if seen:
        yield f"Training has seen other images of {_some(seen)}; the figures there flatter the detectors."


def _images(count: int) -> str:
    return f"{count} image{'' if count == 1 else 's'}"
