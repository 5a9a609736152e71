"""Reading test images with a new detector and its parent; what runs in the analysis process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import error_from_os
from core.imaging.facts import read_jpeg_quality
from core.retraining import Side
from core.services.engine import attributor_of, judged
from core.services.rehearsed import readings_of

if TYPE_CHECKING:
    from core.dna.attribute import Reading
    from core.dna.dataset import Item, Picture
    from core.dna.detector import Detector
    from core.dna.evaluate import Judged
    from core.dna.processing import Step
    from core.dna.rehearsal import Rehearsal
    from core.dna.twin import Twins

Feature = NDArray[np.float32]
_CPU = "cpu"  # where remembered rows are judged: it is a few products of matrices


@dataclass(frozen=True, slots=True)
class Both:
    """The files of a new detector and of its parent, and where to compute.

    Attributes:
        parent: None for a detector that was trained from the start.
        device: "auto", "cpu" or "cuda".
        shared: whether they have the same encoder and preprocessing.
    """

    new: Path
    parent: Path | None
    device: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What one detector says of an image: its judgement, and the feature (512,), empty when out of scope."""

    judged: Judged
    feature: Feature


@dataclass(frozen=True, slots=True)
class Tested:
    """One test image.

    Attributes:
        sha256: of its file; the beginning of it where the image is known by its features only.
        path: of the file, with "#1" to "#4" for the quarters of a published sheet; "" without a file.
        truth: its class, or "unknown".
        source: "class/source".
        parent: None without a parent.
    """

    sha256: str
    path: str
    truth: str
    source: str
    new: Said
    parent: Said | None


def read_images(both: Both, items: Sequence[Item]) -> tuple[list[Tested], list[str]]:
    """Read test images with both detectors; a sentence for each file that could not be read, or is another by now."""
    twins = _twins(both)
    tested: list[Tested] = []
    skipped: list[str] = []
    for item in items:
        pictures = _pictures(item, skipped)
        for number, picture in enumerate(pictures, 1):
            name = f"{item.path}#{number}" if len(pictures) > 1 else str(item.path)
            said = _said(twins, picture, read_jpeg_quality(item.path))
            tested.append(_tested(item, name, *said))
    return tested, skipped


def read_remembered(both: Both, rehearsal: Rehearsal, left_out: frozenset[str]) -> list[Tested]:
    """What both detectors say of the test images that the parent remembers; they must share their encoder.

    Args:
        both: with a parent.
        rehearsal: what it remembers.
        left_out: beginnings of the SHA-256 of images not to be judged.

    Raises:
        BadInput: a detector listens to the spectrum, but the rows have no peaks.
    """
    rows = rehearsal.on(Side.TEST, as_it_is=True)
    new, parent = (attributor_of(path, _CPU).detector for path in (both.new, both.parent or both.new))
    pairs = zip(readings_of(new, rows), readings_of(parent, rows), strict=True)
    return [
        _tested(item, "", _judged(item, first, new), _judged(item, second, parent))
        for (item, first), (_, second) in pairs
        if item.sha256[:12] not in left_out
    ]


def read_processed(both: Both, item: Item, steps: Sequence[Step]) -> list[tuple[str, Tested]]:
    """What both detectors say of an image after each processing; steps that its size rules out are left out."""
    from core.dna.processing import processed, seed_of

    twins, seed = _twins(both), seed_of(item.sha256)
    out = []
    for picture in _pictures(item, []):
        for step in steps:
            pixels = processed(picture.pixels, step, seed)
            if pixels is not None:
                said = _said(twins, replace(picture, pixels=pixels), step.jpeg_quality)
                out.append((step.text, _tested(item, str(item.path), *said)))
    return out


def _twins(both: Both) -> Twins:
    from core.dna.twin import Twins

    second = None if both.parent is None else attributor_of(both.parent, both.device)
    return Twins(attributor_of(both.new, both.device), second, both.shared)


def _pictures(item: Item, skipped: list[str]) -> list[Picture]:
    """The decoded image (four of a published sheet), none when it cannot be read or was changed."""
    from core.dna.dataset import load_pictures

    try:
        digest = hashlib.sha256(item.path.read_bytes()).hexdigest()
    except OSError as error:
        skipped.append(str(error_from_os(error, item.path, doing="reading the test image")))
        return []
    if digest != item.sha256:
        skipped.append(f"{item.path} was changed since it was listed, so it is no test image any more.")
        return []
    return load_pictures([item], lambda path, why: skipped.append(f"{path}: {why}"), lambda: None)


def _said(twins: Twins, picture: Picture, quality: int | None) -> tuple[Said, Said | None]:
    first, second = twins.read(picture.pixels, quality)
    new = _judged(picture.item, first, twins.first.detector)
    if twins.second is None or second is None:
        return new, None
    return new, _judged(picture.item, second, twins.second.detector)


def _judged(item: Item, reading: Reading, detector: Detector) -> Said:
    return Said(judged(item, reading, detector), reading.feature)


def _tested(item: Item, path: str, new: Said, parent: Said | None) -> Tested:
    return Tested(item.sha256, path, item.architecture, f"{item.architecture}/{item.source}", new, parent)
