"""How much is trained: one choice of three, each with what it does and what it needs."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QSizePolicy, QStyle, QVBoxLayout, QWidget

from app.widgets.plain_text import PlainLabel
from app.widgets.training_words import EFFORTS
from core.retraining import Effort


class EffortChoice(QWidget):
    """Three radio buttons with their sentences.

    Signals:
        chosen: the `Effort` that the analyst chose.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self.buttons: dict[Effort, QRadioButton] = {}
        self.meanings: dict[Effort, PlainLabel] = {}
        self._needs = {row.effort: row.needs for row in EFFORTS}
        self._texts = {row.effort: row.meaning for row in EFFORTS}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for row in EFFORTS:
            self._add(row.effort, row.caption, layout)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._group.idClicked.connect(lambda number: self.chosen.emit(EFFORTS[number].effort))
        self.set_choice(Effort.QUICK, {})

    def set_choice(self, effort: Effort, refused: Mapping[Effort, str]) -> None:
        """Show which is chosen, and why others cannot be."""
        self.buttons[effort].setChecked(True)
        for one, button in self.buttons.items():
            why = refused.get(one, "")
            button.setEnabled(not why)
            words = f"{self._texts[one]} {why or self._needs[one]}"
            self.meanings[one].setText(words)
            button.setAccessibleDescription(words)

    def _add(self, effort: Effort, caption: str, layout: QVBoxLayout) -> None:
        button, meaning = QRadioButton(caption), PlainLabel(f"What this does: {caption.replace('&', '')}")
        indent = self.style().pixelMetric(QStyle.PixelMetric.PM_ExclusiveIndicatorWidth) + 8
        meaning.setContentsMargins(indent, 0, 0, 8)
        meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        font = button.font()
        font.setBold(True)
        button.setFont(font)
        self.buttons[effort], self.meanings[effort] = button, meaning
        self._group.addButton(button, len(self.buttons) - 1)
        for part in (button, meaning):
            layout.addWidget(part)
