"""The consistency grid laid over the canvas: what each tile names by itself, told apart by line and symbol."""

from __future__ import annotations

from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from app.widgets import finding_words
from app.widgets.plain_text import tooltip
from app.wording import class_title, score_text
from core.domain import Finding

_SIDE = 4
_PLATE = QColor(0, 0, 0, 175)
_LIGHT, _DARK = QColor(255, 255, 255), QColor(0, 0, 0, 190)
_LABEL_PT = 8.0
_SYMBOL_PX = 9.0
_INSET_PX = 1.5
_PADDING_PX = 4.0
_SYMBOL_ROOM_PX = _SYMBOL_PX + 10
_FLAGS = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)


@dataclass(frozen=True, slots=True)
class _Mark:
    """How one tile is drawn: its frame, the room around it, the pixels it stands for, and its words."""

    frame: QRectF
    room: QRectF
    window: QRectF
    agrees: bool
    name: str
    score: str
    words: str


def frames(boxes: tuple[tuple[int, int, int, int], ...]) -> tuple[QRectF, ...]:
    """Where the tiles are drawn, in stored pixels.

    A tile is drawn where it was computed. In a small image the windows overlap so much that nobody could read them;
    then each is drawn as its cell of an even grid over all of them.
    """
    places = tuple(QRectF(*box) for box in boxes)
    if len(places) != _SIDE * _SIDE or not _overlapping(places):
        return places
    whole = places[0]
    for place in places[1:]:
        whole = whole.united(place)
    width, height = whole.width() / _SIDE, whole.height() / _SIDE
    return tuple(
        QRectF(whole.left() + column * width, whole.top() + row * height, width, height)
        for row in range(_SIDE)
        for column in range(_SIDE)
    )


def _gap(places: tuple[QRectF, ...]) -> tuple[float, float]:
    """Free space between neighbouring frames, across and down; half of it belongs to each."""
    if len(places) != _SIDE * _SIDE:
        return 0.0, 0.0
    across = min(places[column + 1].left() - places[column].right() for column in range(_SIDE - 1))
    down = min(places[(row + 1) * _SIDE].top() - places[row * _SIDE].bottom() for row in range(_SIDE - 1))
    return max(0.0, across), max(0.0, down)


def _overlapping(places: tuple[QRectF, ...]) -> bool:
    return any(one.intersects(other) for position, one in enumerate(places) for other in places[position + 1 :])


