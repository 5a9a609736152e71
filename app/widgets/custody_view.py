"""The custody of a case as a list in the order in which things happened."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.tables.record_table import Column, RecordTable
from app.widgets import custody_words as words
from app.widgets.record_view import RecordView
from core.custody import CustodyEvent

_EMPTY = "Nothing is written down yet. Say from whom the items were received, when, and how they were sealed."


class CustodyView(QWidget):
    """Lists custody events.

    Signals:
        add_wished: another event is to be written down.
        correct_wished: this `CustodyEvent` is to be corrected.
    """

    add_wished = Signal()
    correct_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._corrected: dict[int, int] = {}
        self._writable = False
        self.table = RecordTable(
            (
                Column(self.tr("No."), lambda event: str(event.id)),
                Column(self.tr("When"), words.when_text),
                Column(self.tr("What"), lambda event: words.what_text(event, self._corrected.get(event.id))),
                Column(self.tr("Who"), words.parties_text),
                Column(self.tr("Item, seal, place, remarks"), words.item_text),
                Column(self.tr("About"), words.about_text),
                Column(self.tr("Written down by"), words.written_text),
            ),
            self,
        )
        self.view, self.empty = RecordView(self.table, stretched=4), QLabel(self.tr(_EMPTY))
        self.add, self.correct = QPushButton(self.tr("&Write down…")), QPushButton(self.tr("C&orrect…"))
        self._build()
        self.set_events((), writable=False)

    def set_events(self, events: Sequence[CustodyEvent], *, writable: bool) -> None:
        """Show these events; `writable`: whether the case may be changed."""
        chosen = self._chosen()
        self._corrected, self._writable = dict(words.corrections(events)), writable
        self.table.set_records(events)
        self.view.setVisible(bool(events))
        self.empty.setVisible(not events)
        for row, event in enumerate(events):
            if chosen is not None and event.id == chosen.id:
                self.view.selectRow(row)
        self._offer()

    def _chosen(self) -> CustodyEvent | None:
        rows = self.view.selectionModel().selectedRows()
        event: CustodyEvent | None = self.table.records[rows[0].row()] if len(rows) == 1 else None
        return event

    def _offer(self) -> None:
        self.add.setEnabled(self._writable)
        self.correct.setEnabled(self._writable and self._chosen() is not None)

    def _correct(self) -> None:
        event = self._chosen()
        if event is not None:
            self.correct_wished.emit(event)

    def _build(self) -> None:
        self.view.set_widths((4, 27, 22, 28, 30, 12, 24))
        self.view.cut_at_end(4)
        self.view.setAccessibleName(self.tr("Custody of the case"))
        self.view.selectionModel().selectionChanged.connect(self._offer)
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
        layout.addWidget(self.view, 1)
        layout.addWidget(self.empty, 1)
