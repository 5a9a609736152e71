"""The layout of the Map page: the bar, the map, what is said of it, and the panel beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import icon
from app.widgets.embedding_map import EmbeddingMapView
from app.widgets.embedding_words import NO_CASE
from app.widgets.map_panel import MapPanel

_STEP = 1.5
_MAP_PX, _PANEL_PX, _NARROWEST_PANEL_PX = 900, 300, 240
# (name, icon, tooltip) of the buttons on the right of the bar.
_BUTTONS = (
    ("lasso", "lasso", "Lasso: drag around exhibits to select them (or hold Ctrl while dragging; Shift adds)"),
    ("smaller", "zoom-out", "Zoom out (-)"),
    ("fit", "fit", "Show everything (0)"),
    ("larger", "zoom-in", "Zoom in (+)"),
)


class MapView(QWidget):
    """Parts are attributes, their signals are wishes.

    Attributes:
        method: how the map is drawn.
        again: the case has changed since the map was drawn.
        lasso: whether dragging draws a lasso.
        map, panel: the map and what stands beside it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method, self.again = QComboBox(), QPushButton("The case has changed: &draw again")
        self.map, self.panel = EmbeddingMapView(), MapPanel()
        self._buttons = {name: QToolButton() for name, *_ in _BUTTONS}
        self.lasso = self._buttons["lasso"]
        self._status, self._words = QLabel(), QLabel(NO_CASE)
        self._stack, self._whole, self.splitter = QStackedWidget(), QWidget(), QSplitter()
        self._arrange()
        self._connect()
        self._tint()

    def set_methods(self, methods: Sequence[str]) -> None:
        """Offer these ways to draw a map."""
        self.method.addItems(list(methods))

    def say(self, words: str) -> None:
        """Show words in place of the map."""
        self._words.setText(words)
        self._stack.setCurrentWidget(self._words)

    def show_map(self, status: str) -> None:
        """Show the map, with what is to be said of it."""
        self._status.setText(status)
        self._stack.setCurrentWidget(self._whole)

    @property
    def shown_words(self) -> str:
        """What is said just now: of the map, or in its place."""
        return (self._status if self._stack.currentWidget() is self._whole else self._words).text()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_whole"):
            self._tint()

    def _arrange(self) -> None:
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._status.setWordWrap(True)
        for label in (self._words, self._status):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._status.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(8, 8, 8, 6)
        column.setSpacing(6)
        column.addLayout(self._build_bar())
        column.addWidget(self.map, 1)
        column.addWidget(self._status)
        scroll = QScrollArea()
        scroll.setWidget(self.panel)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(_NARROWEST_PANEL_PX)
        for part in (left, scroll):
            self.splitter.addWidget(part)
        self.splitter.setObjectName("map")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([_MAP_PX, _PANEL_PX])
        row = QHBoxLayout(self._whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.splitter)
        for page in (self._words, self._whole):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)
        self.setFocusProxy(self.map)

    def _build_bar(self) -> QHBoxLayout:
        caption = QLabel("Dra&w by")
        caption.setBuddy(self.method)
        self.method.setAccessibleName("Method")
        bar = QHBoxLayout()
        bar.setSpacing(6)
        bar.addWidget(caption)
        bar.addWidget(self.method)
        bar.addWidget(self.again)
        bar.addStretch(1)
        for name, _, tip in _BUTTONS:
            button = self._buttons[name]
            button.setToolTip(tip)
            button.setAccessibleName(tip.partition(" (")[0].partition(":")[0])
            button.setAutoRaise(True)
            button.setIconSize(QSize(18, 18))
            bar.addWidget(button)
        self.lasso.setCheckable(True)
        self.again.hide()
        return bar

    def _connect(self) -> None:
        self.lasso.toggled.connect(self.map.set_lasso)
        self._buttons["fit"].clicked.connect(self.map.fit)
        self._buttons["larger"].clicked.connect(lambda: self.map.zoom(_STEP))
        self._buttons["smaller"].clicked.connect(lambda: self.map.zoom(1 / _STEP))

    def _tint(self) -> None:
        for name, sign, _ in _BUTTONS:
            self._buttons[name].setIcon(icon(sign, self.palette()))
