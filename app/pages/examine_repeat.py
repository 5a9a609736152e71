"""Repeating the finding that Examine's side panel is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.jobs import Jobs, Lane
from app.pages.examine_loading import Records
from app.pages.examine_panes import PaneDesks
from app.pages.examine_sections import Asking
from app.widgets.repeat_row import RepeatRow
from core.custody import Rerun
from core.domain import Written
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace


class RepeatDesk(QObject):
    """Shows the newest repetition of the finding in the active pane, and has it repeated.

    Args:
        row: the button and the outcome.
        panes: what is shown in the panes.
        workspace: the door to the services.
        jobs: where reading and repeating run.
        parent: the page.
    """

    def __init__(self, row: RepeatRow, panes: PaneDesks, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._row, self._panes, self._workspace = row, panes, workspace
        self._shown: tuple[int, int | None] | None = None
        self._reading = Asking(jobs, Lane.DISK, row.say, self)
        self._repeating = Asking(jobs, Lane.DEVICE, self._refused, self)
        self._asked: tuple[int, int | None] | None = None  # what is being repeated
        panes.told.connect(self._look)
        panes.turned.connect(self._look)
        row.repeat_wished.connect(self._repeat)

    def _look(self) -> None:
        """Another exhibit, or another finding on it."""
        records = self._panes.active.records
        answer = records.answer if records is not None and records.finding is not None else None
        if answer == self._shown:
            return
        self._shown = answer
        self._row.set_rerun(None)
        self._reading.drop()
        if records is not None and answer is not None:
            self._read(records)
            if answer == self._asked:
                self._row.set_busy()

    def _read(self, records: Records) -> None:
        exhibit_id, finding_id = records.answer

        def read(_progress: Progress) -> Rerun | None:
            return next((one for one in self._workspace.rerun.of(exhibit_id) if one.finding_id == finding_id), None)

        def show(made: Rerun | None) -> None:
            if self._shown == records.answer and self._asked != records.answer:
                self._row.set_rerun(made)

        self._reading.ask(read, show)

    def _repeat(self) -> None:
        records = self._panes.active.records
        if records is None or records.finding is None:
            return
        exhibit_id, digest, asked = records.exhibit.id, records.finding.detector.digest, records.answer
        device = str(self._workspace.settings.get("analysis.device"))

        def repeat(progress: Progress) -> Written[tuple[Rerun, ...]]:
            return self._workspace.rerun.run((exhibit_id,), detector=digest, device=device, progress=progress)

        def done(written: Written[tuple[Rerun, ...]]) -> None:
            self._asked = None
            if self._shown == asked:
                self._row.set_rerun(next(iter(written.value), None))

        self._asked = asked
        self._row.set_busy()
        self._repeating.ask(repeat, done, title="Repeating the finding")

    def _refused(self, sentence: str) -> None:
        asked, self._asked = self._asked, None
        if self._shown == asked:
            self._row.say(sentence)