class TileItem(QGraphicsItem):
    """One tile: solid frame and tick when it agrees with the whole image, broken frame and cross when it does not."""

    def __init__(self, mark: _Mark, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.mark = mark
        self._hovered = False
        self.setAcceptHoverEvents(True)
        self.setToolTip(tooltip(mark.words))

    def boundingRect(self) -> QRectF:
        """The tile with its label, and the pixels it stands for."""
        return self.mark.room.united(self.mark.window)

    def shape(self) -> QPainterPath:
        """Where the mouse finds the tile."""
        path = QPainterPath()
        path.addRect(self.mark.frame)
        return path

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Show the pixels that this tile was computed from."""
        self._hovered = True
        self.setZValue(1)
        self.update()
        super().hoverEnterEvent(event)

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Back to the frame alone."""
        self._hovered = False
        self.setZValue(0)
        self.update()
        super().hoverLeaveEvent(event)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Draw in screen pixels, so that lines and text are upright and crisp at every zoom and orientation."""
        to_screen = painter.worldTransform()
        frame, room = to_screen.mapRect(self.mark.frame), to_screen.mapRect(self.mark.room)
        window = to_screen.mapRect(self.mark.window)
        painter.save()
        painter.resetTransform()
        if self._hovered:
            painter.fillRect(window, QColor(255, 255, 255, 60))
            _line(painter, window, Qt.PenStyle.DotLine)
        _line(painter, frame, Qt.PenStyle.SolidLine if self.mark.agrees else Qt.PenStyle.DashLine)
        _label(painter, frame, room, self.mark)
        painter.restore()


class ConsistencyGridLayer(QGraphicsItem):
    """The tiles of a finding's consistency grid, in stored-pixel coordinates."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles: tuple[TileItem, ...] = ()
        self._size = QSize()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)

    def set_finding(self, finding: Finding | None, size: QSize, titles: finding_words.Titles) -> None:
        """Show the grid of a finding on an image of `size` stored pixels, or nothing."""
        self.prepareGeometryChange()
        for old in self.tiles:
            shiboken6.delete(old)
        self._size = size
        self.tiles = tuple(TileItem(mark, self) for mark in _marks(finding, titles))

    def tile_at(self, x: int, y: int) -> int | None:
        """Index of the tile that is drawn over a stored pixel, None where none is.

        Windows of a small image overlap, so that a pixel may count for several tiles; the frames never do.
        """
        middle = QPointF(x + 0.5, y + 0.5)
        return next((index for index, tile in enumerate(self.tiles) if tile.mark.frame.contains(middle)), None)

    def boundingRect(self) -> QRectF:
        """The whole stored image."""
        return QRectF(0, 0, self._size.width(), self._size.height()) if self.tiles else QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Nothing; the tiles paint themselves."""


def _marks(finding: Finding | None, titles: finding_words.Titles) -> list[_Mark]:
    grid = finding.grid if finding is not None else None
    if finding is None or grid is None:
        return []
    marks = []
    places = frames(grid.boxes)
    across, down = (gap / 2 for gap in _gap(places))
    for index, (frame, box, tile) in enumerate(zip(places, grid.boxes, grid.tiles, strict=True)):
        agrees = finding_words.agrees(finding, tile)
        words = finding_words.tile(index, tile, agrees=agrees, box=box, titles=titles)
        name = class_title(tile.architecture, titles)
        room = frame.adjusted(-across, -down, across, down)
        marks.append(_Mark(frame, room, QRectF(*box), agrees, name, score_text(tile.score), words))
    return marks


def _line(painter: QPainter, rectangle: QRectF, style: Qt.PenStyle) -> None:
    inner = rectangle.adjusted(_INSET_PX, _INSET_PX, -_INSET_PX, -_INSET_PX)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width, line in ((_DARK, 3.0, Qt.PenStyle.SolidLine), (_LIGHT, 1.5, style)):
        painter.setPen(QPen(colour, width, line))
        painter.drawRect(inner)


def _label(painter: QPainter, frame: QRectF, room: QRectF, mark: _Mark) -> None:
    """Name and score under the frame where there is room, else inside, else the score alone, else the symbol."""
    font = QFont(painter.font())
    font.setPointSizeF(_LABEL_PT)
    painter.setFont(font)
    metrics, full = QFontMetricsF(font), f"{mark.name}\n{mark.score}"
    under = QRectF(room.left() + 1, frame.bottom() + 1, room.width() - 2, room.bottom() - frame.bottom() - 1)
    inside = frame.adjusted(_PADDING_PX, _PADDING_PX, -_PADDING_PX, -_PADDING_PX)
    for place, words in ((under, full), (inside, full), (under, mark.score), (inside, mark.score)):
        text = metrics.boundingRect(QRectF(0, 0, place.width() - _SYMBOL_ROOM_PX, 1000), _FLAGS, words)
        plate = QRectF(place.topLeft(), QSizeF(text.width() + _SYMBOL_ROOM_PX, text.height() + 4))
        if plate.width() <= place.width() and plate.height() <= place.height():
            if place is under:
                plate.moveCenter(QPointF(frame.center().x(), plate.center().y()))
            _plate(painter, plate, mark, words)
            return
    _symbol(painter, QRectF(inside.topLeft(), QSizeF(_SYMBOL_PX, _SYMBOL_PX)), agrees=mark.agrees)


def _plate(painter: QPainter, plate: QRectF, mark: _Mark, words: str) -> None:
    painter.fillRect(plate, _PLATE)
    down = (painter.fontMetrics().height() - _SYMBOL_PX) / 2 + 2
    _symbol(painter, QRectF(plate.left() + 3, plate.top() + down, _SYMBOL_PX, _SYMBOL_PX), agrees=mark.agrees)
    painter.setPen(_LIGHT)
    painter.drawText(plate.adjusted(_SYMBOL_PX + 7, 2, 0, 0), _FLAGS, words)


def _symbol(painter: QPainter, place: QRectF, *, agrees: bool) -> None:
    """A tick or a cross, drawn rather than written: not every font has them."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    across, down, corner = place.width(), place.height(), place.topLeft()
    tick = [corner + QPointF(*at) for at in ((0, 0.55 * down), (0.35 * across, 0.9 * down), (across, 0.1 * down))]
    for colour, width in ((_DARK, 4.0), (_LIGHT, 2.0)):
        painter.setPen(QPen(colour, width))
        if agrees:
            painter.drawPolyline(QPolygonF(tick))
        else:
            painter.drawLine(place.topLeft(), place.bottomRight())
            painter.drawLine(place.topRight(), place.bottomLeft())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
