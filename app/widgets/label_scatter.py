"""Where test images lie among one another, in two dimensions: a mark for each, told apart by shape, colour and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import DARK, Colours, colours
from app.widgets.card_fields import Card, finite, text
from app.widgets.embedding_plane import Points, closest, fitted
from app.widgets.measurement_words import Titles
from app.widgets.plain_text import tooltip
from app.wording import class_title, counted

_HALF_PX, _REACH_PX = 4.5, 12.0
_SHAPES = 6
# (light, dark) in turn, apart in hue and lightness; the shape and the name differ as well.
_INKS = (
    *(("#1f5fbf", "#7db1ff"), ("#b3401a", "#ff9b73"), ("#1c7a3d", "#68cf8b"), ("#8a2f96", "#e394ef")),
    *(("#7a5c00", "#e6c34a"), ("#0d7384", "#5fd0e2"), ("#a81f4d", "#ff86ab")),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """One image: where it lies, what it is, and what it was called ("" when nobody says)."""

    x: float
    y: float
    label: str
    said: str


def read_spots(rows: Sequence[Card]) -> tuple[Spot, ...]:
    """The points of a result; those without a place are left out."""
    found = []
    for row in rows:
        x, y = finite(row.get("x")), finite(row.get("y"))
        if x is not None and y is not None:
            found.append(Spot(x, y, text(row, "label"), text(row, "said")))
    return tuple(found)


class LabelScatter(QWidget):
    """Draws the marks and a legend; wrongly called images wear a ring. The legend's order is that of the classes.

    Args:
        name: what is shown, for who cannot see it.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spots: tuple[Spot, ...] = ()
        self._titles: Titles = {}
        self._labels: tuple[str, ...] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_spots(self, spots: Sequence[Spot], labels: Sequence[str], titles: Titles) -> None:
        """Show these points; `labels` are all classes in order, so that both maps use the same marks."""
        self._spots, self._labels, self._titles = tuple(spots), tuple(labels), titles
        self.setAccessibleDescription(self.words())
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        """How many images of each class there are, and how many of them are called another."""
        parts = []
        for label in self._labels:
            own = [spot for spot in self._spots if spot.label == label]
            if own:
                wrong = sum(_wrong(spot) for spot in own)
                called = f", {wrong} called another" if wrong else ""
                parts.append(f"{class_title(label, self._titles)}: {counted(len(own), 'image', 'images')}{called}")
        return ". ".join(parts)

    def sizeHint(self) -> QSize:
        """Half of a page, and the legend."""
        return QSize(420, 360 + self._legend_height(420))

    def minimumSizeHint(self) -> QSize:
        """Small, but still a map."""
        return QSize(260, 220 + self._legend_height(260))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the ground, the marks and the legend."""
        painter, chosen = QPainter(self), colours(self.palette())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        painter.fillRect(area, QColor(chosen.base))
        painter.setPen(QPen(QColor(chosen.border), 1))
        painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        for spot, (x, y) in zip(self._spots, self._places().tolist(), strict=True):
            self._paint_spot(painter, spot, QPointF(x, y), chosen)
        self._paint_legend(painter, chosen)

    def event(self, event: QEvent) -> bool:
        """Say what the point under the mouse is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = closest(self._places(), event.pos().x(), event.pos().y(), _REACH_PX)
            if place is not None:
                QToolTip.showText(event.globalPos(), tooltip(self._told(self._spots[place])), self)
            return True
        return super().event(event)

    def _told(self, spot: Spot) -> str:
        truth = class_title(spot.label, self._titles)
        return f"Is {truth}, called {class_title(spot.said, self._titles)}" if spot.said else f"Is {truth}"

    def _area(self) -> QRectF:
        return QRectF(0, 0, self.width(), max(1, self.height() - self._legend_height(self.width())))

    def _places(self) -> Points:
        points = np.array([(spot.x, spot.y) for spot in self._spots], np.float64).reshape(-1, 2)
        area = self._area()
        return fitted(points, (area.width(), area.height())).to_screen(points)

    def _paint_spot(self, painter: QPainter, spot: Spot, at: QPointF, chosen: Colours) -> None:
        number = self._labels.index(spot.label) if spot.label in self._labels else len(self._labels)
        _paint_mark(painter, at, number, chosen)
        if _wrong(spot):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(chosen.text), 1.5))
            painter.drawEllipse(at, _HALF_PX + 4, _HALF_PX + 4)

    def _paint_legend(self, painter: QPainter, chosen: Colours) -> None:
        top, height = self._area().bottom() + 6, self._line()
        for number, (left, row, name) in enumerate(self._entries(self.width())):
            middle = top + row * height + height / 2
            if number < len(self._labels):
                _paint_mark(painter, QPointF(left + 8, middle), number, chosen)
            else:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(chosen.text), 1.5))
                painter.drawEllipse(QPointF(left + 8, middle), _HALF_PX + 2, _HALF_PX + 2)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            box = QRectF(left + 20, middle - height / 2, self.width() - left - 20, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)

    def _entries(self, width: int) -> list[tuple[float, int, str]]:
        names = [class_title(label, self._titles) for label in self._labels]
        names += ["called another class"] if any(map(_wrong, self._spots)) else []
        found, left, row = [], 0.0, 0
        for name in names:
            needed = 20 + self.fontMetrics().horizontalAdvance(name) + 18
            if left and left + needed > width:
                left, row = 0.0, row + 1
            found.append((left, row, name))
            left += needed
        return found

    def _legend_height(self, width: int) -> int:
        entries = self._entries(width)
        return (entries[-1][1] + 1) * self._line() + 8 if entries else 0

    def _line(self) -> int:
        return self.fontMetrics().height() + 4


def _wrong(spot: Spot) -> bool:
    return bool(spot.said) and spot.said != spot.label


def _paint_mark(painter: QPainter, at: QPointF, number: int, chosen: Colours) -> None:
    ink = QColor(_INKS[number % len(_INKS)][chosen is DARK])
    painter.setPen(QPen(QColor(chosen.base), 0.8))
    painter.setBrush(ink)
    painter.drawPath(_shape(number % _SHAPES, at))


def _shape(kind: int, at: QPointF) -> QPainterPath:
    """Disc, square, triangle, diamond, triangle on its head, cross."""
    path, half = QPainterPath(), _HALF_PX
    if kind == 0:
        path.addEllipse(at, half, half)
    elif kind == 1:
        path.addRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half))
    elif kind == 5:
        third = half * 0.55
        path.addRect(QRectF(at.x() - half - 1, at.y() - third, 2 * half + 2, 2 * third))
        path.addRect(QRectF(at.x() - third, at.y() - half - 1, 2 * third, 2 * half + 2))
        path.setFillRule(Qt.FillRule.WindingFill)
    else:
        path.addPolygon(QPolygonF([at + QPointF(x * half, y * half) for x, y in _CORNERS[kind]]))
        path.closeSubpath()
    return path


_CORNERS = {
    2: ((0, -1.2), (1.2, 1), (-1.2, 1)),
    3: ((0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)),
    4: ((0, 1.2), (1.2, -1), (-1.2, -1)),
}
