"""A flat button that reads like a link."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.theme import colours

_PALETTES_CHANGE = (QEvent.Type.ApplicationPaletteChange, QEvent.Type.PaletteChange, QEvent.Type.ParentChange)


class LinkButton(QPushButton):
    """No edge, and the colour of a link in light and dark."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFlat(True)
        self.setAutoDefault(False)
        self.setFixedSize(self.fontMetrics().horizontalAdvance(text) + 10, self.fontMetrics().lineSpacing() + 4)
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() in _PALETTES_CHANGE:
            self._tint()

    def _tint(self) -> None:
        palette = self.palette()
        wanted = colours(QApplication.palette()).accent
        if palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText).name() != wanted:
            for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
                palette.setColor(group, QPalette.ColorRole.ButtonText, wanted)
            self.setPalette(palette)
