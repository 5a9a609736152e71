"""Measured shares with their intervals: a mark on a line from 0 to 100 % and a band as wide as the doubt."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import colours
from app.widgets.measurement_words import Rate
from app.wording import visible
from core.domain import Verdict

_GAP_PX = 10
_BAND_PX, _MARK_PX = 8.0, 3.0
_NARROWEST_LINE_PX = 120
_END = "100 %"


class RateBars(QWidget):
    """One row a share: caption and line, and under them the counts in words.

    Blue is good when it is far to the right, amber when it is far to the left; the words say the same without colour.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: tuple[Rate, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Measured shares")

    def set_rates(self, rates: tuple[Rate, ...]) -> None:
        """Show these shares, top to bottom."""
        self._rates = rates
        self.setAccessibleDescription(". ".join(self.rows()))
        self.updateGeometry()
        self.update()

    def rows(self) -> tuple[str, ...]:
        """The rows as text, top to bottom."""
        return tuple(f"{rate.caption}: {visible(rate.words)}" for rate in self._rates)

    def sizeHint(self) -> QSize:
        """Room for all rows."""
        return QSize(480, len(self._rates) * self._row_height())

    def minimumSizeHint(self) -> QSize:
        """As high as the rows, and wide enough for captions and a short line."""
        return QSize(self._caption_width() + _NARROWEST_LINE_PX, self.sizeHint().height())

    def line(self, row: int) -> QRectF:
        """Where the line from 0 to 100 % of a row stands."""
        left, end = float(self._caption_width()), self._metrics(bold=False).horizontalAdvance(_END)
        middle = row * self._row_height() + 0.5 * self._line_height() + 2
        return QRectF(left, middle - _BAND_PX / 2, max(1.0, self.width() - left - end - _GAP_PX), _BAND_PX)

    def band(self, row: int) -> QRectF:
        """Where the interval of a row stands; empty without a share."""
        rate, line = self._rates[row], self.line(row)
        if rate.share is None:
            return QRectF()
        low, high = (min(1.0, max(0.0, end)) for end in (rate.low, rate.high))
        return QRectF(line.left() + low * line.width(), line.top(), (high - low) * line.width(), line.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw row by row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, rate in enumerate(self._rates):
            self._paint_words(painter, row, rate)
            if rate.share is not None:
                self._paint_line(painter, row, rate)

    def _paint_words(self, painter: QPainter, row: int, rate: Rate) -> None:
        top, palette = row * self._row_height(), self.palette()
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        place = QRectF(0, top + 2, self._caption_width() - _GAP_PX, self._line_height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, rate.caption)
        painter.setFont(self.font())
        muted = palette.color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(muted if rate.share is None else palette.color(QPalette.ColorRole.WindowText))
        # Without a line the words take its place; with one they stand under it.
        down = 2 if rate.share is None else self._line_height()
        under = QRectF(self._caption_width(), top + down, self.width() - self._caption_width(), self._line_height())
        words = painter.fontMetrics().elidedText(visible(rate.words), Qt.TextElideMode.ElideRight, int(under.width()))
        painter.drawText(under, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _paint_line(self, painter: QPainter, row: int, rate: Rate) -> None:
        chosen, line, band = colours(self.palette()), self.line(row), self.band(row)
        colour = QColor(chosen.accent if rate.good else chosen.verdicts[Verdict.INCONCLUSIVE][0])
        middle = line.center().y()
        painter.setPen(QPen(QColor(chosen.outline), 1))
        painter.drawLine(QPointF(line.left(), middle), QPointF(line.right(), middle))
        for tenth in range(0, 11, 5):
            at = line.left() + tenth / 10 * line.width()
            painter.drawLine(QPointF(at, middle - 4), QPointF(at, middle + 4))
        wash = QColor(colour)
        wash.setAlpha(90)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(wash)
        painter.drawRoundedRect(band, 3, 3)
        painter.setBrush(colour)
        at = line.left() + (rate.share or 0.0) * line.width()
        painter.drawRoundedRect(QRectF(at - _MARK_PX / 2, middle - 7, _MARK_PX, 14), 1, 1)
        painter.setPen(QColor(chosen.muted))
        end = QRectF(line.right() + 4, middle - 10, self.width() - line.right() - 4, 20)
        painter.drawText(end, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, _END)

    def _caption_width(self) -> int:
        metrics = self._metrics(bold=True)
        return max((metrics.horizontalAdvance(rate.caption) for rate in self._rates), default=0) + 2 * _GAP_PX

    def _line_height(self) -> int:
        return self.fontMetrics().height() + 4

    def _row_height(self) -> int:
        return 2 * self._line_height() + 6

    def _metrics(self, *, bold: bool) -> QFontMetrics:
        font = QFont(self.font())
        font.setBold(bold)
        return QFontMetrics(font)
