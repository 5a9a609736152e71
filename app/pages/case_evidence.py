"""The evidence on the Case page: its custody, and whether it is still what was taken in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.custody_asking import CustodyAsking
from app.dialogs.evidence_problems import EvidenceProblems
from app.jobs import Job, Jobs, Lane
from app.widgets.custody_view import CustodyView
from app.widgets.integrity_light import IntegrityLight
from core.custody import CustodyEvent, EvidenceStanding, Recheck
from core.domain import Case, Table, Written
from core.errors import Cancelled, CoreError
from core.progress import Progress, Tick

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_ON_OPENING = "integrity.on_opening"
_SHOWN = frozenset({Table.CUSTODY, Table.INTEGRITY, Table.EXHIBITS})
_LONG_BYTES = 200_000_000  # a check of less is over in about a second and would only make the job strip flicker


@dataclass(frozen=True, slots=True)
class _State:
    standing: EvidenceStanding
    events: tuple[CustodyEvent, ...]
    evidence_bytes: int


class CaseEvidence(QObject):
    """Reads custody and standing, and has the evidence verified: once after opening, and on demand.

    Args:
        workspace: the door to the services.
        jobs: where everything runs.
        page: the Case page.

    Signals:
        message: a sentence for the analyst.
        counted: how many custody events there are.
    """

    message = Signal(str)
    counted = Signal(int)

    def __init__(self, workspace: Workspace, jobs: Jobs, page: QWidget) -> None:
        super().__init__(page)
        self._workspace, self._jobs, self._page = workspace, jobs, page
        self.light, self.view = IntegrityLight(), CustodyView()
        self.asking = CustodyAsking(workspace, jobs, page)
        self.problems: EvidenceProblems | None = None
        self._case: Case | None = None
        self._standing: EvidenceStanding | None = None
        self._bytes = 0
        self._fresh = False  # the case was opened just now
        self._running: Job | None = None
        self._connect()

    def set_case(self, case: Case | None) -> None:
        """Another case is open, the same one in other words, or none."""
        same = case is not None and self._case is not None and case.path == self._case.path
        self._case = case
        if not same:
            self._forget()
            self._fresh = case is not None
        if case is not None:
            self._read()

    def reload(self, touched: frozenset[Table]) -> None:
        """Read again what a write has touched."""
        if self._case is not None and touched & _SHOWN:
            self._read()
            if Table.EXHIBITS in touched:
                self.asking.recount()

    def ask_custody(self) -> None:
        """Ask for a custody event about all exhibits."""
        if self._case is not None and not self._case.read_only:
            self.asking.ask()

    def verify(self, reason: str = "on demand") -> None:
        """Hash every exhibit again, unless that is going on."""
        if self._case is None or self._running is not None:
            return
        quiet = reason == "opening" and self._bytes < _LONG_BYTES

        def check(progress: Progress) -> Written[Recheck]:
            return self._workspace.integrity.recheck(reason, progress=progress)

        self._running = self._jobs.start(
            check,
            lambda _written: self._read(),
            partial(self._stopped, reason),
            lane=Lane.CHECK,
            title=self.tr("Verifying evidence"),
            quiet=quiet,
        )
        self.light.set_busy(True)

    def _connect(self) -> None:
        self.light.verify_wished.connect(self.verify)
        self.light.stop_wished.connect(self._stop)
        self.light.problems_wished.connect(self._show_problems)
        self.view.add_wished.connect(self.ask_custody)
        self.view.correct_wished.connect(lambda event: self.asking.ask(corrects=event))
        self._jobs.ticked.connect(self._show_tick)
        self._jobs.ended.connect(self._end)

    def _forget(self) -> None:
        if self._running is not None:
            self._running.drop()
            self._running = None
        self.asking.forget()
        if self.problems is not None:
            self.problems.reject()
        self._standing = None
        self.light.set_busy(False)
        self.light.set_standing(None)
        self.view.set_events((), writable=False)
        self.counted.emit(0)

    def _read(self) -> None:
        def read(_progress: Progress) -> _State:
            workspace = self._workspace
            size = workspace.cases.counts().evidence_bytes
            return _State(workspace.integrity.standing(), workspace.custody.all(), size)

        self._jobs.start(read, self._show, lane=Lane.DISK, quiet=True, token=(id(self), "evidence"))

    def _show(self, state: _State) -> None:
        if self._case is None:
            return
        self._standing, self._bytes = state.standing, state.evidence_bytes
        self.light.set_standing(state.standing)
        self.view.set_events(state.events, writable=not self._case.read_only)
        self.counted.emit(len(state.events))
        fresh, self._fresh = self._fresh, False
        if fresh and state.standing.exhibits and self._workspace.settings.get(_ON_OPENING):
            self.verify("opening")

    def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _stopped(self, reason: str, error: Exception) -> None:
        if self._case is None:
            return
        self._read()  # what was found before it stopped is kept
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))
        elif isinstance(error, Cancelled) and reason != "opening":
            self.message.emit(self.tr("The evidence was not verified to the end."))

    def _show_tick(self, job: Job, tick: Tick) -> None:
        if job is self._running:
            self.light.show_tick(tick)

    def _end(self, job: Job) -> None:
        if job is self._running:
            self._running = None
            self.light.set_busy(False)

    def _show_problems(self) -> None:
        if self._standing is None or not self._standing.problems:
            return
        if self.problems is not None:
            self.problems.reject()
        dialog = EvidenceProblems(self._standing, self._page.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.verify_wished.connect(self.verify)
        dialog.finished.connect(self._drop_problems)
        self.problems = dialog
        dialog.show()

    def _drop_problems(self, _result: int) -> None:
        self.problems = None
