"""The shell: page bar, pages, message bar, job strip and status bar. It passes things on and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QActionGroup, QCloseEvent, QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QVBoxLayout, QWidget

from app.actions import ACTIONS, build_actions, name_tags, offer_actions, offer_undo
from app.case_desk import CaseDesk
from app.dialogs.dialog_opener import DialogOpener
from app.dialogs.file_questions import ask_case, ask_files, ask_folder
from app.dialogs.verifying import Verifying
from app.edits import Edits, TagEdit
from app.equipment import Equipment
from app.errors import Choice, Notice
from app.jobs import Job, Jobs
from app.page_wiring import connect_page
from app.pages.page_host import PageHost, PageRow
from app.portable_desk import PortableDesk
from app.retraining_desk import RetrainingDesk
from app.theme import icon
from app.widgets.drop_area import DropVeil
from app.widgets.filmstrip import Filmstrip
from app.widgets.job_strip import JobStrip
from app.widgets.menus import fill_menus, fill_recent
from app.widgets.message_bar import MessageBar
from app.widgets.page_bar import PageBar
from app.widgets.status_words import StatusWords
from app.window_state import recall_splitters, recall_window, remember_layout
from app.wording import intake_counts, visible
from core.domain import Case, IntakeReport, Table
from core.errors import Cancelled, CoreError
from core.paths import APPLICATION, CASE_SUFFIX

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_SAY_MS = 8000
_SAID = "said"  # what a page said is over once one goes on
_PATIENCE_MS = 10_000  # work that does not stop when asked is left behind after this
_ROOM_FOR_STRIP_PX = 640  # on a low screen the image needs the space
_DEVICES = (("auto", "Automatic"), ("cpu", "Processor (CPU)"), ("cuda", "GPU (CUDA)"))
_EQUIPMENT = frozenset({Table.DETECTORS, Table.FINDINGS})
_SEEN_BY_EXAMINER = frozenset({Table.VIEWS, Table.FINDINGS, Table.ANNOTATIONS})


class MainWindow(QMainWindow):
    """Holds the pages together.

    Args:
        workspace: the door to the services; may still be on its way, nothing is asked of it on this thread.
        jobs: where everything slow runs.
        pages: the pages, in the order of the page bar.

    Signals:
        bug_found: an exception nobody caught; may be emitted in any thread.
        theme_wished: "system", "light" or "dark" was chosen.
    """

    bug_found = Signal(object)
    theme_wished = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, pages: Sequence[PageRow]) -> None:
        super().__init__()
        self._workspace, self._jobs, self._settings = workspace, jobs, workspace.settings
        self.desk, self.edits = CaseDesk(workspace, jobs, self), Edits(workspace, jobs, self)
        self.pages = PageHost(pages, lambda row: row.build(workspace, jobs, self.edits))
        self._page_ids = tuple(row.id for row in pages)
        self._selected, self._exhibit = False, -1
        self._closing = self._forced = False
        self._filmstrip: Filmstrip | None = None
        self._wants_filmstrip = True
        self.dialogs, self.equipment = DialogOpener(workspace, jobs, self), Equipment(workspace, jobs, self)
        self.portable = PortableDesk(workspace, jobs, self)
        self.verifying, self.retraining = Verifying(workspace, jobs, self), RetrainingDesk(workspace, jobs, self)
        self.qactions = build_actions(self)
        self._own = self._build_verbs()
        self.messages, self.strip = MessageBar(), JobStrip()
        self.status = StatusWords([(value, self.tr(words)) for value, words in _DEVICES])
        self._recent = QMenu(self)
        self._arrange()
        self._veil = DropVeil(self, self._invite)
        self._connect()
        self._tint()
        name_tags(self.qactions, self._settings.get("triage.tags"))
        self.show_page(pages[0].id)
        recall_window(self, self._settings)

    def build_pages(self) -> None:
        """Make the pages that were not needed to show the window, and fetch what the status bar shows."""
        self.pages.build_all()
        self.equipment.read()
        self.desk.read_recent()

    def show_page(self, page_id: str) -> None:
        """Lead to a page."""
        self.messages.withdraw(_SAID)
        self.pages.show_page(page_id)
        self.qactions[f"view.{page_id}"].setChecked(True)
        if page_id == "triage" and self._exhibit >= 0:
            self.pages.current.select(self._exhibit)
        self._refresh_actions()

    def open_case(self, path: Path) -> None:
        """Open a case."""
        self.desk.open(path)

    def say(self, sentence: str) -> None:
        """Show a sentence on top of the page."""
        self.messages.show_notice(Notice(sentence, "note", key=_SAID))

    def show_exhibit(self, exhibit_id: int) -> None:
        """Lead to Examine with an exhibit."""
        self.show_page("examine")
        self.pages.current.show_exhibit(exhibit_id)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save notes and layout, stop what runs, and close once it has stopped."""
        if not self._closing and not self.retraining.may_close():
            event.ignore()
            return
        if not self._closing:
            self._closing = True
            self.pages.save_notes()
            remember_layout(self, self._settings)
            self._jobs.ended.connect(self._leave_when_idle)
            self._jobs.cancel_all()
            QTimer.singleShot(_PATIENCE_MS, self, self._leave)
        if self._jobs.running(quiet=True) and not self._forced:
            event.ignore()
            self.setEnabled(False)
            self.statusBar().showMessage(self.tr("Stopping…"))
        else:
            event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_own"):
            self._tint()

    def _build_verbs(self) -> dict[str, Callable[[], object]]:
        desk = self.desk
        verbs: dict[str, Callable[[], object]] = {
            "case.new": lambda: self.pages.page("case").ask_new(),
            "case.open": self._ask_case,
            "case.close": desk.close,
            "case.add_files": lambda: desk.take(ask_files(self)),
            "case.add_folder": lambda: desk.take(ask_folder(self)),
            "case.analyse": desk.analyse,
            "case.report": self.dialogs.show_report,
            "case.reveal": self._reveal,
            "case.quit": self.close,
            "edit.undo": self.edits.stack.undo,
            "edit.redo": self.edits.stack.redo,
            "view.full_screen": self._toggle_full_screen,
            "view.filmstrip": self._toggle_filmstrip,
            "examine.back": partial(self.show_page, "triage"),
            "help.shortcuts": self.dialogs.show_shortcuts,
            "help.about": self.dialogs.show_about,
        }
        pages = {f"view.{name}": partial(self.show_page, name) for name in self._page_ids}
        return verbs | self.portable.verbs() | self.verifying.verbs() | pages

    def _arrange(self) -> None:
        self.setAcceptDrops(True)
        self.setWindowTitle(APPLICATION)
        pages = QActionGroup(self)
        for name in self._page_ids:
            self.qactions[f"view.{name}"].setCheckable(True)
            pages.addAction(self.qactions[f"view.{name}"])
        self.qactions["case.recent"].setMenu(self._recent)
        fill_menus(self.menuBar(), self.qactions)
        fill_recent(self._recent, (), self.desk.open)
        column, row, middle = QVBoxLayout(), QHBoxLayout(), QWidget()
        for layout in (column, row):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        for part in (self.messages, self.pages, self.strip):
            column.addWidget(part, 1 if part is self.pages else 0)
        row.addWidget(PageBar([self.qactions[f"view.{name}"] for name in self._page_ids]))
        row.addLayout(column, 1)
        middle.setLayout(row)
        self._column = column
        self.setCentralWidget(middle)
        self.statusBar().addPermanentWidget(self.status)
        self.statusBar().setSizeGripEnabled(False)

    def _connect(self) -> None:
        desk, jobs, stack = self.desk, self._jobs, self.edits.stack
        for name, action in self.qactions.items():
            action.triggered.connect(partial(self._trigger, name))
        desk.case_changed.connect(self._show_case)
        desk.leaving.connect(self.pages.save_notes)
        desk.noticed.connect(self.messages.show_notice)
        desk.reported.connect(self._tell_intake)
        self.portable.noticed.connect(self.messages.show_notice)
        self.portable.open_wished.connect(desk.open)
        desk.outdated.connect(self.messages.withdraw)
        desk.restated.connect(self._restate_case)
        desk.case_wanted.connect(lambda paths: self.pages.page("case").ask_new(paths))
        desk.recent_changed.connect(self._show_recent)
        jobs.started.connect(self.strip.add_job)
        jobs.ticked.connect(self.strip.show_tick)
        jobs.ended.connect(self.strip.remove_job)
        jobs.failed.connect(self._tell_failure)
        jobs.changed.connect(self._spread)
        # Methods, not lambdas: the stack still signals while it is destroyed, when only these are disconnected.
        stack.canUndoChanged.connect(self._refresh_actions)
        stack.canRedoChanged.connect(self._refresh_actions)
        self.edits.message.connect(lambda sentence: self.messages.show_notice(Notice(sentence)))
        self.bug_found.connect(self.dialogs.show_bug)
        self.dialogs.message.connect(self.say)
        self.retraining.message.connect(self.say)
        self.equipment.changed.connect(self.status.set_equipment)
        self.status.device_wished.connect(self.equipment.choose_device)
        self._veil.dropped.connect(self._take_drop)
        self.pages.built.connect(self._adopt_page)
        self.pages.currentChanged.connect(lambda _place: self._place_filmstrip())
        self.status.detector_wished.connect(partial(self.show_page, "detectors"))

    def add_filmstrip(self, filmstrip: Filmstrip) -> None:
        """Take in the strip of neighbours, which is shown below Examine."""
        self._filmstrip = filmstrip
        filmstrip.chosen.connect(self.show_exhibit)
        self._column.insertWidget(self._column.indexOf(self.pages) + 1, filmstrip)
        self._place_filmstrip()

    def show_in_triage(self, ids: Sequence[int]) -> None:
        """Lead to Triage with these exhibits selected."""
        self.show_page("triage")
        self.pages.current.select_all_of(ids)

    def follow_selection(self, selected: bool) -> None:
        """Something is selected in Triage, or nothing."""
        self._selected = selected
        self._refresh_actions()

    def follow_exhibit(self, exhibit_id: int) -> None:
        """Examine shows another exhibit."""
        self._exhibit = exhibit_id
        self.pages.page("map").set_current(exhibit_id)
        self.messages.withdraw(_SAID)
        self._place_filmstrip()
        self._refresh_actions()

    def adopt_setting(self, key: str) -> None:
        """A setting was changed."""
        if key == "view.theme":
            self.theme_wished.emit(self._settings.get(key))
        elif key == "analysis.device":
            self.equipment.read()
        elif key == "examiner" and self.desk.case is not None:
            self.edits.set_case(self.desk.case.path)  # what another did is not taken back
            self.pages.spread(_SEEN_BY_EXAMINER)
        elif key in ("view.thumbnail_px", "triage.tags"):
            self.pages.page("triage").adopt_settings()
            self.pages.page("map").adopt_settings()
            name_tags(self.qactions, self._settings.get("triage.tags"))

    def _adopt_page(self, page_id: str, page: Any) -> None:  # noqa: ANN401 - pages share a shape, not a base class
        page.message.connect(self.say)
        if hasattr(page, "adopt_actions"):
            page.adopt_actions(self.qactions)
        recall_splitters(page, self._settings)
        connect_page(self, page_id, page)

    def _trigger(self, action_id: str, _checked: bool = False) -> None:
        page = self.pages.current
        if action_id in self._own:
            self._own[action_id]()
        elif action_id.startswith("triage.tag_") and self.pages.current_id == "examine":
            self.edits.apply(TagEdit((self._exhibit,), int(action_id[-1])))
        elif action_id in page.actions_used():
            page.trigger(action_id)

    def _refresh_actions(self) -> None:
        target = (
            self._exhibit >= 0
            if self.pages.current_id == "examine"
            else self._selected and self.pages.current_id == "triage"
        )
        case, writable = self.desk.case is not None, self.desk.writable
        offer_actions(self.qactions, page=self.pages.current_id, case=case, writable=writable, target=target)
        offer_undo(self.qactions, self.edits.stack, writable=writable)
        self._recent.menuAction().setEnabled(not self._recent.isEmpty())

    def _spread(self, touched: frozenset[Table]) -> None:
        self.pages.spread(touched)
        if touched & _EQUIPMENT:
            self.equipment.read()

    def _show_case(self, case: Case | None) -> None:
        self.messages.clear()
        self.edits.set_case(case.path if case is not None else None)
        self._selected, self._exhibit = False, -1
        self.pages.set_case(case)
        self._name_window(case)
        if case is None:
            self.show_page("case")
        elif self.pages.current_id in ("case", "examine"):
            self.show_page("triage")
        self._refresh_actions()

    def _restate_case(self, case: Case) -> None:
        self.pages.restate_case(case)
        self._name_window(case)

    def _name_window(self, case: Case | None) -> None:
        title = visible(case.details.title, longest=120) if case is not None else ""
        self.setWindowTitle(f"{title} – {APPLICATION}" if title else APPLICATION)
        self.status.set_case(read_only=case is not None and case.read_only)

    def _show_recent(self, paths: Sequence[Path]) -> None:
        fill_recent(self._recent, paths, self.desk.open)
        self.pages.page("case").set_recent(paths)

    def _tint(self) -> None:
        for row in ACTIONS:
            self.qactions[row.id].setIcon(icon(row.icon, self.palette()))

    def _tell_intake(self, report: IntakeReport) -> None:
        kept, refused = intake_counts(report)
        text = self.tr("Taken in {}, {} not.").format(f"{kept:,}", f"{refused:,}")
        show = Choice(self.tr("Show what became of each file"), self.dialogs.show_report)
        self.messages.show_notice(Notice(text, "note" if refused else "done", (show,), key="intake"))

    def _tell_failure(self, job: Job, error: Exception) -> None:
        if isinstance(error, Cancelled):
            if not job.quiet:
                self.statusBar().showMessage(
                    self.tr("{}: stopped. What was finished is kept.").format(job.title), _SAY_MS
                )
        elif isinstance(error, CoreError):
            self.messages.show_notice(Notice(str(error)))
        else:
            self.dialogs.show_bug(error)

    def _invite(self, paths: Sequence[Path]) -> str:
        case = self.desk.case
        if _is_case(paths):
            return self.tr("Drop to open this case")
        if case is None:
            return self.tr("Drop to begin a case with it")
        return "" if case.read_only else self.tr("Drop to take it into the case")

    def _take_drop(self, paths: Sequence[Path]) -> None:
        if _is_case(paths):
            self.desk.open(paths[0])
        else:
            self.desk.take(paths)

    def _ask_case(self) -> None:
        path = ask_case(self, str(self._settings.recall("case_folder", "")))
        if path is not None:
            self.desk.open(path)

    def _reveal(self) -> None:
        if self.desk.case is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.desk.case.path)))

    def _toggle_filmstrip(self) -> None:
        self._wants_filmstrip = not self._wants_filmstrip
        self._place_filmstrip()

    def _place_filmstrip(self) -> None:
        if self._filmstrip is not None:
            shown = self.pages.current_id == "examine" and self._exhibit >= 0
            self._filmstrip.show_exhibit(self._exhibit)
            self._filmstrip.setVisible(shown and self._wants_filmstrip and self.height() >= _ROOM_FOR_STRIP_PX)

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _leave_when_idle(self, _job: Job) -> None:
        if not self._jobs.running(quiet=True):
            QTimer.singleShot(0, self, self.close)

    def _leave(self) -> None:
        self._forced = True
        self.close()


def _is_case(paths: Sequence[Path]) -> bool:
    return len(paths) == 1 and paths[0].suffix == CASE_SUFFIX
