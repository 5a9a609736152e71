"""What is left of an image when its content is smoothed away: as pixels, as a picture, and as a spectrum.

Upsampling in a generator leaves periodic traces that stand in the spectrum of the residual as single peaks (Durall et
al. 2020; Frank et al. 2020). JPEG compression leaves peaks at multiples of an eighth of a cycle per pixel as well.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from core.domain import RgbImage
from core.examine import SpectrumPicture
from core.imaging.evidence import stored_evidence
from core.imaging.opening import turned_for_display
from core.imaging.pixels import as_array

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

PICTURE_GREY, PICTURE_GAIN = 128, 8  # a level of residual becomes 8 levels of picture, around mid-grey
MOST_PEAKS = 24

_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16
_RIM = 2  # pixels on each side that the blur needs
_STRIP = 512  # rows at a time, so that a large image needs no second copy in floating point
_WINDOW_SIDES = (256, 128, 64, 32)
_MOST_WINDOWS = 16  # in each direction
_NEIGHBOURHOOD = 11  # frequency steps in each direction
_FLOOR = 1e-4  # power of a hundredth of a level, so that the logarithm of nothing is finite
_CLOSE_TO_ZERO = 4  # frequency steps around zero that hold content, not traces
_LEAST_PEAK_DB, _LEAST_PEAK_DEVIATIONS = 3.0, 6.0


def noise_residual(pixels: Pixels) -> Floats:
    """Image minus its 5×5 binomial blur (mirrored border), in levels.

    Args:
        pixels: (H, W, 3) uint8.

    Returns:
        (H, W, 3) float32, −255 … 255.
    """
    image = pixels.astype(np.float32)
    blurred = cv2.sepFilter2D(image, -1, _BINOMIAL, _BINOMIAL, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(image - blurred, np.float32)


def residual_picture(pixels: Pixels, max_side: int) -> RgbImage:
    """The residual as an image: 128 + 8 × level, cut to 0 … 255.

    A picture that is too large is thinned out, not averaged: an average would be smooth again and show nothing.

    Args:
        pixels: (H, W, 3) uint8.
        max_side: the longer side of the picture is at most this many pixels.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    rows = _picked(height, max(1, round(height * scale)))
    columns = _picked(width, max(1, round(width * scale)))
    picture = np.empty((len(rows), len(columns), 3), np.uint8)
    for top in range(0, height, _STRIP):
        first, last = np.searchsorted(rows, (top, top + _STRIP))
        if first == last:
            continue
        strip = _residual_of_part(pixels, top, 0, _STRIP, width)
        shown = strip[rows[first:last] - top][:, columns] * PICTURE_GAIN + PICTURE_GREY
        picture[first:last] = np.rint(shown).clip(0, 255)
    return RgbImage(picture, len(columns) / width if width >= height else len(rows) / height)


def residual_spectrum(pixels: Pixels) -> SpectrumPicture:
    """Mean log power spectrum of the residual over windows, in decibels over its median, and its peaks.

    The windows are squares of 256 stored pixels (fewer in a small image) with Hann weights, half-overlapping, and at
    most 16 × 16 of them spread over the image. An image under 32 pixels is continued by mirroring.

    Args:
        pixels: (H, W, 3) uint8.
    """
    side = next((side for side in _WINDOW_SIDES if side <= min(pixels.shape[:2])), _WINDOW_SIDES[-1])
    padding = [(0, max(0, side - length)) for length in pixels.shape[:2]]
    padded = np.pad(pixels, (*padding, (0, 0)), mode="symmetric") if any(more for _, more in padding) else pixels
    spectra = [_window_spectrum(padded, top, left, side) for top, left in _window_corners(padded, side)]
    used = [spectrum for spectrum in spectra if spectrum is not None]
    if not used:  # flat: there is no residual at all
        return SpectrumPicture(np.zeros((side, side), np.float32), ())
    mean = np.mean(used, axis=0)
    values = np.fft.fftshift(mean - np.median(mean)).astype(np.float32)
    return SpectrumPicture(values, _peaks(values))


