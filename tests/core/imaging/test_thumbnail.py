import io

import numpy as np
import pytest
from PIL import Image

from core.imaging.pixels import Samples
from core.imaging.thumbnail import thumbnail_of


def _seen(image, bits=8, orientation=1):
    return Image.open(io.BytesIO(thumbnail_of(image, Samples(bits), orientation)))


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1000, 500), (256, 128)),
        ((500, 1000), (128, 256)),
        ((100, 50), (100, 50)),
        ((3000, 1), (256, 1)),
        ((1, 1), (1, 1)),
    ],
)
def test_size(size, small, photo):
    seen = _seen(photo(*size))
    assert seen.size == small
    assert (seen.format, seen.mode) == ("JPEG", "RGB")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"])
def test_every_mode(mode, photo):
    image = photo(600, 300)
    image = image.convert("L").convert(mode) if mode in ("I;16", "I", "F") else image.convert(mode)
    bits = {"I;16": 16, "I": 32, "F": 32}.get(mode, 8)
    assert _seen(image, bits).size == (256, 128)


def test_turned_for_display(photo):
    assert _seen(photo(600, 300), orientation=6).size == (128, 256)


def test_colours_survive(photo, pixels):
    seen = np.asarray(_seen(photo(1024, 768))).astype(int)
    assert np.abs(seen - pixels(256, 192)).mean() < 4


def test_transparency_is_white():
    assert np.asarray(_seen(Image.new("RGBA", (600, 300)))).min() > 250
