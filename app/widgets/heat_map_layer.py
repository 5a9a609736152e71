"""A heat map laid over the canvas: patches at their place in stored pixels, averaged where they overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.widgets.blending import Blend, composition
from app.widgets.colour_map import COLOUR_MAPS, ColourMap, colourise
from app.widgets.picture import NEAREST_ABOVE, in_view
from core.examine import HeatMap, HeatMapPatch

Box = tuple[int, int, int, int]  # left, top, width, height in stored pixels
Values = NDArray[np.float32]
_LARGEST_SIDE = 1024  # of the raster of one island: finer than any map, and coloured in a few milliseconds


@dataclass(frozen=True, slots=True)
class Island:
    """Patches that touch one another, merged.

    Attributes:
        box: smallest rectangle around them, stored pixels.
        values: (h, w) in [0, 1], NaN between the patches.
    """

    box: Box
    values: Values


@dataclass(frozen=True)
class MergedMap:
    """A heat map ready for colouring.

    Attributes:
        size: (width, height) of the stored image.
        boxes: the patches' places.
        islands: what is painted.
    """

    size: tuple[int, int]
    boxes: tuple[Box, ...]
    islands: tuple[Island, ...]

    @cached_property
    def coverage(self) -> float:
        """Share of the image that the detector looked at, 0–1."""
        covered = sum(
            island.box[2] * island.box[3] * float(1 - np.isnan(island.values).mean()) for island in self.islands
        )
        return min(1.0, covered / (self.size[0] * self.size[1]))

    @cached_property
    def strongest(self) -> tuple[int, int] | None:
        """Stored pixel (x, y) in the middle of the highest value, None for an empty map."""
        if not self.islands:
            return None
        island = max(self.islands, key=lambda island: float(np.nanmax(island.values)))
        row, column = np.unravel_index(int(np.nanargmax(island.values)), island.values.shape)
        left, top, width, height = island.box
        rows, columns = island.values.shape
        return int(left + (column + 0.5) * width / columns), int(top + (row + 0.5) * height / rows)


def merge_patches(heat_map: HeatMap) -> MergedMap:
    """Average overlapping patches on common rasters; meant for a worker."""
    patches = [patch for patch in heat_map.patches if min(patch.box[2:]) > 0 and patch.values.size]
    islands = tuple(_merged(group) for group in _groups(patches))
    return MergedMap(heat_map.size, tuple(patch.box for patch in patches), islands)


def _groups(patches: list[HeatMapPatch]) -> list[list[HeatMapPatch]]:
    groups: list[list[HeatMapPatch]] = []
    for patch in patches:
        near = [group for group in groups if any(_touch(patch.box, other.box) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(member for group in near for member in group), patch])
    return groups


def _touch(one: Box, other: Box) -> bool:
    return all(
        one[axis] <= other[axis] + other[axis + 2] and other[axis] <= one[axis] + one[axis + 2] for axis in (0, 1)
    )


def _merged(patches: list[HeatMapPatch]) -> Island:
    left, top = (min(patch.box[axis] for patch in patches) for axis in (0, 1))
    width, height = (
        max(patch.box[axis] + patch.box[axis + 2] for patch in patches) - start for axis, start in ((0, left), (1, top))
    )
    scale = min(1.0, _LARGEST_SIDE / max(width, height))
    shape = max(1, round(height * scale)), max(1, round(width * scale))
    total, count = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for patch in patches:
        rows = _span(patch.box[1] - top, patch.box[3], scale, shape[0])
        columns = _span(patch.box[0] - left, patch.box[2], scale, shape[1])
        values = np.nan_to_num(patch.values, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1)
        total[rows, columns] += _resampled(values, rows.stop - rows.start, columns.stop - columns.start)
        count[rows, columns] += 1
    average = np.divide(total, count, out=np.full(shape, np.nan, np.float32), where=count > 0)
    return Island((left, top, width, height), average)


def _span(start: int, length: int, scale: float, limit: int) -> slice:
    first = min(round(start * scale), limit - 1)
    return slice(first, max(first + 1, min(limit, round((start + length) * scale))))


def _resampled(values: Values, rows: int, columns: int) -> Values:
    """Bilinear, pixel centres aligned, like the resize that Grad-CAM maps are shown with."""
    return _along(_along(values, rows, 0), columns, 1)


def _along(values: Values, length: int, axis: int) -> Values:
    old = values.shape[axis]
    at = ((np.arange(length) + 0.5) * old / length - 0.5).clip(0, old - 1)
    low = np.floor(at).astype(int)
    part = (at - low).astype(np.float32).reshape((-1, 1) if axis == 0 else (1, -1))
    high = np.minimum(low + 1, old - 1)
    between: Values = np.take(values, low, axis) * (1 - part) + np.take(values, high, axis) * part
    return between


class HeatMapLayer(QGraphicsItem):
    """Paints a merged map in stored-pixel coordinates; the canvas gives it the image's orientation."""

    def __init__(self) -> None:
        super().__init__()
        self.colours: ColourMap = COLOUR_MAPS[0]
        self.strength, self.blend = 0.5, Blend.NORMAL
        self.share = 1.0
        self._map: MergedMap | None = None
        self._images: tuple[tuple[QRectF, QImage], ...] = ()
        self._outline: tuple[QLineF, ...] = ()
        self._stamp = ""

    def set_stamp(self, words: str) -> None:
        """Write words over the map, "" for none; they keep their size on the screen."""
        self._stamp = words
        self.update()

    def set_map(self, merged: MergedMap | None) -> None:
        """Show a map, or nothing."""
        self.prepareGeometryChange()
        self._map = merged
        self._outline = _outline(merged.boxes if merged is not None else ())
        self._colour()

    def set_colours(self, colours: ColourMap) -> None:
        """Colour the map with another table."""
        self.colours = colours
        self._colour()

    def set_share(self, share: float) -> None:
        """Where on the colour scale the map's strongest place stands, 0–1: below 1 when another map is stronger."""
        if share != self.share:
            self.share = share
            self._colour()

    def set_strength(self, strength: float, blend: Blend = Blend.NORMAL) -> None:
        """Opacity of the colours, 0–1, and how they meet the image; the outline of what was looked at stays."""
        self.strength, self.blend = min(1.0, max(0.0, strength)), blend
        self.update()

    def value_at(self, x: float, y: float) -> float | None:
        """The value (0–1) at a stored pixel, None where the detector did not look."""
        for island in self._map.islands if self._map is not None else ():
            left, top, width, height = island.box
            rows, columns = island.values.shape
            row, column = math.floor((y - top) * rows / height), math.floor((x - left) * columns / width)
            if 0 <= row < rows and 0 <= column < columns and not np.isnan(island.values[row, column]):
                return float(island.values[row, column])
        return None

    def boundingRect(self) -> QRectF:
        """The whole stored image."""
        return QRectF(0, 0, *self._map.size) if self._map is not None else QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the islands and a line around what the detector looked at."""
        ratio = widget.devicePixelRatioF() if widget is not None else 1.0
        zoom = option.levelOfDetailFromTransform(painter.worldTransform()) * ratio
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom <= NEAREST_ABOVE)
        painter.setOpacity(self.strength)
        painter.setCompositionMode(composition(self.blend))
        for place, image in self._images:
            painter.drawImage(place, image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setOpacity(1.0)
        lines = _visible(self._outline, in_view(painter, widget))
        for colour, width, style in _LINES:
            painter.setPen(_cosmetic(colour, width, style))
            painter.drawLines(lines)
        if self._stamp and self._map is not None:
            _stamp_on(painter, self._stamp, self.boundingRect())

    def _colour(self) -> None:
        islands = self._map.islands if self._map is not None else ()
        self._images = tuple(
            (QRectF(*island.box), _image(island.values * np.float32(self.share), self.colours)) for island in islands
        )
        self.update()


# A dark line under a broken light one is seen on every picture.
_LINES = ((QColor(0, 0, 0, 150), 2.0, Qt.PenStyle.SolidLine), (QColor(255, 255, 255), 1.0, Qt.PenStyle.DotLine))


def _stamp_on(painter: QPainter, words: str, place: QRectF) -> None:
    """Words in a frame in the middle of a place, upright and of one size at every zoom."""
    middle = painter.worldTransform().map(place.center())
    painter.save()
    painter.resetTransform()
    font = painter.font()
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 1.3)
    painter.setFont(font)
    size = painter.fontMetrics().boundingRect(words).size() + QSize(28, 16)
    box = QRectF(middle.x() - size.width() / 2, middle.y() - size.height() / 2, size.width(), size.height())
    painter.setPen(QPen(QColor(255, 255, 255), 2.0))
    painter.setBrush(QColor(120, 0, 0, 225))
    painter.drawRect(box)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
    painter.restore()


def _cosmetic(colour: QColor, width: float, style: Qt.PenStyle) -> QPen:
    pen = QPen(colour, width, style)
    pen.setCosmetic(True)
    return pen


def _outline(boxes: tuple[Box, ...]) -> tuple[QLineF, ...]:
    """The edges of everything the boxes cover; all are level or upright."""
    path = QPainterPath()
    for box in boxes:
        one = QPainterPath()
        one.addRect(QRectF(*box))
        path = path.united(one)
    lines = []
    for polygon in path.simplified().toSubpathPolygons():
        corners = polygon.toList()
        lines += [QLineF(corner, following) for corner, following in pairwise([*corners, corners[0]])]
    return tuple(line for line in lines if line.length() > 0)


def _visible(lines: tuple[QLineF, ...], seen: QRectF) -> list[QLineF]:
    """The parts of level and upright lines that lie in view: dots out of sight cost as much as those in it."""
    parts = []
    for line in lines:
        box = QRectF(line.p1(), line.p2()).normalized().adjusted(-0.5, -0.5, 0.5, 0.5).intersected(seen)
        if not box.isEmpty():
            (x1, x2), (y1, y2) = (line.x1(), line.x2()), (line.y1(), line.y2())
            left, right = max(min(x1, x2), box.left()), min(max(x1, x2), box.right())
            top, bottom = max(min(y1, y2), box.top()), min(max(y1, y2), box.bottom())
            parts.append(QLineF(left, top, right, bottom))
    return parts


def _image(values: Values, colours: ColourMap) -> QImage:
    pixels = colourise(values, colours)  # must outlive the view on it
    height, width = values.shape
    view = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    return view.copy()
