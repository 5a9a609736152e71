"""A sentence on top of a pane that concerns this pane alone, with one thing that can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.theme import colours
from app.widgets.plain_text import visible_lines
from app.widgets.verdict_header import plain_label

_EDGE_PX = 8


class PaneNote(QWidget):
    """Covers the upper edge of its parent; hidden while there is nothing to say.

    Signals:
        accepted: what the button offers is wished.
    """

    accepted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words, self.offer = plain_label("About this pane"), QPushButton()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.offer, 0, Qt.AlignmentFlag.AlignTop)
        self.offer.clicked.connect(self.accepted)
        parent.installEventFilter(self)
        self.hide()

    def say(self, text: str, offer: str = "") -> None:
        """Show a sentence, and a button for what can be done about it; nothing for an empty one."""
        self.words.setText(visible_lines(text))
        self.offer.setText(offer.replace("&", "&&"))
        self.offer.setVisible(bool(offer))
        self.offer.setEnabled(True)
        self.setVisible(bool(text))
        self._place()

    @property
    def text(self) -> str:
        """What is said."""
        return "" if self.isHidden() else self.words.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Follow the size of the pane."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw a box that lets nothing through."""
        painter, chosen = QPainter(self), colours(self.palette())
        painter.setPen(QColor(chosen.border))
        painter.setBrush(QColor(chosen.raised))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 5, 5)

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is not None and not self.isHidden():
            width = max(80, parent.width() - 2 * _EDGE_PX)
            layout = self.layout()
            height = layout.heightForWidth(width) if layout is not None else 40
            self.setGeometry(_EDGE_PX, _EDGE_PX, width, max(height, self.minimumSizeHint().height()))
            self.raise_()
