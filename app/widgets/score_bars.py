"""The scores of all classes as bars, highest first, with the threshold that *attributed* needs."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import colours
from app.widgets.finding_words import SCORE_MEANING, Titles
from app.widgets.plain_text import tooltip
from app.wording import class_title, score_text
from core.domain import Verdict

Scores = tuple[tuple[str, float], ...]
_SMALLEST_BAR_SHARE = 0.3  # of the width; long names are cut beyond that
_NUMBER_SAMPLE = "0.00"
_UNKNOWN = "All the same no class is named, because the image resembles none of them."


class ScoreBars(QWidget):
    """One row a class: name, bar, number; a broken line marks the threshold.

    Clicking a row asks for the heat map of its class.
    """

    class_picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: Scores = ()
        self._titles: Titles = {}
        self._threshold = 0.0
        self._target = ""
        self._verdict = Verdict.ATTRIBUTED
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Scores of all classes")

    def set_scores(
        self, scores: Scores, threshold: float, titles: Titles, verdict: Verdict = Verdict.ATTRIBUTED
    ) -> None:
        """Show (class, score) pairs in falling order, whatever order they come in, in the colour of the verdict."""
        self._verdict = verdict
        self._scores = tuple(sorted(scores, key=lambda pair: -pair[1]))
        self._threshold, self._titles = threshold, titles
        self.setAccessibleDescription(", ".join(self.rows()))
        self.updateGeometry()
        self.update()

    def set_target(self, name: str) -> None:
        """Mark the class that the heat map is about."""
        self._target = name
        self.update()

    def rows(self) -> tuple[str, ...]:
        """The rows as text, top to bottom."""
        return tuple(f"{class_title(name, self._titles)} {score_text(score)}" for name, score in self._scores)

    def sizeHint(self) -> QSize:
        """Room for all rows and the threshold's caption."""
        return QSize(280, len(self._scores) * self._row_height() + self._caption_height())

    def minimumSizeHint(self) -> QSize:
        """As high as the rows, and not too narrow for names."""
        return QSize(200, self.sizeHint().height())

    def threshold_x(self) -> float:
        """Where the threshold stands, in pixels from the left."""
        bars = self._bars()
        return bars.left() + min(1.0, max(0.0, self._threshold)) * bars.width()

    def bar(self, row: int) -> QRectF:
        """The filled part of a row's bar."""
        height = self._row_height()
        bars = self._bars()
        width = min(1.0, max(0.0, self._scores[row][1])) * bars.width()
        return QRectF(bars.left(), row * height + 0.25 * height, width, 0.5 * height)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw rows, then the threshold over them."""
        painter = QPainter(self)
        for row in range(len(self._scores)):
            self._paint_row(painter, row)
        if self._scores and self._threshold > 0:
            self._paint_threshold(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the heat map of the class under the mouse."""
        row = self._row_at(event.position())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.class_picked.emit(self._scores[row][0])

    def event(self, event: QEvent) -> bool:
        """Explain the row under the mouse, and what a score is not."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self._row_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), tooltip(self.explanation(row)), self)
            return True
        return super().event(event)

    def explanation(self, row: int | None) -> str:
        """What the tooltip of a row says."""
        if row is None or not self._scores:
            return SCORE_MEANING
        name, score = self._scores[row]
        above = "reaches" if score >= self._threshold else "stays under"
        first = f"{class_title(name, self._titles)}: score {score:.4f}, {above} the threshold {self._threshold:.2f}."
        unknown = f"\n{_UNKNOWN}" if self._verdict is Verdict.UNKNOWN else ""
        return f"{first}{unknown}\nClick to ask for the heat map of this class.\n\n{SCORE_MEANING}"

    def _paint_row(self, painter: QPainter, row: int) -> None:
        name, score = self._scores[row]
        height, palette = self._row_height(), self.palette()
        bars, line = self._bars(), QRectF(0, row * height, self.width(), height)
        if name == self._target:
            painter.fillRect(line, palette.color(QPalette.ColorRole.AlternateBase))
        font = self.font()
        font.setBold(row == 0)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        room = QRectF(4, line.top(), bars.left() - 10, height)
        text = painter.fontMetrics().elidedText(
            class_title(name, self._titles), Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        full = QRectF(bars.left(), line.top() + 0.25 * height, bars.width(), 0.5 * height)
        painter.fillRect(full, palette.color(QPalette.ColorRole.Mid))
        painter.fillRect(self.bar(row), QColor(colours(palette).verdicts[self._verdict][0]))
        end = QRectF(bars.right() + 6, line.top(), self.width() - bars.right() - 8, height)
        painter.drawText(end, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, score_text(score))

    def _paint_threshold(self, painter: QPainter) -> None:
        bottom, x = len(self._scores) * self._row_height(), self.threshold_x()
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, 0), QPointF(x, bottom + 3))
        caption = f"threshold {self._threshold:.2f}"
        width = painter.fontMetrics().horizontalAdvance(caption)
        left = min(max(0.0, x - width / 2), float(self.width() - width))
        place = QRectF(left, bottom + 3, width + 1, self._caption_height() - 3)
        painter.setFont(self.font())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, caption)

    def _bars(self) -> QRectF:
        end = self.fontMetrics().horizontalAdvance(_NUMBER_SAMPLE) + 12
        names = max((self._name_width(name) for name, _ in self._scores), default=0)
        width = max(_SMALLEST_BAR_SHARE * self.width(), self.width() - end - names)
        return QRectF(self.width() - end - width, 0, width, len(self._scores) * self._row_height())

    def _name_width(self, name: str) -> int:
        font = QFont(self.font())
        font.setBold(True)
        return QFontMetrics(font).horizontalAdvance(class_title(name, self._titles)) + 14

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 8

    def _caption_height(self) -> int:
        return self.fontMetrics().height() + 6 if self._threshold > 0 else 0

    def _row_at(self, at: QPointF) -> int | None:
        row = int(at.y() // self._row_height())
        return row if 0 <= row < len(self._scores) else None
