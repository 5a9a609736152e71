"""The spectrum of a noise residual as a picture by itself: colours, rings around the peaks, and the scale below."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.examine import SpectrumPicture

TOP_DB = 30.0  # the last colour; decibels over the median mean the same in every image
_SIDE_PX = 768
_BAR_PX, _FOOT_PX, _RING_PX = 14, 56, 10
_INK, _PAPER = (20, 20, 20), (255, 255, 255)


def marked_spectrum(spectrum: SpectrumPicture) -> NDArray[np.uint8]:
    """Zero frequency in the middle, half a cycle per pixel at the edges; (h, w, 3) uint8 with the scale as its foot."""
    count = len(spectrum.values)
    factor = max(1, _SIDE_PX // count)
    side = count * factor
    index = np.rint(np.nan_to_num(spectrum.values).clip(0, TOP_DB) * (255 / TOP_DB)).astype(np.uint8)
    colours = cv2.applyColorMap(index, cv2.COLORMAP_CIVIDIS)[:, :, ::-1]
    sheet = Image.new("RGB", (side, side + _FOOT_PX), _PAPER)
    sheet.paste(Image.fromarray(np.ascontiguousarray(colours)).resize((side, side), Image.Resampling.NEAREST))
    draw = ImageDraw.Draw(sheet)
    for x, y, _ in spectrum.peaks:
        centre = ((round(x * count) + count // 2 + 0.5) * factor, (round(y * count) + count // 2 + 0.5) * factor)
        for colour, width in (((0, 0, 0), 4), ((255, 255, 255), 2)):
            draw.circle(centre, _RING_PX, outline=colour, width=width)
    _paint_foot(sheet, draw, side)
    return np.asarray(sheet)


def _paint_foot(sheet: Image.Image, draw: ImageDraw.ImageDraw, side: int) -> None:
    font = ImageFont.load_default(size=14)
    ramp = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[None], cv2.COLORMAP_CIVIDIS)[:, :, ::-1]
    wide = side - 24
    sheet.paste(Image.fromarray(np.ascontiguousarray(ramp)).resize((wide, _BAR_PX)), (12, side + 10))
    for decibels in (0, 10, 20, 30):
        at = 12 + wide * decibels / TOP_DB
        anchor = "la" if decibels == 0 else "ra" if decibels == TOP_DB else "ma"
        text = f"{decibels} dB over the median" if decibels == 0 else f"{decibels} dB"
        draw.text((at, side + 10 + _BAR_PX + 6), text, fill=_INK, font=font, anchor=anchor)
