"""How annotations look on the screen: outlines, plates with words, where a click meets them; in pixels of a view."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen

from app.widgets.plain_text import visible_lines
from core.examine import AnnotationKind

HALO, LINE = QColor(0, 0, 0, 190), QColor("#ffd60a")
CHOSEN, PLATE, WRITING = QColor("#40e0ff"), QColor(0, 0, 0, 205), QColor("#ffffff")
_HALO_PX, _LINE_PX, _REACH_PX = 5.0, 2.2, 12.0
_HEAD_PX, _HEAD_RAD = 14.0, math.radians(28)
_PAD_PX, _WIDEST_PX, _SHOWN = 5.0, 260.0, 160
_HANDLE_PX = 4.0


def outline(kind: AnnotationKind, points: Sequence[QPointF]) -> QPainterPath:
    """The lines of an annotation.

    Args:
        kind: what it is; a text has no lines.
        points: the four corners of a rectangle in order (it may be turned), or start and tip of an arrow.
    """
    path = QPainterPath()
    if kind is AnnotationKind.RECTANGLE and len(points) == 4:
        path.moveTo(points[0])
        for corner in points[1:]:
            path.lineTo(corner)
        path.closeSubpath()
    elif kind is AnnotationKind.ARROW and len(points) == 2:
        start, tip = points
        path.moveTo(start)
        path.lineTo(tip)
        back = math.atan2(start.y() - tip.y(), start.x() - tip.x())
        for turn in (-_HEAD_RAD, _HEAD_RAD):
            path.moveTo(tip)
            path.lineTo(tip + QPointF(math.cos(back + turn), math.sin(back + turn)) * _HEAD_PX)
    return path


def plate(text: str, anchor: QPointF, font: QFont, seen: QRectF) -> QRectF:
    """Where the words of an annotation stand; empty without words.

    Args:
        text: the words.
        anchor: their left top corner is near it.
        font: what they are written in.
        seen: what is in view; words that begin there are moved until they can be read to the end.
    """
    if not text.strip():
        return QRectF()
    room = QRectF(0, 0, _WIDEST_PX, 10_000)
    needed = QFontMetricsF(font).boundingRect(room, _flags(text, font), shown_text(text))
    grown = QRectF(anchor, needed.size()).adjusted(0, 0, 2 * _PAD_PX, 2 * _PAD_PX)
    if seen.contains(anchor):
        grown.moveLeft(max(seen.left() + 1, min(grown.left(), seen.right() - grown.width() - 2)))
        grown.moveTop(max(seen.top() + 1, min(grown.top(), seen.bottom() - grown.height() - 2)))
    return grown


def is_met(path: QPainterPath, words: QRectF, place: QPointF) -> bool:
    """Whether a click at `place` means an annotation with these lines and words."""
    stroker = QPainterPathStroker()
    stroker.setWidth(_REACH_PX)
    return words.contains(place) or stroker.createStroke(path).contains(place)


def paint_annotation(
    painter: QPainter, path: QPainterPath, words: QRectF, text: str, *, chosen: bool, dashed: bool
) -> None:
    """Draw it so that it can be read on every ground: a dark edge around a bright line, words on a dark plate."""
    colour = CHOSEN if chosen else LINE
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(HALO, _HALO_PX))
    painter.drawPath(path)
    line = _pen(colour, _LINE_PX)
    if dashed:
        line.setDashPattern([4, 3])
    painter.setPen(line)
    painter.drawPath(path)
    if not words.isEmpty():
        painter.setBrush(PLATE)
        painter.setPen(QPen(colour, 1.6 if chosen else 1.0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        painter.drawRoundedRect(words, 4, 4)
        painter.setPen(WRITING)
        place = words.adjusted(_PAD_PX, _PAD_PX, -_PAD_PX + 1, -_PAD_PX + 1)
        painter.drawText(place, _flags(text, painter.font()), shown_text(text))


def paint_handles(painter: QPainter, points: Sequence[QPointF]) -> None:
    """Small squares on the points of the chosen annotation."""
    painter.setBrush(CHOSEN)
    painter.setPen(_pen(HALO, 1.0))
    for point in points:
        painter.drawRect(QRectF(point, point).adjusted(-_HANDLE_PX, -_HANDLE_PX, _HANDLE_PX, _HANDLE_PX))


def shown_text(text: str) -> str:
    """The words of an annotation as they stand on the image: harmless, and not longer than can be read there."""
    cut = text.strip()
    return visible_lines(cut if len(cut) <= _SHOWN else cut[:_SHOWN] + "…")


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _flags(text: str, font: QFont) -> int:
    """Lines are broken between words, and within one only where it is wider than the plate."""
    metrics = QFontMetricsF(font)
    long = any(metrics.horizontalAdvance(word) > _WIDEST_PX for word in shown_text(text).split())
    wrap = Qt.TextFlag.TextWrapAnywhere if long else Qt.TextFlag.TextWordWrap
    return wrap.value | Qt.AlignmentFlag.AlignLeft.value | Qt.AlignmentFlag.AlignTop.value
