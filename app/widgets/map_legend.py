"""The legend under the canvas: the colour scale, what the map of the active pane says, and what it does not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from app.widgets import finding_words
from app.widgets.colour_bar import ColourBar
from app.widgets.plain_text import tooltip
from app.widgets.verdict_header import plain_label

_LINES = 3


class MapLegend(QWidget):
    """Keeps its height, so that switching a layer never moves the image.

    Attributes:
        bar: the colours and their scale.
        words: what is shown, or why it is not.
        busy: something is being computed.
        warning: what a map is not.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.words, self.busy = ColourBar(), plain_label("What the map shows"), QProgressBar()
        self.warning = QLabel(finding_words.MAP_WARNING)
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setFixedSize(self.bar.sizeHint().width() - 30, 5)
        # A digest in a sentence has nowhere to break; it must not push the window off the screen.
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.words.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QGridLayout(self)
        layout.setContentsMargins(10, 4, 10, 6)
        layout.setColumnStretch(1, 1)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(2)
        layout.addWidget(self.bar, 0, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.busy, 1, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.words, 0, 1, 2, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.warning, 2, 0, 1, 2)
        self.say("")

    def say(self, words: str, *, busy: bool = False) -> None:
        """Put a sentence beside the colour bar; `busy` shows that something is being computed."""
        self.words.setText(words)
        self.words.setToolTip(tooltip(words))
        self.busy.setVisible(busy)
