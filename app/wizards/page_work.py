"""The work that a wizard page waits for: one piece at a time, its progress in a line on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.jobs import Job, Jobs, Lane
from app.widgets.work_line import WorkLine
from core.errors import Cancelled, CoreError
from core.progress import Progress, Tick

T = TypeVar("T")


class PageWork(QObject):
    """Runs work on a lane; a newer piece drops the older one.

    Args:
        jobs: where it runs.
        line: where its progress is shown.

    Signals:
        message: a sentence why it failed.
        idle: nothing is done any more.
    """

    message = Signal(str)
    idle = Signal()

    def __init__(self, jobs: Jobs, line: WorkLine, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._line = jobs, line
        self._job: Job | None = None
        line.stop_wished.connect(self.stop)
        jobs.ticked.connect(self._show_tick)

    @property
    def busy(self) -> bool:
        """Whether something is done now."""
        return self._job is not None

    def run(
        self,
        task: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[], None] = lambda: None,
        *,
        title: str,
        lane: Lane = Lane.DISK,
    ) -> None:
        """Do a piece of work and show it; neither callback is called once something newer began.

        Args:
            task: gets a `Progress`.
            done: gets what came of it.
            failed: called when it was stopped or failed; a failure was said already.
            title: what is done, for the line and the job strip.
            lane: where it runs.
        """
        self.drop()
        self._line.begin(title)

        def answered(value: T) -> None:
            if self._job is job:
                self._end()
                done(value)

        def broke(error: Exception) -> None:
            if self._job is job:
                self._end()
                self._tell(error)
                failed()

        job = self._jobs.start(task, answered, broke, lane=lane, title=title)
        self._job = job

    def stop(self) -> None:
        """Ask for an end; `failed` is called when it has stopped."""
        if self._job is not None:
            self._job.cancel()

    def drop(self) -> None:
        """Nobody waits for it any more."""
        job = self._job
        if job is not None:
            self._end()
            job.drop()

    def _end(self) -> None:
        self._job = None
        self._line.end()
        self.idle.emit()

    def _show_tick(self, job: Job, tick: Tick) -> None:
        if job is self._job:
            self._line.show_tick(tick)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))
