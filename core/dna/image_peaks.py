"""The spectral peaks of one image, as NumPy has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import from_numpy, inference_mode

from core.dna.preprocess import Prepared
from core.dna.spectrum import FEATURES, TILE, spectral_peaks


def image_peaks(image: Prepared) -> NDArray[np.float32]:
    """Mean spectral peaks (6336,) of the windows of a prepared image; zeros where the windows are too small for any."""
    if min(image.whole.shape[1:3]) < TILE:
        return np.zeros(FEATURES, np.float32)
    with inference_mode():
        peaks: NDArray[np.float32] = spectral_peaks(from_numpy(image.whole).permute(0, 3, 1, 2)).mean(0).numpy()
    return peaks
