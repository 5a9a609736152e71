"""A card with what a person wrote: who and what in bold, the circumstances below, then the words."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.theme import colours
from app.widgets.verdict_header import plain_label


class StatementCard(QFrame):
    """One statement; its texts are hostile and shown literally.

    Args:
        headline: who says what, one line.
        circumstances: when and how.
        words: what was written, may have several lines or be empty.
        kind: what it is, for who cannot see it.
        faded: whether another statement took its place.
    """

    def __init__(self, headline: str, circumstances: str, words: str, *, kind: str, faded: bool = False) -> None:
        super().__init__()
        self._faded = faded
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 10, 8)
        layout.setSpacing(2)
        labels = [
            plain_label(name) for name in (kind, f"Circumstances of the {kind.lower()}", f"Words of the {kind.lower()}")
        ]
        for label, text in zip(labels, (headline, circumstances, words), strict=True):
            label.setText(text)
            label.setVisible(bool(text))
            layout.addWidget(label)
        font = labels[0].font()
        font.setBold(not faded)
        labels[0].setFont(font)
        labels[1].setForegroundRole(QPalette.ColorRole.PlaceholderText)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the card and its edge."""
        chosen = colours(self.palette())
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(chosen.raised))
        painter.fillRect(0, 0, 3, self.height(), QColor(chosen.border if self._faded else chosen.accent))
