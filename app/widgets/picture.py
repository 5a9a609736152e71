"""Decoded pixels made ready for painting: the image, its halvings and tiles, and the item that draws them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.widgets.blending import Blend, composition
from app.widgets.tile_board import TileBoard
from core.domain import RgbImage

Pixels = NDArray[np.uint32]
_SMALLEST_SIDE = 512
_STRIP_PIXELS = 500_000  # about two milliseconds of work
NEAREST_ABOVE = 2.0  # zoom from which single pixels are shown as squares


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright image for the canvas.

    Attributes:
        levels: the pixels, then each half as large as the one before, so that shrinking never skips pixels. A pixel of
            one level stands for exactly 2 × 2 pixels of the level before, also at the edges of odd sizes.
        scale: factor from stored pixels to those of the first level (1.0: nothing was lost).
    """

    levels: tuple[QImage, ...]
    scale: float

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        return sum(level.sizeInBytes() for level in self.levels)


def build_picture(image: RgbImage, *, thinned: bool = False) -> Picture:
    """Prepare decoded pixels for painting; meant for a worker, it takes some six milliseconds per megapixel.

    Args:
        image: the pixels.
        thinned: halve by leaving pixels out instead of averaging, which would wipe out noise.
    """
    levels = [as_image(image.pixels)]
    while max(levels[-1].width(), levels[-1].height()) > _SMALLEST_SIDE:
        levels.append(_thinned(levels[-1]) if thinned else _halved(levels[-1]))
    return Picture(tuple(levels), image.scale)


def as_image(pixels: NDArray[np.uint8]) -> QImage:
    """(H, W, 3) uint8 RGB as an image of its own memory, in the format that is painted fastest."""
    pixels = np.ascontiguousarray(pixels)  # must outlive the views on it
    height, width = pixels.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    rows = _writable(image)
    for top, strip in _strips(pixels):
        view = QImage(strip.data, width, len(strip), 3 * width, QImage.Format.Format_RGB888)
        converted = view.convertToFormat(QImage.Format.Format_RGB32)
        rows[top : top + len(strip)] = pixels_of(converted)
    return image


def pixels_of(image: QImage) -> Pixels:
    """A view on the pixels of a `Format_RGB32` image: (H, W) uint32 0xffRRGGBB; the image must outlive it."""
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())


def _writable(image: QImage) -> Pixels:
    return np.frombuffer(image.bits(), np.uint32).reshape(image.height(), image.width())


def _thinned(image: QImage) -> QImage:
    """Every second pixel of every second row."""
    pixels = pixels_of(image)[::2, ::2]
    half = QImage(pixels.shape[1], pixels.shape[0], QImage.Format.Format_RGB32)
    _writable(half)[:] = pixels
    return half


def _halved(image: QImage) -> QImage:
    """The average of 2 × 2 pixels; an odd edge is repeated."""
    pixels = pixels_of(image)
    height, width = pixels.shape
    if height % 2 or width % 2:
        pixels = np.pad(pixels, ((0, height % 2), (0, width % 2)), "edge")
    half = QImage(pixels.shape[1] // 2, pixels.shape[0] // 2, QImage.Format.Format_RGB32)
    rows, mode = _writable(half), Qt.TransformationMode.SmoothTransformation
    for top, strip in _strips(pixels):
        size = QSize(half.width(), len(strip) // 2)
        view = QImage(strip.data, 2 * half.width(), len(strip), 8 * half.width(), QImage.Format.Format_RGB32)
        small = view.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
        small = small.convertToFormat(QImage.Format.Format_RGB32)
        rows[top // 2 : top // 2 + size.height()] = pixels_of(small)
    return half


def _strips(pixels: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """An even number of rows at a time: Qt holds up every other thread while it works on them."""
    count = max(2, _STRIP_PIXELS // pixels.shape[1] // 2 * 2)
    for top in range(0, len(pixels), count):
        yield top, pixels[top : top + count]


class PictureItem(QGraphicsItem):
    """Draws a picture over a rectangle of scene units that are stored pixels.

    Attributes:
        tiles: sharper pieces of a picture that is too large to be held as a whole.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tiles = TileBoard()
        self._picture: Picture | None = None
        self._size = QSize()
        self._strength, self._blend = 1.0, Blend.NORMAL

    def show_picture(self, picture: Picture | None, size: QSize) -> None:
        """Show `picture` stretched over `size`, the upright image's size in stored pixels."""
        self.prepareGeometryChange()
        self._picture, self._size = picture, size
        self.tiles.clear()
        self.update()

    @property
    def picture(self) -> Picture | None:
        """What is shown."""
        return self._picture

    def set_look(self, strength: float, blend: Blend) -> None:
        """How strongly the picture covers what is under it (0–1), and in which way."""
        self._strength, self._blend = strength, blend
        self.update()

    def boundingRect(self) -> QRectF:
        """The upright image in stored pixels."""
        return QRectF(0, 0, self._size.width(), self._size.height()) if self._picture is not None else QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw what is in view, from the smallest level that still has a pixel for every screen pixel."""
        if self._picture is None:
            return
        ratio = widget.devicePixelRatioF() if widget is not None else 1.0
        zoom = option.levelOfDetailFromTransform(painter.worldTransform()) * ratio
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom <= NEAREST_ABOVE)
        painter.setOpacity(self._strength)
        painter.setCompositionMode(composition(self._blend))
        seen = in_view(painter, widget).intersected(self.boundingRect())
        self._draw(painter, seen, zoom)
        for place, tile in self.tiles.covering(seen, zoom):
            painter.drawImage(place, tile)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setOpacity(1.0)

    def level_for(self, zoom: float) -> QImage:
        """The level drawn at `zoom` screen pixels per stored pixel."""
        assert self._picture is not None
        levels = self._picture.levels
        wanted = zoom * max(self._size.width(), self._size.height())
        large_enough = [level for level in levels if max(level.width(), level.height()) >= wanted]
        return large_enough[-1] if large_enough else levels[0]

    def _draw(self, painter: QPainter, seen: QRectF, zoom: float) -> None:
        assert self._picture is not None
        level, first = self.level_for(zoom), self._picture.levels[0]
        halvings = self._picture.levels.index(level)
        across = first.width() / self._size.width() / 2**halvings  # level pixels per stored pixel
        down = first.height() / self._size.height() / 2**halvings
        source = QTransform.fromScale(across, down).mapRect(seen)
        painter.drawImage(seen, level, source)


def in_view(painter: QPainter, widget: QWidget | None) -> QRectF:
    """The part of an item's coordinates that is seen, widened to whole units so that its edges do not swim.

    Args:
        painter: as an item's `paint` gets it.
        widget: the viewport, or None when something else than a widget is painted on.
    """
    inverse, possible = painter.worldTransform().inverted()
    if not possible:
        return QRectF()
    device = painter.device()
    frame = QRectF(0, 0, device.width(), device.height()) if widget is None else QRectF(widget.rect())
    return QRectF(inverse.mapRect(frame).toAlignedRect().adjusted(-2, -2, 2, 2))
