"""One small plot of a robustness check: the score over the steps of one processing, each verdict with its own mark."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import Colours, colours
from app.widgets.plain_text import tooltip
from app.widgets.robustness_words import UNTOUCHED, Point
from app.wording import verdict_text
from core.domain import Verdict

_HEIGHT_PX = 76  # between the scores 1 and 0
_MARK_PX = 4.5  # half a mark
_TOP_PX = 8
_SMALL = 0.88  # of the font
_SCORES = (0.0, 0.5, 1.0)
_OTHERS = {Verdict.ATTRIBUTED: "Attributed to another", Verdict.INCONCLUSIVE: "Another class on top"}


class RobustnessPlot(QWidget):
    """Draws the points of one curve; the words of a point are its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[Point, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_points(self, points: Sequence[Point], name: str) -> None:
        """Show these points from left to right; `name` says what they are."""
        self._points = tuple(points)
        self.setAccessibleName(name)
        self.setAccessibleDescription(" ".join(point.words for point in points))
        self.update()

    def sizeHint(self) -> QSize:
        """The plot and the line of labels under it."""
        return QSize(300, _TOP_PX + _HEIGHT_PX + _small_metrics(self.font()).height() + 10)

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for a side panel."""
        return QSize(180, self.sizeHint().height())

    def place(self, number: int) -> QPointF:
        """Where the middle of a mark is."""
        left, right = self._edges()
        step = (right - left) / max(1, len(self._points))
        return QPointF(left + (number + 0.5) * step, self._height_of(self._points[number].score))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw scale, line, labels and marks."""
        painter, chosen = QPainter(self), colours(self.palette())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(_small(self.font()))
        self._paint_scale(painter, chosen)
        self._paint_line(painter, chosen)
        self._paint_labels(painter, chosen)
        for number, point in enumerate(self._points):
            paint_mark(painter, self.place(number), point.verdict, chosen, other=point.other)

    def event(self, event: QEvent) -> bool:
        """Explain the point nearest to the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._points:
            numbers = range(len(self._points))
            nearest = min(numbers, key=lambda number: abs(self.place(number).x() - event.pos().x()))
            QToolTip.showText(event.globalPos(), tooltip(self._points[nearest].words), self)
            return True
        return super().event(event)

    def _paint_scale(self, painter: QPainter, chosen: Colours) -> None:
        left, right = self._edges()
        for score in _SCORES:
            y = self._height_of(score)
            painter.setPen(QPen(QColor(chosen.border), 1))
            painter.drawLine(QPointF(left, y), QPointF(right, y))
            painter.setPen(QColor(chosen.muted))
            place = QRectF(0, y - 10, left - 5, 20)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{score:g}")

    def _paint_line(self, painter: QPainter, chosen: Colours) -> None:
        painter.setPen(QPen(QColor(chosen.outline), 1.5))
        run: list[QPointF] = []
        for number, point in enumerate(self._points):
            if point.verdict is Verdict.OUT_OF_SCOPE:  # there is no score to be led to
                painter.drawPolyline(QPolygonF(run))
                run = []
            else:
                run.append(self.place(number))
        painter.drawPolyline(QPolygonF(run))

    def _paint_labels(self, painter: QPainter, chosen: Colours) -> None:
        left, right = self._edges()
        width, top = (right - left) / max(1, len(self._points)), self._height_of(0.0) + _MARK_PX + 3
        for number, point in enumerate(self._points):
            painter.setPen(QColor(chosen.muted if point.label == UNTOUCHED else chosen.text))
            place = QRectF(self.place(number).x() - width / 2, top, width, painter.fontMetrics().height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, point.label)

    def _edges(self) -> tuple[float, float]:
        return _small_metrics(self.font()).horizontalAdvance("0.5") + 8.0, self.width() - 2.0

    def _height_of(self, score: float) -> float:
        return _TOP_PX + (1 - min(1.0, max(0.0, score))) * _HEIGHT_PX


class MarkLegend(QWidget):
    """Says what the marks mean; only those that occur."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[Verdict, bool, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What the marks mean")

    def set_points(self, points: Sequence[Point]) -> None:
        """Explain the marks of these points."""
        seen = {(point.verdict, point.other and point.verdict in _OTHERS) for point in points}
        rows = [(verdict, other, _words(verdict, other=other)) for verdict in Verdict for other in (False, True)]
        self._rows = tuple(row for row in rows if row[:2] in seen)
        self.setAccessibleDescription(", ".join(words for _, _, words in self._rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As many lines as the width asks for."""
        return QSize(200, (len(self._rows) + 1) // 2 * self._line())

    def minimumSizeHint(self) -> QSize:
        """The same; two columns fit into a side panel."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw mark and words in two columns."""
        painter, chosen = QPainter(self), colours(self.palette())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(_small(self.font()))
        for number, (verdict, other, words) in enumerate(self._rows):
            left, top = number % 2 * self.width() / 2, number // 2 * self._line()
            middle = top + self._line() / 2
            paint_mark(painter, QPointF(left + 8, middle), verdict, chosen, other=other)
            painter.setPen(QColor(chosen.text))
            place = QRectF(left + 20, top, self.width() / 2 - 22, self._line())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _line(self) -> int:
        return _small_metrics(self.font()).height() + 5


def paint_mark(painter: QPainter, at: QPointF, verdict: Verdict, chosen: Colours, *, other: bool) -> None:
    """The mark of a verdict: disc, ring, diamond or cross; disc and ring are squares when another class is on top."""
    colour, paper = QColor(chosen.verdicts[verdict][0]), QColor(chosen.base)
    painter.setPen(QPen(colour, 1.8))
    painter.setBrush(colour if verdict is Verdict.ATTRIBUTED else paper)
    x, y, half = at.x(), at.y(), _MARK_PX
    if verdict is Verdict.OUT_OF_SCOPE:
        painter.drawLine(QPointF(x - half, y - half), QPointF(x + half, y + half))
        painter.drawLine(QPointF(x - half, y + half), QPointF(x + half, y - half))
    elif verdict is Verdict.UNKNOWN:
        ends = ((x, y - half - 1), (x + half + 1, y), (x, y + half + 1), (x - half - 1, y))
        painter.drawPolygon(QPolygonF([QPointF(*end) for end in ends]))
    elif other:
        painter.drawRect(QRectF(x - half, y - half, 2 * half, 2 * half))
    else:
        painter.drawEllipse(at, half, half)


def _words(verdict: Verdict, *, other: bool) -> str:
    return _OTHERS.get(verdict, "") if other else verdict_text(verdict)


def _small(font: QFont) -> QFont:
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * _SMALL)
    return made


def _small_metrics(font: QFont) -> QFontMetrics:
    return QFontMetrics(_small(font))
