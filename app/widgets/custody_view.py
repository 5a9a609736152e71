"""The custody of a case as a list in the order in which things happened."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import custody_words as words
from app.widgets.plain_text import tooltip
from app.wording import visible
from core.custody import CustodyEvent

_EMPTY = "Nothing is written down yet. Say from whom the items were received, when, and how they were sealed."
_LONGEST_LINE = 400  # characters of a list's line; the tooltip has the rest


class CustodyView(QWidget):
    """Lists custody events, a few lines each.

    Signals:
        add_wished: another event is to be written down.
        correct_wished: this `CustodyEvent` is to be corrected.
    """

    add_wished = Signal()
    correct_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._events: tuple[CustodyEvent, ...] = ()
        self._writable = False
        self.list, self.empty = QListWidget(), QLabel(self.tr(_EMPTY))
        self.add, self.correct = QPushButton(self.tr("&Write down…")), QPushButton(self.tr("C&orrect…"))
        self._build()
        self.set_events((), writable=False)

    def set_events(self, events: Sequence[CustodyEvent], *, writable: bool) -> None:
        """Show these events; `writable`: whether the case may be changed."""
        chosen = self.chosen
        self._events, self._writable = tuple(events), writable
        corrected = words.corrections(events)
        self.list.clear()
        for event in self._events:
            self.list.addItem(_item(event, corrected.get(event.id)))
            if chosen is not None and event.id == chosen.id:
                self.list.setCurrentRow(self.list.count() - 1)
        self.list.setVisible(bool(events))
        self.empty.setVisible(not events)
        self._offer()

    @property
    def chosen(self) -> CustodyEvent | None:
        """The event that is selected."""
        row = self.list.currentRow()
        return self._events[row] if 0 <= row < len(self._events) else None

    def copy(self) -> None:
        """Put the selected event, or all of them, on the clipboard."""
        items = self.list.selectedItems() or [self.list.item(row) for row in range(self.list.count())]
        QApplication.clipboard().setText("\n\n".join(item.text() for item in items))

    def _offer(self) -> None:
        self.add.setEnabled(self._writable)
        self.correct.setEnabled(self._writable and self.chosen is not None)

    def _correct(self) -> None:
        event = self.chosen
        if event is not None:
            self.correct_wished.emit(event)

    def _build(self) -> None:
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setWordWrap(True)
        self.list.setAlternatingRowColors(True)
        self.list.setSpacing(2)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName(self.tr("Custody of the case"))
        self.list.currentRowChanged.connect(self._offer)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.list)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.add.setToolTip(self.tr("Who handed over or took the items, when, and in what state"))
        self.correct.setToolTip(self.tr("The event stays as it is; another one names it and says what is right"))
        self.add.clicked.connect(self.add_wished)
        self.correct.clicked.connect(self._correct)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addWidget(self.correct)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)


def _item(event: CustodyEvent, corrected_by: int | None) -> QListWidgetItem:
    lines = words.event_lines(event, corrected_by)
    item = QListWidgetItem("\n".join(visible(line, longest=_LONGEST_LINE) for line in lines))
    item.setToolTip(tooltip("\n".join(lines)))
    if corrected_by is not None:
        font = item.font()
        font.setItalic(True)
        item.setFont(font)
    return item
