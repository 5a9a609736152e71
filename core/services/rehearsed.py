"""What a detector says of images that are not at hand, from the rows its encoder once made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import BadInput
from core.retraining import Side

if TYPE_CHECKING:
    from core.dna.attribute import Reading
    from core.dna.dataset import Item
    from core.dna.detector import Detector
    from core.dna.evaluate import Judged
    from core.dna.rehearsal import Rehearsal


def same_encoder(first: Path, second: Path) -> bool:
    """Whether rows made with one detector are rows of the other; raises `DetectorRefused` for a file that is none."""
    from core.dna.rehearsal import encoder_digest

    return encoder_digest(first) == encoder_digest(second)


def judged_rows(detector: Path, rehearsal: Rehearsal, side: Side) -> list[Judged]:
    """What a detector with the same encoder says of the images of one side, each as it is.

    Scope is not asked again: only images in scope are remembered.
    """
    from core.dna.detector import load_detector
    from core.services.engine import judged

    loaded = load_detector(detector)
    return [judged(item, reading, loaded) for item, reading in readings_of(loaded, rehearsal.on(side, as_it_is=True))]


def readings_of(detector: Detector, rehearsal: Rehearsal) -> list[tuple[Item, Reading]]:
    """Every row as an item without a file, and what a detector with the same encoder reads off it, without tiles.

    Exact: logits are linear in features and peaks, and the mean over windows was taken before.

    Raises:
        BadInput: the detector listens to the spectrum, but the rows have no peaks.
    """
    from core.dna.attribute import reading_of

    if detector.spectrum is not None and not rehearsal.peaks.shape[1]:
        raise BadInput("The remembered images have no spectral peaks, so this detector cannot judge them.")
    voices = _voices(detector, rehearsal)
    features, none = rehearsal.features, np.zeros((0, *voices.shape[1:]), np.float32)
    out = []
    for row in range(len(rehearsal.places)):
        reading = reading_of(features[row : row + 1], voices[row : row + 1], none, (), detector)
        out.append((_item(rehearsal, row), reading))
    return out


def _voices(detector: Detector, rehearsal: Rehearsal) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Raw logits of every row (N, voices, classes)."""
    head = detector.net.classification_head[1]
    weight, bias = head.weight.numpy(), head.bias.numpy()  # type: ignore[operator]
    voices = [rehearsal.features @ weight.T + bias]
    if (spectrum := detector.spectrum) is not None:
        standard = (rehearsal.peaks - spectrum.mean.numpy()) / spectrum.deviation.numpy()
        voices.append(standard @ spectrum.linear.weight.numpy().T + spectrum.linear.bias.numpy())
    return np.stack(voices, 1).astype(np.float32)


def _item(rehearsal: Rehearsal, row: int) -> Item:
    from core.dna.dataset import Item

    image = rehearsal.images[rehearsal.places[row]]
    return Item(image.path, image.label, image.source, image.sha256, image.sha256, quarters=False)


def classes_missing(rehearsal: Rehearsal | None, classes: Sequence[str]) -> tuple[str, ...]:
    """The classes of which no image is remembered to learn from."""
    if rehearsal is None:
        return tuple(classes)
    held = {image.label for image in rehearsal.images if image.side is Side.TRAINING}
    return tuple(name for name in classes if name not in held)
