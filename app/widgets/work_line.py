"""One line that says what is being done on a page, how far it is, and stops it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.wording import tick_text, visible
from core.progress import Tick

_LONGEST = 80


class WorkLine(QWidget):
    """Hidden while nothing is done.

    Signals:
        stop_wished: the work is to be stopped.
    """

    stop_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.what, self.how_far, self.bar, self.stop = QLabel(), QLabel(), QProgressBar(), QPushButton("Stop")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setMinimumWidth(120)
        self.stop.setAutoDefault(False)
        self.stop.setToolTip("Stop it. What was finished is kept.")
        self.stop.clicked.connect(self._stop)
        for label in (self.what, self.how_far):
            label.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.what)
        row.addWidget(self.bar, 1)
        row.addWidget(self.how_far)
        row.addWidget(self.stop)
        self.hide()

    def begin(self, title: str) -> None:
        """Show that something has begun."""
        self.what.setText(title)
        self.bar.setAccessibleName(title)
        self.stop.setAccessibleName(f"Stop: {title}")
        self.how_far.setText("")
        self.stop.setEnabled(True)
        self.bar.setRange(0, 0)
        self.show()

    def show_tick(self, tick: Tick) -> None:
        """Show how far it is."""
        if not self.stop.isEnabled():
            return
        self.how_far.setText(tick_text(tick))
        if tick.text:
            self.what.setText(visible(tick.text, longest=_LONGEST))
        if tick.total:
            self.bar.setRange(0, tick.total)
            self.bar.setValue(tick.done)
        else:
            self.bar.setRange(0, 0)

    def end(self) -> None:
        """It is over."""
        self.hide()

    def _stop(self) -> None:
        self.stop.setEnabled(False)
        self.how_far.setText("stopping …")
        self.stop_wished.emit()