def upright_residual(path: Path, sha256: str, max_side: int, pixel_limit: int) -> RgbImage:
    """The residual of an unchanged evidence file as a picture, its EXIF orientation applied.

    Raises:
        CoreError: the file is gone, was changed, or cannot be decoded.
    """
    stored = stored_evidence(path, sha256, pixel_limit)
    picture = residual_picture(stored.pixels, max_side)
    return RgbImage(as_array(turned_for_display(Image.fromarray(picture.pixels), stored.orientation)), picture.scale)


def evidence_spectrum(path: Path, sha256: str, pixel_limit: int) -> SpectrumPicture:
    """The spectrum of the residual of an unchanged evidence file, in stored orientation; raises like the others."""
    return residual_spectrum(stored_evidence(path, sha256, pixel_limit).pixels)


def _picked(length: int, count: int) -> NDArray[np.intp]:
    """Evenly spread positions, the middles of `count` equal parts."""
    return np.asarray((2 * np.arange(count) + 1) * length // (2 * count), np.intp)


def _residual_of_part(pixels: Pixels, top: int, left: int, height: int, width: int) -> Floats:
    """The residual of a part, equal to the same part of the whole image's residual."""
    rim_top, rim_left = min(_RIM, top), min(_RIM, left)
    part = pixels[top - rim_top : top + height + _RIM, left - rim_left : left + width + _RIM]
    return noise_residual(part)[rim_top : rim_top + height, rim_left : rim_left + width]


def _window_corners(pixels: Pixels, side: int) -> list[tuple[int, int]]:
    tops, lefts = (_starts(length, side) for length in pixels.shape[:2])
    return [(top, left) for top in tops for left in lefts]


def _starts(length: int, side: int) -> list[int]:
    count = min(_MOST_WINDOWS, max(1, 2 * length // side - 1))
    return [round(start) for start in np.linspace(0, length - side, count)]


def _window_spectrum(pixels: Pixels, top: int, left: int, side: int) -> Floats | None:
    """Log power of one window (side, side) in decibels, zero frequency first; None for a flat window."""
    residual = _residual_of_part(pixels, top, left, side, side)  # (side, side, 3)
    if not residual.any():
        return None
    hann = np.hanning(side).astype(np.float32)
    transformed = np.fft.fft2(residual * (hann[:, None] * hann)[..., None], axes=(0, 1))
    power = (np.abs(transformed) ** 2).mean(axis=2)  # over the colour channels
    return np.asarray(10 * np.log10(power / side**2 + _FLOOR), np.float32)


def _peaks(values: Floats) -> tuple[tuple[float, float, float], ...]:
    """(x, y, decibels over the neighbourhood) of single frequencies that stand out, strongest first.

    The other half of the plane is the mirror image of the one that is listed: x > 0, or x = 0 and y ≥ 0.
    """
    side = len(values)
    excess = values - ndimage.median_filter(values, _NEIGHBOURHOOD, mode="wrap")
    deviation = 1.4826 * float(np.median(np.abs(excess)))  # of a normal distribution with the same middle half
    stands_out = excess >= max(_LEAST_PEAK_DB, _LEAST_PEAK_DEVIATIONS * deviation)
    y, x = np.mgrid[:side, :side] - side // 2
    listed = (x > 0) | ((x == 0) & (y > 0)) | ((x == -side // 2) & (y >= 0)) | ((y == -side // 2) & (x == 0))
    far = np.hypot(x, y) >= _CLOSE_TO_ZERO
    highest = values >= ndimage.maximum_filter(values, 3, mode="wrap")
    found = np.argwhere(stands_out & listed & far & highest)
    ordered = sorted(found.tolist(), key=lambda at: -excess[at[0], at[1]])
    return tuple(
        ((column - side // 2) / side, (row - side // 2) / side, float(excess[row, column]))
        for row, column in ordered[:MOST_PEAKS]
    )
