from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QTextDocument

from app.widgets.consistency_grid import ConsistencyGridLayer, frames
from app.widgets.image_canvas import ImageCanvas
from app.widgets.picture import build_picture
from core.domain import ConsistencyGrid, RgbImage, Tile
from tests.app.examine_fakes import TITLES, a_finding, an_exhibit, even_boxes, out_of_scope


def _layer(finding, size=(640, 480)):
    layer = ConsistencyGridLayer()
    layer.set_finding(finding, QSize(*size), TITLES)
    return layer


def test_every_tile_is_drawn_where_it_was_computed():
    finding = a_finding(an_exhibit())
    layer = _layer(finding)
    assert [tile.mark.frame.toRect().getRect() for tile in layer.tiles] == list(even_boxes(640, 480))


def test_windows_of_a_small_image_are_drawn_as_cells_and_keep_their_true_place():
    boxes = tuple((c * 16, r * 24, 128, 128) for r in range(4) for c in range(4))
    drawn = frames(boxes)
    assert drawn[0] == QRectF(0, 0, 44, 50)
    assert drawn[15] == QRectF(132, 150, 44, 50)
    finding = a_finding(an_exhibit(size=(176, 200)))
    finding = replace(finding, grid=replace(finding.grid, boxes=boxes))
    assert _layer(finding, (176, 200)).tiles[5].mark.window == QRectF(16, 24, 128, 128)


def test_the_tile_at_a_pixel_is_the_one_drawn_there():
    boxes = tuple((round(c * 128 / 3), round(r * 128 / 3), 128, 128) for r in range(4) for c in range(4))
    finding = a_finding(an_exhibit(size=(256, 256)))
    layer = _layer(replace(finding, grid=replace(finding.grid, boxes=boxes)), (256, 256))
    for x, y in ((0, 0), (63, 0), (64, 0), (127, 64), (128, 128), (255, 255)):
        assert layer.tile_at(x, y) == y // 64 * 4 + x // 64
    assert layer.tile_at(256, 0) is None
    assert layer.tile_at(0, -1) is None
    layer.set_finding(None, QSize(), TITLES)
    assert layer.tile_at(0, 0) is None


def test_agreement_is_told_without_colour(qtbot):
    finding = a_finding(an_exhibit())
    layer = _layer(finding)
    agreeing = [tile.mark.agrees for tile in layer.tiles]
    assert agreeing.count(True) == finding.grid.agreeing
    grey = _painted(qtbot, layer, index=0), _painted(qtbot, layer, index=3)
    assert not np.array_equal(*grey)  # solid and broken, tick and cross, in black and white


def test_the_tooltip_is_in_words_and_literal():
    tiles = (Tile("<b>x</b>", 0.31), *a_finding(an_exhibit()).grid.tiles[1:])
    finding = a_finding(an_exhibit())
    finding = replace(finding, grid=ConsistencyGrid(12, tiles, finding.grid.boxes))
    layer = _layer(finding)
    tiles = layer.tiles
    assert _plain(tiles[0].toolTip()).startswith("Tile 1: <b>x</b>, score 0.31\nNames something else than the whole")
    second = _plain(tiles[1].toolTip())
    assert second.startswith("Tile 2: Stable Diffusion 1, score 0.80\nNames the same as the whole image.")
    assert "160 × 120 stored pixels at x 160, y 0" in second


def test_a_new_finding_takes_the_old_tiles_away(qtbot):
    canvas = ImageCanvas()
    qtbot.addWidget(canvas)
    layer = _layer(a_finding(an_exhibit()))
    canvas.add_layer(layer)
    layer.set_finding(a_finding(an_exhibit()), QSize(640, 480), TITLES)
    assert len(layer.childItems()) == 16
    for nothing in (out_of_scope(an_exhibit()), None):
        layer.set_finding(nothing, QSize(640, 480), TITLES)
        assert not layer.childItems()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_text_stays_upright_inside_its_turned_tile(qtbot, orientation):
    canvas = ImageCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(800, 800)
    canvas.show()
    layer = _layer(a_finding(an_exhibit()))
    canvas.add_layer(layer)
    sides = (480, 640) if orientation > 4 else (640, 480)
    pixels = np.zeros((sides[1], sides[0], 3), np.uint8)
    canvas.show_picture(build_picture(RgbImage(pixels, 1.0)), QSize(640, 480), orientation)
    canvas.set_zoom(1.0)
    tile = layer.tiles[3]
    place = canvas.mapFromScene(tile.mapRectToScene(tile.mark.frame)).boundingRect()
    shot = canvas.viewport().grab(place).toImage()
    written = [
        (x, y) for x in range(shot.width()) for y in range(shot.height()) if shot.pixelColor(x, y).lightness() > 200
    ]
    inner = [(x, y) for x, y in written if 6 < x < shot.width() - 6 and 6 < y < shot.height() - 6]
    assert inner  # the label starts in the upper left corner whichever way the image is turned
    assert max(y for _, y in inner) < 60


def _painted(qtbot, layer, index):
    canvas = ImageCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(660, 500)
    canvas.add_layer(layer)
    canvas.show_picture(build_picture(RgbImage(np.full((480, 640, 3), 128, np.uint8), 1.0)), QSize(640, 480), 1)
    canvas.set_zoom(1.0)
    tile = layer.tiles[index]
    place = canvas.mapFromScene(tile.mark.frame).boundingRect()
    image = canvas.viewport().grab(place).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    canvas.scene().removeItem(layer)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:118, :158].copy()


def _plain(markup):
    document = QTextDocument()
    document.setHtml(markup)
    return document.toPlainText()
