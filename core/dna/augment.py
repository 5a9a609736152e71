"""Random processing alike for every class, so that format and size cannot stand in for the architecture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_INTERPOLATIONS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LANCZOS4)
_SUBSAMPLINGS = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)


@dataclass(frozen=True, slots=True)
class Augment:
    """Shares and ranges of the random processing of one training region.

    Attributes:
        flip: share mirrored left to right.
        resize: share resized by a factor from `resize_low` to `resize_high`.
        jpeg: share re-compressed as JPEG of a quality from `jpeg_low` to `jpeg_high`.
        webp: share re-compressed as lossy WebP of the same quality range.
        noise: share given Gaussian noise of a standard deviation up to `noise_high` levels.
        blur: share blurred with a Gaussian of up to `blur_high` pixels.
        tone: share whose fine detail is weakened or strengthened (unsharp mask of −`tone_high`/2 to +`tone_high`), as
            cameras, resizers and publishers do.
    """

    flip: float = 0.5
    resize: float = 0.25
    resize_low: float = 0.6
    resize_high: float = 1.3
    jpeg: float = 0.5
    jpeg_low: int = 65
    jpeg_high: int = 98
    webp: float = 0.12
    noise: float = 0.05
    noise_high: float = 3.0
    blur: float = 0.05
    blur_high: float = 0.8
    tone: float = 0.0
    tone_high: float = 1.2


def augmented(pixels: Pixels, augment: Augment, rng: np.random.Generator) -> Pixels:
    """Randomly process one region (H, W, 3) uint8 RGB; the size may change by the resize factor."""
    if rng.random() < augment.flip:
        pixels = pixels[:, ::-1]
    if rng.random() < augment.resize:
        pixels = _resized(pixels, float(rng.uniform(augment.resize_low, augment.resize_high)), rng)
    if rng.random() < augment.blur:
        sigma = float(rng.uniform(0.3, augment.blur_high))
        pixels = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(pixels), (0, 0), sigma), np.uint8)
    if augment.tone and rng.random() < augment.tone:
        pixels = _toned(pixels, augment.tone_high, rng)
    if rng.random() < augment.noise:
        noise = rng.normal(0.0, rng.uniform(0.5, augment.noise_high), pixels.shape)
        pixels = np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)
    return _recompressed(np.ascontiguousarray(pixels), augment, rng)


def _resized(pixels: Pixels, factor: float, rng: np.random.Generator) -> Pixels:
    size = (max(64, round(pixels.shape[1] * factor)), max(64, round(pixels.shape[0] * factor)))
    how = _INTERPOLATIONS[int(rng.integers(len(_INTERPOLATIONS)))]
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=how), np.uint8)


def _toned(pixels: Pixels, high: float, rng: np.random.Generator) -> Pixels:
    """Unsharp mask: pixels + amount · (pixels − their Gaussian mean), alike in all channels."""
    amount, sigma = float(rng.uniform(-high / 2, high)), float(rng.uniform(0.5, 2.0))
    image = np.ascontiguousarray(pixels)
    mean = cv2.GaussianBlur(image, (0, 0), sigma)
    return np.asarray(cv2.addWeighted(image, 1.0 + amount, mean, -amount, 0.0), np.uint8)


def _recompressed(pixels: Pixels, augment: Augment, rng: np.random.Generator) -> Pixels:
    draw = rng.random()
    quality = int(rng.integers(augment.jpeg_low, augment.jpeg_high + 1))
    if draw < augment.jpeg:
        sampling = int(_SUBSAMPLINGS[int(rng.integers(len(_SUBSAMPLINGS)))])
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
        return _through(".jpg", pixels, options)
    if draw < augment.jpeg + augment.webp:
        return _through(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, quality])
    return pixels


def _through(suffix: str, pixels: Pixels, options: list[int]) -> Pixels:
    # OpenCV takes BGR: the channels are turned so that the codec sees true RGB chroma.
    _, data = cv2.imencode(suffix, np.ascontiguousarray(pixels[:, :, ::-1]), options)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1])
