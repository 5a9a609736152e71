"""What views of an explanation share: a wish, a state in words, and the room below for the answer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.widgets.plain_text import tooltip
from app.widgets.verdict_header import plain_label
from app.wording import visible

_CANCEL = "Cancel"


class ExplainedView(QScrollArea):
    """A button that asks for something, what became of the wish, and a body that is shown once there is an answer.

    Args:
        captions: of the button before and after there is an answer.
        meaning: what the button does.
        nothing: what is said as long as there is no answer.

    Signals:
        check_wished: the button was pressed.
        cancel_wished: what is running is to stop.
    """

    check_wished = Signal()
    cancel_wished = Signal()

    def __init__(self, captions: tuple[str, str], meaning: str, nothing: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._captions, self._nothing = captions, nothing
        self._busy, self._why_not, self._said, self._answered = False, "", "", False
        self.button, self.state, self.progress = QPushButton(), plain_label("State"), QProgressBar()
        self.body = QWidget()
        self.room = QVBoxLayout(self.body)
        self.room.setContentsMargins(0, 0, 0, 0)
        self.button.setToolTip(tooltip(meaning))
        self.button.clicked.connect(self._wish)
        self._build()
        self.set_busy("")

    def set_possible(self, why_not: str) -> None:
        """Offer the button, or say why there is nothing to be explained (no finding, out of scope, …)."""
        self._why_not = why_not
        self._switch()

    def set_busy(self, said: str) -> None:
        """Something is being computed, and how far it is; empty: nothing is."""
        self._busy = bool(said)
        self.progress.setVisible(self._busy)
        self.say(said)

    def say(self, sentence: str) -> None:
        """Show a sentence above the answer; an empty one takes it away."""
        self._said = sentence
        self._switch()

    def set_answered(self, answered: bool) -> None:
        """Show the body, or hide it because there is no answer."""
        self._answered = answered
        self.body.setVisible(answered)
        self._switch()

    def _wish(self) -> None:
        (self.cancel_wished if self._busy else self.check_wished).emit()

    def _switch(self) -> None:
        self.button.setText(_CANCEL if self._busy else self._captions[int(self._answered)])
        self.button.setEnabled(self._busy or not self._why_not)
        self.state.setText(visible(self._said or self._why_not or ("" if self._answered else self._nothing)))
        self.state.setVisible(bool(self.state.text()))

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(5)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setSpacing(8)
        line = QHBoxLayout()
        line.addWidget(self.button)
        line.addStretch(1)
        layout.addLayout(line)
        for part in (self.progress, self.state, self.body):
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(inside)
