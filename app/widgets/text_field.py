"""A field for a few lines of an examiner's own words, with its caption above."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget


class TextField(QWidget):
    """A captioned text of a fixed number of lines; Tab leaves it, and files dropped on it go to the window.

    Args:
        caption: above the text; an ampersand marks the letter that leads to it.
        lines: how many are seen.
        hint: shown while it is empty.

    Attributes:
        edit: the text itself.
    """

    def __init__(self, caption: str, lines: int, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit, label = QPlainTextEdit(), QLabel(caption)
        label.setBuddy(self.edit)
        self.edit.setPlaceholderText(hint)
        self.edit.setAccessibleName(caption.replace("&", ""))
        self.edit.setTabChangesFocus(True)
        self.edit.setAcceptDrops(False)
        self.edit.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 14)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(label)
        layout.addWidget(self.edit)
        self.setFocusProxy(self.edit)

    @property
    def text(self) -> str:
        """What is written, without spaces around it."""
        return self.edit.toPlainText().strip()

    def set_text(self, text: str) -> None:
        """Write a text; one that is there already stays, with its cursor."""
        if text != self.edit.toPlainText():
            self.edit.setPlainText(text)
