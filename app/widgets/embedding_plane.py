"""Geometry of the map: from map units to pixels and back, lasso, outlines, and how dense a class lies where."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_MARGIN_PX = 48.0
_LEAST_EXTENT = 1e-6  # all points on one spot
GRID = 128
_FAINT = 0.15  # of the peak; a cloud ends there
_BLUR = 0.022  # of the larger side of what is shown


@dataclass(frozen=True, slots=True)
class Plane:
    """What part of the map is seen.

    Attributes:
        centre: the map's point in the middle of the window.
        scale: pixels for each map unit; the same in both directions, because a distance is a distance.
        size: the window in pixels.
    """

    centre: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    size: tuple[float, float] = (100.0, 100.0)

    def to_screen(self, points: NDArray[np.floating]) -> Points:
        """(n, 2) map units to (n, 2) pixels; up is up."""
        moved = (np.asarray(points, np.float64).reshape(-1, 2) - self.centre) * (self.scale, -self.scale)
        shifted: Points = moved + np.array(self.size) / 2
        return shifted

    def to_map(self, x: float, y: float) -> tuple[float, float]:
        """A pixel in map units."""
        return (
            self.centre[0] + (x - self.size[0] / 2) / self.scale,
            self.centre[1] - (y - self.size[1] / 2) / self.scale,
        )

    def moved(self, right: float, down: float) -> Plane:
        """With the content moved by so many pixels."""
        return replace(self, centre=(self.centre[0] - right / self.scale, self.centre[1] + down / self.scale))

    def zoomed(self, factor: float, x: float, y: float) -> Plane:
        """Enlarged around a pixel, which keeps its place."""
        before = self.to_map(x, y)
        after = replace(self, scale=self.scale * factor)
        here = after.to_map(x, y)
        return replace(after, centre=(after.centre[0] + before[0] - here[0], after.centre[1] + before[1] - here[1]))


def fitted(points: NDArray[np.floating], size: tuple[float, float]) -> Plane:
    """A plane on which all points are seen, with room around them."""
    if not len(points):
        return Plane(size=size)
    low, high = np.asarray(points, np.float64).min(axis=0), np.asarray(points, np.float64).max(axis=0)
    extent = high - low
    room = np.maximum(np.array(size) - 2 * _MARGIN_PX, 20.0)
    if extent.max() < _LEAST_EXTENT:
        return Plane((float(low[0]), float(low[1])), 1.0, size)
    scale = float((room / np.maximum(extent, extent.max() * 1e-6)).min())
    middle = (low + high) / 2
    return Plane((float(middle[0]), float(middle[1])), scale, size)


def inside(polygon: Points, points: Points) -> NDArray[np.bool_]:
    """Which points lie in a polygon that closes itself (even-odd rule).

    Args:
        polygon: (k, 2).
        points: (n, 2).
    """
    found = np.zeros(len(points), bool)
    if len(polygon) < 3:
        return found
    x, y = points[:, 0], points[:, 1]
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if ay != by:
            crosses = (ay > y) != (by > y)
            found ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return found


def closest(points: Points, x: float, y: float, within: float) -> int | None:
    """The place of the point nearest to a spot, None when it is further away than `within`."""
    if not len(points):
        return None
    squared = ((points - (x, y)) ** 2).sum(axis=1)
    place = int(squared.argmin())
    return place if squared[place] <= within**2 else None


def hull(points: Points) -> Points:
    """The convex outline of points, counter-clockwise (Andrew's monotone chain)."""
    ordered = sorted(set(map(tuple, points.tolist())))
    if len(ordered) < 3:
        return np.array(ordered, np.float64).reshape(-1, 2)
    chains = []
    for way in (ordered, ordered[::-1]):
        chain: list[tuple[float, ...]] = []
        for point in way:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        chains.append(chain[:-1])
    return np.array(chains[0] + chains[1], np.float64)


@dataclass(frozen=True, slots=True)
class Density:
    """How dense one class lies.

    Attributes:
        values: (128, 128) from 0 to 1, the first row at the top.
        centre: where it is densest, in map units.
        top: the upper edge of the cloud over its centre.
    """

    values: NDArray[np.float32]
    centre: tuple[float, float]
    top: float


def bounds_of(points: NDArray[np.floating]) -> tuple[float, float, float]:
    """(left, top, side) in map units of the square in which densities are counted; top is the greatest y."""
    low, high = np.asarray(points, np.float64).min(axis=0), np.asarray(points, np.float64).max(axis=0)
    side = max(float((high - low).max()) * 1.2, _LEAST_EXTENT)
    middle = (low + high) / 2
    return float(middle[0]) - side / 2, float(middle[1]) + side / 2, side


def density(points: NDArray[np.floating], bounds: tuple[float, float, float]) -> Density:
    """Count points on a grid and blur them.

    Args:
        points: (n, 2) map units of one class, n > 0.
        bounds: as `bounds_of` gives them for all points.
    """
    left, top, side = bounds
    values = np.asarray(points, np.float64)
    columns = ((values[:, 0] - left) / side * GRID).clip(0, GRID - 1).astype(int)
    rows = ((top - values[:, 1]) / side * GRID).clip(0, GRID - 1).astype(int)
    counts = np.zeros((GRID, GRID), np.float32)
    np.add.at(counts, (rows, columns), 1.0)
    blurred = np.asarray(_BLUR_MATRIX @ counts @ _BLUR_MATRIX, np.float32)
    blurred /= blurred.max()
    row, column = np.unravel_index(int(blurred.argmax()), blurred.shape)
    above = np.flatnonzero(blurred[: int(row) + 1, int(column)] < _FAINT)
    edge = int(above[-1]) + 1 if len(above) else 0
    cell = side / GRID
    return Density(blurred, (left + (float(column) + 0.5) * cell, top - (float(row) + 0.5) * cell), top - edge * cell)


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _blur_matrix() -> NDArray[np.float32]:
    apart = np.arange(GRID)[:, None] - np.arange(GRID)[None]
    return np.exp(-0.5 * (apart / (_BLUR * GRID)) ** 2).astype(np.float32)


_BLUR_MATRIX = _blur_matrix()
