"""How pixels reach the network. Which way is taken is data on the detector's card, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import DetectorRefused

Box = tuple[int, int, int, int]  # left, top, width, height in stored pixels
Pixels = NDArray[np.uint8]
Windows = NDArray[np.float32]

GRID = 4
BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16
RESIDUAL_SCALE = 8.0


@dataclass(frozen=True, slots=True)
class Preprocess:
    """The preprocessing part of a card.

    Attributes:
        kind: "native" (windows of untouched pixels spread over the image as a 4×4 grid) or "paper" (centre square,
            resized to `first_px`, then to `side_px`; DNA-Det §"Implementation", Pillow bicubic).
        channels: "rgb" (scaled to −1…1) or "residual" (image minus its 5×5 binomial blur, divided by 8 levels).
        window_px: side of a native window in stored pixels.
        magnify: whole factor by which a native window is enlarged (bicubic).
        first_px, side_px: the two sizes of "paper".
    """

    kind: str = "native"
    channels: str = "residual"
    window_px: int = 128
    magnify: int = 1
    first_px: int = 128
    side_px: int = 512

    @classmethod
    def from_card(cls, data: Mapping[str, Any]) -> Preprocess:
        """Read the card's part; raises `DetectorRefused` for what this program cannot do."""
        known = {field.name: type(field.default) for field in fields(cls)}
        wrong = [key for key, value in data.items() if key not in known or type(value) is not known[key]]
        if wrong:
            raise DetectorRefused(
                f"The detector's card asks for an unknown preprocessing ({', '.join(sorted(wrong))})."
            )
        made = cls(**data)
        if made.kind not in ("native", "paper") or made.channels not in ("rgb", "residual"):
            raise DetectorRefused(f"The detector's card asks for preprocessing {made.kind}/{made.channels}.")
        if not (32 <= made.window_px <= 512 and 1 <= made.magnify <= 8 and 32 <= made.side_px <= 1024):
            raise DetectorRefused("The detector's card asks for windows of an impossible size.")
        return made

    def to_card(self) -> dict[str, Any]:
        """The card's part as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One image ready for the network.

    Attributes:
        whole: windows whose averaged scores are the image's scores, (N, h, w, 3) float32.
        whole_boxes: where each of them lies in the stored image.
        tiles: the sixteen tiles of the consistency grid, row by row, or None when they are the windows of `whole`.
        tile_boxes: where each tile lies in the stored image.
    """

    whole: Windows
    whole_boxes: tuple[Box, ...]
    tiles: Windows | None
    tile_boxes: tuple[Box, ...]


def prepare(pixels: Pixels, preprocess: Preprocess) -> Prepared:
    """Turn stored pixels (H, W, 3) uint8 RGB into the network's inputs."""
    return _prepare_paper(pixels, preprocess) if preprocess.kind == "paper" else _prepare_native(pixels, preprocess)


def to_channels(pixels: Pixels, channels: str) -> NDArray[np.float32]:
    """Scale (…, H, W, 3) uint8 RGB as the network wants it: "rgb" to −1…1, or the high-pass "residual"."""
    if channels == "rgb":
        return pixels.astype(np.float32) / 127.5 - 1.0
    return residual(pixels)


def residual(pixels: Pixels) -> NDArray[np.float32]:
    """High-pass residual (H, W, 3): image minus its 5×5 binomial blur (mirrored border), divided by 8 levels."""
    image = pixels.astype(np.float32)
    blurred = cv2.sepFilter2D(image, -1, BINOMIAL, BINOMIAL, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray((image - blurred) / RESIDUAL_SCALE, np.float32)


def _prepare_native(pixels: Pixels, preprocess: Preprocess) -> Prepared:
    side = preprocess.window_px
    boxes = native_boxes(pixels.shape[1], pixels.shape[0], side)
    padded = _mirrored(pixels, side)
    windows = [_native_window(padded, box, side, preprocess) for box in boxes]
    return Prepared(np.stack(windows), boxes, None, boxes)


def native_boxes(width: int, height: int, side: int) -> tuple[Box, ...]:
    """Sixteen windows, each centred in a cell of a 4×4 grid over the image and moved inside it; they may overlap."""
    lefts, tops = _starts(width, side), _starts(height, side)
    return tuple((left, top, min(side, width), min(side, height)) for top in tops for left in lefts)


def _starts(length: int, side: int) -> list[int]:
    centres = [(2 * cell + 1) * length // (2 * GRID) for cell in range(GRID)]
    return [max(0, min(centre - side // 2, length - side)) for centre in centres]


def _mirrored(pixels: Pixels, side: int) -> Pixels:
    missing_rows, missing_columns = max(0, side - pixels.shape[0]), max(0, side - pixels.shape[1])
    if not missing_rows and not missing_columns:
        return pixels
    return np.pad(pixels, ((0, missing_rows), (0, missing_columns), (0, 0)), mode="symmetric")


def _native_window(pixels: Pixels, box: Box, side: int, preprocess: Preprocess) -> NDArray[np.float32]:
    left, top = box[:2]
    # Two more pixels on each side where there are some, so that the residual of the rim is the image's own.
    rim_left, rim_top = min(2, left), min(2, top)
    part = pixels[top - rim_top : top + side + 2, left - rim_left : left + side + 2]
    window = to_channels(part, preprocess.channels)[rim_top : rim_top + side, rim_left : rim_left + side]
    return magnified(window, preprocess.magnify)


def magnified(window: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Enlarge (h, w, 3) by a whole factor, bicubic."""
    if factor == 1:
        return window
    height, width = window.shape[:2]
    large = cv2.resize(window, (width * factor, height * factor), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float32)


def _prepare_paper(pixels: Pixels, preprocess: Preprocess) -> Prepared:
    height, width = pixels.shape[:2]
    square = min(height, width)
    left, top = (width - square) // 2, (height - square) // 2
    image = Image.fromarray(pixels[top : top + square, left : left + square])
    for size in (preprocess.first_px, preprocess.side_px):
        image = image.resize((size, size), Image.Resampling.BICUBIC)
    whole = to_channels(np.asarray(image), preprocess.channels)  # (side, side, 3)
    step = preprocess.side_px // GRID
    tiles = [whole[r * step : (r + 1) * step, c * step : (c + 1) * step] for r in range(GRID) for c in range(GRID)]
    edges = [round(square * cell / GRID) for cell in range(GRID + 1)]
    boxes = tuple(
        (left + edges[c], top + edges[r], edges[c + 1] - edges[c], edges[r + 1] - edges[r])
        for r in range(GRID)
        for c in range(GRID)
    )
    return Prepared(whole[None], ((left, top, square, square),), np.stack(tiles), boxes)
