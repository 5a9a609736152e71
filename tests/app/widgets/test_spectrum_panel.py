"""The spectrum with axes, scale and peaks: what is drawn stands where its numbers say."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from app.widgets import spectrum_panel
from app.widgets.colour_map import COLOUR_MAPS
from app.widgets.spectrum_panel import SpectrumPanel
from core.examine import SpectrumPicture


def a_spectrum(side=64, at=(0.25, -0.125), level=30.0):
    values = np.zeros((side, side), np.float32)
    for sign in (1, -1):
        values[round((sign * at[1] + 0.5) * side), round((sign * at[0] + 0.5) * side)] = level
    return SpectrumPicture(values, ((*at, 25.5), (0.0, 0.5 - 1 / side, 6.0)))


@pytest.fixture(params=[360, 700])
def panel(qtbot, request):
    made = SpectrumPanel()
    qtbot.addWidget(made)
    made.resize(request.param, 900)
    made.show()
    return made


def place_of(plot, x, y, side=64):
    frame = plot.frame()
    return QPointF(
        frame.left() + (x + 0.5 + 0.5 / side) * frame.width(), frame.top() + (y + 0.5 + 0.5 / side) * frame.height()
    )


def brightest(picture, place):
    """Lightness of the lightest pixel at a point or beside it."""
    return max(picture.pixelColor(int(place.x()) + step, int(place.y())).lightness() for step in (-1, 0, 1))


def test_the_picture_is_square_and_wholly_inside(panel):
    panel.set_spectrum(a_spectrum())
    panel.grab()
    frame = panel.plot.frame()
    assert frame.width() == frame.height() >= 200
    assert panel.plot.rect().contains(frame)
    assert frame.bottom() + 2 * panel.fontMetrics().height() <= panel.plot.height()
    assert panel.plot.width() <= panel.width()


def test_the_colour_at_a_frequency_is_that_of_its_level(panel):
    panel.set_spectrum(SpectrumPicture(a_spectrum().values, ()))
    picture = panel.plot.grab().toImage()
    for frequency, colour in (((0.25, -0.125), 255), ((-0.25, 0.125), 255), ((0.1, 0.1), 0)):
        at = place_of(panel.plot, *frequency).toPoint()
        assert picture.pixelColor(at).getRgb()[:3] == tuple(COLOUR_MAPS[0].table[colour])


def test_peaks_are_ringed_on_both_sides(panel):
    quiet = SpectrumPicture(np.zeros((64, 64), np.float32), ((0.25, -0.125, 20.0),))
    panel.set_spectrum(quiet)
    picture = panel.plot.grab().toImage()
    for sign in (1, -1):
        ring = place_of(panel.plot, sign * 0.25, sign * -0.125) + QPointF(-spectrum_panel._RING_PX, 0)
        assert brightest(picture, ring) > 150


def test_the_other_side_of_the_highest_frequency_is_ringed_where_it_is_drawn(panel):
    panel.set_spectrum(SpectrumPicture(np.zeros((64, 64), np.float32), ((-0.5, 0.25, 20.0),)))
    picture = panel.plot.grab().toImage()
    for down in (0.25, -0.25):
        ring = place_of(panel.plot, -0.5, down) + QPointF(spectrum_panel._RING_PX, 0)
        assert brightest(picture, ring) > 150


def test_what_is_under_the_mouse_is_said(panel):
    panel.set_spectrum(a_spectrum())
    words = panel.plot.words_at(place_of(panel.plot, 0.25, -0.125))
    assert words == "+0.250 across, -0.125 down (cycles per pixel, period 3.58 px): +30.0 dB over the median"
    assert panel.plot.words_at(QPointF(1, 1)) == ""


def test_peaks_stand_in_a_table_strongest_first(panel):
    panel.set_spectrum(a_spectrum())
    cells = panel.table.toPlainText().split()
    assert cells[5:11] == ["1", "0.250", "-0.125", "3.58", "px", "25.5"]
    assert panel.plot.accessibleDescription().startswith("Strongest peak at +0.250 across")


def test_no_peaks_is_no_proof_of_a_photograph(panel):
    panel.set_spectrum(SpectrumPicture(np.zeros((32, 32), np.float32), ()))
    assert panel.status.text() == spectrum_panel.NO_PEAKS
    assert not panel.table.isVisible()


def test_other_colours_and_an_odd_spectrum(panel):
    values = np.full((32, 32), np.nan, np.float32)
    values[0, 0] = np.inf
    panel.set_spectrum(SpectrumPicture(values, ()))
    panel.set_colours(COLOUR_MAPS[1])
    picture = panel.plot.grab().toImage()
    assert picture.pixelColor(place_of(panel.plot, 0.1, 0.1, 32).toPoint()).getRgb()[:3] == tuple(
        COLOUR_MAPS[1].table[0]
    )


def test_waiting_and_failing_show_nothing_of_another_image(panel):
    panel.set_spectrum(a_spectrum())
    panel.set_busy()
    assert panel.status.text() == spectrum_panel.COMPUTING
    assert not panel.plot.isVisible()
    panel.say("The bytes are gone.")
    assert panel.status.text() == "The bytes are gone."
