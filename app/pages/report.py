"""Report: choose exhibits, write what belongs to it, see the pages, settle what is missing, issue it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.jobs import Jobs, Lane
from app.pages.report_checking import Checking
from app.pages.report_issuing import Issuing
from app.pages.report_laboratory import LaboratoryDesk
from app.pages.report_previewing import Previewing
from app.tables.exhibit_choice import ExhibitChoiceTable
from app.tables.exhibit_table import ExhibitTable
from app.widgets.report_view import ReportView
from app.widgets.report_words import CHECKING, NOTHING_CHOSEN, READ_ONLY, points_text
from core.domain import Case, CaseCounts, ExhibitFilter, SortKey, Table
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.reporting import IssuedReport, ReportDraft

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_AMEND_IT = "To amend a report, press “Use its text”, change what was wrong in it, and press “Amend…” again."
SAVE_MS, RENEW_MS, SEARCH_MS = 1000, 600, 250
_ROWS = frozenset({Table.EXHIBITS, Table.FINDINGS, Table.VIEWS, Table.CASE})
_PRINTED = frozenset(Table) - {Table.REPORTS, Table.INTAKE, Table.DETECTORS, Table.REVIEWS}


@dataclass(frozen=True, slots=True)
class _State:
    counts: CaseCounts
    draft: ReportDraft
    ids: tuple[int, ...]
    scales: tuple[tuple[str, str], ...]
    issued: tuple[IssuedReport, ...]


class ReportPage(QWidget):
    """Writes reports of the open case.

    Args:
        workspace: the door to the services.
        jobs: where everything slow runs.
        parent: the window.

    Attributes:
        view: the parts that are seen.

    Signals:
        examine_wished: an exhibit (its id) is to be examined.
        page_wished: another page settles something.
        message: a sentence for the analyst.
    """

    examine_wished = Signal(int)
    page_wished = Signal(str)
    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._case: Case | None = None
        self._stale = False
        self._draft: ReportDraft | None = None  # as it was last read or saved
        self._before: ReportDraft | None = None  # what stood on the page before the text of an issued report
        self._checked = False  # whether what stands in the way of issuing is known
        self.table = ExhibitTable(workspace, jobs, self)
        self.ticks = ExhibitChoiceTable(self.table, self)
        self.view = ReportView(self.ticks, self.ticks)
        self.previewing = Previewing(self.view.preview, workspace, jobs, self)
        self.checking = Checking(self.view, workspace, jobs, self)
        self.issuing = Issuing(workspace, jobs, self)
        self.laboratory = LaboratoryDesk(self.view.laboratory, workspace, jobs, self)
        self._save_soon = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._renew_soon = QTimer(self, singleShot=True, interval=RENEW_MS)
        self._search_soon = QTimer(self, singleShot=True, interval=SEARCH_MS)
        self._verbs = self._build_verbs()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view.parts)
        self._connect()

    def adopt_actions(self, actions: Mapping[str, QAction]) -> None:
        """Put the window's actions where this page needs them."""
        self.view.set_actions(actions)

    def set_case(self, case: Case | None) -> None:
        """Show another case, or that none is open; the same case again only takes over its details."""
        same = case is not None and self._case is not None and case.path == self._case.path
        if not same:
            self.clear()
        self._case = case
        self._stale = case is not None
        if case is not None and self.isVisible():
            self._read()

    def clear(self) -> None:
        """Forget the draft and everything read; what was typed is saved before, by `save_note`."""
        for timer in (self._save_soon, self._renew_soon, self._search_soon):
            timer.stop()
        self._case, self._draft, self._checked, self._stale = None, None, False, False
        self._before = None
        self.view.issued.set_reused(False)
        self.previewing.stop()
        self.issuing.forget_case()
        self.table.clear()
        self.ticks.set_every(())
        self.view.forget()
        self.view.issued.set_reports((), writable=False)
        self.view.show_empty("no case")

    def reload(self, touched: frozenset[Table]) -> None:
        """Read again what a write has touched."""
        if self._case is None:
            return
        if not self.isVisible():
            self._stale = self._stale or bool(touched & (_PRINTED | {Table.REPORTS}))
        elif touched & _ROWS or self._draft is None:
            self._read()
        elif Table.REPORTS in touched:
            self._read_issued()
        if self.isVisible() and touched & _PRINTED:
            self._renew_soon.start()

    def save_note(self) -> None:
        """Have the draft saved now, if it was changed."""
        self._save_soon.stop()
        draft = self._current()
        if draft is None or draft == self._draft or not self._writable:
            return
        before, self._draft = self._draft, draft

        def failed(error: Exception) -> None:
            self._draft = before  # the next change, or leaving the page, tries again
            self._tell(error)

        self._jobs.start(
            lambda _: self._workspace.reports.save_draft(draft), failed=failed, lane=Lane.WRITE, quiet=True
        )

    def actions_used(self) -> tuple[str, ...]:
        """Ids of the actions this page answers."""
        return tuple(self._verbs)

    def trigger(self, action_id: str) -> None:
        """Carry out an action."""
        if self._draft is not None:
            self._verbs[action_id]()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what was written while the page was hidden."""
        super().showEvent(event)
        self.laboratory.refresh()
        if self._case is not None and self._stale:
            self._read()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leaving the page saves the draft."""
        super().hideEvent(event)
        self.save_note()

    @property
    def _writable(self) -> bool:
        return self._case is not None and not self._case.read_only

    def _current(self) -> ReportDraft | None:
        """The draft as it stands on the page; None before it was read."""
        return self.view.draft() if self._draft is not None else None

    def _build_verbs(self) -> dict[str, Callable[[], object]]:
        sheets = self.view.preview.sheets
        return {
            "report.issue": self._ask_issue,
            "report.next_point": self._go_to_point,
            "report.renew": self._renew,
            "report.go_to_page": self._go_to_page,
            "report.fit": sheets.fit_width,
            "report.zoom_in": lambda: sheets.zoom_by(1),
            "report.zoom_out": lambda: sheets.zoom_by(-1),
        }

    def _connect(self) -> None:
        view = self.view
        view.changed.connect(self._take_change)
        view.examine_wished.connect(self.examine_wished)
        view.page_wished.connect(self.page_wished)
        view.issue.clicked.connect(lambda _on: self._ask_issue())
        view.exhibits.search_wished.connect(lambda _words: self._search_soon.start())
        view.preview.again_wished.connect(self._renew)
        view.issued.open_wished.connect(self.issuing.open)
        view.issued.folder_wished.connect(self.issuing.show_folder)
        view.issued.verify_wished.connect(self.issuing.verify)
        view.issued.file_wished.connect(self.issuing.verifying.ask_report)
        view.issued.amend_wished.connect(self._ask_issue)
        view.issued.reuse_wished.connect(self._reuse)
        self.checking.checked.connect(self._take_checked)
        self.checking.failed.connect(self._take_not_checked)
        self.issuing.issued.connect(lambda _report: self._offer_issue())
        self.issuing.text_wished.connect(self._reuse)
        self.issuing.message.connect(self.message)
        self.laboratory.message.connect(self.message)
        self._save_soon.timeout.connect(self.save_note)
        self._renew_soon.timeout.connect(self._renew)
        self._search_soon.timeout.connect(self._list)

    def _read(self) -> None:
        self._stale = False

        def read(_progress: Progress) -> _State:
            services = self._workspace
            return _State(
                services.cases.counts(),
                services.reports.draft(),
                services.exhibits.ids(ExhibitFilter()),
                services.conclusions.scales(),
                services.reports.issued(),
            )

        self._jobs.start(read, self._show, self._tell, lane=Lane.DISK, quiet=True, token=(id(self), "report"))

    def _show(self, state: _State) -> None:
        if self._case is None:
            return
        view = self.view
        view.issued.set_reports(state.issued, writable=self._writable)
        if not state.counts.exhibits or not (state.counts.analysed + state.counts.hidden):
            view.show_empty("not analysed" if state.counts.exhibits else "no exhibits")
            return
        self.ticks.set_every(state.ids)
        view.contents.set_scales(state.scales)
        if self._draft is None or self._current() == self._draft:  # nothing that was typed is overwritten
            self._draft = state.draft
            view.show_draft(state.draft)
        view.exhibits.refresh()
        view.set_writable(self._writable)
        view.show_whole()
        self._list()
        self._renew()

    def _read_issued(self) -> None:
        def read(_progress: Progress) -> tuple[IssuedReport, ...]:
            return self._workspace.reports.issued()

        def show(issued: tuple[IssuedReport, ...]) -> None:
            if self._case is not None:
                self.view.issued.set_reports(issued, writable=self._writable)

        self._jobs.start(read, show, self._tell, lane=Lane.DISK, quiet=True, token=(id(self), "issued"))

    def _list(self) -> None:
        self.table.show_query(ExhibitFilter(text=self.view.exhibits.search.text().strip()), SortKey.TAKEN, False)

    def _take_change(self) -> None:
        if self._draft is not None:
            self._checked = False
            self._offer_issue()
            self._save_soon.start()
            self._renew_soon.start()

    def _renew(self) -> None:
        """Make checklist and preview again."""
        self._renew_soon.stop()
        draft = self._current()
        if draft is None or not self.isVisible():
            return
        self._checked = False
        self._offer_issue()
        if not self.ticks.chosen:  # an empty choice stands for the whole case in a draft
            self.previewing.stop()
            self.view.preview.say(NOTHING_CHOSEN)
            return
        self.checking.renew(draft)
        self.previewing.renew(draft)

    def _take_checked(self) -> None:
        self._checked = True
        self.ticks.set_points(self.checking.counts)
        self._offer_issue()

    def _take_not_checked(self, sentence: str) -> None:
        self.view.offer_issue(sentence)

    def _offer_issue(self) -> None:
        self.view.offer_issue(self._why_not())

    def _why_not(self, *, amending: bool = False) -> str:
        """Why the draft cannot be issued; an amended report keeps its number."""
        if not self._writable:
            return READ_ONLY
        if not self.ticks.chosen:
            return NOTHING_CHOSEN
        if self.issuing.busy:
            return "A report is being issued."
        if not self._checked:
            return CHECKING
        points = [point for point in self.view.blocking.points if not (amending and point.key == "number")]
        return points_text(len(points)) if points else ""

    def _ask_issue(self, amends: IssuedReport | None = None) -> None:
        draft, why_not = self._current(), self._why_not(amending=amends is not None)
        if why_not or draft is None:
            self.message.emit(f"{why_not} {_AMEND_IT}" if amends is not None and self._checked else why_not)
            return
        self.save_note()
        if amends is None:
            self.issuing.ask(draft, len(self.ticks.every))
        else:
            self.issuing.ask_amending(draft, len(self.ticks.every), amends)

    def _reuse(self, report: IssuedReport | None) -> None:
        """Show what an issued report was made of; None puts back what stood here before."""
        draft, before = self._current(), self._before
        if draft is None:
            return
        if report is None:
            self._replace(before or draft, None)
        else:
            uid = report.uid

            def read(_progress: Progress) -> ReportDraft:
                return self._workspace.reports.draft_of(uid)

            def show(found: ReportDraft) -> None:
                if self._draft is not None:
                    self._replace(found, draft)

            self._jobs.start(read, show, self._tell, lane=Lane.DISK, quiet=True, token=(id(self), "reuse"))

    def _replace(self, draft: ReportDraft, before: ReportDraft | None) -> None:
        self._before = before
        self.view.issued.set_reused(before is not None)
        self.view.show_draft(draft)
        self._take_change()

    def _go_to_point(self) -> None:
        view = self.view
        point = next((points.points[0] for points in (view.blocking, view.advice, view.wording) if points.points), None)
        if point is None:
            self.message.emit("Nothing is missing.")
        else:
            view.lead(point)

    def _go_to_page(self) -> None:
        self.view.preview.page.setFocus()
        self.view.preview.page.selectAll()

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))
