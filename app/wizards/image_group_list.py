"""The images of a retraining, one row for each folder: architecture, source, how many, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.tables.record_table import Column, RecordTable
from app.widgets.plain_text import visible_lines
from core.retraining import ImageGroup, TrainingImage

_NO_NAME = "– name it –"


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group and what was read of it.

    Attributes:
        images: readable images, None while they are being read.
        broken: files that cannot be read.
        failed: whether reading them failed.
    """

    group: ImageGroup
    images: int | None = None
    broken: int = 0
    failed: bool = False


def count_text(line: GroupLine) -> str:
    """How many images a group has, and how many files of it cannot be read."""
    if line.images is None:
        return "not read" if line.failed else "…"
    return f"{line.images:,}" + (f", {line.broken:,} unreadable" if line.broken else "")


def _short(group: ImageGroup) -> str:
    """The end of a path says more than its beginning."""
    if group.origin:
        return visible_lines(group.origin)
    parts = group.folder.parts
    return str(group.folder) if len(parts) <= 4 else str(Path("…", *parts[-3:]))


_COLUMNS = (
    Column("Architecture", lambda line: line.group.label or _NO_NAME),
    Column("Source", lambda line: line.group.source or _NO_NAME),
    Column("Images", count_text),
    Column("Where from", lambda line: line.group.origin or str(line.group.folder), lambda line: _short(line.group)),
)
_WIDEST = ("stable-diffusion-1", "other source 1", "120, 1 unreadable")  # what is seen whole
_PADDING_PX = 14


class ImageGroupList(QTableView):
    """Shows groups; several can be chosen at once, and Delete takes them out.

    Signals:
        chosen_changed: other rows are chosen.
        remove_wished: the chosen rows are to be taken out.
        name_wished: the chosen row is to be named.
    """

    chosen_changed = Signal()
    remove_wished = Signal()
    name_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = RecordTable(_COLUMNS, self)
        self.setModel(self._table)
        self.setAccessibleName("Folders of images")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lay_out()
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen_changed.emit())
        self.activated.connect(lambda _index: self.name_wished.emit())

    def set_lines(self, lines: Sequence[GroupLine]) -> None:
        """Show groups; the rows that were chosen stay chosen."""
        rows = [row for row in self.chosen if row < len(lines)]
        self.selectionModel().blockSignals(True)
        self._table.set_records(lines)
        self.selectionModel().blockSignals(False)
        self.choose(rows or ([0] if lines else []))

    def choose(self, rows: Sequence[int]) -> None:
        """Choose rows."""
        wanted = QItemSelection()
        for row in rows:
            index = self._table.index(row, 0)
            wanted.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        if rows:
            self.selectionModel().setCurrentIndex(self._table.index(rows[0], 0), flags.NoUpdate)
        self.selectionModel().select(wanted, flags.ClearAndSelect | flags.Rows)

    @property
    def lines(self) -> tuple[GroupLine, ...]:
        """What is shown."""
        return self._table.records

    @property
    def chosen(self) -> tuple[int, ...]:
        """Numbers of the rows that are chosen."""
        return tuple(sorted(index.row() for index in self.selectionModel().selectedRows()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes the chosen rows out."""
        if event.key() == Qt.Key.Key_Delete and self.chosen:
            self.remove_wished.emit()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        across, down = self.horizontalHeader(), self.verticalHeader()
        down.hide()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(self.fontMetrics().lineSpacing() + 12)
        across.setHighlightSections(False)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, words in enumerate(_WIDEST):
            self.setColumnWidth(column, self.fontMetrics().horizontalAdvance(words) + _PADDING_PX)
        across.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)


def by_folder(groups: Sequence[ImageGroup], images: Sequence[TrainingImage]) -> dict[Path, tuple[TrainingImage, ...]]:
    """The images of each group's folder; of folders within folders the inner one has them. Not for the GUI thread."""
    found: dict[Path, list[TrainingImage]] = {group.folder: [] for group in groups}
    owners: dict[Path, Path | None] = {}
    for image in images:
        near = image.path.parent
        if near not in owners:
            owners[near] = next((each for each in (near, *near.parents) if each in found), None)
        owner = owners[near]
        if owner is not None:
            found[owner].append(image)
    return {folder: tuple(held) for folder, held in found.items()}


def group_lines(
    groups: Sequence[ImageGroup], read: Mapping[Path, Sequence[TrainingImage]], *, failed: bool = False
) -> tuple[GroupLine, ...]:
    """Groups with their counts; those whose folder is not in `read` are being read, or could not be."""
    lines = []
    for group in groups:
        images = read.get(group.folder)
        if images is None:
            lines.append(GroupLine(group, failed=failed))
        else:
            broken = sum(bool(image.problem) for image in images)
            lines.append(GroupLine(group, len(images) - broken, broken))
    return tuple(lines)
