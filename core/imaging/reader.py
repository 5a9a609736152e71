"""Keeps one worker process going for one thread, and turns every way of losing it into an outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from core.domain import IntakeOutcome
from core.errors import Cancelled, CoreError
from core.imaging.problems import Undecodable
from core.imaging.sources import Source
from core.imaging.worker_process import WorkerDied, WorkerOutOfMemory, WorkerProcess, WorkerTimedOut

_JOBS_PER_PROCESS = 2000  # a fresh process now and then: damaged files leave leaks and damage behind
_log = logging.getLogger(__name__)


class ReaderUnavailable(CoreError):
    """The system cannot start the processes that read files."""


class Lost(Undecodable):
    """A job that cost its worker process, or all the memory a worker may use."""


class Reader:
    """One worker process after the other; everything but `kill` belongs to the thread that made the reader.

    Args:
        memory_limit_mb: memory that a job may take, where the system can limit it.
        time_limit_s: seconds that a job may take.
    """

    def __init__(self, memory_limit_mb: int, time_limit_s: float) -> None:
        self._memory_limit_mb = memory_limit_mb
        self._time_limit_s = time_limit_s
        self._guard = Lock()  # of the two fields below
        self._process: WorkerProcess | None = None
        self._killed = False

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        """Run an importable function in the process.

        Raises:
            CoreError: as the function raised it.
            Lost: the function ended the process, took too long or too much memory.
            ReaderUnavailable: no process can be started.
            Cancelled: the reader was killed.
        """
        process, label = self._ready(), _label(arguments)
        try:
            return process.call(function, arguments, self._time_limit_s)
        except WorkerTimedOut as error:
            self.end()
            raise self._lost(_timed_out(label, self._time_limit_s)) from error
        except WorkerOutOfMemory as error:
            raise _out_of_memory(label, self._memory_limit_mb) from error
        except WorkerDied as error:
            self.end()
            _log.info("A reader process was lost on %s: %s", label, error.details or error)
            raise self._lost(_crashed(label, error)) from error

    def kill(self) -> None:
        """End the process at once and for good; may be called from any thread."""
        with self._guard:
            self._killed = True
            if self._process is not None:
                self._process.kill()

    def end(self) -> None:
        """End the process, if there is one; the next job starts another."""
        with self._guard:
            process, self._process = self._process, None
        if process is not None:
            process.end()

    def _ready(self) -> WorkerProcess:
        process = self._process
        if process is not None and process.is_alive() and process.jobs < _JOBS_PER_PROCESS:
            return process
        self.end()
        return self._started() or self._started() or self._give_up()

    def _started(self) -> WorkerProcess | None:
        """A new process, or None when it died on its way up, as it may on a machine without memory."""
        try:
            with self._guard:
                self._refuse_if_killed()
                self._process = process = WorkerProcess(self._memory_limit_mb)
            process.await_ready()
        except (WorkerDied, WorkerTimedOut, OSError) as error:
            _log.info("A reader process did not start: %s", error)
            self.end()
            return None
        return process

    def _give_up(self) -> WorkerProcess:
        self._refuse_if_killed()
        raise ReaderUnavailable(
            "The processes that read files cannot be started. Close other programs, or raise the memory per reader in "
            "the settings, and try again; what was taken in is kept."
        )

    def _refuse_if_killed(self) -> None:
        if self._killed:
            raise Cancelled("Cancelled. What was finished is kept.")

    def _lost(self, problem: Lost) -> Lost:
        self._refuse_if_killed()
        return problem


def _label(arguments: tuple[Any, ...]) -> str:
    """How to call a job in a sentence: the first path or source it got."""
    for argument in arguments:
        if isinstance(argument, Source):
            return argument.label
        if isinstance(argument, (Path, str)):
            return Source(str(argument)).label
    return "A file"


def _timed_out(label: str, limit_s: float) -> Lost:
    return Lost(
        IntakeOutcome.TIMED_OUT,
        f"{label} took longer than {limit_s:g} seconds to read and was given up. Raise the time per file in the "
        "settings if it is large or on a slow drive.",
    )


def _crashed(label: str, how: WorkerDied) -> Lost:
    return Lost(
        IntakeOutcome.DECODER_CRASHED,
        f"{label} made the program that decodes it crash ({how}). It may be damaged or made to do so; it was not "
        "opened any further.",
    )


def _out_of_memory(label: str, limit_mb: int) -> Lost:
    return Lost(
        IntakeOutcome.TOO_LARGE,
        f"{label} needs more than the {limit_mb} MB of memory that a reader may use. Raise the memory per reader in "
        "the settings.",
    )
