import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.dna.preprocess import Preprocess, native_boxes, prepare, residual
from core.errors import DetectorRefused
from tests.conftest import picture


def test_residual_is_the_image_minus_its_binomial_blur():
    image = picture(1, 40, 30)
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    padded = np.pad(image.astype(float), ((2, 2), (2, 2), (0, 0)), mode="reflect")
    blurred = sum(kernel[r, c] * padded[r : r + 30, c : c + 40] for r in range(5) for c in range(5))
    assert np.allclose(residual(image), (image - blurred) / 8, atol=1e-3)
    assert np.abs(residual(np.full((20, 20, 3), 77, np.uint8))).max() < 1e-4


def test_a_native_window_is_untouched_pixels():
    image = picture(2, 300, 200)
    prepared = prepare(image, Preprocess("native", "rgb", 64))
    assert prepared.tiles is None
    for (left, top, width, height), window in zip(prepared.whole_boxes, prepared.whole, strict=True):
        part = image[top : top + height, left : left + width]
        assert np.array_equal(np.rint((window + 1) * 127.5).astype(np.uint8), part)


def test_the_residual_of_a_window_is_that_of_the_whole_image():
    image = picture(3, 300, 200)
    whole = residual(image)
    prepared = prepare(image, Preprocess("native", "residual", 64))
    for (left, top, width, height), window in zip(prepared.whole_boxes, prepared.whole, strict=True):
        assert np.allclose(window, whole[top : top + height, left : left + width], atol=1e-4)


@given(st.integers(128, 3000), st.integers(128, 3000), st.sampled_from([64, 96, 128]))
def test_sixteen_windows_lie_inside_and_reach_all_quarters(width, height, side):
    boxes = native_boxes(width, height, side)
    assert len(boxes) == 16
    assert all(left >= 0 and left + w <= width and top >= 0 and top + h <= height for left, top, w, h in boxes)
    centres = {(left + w / 2 > width / 2, top + h / 2 > height / 2) for left, top, w, h in boxes}
    assert width < 2 * side or height < 2 * side or len(centres) == 4


def test_small_images_are_mirrored_to_a_full_window():
    prepared = prepare(picture(4, 70, 50), Preprocess("native", "rgb", 96))
    assert prepared.whole.shape == (16, 96, 96, 3)
    assert np.allclose(prepared.whole[0][:50, 69], prepared.whole[0][:50, 70])
    assert prepared.whole_boxes[0] == (0, 0, 70, 50)


def test_magnified_windows_grow_by_the_factor():
    prepared = prepare(picture(5), Preprocess("native", "rgb", 32, magnify=4))
    assert prepared.whole.shape == (16, 128, 128, 3)


def test_paper_way_is_centre_square_then_two_bicubic_resizes():
    image = picture(6, 300, 200)
    prepared = prepare(image, Preprocess("paper", "rgb"))
    by_hand = Image.fromarray(image[:, 50:250]).resize((128, 128), Image.Resampling.BICUBIC)
    by_hand = np.asarray(by_hand.resize((512, 512), Image.Resampling.BICUBIC), np.float32) / 127.5 - 1
    assert np.array_equal(prepared.whole[0], by_hand)
    assert prepared.whole_boxes == ((50, 0, 200, 200),)
    assert prepared.tiles.shape == (16, 128, 128, 3)
    assert np.array_equal(prepared.tiles[5], by_hand[128:256, 128:256])
    assert prepared.tile_boxes[15] == (200, 150, 50, 50)


@pytest.mark.parametrize(
    "card",
    [{"kind": "other"}, {"kind": "native", "channels": "hsv"}, {"window_px": 4}, {"magnify": 2.0}, {"surprise": 1}],
)
def test_a_card_asking_for_the_impossible_is_refused(card):
    with pytest.raises(DetectorRefused):
        Preprocess.from_card(card)


def test_a_card_survives_the_round_trip():
    made = Preprocess("native", "rgb", 96, 2)
    assert Preprocess.from_card(made.to_card()) == made


def test_opencv_binomial_is_symmetric():
    impulse = np.zeros((9, 9, 3), np.uint8)
    impulse[4, 4] = 255
    out = residual(impulse)
    assert np.allclose(out, out[::-1])
    assert np.allclose(out, cv2.flip(out, 1))
