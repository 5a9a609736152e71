"""The second voice: a linear classifier on the log-spectrum of the high-pass residual.

Upsampling leaves periodic traces, which stand in the spectrum as peaks (Durall et al. 2020; Frank et al. 2020), whereas
sharpening, resizing and compression bend the spectrum as a whole. So each frequency is compared with its neighbourhood:
what a publisher did to its files matters less, what the generator left matters more.

The voice is linear in the spectrum of each window, so the mean over an image's windows is exactly the classifier's
answer for the averaged spectrum of the image.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

TILE = 64
_PLANES = 3
_BINS = TILE // 2 + 1
FEATURES = _PLANES * TILE * _BINS
_FLOOR = 1e-3
_NEIGHBOURHOOD = 2.0  # standard deviation in frequency steps of 1/64 cycle per pixel
# Luma and two colour differences.
_TO_PLANES = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def spectral_peaks(windows: Tensor) -> Tensor:
    """How far each frequency stands out of its neighbourhood in the mean log-amplitude spectrum of each window.

    Args:
        windows: high-pass residuals (B, 3, h, w) with h, w ≥ 64, in the detector's scale.

    Returns:
        (B, 6336): three colour planes × 64 × 33 frequencies, mean over half-overlapping Hann-weighted 64 px tiles.
    """
    return peaks_of(log_spectrum(windows))


def peaks_of(spectrum: Tensor) -> Tensor:
    """How far each frequency of mean spectra (B, 3, 64, 33) stands out of its neighbourhood (B, 6336)."""
    return (spectrum - smoothed(spectrum)).flatten(1)


def log_spectrum(windows: Tensor) -> Tensor:
    """Mean log-amplitude spectrum of residual windows (B, 3, h, w) by colour plane and frequency (B, 3, 64, 33)."""
    return tile_spectra(windows).mean((2, 3))


def tile_spectra(windows: Tensor) -> Tensor:
    """Log-amplitude spectra of half-overlapping 64 px tiles of windows (B, 3, h, w): (B, 3, rows, columns, 64, 33)."""
    planes = torch.einsum("kc,bchw->bkhw", windows.new_tensor(_TO_PLANES), windows)  # (B, 3, h, w)
    tiles = planes.unfold(2, TILE, TILE // 2).unfold(3, TILE, TILE // 2)  # (B, 3, rows, columns, 64, 64)
    hann = torch.hann_window(TILE, periodic=False, dtype=windows.dtype, device=windows.device)
    amplitude = torch.fft.rfft2(tiles * (hann[:, None] * hann[None, :])).abs()  # (B, 3, rows, columns, 64, 33)
    return torch.log(amplitude / TILE + _FLOOR)


def smoothed(spectrum: Tensor, deviation: float = _NEIGHBOURHOOD) -> Tensor:
    """Gaussian mean over neighbouring frequencies (B, 3, 64, 33); rows wrap around, columns end at 0 and at Nyquist."""
    reach = round(4 * deviation)
    offsets = torch.arange(-reach, reach + 1, dtype=spectrum.dtype, device=spectrum.device)
    kernel = torch.exp(-(offsets**2) / (2 * deviation**2))
    kernel = (kernel / kernel.sum()).expand(_PLANES, 1, -1)  # (3, 1, 17)
    tall = functional.pad(spectrum, (0, 0, reach, reach), mode="circular")
    tall = functional.conv2d(tall, kernel[:, :, :, None], groups=_PLANES)
    wide = functional.pad(tall, (reach, reach, 0, 0), mode="replicate")
    return functional.conv2d(wide, kernel[:, :, None, :], groups=_PLANES)


class SpectrumVoice(nn.Module):
    """Standardised spectral peaks to logits.

    Args:
        classes: number of architectures.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("deviation", torch.ones(FEATURES))
        self.linear = nn.Linear(FEATURES, classes)

    def forward(self, windows: Tensor) -> Tensor:
        """Residual windows (B, 3, h, w) to logits (B, classes)."""
        return self.of_peaks(spectral_peaks(windows))

    def of_peaks(self, peaks: Tensor) -> Tensor:
        """Spectral peaks (B, 6336) to logits (B, classes)."""
        logits: Tensor = self.linear((peaks - self.mean) / self.deviation)
        return logits
