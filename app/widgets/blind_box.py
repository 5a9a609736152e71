"""The choice that a case is examined blind, with what it means."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget


class BlindBox(QWidget):
    """A check box and the sentence that says what follows from it.

    Signals:
        toggled: whether it is checked now.
    """

    toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QCheckBox(self.tr("&Blind: I write down my own view before I see the detector's answer"))
        self._box.toggled.connect(self.toggled)
        meaning = QLabel(
            self.tr(
                "Scores, verdicts and heat maps of an exhibit stay hidden from every examiner who has not yet written "
                "down an own view of it. The picture and what its file says stay visible. This can be changed later; "
                "the log then says so."
            )
        )
        meaning.setTextFormat(Qt.TextFormat.PlainText)
        meaning.setWordWrap(True)
        meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._box)
        layout.addWidget(meaning)
        self.setFocusProxy(self._box)

    def isChecked(self) -> bool:
        """Whether the case is examined blind."""
        return self._box.isChecked()

    def setChecked(self, checked: bool) -> None:
        """Show whether the case is examined blind."""
        self._box.setChecked(checked)
