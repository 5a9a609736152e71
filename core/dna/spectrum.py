"""The second voice: a linear classifier on the averaged log-spectrum of the high-pass residual.

Upsampling leaves periodic traces, which stand in the spectrum as peaks and as a missing high end (Durall et al. 2020;
Frank et al. 2020). The voice is linear in the spectrum of each window, so the mean over an image's windows is exactly the
classifier's answer for the averaged spectrum of the image.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

TILE = 64
_BINS = TILE // 2 + 1
FEATURES = 3 * TILE * _BINS
_FLOOR = 1e-3
# Luma and two colour differences of a residual: their sums with a blurred image cancel, so no offset is needed.
_TO_LUMA = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def log_spectrum(windows: Tensor) -> Tensor:
    """Mean log-amplitude spectrum of each window's tiles.

    Args:
        windows: high-pass residuals (B, 3, h, w) with h, w ≥ 64, in the detector's scale.

    Returns:
        (B, 6336): three colour planes × 64 × 33 frequencies, mean over half-overlapping Hann-weighted 64 px tiles.
    """
    planes = torch.einsum("kc,bchw->bkhw", windows.new_tensor(_TO_LUMA), windows)  # (B, 3, h, w)
    tiles = planes.unfold(2, TILE, TILE // 2).unfold(3, TILE, TILE // 2)  # (B, 3, rows, columns, 64, 64)
    hann = torch.hann_window(TILE, periodic=False, dtype=windows.dtype, device=windows.device)
    amplitude = torch.fft.rfft2(tiles * (hann[:, None] * hann[None, :])).abs()  # (B, 3, rows, columns, 64, 33)
    return torch.log(amplitude / TILE + _FLOOR).mean((2, 3)).flatten(1)


class SpectrumVoice(nn.Module):
    """Standardised log-spectrum to logits.

    Args:
        classes: number of architectures.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("deviation", torch.ones(FEATURES))
        self.linear = nn.Linear(FEATURES, classes)

    def forward(self, windows: Tensor) -> Tensor:
        """Residual windows (B, 3, h, w) to logits (B, classes)."""
        return self.of_spectrum(log_spectrum(windows))

    def of_spectrum(self, spectrum: Tensor) -> Tensor:
        """Log-spectra (B, 6336) to logits (B, classes)."""
        logits: Tensor = self.linear((spectrum - self.mean) / self.deviation)
        return logits
