"""A plain list of records: whole rows, copyable, no editing."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)


class RecordView(QTableView):
    """Shows a table of text; Ctrl+C copies the selected rows with tabs between the cells."""

    def __init__(self, table: QAbstractItemModel, *, stretched: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(table)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy)

    def set_widths(self, characters: tuple[int, ...]) -> None:
        """Widths of the columns in average characters; the stretched one takes what is left anyway."""
        for column, count in enumerate(characters):
            self.setColumnWidth(column, count * self.fontMetrics().averageCharWidth() + 16)

    def cut_at_end(self, column: int) -> None:
        """Keep the beginning of this column's cells: they hold sentences, not paths."""
        self.setItemDelegateForColumn(column, _CutAtEnd(self))

    def chosen_rows(self) -> list[int]:
        """Selected rows in order, or all rows when none is selected."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return rows or list(range(self.model().rowCount()))

    def copy(self) -> None:
        """Put the selected rows on the clipboard, as they are shown."""
        table = self.model()
        lines = [
            "\t".join(str(table.index(row, column).data()) for column in range(table.columnCount()))
            for row in self.chosen_rows()
        ]
        QApplication.clipboard().setText("\n".join(lines))


class _CutAtEnd(QStyledItemDelegate):
    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight
