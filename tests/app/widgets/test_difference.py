import numpy as np
import pytest

from app.widgets.difference import difference, in_words, why_not
from app.widgets.picture import build_picture
from core.domain import RgbImage


def _picture(pixels, scale=1.0):
    return build_picture(RgbImage(np.ascontiguousarray(pixels), scale))


def _noise(seed, height=300, width=200):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("gain", [1, 8, 32])
def test_it_is_the_absolute_difference_of_every_channel_times_the_gain(gain):
    one, other = _noise(1), _noise(2)
    found = difference(_picture(one), _picture(other), gain)
    plain = np.abs(one.astype(int) - other.astype(int))
    wanted = np.minimum(255, plain * gain)
    level = found.picture.levels[0]
    for y, x in ((0, 0), (299, 199), (257, 13), (128, 64)):
        colour = level.pixelColor(x, y)
        assert (colour.red(), colour.green(), colour.blue()) == tuple(wanted[y, x])
    assert found.largest == plain.max()
    assert found.share == pytest.approx(plain.any(axis=2).mean())


def test_equal_pictures_are_called_equal_and_one_level_is_seen():
    one = _noise(1)
    other = one.copy()
    other[7, 9, 2] ^= 1
    same = difference(_picture(one), _picture(one.copy()), 8)
    assert in_words(same, 1.0, "Original") == "Original: equal in every pixel."
    almost = difference(_picture(one), _picture(other), 8)
    assert almost.picture.levels[0].pixelColor(9, 7).blue() == 8
    assert in_words(almost, 0.5, "Original") == (
        "Original: under 0.1 % of the pixels differ, by at most 1 of 255, compared at 50 % of their stored size."
    )


def test_pictures_of_two_sizes_have_none_and_the_sentence_says_what_to_do_instead():
    one, other = _picture(_noise(1)), _picture(_noise(2, 200, 300))
    words = why_not(one, other, ((200, 300), (300, 200)))
    assert "A has 200 × 300 pixels and B 300 × 200" in words
    assert "Split" in words
    assert why_not(one, one, ((200, 300), (200, 300))) == ""
    assert why_not(one, _picture(_noise(1)), ((2000, 3000), (200, 300)))  # one of them is only shown reduced
