import numpy as np
import pytest
from PIL import Image, ImageOps
from PySide6.QtCore import QPointF, QRectF, QSize

from app.widgets.stored_space import display_size, to_display

WIDTH, HEIGHT = 5, 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_stored_pixel_lands_where_an_independent_decoder_puts_it(orientation):
    stored = Image.fromarray(np.arange(WIDTH * HEIGHT, dtype=np.uint8).reshape(HEIGHT, WIDTH))
    stored.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(stored))
    transform = to_display(orientation, QSize(WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            there = transform.map(QPointF(x + 0.5, y + 0.5))
            assert upright[int(there.y()), int(there.x())] == y * WIDTH + x
    assert display_size(orientation, QSize(WIDTH, HEIGHT)).toTuple() == upright.shape[::-1]


@pytest.mark.parametrize("orientation", [0, 9, -1])
def test_an_orientation_that_does_not_exist_counts_as_none(orientation):
    assert to_display(orientation, QSize(WIDTH, HEIGHT)).isIdentity()
    whole = QRectF(0, 0, WIDTH, HEIGHT)
    assert to_display(orientation, QSize(WIDTH, HEIGHT)).mapRect(whole) == whole
