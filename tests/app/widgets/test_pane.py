from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt

from app.widgets.colour_map import COLOUR_MAPS
from app.widgets.heat_map_layer import merge_patches
from app.widgets.pane import Pane, ShownMap
from app.widgets.picture import build_picture
from app.widgets.pixel_inspector import PixelInspector, Reading, words
from app.widgets.spectrum_view import coloured_spectrum
from app.widgets.view_state import ViewState
from core.domain import RgbImage
from core.examine import HeatMap, HeatMapPatch, LayerKind, SpectrumPicture
from tests.app.examine_fakes import DETECTOR, TITLES, a_finding, an_exhibit


@pytest.fixture
def pane(qtbot):
    from PySide6.QtWidgets import QWidget

    owner = QWidget()
    qtbot.addWidget(owner)
    made = Pane("A", ViewState(owner), ViewState(owner), owner)
    owner.resize(640, 480)
    made.stage.setGeometry(0, 30, 640, 450)
    owner.show()
    made.owner = owner
    return made


def _upright(stored, orientation):
    """Written out with NumPy, on purpose not with the transform under test."""
    return {1: stored, 3: stored[::-1, ::-1], 6: np.rot90(stored, -1), 8: np.rot90(stored, 1)}[orientation]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_reading_names_stored_pixels_whatever_the_orientation(pane, orientation):
    stored = np.zeros((60, 100, 3), np.uint8)
    stored[..., 0], stored[..., 1] = np.arange(100), np.arange(60)[:, None]
    exhibit = an_exhibit(size=(100, 60), orientation=orientation)
    upright = np.ascontiguousarray(_upright(stored, orientation))
    pane.show_picture(build_picture(RgbImage(upright, 1.0)), exhibit)
    pane.show_finding(a_finding(exhibit), exhibit, TITLES)
    for x, y in ((0, 0), (17, 5), (upright.shape[1] - 1, upright.shape[0] - 1)):
        reading = pane.reading(QPointF(x + 0.4, y + 0.7))
        assert reading.colour == tuple(int(part) for part in upright[y, x])
        assert reading.place == (reading.colour[0], reading.colour[1])  # the colour tells the stored place
        tile = reading.place[1] // 15 * 4 + reading.place[0] // 25 + 1
        assert reading.tile[0] == tile


def test_the_pixel_line_names_the_tile_drawn_under_the_pointer(pane):
    """In an image of 256 pixels the tiles' windows overlap, and each is drawn as a cell of an even grid."""
    exhibit = an_exhibit(size=(256, 256))
    boxes = tuple((round(c * 128 / 3), round(r * 128 / 3), 128, 128) for r in range(4) for c in range(4))
    finding = a_finding(exhibit)
    finding = replace(finding, grid=replace(finding.grid, boxes=boxes))
    pane.show_picture(build_picture(RgbImage(np.zeros((256, 256, 3), np.uint8), 1.0)), exhibit)
    pane.show_finding(finding, exhibit, TITLES)
    for x, y in ((10, 10), (100, 10), (130, 100), (200, 70), (250, 250)):
        number, name = pane.reading(QPointF(x, y)).tile
        drawn = next(tile for tile in pane.grid.tiles if tile.mark.frame.contains(QPointF(x + 0.5, y + 0.5)))
        assert drawn.mark.words.startswith(f"Tile {number}: {name},")
        assert number == y // 64 * 4 + x // 64 + 1


@pytest.mark.parametrize(("size", "orientation"), [((5000, 1), 1), ((1, 5000), 1), ((5000, 1), 6), ((5000, 2), 1)])
def test_the_middle_of_a_line_of_pixels_is_one_of_its_pixels(pane, size, orientation):
    exhibit = an_exhibit(size=size, orientation=orientation)
    upright = size[::-1] if orientation > 4 else size
    pane.show_picture(build_picture(RgbImage(np.zeros((upright[1], upright[0], 3), np.uint8), 1.0)), exhibit)
    for height in (450, 451, 452, 453):
        pane.stage.resize(640, height)
        reading = pane.reading(pane.middle(), middle=True)
        assert 0 <= reading.place[0] < size[0]
        assert 0 <= reading.place[1] < size[1]


def test_the_far_edge_of_an_image_belongs_to_its_last_pixel(pane):
    exhibit = an_exhibit(size=(100, 60))
    pane.show_picture(build_picture(RgbImage(np.zeros((60, 100, 3), np.uint8), 1.0)), exhibit)
    assert pane.reading(QPointF(100, 60)).place == (99, 59)
    assert pane.reading(QPointF(0, 0)).place == (0, 0)


def test_a_reading_of_heat_map_and_residual(pane):
    exhibit = an_exhibit(size=(100, 60))
    pane.show_picture(build_picture(RgbImage(np.zeros((60, 100, 3), np.uint8), 1.0)), exhibit)
    heat = HeatMap(
        exhibit.sha256,
        DETECTOR,
        4,
        "real",
        0.02,
        (HeatMapPatch((0, 0, 50, 60), np.full((4, 4), 0.5, np.float32)),),
        (100, 60),
    )
    pane.set_map(ShownMap(heat, merge_patches(heat)))
    residual = np.full((60, 100, 3), 128, np.uint8)
    residual[..., 0] = 128 + 12
    pane.set_residual(build_picture(RgbImage(residual, 1.0)))
    assert pane.reading(QPointF(10, 10)).heat is None  # not shown, not told
    pane.set_stack(pane.stack.switched(LayerKind.HEAT_MAP).switched(LayerKind.RESIDUAL))
    reading = pane.reading(QPointF(10, 10))
    assert reading.heat == (pytest.approx(0.5), pytest.approx(0.01))
    assert reading.residual == (1.5, 0.0, 0.0)
    assert pane.reading(QPointF(80, 10)).heat is None  # the detector did not look there


