"""Two detectors on one image; where they share their encoder, it is run once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from core.dna.attribute import Attributor, Reading, reading_of
from core.dna.detector import Detector
from core.dna.preprocess import Prepared

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Twins:
    """A detector and the one it is compared with, if there is one.

    Attributes:
        shared: whether encoder and preprocessing are the same, so that one reading of the windows serves both.
    """

    first: Attributor
    second: Attributor | None
    shared: bool

    def read(self, pixels: NDArray[np.uint8], jpeg_quality: int | None) -> tuple[Reading, Reading | None]:
        """What each reads off stored pixels (H, W, 3) uint8 RGB; the scope of each is asked."""
        image = self.first.prepared(pixels, jpeg_quality)
        if self.second is None:
            return self.first.read_prepared([image])[0], None
        exact = self.first.precision == self.second.precision == "float32"  # else close calls are read again
        if self.shared and exact and isinstance(image, Prepared):
            other = self.second.detector
            if not other.scope.excludes(pixels, jpeg_quality):
                return self._read_once(image, other)
        second = self.second.prepared(pixels, jpeg_quality)
        return self.first.read_prepared([image])[0], self.second.read_prepared([second])[0]

    def _read_once(self, image: Prepared, other: Detector) -> tuple[Reading, Reading]:
        features, logits = self.first.read_windows(image.whole)
        others = other_logits(features, image.whole, other)
        tiles, other_tiles = logits, others
        if image.tiles is not None:
            tile_features, tiles = self.first.read_windows(image.tiles)
            other_tiles = other_logits(tile_features, image.tiles, other)
        return (
            reading_of(features, logits, tiles, image.tile_boxes, self.first.detector),
            reading_of(features, others, other_tiles, image.tile_boxes, other),
        )


@torch.inference_mode()
def other_logits(features: Floats, windows: Floats, detector: Detector) -> NDArray[Any]:
    """Raw logits (N, voices, classes) of a detector from features (N, 512) that the same encoder made of windows.

    Args:
        features: pooled features.
        windows: what they were made of (N, h, w, 3); the second voice listens to them.
        detector: whose heads are to speak.
    """
    head: Any = detector.net.classification_head[1]
    voices = [functional.linear(torch.from_numpy(features), head.weight.cpu(), head.bias.cpu())]
    if detector.spectrum is not None:
        voices.append(detector.spectrum(torch.from_numpy(windows).permute(0, 3, 1, 2)))
    return np.asarray(torch.stack(voices, 1).numpy(), np.float32)
