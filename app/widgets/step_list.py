"""The pages of a wizard as a list: which are behind, which is shown, which are still to come."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.theme import colours, icon_pixmap

_WIDTH_PX, _SIGN_PX, _TEXT_AT_PX, _END_PX = 150, 16, 34, 12


class StepList(QWidget):
    """Shows where one is; it is not operated.

    Args:
        steps: id and caption of every page, in order.
    """

    def __init__(self, steps: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._order = tuple(steps)
        self._current = 0
        self._labels = {step: QLabel(f"{number}  {caption}") for number, (step, caption) in enumerate(steps.items(), 1)}
        self._captions = dict(steps)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_TEXT_AT_PX, 24, _END_PX, 12)
        layout.setSpacing(12)
        for label in self._labels.values():
            layout.addWidget(label)
        layout.addStretch()
        bold = QFont(self.font())
        bold.setBold(True)
        widest = max(QFontMetrics(bold).horizontalAdvance(label.text()) for label in self._labels.values())
        self.setMinimumWidth(max(_WIDTH_PX, _TEXT_AT_PX + widest + _END_PX))
        self.show_step(self._order[0])

    def show_step(self, step: str) -> None:
        """Mark a page as the one that is shown."""
        self._current = self._order.index(step)
        for place, label in enumerate(self._labels.values()):
            font = label.font()
            font.setBold(place == self._current)
            label.setFont(font)
            here = place == self._current
            role = QPalette.ColorRole.WindowText if place <= self._current else QPalette.ColorRole.PlaceholderText
            label.setForegroundRole(role)
            label.setAccessibleName(
                f"{label.text()}, {'this page' if here else 'done' if place < self._current else 'to come'}"
            )
        self.setAccessibleName(f"Step {self._current + 1} of {len(self._order)}: {self._captions[step]}")
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw a sign before each page that is behind, and one before the page that is shown."""
        painter, chosen = QPainter(self), colours(self.palette())
        for place, label in enumerate(self._labels.values()):
            if place > self._current:
                break
            name, colour = ("next", chosen.accent) if place == self._current else ("check", chosen.muted)
            top = label.y() + (label.height() - _SIGN_PX) // 2
            painter.drawPixmap(12, top, icon_pixmap(name, colour, _SIGN_PX, self.devicePixelRatioF()))
