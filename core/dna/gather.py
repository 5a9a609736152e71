"""Crops as the network meets them, cut from uint8 pixels without ever resizing a whole image.

The paper enlarges a 128 px image to 512 px and cuts crops of 64 px. Pillow's resize is separable and local, so such a
crop depends on a window of about twenty pixels only, and is that window between two small matrices.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.dna.preprocess import BINOMIAL, RESIDUAL_SCALE
from core.errors import BadInput

RIM = 2  # pixels around a crop that its residual needs (5×5 blur)
_SUPPORT = 2.0  # of the bicubic kernel, in source pixels
_SLOPE_PARAMETER = -0.5  # Pillow's a (Keys 1981); OpenCV and torch take −0.75


def resize_matrix(source: int, target: int) -> NDArray[np.float64]:
    """The linear map (target, source) of Pillow's bicubic resize along one side, weights renormalised at the borders.

    Args:
        source: length before, in pixels.
        target: length after.
    """
    scale = source / target
    stretch = max(scale, 1.0)
    matrix = np.zeros((target, source))
    for row in range(target):
        centre = (row + 0.5) * scale
        first = max(int(centre - _SUPPORT * stretch + 0.5), 0)
        last = min(int(centre + _SUPPORT * stretch + 0.5), source)
        weights = [_cubic((column - centre + 0.5) / stretch) for column in range(first, last)]
        matrix[row, first:last] = np.asarray(weights) / sum(weights)
    return matrix


def _cubic(distance: float) -> float:
    x, a = abs(distance), _SLOPE_PARAMETER
    if x < 1.0:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    if x < _SUPPORT:
        return (((x - 5.0) * x + 8.0) * x - 4.0) * a
    return 0.0


class Magnifier:
    """Cuts crops of images enlarged from `first_px` to `side_px` as Pillow's bicubic resize would, without enlarging.

    Args:
        first_px: side of the stored images.
        side_px: side they would be resized to.
        crop_px: side of a crop of that.
        rim: additional pixels on each side of a crop, mirrored at the border of the enlarged image.
        device: where the crops are computed.
    """

    def __init__(self, first_px: int, side_px: int, crop_px: int, *, rim: int = 0, device: torch.device) -> None:
        if crop_px > side_px:
            raise BadInput(f"Crops of {crop_px} px cannot be cut from images of {side_px} px. Lower schedule.crop_px.")
        matrix = resize_matrix(first_px, side_px)
        tables, starts = _tables(matrix, crop_px, rim)
        self.places = side_px - crop_px + 1
        self._tables = torch.from_numpy(tables).to(device)  # (places, crop + 2 rim, window)
        self._starts = torch.from_numpy(starts).to(device)  # (places,)
        self._window = torch.arange(tables.shape[2], device=device)

    def __call__(self, images: Tensor, which: Tensor, tops: Tensor, lefts: Tensor) -> Tensor:
        """Crops of enlarged images.

        Args:
            images: (N, first_px, first_px, 3) uint8.
            which: image of each crop (M,) int64.
            tops: upper edge of each crop in the enlarged image, 0 … `places` − 1 (M,) int64.
            lefts: left edge, likewise.

        Returns:
            (M, crop + 2 rim, crop + 2 rim, 3) float32, whole levels 0 … 255, equal to Pillow's.
        """
        rows = self._starts[tops][:, None] + self._window  # (M, K)
        columns = self._starts[lefts][:, None] + self._window  # (M, K)
        windows = images[which[:, None, None], rows[:, :, None], columns[:, None, :]].float()  # (M, K, K, 3)
        count, size = rows.shape
        across = self._tables[lefts].transpose(1, 2)  # (M, K, crop)
        side = across.shape[2]
        # Pillow goes along the rows first and rounds to whole levels before it goes down the columns.
        wide = torch.bmm(windows.permute(0, 1, 3, 2).reshape(count, size * 3, size), across)  # (M, K·3, crop)
        wide = _levels(wide).view(count, size, 3, side).transpose(2, 3).reshape(count, size, side * 3)
        return _levels(torch.bmm(self._tables[tops], wide)).view(count, side, side, 3)


def _levels(values: Tensor) -> Tensor:
    return values.add_(0.5).floor_().clamp_(0.0, 255.0)


def _tables(matrix: NDArray[np.float64], crop_px: int, rim: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each place of a crop: the rows of the matrix it needs, cut to the columns that are not zero."""
    target, source = matrix.shape
    rows = [_mirrored_rows(place - rim, place + crop_px + rim, target) for place in range(target - crop_px + 1)]
    reach = [np.flatnonzero(matrix[some].any(0)) for some in rows]
    window = max(int(columns[-1] - columns[0]) + 1 for columns in reach)
    starts = np.asarray([min(int(columns[0]), source - window) for columns in reach], np.int64)
    cut = [matrix[some, start : start + window] for some, start in zip(rows, starts, strict=True)]
    return np.stack(cut).astype(np.float32), starts


def _mirrored_rows(first: int, stop: int, length: int) -> NDArray[np.int64]:
    places = np.abs(np.arange(first, stop))  # the border itself is not repeated (OpenCV's REFLECT_101)
    return np.where(places >= length, 2 * length - 2 - places, places)


def scaled(levels: Tensor, channels: str) -> Tensor:
    """Levels 0 … 255 to the network's scale, as `core.dna.preprocess.to_channels` does, on the device of the levels.

    Args:
        levels: (M, h, w, 3); for "residual" with a rim of `RIM` px, which is used up.
        channels: "rgb" or "residual".

    Returns:
        (M, h, w, 3) or (M, h − 4, w − 4, 3) float32.
    """
    if channels == "rgb":
        return levels.float() / 127.5 - 1.0
    whole = levels.float()
    blurred = _blurred(_blurred(whole, 1), 2)
    return (whole[:, RIM:-RIM, RIM:-RIM] - blurred) / RESIDUAL_SCALE


def _blurred(levels: Tensor, dimension: int) -> Tensor:
    length = levels.shape[dimension] - 2 * RIM
    taps = [levels.narrow(dimension, tap, length) for tap in range(2 * RIM + 1)]
    edge, near, middle = (float(weight) for weight in BINOMIAL[:3])
    return torch.add((taps[0] + taps[4]) * edge + taps[2] * middle, taps[1] + taps[3], alpha=near)


def enlarged(windows: Tensor, factor: int) -> Tensor:
    """Enlarge (M, h, w, 3) by a whole factor, bicubic as OpenCV (a = −0.75, the last pixel repeated)."""
    if factor == 1:
        return windows
    planes = windows.permute(0, 3, 1, 2)
    large = functional.interpolate(planes, scale_factor=factor, mode="bicubic", align_corners=False)
    return large.permute(0, 2, 3, 1).contiguous()
