"""Looking ahead on the last page: which findings would be others, and draft notices about issued reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import Job, Jobs, Lane
from app.tables.record_table import Column, RecordTable
from app.widgets.consequence_view import ConsequenceView
from app.widgets.consequence_words import answer_words
from app.widgets.record_view import RecordView
from app.wizards.retraining_outcome import Outcome
from core.descent import Consequences
from core.errors import Cancelled, CoreError
from core.progress import Tick
from core.retraining import Draft

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_WIDTHS = (28, 28, 34, 34)
_LOOKING = "Reading the images of earlier cases again …"
_STOPPED = "Looking was stopped", "What would change is not known. Nothing in the cases was changed."
_NOTICES = "notices"  # folder in that of the draft


class LookingAhead(QObject):
    """Runs what the view wishes.

    Attributes:
        view: to be put on a page.

    Signals:
        message: a sentence for the analyst.
        folder_wished: show this folder.
    """

    message = Signal(str)
    folder_wished = Signal(object)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._draft: Draft | None = None
        self._outcome: Outcome | None = None
        self._titles: Mapping[str, str] = {}
        self._found: Consequences | None = None
        self._folder: Path | None = None
        self._job: Job | None = None
        self.table = RecordTable(
            (
                Column("Case", lambda row: row.case_title),
                Column("Exhibit", lambda row: row.exhibit),
                Column("Finding now", lambda row: answer_words(row.before, self._titles)),
                Column("With the new detector", lambda row: answer_words(row.after, self._titles)),
            ),
            self,
        )
        changed = RecordView(self.table, stretched=3)
        changed.setAccessibleName("Findings that would be others")
        changed.set_widths(_WIDTHS)
        self.view = ConsequenceView(changed)
        self.view.look_wished.connect(self._look)
        self.view.waiting.stop_wished.connect(self._stop)
        self.view.notices_wished.connect(self._write)
        self.view.folder_wished.connect(self._show_folder)
        jobs.ticked.connect(self._tick)

    def show_outcome(self, draft: Draft, outcome: Outcome) -> None:
        """Look ahead of this draft's detector; what was found of the same one stays."""
        if self._draft is None or self._draft.id != draft.id or self._outcome != outcome:
            self.leave()
            self._found = None
            self.view.set_found(None)
        self._draft, self._outcome, self._titles = draft, outcome, outcome.titles
        self.view.set_possible(draft.parent is not None)

    def leave(self) -> None:
        """Nobody waits any more."""
        if self._job is not None:
            self._job.drop()
            self._job = None
            self.view.waiting.end()
            self.view.look.setEnabled(True)

    def _look(self) -> None:
        draft, outcome, activation = self._draft, self._outcome, self._workspace.activation
        if draft is None or outcome is None or draft.parent is None:
            return
        parent = draft.parent
        self.view.waiting.begin(_LOOKING, "Cases are opened for looking only; not a byte of them changes.")
        self.view.look.setEnabled(False)
        self._job = self._jobs.start(
            lambda progress: activation.consequences(parent, outcome.detector, None, progress),
            self._show,
            self._fail,
            lane=Lane.DEVICE,
            title="Looking what would change",
            token=(id(self), "look"),
        )

    def _show(self, found: Consequences) -> None:
        self._job, self._found = None, found
        self.view.waiting.end()
        self.table.set_records(found.changed)
        self.view.set_found(found)
        self.view.look.setEnabled(True)

    def _fail(self, error: Exception) -> None:
        self._job = None
        self.view.look.setEnabled(True)
        if isinstance(error, Cancelled):
            self.view.waiting.fail(*_STOPPED, kind="note")
        else:
            words = str(error) if isinstance(error, CoreError) else "A report of the error was opened."
            self.view.waiting.fail("It could not be found out what would change", words)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _tick(self, job: Job, tick: Tick) -> None:
        if job is self._job:
            self.view.waiting.show_tick(tick)

    def _write(self) -> None:
        draft, found, workspace = self._draft, self._found, self._workspace
        if draft is not None and found is not None:
            self._jobs.start(
                lambda _: workspace.activation.notices(found, workspace.retraining.folder(draft.id) / _NOTICES, draft),
                self._written,
                self._tell,
                lane=Lane.WRITE,
                title="Writing draft notices",
            )

    def _written(self, paths: tuple[Path, ...]) -> None:
        self._folder = paths[0].parent if paths else None
        self.view.set_notices(paths)

    def _show_folder(self) -> None:
        if self._folder is not None:
            self.folder_wished.emit(self._folder)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))
