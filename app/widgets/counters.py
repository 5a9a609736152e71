"""Numbers with a word under each: how far the work on a case is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget
from superqt import QFlowLayout


class Counters(QWidget):
    """A row of cards, each with a number and what it counts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QFlowLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._cards: list[tuple[QFrame, QLabel, QLabel]] = []

    def set_counts(self, counts: Sequence[tuple[str, str, str]]) -> None:
        """Show (number, caption, explanation) triples."""
        while len(self._cards) < len(counts):
            self._add()
        for (card, number, caption), (value, words, tip) in zip(self._cards, counts, strict=False):
            number.setText(value)
            caption.setText(words)
            card.setToolTip(tip)
            card.setAccessibleName(f"{words}: {value}")
        for place, (card, _number, _caption) in enumerate(self._cards):
            card.setVisible(place < len(counts))

    def _add(self) -> None:
        card, number, caption = QFrame(), QLabel(), QLabel()
        card.setFrameShape(QFrame.Shape.StyledPanel)
        card.setBackgroundRole(QPalette.ColorRole.Base)
        card.setAutoFillBackground(True)
        font = number.font()
        font.setPointSizeF(font.pointSizeF() * 1.7)
        number.setFont(font)
        caption.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(14, 8, 14, 10)
        layout.setSpacing(0)
        for label in (number, caption):
            label.setTextFormat(Qt.TextFormat.PlainText)
            layout.addWidget(label)
        card.setMinimumWidth(self.fontMetrics().averageCharWidth() * 16)
        self._layout.addWidget(card)
        self._cards.append((card, number, caption))
