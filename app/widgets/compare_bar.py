"""The strip under pictures that lie over one another: what is seen, and the choices of this way of comparing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.widgets.arrangement import Arrangement
from app.widgets.difference import GAINS, USUAL_GAIN
from app.widgets.plain_text import tooltip

_SPLIT = "A is left of the line, B right of it. Drag the line, or move it with the arrow keys."
_HOLD = "Hold to see B"
_SHOWN = "Shown: {}. Hold the button or the space bar to see B; release it to see A."


class CompareBar(QWidget):
    """One line; hidden while panes stand side by side.

    Attributes:
        hold: shows B while it is held.
        gain: how many times the difference is enlarged.

    Signals:
        held: whether B is to be seen.
        gain_changed: another gain.
    """

    held = Signal(bool)
    gain_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words, self.hold, self.gain = QLabel(), QPushButton(_HOLD), QComboBox()
        self._caption = QLabel("&Gain")
        self._arrangement = Arrangement.ONE
        self._caption.setBuddy(self.gain)
        for gain in GAINS:
            self.gain.addItem(f"× {gain}", gain)
        self.gain.setCurrentIndex(GAINS.index(USUAL_GAIN))
        self.gain.setToolTip("How many times the difference is enlarged, so that small ones are seen")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.words.setAccessibleName("Comparison")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 10, 4)
        layout.addWidget(self.hold)
        layout.addWidget(self._caption)
        layout.addWidget(self.gain)
        layout.addWidget(self.words, 1)
        self.hold.pressed.connect(lambda: self.held.emit(True))
        self.hold.released.connect(lambda: self.held.emit(False))
        self.gain.currentIndexChanged.connect(lambda _: self.gain_changed.emit(self.gain.currentData()))
        self.set_arrangement(Arrangement.ONE)

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Show the choices of a way of comparing."""
        self._arrangement = arrangement
        self.setVisible(arrangement in (Arrangement.SPLIT, Arrangement.FLICKER, Arrangement.DIFFERENCE))
        self.hold.setVisible(arrangement is Arrangement.FLICKER)
        self._caption.setVisible(arrangement is Arrangement.DIFFERENCE)
        self.gain.setVisible(arrangement is Arrangement.DIFFERENCE)
        self.say({Arrangement.SPLIT: _SPLIT, Arrangement.FLICKER: _SHOWN.format("A")}.get(arrangement, ""))

    def show_other(self, other: bool) -> None:
        """Say which of two flickering pictures is seen."""
        if self._arrangement is Arrangement.FLICKER:
            self.say(_SHOWN.format("B" if other else "A"))

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.words.setText(text)
        self.words.setToolTip(tooltip(text))
