"""A read-only table over a tuple of records: one column for each thing to be read of them."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.wording import visible

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and how a record reads there; `shown` where the cell has less room than that needs."""

    title: str
    text: Callable[[Any], str]
    shown: Callable[[Any], str] | None = None


class RecordTable(QAbstractTableModel):
    """Shows records of one kind; hostile text in them is made harmless.

    Args:
        columns: what is read of each record.
    """

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._records: tuple[Any, ...] = ()

    @property
    def records(self) -> tuple[Any, ...]:
        """What is shown, in order."""
        return self._records

    def set_records(self, records: Sequence[Any]) -> None:
        """Show other records."""
        self.beginResetModel()
        self._records = tuple(records)
        self.endResetModel()

    def rows_text(self, rows: Sequence[int]) -> list[list[str]]:
        """The heading and these rows as they are in the records, for copying and saving."""
        body = [[column.text(self._records[row]) for column in self._columns] for row in rows]
        return [[column.title for column in self._columns], *body]

    def rowCount(self, parent: _Index | None = None) -> int:
        """Records shown."""
        return 0 if parent is not None and parent.isValid() else len(self._records)

    def columnCount(self, parent: _Index | None = None) -> int:
        """Columns shown."""
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """The text of a cell."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) or not index.isValid():
            return None
        column = self._columns[index.column()]
        read = column.shown if column.shown is not None and role == Qt.ItemDataRole.DisplayRole else column.text
        text = visible(read(self._records[index.row()]))
        # Qt guesses whether a tooltip is markup; as markup that shows the text literally there is nothing to guess.
        return text if role == Qt.ItemDataRole.DisplayRole else f"<qt>{html.escape(text)}</qt>"

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """The headings."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._columns[section].title
        return None
