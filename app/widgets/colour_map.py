"""Colours of a heat map: tables from a value in 0–1 to a colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.uint8]
_STEPS = 256

# Lightness, chroma and hue in OKLCh: lightness only ever rises, and the hue goes from blue to yellow, the one pair of
# hues that every kind of colour vision tells apart; the picture therefore reads the same in grey.
_BLUE_TO_YELLOW = (
    (0.20, 0.09, 272.0),
    (0.36, 0.12, 262.0),
    (0.52, 0.08, 225.0),
    (0.66, 0.09, 165.0),
    (0.81, 0.15, 112.0),
    (0.96, 0.14, 104.0),
)


@dataclass(frozen=True, slots=True)
class ColourMap:
    """One way to colour a heat map.

    Attributes:
        id: stable name for settings and tests.
        title: what the analyst reads in the list.
        note: one sentence on when to use it.
        table: (256, 3) uint8 RGB for the values 0 … 1.
    """

    id: str
    title: str
    note: str
    table: Colours


def _from_oklch(anchors: tuple[tuple[float, float, float], ...]) -> Colours:
    at = np.linspace(0, len(anchors) - 1, _STEPS)
    lightness, chroma, hue = (np.interp(at, np.arange(len(anchors)), column) for column in np.array(anchors).T)
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    # OKLab to linear sRGB (B. Ottosson, "A perceptual color space for image processing", 2020).
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ),
        axis=1,
    ).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (encoded * 255).round().astype(np.uint8)


def _jet() -> Colours:
    # The classic JET: three trapezoids a quarter of the range apart.
    at = np.linspace(0, 1, _STEPS)[:, None]
    peaks = np.array([[3.0, 2.0, 1.0]])
    trapezoids: Colours = ((1.5 - np.abs(4 * at - peaks)).clip(0, 1) * 255).round().astype(np.uint8)
    return trapezoids


COLOUR_MAPS: tuple[ColourMap, ...] = (
    ColourMap(
        "blue-yellow",
        "Blue to yellow",
        "Dark blue is 0, light yellow is 1. Reads the same with every kind of colour vision and in grey.",
        _from_oklch(_BLUE_TO_YELLOW),
    ),
    ColourMap(
        "jet",
        "JET",
        "Blue is 0, red is 1. Common in the literature; its bright bands look like edges that are not there.",
        _jet(),
    ),
    ColourMap(
        "jet-paper",
        "JET as in the paper",
        "Red is 0, blue is 1: the colours of the heat maps printed in the DNA-Det paper, for comparing with them.",
        _jet()[::-1].copy(),
    ),
)


def colourise(values: NDArray[np.float32], colours: ColourMap) -> Colours:
    """Colour values as premultiplied BGRA bytes, the layout of `QImage.Format_ARGB32_Premultiplied`.

    Args:
        values: (h, w) in [0, 1]; NaN where there is no value, which becomes fully transparent.
        colours: the table.

    Returns:
        (h, w, 4) uint8.
    """
    opaque = np.full((_STEPS + 1, 4), 255, np.uint8)
    opaque[:_STEPS, :3] = colours.table[:, ::-1]
    opaque[_STEPS] = 0  # where there is no value
    index = np.where(np.isnan(values), _STEPS, values.clip(0, 1) * (_STEPS - 1) + 0.5).astype(np.uint16)
    pixels: Colours = opaque.view(np.uint32)[:, 0][index].view(np.uint8).reshape(*values.shape, 4)
    return pixels
