"""Rings of the spectrum as a layer: on both halves of the plane, in the middle of their bins."""

import numpy as np

from app.widgets.spectrum_view import PeakLayer
from core.examine import SpectrumPicture


def test_both_halves_are_ringed_where_the_values_stand(qapp):
    values = np.zeros((64, 64), np.float32)
    layer = PeakLayer()
    layer.set_spectrum(SpectrumPicture(values, ((0.25, -0.125, 20.0), (-0.5, 0.0, 9.0))))
    at = [(place.x(), place.y()) for place in layer.places]
    assert at == [(48.5, 24.5), (16.5, 40.5), (0.5, 32.5)]  # -0.5 and +0.5 are one frequency: one ring
    layer.set_spectrum(None)
    assert layer.places == ()
