"""Two small curves of a score over a share of the image, told apart by line style."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Colours, colours
from core.domain import Verdict

Curve = tuple[tuple[float, float], ...]
_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)
_HEIGHT_PX = 130
_SAMPLE_PX = 22


class ShareCurves(QWidget):
    """Curves of (share, score), both between 0 and 1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[tuple[str, Curve], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Deletion and insertion curves")

    def set_curves(self, curves: Sequence[tuple[str, Curve]], words: str) -> None:
        """Show other curves with their captions; `words` say the same to a screen reader."""
        self._curves = tuple(curves)
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:
        """A small plot with a line of captions under it."""
        return QSize(240, _HEIGHT_PX + 2 * self.fontMetrics().height())

    def place(self, share: float, score: float) -> QPointF:
        """Where a point stands in the widget; what lies outside of 0 to 1 is put on the border."""
        plot = self._plot()
        across, up = (min(1.0, max(0.0, value)) for value in (share, score))
        return QPointF(plot.left() + across * plot.width(), plot.bottom() - up * plot.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the frame, the curves and their captions."""
        chosen, painter = colours(self.palette()), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = self._plot()
        painter.setPen(QPen(QColor(chosen.border), 1))
        painter.setBrush(QColor(chosen.base))
        painter.drawRect(plot)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._label(painter, plot, chosen)
        for number, (caption, curve) in enumerate(self._curves):
            painter.setPen(_pen(number, chosen))
            painter.drawPolyline(QPolygonF([self.place(*point) for point in curve]))
            self._caption(painter, number, caption, chosen)

    def _plot(self) -> QRectF:
        line, left = self.fontMetrics().height(), self.fontMetrics().horizontalAdvance("1.0") + 6
        return QRectF(left, 4, max(1, self.width() - left - 4), max(1, self.height() - 2 * line - 8))

    def _label(self, painter: QPainter, plot: QRectF, chosen: Colours) -> None:
        line, end = self.fontMetrics().height(), Qt.AlignmentFlag.AlignRight
        painter.setPen(QColor(chosen.muted))
        painter.drawText(QRectF(0, plot.top(), plot.left() - 4, line), end, "1")
        painter.drawText(QRectF(0, plot.bottom() - line, plot.left() - 4, line), end, "0")
        below = QRectF(plot.left(), plot.bottom() + 2, plot.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0 % of the image")
        painter.drawText(below, end, "100 %")

    def _caption(self, painter: QPainter, number: int, caption: str, chosen: Colours) -> None:
        plot, line = self._plot(), self.fontMetrics().height()
        left, top = plot.left() + number * plot.width() / 2, plot.bottom() + 4 + line
        painter.drawLine(QPointF(left, top + line / 2), QPointF(left + _SAMPLE_PX, top + line / 2))
        painter.setPen(QColor(chosen.text))
        room = QRectF(left + _SAMPLE_PX + 6, top, plot.width() / 2 - _SAMPLE_PX - 6, line)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, caption)


def _pen(number: int, chosen: Colours) -> QPen:
    inks = (chosen.accent, chosen.verdicts[Verdict.INCONCLUSIVE][0])
    return QPen(QColor(inks[number % len(inks)]), 2, _STYLES[number % len(_STYLES)])
