"""Pictures of explanations: heat map, overlay and consistency grid drawn over stored pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.domain import ConsistencyGrid
from core.examine import HeatMap

Pixels = NDArray[np.uint8]
OPACITY = 0.5
_AGREES, _DIFFERS = (255, 255, 255), (255, 200, 0)


def heat_map_plane(heat_map: HeatMap) -> NDArray[np.float32]:
    """The map on the stored pixels (H, W), overlapping patches averaged, NaN where the detector did not look."""
    width, height = heat_map.size
    total = np.zeros((height, width), np.float32)
    count = np.zeros((height, width), np.float32)
    for patch in heat_map.patches:
        left, top, wide, tall = patch.box
        values = cv2.resize(patch.values, (wide, tall), interpolation=cv2.INTER_LINEAR)
        total[top : top + tall, left : left + wide] += values
        count[top : top + tall, left : left + wide] += 1
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def coloured(plane: NDArray[np.float32]) -> Pixels:
    """Colours of a map in [0, 1] (H, W, 3); what the detector did not look at is black."""
    levels = np.rint(np.nan_to_num(plane) * 255).astype(np.uint8)
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_CIVIDIS)[:, :, ::-1]
    return np.where(np.isnan(plane)[:, :, None], 0, colours).astype(np.uint8)


def overlaid(pixels: Pixels, plane: NDArray[np.float32]) -> Pixels:
    """The image with the map's colours over it where the detector looked (H, W, 3)."""
    mixed = pixels * (1 - OPACITY) + coloured(plane) * OPACITY
    return np.where(np.isnan(plane)[:, :, None], pixels, np.rint(mixed)).astype(np.uint8)


def with_grid(pixels: Pixels, grid: ConsistencyGrid, architecture: str) -> Pixels:
    """The image with each tile's architecture and score; tiles that name another class than the whole are dashed."""
    scale = max(1, round(1024 / max(pixels.shape[:2])))
    large = Image.fromarray(pixels).resize((pixels.shape[1] * scale, pixels.shape[0] * scale), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(large)
    font = ImageFont.load_default(size=max(10, large.width // 70))
    for tile, box in zip(grid.tiles, grid.boxes, strict=True):
        left, top, width, height = (side * scale for side in box)
        same = tile.architecture == architecture
        colour = _AGREES if same else _DIFFERS
        inset = 2 if same else 6
        draw.rectangle((left + inset, top + inset, left + width - inset, top + height - inset), outline=colour, width=2)
        text = f"{'=' if same else '≠'} {tile.architecture}\n{tile.score:.2f}"
        centre = (left + width // 2, top + height // 2)
        draw.multiline_text(
            centre, text, fill=colour, font=font, anchor="mm", align="center", stroke_width=2, stroke_fill=(0, 0, 0)
        )
    return np.asarray(large)
