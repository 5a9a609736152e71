"""The second voice: spectral peaks against SciPy, and a classifier that tells upsamplers apart."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d

from core.dna.augment import Augment
from core.dna.dataset import Item, Picture
from core.dna.preprocess import Preprocess, residual
from core.dna.recipe import Spectrum
from core.dna.spectrum import FEATURES, SpectrumVoice, spectral_peaks
from core.dna.spectrum_training import fit_voice, image_peaks, image_weights
from core.errors import BadInput
from core.progress import Progress

RNG = np.random.default_rng(0)
NATIVE = Preprocess(kind="native", channels="residual", window_px=128)


def windows(count: int = 2, side: int = 128) -> torch.Tensor:
    return torch.from_numpy(RNG.normal(0, 1, (count, 3, side, side)).astype(np.float32))


def by_hand(window: np.ndarray) -> np.ndarray:
    """Spectral peaks of one window with NumPy's FFT and SciPy's Gaussian."""
    planes = np.tensordot(
        [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], window, axes=(1, 0)
    )
    hann = np.hanning(64)[:, None] * np.hanning(64)[None]
    tiles = [
        np.abs(np.fft.rfft2(planes[:, top : top + 64, left : left + 64] * hann))
        for top in range(0, window.shape[1] - 63, 32)
        for left in range(0, window.shape[2] - 63, 32)
    ]
    spectrum = np.mean([np.log(tile / 64 + 1e-3) for tile in tiles], 0)
    smooth = gaussian_filter1d(gaussian_filter1d(spectrum, 2.0, axis=1, mode="wrap"), 2.0, axis=2, mode="nearest")
    return (spectrum - smooth).ravel()


def picture(architecture: str, source: str, pixels: np.ndarray) -> Picture:
    return Picture(pixels, Item(Path("x.png"), architecture, source, "", "", False))


def upsampled(how: int) -> np.ndarray:
    small = RNG.integers(0, 256, (80, 80, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), 1.0), (160, 160), interpolation=how), np.uint8)


def test_peaks_are_what_numpy_and_scipy_compute() -> None:
    some = windows()
    expected = np.stack([by_hand(window) for window in some.numpy().astype(np.float64)])
    assert spectral_peaks(some).shape == (2, FEATURES)
    np.testing.assert_allclose(spectral_peaks(some).numpy(), expected, atol=2e-4)


def test_a_pattern_of_period_eight_stands_out_at_its_frequency() -> None:
    pattern = windows(1)
    pattern[:, :, :, ::8] += 4.0
    luma = spectral_peaks(pattern)[0].reshape(3, 64, 33)[0]
    assert int(luma[0].argmax()) % 8 == 0
    assert float(luma[0, 8]) > 5 * float(spectral_peaks(windows(1))[0].reshape(3, 64, 33)[0, 0, 8].abs())


def test_blurring_moves_the_peaks_less_than_the_spectrum() -> None:
    image = np.clip(128 + 30 * RNG.normal(size=(256, 256, 3)), 0, 255).astype(np.uint8)
    softer = cv2.GaussianBlur(image, (0, 0), 0.8)
    clean, blurred = (torch.from_numpy(residual(one)).permute(2, 0, 1)[None] for one in (image, softer))
    moved = (spectral_peaks(clean) - spectral_peaks(blurred)).abs().mean()
    level = (torch.fft.rfft2(clean).abs().log() - torch.fft.rfft2(blurred).abs().log()).abs().mean()
    assert float(moved) < 0.25 * float(level)


def test_the_mean_of_window_logits_is_the_logits_of_the_mean_peaks() -> None:
    voice = SpectrumVoice(3)
    some = windows(5)
    torch.testing.assert_close(voice(some).mean(0), voice.of_peaks(spectral_peaks(some).mean(0)), atol=1e-5, rtol=1e-4)


def test_it_tells_two_upsamplers_apart_on_images_it_has_not_seen() -> None:
    made = {"real": cv2.INTER_LINEAR, "nearest": cv2.INTER_NEAREST}
    training = [picture(name, "a", upsampled(how)) for name, how in made.items() for _ in range(8)]
    settings = Spectrum(views=1, iterations=20)
    voice = fit_voice(training, list(made), settings, NATIVE, Augment(jpeg_low=85), Progress())
    assert not voice.linear.weight.requires_grad
    for index, how in enumerate(made.values()):
        answers = [int(voice.of_peaks(image_peaks(upsampled(how), NATIVE)).argmax()) for _ in range(6)]
        assert answers == [index] * 6


def test_the_same_seed_gives_the_same_voice() -> None:
    training = [picture(name, "a", upsampled(cv2.INTER_CUBIC)) for name in ("real", "other") for _ in range(3)]
    first, again = (
        fit_voice(training, ["real", "other"], Spectrum(views=2, iterations=3), NATIVE, Augment(), Progress())
        for _ in range(2)
    )
    torch.testing.assert_close(first.linear.weight, again.linear.weight, atol=0, rtol=0)


def test_classes_weigh_alike_real_more_and_sources_by_the_root_of_their_size() -> None:
    flat = np.zeros((64, 64, 3), np.uint8)
    pictures = [picture("real", "a", flat)] * 9 + [picture("real", "b", flat)] + [picture("fake", "c", flat)] * 5
    weights = image_weights(pictures, 4.0)
    assert float(weights.sum()) == pytest.approx(1.0)
    assert float(weights[:10].sum()) == pytest.approx(0.8)
    assert float(weights[:9].sum() / weights[9]) == pytest.approx(3.0)


def test_it_refuses_inputs_it_was_not_made_for() -> None:
    with pytest.raises(BadInput, match="native residual windows"):
        fit_voice([], ["real", "other"], Spectrum(), Preprocess(kind="paper", channels="rgb"), None, Progress())
