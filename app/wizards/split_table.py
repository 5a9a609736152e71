"""How the images of each class and source are split, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.tables.record_table import Column, RecordTable
from core.retraining import SplitRow

ALL = "All"
_COLUMNS = (
    Column("Class", lambda row: row.label),
    Column("Source", lambda row: row.source),
    Column("Training", lambda row: _count(row.training)),
    Column("Held out", lambda row: _count(row.held_out)),
    Column("Test", lambda row: _count(row.test)),
)
_MEANINGS = {
    2: "The network learns from these.",
    3: "These choose weights, thresholds and the calibration; nothing is measured on them.",
    4: "The result is measured on these; nothing is learned from them.",
}


class SplitTable(QTableView):
    """One row for each source, one for all together; what stands nowhere is a dash."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = _Rows(_COLUMNS, self)
        self.setModel(self.table)
        self.setAccessibleName("Split by class and source")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        across, down = self.horizontalHeader(), self.verticalHeader()
        down.hide()
        down.setDefaultSectionSize(self.fontMetrics().lineSpacing() + 10)
        across.setHighlightSections(False)
        unit = self.fontMetrics().averageCharWidth()
        for column, width in enumerate((0, 0, 12, 12, 12)):
            if width:
                self.setColumnWidth(column, width * unit)
            else:
                across.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def set_rows(self, rows: Sequence[SplitRow]) -> None:
        """Show rows, and their sum."""
        total = SplitRow(
            ALL, "", *(sum(getattr(row, side) for row in rows) for side in ("training", "held_out", "test"))
        )
        self.table.set_records((*rows, total) if rows else ())


class _Rows(RecordTable):
    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """Numbers stand right, and the sum is bold."""
        right = index.column() >= 2
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and index.row() == len(self.records) - 1:
            font = QFont()
            font.setBold(True)
            return font
        return super().data(index, role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """Headings stand as their columns do, and say what a side is for."""
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if section >= 2 else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            if role == Qt.ItemDataRole.ToolTipRole:
                return _MEANINGS.get(section)
        return super().headerData(section, orientation, role)


def _count(number: int) -> str:
    return f"{number:,}" if number else "–"
