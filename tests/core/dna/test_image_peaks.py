"""Spectral peaks of a prepared image, also of one that a detector cuts into windows that are too small for them."""

import numpy as np
import pytest

from core.dna.image_peaks import image_peaks
from core.dna.preprocess import Prepared
from core.dna.spectrum import FEATURES, TILE


def prepared(side):
    noise = np.random.default_rng(1).normal(0, 1, (4, side, side, 3)).astype(np.float32)
    return Prepared(noise, (), None, ())


def test_windows_have_peaks():
    assert np.abs(image_peaks(prepared(TILE))).max() > 0.1


@pytest.mark.parametrize("side", [16, 32, TILE - 1])
def test_of_windows_smaller_than_a_tile_there_are_none(side):
    peaks = image_peaks(prepared(side))
    assert peaks.shape == (FEATURES,)
    assert not peaks.any()
