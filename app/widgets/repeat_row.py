"""The Repeat button beside a finding, and what came of repeating it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.theme import colours, icon, icon_pixmap
from app.widgets.plain_text import tooltip, visible_lines
from app.widgets.verdict_header import plain_label
from core.custody import Repetition, Rerun

_SIGNS = {
    Repetition.EQUAL: ("done", "done"),
    Repetition.WITHIN: ("done", "done"),
    Repetition.DIFFERENT: ("problem", "problem"),
    Repetition.NOT_REPEATED: ("help", "offer"),
}
_MEANING = (
    "Let the same detector read the same bytes again, and compare every number with the finding that is kept: equal to "
    "the last bit, within a stated tolerance, or different."
)
_ICON_PX = 18


class RepeatRow(QWidget):
    """Offers to repeat a finding and tells the outcome of the newest repetition.

    Signals:
        repeat_wished: repeat the finding now.
    """

    repeat_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rerun: Rerun | None = None
        self.button, self.words, self.when = QPushButton(), plain_label("What came of repeating it"), QLabel()
        self._sign = QLabel()
        self._build()
        self.set_rerun(None)

    def set_rerun(self, made: Rerun | None) -> None:
        """Show the newest repetition of the finding, or that there is none."""
        self._rerun = made
        self.button.setText("&Repeat")
        self.button.setEnabled(True)
        self.words.setText("" if made is None else visible_lines(made.sentence))
        when = "" if made is None else f"Repeated {made.at:%Y-%m-%d %H:%M} UTC by {visible_lines(made.by, longest=80)}"
        self.when.setText(when)
        self._show()

    def set_busy(self) -> None:
        """It is being repeated."""
        self.button.setText("Repeating …")
        self.button.setEnabled(False)

    def say(self, sentence: str) -> None:
        """It was not repeated; an empty sentence: it was stopped."""
        self.set_rerun(None)
        self.words.setText(visible_lines(sentence))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show()

    def _show(self) -> None:
        self.words.setVisible(bool(self.words.text()))
        self.when.setVisible(bool(self.when.text()))
        self._sign.setVisible(self._rerun is not None)
        self.button.setIcon(icon("redo", self.palette()))
        if self._rerun is not None:
            sign, kind = _SIGNS[self._rerun.outcome]
            writing, _ = colours(self.palette()).notices[kind]
            self._sign.setPixmap(icon_pixmap(sign, writing, _ICON_PX, self.devicePixelRatioF()))

    def _build(self) -> None:
        self.button.setToolTip(tooltip(_MEANING))
        self.button.clicked.connect(self.repeat_wished)
        self.when.setTextFormat(Qt.TextFormat.PlainText)
        self.when.setWordWrap(True)
        self.when.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        told = QHBoxLayout()
        told.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(told)
        layout.addWidget(self.when)
