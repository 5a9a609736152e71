import numpy as np
import pytest
import torch
from PIL import Image

from core.dna.gather import RIM, Magnifier, enlarged, resize_matrix, scaled
from core.dna.preprocess import magnified, residual, to_channels
from core.errors import BadInput
from tests.conftest import picture

CPU = torch.device("cpu")


def pictures(count, side):
    rng = np.random.default_rng(1)
    busy = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)  # overshoots that Pillow clips
    return np.stack([busy, *[picture(seed, side, side) for seed in range(count - 1)]])


def resized(image, side):
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(("first", "side"), [(128, 512), (96, 250), (64, 64), (128, 96)])
def test_crops_equal_a_resize_by_pillow(first, side):
    images, crop = pictures(3, first), 40
    magnifier = Magnifier(first, side, crop, device=CPU)
    rng = np.random.default_rng(0)
    corners = [
        (0, 0),
        (side - crop, side - crop),
        (0, side - crop),
        *rng.integers(side - crop + 1, size=(30, 2)).tolist(),
    ]
    which = [index % 3 for index in range(len(corners))]
    tops, lefts = torch.tensor(corners).T
    crops = magnifier(torch.from_numpy(images), torch.tensor(which), tops, lefts)
    large = [resized(image, side) for image in images]
    for got, index, (top, left) in zip(crops.numpy(), which, corners, strict=True):
        expected = large[index][top : top + crop, left : left + crop].astype(np.float32)
        assert np.abs(got - expected).max() <= 1
        assert (got != expected).mean() < 0.001  # sums that lie on a half are rounded by the last bit


def test_the_whole_image_is_one_crop():
    images = pictures(2, 64)
    zero = torch.zeros(2, dtype=torch.long)
    whole = Magnifier(64, 256, 256, device=CPU)(torch.from_numpy(images), torch.arange(2), zero, zero)
    assert np.abs(whole[1].numpy() - resized(images[1], 256)).max() <= 1


def test_only_a_small_window_is_read():
    # A crop of 64 px from an image enlarged four times covers 16 source pixels and two more on each side.
    magnifier = Magnifier(128, 512, 64, device=CPU)
    assert magnifier._tables.shape == (449, 64, 20)


def test_rows_of_the_matrix_sum_to_one():
    assert np.allclose(resize_matrix(128, 512).sum(1), 1.0)
    assert np.allclose(resize_matrix(512, 100).sum(1), 1.0)


def test_residual_crops_are_cut_from_the_residual_of_the_large_image():
    images, crop, side = pictures(2, 64), 32, 256
    magnifier = Magnifier(64, side, crop, rim=RIM, device=CPU)
    corners = [(0, 0), (side - crop, 7), (100, side - crop), (31, 90)]
    tops, lefts = torch.tensor(corners).T
    crops = scaled(magnifier(torch.from_numpy(images), torch.tensor([1, 1, 1, 1]), tops, lefts), "residual")
    plane = residual(resized(images[1], side))
    for got, (top, left) in zip(crops.numpy(), corners, strict=True):
        assert np.allclose(got, plane[top : top + crop, left : left + crop], atol=0.15)  # one level is 0.125


@pytest.mark.parametrize("channels", ["rgb", "residual"])
def test_scaling_is_that_of_the_preprocessing(channels):
    image = picture(5, 60, 44)
    rim = RIM if channels == "residual" else 0
    got = scaled(torch.from_numpy(image[None]), channels)[0].numpy()
    expected = to_channels(image, channels)[rim : 44 - rim, rim : 60 - rim]
    assert np.allclose(got, expected, atol=1e-5)


def test_enlarging_equals_opencv():
    window = residual(picture(2, 40, 40))
    got = enlarged(torch.from_numpy(window[None]), 4)[0].numpy()
    assert np.allclose(got, magnified(window, 4), atol=1e-4)


def test_a_crop_larger_than_the_image_is_refused():
    with pytest.raises(BadInput, match="crop_px"):
        Magnifier(128, 256, 300, device=CPU)
