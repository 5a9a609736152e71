"""The 170 image transformations whose names the pretext network learns (DNA-Det §"Pre-train on image transformations").

The list, its order and its parameters are those of the published code; a transformation's class is its place in the
list. Two departures are deliberate. JPEG is encoded as true RGB, as cameras and web sites do, while the published code
exchanges red and blue in the chroma (`jpeg_as_bgr` repeats that). Noise is rounded to the nearest level, while the
published code truncates and so darkens the image by half a level.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

JPEG, DOUBLE_JPEG, GAUSSIAN, MEDIAN, RESAMPLE, NOISE = (
    "JPEG",
    "double JPEG",
    "Gaussian blur",
    "median blur",
    "resample",
    "noise",
)
_QUALITIES = tuple(range(30, 100, 3))  # 30, 33, … 99
# The published code drew the second qualities once at random; they are part of the list since.
_SECOND_QUALITIES = (39, 99, 36, 93, 60, 75, 81, 39, 63, 69, 60, 87, 90, 48, 81, 75, 72, 78, 54, 33, 81, 30, 36, 99)
# Compressed again at the same quality, about half of all natural crops stay as they are, and the others change by less
# than a tenth of a level on average: nobody can tell these classes from the single ones. At 99 rounding still shows.
_SAME_TWICE = ((36, 36), (60, 60), (75, 75))
_KERNELS = tuple(range(3, 30, 2))  # 3, 5, … 29
_INTERPOLATIONS = (
    (cv2.INTER_NEAREST, "nearest"),
    (cv2.INTER_LINEAR, "bilinear"),
    (cv2.INTER_CUBIC, "bicubic"),
    (cv2.INTER_AREA, "area"),
    (cv2.INTER_LANCZOS4, "Lanczos"),
)
_SCALES = tuple(percent / 100 for percent in range(15, 95, 5))  # 0.15, 0.20, … 0.90
_VARIANCES = tuple(range(10, 50, 3))  # 10, 13, … 49


@dataclass(frozen=True, slots=True)
class Transformation:
    """One of the 170.

    Attributes:
        index: its place in the list, which is its class.
        family: one of the six families.
        parameters: JPEG (quality,); double JPEG (first, second quality); Gaussian and median blur (odd kernel side,);
            resample (OpenCV interpolation number, scale); noise (variance in squared levels,).
        name: unique, for cards and tables.
    """

    index: int
    family: str
    parameters: tuple[float, ...]
    name: str


def _table() -> tuple[Transformation, ...]:
    rows: list[tuple[str, tuple[float, ...], str]] = []
    rows += [(JPEG, (q,), f"JPEG quality {q}") for q in _QUALITIES]
    pairs = zip(_QUALITIES, _SECOND_QUALITIES, strict=True)
    rows += [(DOUBLE_JPEG, pair, f"JPEG quality {pair[0]}, then {pair[1]}") for pair in pairs]
    rows += [(GAUSSIAN, (k,), f"Gaussian blur, kernel {k}") for k in _KERNELS]
    rows += [(MEDIAN, (k,), f"median blur, kernel {k}") for k in _KERNELS]
    rows += [
        (RESAMPLE, (how, scale), f"resampled to {scale:.2f} and back, {called}")
        for how, called in _INTERPOLATIONS
        for scale in _SCALES
    ]
    rows += [(NOISE, (v,), f"noise of variance {v}") for v in _VARIANCES]
    return tuple(Transformation(index, *row) for index, row in enumerate(rows))


def _merged(table: tuple[Transformation, ...]) -> tuple[int, ...]:
    single = {row.parameters[0]: row.index for row in table if row.family == JPEG}
    return tuple(single[row.parameters[0]] if row.parameters in _SAME_TWICE else row.index for row in table)


TABLE = _table()
"""The 170 rows in order: 24 JPEG, 24 double JPEG, 14 Gaussian, 14 median, 80 resampling, 14 noise."""

MERGED = _merged(TABLE)
"""For every class the class it is scored as when duplicates are merged: 167 different ones remain."""


def apply(pixels: Pixels, row: Transformation, rng: np.random.Generator, *, jpeg_as_bgr: bool = False) -> Pixels:
    """Transform one image.

    Args:
        pixels: (H, W, 3) uint8 RGB; the paper's are 128 px wide and high.
        row: one of `TABLE`.
        rng: what the noise is drawn from; the other families do not use it.
        jpeg_as_bgr: encode JPEG with red and blue exchanged, as the published code does.

    Returns:
        A new image of the same shape and type.
    """
    if row.family in (JPEG, DOUBLE_JPEG):
        for quality in row.parameters:
            pixels = _jpeg(pixels, int(quality), as_bgr=jpeg_as_bgr)
        return pixels
    if row.family == GAUSSIAN:
        kernel = int(row.parameters[0])
        return np.asarray(cv2.GaussianBlur(pixels, (kernel, kernel), gaussian_sigma(kernel)), np.uint8)
    if row.family == MEDIAN:
        return np.asarray(cv2.medianBlur(np.ascontiguousarray(pixels), int(row.parameters[0])), np.uint8)
    if row.family == RESAMPLE:
        return _resampled(pixels, int(row.parameters[0]), row.parameters[1])
    noisy = pixels + rng.normal(0.0, np.sqrt(row.parameters[0]), pixels.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def gaussian_sigma(kernel: int) -> float:
    """Standard deviation in pixels that goes with an odd kernel side (OpenCV's rule): 3 → 0.8, 29 → 4.7."""
    return 0.3 * ((kernel - 1) / 2 - 1) + 0.8


def _jpeg(pixels: Pixels, quality: int, *, as_bgr: bool) -> Pixels:
    # OpenCV takes BGR. Turned around, the codec sees true colours; as they are, it takes red for blue.
    order = slice(None) if as_bgr else slice(None, None, -1)
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        int(cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420),  # the codec's default, stated
    ]
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[:, :, order]), options)
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[:, :, order])


def _resampled(pixels: Pixels, how: int, scale: float) -> Pixels:
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (int(scale * width), int(scale * height)), interpolation=how)
    return np.asarray(cv2.resize(small, (width, height), interpolation=how), np.uint8)
