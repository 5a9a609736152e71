"""The absolute difference of two pictures of one size."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.widgets.picture import Picture, build_picture, pixels_of
from core.domain import RgbImage

GAINS = (1, 2, 4, 8, 16, 32)
USUAL_GAIN = 8
_ROWS = 256  # at a time, so that a large picture needs little more memory than its answer


@dataclass(frozen=True, slots=True)
class Difference:
    """How two pictures differ.

    Attributes:
        picture: the difference, each channel times the gain, at most 255.
        share: share of the pixels that differ, 0–1.
        largest: greatest difference of any channel, 0–255, before the gain.
        gain: what it was multiplied with.
    """

    picture: Picture
    share: float
    largest: int
    gain: int


def difference(one: Picture, other: Picture, gain: int) -> Difference:
    """Compare two pictures whose first levels have one size; meant for a worker."""
    first, second = _channels(one.levels[0]), _channels(other.levels[0])
    height, width = first.shape[:2]
    apart, differing, largest = np.empty((height, width, 3), np.uint8), 0, 0
    for top in range(0, height, _ROWS):
        a, b = first[top : top + _ROWS], second[top : top + _ROWS]
        strip = np.maximum(a, b) - np.minimum(a, b)
        differing += int(np.count_nonzero(strip.any(axis=2)))
        largest = max(largest, int(strip.max(initial=0)))
        apart[top : top + _ROWS] = np.minimum(strip, 255 // gain) * np.uint8(gain) if gain > 1 else strip
        apart[top : top + _ROWS][strip > 255 // gain] = 255
    return Difference(build_picture(RgbImage(apart, one.scale)), differing / (height * width), largest, gain)


def why_not(one: Picture, other: Picture, sizes: tuple[tuple[int, int], tuple[int, int]]) -> str:
    """Why there is no difference of two pictures of these stored sizes (width, height); empty when there is one."""
    if sizes[0] != sizes[1] or one.levels[0].size() != other.levels[0].size():
        (w, h), (v, g) = sizes
        return (
            f"A has {w} × {h} pixels and B {v} × {g}. A difference needs two pictures of one size; "
            "Split and Flicker show pictures of different sizes over one another."
        )
    return ""


def in_words(found: Difference, scale: float, what: str) -> str:
    """What the strip under the difference says; `what` was compared, at `scale` of its stored size."""
    if not found.largest:
        said = "equal in every pixel"
    else:
        percent = found.share * 100
        share = "under 0.1" if percent < 0.1 else f"{percent:.1f}"
        said = f"{share} % of the pixels differ, by at most {found.largest} of 255"
    reduced = f", compared at {scale * 100:.0f} % of their stored size" if scale < 1 else ""
    return f"{what}: {said}{reduced}."


def _channels(image: QImage) -> NDArray[np.uint8]:
    """(H, W, 3) view on red, green and blue of a `Format_RGB32` image."""
    packed = pixels_of(image)
    channels = packed.view(np.uint8).reshape(*packed.shape, 4)
    return channels[..., 2::-1] if sys.byteorder == "little" else channels[..., 1:]
