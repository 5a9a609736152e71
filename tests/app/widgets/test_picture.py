import numpy as np
from PySide6.QtGui import QColor

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
