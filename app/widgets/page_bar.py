"""The bar on the left that leads from page to page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.theme import colours

_WIDTH = 92


class PageBar(QWidget):
    """Shows one button for each page's action; the last one stands at the bottom."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Pages"))
        self.setAutoFillBackground(True)
        self.setFixedWidth(_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 8, 7, 8)
        layout.setSpacing(4)
        for action in actions:
            if action is actions[-1]:
                layout.addStretch()
            layout.addWidget(_PageButton(action))
        self._restyle()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line to the page."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(colours(self.palette()).border)
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._restyle()

    def _restyle(self) -> None:
        chosen = colours(self.palette())
        sheet = f"""
            _PageButton {{ border: 2px solid transparent; border-radius: 8px; padding: 6px 2px; color: {chosen.text}; }}
            _PageButton:hover {{ background: {chosen.raised}; }}
            _PageButton:checked {{ background: {chosen.chosen}; font-weight: 600; }}
            _PageButton:focus {{ border-color: {chosen.focus}; }}
        """
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)


class _PageButton(QToolButton):
    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setDefaultAction(action)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(26, 26))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(action.text().replace("&", ""))
