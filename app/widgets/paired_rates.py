"""Shares of two detectors side by side: for each row two marks on one line, each with a band as wide as the doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import Colours, colours
from app.widgets.card_fields import interval_text, percent
from app.widgets.plain_text import tooltip
from core.domain import Verdict

_GAP_PX, _BAND_PX, _MARK_PX = 12, 8.0, 5.0
_LONGEST_CAPTION_PX, _NARROWEST_LINE_PX, _WIDEST_LINE_PX = 230, 130, 520
_WASH = 80  # of 255
_MISSING = "–"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the ends of the 95 % interval."""

    count: int
    of: int
    low: float
    high: float

    @property
    def words(self) -> str:
        """Counts, share and interval."""
        return (
            f"{self.count:,} of {self.of:,}: {percent(self.count / self.of)} ({interval_text((self.low, self.high))})"
        )


@dataclass(frozen=True, slots=True)
class PairedRate:
    """One row: what is counted, and the shares of the first and of the second detector.

    Attributes:
        note: one word or two under the caption.
        why: what stands in place of a missing first share.
    """

    caption: str
    first: Share | None
    second: Share | None
    note: str = ""
    why: str = _MISSING

    @property
    def change(self) -> str:
        """By how many points the second share differs, with its sign; "" where they are not of the same images."""
        if self.first is None or self.second is None or self.first.of != self.second.of:
            return ""
        points = (self.second.count / self.second.of - self.first.count / self.first.of) * 100
        sign = "±" if abs(points) < 0.05 else "+" if points > 0 else "−"
        return f"{sign}{abs(points):.1f} points"


