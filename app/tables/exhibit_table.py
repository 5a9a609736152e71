"""The exhibits that a filter shows: all their ids, and the lines of those that are looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from app.jobs import Jobs, Lane
from app.tables.thumbnails import Thumbnails
from app.wording import agreement_text, answer_text, score_text, visible
from core.domain import ExhibitFilter, ExhibitLine, SortKey
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_WINDOW = 64  # lines fetched together
_MOST_LINES = 4096
_Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What a delegate may ask of a row."""

    ID = Qt.ItemDataRole.UserRole + 1
    LINE = Qt.ItemDataRole.UserRole + 2  # ExhibitLine, or None while it is being fetched
    THUMBNAIL = Qt.ItemDataRole.UserRole + 3  # QImage (null: there is none), or None while it is being fetched


class ExhibitTable(QAbstractListModel):
    """A list of exhibits that holds every id but only the lines and thumbnails around what is painted.

    Args:
        workspace: the door to the services.
        jobs: where the reading runs; the GUI thread never waits for it.

    Signals:
        loaded: the ids that the filter shows have arrived.
    """

    loaded = Signal()

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._query: tuple[ExhibitFilter, SortKey, bool] = (ExhibitFilter(), SortKey.TAKEN, False)
        self._ids: tuple[int, ...] = ()
        self._rows: dict[int, int] | None = None
        self._lines: OrderedDict[int, ExhibitLine] = OrderedDict()
        self._fresh: set[int] = set()
        self._by_digest: dict[str, int] = {}
        self._windows: set[int] = set()
        self._generation = self._case = 0
        self._thumbnails = Thumbnails(workspace, jobs, self)
        self._thumbnails.arrived.connect(self._repaint_thumbnails)
        self._fetch_soon = QTimer(self, singleShot=True, interval=0)
        self._fetch_soon.timeout.connect(self._fetch)

    @property
    def ids(self) -> tuple[int, ...]:
        """Every exhibit shown, in order."""
        return self._ids

    def row_of(self, exhibit_id: int) -> int:
        """The row of an exhibit, -1 when the filter does not show it."""
        if self._rows is None:
            self._rows = {shown: row for row, shown in enumerate(self._ids)}
        return self._rows.get(exhibit_id, -1)

    def line(self, exhibit_id: int) -> ExhibitLine | None:
        """The line of an exhibit as far as it is here; does not fetch."""
        return self._lines.get(exhibit_id)

    def show_query(self, wanted: ExhibitFilter, sort: SortKey, descending: bool) -> None:
        """Show what a filter lets through, in an order."""
        self._query = (wanted, sort, descending)
        self.reload()

    def reload(self) -> None:
        """Ask for the ids and lines again; what is shown stays until they come."""
        wanted, sort, descending = self._query

        def read(_progress: Progress) -> tuple[int, ...]:
            return self._workspace.exhibits.ids(wanted, sort, descending=descending)

        generation = self._case

        def take(ids: tuple[int, ...]) -> None:
            if generation == self._case:
                self._take_ids(ids)

        self._jobs.start(read, take, lane=Lane.DISK, quiet=True, token=(id(self), "ids"))

    def refresh(self) -> None:
        """Ask for the lines again, where they are looked at."""
        self._forget_fresh()
        if self._ids:
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    def clear(self) -> None:
        """Show nothing; no trace of one case may stay for the next."""
        self._case += 1
        self.beginResetModel()
        self._forget_fresh()
        self._ids, self._rows = (), None
        self._lines.clear()
        self._by_digest.clear()
        self._thumbnails.clear()
        self.endResetModel()

    def roleNames(self) -> dict[int, QByteArray]:
        """Names by which a view finds the roles without knowing this class."""
        return {**super().roleNames(), **{role: QByteArray(role.name.lower().encode()) for role in Role}}

    def rowCount(self, parent: _Index | None = None) -> int:
        """Exhibits shown."""
        return 0 if parent is not None and parent.isValid() else len(self._ids)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's signature
        """One aspect of a row; asking for a line or thumbnail that is not here has it fetched."""
        row = index.row()
        if not index.isValid() or row >= len(self._ids):
            return None
        if role == Role.ID:
            return self._ids[row]
        if role in (Role.LINE, Role.THUMBNAIL):
            line = self._wanted_line(row)
            return line if role == Role.LINE or line is None else self._thumbnails.get(line.sha256)
        line = self._lines.get(self._ids[row])
        if line is None:
            return None
        return _spoken(line, role)

    def _wanted_line(self, row: int) -> ExhibitLine | None:
        wanted = self._ids[row]
        if wanted not in self._fresh and row // _WINDOW not in self._windows:
            self._windows.add(row // _WINDOW)
            self._fetch_soon.start()
        return self._lines.get(wanted)

    def _fetch(self) -> None:
        for window in sorted(self._windows):
            ids = self._ids[window * _WINDOW : (window + 1) * _WINDOW]
            if ids and not self._fresh.issuperset(ids):
                self._start(window, ids, self._generation)

    def _start(self, window: int, ids: tuple[int, ...], generation: int) -> None:
        def read(_progress: Progress) -> tuple[ExhibitLine, ...]:
            return self._workspace.exhibits.lines(ids)

        def take(lines: tuple[ExhibitLine, ...]) -> None:
            if generation == self._generation:
                self._windows.discard(window)
                self._take_lines(ids, lines)

        self._jobs.start(read, take, lane=Lane.DISK, quiet=True, token=(id(self), window))

    def _take_ids(self, ids: tuple[int, ...]) -> None:
        self._thumbnails.retry_missing()
        before = len(self._ids)
        if ids[:before] == self._ids and before:
            if len(ids) > before:
                self.beginInsertRows(QModelIndex(), before, len(ids) - 1)
                self._ids, self._rows = ids, None
                self.endInsertRows()
            self.refresh()
        else:
            self.beginResetModel()
            self._forget_fresh()
            self._ids, self._rows = ids, None
            self.endResetModel()
        self.loaded.emit()

    def _take_lines(self, ids: tuple[int, ...], lines: Iterable[ExhibitLine]) -> None:
        for line in lines:
            self._lines[line.id] = line
            self._lines.move_to_end(line.id)
            self._by_digest[line.sha256] = line.id
        self._fresh.update(ids)
        while len(self._lines) > _MOST_LINES:
            oldest, line = self._lines.popitem(last=False)
            self._fresh.discard(oldest)
            self._by_digest.pop(line.sha256, None)
        rows = [row for row in map(self.row_of, ids) if row >= 0]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    def _repaint_thumbnails(self, digests: tuple[str, ...]) -> None:
        for digest in digests:
            row = self.row_of(self._by_digest.get(digest, -1))
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row), [Role.THUMBNAIL])

    def _forget_fresh(self) -> None:
        self._generation += 1
        self._fresh.clear()
        self._windows.clear()


def _spoken(line: ExhibitLine, role: int) -> str | None:
    if role == Qt.ItemDataRole.DisplayRole:
        return visible(line.name)
    if role != Qt.ItemDataRole.AccessibleTextRole:
        return None
    parts = [visible(line.name), answer_text(line)]
    if line.architecture is not None:
        parts += [visible(line.architecture), f"score {score_text(line.score)}"]
        parts.append(f"{agreement_text(line.agreement)} tiles agree")
    parts += [f"tag {tag}" for tag in line.tags]
    return ", ".join(parts + ["note"] * line.has_note + ["reviewed"] * line.reviewed)
