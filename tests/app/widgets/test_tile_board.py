import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSize

from app.widgets import tile_board
from app.widgets.image_canvas import ImageCanvas
from app.widgets.picture import as_image, build_picture
from app.widgets.tile_board import TILE_PX, TileBoard, cut
from core.domain import RgbImage

SIZE = (10000, 9000)


def _pixels(detail):
    """Red tells x, green tells y, both modulo 251: a misplaced tile has other values."""
    left, top, width, height = detail.box
    step = 1 << detail.halvings
    pixels = np.zeros((-(-height // step), -(-width // step), 3), np.uint8)
    pixels[..., 0] = (left + np.arange(pixels.shape[1]) * step) % 251
    pixels[..., 1] = ((top + np.arange(pixels.shape[0]) * step) % 251)[:, None]
    return cut(detail, as_image(pixels))


def test_what_is_in_view_is_asked_for_with_as_much_around_it_as_may_be_held():
    board = TileBoard()
    detail = board.missing(QRectF(5000, 4000, 800, 600), SIZE, 1.0)
    left, top, width, height = detail.box
    assert detail.halvings == 0
    assert left <= 5000 - 200 + TILE_PX
    assert left + width >= 5800
    assert top <= 4000
    assert top + height >= 4600
    assert 10_000_000 < width * height < 22_000_000  # of 90 million
    assert left % TILE_PX == top % TILE_PX == 0


def test_what_is_there_is_not_asked_for_again_and_every_pixel_is_in_its_place():
    board = TileBoard()
    seen = QRectF(9500, 8500, 500, 500)
    detail = board.missing(seen, SIZE, 2.0)
    assert detail.box[0] + detail.box[2] == 10000
    board.put(_pixels(detail))
    assert board.missing(seen, SIZE, 2.0) is None
    for x, y in ((9500, 8500), (9999, 8999), (9729, 8704)):
        pixel = board.pixel(x, y)
        assert (pixel >> 16 & 255, pixel >> 8 & 255) == (x % 251, y % 251)
    assert board.pixel(10, 10) is None
    assert board.missing(seen.translated(-700, 0), SIZE, 2.0) is None  # taken along
    further = board.missing(seen.translated(-6000, 0), SIZE, 2.0)
    assert further.box[0] + further.box[2] <= detail.box[0] + TILE_PX


@pytest.mark.parametrize(("zoom", "halvings"), [(32.0, 0), (1.0, 0), (0.6, 0), (0.5, 1), (0.3, 1), (0.25, 2)])
def test_small_zooms_take_halved_tiles(zoom, halvings):
    assert TileBoard().missing(QRectF(0, 0, 3000, 3000), SIZE, zoom).halvings == halvings


def test_coarse_tiles_are_drawn_before_fine_ones():
    board = TileBoard()
    for zoom in (1.0, 0.5):
        detail = board.missing(QRectF(0, 0, 400, 400), SIZE, zoom)
        board.put(_pixels(detail))
    places = [place for place, _ in board.covering(QRectF(0, 0, 400, 400), 1.0)]
    assert places[0].width() == 2 * TILE_PX
    assert places[-1].width() == TILE_PX
    assert all(place.width() == 2 * TILE_PX for place, _ in board.covering(QRectF(0, 0, 400, 400), 0.5))


def test_memory_is_limited_and_the_least_used_goes_first(monkeypatch):
    monkeypatch.setattr(tile_board, "KEPT_BYTES", 20 * TILE_PX * TILE_PX * 4)
    monkeypatch.setattr(tile_board, "_MOST_PIXELS", 1)
    board = TileBoard()
    first = board.missing(QRectF(0, 0, 10, 10), SIZE, 1.0)
    board.put(_pixels(first))
    for left in range(2000, 9000, 1000):
        detail = board.missing(QRectF(left, 0, 900, 900), SIZE, 1.0)
        board.put(_pixels(detail))
        list(board.covering(QRectF(0, 0, 10, 10), 1.0))  # still drawn
    assert board.size_bytes <= tile_board.KEPT_BYTES
    assert board.pixel(5, 5) is not None
    assert board.pixel(2100, 5) is None


def test_a_canvas_asks_for_detail_only_where_its_picture_is_too_coarse(qtbot):
    canvas = ImageCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.show()
    asked = []
    canvas.detail_wished.connect(asked.append)
    canvas.show_picture(build_picture(RgbImage(np.zeros((900, 1000, 3), np.uint8), 0.1)), QSize(*SIZE), 1)
    qtbot.wait(200)
    assert asked == []  # as a whole it needs no more than is there
    canvas.set_zoom(1.0, QPointF(200, 150))
    qtbot.waitUntil(lambda: len(asked) == 1)
    detail = asked[0]
    assert detail.box[2] * detail.box[3] < 22_000_000  # of 90 million
    canvas.add_detail(_pixels(detail))
    canvas.set_zoom(1.0)
    shown = canvas.viewport().grab().toImage()
    corner = canvas.mapToScene(0, 0)
    for x, y in ((3, 3), (200, 150), (390, 290)):
        colour = shown.pixelColor(x, y)
        where = round(corner.x()) + x, round(corner.y()) + y
        assert abs(colour.red() - where[0] % 251) <= 2
        assert abs(colour.green() - where[1] % 251) <= 2
    canvas.pan_by(QPointF(4, 0))
    qtbot.wait(200)
    assert len(asked) == 1  # the margin holds it
