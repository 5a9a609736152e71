"""The 170 transformations against the numbers of the paper's list, written down here a second time."""

from collections import Counter

import cv2
import numpy as np
import pytest

from core.dna.transforms import MERGED, TABLE, apply, gaussian_sigma
from tests.conftest import picture

SIDE = 128


@pytest.fixture(scope="module")
def pixels():
    """A 128 px crop whose values keep away from black and white, so that nothing clips."""
    return (picture(0, SIDE, SIDE).astype(np.float32) * 0.6 + 50).astype(np.uint8)


def run(pixels, index, seed=0, **options):
    return apply(pixels, TABLE[index], np.random.default_rng(seed), **options)


def test_there_are_170_in_six_families_in_the_order_of_the_list():
    assert [row.index for row in TABLE] == list(range(170))
    assert len({row.name for row in TABLE}) == 170
    assert list(Counter(row.family for row in TABLE).items()) == [
        ("JPEG", 24),
        ("double JPEG", 24),
        ("Gaussian blur", 14),
        ("median blur", 14),
        ("resample", 80),
        ("noise", 14),
    ]


@pytest.mark.parametrize(
    ("index", "parameters"),
    [
        (0, (30,)),
        (1, (33,)),
        (23, (99,)),
        (24, (30, 39)),
        (25, (33, 99)),
        (26, (36, 36)),
        (31, (51, 39)),
        (43, (87, 33)),
        (46, (96, 36)),
        (47, (99, 99)),
        (48, (3,)),
        (61, (29,)),
        (62, (3,)),
        (75, (29,)),
        (76, (0, 0.15)),
        (91, (0, 0.9)),
        (92, (1, 0.15)),
        (113, (2, 0.4)),
        (139, (3, 0.9)),
        (155, (4, 0.9)),
        (156, (10,)),
        (169, (49,)),
    ],
)
def test_chosen_rows_have_the_parameters_of_the_list(index, parameters):
    assert TABLE[index].parameters == parameters


def test_the_blur_strength_follows_from_the_kernel(pixels):
    wanted = [0.8, 1.1, 1.4, 1.7, 2.0, 2.3, 2.6, 2.9, 3.2, 3.5, 3.8, 4.1, 4.4, 4.7]
    assert np.allclose([gaussian_sigma(int(row.parameters[0])) for row in TABLE[48:62]], wanted)
    # Beside OpenCV's own rule: a width of 0 asks for it.
    assert np.array_equal(run(pixels, 52), cv2.GaussianBlur(pixels, (11, 11), 0))


def test_down_sizes_are_truncated_and_both_ways_use_one_interpolation(pixels, monkeypatch):
    seen = []
    resize = cv2.resize
    monkeypatch.setattr(
        cv2,
        "resize",
        lambda p, size, interpolation: (
            seen.append((size, interpolation)) or resize(p, size, interpolation=interpolation)
        ),
    )
    for index in range(76, 156):
        assert run(pixels, index).shape == (SIDE, SIDE, 3)
    small = [19, 25, 32, 38, 44, 51, 57, 64, 70, 76, 83, 89, 96, 102, 108, 115]
    assert [size[0] for size, _ in seen[::2]] == small * 5
    assert {size for size, _ in seen[1::2]} == {(SIDE, SIDE)}
    assert [how for _, how in seen[::2]] == [how for _, how in seen[1::2]] == [how for how in range(5) for _ in small]


def test_duplicates_are_scored_as_one(pixels):
    merged = {index: kept for index, kept in enumerate(MERGED) if kept != index}
    assert merged == {26: 2, 34: 10, 39: 15}
    assert len(set(MERGED)) == 167
    assert np.array_equal(run(pixels, 26), run(pixels, 2))
    assert np.array_equal(run(pixels, 34), run(pixels, 10))
    assert np.abs(run(pixels, 39).astype(int) - run(pixels, 15)).mean() < 0.1
    # Other pairs differ: the second compression shows.
    assert np.abs(run(pixels, 31).astype(int) - run(pixels, 7)).mean() > 0.3


@pytest.mark.parametrize("index", [156, 163, 169])
def test_noise_has_its_variance_in_every_channel_and_no_bias(index):
    grey = np.full((512, 512, 3), 128, np.uint8)
    noise = run(grey, index).astype(float) - 128
    # Rounding to whole levels adds the variance of a uniform step, 1/12.
    assert noise.var((0, 1)) == pytest.approx([TABLE[index].parameters[0] + 1 / 12] * 3, rel=0.02)
    assert np.abs(noise.mean((0, 1))).max() < 0.05
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.01


def test_noise_follows_the_generator_and_the_rest_does_not_ask_it(pixels):
    assert np.array_equal(run(pixels, 160, seed=1), run(pixels, 160, seed=1))
    assert not np.array_equal(run(pixels, 160, seed=1), run(pixels, 160, seed=2))
    before = pixels.copy()
    for row in TABLE[:156:5]:
        assert np.array_equal(run(pixels, row.index, seed=1), run(pixels, row.index, seed=2)), row.name
    assert np.array_equal(pixels, before)


def test_jpeg_sees_true_colours_unless_asked_to_repeat_the_published_code():
    red = np.zeros((SIDE, SIDE, 3), np.uint8)
    red[::2, :, 0] = 255  # fine red lines: what the codec keeps of them depends on red's weight in the luma
    true, exchanged = run(red, 0), run(red, 0, jpeg_as_bgr=True)
    assert not np.array_equal(true, exchanged)
    # Red weighs 0.299 in the luma and blue 0.114; luma alone keeps full resolution, so true red lines stay stronger.
    contrast = [out[::2, :, 0].mean() - out[1::2, :, 0].mean() for out in (true, exchanged)]
    assert contrast[0] > 1.5 * contrast[1] > 0
    blue = red[..., ::-1]
    assert np.array_equal(run(np.ascontiguousarray(blue), 0, jpeg_as_bgr=True)[..., ::-1], true)
    flat = np.zeros((SIDE, SIDE, 3), np.uint8)
    flat[..., 0] = 220
    for options in ({}, {"jpeg_as_bgr": True}):
        assert np.abs(run(flat, 20, **options).astype(int) - flat).max() <= 6
