import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor

from app.widgets.image_canvas import ImageCanvas
from app.widgets.picture import build_picture
from core.domain import RgbImage


def test_pixels_arrive_unchanged_also_from_a_view_with_strides():
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    for source in (pixels, pixels[::-1, ::2], np.asfortranarray(pixels)):
        (level,) = build_picture(RgbImage(source, 1.0)).levels
        for y, x in np.ndindex(source.shape[:2]):
            assert level.pixelColor(x, y) == QColor(*map(int, source[y, x]))


def test_halving_averages():
    pixels = np.zeros((1024, 1024, 3), np.uint8)
    pixels[::2, ::2] = pixels[1::2, 1::2] = 200
    picture = build_picture(RgbImage(pixels, 1.0))
    half = picture.levels[1]
    assert half.width() == 512
    assert abs(half.pixelColor(100, 100).red() - 100) <= 2
    assert picture.size_bytes == 4 * (1024 * 1024 + 512 * 512)


@pytest.mark.parametrize("size", [(2000, 1500), (1999, 1501), (4097, 301)])
@pytest.mark.parametrize("zoom", [0.13, 0.2, 0.4, 1.0, 3.0])
def test_every_level_is_drawn_where_its_pixels_belong(qtbot, size, zoom):
    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width)
    pixels[..., 1] = np.linspace(0, 255, height)[:, None]
    canvas = ImageCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    canvas.show_picture(build_picture(RgbImage(pixels, 1.0)), QSize(width, height), 1)
    canvas.set_zoom(zoom)
    canvas.look_at(QPointF(0.7, 0.6))
    shown = canvas.viewport().grab().toImage()
    for x, y in ((250, 200), (100, 90), (400, 310)):
        place = canvas.mapToScene(x, y)
        if canvas.sceneRect().adjusted(4, 4, -4, -4).contains(place):
            colour = shown.pixelColor(x, y)
            assert abs(colour.red() - place.x() / width * 255) < 4
            assert abs(colour.green() - place.y() / height * 255) < 4


def test_a_thinned_picture_keeps_its_noise():
    pixels = np.random.default_rng(0).integers(0, 2, (2048, 2048, 3), dtype=np.uint8) * 255
    smallest = build_picture(RgbImage(pixels, 1.0), thinned=True).levels[-1]
    greys = {smallest.pixelColor(x, y).red() for x in range(50) for y in range(50)}
    assert greys == {0, 255}
