"""A grid of tiles over a list of any length: geometry is computed, never stored, so only what is seen costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QListView, QStyle, QStyleOptionViewItem, QWidget

from app.widgets.tile_delegate import TileDelegate

_Index = QModelIndex | QPersistentModelIndex
_Move = QAbstractItemView.CursorAction


class ExhibitRows(Protocol):
    """What the grid needs of a table beside rows with the named roles ``line`` and ``thumbnail``."""

    @property
    def ids(self) -> Sequence[int]:
        """The exhibit of every row."""

    def row_of(self, exhibit_id: int) -> int:
        """The row of an exhibit, -1 when it is not shown."""


class ThumbnailGrid(QListView):
    """Shows rows as tiles; keeps selection and place by exhibit when the rows change.

    Signals:
        selection_changed: other exhibits are selected, or another one is current.
        chosen: an exhibit was double-clicked.
    """

    selection_changed = Signal()
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile = TileDelegate(self)
        self._table: ExhibitRows | None = None
        self._kept: tuple[frozenset[int], int, int] = (frozenset(), -1, -1)
        self._band = QRect()
        self.setItemDelegate(self._tile)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.doubleClicked.connect(lambda index: self.chosen.emit(self._id(index.row())))

    def set_side(self, side: int) -> None:
        """Edge of the thumbnails in device-independent pixels."""
        first = self._first_row()
        self._tile.side = side
        self.updateGeometries()
        self._show_row(first)
        self.viewport().update()

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """What the analyst reads instead of the names of classes."""
        self._tile.titles = titles
        self.viewport().update()

    def set_table(self, table: QAbstractItemModel, rows: ExhibitRows) -> None:
        """Show a table; `rows` is the same table seen as exhibits."""
        self.setModel(table)
        self._table = rows
        roles = {name.data(): role for role, name in table.roleNames().items()}
        self._tile.line_role, self._tile.thumbnail_role = roles[b"line"], roles[b"thumbnail"]
        table.modelAboutToBeReset.connect(self._keep)
        table.modelReset.connect(self._restore)  # connected after the selection model, which forgets first
        self.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        self.selectionModel().currentChanged.connect(lambda *_: self.selection_changed.emit())

    def selected_rows(self) -> list[int]:
        """Selected rows in order."""
        if self.selectionModel() is None:
            return []
        parts = self.selectionModel().selection().toList()
        return sorted(row for part in parts for row in range(part.top(), part.bottom() + 1))

    def select_row(self, row: int) -> None:
        """Make one row current and the only one selected."""
        index = self.model().index(row, 0)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)

    def select_rows(self, rows: Sequence[int]) -> None:
        """Select these rows and no other, and make the first one current."""
        flags, places = QItemSelectionModel.SelectionFlag, sorted(rows)
        if places:
            self.selectionModel().setCurrentIndex(self.model().index(places[0], 0), flags.NoUpdate)
        self.selectionModel().select(self._rows_selection(_runs(places)), flags.ClearAndSelect)
        if places:
            self.scrollTo(self.model().index(places[0], 0))

    def keyboardSearch(self, search: str) -> None:
        """Nothing: looking for a name would read every row; the search field does it in the database."""

    def visualRect(self, index: _Index) -> QRect:
        """Where a row's tile lies in the viewport."""
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The row under a point."""
        size = self._cell()
        column, line = point.x() // size.width(), (point.y() + self.verticalOffset()) // size.height()
        if self.isRightToLeft():
            column = self._columns() - 1 - column
        row = line * self._columns() + column
        if not 0 <= column < self._columns() or not 0 <= row < self._count():
            return QModelIndex()
        return self.model().index(row, 0)

    def scrollTo(self, index: _Index, hint: QAbstractItemView.ScrollHint | None = None) -> None:
        """Bring a row into sight."""
        bar, rect = self.verticalScrollBar(), self.visualRect(index)
        if not index.isValid():
            return
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - self.viewport().height() // 2)
        elif rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() >= self.viewport().height():
            bar.setValue(bar.value() + min(rect.bottom() + 1 - self.viewport().height(), rect.top()))

    def moveCursor(self, action: _Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:  # noqa: ARG002 - Qt's signature
        """The row that a cursor key leads to."""
        last = self._count() - 1
        if last < 0:
            return QModelIndex()
        page = max(1, self.viewport().height() // self._cell().height()) * self._columns()
        forward = -1 if self.isRightToLeft() else 1
        steps = {
            _Move.MoveLeft: -forward,
            _Move.MoveRight: forward,
            _Move.MovePrevious: -1,
            _Move.MoveNext: 1,
            _Move.MoveUp: -self._columns(),
            _Move.MoveDown: self._columns(),
            _Move.MovePageUp: -page,
            _Move.MovePageDown: page,
            _Move.MoveHome: -last - 1,
            _Move.MoveEnd: last + 1,
        }
        row = self.currentIndex().row()
        if row < 0 and action != _Move.MoveEnd:
            return self.model().index(0, 0)
        return self.model().index(min(max(row + steps[action], 0), last), 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select what a rubber band covers, or everything between two places in reading order."""
        if self.state() == QAbstractItemView.State.DragSelectingState:
            selection = self._covered(rect.normalized())
        else:
            ends = sorted((self._near(rect.topLeft()), self._near(rect.bottomRight())))
            selection = self._rows_selection([(ends[0], ends[1])] if ends[0] >= 0 else [])
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What has to be painted again; the whole viewport, it holds a few dozen tiles."""
        return QRegion() if selection.isEmpty() else QRegion(self.viewport().rect())

    def isIndexHidden(self, index: _Index) -> bool:
        """No row is ever hidden."""
        return not index.isValid()

    def horizontalOffset(self) -> int:
        """Never scrolled sideways."""
        return 0

    def verticalOffset(self) -> int:
        """Pixels above the viewport."""
        return self.verticalScrollBar().value()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted."""
        self.viewport().scroll(dx, dy)

    def doItemsLayout(self) -> None:
        """There is no layout to make, only a scroll range."""
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        """Fit the scroll range to the number of rows."""
        QAbstractItemView.updateGeometries(self)
        cell, height = self._cell(), self.viewport().height()
        lines = -(-self._count() // self._columns())
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, lines * cell.height() - height))
        bar.setPageStep(height)
        bar.setSingleStep(max(24, cell.height() // 4))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the first visible exhibit where it is while the columns change."""
        first = self._first_row(event.oldSize().width())
        QAbstractItemView.resizeEvent(self, event)
        self.updateGeometries()
        if first:
            self._show_row(first)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the tiles that the event uncovers."""
        painter = QPainter(self.viewport())
        current, focused = self.currentIndex().row(), self.hasFocus()
        hovered = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos())).row()
        for row in self._rows_in(event.rect()):
            option = QStyleOptionViewItem()
            self.initViewItemOption(option)
            index = self.model().index(row, 0)
            option.rect = self._rect(row)
            if self.selectionModel().isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if row == current and focused:
                option.state |= QStyle.StateFlag.State_HasFocus
            if row == hovered and self.viewport().underMouse():
                option.state |= QStyle.StateFlag.State_MouseOver
            self._tile.paint(painter, option, index)
        if not self._band.isEmpty():
            wash = QColor(self.palette().color(QPalette.ColorRole.Highlight))
            painter.setPen(wash)
            wash.setAlpha(40)
            painter.fillRect(self._band, wash)
            painter.drawRect(self._band)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the keyboard without moving the cursor, so that the first arrow key selects the first exhibit."""
        QAbstractScrollArea.focusInEvent(self, event)
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the rubber band while it is pulled."""
        QAbstractItemView.mouseMoveEvent(self, event)
        pulling = self.state() == QAbstractItemView.State.DragSelectingState
        start = self._band.topLeft() if not self._band.isNull() else event.position().toPoint()
        self._band = QRect(start, event.position().toPoint()) if pulling else QRect()
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The rubber band is let go."""
        QAbstractItemView.mouseReleaseEvent(self, event)
        self._band = QRect()
        self.viewport().update()

    def _count(self) -> int:
        return self.model().rowCount() if self.model() is not None else 0

    def _columns(self, width: int | None = None) -> int:
        wide = self.viewport().width() if width is None else width
        return max(1, wide // self._tile.smallest().width())

    def _cell(self) -> QSize:
        return QSize(max(1, self.viewport().width() // self._columns()), self._tile.smallest().height())

    def _rect(self, row: int) -> QRect:
        cell = self._cell()
        line, column = divmod(row, self._columns())
        if self.isRightToLeft():
            column = self._columns() - 1 - column
        return QRect(QPoint(column * cell.width(), line * cell.height() - self.verticalOffset()), cell)

    def _rows_in(self, rect: QRect) -> range:
        height, top = self._cell().height(), self.verticalOffset()
        first, last = (rect.top() + top) // height, (rect.bottom() + top) // height
        return range(max(0, first) * self._columns(), min(self._count(), (last + 1) * self._columns()))

    def _near(self, point: QPoint) -> int:
        """The row at a point, or the last one before it; -1 before the first."""
        cell = self._cell()
        line = (point.y() + self.verticalOffset()) // cell.height()
        column = min(max(point.x() // cell.width(), 0), self._columns() - 1)
        return min(line * self._columns() + column, self._count() - 1)

    def _covered(self, rect: QRect) -> QItemSelection:
        return self._rows_selection((row, row) for row in self._rows_in(rect) if self._rect(row).intersects(rect))

    def _rows_selection(self, parts: Iterable[tuple[int, int]]) -> QItemSelection:
        selection, table = QItemSelection(), self.model()
        for first, last in parts:
            selection.select(table.index(max(0, first), 0), table.index(last, 0))
        return selection

    def _first_row(self, width: int | None = None) -> int:
        return self.verticalOffset() // self._cell().height() * self._columns(width)

    def _show_row(self, row: int) -> None:
        self.verticalScrollBar().setValue(row // self._columns() * self._cell().height())

    def _keep(self) -> None:
        ids = frozenset(map(self._id, self.selected_rows()))
        self._kept = (ids, self._id(self.currentIndex().row()), self._id(self._first_row()))

    def _restore(self) -> None:
        self.updateGeometries()
        ids, current, first = self._kept
        flags = QItemSelectionModel.SelectionFlag
        if (row := self._row(current)) >= 0:
            self.selectionModel().setCurrentIndex(self.model().index(row, 0), flags.NoUpdate)
        found = sorted(row for row in map(self._row, ids) if row >= 0)
        self.selectionModel().select(self._rows_selection(_runs(found)), flags.Select)
        self._show_row(max(0, self._row(first)))
        self.viewport().update()

    def _id(self, row: int) -> int:
        return self._table.ids[row] if self._table is not None and 0 <= row < len(self._table.ids) else -1

    def _row(self, exhibit_id: int) -> int:
        return self._table.row_of(exhibit_id) if self._table is not None else -1


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Sorted rows as (first, last) of their unbroken stretches."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
