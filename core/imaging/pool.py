"""Worker processes for everything that touches a hostile file: a file can end its worker, never the program.

Each worker process has a thread here that starts it, hands it one job at a time, notices its death and starts the
next. Nothing is shared between workers, so none can block or confuse another.
"""

from __future__ import annotations

import atexit
import os
import signal
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Condition, Thread, current_thread
from types import TracebackType
from typing import Any, Self, TypeVar

from core.imaging.decode import StoredPixels, decode_stored
from core.imaging.problems import Undecodable
from core.imaging.reader import Lost, Reader

Value = TypeVar("Value")
Run = Callable[..., Any]
Rescue = Callable[[Undecodable, Run], Value]

_MOST_WORKERS = 16
_KILL_LIMIT_S = 10.0


def decode_for_analysis(path: Path, pixel_limit: int) -> StoredPixels:
    """`decode.decode_stored`, to be submitted to a pool; the pixels travel outside the pickled answer."""
    return decode_stored(path, pixel_limit)


@dataclass(frozen=True, slots=True)
class _Job:
    future: Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    rescue: Rescue[Any] | None


class WorkerPool:
    """A pool of spawned processes that survives whatever files do to them.

    Processes are started when jobs arrive and stay for the next ones. All methods may be called from any thread.

    Args:
        workers: most processes at a time; 0 takes one for each available processor core, up to 16.
        memory_limit_mb: memory that one job may take, where the system can limit it.
        time_limit_s: seconds that one job may take.
    """

    def __init__(self, workers: int = 0, memory_limit_mb: int = 4096, time_limit_s: float = 60.0) -> None:
        self.workers = workers if workers > 0 else min(_available_cores(), _MOST_WORKERS)
        self._limits = (memory_limit_mb, time_limit_s)
        self._changed = Condition()  # guards everything below
        self._jobs: deque[_Job] = deque()
        self._readers: list[Reader] = []
        self._threads: list[Thread] = []
        self._idle = 0
        self._closing = False
        atexit.register(self.kill)

    def submit(self, function: Callable[..., Value], *arguments: Any) -> Future[Value]:  # noqa: ANN401
        """Run an importable function in a worker.

        The future gives the function's value, or raises the `CoreError` the function raised, or `Undecodable` with
        the outcome DECODER_CRASHED, TIMED_OUT or TOO_LARGE when the function ended its worker, took too long or
        needed too much memory, or `Cancelled` when the pool was killed, or `ReaderUnavailable`. It can be cancelled
        until the job runs.

        Args:
            function: a function of a module, found by its name in the worker.
            arguments: what it gets; the first path or source among them names the job in sentences.
        """
        return self._submit(_Job(Future(), function, arguments, None))

    def submit_rescued(
        self,
        rescue: Rescue[Value],
        function: Callable[..., Value],
        *arguments: Any,  # noqa: ANN401
    ) -> Future[Value]:
        """Like `submit`; if the worker is lost, `rescue(problem, run)` makes the value instead.

        Args:
            rescue: is called in a thread of the pool; its `run(function, *arguments)` asks a fresh worker.
            function: see `submit`.
            arguments: see `submit`.
        """
        return self._submit(_Job(Future(), function, arguments, rescue))

    def close(self) -> None:
        """Finish what was submitted, then end all processes. Takes no more jobs."""
        self._stop()
        self._join(None)

    def kill(self) -> None:
        """End all processes at once; waiting jobs are cancelled, running ones raise `Cancelled`."""
        with self._changed:
            jobs = tuple(self._jobs)
            self._jobs.clear()
        for job in jobs:
            job.future.cancel()  # outside the guard: its callbacks are not ours
        self._stop()
        for reader in self._readers:
            reader.kill()
        self._join(_KILL_LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.kill()

    def _submit(self, job: _Job) -> Future[Any]:
        with self._changed:
            if self._closing:
                raise RuntimeError("The pool is closed.")
            self._jobs.append(job)
            self._changed.notify()
            if len(self._jobs) > self._idle and len(self._threads) < self.workers:
                self._add_thread()
        return job.future

    def _add_thread(self) -> None:
        reader = Reader(*self._limits)
        thread = Thread(target=self._serve, args=(reader,), name="file reader", daemon=True)
        self._readers.append(reader)
        self._threads.append(thread)
        thread.start()

    def _join(self, limit_s: float | None) -> None:
        for thread in self._threads:
            if thread is not current_thread():
                thread.join(limit_s)

    def _stop(self) -> None:
        atexit.unregister(self.kill)
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _serve(self, reader: Reader) -> None:
        """The life of one of the pool's threads."""
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # inherited: workers never see Ctrl+C
        try:
            while (job := self._next_job()) is not None:
                if job.future.set_running_or_notify_cancel():
                    _finish(job, reader)
        finally:
            reader.end()

    def _next_job(self) -> _Job | None:
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._jobs or self._closing)
            self._idle -= 1
            return self._jobs.popleft() if self._jobs else None


def _finish(job: _Job, reader: Reader) -> None:
    with ExitStack() as stack:
        stack.push(partial(_hand_over, job.future))
        job.future.set_result(_value(job, reader))


def _hand_over(
    future: Future[Any], _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
) -> bool:
    """Whatever went wrong is for the one who waits for the future, and must not end the thread."""
    if error is not None:
        future.set_exception(error)
    return True


def _value(job: _Job, reader: Reader) -> Any:  # noqa: ANN401
    try:
        return reader.run(job.function, *job.arguments)
    except Lost as problem:
        if job.rescue is None:
            raise
        return job.rescue(problem, reader.run)


def _available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
