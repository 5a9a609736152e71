"""The bar on the left that leads from page to page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.theme import colours

_WIDTH_PX = 92
_ICON_PX = 26


class PageBar(QWidget):
    """Shows one button for each page's action; the last one stands at the bottom."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Pages"))
        self.setFixedWidth(_WIDTH_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 8, 7, 8)
        layout.setSpacing(4)
        for action in actions:
            if action is actions[-1]:
                layout.addStretch()
            layout.addWidget(_PageButton(action))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line to the page."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QColor(colours(self.palette()).border))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())


class _PageButton(QToolButton):
    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setDefaultAction(action)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.text().replace("&", ""))

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH_PX, _ICON_PX + self.fontMetrics().height() + 22)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, palette = QPainter(self), self.window().palette()  # a button's own one has edges for Fusion in it
        chosen, box = colours(palette), QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(chosen.focus), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        if self.isChecked() or self.underMouse():
            painter.setBrush(QColor(chosen.chosen if self.isChecked() else chosen.raised))
        painter.drawRoundedRect(box, 8, 8)
        mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
        self.icon().paint(painter, (self.width() - _ICON_PX) // 2, 9, _ICON_PX, _ICON_PX, mode=mode)
        font = self.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        painter.setPen(QColor(chosen.text))
        words = self.rect().adjusted(0, _ICON_PX + 12, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self.text().replace("&", ""))
