"""Choosing the exhibits of a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, cast

from PySide6.QtCore import QAbstractItemModel, QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.widgets.report_words import NOTHING_CHOSEN
from app.wording import exhibits_text

_THUMBNAIL_PX = 40


class Ticks(Protocol):
    """What the list needs to know of the exhibits: those of the case, those listed, those chosen."""

    ticked: Any  # a signal

    @property
    def every(self) -> tuple[int, ...]: ...  # noqa: D102

    @property
    def shown(self) -> tuple[int, ...]: ...  # noqa: D102

    @property
    def chosen(self) -> tuple[int, ...]: ...  # noqa: D102

    @property
    def all_chosen(self) -> bool: ...  # noqa: D102

    def set_chosen(self, ids: Iterable[int] | None) -> None: ...  # noqa: D102

    def choose(self, ids: Iterable[int], *, on: bool) -> None: ...  # noqa: D102


class ExhibitChoice(QWidget):
    """A list with ticks, and one box for the whole case.

    Args:
        model: the exhibits as the list paints them, with ticks.
        ticks: the same, as it is asked and changed.

    Signals:
        changed: another choice was made.
        search_wished: words that names, paths, hashes or notes must contain.
        opened: an exhibit (its id) is to be seen on Examine.
    """

    changed = Signal()
    search_wished = Signal(str)
    opened = Signal(int)

    def __init__(self, model: QAbstractItemModel, ticks: Ticks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self.table = model, ticks
        self.whole = QCheckBox(self.tr("The &whole case, also what is added later"))
        self.search, self.list, self.count = QLineEdit(), QTableView(), QLabel()
        self.all_shown, self.none_shown = (
            QPushButton(self.tr("Choose &all shown")),
            QPushButton(self.tr("Choose n&one")),
        )
        self._build()
        self._connect()

    def set_chosen(self, ids: tuple[int, ...]) -> None:
        """Show a choice; none of a kind means the whole case."""
        self.table.set_chosen(ids or None)
        self.refresh()

    def refresh(self) -> None:
        """Say again how many are chosen."""
        chosen, every = len(self.table.chosen), len(self.table.every)
        self.whole.setChecked(self.table.all_chosen)
        words = self.tr("{} of {} chosen").format(f"{chosen:,}", exhibits_text(every))
        self.count.setText(words if chosen or not every else f"{words}. {NOTHING_CHOSEN}")

    def set_writable(self, writable: bool) -> None:
        """Whether another choice may be made."""
        for part in (self.whole, self.all_shown, self.none_shown, self.list):
            part.setEnabled(writable)

    def show_exhibit(self, exhibit_id: int) -> None:
        """Give the list the keyboard at an exhibit."""
        if exhibit_id in self.table.shown:
            self.list.setCurrentIndex(self._model.index(self.table.shown.index(exhibit_id), 0))
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._edge()

    def _edge(self) -> None:
        """The boxes of the list have the edges of other boxes, which nobody would see in the dark."""
        self.list.setPalette(QApplication.palette(cast("bytes", "QCheckBox")))  # bytes declared, only text is taken

    def _build(self) -> None:
        self._edge()
        self.whole.setToolTip(self.tr("Every exhibit of the case is in the report."))
        self.search.setPlaceholderText(self.tr("Search names, paths, hashes and notes"))
        self.search.setAccessibleName(self.tr("Search exhibits"))
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)
        self.all_shown.setToolTip(self.tr("Put every exhibit of the list below into the report."))
        self.none_shown.setToolTip(self.tr("Take every exhibit out of the report, to choose a few."))
        self.list.setModel(self._model)
        self.list.setAccessibleName(self.tr("Exhibits of the report"))
        self.list.setToolTip(self.tr("Space puts an exhibit in or out; Enter shows it on Examine."))
        self.list.setIconSize(QSize(_THUMBNAIL_PX, _THUMBNAIL_PX))
        self._lay_out()
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setFrameShape(QFrame.Shape.StyledPanel)
        buttons = QHBoxLayout()
        buttons.addWidget(self.all_shown)
        buttons.addWidget(self.none_shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        self.count.setWordWrap(True)
        for part in (self.whole, self.search):
            column.addWidget(part)
        column.addLayout(buttons)
        column.addWidget(self.list, 1)
        column.addWidget(self.count)

    def _lay_out(self) -> None:
        """One column and equal rows: a list view would ask for each of ten thousand rows before it shows the first."""
        across, down = self.list.horizontalHeader(), self.list.verticalHeader()
        for header in (across, down):
            header.hide()
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(max(_THUMBNAIL_PX, self.fontMetrics().lineSpacing() * 2) + 4)
        self.list.setShowGrid(False)
        self.list.setTabKeyNavigation(False)
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)

    def _connect(self) -> None:
        table = self.table
        self.whole.clicked.connect(self._choose_whole)
        self.search.textEdited.connect(self.search_wished)
        self.all_shown.clicked.connect(lambda: table.choose(table.shown, on=True))
        self.none_shown.clicked.connect(lambda: table.choose(table.every, on=False))
        self.list.activated.connect(lambda index: self.opened.emit(table.shown[index.row()]))
        table.ticked.connect(self._change)

    def _choose_whole(self) -> None:
        self.table.set_chosen(None if self.whole.isChecked() else self.table.every)
        self._change()

    def _change(self) -> None:
        self.refresh()
        self.changed.emit()
