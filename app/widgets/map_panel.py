"""Beside the map: what can be done with the selection, the proposed groups, and the neighbours of one exhibit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QMenu, QPushButton, QVBoxLayout, QWidget

from app.widgets.heading import heading
from app.widgets.neighbours_view import NeighboursView
from app.wording import counted, exhibits_text, visible

_TAGS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)
_NOBODY = "Draw around exhibits with the lasso, or hold Ctrl while dragging, to select them."
_MOST_ROWS = 5


class MapPanel(QWidget):
    """Buttons and lists; knows numbers and no workspace.

    Signals:
        triage_wished: the selection is to be shown in Triage.
        tag_wished: the selection is to get this tag (0-9), or to lose it when all have it.
        group_wished: the selection is to become a group.
        cluster_wished: place of the proposed group that was clicked.
    """

    triage_wished = Signal()
    tag_wished = Signal(int)
    group_wished = Signal()
    cluster_wished = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selection, self.found = QLabel(_NOBODY), QLabel()
        self.triage, self.tag = QPushButton("Show in &Triage"), QPushButton("Ta&g")
        self.group = QPushButton("Make a gr&oup…")
        self.clusters, self.neighbours = QListWidget(), NeighboursView(inset=False)
        self._tags = QMenu(self)
        self._selected, self._writable = 0, False
        self._arrange()
        self._connect()
        self.set_selected(0)
        self.set_clusters((), "")

    def set_selected(self, count: int) -> None:
        """Say how many exhibits are selected."""
        self._selected = count
        self.selection.setText(f"{exhibits_text(count)} selected." if count else _NOBODY)
        self._enable()

    def set_writable(self, writable: bool) -> None:
        """Whether the case may be changed."""
        self._writable = writable
        self._enable()

    def set_tag_names(self, names: Sequence[str]) -> None:
        """The analyst's names of the tags 0-9."""
        self._tags.clear()
        for tag in _TAGS:
            text = f"&{tag}  {visible(names[tag], longest=40).replace('&', '&&')}"
            self._tags.addAction(text).triggered.connect(partial(self._wish_tag, tag))

    def set_clusters(self, sizes: Sequence[int], words: str) -> None:
        """List the proposed groups by their number of members, under a sentence."""
        self.clusters.clear()
        for place, size in enumerate(sizes):
            item = QListWidgetItem(f"Group {place + 1}: {counted(size, 'exhibit', 'exhibits')}")
            item.setToolTip("Select these exhibits")
            item.setSizeHint(QSize(0, self._row_height))
            self.clusters.addItem(item)
        rows = min(len(sizes), _MOST_ROWS)
        self.clusters.setVisible(bool(sizes))
        self.clusters.setFixedHeight(rows * self._row_height + 4)
        self.found.setText(words)

    @property
    def _row_height(self) -> int:
        return self.fontMetrics().height() + 8

    def _arrange(self) -> None:
        for label in (self.selection, self.found):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.found.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.tag.setMenu(self._tags)
        self.clusters.setFrameShape(QFrame.Shape.NoFrame)
        self.clusters.setAccessibleName("Proposed groups")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        selection: tuple[QWidget, ...] = (heading("Selection"), self.selection, self.triage, self.tag, self.group)
        groups: tuple[QWidget, ...] = (heading("Proposed groups"), self.found, self.clusters)
        for parts in (selection, groups):
            for part in parts:
                layout.addWidget(part)
            layout.addSpacing(6)
        layout.addWidget(self.neighbours, 1)

    def _connect(self) -> None:
        self.triage.clicked.connect(self.triage_wished)
        self.group.clicked.connect(self.group_wished)
        for chosen in (self.clusters.itemClicked, self.clusters.itemActivated):
            chosen.connect(lambda item: self.cluster_wished.emit(self.clusters.row(item)))

    def _wish_tag(self, tag: int, _checked: bool = False) -> None:
        self.tag_wished.emit(tag)

    def _enable(self) -> None:
        self.triage.setEnabled(bool(self._selected))
        for button in (self.tag, self.group):
            button.setEnabled(bool(self._selected) and self._writable)
