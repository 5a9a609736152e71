"""From the pixels of an image to one row of a rehearsal: pooled features and spectral peaks, clean or processed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.dna.attribute import Attributor
from core.dna.augment import Augment, augmented
from core.dna.preprocess import prepare
from core.dna.spectrum import spectral_peaks

Pixels = NDArray[np.uint8]
_REGION_PX = 640  # processing a larger region costs time and adds nothing to a mean over windows
_SEEDS_APART = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """One view of an image: mean pooled features (512,) and mean spectral peaks (6336,), or (0,) without the voice."""

    feature: NDArray[np.float32]
    peaks: NDArray[np.float32]


class ViewReader:
    """Reads rows with the encoder of one detector.

    Args:
        attributor: a detector on its device; in float32, so that a row is the same everywhere.
        augment: the random processing; None gives clean views alone.
        seed: of the processing.
    """

    def __init__(self, attributor: Attributor, augment: Augment | None, seed: int) -> None:
        self._attributor, self._augment, self._seed = attributor, augment, seed

    def outside(self, pixels: Pixels) -> str:
        """A sentence when the detector may not judge the image, else ""."""
        prepared = self._attributor.prepared(pixels)
        return prepared if isinstance(prepared, str) else ""

    def clean(self, pixels: Pixels) -> Row:
        """The image as it is (H, W, 3) uint8 RGB."""
        windows = prepare(pixels, self._attributor.detector.preprocess).whole  # (N, h, w, 3)
        features, _ = self._attributor.read_windows(windows)
        return Row(features.mean(0), self._peaks(windows))

    def processed(self, pixels: Pixels, sha256: str, view: int) -> Row:
        """The image after random processing that follows from seed, SHA-256 and number of the view alone."""
        if self._augment is None:
            return self.clean(pixels)
        rng = np.random.default_rng([self._seed, int(sha256[:12] or "0", 16), view * _SEEDS_APART])
        height, width = pixels.shape[:2]
        tall, wide = min(height, _REGION_PX), min(width, _REGION_PX)
        top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
        return self.clean(augmented(pixels[top : top + tall, left : left + wide], self._augment, rng))

    def _peaks(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._attributor.detector.spectrum is None:
            return np.zeros(0, np.float32)
        with torch.inference_mode():
            peaks = spectral_peaks(torch.from_numpy(windows).permute(0, 3, 1, 2)).mean(0)
        return np.asarray(peaks.numpy(), np.float32)