def test_the_colour_of_a_reduced_picture_is_called_about(pane):
    exhibit = an_exhibit(size=(1000, 600))
    pane.show_picture(build_picture(RgbImage(np.full((60, 100, 3), 9, np.uint8), 0.1)), exhibit)
    reading = pane.reading(QPointF(500, 300))
    assert not reading.exact
    assert "RGB about 9 9 9" in words(reading)


def test_the_line_of_the_inspector(qtbot):
    inspector = PixelInspector()
    qtbot.addWidget(inspector)
    height = inspector.sizeHint().height()
    full = Reading("B", (3, 4), (1, 2, 3), True, (0.5, -1.0, 0.0), (0.25, 0.005), (7, "SDXL"))
    inspector.show_reading(full)
    assert inspector.line.text() == (
        "B  Pixel 3, 4 · RGB 1 2 3 · residual +0.50 -1.00 +0.00 · heat map 0.25 (raw 0.005) · tile 7: SDXL"
    )
    assert inspector.sizeHint().height() == height
    inspector.show_reading(None)
    assert inspector.line.text() == ""


def test_residual_alone_hides_the_image_and_half_of_it_lets_it_through(pane):
    exhibit = an_exhibit(size=(400, 300))
    pane.show_picture(build_picture(RgbImage(np.full((300, 400, 3), 200, np.uint8), 1.0)), exhibit)
    pane.set_residual(build_picture(RgbImage(np.full((300, 400, 3), 100, np.uint8), 1.0)))

    def shown():
        image = pane.canvas.viewport().grab().toImage()
        return image.pixelColor(image.rect().center()).red()

    assert shown() == 200
    pane.set_stack(pane.stack.only(LayerKind.RESIDUAL))
    assert shown() == 100
    stack = pane.stack.switched(LayerKind.ORIGINAL)
    pane.set_stack(stack.having(LayerKind.RESIDUAL, replace(stack[LayerKind.RESIDUAL], strength=0.5)))
    assert shown() == pytest.approx(150, abs=1)
    from app.widgets.blending import Blend

    for blend, wanted in ((Blend.MULTIPLY, 78), (Blend.SCREEN, 222), (Blend.DIFFERENCE, 100)):
        pane.set_stack(stack.having(LayerKind.RESIDUAL, replace(stack[LayerKind.RESIDUAL], blend=blend)))
        assert shown() == pytest.approx(wanted, abs=2)


def test_the_spectrum_has_the_stage_for_itself_and_tells_frequencies(pane):
    values = np.zeros((256, 256), np.float32)
    values[128, 192] = 20.0
    pane.set_spectrum(coloured_spectrum(SpectrumPicture(values, ((0.25, 0.0, 20.0),)), COLOUR_MAPS[0]))
    pane.set_stack(pane.stack.switched(LayerKind.SPECTRUM))
    assert pane.shown_canvas is pane.spectrum
    assert pane.spectrum.isVisible()
    assert not pane.canvas.isVisible()
    said = pane.spectrum.words_at(QPointF(192.5, 128.5))
    assert said == "Frequency +0.250, +0.000 cycles per pixel · period 4.00 pixels · +20.0 dB over the median"
    assert not pane.spectrum.grab().isNull()


def test_the_navigator_shows_up_when_a_part_is_out_of_view_and_moves_the_view(pane, qtbot):
    exhibit = an_exhibit(size=(4000, 3000))
    pane.show_picture(build_picture(RgbImage(np.zeros((750, 1000, 3), np.uint8), 0.25)), exhibit)
    assert not pane.navigator.isVisible()
    pane.canvas.set_zoom(1.0)
    assert pane.navigator.isVisible()
    stage = pane.canvas.viewport().rect()
    assert stage.contains(pane.navigator.geometry())
    at = QPoint(round(pane.navigator.width() * 0.25), round(pane.navigator.height() * 0.75))
    qtbot.mousePress(pane.navigator, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseRelease(pane.navigator, Qt.MouseButton.LeftButton, pos=at)
    centre = pane.canvas.seen.center()
    assert centre.x() == pytest.approx(0.25, abs=0.02)
    assert centre.y() == pytest.approx(0.75, abs=0.02)
    assert not pane.navigator.grab().isNull()
    pane.navigator.set_wanted(False)
    assert not pane.navigator.isVisible()
    pane.canvas.pan_by(QPointF(50, 0))
    assert not pane.navigator.isVisible()


def test_a_sentence_covers_the_upper_edge_and_offers_one_thing(pane, qtbot):
    pane.note.say("The detector of this finding is not on this computer.", "Analyse again")
    assert pane.note.isVisible()
    assert pane.stage.rect().contains(pane.note.geometry())
    with qtbot.waitSignal(pane.note.accepted):
        pane.note.offer.click()
    pane.note.say("")
    assert pane.note.text == ""


def test_starting_empties_every_layer(pane):
    exhibit = an_exhibit(size=(400, 300))
    pane.show_picture(build_picture(RgbImage(np.zeros((300, 400, 3), np.uint8), 1.0)), exhibit)
    pane.set_residual(build_picture(RgbImage(np.zeros((300, 400, 3), np.uint8), 1.0)))
    pane.note.say("x")
    pane.start()
    assert pane.canvas.empty
    assert pane.residual.picture is None
    assert pane.middle() is None
    assert pane.note.text == ""
    assert pane.canvas.size_shown == QSize()