class PairedRates(QWidget):
    """Draws the rows; the first detector has a diamond and the upper line, the second a disc and the lower one."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: tuple[PairedRate, ...] = ()
        self._names = ("", "")
        self._room = (0, 0, 0)  # what other rates beside these need
        self._measured: tuple[int, int, int] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def set_rates(self, rates: Sequence[PairedRate], first: str, second: str) -> None:
        """Show these rows of two detectors called so."""
        self._rates, self._names, self._room = tuple(rates), (first, second), (0, 0, 0)
        self._measured = None
        self.setAccessibleDescription(". ".join(self.rows()))
        self.updateGeometry()
        self.update()

    def align_with(self, other: PairedRates) -> None:
        """Let the lines of both stand under one another."""
        room = tuple(max(pair) for pair in zip(self._widths(), other._widths(), strict=True))
        for one in (self, other):
            one._room = (room[0], room[1], room[2])
            one.updateGeometry()
            one.update()

    def rows(self) -> tuple[str, ...]:
        """The rows as text, top to bottom."""
        return tuple(map(self._words, self._rates))

    def sizeHint(self) -> QSize:
        """Room for the legend and all rows."""
        return QSize(760, self._head() + len(self._rates) * self._row())

    def minimumSizeHint(self) -> QSize:
        """Captions, a short line, and the words."""
        width = self._caption_width() + _NARROWEST_LINE_PX + self._words_width() + self._change_width()
        return QSize(width, self.sizeHint().height())

    def line(self, row: int, place: int) -> QRectF:
        """Where the line from 0 to 100 % of a row's first (0) or second (1) share is."""
        left = float(self._caption_width())
        width = self.width() - left - self._words_width() - self._change_width() - _GAP_PX
        top = self._head() + row * self._row() + (place + 0.5) * self._line_height() + 2
        return QRectF(left, top - _BAND_PX / 2, min(max(1.0, width), _WIDEST_LINE_PX), _BAND_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw legend and rows."""
        painter, chosen = QPainter(self), colours(self.palette())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_legend(painter, chosen)
        for row, rate in enumerate(self._rates):
            self._paint_caption(painter, row, rate, chosen)
            for place, share in enumerate((rate.first, rate.second)):
                self._paint_line(painter, self.line(row, place), chosen)
                if share is not None:
                    self._paint_share(painter, self.line(row, place), share, place)
                self._paint_words(painter, row, place, chosen)

    def event(self, event: QEvent) -> bool:
        """Say the row under the mouse in full."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = (event.pos().y() - self._head()) // self._row()
            if 0 <= row < len(self._rates):
                QToolTip.showText(event.globalPos(), tooltip(self._words(self._rates[row])), self)
                return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs other widths."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_measured"):
            self._measured = None
            self.updateGeometry()

    def _words(self, rate: PairedRate) -> str:
        first = rate.first.words if rate.first is not None else rate.why
        second = rate.second.words if rate.second is not None else _MISSING
        caption = f"{rate.caption} ({rate.note})" if rate.note else rate.caption
        change = f"; {rate.change}" if rate.change else ""
        return f"{caption}: {self._names[0]} {first}; {self._names[1]} {second}{change}"

    def _paint_legend(self, painter: QPainter, chosen: Colours) -> None:
        at, middle = float(self._caption_width()), self._line_height() / 2
        for place, name in enumerate(self._names):
            _mark(painter, QPointF(at + _MARK_PX, middle), place, _ink(chosen, place))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            width = painter.fontMetrics().horizontalAdvance(name)
            box = QRectF(at + 3 * _MARK_PX, 0, width + 2, self._line_height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)
            at = box.right() + 2 * _GAP_PX

    def _paint_caption(self, painter: QPainter, row: int, rate: PairedRate, chosen: Colours) -> None:
        top, width = self._head() + row * self._row() + 2, self._caption_width() - _GAP_PX
        painter.setFont(_bold(self.font()))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        shown = painter.fontMetrics().elidedText(rate.caption, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(0, top, width, self._line_height()), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setFont(self.font())
        painter.setPen(QColor(chosen.muted))
        under = QRectF(0, top + self._line_height(), width, self._line_height())
        painter.drawText(under, Qt.AlignmentFlag.AlignVCenter, rate.note)

    def _paint_line(self, painter: QPainter, line: QRectF, chosen: Colours) -> None:
        middle = line.center().y()
        painter.setPen(QPen(QColor(chosen.border), 1))
        painter.drawLine(QPointF(line.left(), middle), QPointF(line.right(), middle))
        for half in range(3):
            at = line.left() + half / 2 * line.width()
            painter.drawLine(QPointF(at, middle - 4), QPointF(at, middle + 4))

    def _paint_share(self, painter: QPainter, line: QRectF, share: Share, place: int) -> None:
        ink = _ink(colours(self.palette()), place)
        low, high = (line.left() + min(1.0, max(0.0, end)) * line.width() for end in (share.low, share.high))
        wash = QColor(ink)
        wash.setAlpha(_WASH)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(wash)
        painter.drawRoundedRect(QRectF(low, line.top(), high - low, line.height()), 3, 3)
        _mark(painter, QPointF(line.left() + share.count / share.of * line.width(), line.center().y()), place, ink)

    def _paint_words(self, painter: QPainter, row: int, place: int, chosen: Colours) -> None:
        rate, line = self._rates[row], self.line(row, place)
        share = (rate.first, rate.second)[place]
        words = share.words if share is not None else rate.why if place == 0 else _MISSING
        painter.setPen(QColor(chosen.text if share is not None else chosen.muted))
        box = QRectF(line.right() + _GAP_PX, line.center().y() - 20, self._words_width(), 40)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
        if place == 1 and rate.change:
            painter.setPen(QColor(chosen.text))
            painter.drawText(box.translated(self._words_width(), 0), Qt.AlignmentFlag.AlignVCenter, rate.change)

    def _widths(self) -> tuple[int, int, int]:
        """Of captions, words and changes; measured once for each text and font."""
        if self._measured is None:
            bold, plain, shares = QFontMetrics(_bold(self.font())), self.fontMetrics(), self._shares()
            caption = max((bold.horizontalAdvance(rate.caption) for rate in self._rates), default=0)
            words = [*(share.words for share in shares), *(rate.why for rate in self._rates)]
            changes = [rate.change for rate in self._rates]
            said, changed = (max(map(plain.horizontalAdvance, texts), default=0) for texts in (words, changes))
            self._measured = min(caption, _LONGEST_CAPTION_PX) + 2 * _GAP_PX, said + _GAP_PX, changed + _GAP_PX
        return self._measured

    def _shares(self) -> list[Share]:
        return [share for rate in self._rates for share in (rate.first, rate.second) if share is not None]

    def _caption_width(self) -> int:
        return max(self._room[0], self._widths()[0])

    def _words_width(self) -> int:
        return max(self._room[1], self._widths()[1])

    def _change_width(self) -> int:
        return max(self._room[2], self._widths()[2])

    def _head(self) -> int:
        return self._line_height() + 6

    def _line_height(self) -> int:
        return self.fontMetrics().height() + 4

    def _row(self) -> int:
        return 2 * self._line_height() + 8


def _ink(chosen: Colours, place: int) -> QColor:
    return QColor(chosen.accent if place else chosen.verdicts[Verdict.INCONCLUSIVE][0])


def _mark(painter: QPainter, at: QPointF, place: int, ink: QColor) -> None:
    """A diamond for the first detector, a disc for the second."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    x, y = at.x(), at.y()
    ends = ((x, y - _MARK_PX - 1), (x + _MARK_PX + 1, y), (x, y + _MARK_PX + 1), (x - _MARK_PX - 1, y))
    if place:
        painter.drawEllipse(at, _MARK_PX, _MARK_PX)
    else:
        painter.drawPolygon(QPolygonF([QPointF(*end) for end in ends]))


def _bold(font: QFont) -> QFont:
    made = QFont(font)
    made.setBold(True)
    return made
