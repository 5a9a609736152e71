"""Triage: all exhibits of the case, filtered, sorted, tagged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.actions import TAG_KEYS
from app.dialogs.custody_asking import CustodyAsking
from app.dialogs.quick_look import QuickLook
from app.edits import Edits, ReviewEdit, TagEdit
from app.jobs import Jobs, Lane
from app.pages.grouping import Grouping
from app.pages.inspecting import Inspecting
from app.tables.exhibit_table import ExhibitTable
from app.widgets.triage_view import TriageView
from app.wording import intake_counts, titles_of
from core.domain import (
    Case,
    ExhibitFilter,
    Facets,
    IntakeReport,
    SortKey,
    Table,
)
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_SEARCH_MS = 250  # a word being typed asks the database once it pauses
_LOOK_MS = 60  # an arrow key being held does not read every exhibit it passes
_ROWS = frozenset({Table.EXHIBITS, Table.FINDINGS, Table.VIEWS})  # in a blind case, a view shows an answer
_MARKS = frozenset({Table.TAGS, Table.NOTES, Table.REVIEWS})
_THUMBNAIL_STEP = 32
_SMALLEST, _LARGEST = 96, 256


class TriagePage(QWidget):
    """Shows the exhibits that the filter lets through, and what is known of the selected one.

    Args:
        workspace: the door to the services.
        jobs: where everything slow runs.
        parent: the window.
        edits: where tags, notes and reviews go, so that the window can take them back.

    Signals:
        examine_wished: an exhibit (its id) is to be examined.
        context_changed: another filter or order (filter, sort, descending).
        target_changed: whether an exhibit is selected now.
        report_wished: the last intake report is to be shown.
        export_wished: ids of exhibits that shall become a case of their own.
        message: a sentence for the analyst.
    """

    examine_wished = Signal(int)
    context_changed = Signal(object, object, bool)
    target_changed = Signal(bool)
    report_wished = Signal()
    export_wished = Signal(object)
    message = Signal(str)

    def __init__(
        self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None, *, edits: Edits | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._edits = edits if edits is not None else Edits(workspace, jobs, self)
        self._case: Case | None = None
        self._wanted, self._sort, self._descending = ExhibitFilter(), SortKey.TAKEN, False
        self._titles: Mapping[str, str] = {}
        self._group_names: Mapping[int, str] = {}
        self._look: QuickLook | None = None
        self._awaited: tuple[int, ...] = ()  # to be selected once they are listed
        self.table, self.view = ExhibitTable(workspace, jobs, self), TriageView()
        self._inspecting = Inspecting(workspace, jobs, self._edits, self.table, self.view.inspector)
        self._grouping = Grouping(workspace, jobs, self._edits, self)
        self._custody = CustodyAsking(workspace, jobs, self)
        self._search_soon = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._inspect_soon = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._verbs = self._build_verbs()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view.grid)
        self._connect()
        self.adopt_settings()
        self.clear()

    def adopt_actions(self, actions: Mapping[str, QAction]) -> None:
        """Put the window's actions where this page needs them."""
        self.view.set_actions(actions)

    def adopt_settings(self) -> None:
        """Take over the size of thumbnails and the names of tags."""
        self.view.grid.set_side(self._workspace.settings.get("view.thumbnail_px"))
        self.view.inspector.set_tag_names(self._tag_names)

    def set_case(self, case: Case | None) -> None:
        """Show another case, or that none is open; the same case again only takes over its details."""
        same = case is not None and self._case is not None and case.path == self._case.path
        self._case = case
        self._inspecting.writable = self._writable
        if same:
            return
        self.clear()
        if case is not None:
            self._read_titles()
            self._read_report()
            self._query()

    def clear(self) -> None:
        """Forget the exhibits, the filter and everything read."""
        self._awaited = ()
        self._wanted, self._sort, self._descending = ExhibitFilter(), SortKey.TAKEN, False
        self.view.search.clear()
        self._search_soon.stop()
        self.view.panel.set_filter(self._wanted)
        self._group_names = {}
        self._show_chips()
        self.view.set_order(self._sort, descending=self._descending)
        self.view.report.hide()
        self._grouping.forget()
        self._custody.forget()
        self.table.clear()
        self._inspecting.forget()
        self.view.show_no_case()

    def reload(self, touched: frozenset[Table]) -> None:
        """Read again what a write has touched."""
        if self._case is None:
            return
        if Table.DETECTORS in touched:
            self._read_titles()
        if Table.INTAKE in touched:
            self._read_report()
        regrouped = Table.GROUPS in touched and bool(self._wanted.groups)
        if touched & _ROWS or (touched & _MARKS and self._depends_on_marks) or regrouped:
            self.table.reload()
        elif touched & _MARKS:
            self.table.refresh()
        if Table.GROUPS in touched:
            self._read_facets()
        if touched & (_ROWS | _MARKS):
            self._read_facets()
            self._inspect_soon.start()

    def save_note(self) -> None:
        """Have a note that is being written saved now."""
        self.view.inspector.flush()

    def actions_used(self) -> tuple[str, ...]:
        """Ids of the actions this page answers."""
        return tuple(self._verbs)

    def trigger(self, action_id: str) -> None:
        """Carry out an action."""
        if self._case is not None:
            self._verbs[action_id]()

    def targets(self) -> tuple[int, ...]:
        """Ids of the selected exhibits, in the order shown."""
        ids = self.table.ids
        return tuple(ids[row] for row in self.view.grid.selected_rows())

    def select(self, exhibit_id: int) -> None:
        """Select one exhibit, if the filter shows it."""
        row = self.table.row_of(exhibit_id)
        if row >= 0:
            self.view.grid.select_row(row)

    def select_all_of(self, ids: Sequence[int]) -> None:
        """Select these exhibits; when the filter does not show all of them, every exhibit is shown."""
        self._awaited = tuple(ids)
        if all(self.table.row_of(exhibit) >= 0 for exhibit in ids):
            self._select_awaited()
        else:
            self._filter(ExhibitFilter())

    def hideEvent(self, event: QHideEvent) -> None:
        """Leaving the page saves the note."""
        super().hideEvent(event)
        self.save_note()

    def showEvent(self, event: QShowEvent) -> None:
        """A note that could not be saved when the page was left comes back."""
        super().showEvent(event)
        self._inspecting.restore_note()

    @property
    def _writable(self) -> bool:
        return self._case is not None and not self._case.read_only

    @property
    def _tag_names(self) -> tuple[str, ...]:
        names: tuple[str, ...] = self._workspace.settings.get("triage.tags")
        return names

    @property
    def _depends_on_marks(self) -> bool:
        return bool(self._wanted.tags or self._wanted.states or self._wanted.text)

    def _build_verbs(self) -> dict[str, Callable[[], None]]:
        view = self.view
        verbs: dict[str, Callable[[], None]] = {
            "view.find": self._find,
            "view.filters": partial(view.toggle, view.panel),
            "view.inspector": partial(view.toggle, view.inspector),
            "view.larger": partial(self._resize_thumbnails, _THUMBNAIL_STEP),
            "view.smaller": partial(self._resize_thumbnails, -_THUMBNAIL_STEP),
            "triage.examine": self._examine,
            "triage.quick_look": self._quick_look,
            "triage.note": self._edit_note,
            "triage.review": lambda: self._edits.apply(ReviewEdit(self.targets())),
            "triage.make_group": lambda: self._grouping.ask(self.targets()),
            "triage.custody": lambda: self._custody.ask(self.targets()),
            "triage.export": lambda: self.export_wished.emit(self.targets()),
            "triage.select_all": view.grid.selectAll,
            "triage.clear_filter": lambda: self._filter(ExhibitFilter()),
        }
        for tag in TAG_KEYS:
            verbs[f"triage.tag_{tag}"] = partial(self._tag, tag)
        return verbs

    def _connect(self) -> None:
        view = self.view
        view.grid.set_table(self.table, self.table)
        view.grid.selection_changed.connect(self._follow_selection)
        view.grid.chosen.connect(self.examine_wished)
        view.panel.filter_changed.connect(self._filter)
        view.chips.filter_changed.connect(self._filter)
        view.search.textEdited.connect(lambda _text: self._search_soon.start())
        view.search.returnPressed.connect(self._search_now)
        view.sort.currentIndexChanged.connect(lambda place: self._order(list(SortKey)[place], self._descending))
        view.order.clicked.connect(lambda: self._order(self._sort, not self._descending))
        view.report.clicked.connect(self.report_wished)
        view.inspector.tag_wished.connect(self._tag)
        self._inspecting.message.connect(self.message)
        self._grouping.message.connect(self.message)
        self._search_soon.timeout.connect(self._search_now)
        self._inspect_soon.timeout.connect(lambda: self._inspecting.show(self.targets()))
        self.table.loaded.connect(self._select_awaited)
        self.table.loaded.connect(self._follow_selection)

    def _filter(self, wanted: ExhibitFilter) -> None:
        self._wanted = wanted
        if self.view.search.text().strip() != wanted.text:
            self.view.search.setText(wanted.text)
        self.view.panel.set_filter(wanted)
        self._query()

    def _search_now(self) -> None:
        self._search_soon.stop()
        self._filter(replace(self._wanted, text=self.view.search.text().strip()))

    def _order(self, sort: SortKey, descending: bool) -> None:
        self._sort, self._descending = sort, descending
        self.view.set_order(sort, descending=descending)
        self._query()

    def _show_chips(self) -> None:
        self.view.chips.set_filter(self._wanted, self._tag_names, self._titles, self._group_names)

    def _query(self) -> None:
        self._show_chips()
        self.table.show_query(self._wanted, self._sort, self._descending)
        self._read_facets()
        self.context_changed.emit(self._wanted, self._sort, self._descending)

    def _read_facets(self) -> None:
        wanted = self._wanted

        def read(_progress: Progress) -> tuple[Facets, dict[int, str]]:
            names = {group.id: group.name for group in self._workspace.groups.all()}
            return self._workspace.exhibits.facets(wanted), names

        self._jobs.start(read, self._show_facets, lane=Lane.DISK, quiet=True, token=(id(self), "facets"))

    def _show_facets(self, answer: tuple[Facets, dict[int, str]]) -> None:
        facets, names = answer
        if self._case is not None:
            before = self.view.shows_exhibits
            if self._wanted.groups and names != self._group_names:
                self._group_names = names
                self._show_chips()
            self._group_names = names
            self.view.panel.set_facets(facets, self._tag_names, self._titles, names)
            self.view.show_counts(facets.shown, facets.total)
            if self.view.shows_exhibits and not before:
                self.view.offer_keyboard()

    def _read_titles(self) -> None:
        def read(_progress: Progress) -> dict[str, str]:
            return titles_of(self._workspace.detectors.all())

        self._jobs.start(read, self._take_titles, lane=Lane.DISK, quiet=True, token=(id(self), "titles"))

    def _take_titles(self, titles: dict[str, str]) -> None:
        self._titles = self._inspecting.titles = titles
        self.view.grid.set_titles(titles)
        self._read_facets()

    def _read_report(self) -> None:
        def read(_progress: Progress) -> IntakeReport | None:
            return self._workspace.intake.report()

        self._jobs.start(read, self._show_report, lane=Lane.DISK, quiet=True, token=(id(self), "report"))

    def _show_report(self, report: IntakeReport | None) -> None:
        self.view.report.setVisible(report is not None)
        if report is not None:
            kept, refused = intake_counts(report)
            self.view.report.setText(
                self.tr("Last intake: taken in {}, {} not. Show…").format(f"{kept:,}", f"{refused:,}")
            )

    def _follow_selection(self) -> None:
        self.target_changed.emit(bool(self.view.grid.selectionModel().hasSelection()))
        self._inspect_soon.start()

    def _select_awaited(self) -> None:
        awaited, self._awaited = self._awaited, ()
        if awaited:
            self.view.grid.select_rows([row for row in map(self.table.row_of, awaited) if row >= 0])

    def _tag(self, tag: int) -> None:
        if self._writable:
            self._edits.apply(TagEdit(self.targets(), tag))

    def _edit_note(self) -> None:
        if len(self.targets()) == 1:
            self.view.inspector.show()
            self.view.inspector.edit_note()
        else:
            self.message.emit(self.tr("A note belongs to one exhibit. Select a single one to write it."))

    def _find(self) -> None:
        self.view.search.setFocus()
        self.view.search.selectAll()

    def _examine(self) -> None:
        current = self.view.grid.currentIndex().row()
        if 0 <= current < len(self.table.ids):
            self.examine_wished.emit(self.table.ids[current])

    def _quick_look(self) -> None:
        if not self.view.grid.currentIndex().isValid():
            return
        if self._look is None:
            self._look = QuickLook(self._workspace, self._jobs, self)
            self._look.step_wished.connect(self._step)
        self._look.cover(self.window())
        self._step(0)

    def _step(self, by: int) -> None:
        row = self.view.grid.currentIndex().row() + by
        if 0 <= row < len(self.table.ids) and self._look is not None:
            self.view.grid.select_row(row)
            line = self.table.line(self.table.ids[row])
            if line is not None:
                self._look.show_line(line, self._titles)

    def _resize_thumbnails(self, by: int) -> None:
        settings = self._workspace.settings
        side = min(_LARGEST, max(_SMALLEST, settings.get("view.thumbnail_px") + by))
        self.view.grid.set_side(side)
        self._jobs.start(lambda _progress: settings.set("view.thumbnail_px", side), lane=Lane.WRITE, quiet=True)
