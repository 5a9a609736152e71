"""The child processes of the program: readers for evidence, and one that holds the network."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from core.errors import CoreError
from core.imaging.pool import WorkerPool
from core.progress import Progress
from core.settings import Settings

Value = TypeVar("Value")
_POLL_S = 0.05
_MEGA = 1_000_000


class Processes:
    """Starts child processes when they are first needed and ends them with the program.

    Args:
        settings: limits of the readers.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._readers: WorkerPool | None = None
        self._analysis: ProcessPool | None = None

    @property
    def pixel_limit(self) -> int:
        """Largest image in pixels."""
        return int(self._settings.get("intake.pixel_limit_mp")) * _MEGA

    def readers(self) -> WorkerPool:
        """The pool of reader processes."""
        with self._lock:
            if self._readers is None:
                self._readers = WorkerPool(
                    int(self._settings.get("intake.workers")),
                    int(self._settings.get("intake.memory_limit_mb")),
                    float(self._settings.get("intake.time_limit_s")),
                )
            return self._readers

    def read(self, function: Callable[..., Value], *arguments: Any, progress: Progress | None = None) -> Value:  # noqa: ANN401
        """Run a function in a reader process and wait for it; cancelling stops the waiting."""
        progress = progress or Progress()
        progress.check()  # an answer may be there before the first look at it
        return self.result(self.readers().submit(function, *arguments), progress)

    def start_analysis(self, function: Callable[..., Value], *arguments: Any) -> Future[Value]:  # noqa: ANN401
        """Queue a function for the analysis process."""
        with self._lock:
            if self._analysis is None:
                # Spawned, never forked: CUDA and threads do not survive a fork.
                context = multiprocessing.get_context("spawn")
                self._analysis = ProcessPool(max_workers=1, initializer=_begin, context=context)
            queued: Future[Value] = self._analysis.schedule(function, args=arguments)
            return queued

    def analyse(self, function: Callable[..., Value], *arguments: Any, progress: Progress | None = None) -> Value:  # noqa: ANN401
        """Run a function in the analysis process and wait for it; cancelling stops the waiting."""
        return self.result(self.start_analysis(function, *arguments), progress or Progress())

    def result(self, future: Future[Value], progress: Progress) -> Value:
        """Wait for a future as long as nobody cancels.

        Raises:
            Cancelled: cancelling was asked for; queued work is taken back.
            CoreError: the process was lost.
        """
        while True:
            try:
                return future.result(timeout=_POLL_S)
            except NotYet:
                if progress.cancelled:
                    future.cancel()
                progress.check()
            except ProcessExpired as error:
                raise CoreError(
                    "The analysis process ended unexpectedly (perhaps for lack of memory). What was finished is kept; "
                    "start the analysis again to go on."
                ) from error

    def close(self) -> None:
        """End all child processes at once."""
        with self._lock:
            readers, self._readers = self._readers, None
            analysis, self._analysis = self._analysis, None
        if readers is not None:
            readers.kill()
        if analysis is not None:
            analysis.stop()  # type: ignore[no-untyped-call]
            analysis.join()


def _begin() -> None:
    """First thing in the analysis process: leave Ctrl-C to the program, and never outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:  # noqa: ANN401 - a private type of multiprocessing
    parent.join()
    os._exit(1)
