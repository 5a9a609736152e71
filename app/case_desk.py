"""What can be done with a case as a whole; knows which one is open, and no widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.errors import Choice, Notice
from app.jobs import Job, Jobs, Lane
from app.wording import counted, exhibits_text
from core.domain import (
    KEPT,
    AttributionReport,
    Case,
    CaseDetails,
    IntakeReport,
    PendingIntake,
    Table,
    Written,
)
from core.errors import Cancelled, CaseInUse, CoreError, NoPermission, NotACase, NotFound
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_TAKING = frozenset({Table.EXHIBITS, Table.INTAKE})
_ANALYSING = frozenset({Table.FINDINGS})


class CaseDesk(QObject):
    """Opens, makes and closes cases, takes files in and has them analysed.

    Args:
        workspace: the door to the services.
        jobs: where everything runs.

    Signals:
        leaving: the open case is about to be put away; unsaved notes must be written now.
        case_changed: the `Case` that is open now, or None.
        restated: the open `Case` with other details.
        noticed: a `Notice` for the analyst.
        outdated: the key of notices that are no longer true.
        case_wanted: files were dropped and no case is open; paths to take once there is one.
        created: a new case was made.
        not_created: a sentence why a new case was not made.
        reported: the `IntakeReport` of an intake that ended just now.
        recent_changed: paths of cases opened before.
    """

    leaving = Signal()
    case_changed = Signal(object)
    restated = Signal(object)
    noticed = Signal(object)
    outdated = Signal(str)
    case_wanted = Signal(object)
    created = Signal()
    not_created = Signal(str)
    reported = Signal(object)
    recent_changed = Signal(object)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self.case: Case | None = None
        self._analysing: Job | None = None

    @property
    def writable(self) -> bool:
        """Whether a case is open that may be changed."""
        return self.case is not None and not self.case.read_only

    def open(self, path: Path, *, read_only: bool = False) -> None:
        """Open a case; what is open stays open when that fails."""
        again = partial(self.open, path, read_only=read_only)
        if self._busy(again):
            return

        def read(_progress: Progress) -> Case:
            return self._workspace.cases.open(path, read_only=read_only)

        self.leaving.emit()
        self._jobs.start(read, self._take_case, partial(self._refuse, path), lane=Lane.WRITE, quiet=True)

    def create(self, path: Path, details: CaseDetails, then_take: Sequence[Path] = ()) -> None:
        """Make a case and open it; then take in what was dropped before there was one."""

        def write(_progress: Progress) -> Written[Case]:
            return self._workspace.cases.create(path, details)

        def done(written: Written[Case]) -> None:
            self.created.emit()
            self._take_case(written.value)
            if then_take:
                self.take(then_take)

        def failed(error: Exception) -> None:
            self.not_created.emit(str(error) if isinstance(error, CoreError) else "")

        if not self._busy(partial(self.create, path, details, then_take)):
            self.leaving.emit()
            self._jobs.start(write, done, failed, lane=Lane.WRITE, quiet=True)

    def close(self) -> None:
        """Put the case away."""
        if self.case is None or self._busy(self.close):
            return
        self.leaving.emit()
        self._jobs.start(
            lambda _progress: self._workspace.cases.close(), self._forget_case, lane=Lane.WRITE, quiet=True
        )

    def update(self, details: CaseDetails) -> None:
        """Change what is stated about the case."""

        def done(written: Written[Case]) -> None:
            self.case = written.value
            self.restated.emit(self.case)

        self._jobs.start(lambda _progress: self._workspace.cases.update(details), done, lane=Lane.WRITE, quiet=True)

    def take(self, paths: Sequence[Path]) -> None:
        """Take files, folders and archives in."""
        if self.case is None:
            self.case_wanted.emit(tuple(paths))
        elif self.case.read_only:
            self._say(self.tr("This case is open read-only, so nothing can be added to it."), key="read-only")
        elif paths:
            name = paths[0].name if len(paths) == 1 else counted(len(paths), self.tr("path"), self.tr("paths"))
            self._intake(lambda progress: self._workspace.intake.take(paths, progress=progress), name)

    def finish_intake(self) -> None:
        """Go on with an intake that was cut short."""
        self._intake(lambda progress: self._workspace.intake.resume(progress=progress), self.tr("what was left"))

    def discard_intake(self) -> None:
        """Give up what is left of an intake; what is in the case stays."""
        self.outdated.emit("pending")
        self._jobs.start(
            lambda _progress: self._workspace.intake.discard(),
            lambda _written: self._look_for_leftovers(),
            lane=Lane.WRITE,
            quiet=True,
        )

    def analyse(self) -> None:
        """Let the detector look at every exhibit it has not seen; once, however often it is asked."""
        waiting = self._analysing is not None and self._analysing.tick is None
        if not self.writable or waiting:
            return
        self.outdated.emit("waiting")
        self._analysing = self._jobs.start(
            lambda progress: self._workspace.analysis.attribute(progress=progress),
            self._tell_analysis,
            lane=Lane.DEVICE,
            title=self.tr("Analysing"),
            touching=_ANALYSING,
        )
        self._jobs.ended.connect(self._forget_analysis)

    def read_recent(self) -> None:
        """Ask which cases were opened before."""
        self._jobs.start(
            lambda _progress: self._workspace.cases.recent(), self.recent_changed.emit, lane=Lane.DISK, quiet=True
        )

    def forget(self, path: Path) -> None:
        """Take a case off the list of recent ones; the case itself is left alone."""
        self._jobs.start(
            lambda _progress: self._workspace.cases.forget(path),
            lambda _nothing: self.read_recent(),
            lane=Lane.WRITE,
            quiet=True,
        )

    def _intake(self, task: Callable[[Progress], Written[IntakeReport]], name: str) -> None:
        self.outdated.emit("pending")
        title = self.tr("Taking in {}").format(name)
        self._jobs.start(task, self._tell_intake, self._stop_intake, lane=Lane.INTAKE, title=title, touching=_TAKING)

    def _tell_intake(self, written: Written[IntakeReport]) -> None:
        report = written.value
        self.reported.emit(report)
        for note in report.notes:
            self._say(note, kind="note", key=note)
        if any(line.outcome in KEPT for line in report.lines) and self._workspace.settings.get("analysis.automatic"):
            self.analyse()
        self._look_for_leftovers(only_intakes=report.complete)

    def _stop_intake(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self._say(str(error))
        self._look_for_leftovers()

    def _tell_analysis(self, written: Written[AttributionReport]) -> None:
        report = written.value
        if not report.made and not report.failed:
            self._say(self.tr("This detector has looked at every exhibit already."), kind="done", key="nothing left")
        for remark in report.remarks:
            self._say(remark, kind="note", key=remark)
        if report.failed:
            first = next(iter(report.failed.values()))
            text = self.tr("{} could not be analysed. The first one: {}").format(
                exhibits_text(len(report.failed)), first
            )
            self._say(text, key="not analysed")

    def _forget_analysis(self, job: Job) -> None:
        if job is self._analysing:
            self._analysing = None
            self._jobs.ended.disconnect(self._forget_analysis)

    def _take_case(self, case: Case) -> None:
        self.case = case
        self.case_changed.emit(case)
        self.read_recent()
        self._look_for_leftovers()

    def _forget_case(self, _nothing: object = None) -> None:
        self.case = None
        self.case_changed.emit(None)
        self.read_recent()

    def _refuse(self, path: Path, error: Exception) -> None:
        if not isinstance(error, CoreError) or isinstance(error, Cancelled):
            return
        choices: tuple[Choice, ...] = ()
        if isinstance(error, (CaseInUse, NoPermission)):
            choices = (Choice(self.tr("Open read-only"), partial(self.open, path, read_only=True)),)
        elif isinstance(error, (NotFound, NotACase)):
            choices = (Choice(self.tr("Remove from recent cases"), partial(self.forget, path)),)
        self._say(str(error), choices=choices, key="open")

    def _look_for_leftovers(self, *, only_intakes: bool = False) -> None:
        if not self.writable:
            return

        def read(_progress: Progress) -> tuple[PendingIntake | None, int]:
            return self._workspace.intake.pending(), 0 if only_intakes else self._workspace.analysis.waiting()

        self._jobs.start(read, self._offer_leftovers, lane=Lane.DISK, quiet=True, token="leftovers")

    def _offer_leftovers(self, found: tuple[PendingIntake | None, int]) -> None:
        pending, waiting = found
        if waiting and not self._runs(Lane.DEVICE) and not self._runs(Lane.INTAKE):
            text = self.tr("{} not analysed yet.").format(exhibits_text(waiting))
            self._say(text, kind="offer", key="waiting", choices=(Choice(self.tr("Analyse"), self.analyse),))
        # Said last, so that it stands in front: what is not in the case yet cannot be analysed either.
        if pending is not None and not self._runs(Lane.INTAKE):
            text = self.tr("The intake of {} was cut short: {} done, {} left.")
            self._say(
                text.format(f"{pending.started_at:%Y-%m-%d %H:%M} UTC", f"{pending.done:,}", f"{pending.left:,}"),
                kind="offer",
                key="pending",
                choices=(
                    Choice(self.tr("Finish it"), self.finish_intake),
                    Choice(self.tr("Discard what is left"), self.discard_intake),
                ),
            )

    def _busy(self, again: Callable[[], None]) -> bool:
        """Whether work in the open case forbids to leave it; then says so and offers to stop it."""
        running = [job for job in self._jobs.running() if job.lane in (Lane.INTAKE, Lane.DEVICE)]
        if running:
            stop = Choice(self.tr("Stop it and go on"), partial(self._stop_and, again))
            text = self.tr("“{}” is still running in this case. What it has finished is kept when you stop it.")
            self._say(text.format(running[0].title), kind="offer", key="busy", choices=(stop,))
        return bool(running)

    def _stop_and(self, again: Callable[[], None]) -> None:
        def look(_job: Job | None = None) -> None:
            if not self._jobs.running():
                self._jobs.ended.disconnect(look)
                again()

        self._jobs.ended.connect(look)
        self._jobs.cancel_all()
        look()

    def _runs(self, lane: Lane) -> bool:
        return any(job.lane is lane for job in self._jobs.running())

    def _say(self, text: str, *, kind: str = "problem", key: str = "", choices: tuple[Choice, ...] = ()) -> None:
        self.noticed.emit(Notice(text, kind, choices, key))
