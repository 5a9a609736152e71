"""The noise residual and its spectrum: planted traces are found where they were planted, and noise shows none."""

import numpy as np
import pytest
from PIL import Image

from core.errors import EvidenceChanged
from core.imaging.digest import digests_of
from core.imaging.residual import (
    MOST_PEAKS,
    evidence_spectrum,
    noise_residual,
    residual_picture,
    residual_spectrum,
    upright_residual,
)
from core.imaging.sources import file_chunks

LIMIT = 1_000_000


def noise(height, width, seed=0):
    return waves(height, width, seed=seed)


def waves(height, width, *planted, seed=0):
    """Noise with planted waves (x frequency, y frequency, levels); rounded last, or the rounding leaves peaks too."""
    grey = 128 + 10 * np.random.default_rng(seed).standard_normal((height, width, 3))
    y, x = np.mgrid[:height, :width]
    for x_frequency, y_frequency, levels in planted:
        grey += levels * np.cos(2 * np.pi * (x_frequency * x + y_frequency * y))[..., None]
    return np.rint(grey).clip(0, 255).astype(np.uint8)


def test_a_flat_image_has_no_residual():
    flat = np.full((40, 50, 3), 77, np.uint8)
    assert not noise_residual(flat).any()
    assert residual_spectrum(flat).peaks == ()
    assert not residual_spectrum(flat).values.any()


def test_the_residual_of_a_single_dot_is_the_dot_less_its_blur():
    pixels = np.full((9, 9, 3), 100, np.uint8)
    pixels[4, 4] = 200
    residual = noise_residual(pixels)
    assert residual.dtype == np.float32
    assert residual[4, 4] == pytest.approx(100 * (1 - 36 / 256))
    assert residual[4, 5] == pytest.approx(-100 * 24 / 256)


def test_the_picture_is_grey_where_there_is_nothing_and_eight_times_the_level_elsewhere():
    pixels = np.full((600, 9, 3), 100, np.uint8)
    pixels[512, 4] = 104  # on the border between two strips
    picture = residual_picture(pixels, 4096)
    assert picture.scale == 1.0
    assert picture.pixels[0, 0].tolist() == [128] * 3
    assert (picture.pixels == np.rint(128 + 8 * noise_residual(pixels)).clip(0, 255)).all()


def test_a_large_picture_is_thinned_out_and_keeps_its_contrast():
    pixels = noise(300, 1200)
    small = residual_picture(pixels, 200)
    assert small.pixels.shape == (50, 200, 3)
    assert small.scale == pytest.approx(200 / 1200)
    assert small.pixels.std() == pytest.approx(residual_picture(pixels, 1200).pixels.std(), rel=0.05)


@pytest.mark.parametrize("at", [(0.125, 0.25), (0.25, -0.125), (0.375, 0.0), (0.0, 0.3125)])
@pytest.mark.parametrize("size", [(300, 520), (130, 140)])
def test_a_planted_wave_stands_out_at_its_frequency(at, size):
    spectrum = residual_spectrum(waves(*size, (*at, 3.0)))
    x, y, excess = spectrum.peaks[0]
    assert (x, y) == pytest.approx(at, abs=1e-9)
    assert excess > 10
    side = len(spectrum.values)
    assert spectrum.values[round(y * side) + side // 2, round(x * side) + side // 2] == spectrum.values.max()
    assert len(spectrum.peaks) == 1  # its mirror image is not listed


def test_the_stronger_wave_comes_first():
    pixels = waves(300, 300, (0.25, 0.25, 2.0), (0.375, 0.125, 5.0))
    found = [peak[:2] for peak in residual_spectrum(pixels).peaks]
    assert found == [(0.375, 0.125), (0.25, 0.25)]


def test_a_wave_at_the_highest_frequency_is_listed_once():
    spectrum = residual_spectrum(waves(300, 300, (0.5, 0.25, 3.0)))
    assert [peak[:2] for peak in spectrum.peaks] == [(-0.5, 0.25)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("side", [32, 64, 256, 320])
def test_plain_noise_has_no_peaks(side, seed):
    assert residual_spectrum(noise(side, side, seed)).peaks == ()


def test_never_more_peaks_than_can_be_looked_at():
    grid = np.zeros((512, 512, 3), np.uint8)
    grid[::16, ::16] = 255  # every multiple of a sixteenth
    assert len(residual_spectrum(grid).peaks) == MOST_PEAKS


def test_decibels_are_counted_from_the_median():
    assert np.median(residual_spectrum(noise(300, 300)).values) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 3), (31, 40)])
def test_the_smallest_images_have_a_picture_and_a_spectrum(size):
    pixels = noise(*size)
    assert residual_spectrum(pixels).values.shape == (32, 32)
    assert max(residual_picture(pixels, 500).pixels.shape) <= 500


def test_the_picture_of_a_turned_photograph_is_upright(tmp_path):
    path = tmp_path / "turned"
    pixels = np.full((20, 30, 3), 90, np.uint8)
    pixels[2, 3] = 190
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    Image.fromarray(pixels).save(path, "PNG", exif=exif)
    sha256 = digests_of(file_chunks(path, str(path))).sha256
    picture = upright_residual(path, sha256, 4096, LIMIT)
    assert picture.pixels.shape == (30, 20, 3)
    assert np.unravel_index(picture.pixels[..., 0].argmax(), (30, 20)) == (3, 17)
    assert evidence_spectrum(path, sha256, LIMIT).values.shape == (32, 32)
    with pytest.raises(EvidenceChanged):
        upright_residual(path, "0" * 64, 4096, LIMIT)
    with pytest.raises(EvidenceChanged):
        evidence_spectrum(path, "0" * 64, LIMIT)
