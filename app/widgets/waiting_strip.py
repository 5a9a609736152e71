"""What a page waits for: a sentence, how far it is, and a button to stop it or to try again."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.widgets.banner import Banner
from app.wording import tick_text, visible
from core.progress import Tick


class WaitingStrip(QWidget):
    """Hidden when there is nothing to wait for.

    Signals:
        stop_wished: the work is no longer wanted.
        again_wished: begin it once more.
    """

    stop_wished = Signal()
    again_wished = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner, self.bar, self.far = Banner(name), QProgressBar(), QLabel()
        self.stop, self.again = QPushButton("Sto&p"), QPushButton("Try a&gain")
        self._working = QWidget()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        self.bar.setAccessibleName(name)
        self.far.setTextFormat(Qt.TextFormat.PlainText)
        self.far.setAccessibleName(f"How far: {name}")
        self._arrange()
        self.stop.clicked.connect(self._stop)
        self.again.clicked.connect(self.again_wished)
        self.end()

    def begin(self, headline: str, sentence: str = "") -> None:
        """Something is being waited for."""
        self.banner.say(headline, sentence)
        self.bar.setRange(0, 0)
        self.far.setText("waiting for its turn")
        self.stop.setEnabled(True)
        self._working.show()
        self.again.hide()
        self.show()

    def show_tick(self, tick: Tick) -> None:
        """How far it is."""
        self.bar.setRange(0, max(1, tick.total) if tick.total is not None else 0)
        self.bar.setValue(tick.done)
        if self.stop.isEnabled():
            words = visible(tick.text, longest=90)
            self.far.setText(" · ".join(filter(None, (words, tick_text(tick)))))

    def fail(self, headline: str, sentence: str, *, kind: str = "problem") -> None:
        """It came to nothing; say why."""
        self.banner.say(headline, sentence, kind=kind)
        self._working.hide()
        self.again.show()
        self.show()

    def end(self) -> None:
        """It is there."""
        self.hide()

    def _stop(self) -> None:
        self.stop.setEnabled(False)
        self.far.setText("stopping …")
        self.stop_wished.emit()

    def _arrange(self) -> None:
        for button in (self.stop, self.again):
            button.setAutoDefault(False)
        row, working = QHBoxLayout(), QHBoxLayout(self._working)
        working.setContentsMargins(0, 0, 0, 0)
        working.setSpacing(12)
        working.addWidget(self.bar, 1)
        working.addWidget(self.far)
        working.addWidget(self.stop)
        row.addWidget(self.again)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.banner)
        layout.addWidget(self._working)
        layout.addLayout(row)
