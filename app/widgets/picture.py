"""Decoded pixels made ready for painting: the image, its halvings, and the item that draws the right one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.domain import RgbImage

_SMALLEST_SIDE = 512
NEAREST_ABOVE = 2.0  # zoom from which single pixels are shown as squares


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright image for the canvas.

    Attributes:
        levels: the pixels, then each half as large as the one before, so that shrinking never skips pixels.
        scale: factor from stored pixels to those of the first level (1.0: nothing was lost).
    """

    levels: tuple[QImage, ...]
    scale: float

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        return sum(level.sizeInBytes() for level in self.levels)


def build_picture(image: RgbImage) -> Picture:
    """Prepare decoded pixels for painting; meant for a worker, it takes some ten milliseconds per megapixel."""
    height, width = image.pixels.shape[:2]
    pixels = np.ascontiguousarray(image.pixels)  # must outlive the view on it
    view = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    levels = [view.convertToFormat(QImage.Format.Format_RGB32)]
    while max(levels[-1].width(), levels[-1].height()) > _SMALLEST_SIDE:
        levels.append(_halved(levels[-1]))
    return Picture(tuple(levels), image.scale)


def _halved(image: QImage) -> QImage:
    size = QSize(max(1, image.width() // 2), max(1, image.height() // 2))
    mode = Qt.TransformationMode.SmoothTransformation
    small = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
    return small.convertToFormat(QImage.Format.Format_RGB32)


class PictureItem(QGraphicsItem):
    """Draws a picture over a rectangle of scene units that are stored pixels."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self._size = QSize()

    def show_picture(self, picture: Picture | None, size: QSize) -> None:
        """Show `picture` stretched over `size`, the upright image's size in stored pixels."""
        self.prepareGeometryChange()
        self._picture, self._size = picture, size
        self.update()

    def boundingRect(self) -> QRectF:
        """The upright image in stored pixels."""
        return QRectF(0, 0, self._size.width(), self._size.height()) if self._picture is not None else QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the smallest level that still has a pixel for every screen pixel."""
        if self._picture is None:
            return
        ratio = widget.devicePixelRatioF() if widget is not None else 1.0
        zoom = option.levelOfDetailFromTransform(painter.worldTransform()) * ratio
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom <= NEAREST_ABOVE)
        painter.drawImage(self.boundingRect(), self.level_for(zoom))

    def level_for(self, zoom: float) -> QImage:
        """The level drawn at `zoom` screen pixels per stored pixel."""
        assert self._picture is not None
        levels = self._picture.levels
        wanted = zoom * max(self._size.width(), self._size.height())
        large_enough = [level for level in levels if max(level.width(), level.height()) >= wanted]
        return large_enough[-1] if large_enough else levels[0]
