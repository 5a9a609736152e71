"""The only module that knows threads: a job is a function of progress that runs on a lane."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from queue import SimpleQueue
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from core.domain import Table, Written
from core.errors import Cancelled, CoreError
from core.progress import Progress, Tick

T = TypeVar("T")

_NEWS_EVERY_S = 2.0
_NOTHING: frozenset[Table] = frozenset()


class Lane(StrEnum):
    """Where a job runs. Lanes never wait for one another."""

    DEVICE = "device"  # the network on its processor or GPU: one job at a time
    INTAKE = "intake"  # files on their way into the case: one drop after the other
    DISK = "disk"  # reads: a few at a time, none ever waits behind an intake
    LAYER = "layer"  # what is laid over a picture; waits for the network or a reader without holding up reads
    TRAINING = "training"  # waits for the training of a detector, which runs in a process of its own
    WRITE = "write"  # short writes, one after the other in the order they were asked for
    CHECK = "check"  # hashing evidence again: nobody waits for it, so everything else goes first


_THREADS = {Lane.DEVICE: 1, Lane.INTAKE: 1, Lane.DISK: 5, Lane.LAYER: 3, Lane.TRAINING: 1, Lane.WRITE: 1, Lane.CHECK: 1}
_NICE = 10  # by how much the thread of the last lane steps back, where a thread has a priority of its own


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Any = None
    error: Exception | None = None


class Job:
    """One piece of work; made by `Jobs.start`. Only `cancel` and `drop` are to be called.

    Attributes:
        title: caption for the analyst, empty for quiet jobs.
        lane: where it runs.
        quiet: not shown in the job strip.
        touching: tables that change while it runs; views are told every few seconds.
        state: how far it is; changes on the GUI thread, but for waiting → running.
        tick: the latest progress, or None.
    """

    def __init__(self, task: Callable[[Progress], Any], title: str, lane: Lane, *, quiet: bool) -> None:
        self.title, self.lane, self.quiet = title, lane, quiet
        self.touching = _NOTHING
        self.state = JobState.WAITING
        self.tick: Tick | None = None
        self.dropped = False
        self._task = task
        self._lock = threading.Lock()
        self._tick_on_the_way = False
        self._news_at = time.monotonic()
        self._relay: Callable[[Job, _Answer | None], None] = lambda _job, _answer: None
        self._done: Callable[[Any], None] | None = None
        self._failed: Callable[[Exception], None] | None = None
        self._progress = Progress(self._report)

    def cancel(self) -> None:
        """Ask the job to stop; a job that still waits for its turn ends without ever running."""
        self._progress.cancel()
        if self._take(JobState.CANCELLED):
            self._relay(self, _Answer(error=Cancelled("Cancelled before it began.")))

    def drop(self) -> None:
        """Cancel, and never call back: the answer is stale. Views are still told of a finished write."""
        self.dropped = True
        self.cancel()

    def _take(self, state: JobState) -> bool:
        with self._lock:
            if self.state is not JobState.WAITING:
                return False
            self.state = state
            return True

    def _run(self) -> None:
        if self._take(JobState.RUNNING):
            self._relay(self, self._answer())

    def _answer(self) -> _Answer:
        try:
            return _Answer(self._task(self._progress))
        except Exception as error:  # noqa: BLE001 - the one place where a task's failure is caught and routed
            return _Answer(error=error)

    def _report(self, tick: Tick) -> None:
        with self._lock:
            self.tick = tick
            told, self._tick_on_the_way = self._tick_on_the_way, True
        if not told:
            self._relay(self, None)


class Jobs(QObject):
    """Starts jobs and brings their answers back to the GUI thread.

    Signals:
        started: a job was asked for (it may still wait for its lane).
        ticked: progress of a job; bursts are merged, the latest always arrives.
        finished: a job returned.
        failed: a job raised a bug, or a `CoreError` for which it has no `failed` callback.
        ended: a job is over, whichever way.
        changed: a `Written` came back, or a long write reports what it is touching.
    """

    started = Signal(object)
    ticked = Signal(object, object)
    finished = Signal(object)
    failed = Signal(object, object)
    ended = Signal(object)
    changed = Signal(object)
    _arrived = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queues: dict[Lane, SimpleQueue[Job | None]] = {lane: SimpleQueue() for lane in Lane}
        self._threads = [self._thread(lane) for lane, count in _THREADS.items() for _ in range(count)]
        self._alive: list[Job] = []
        self._by_token: dict[Hashable, Job] = {}
        self._closed = False
        self._arrived.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        task: Callable[[Progress], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        lane: Lane,
        title: str = "",
        quiet: bool = False,
        token: Hashable | None = None,
        touching: frozenset[Table] = _NOTHING,
    ) -> Job:
        """Run `task` on a lane; call on the GUI thread only.

        Args:
            task: gets a `Progress`; what it returns goes to `done`. A `Written` is also announced through `changed`.
            done: called on the GUI thread with what the task returned (a `Written` as it is).
            failed: called on the GUI thread with what the task raised, `Cancelled` included.
            lane: where to run.
            title: caption for the job strip.
            quiet: keep it out of the job strip.
            token: a newer job with the same token drops the older one.
            touching: tables that change while it runs.
        """
        job = Job(task, title, lane, quiet=quiet)
        job.touching, job._done, job._failed, job._relay = touching, done, failed, self._send
        self._replace(token, job)
        self._alive.append(job)
        self.started.emit(job)
        self._queues[lane].put(job)
        return job

    def running(self, *, quiet: bool = False) -> tuple[Job, ...]:
        """Jobs that are not over yet; with `quiet` the quiet ones too."""
        return tuple(job for job in self._alive if quiet or not job.quiet)

    def cancel_all(self) -> None:
        """Ask every job to stop, but let short writes that were already asked for come to their end."""
        for job in tuple(self._alive):
            if job.lane is not Lane.WRITE:
                job.cancel()

    def close(self, seconds: float = 10.0) -> bool:
        """End the threads; False when some work did not stop in time (its thread dies with the program)."""
        self.cancel_all()
        for lane, count in _THREADS.items():
            for _ in range(count):
                self._queues[lane].put(None)
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._closed = True
        return not any(thread.is_alive() for thread in self._threads)

    def _thread(self, lane: Lane) -> threading.Thread:
        work = _work_behind if lane is Lane.CHECK else _work
        thread = threading.Thread(target=work, args=(self._queues[lane],), name=f"lane-{lane}", daemon=True)
        thread.start()
        return thread

    def _replace(self, token: Hashable | None, job: Job) -> None:
        if token is None:
            return
        older = self._by_token.get(token)
        if older is not None:
            older.drop()
        self._by_token[token] = job

    def _send(self, job: Job, answer: _Answer | None) -> None:
        if not self._closed:
            with contextlib.suppress(RuntimeError):  # the program is ending and Qt has already taken this object away
                self._arrived.emit(job, answer)

    def _receive(self, job: Job, answer: _Answer | None) -> None:
        if answer is None:
            self._pass_tick(job)
            return
        self._alive.remove(job)
        for token in [token for token, held in self._by_token.items() if held is job]:
            del self._by_token[token]
        if answer.error is None:
            self._pass_value(job, answer.value)
        else:
            self._pass_error(job, answer.error)
        self.ended.emit(job)
        # The thread may still hold the job. What the job holds may be windows, and those must never die in a thread.
        job._task, job._done, job._failed = _nothing, None, None

    def _pass_tick(self, job: Job) -> None:
        with job._lock:
            tick, job._tick_on_the_way = job.tick, False
        if tick is not None and job in self._alive:
            self.ticked.emit(job, tick)
        if job.touching and time.monotonic() - job._news_at > _NEWS_EVERY_S:
            job._news_at = time.monotonic()
            self.changed.emit(job.touching)

    def _pass_value(self, job: Job, value: Any) -> None:  # noqa: ANN401 - whatever the task returned
        job.state = JobState.DONE
        if job._done is not None and not job.dropped and _callable(job._done):
            job._done(value)
        if isinstance(value, Written):
            self.changed.emit(value.touched)
        self.finished.emit(job)

    def _pass_error(self, job: Job, error: Exception) -> None:
        job.state = JobState.CANCELLED if isinstance(error, Cancelled) else JobState.FAILED
        if job.touching:
            self.changed.emit(job.touching)
        if job.dropped and isinstance(error, CoreError):
            return
        claimed = job._failed is not None and not job.dropped and _callable(job._failed)
        if claimed and job._failed is not None:
            job._failed(error)
        if not claimed or not isinstance(error, CoreError):
            self.failed.emit(job, error)


def _nothing(_progress: Progress) -> None:
    """Stands where the task of a job was that is over."""


def _work(queue: SimpleQueue[Job | None]) -> None:
    while (job := queue.get()) is not None:
        job._run()
        del job  # or the thread would hold the answer until its next job


def _work_behind(queue: SimpleQueue[Job | None]) -> None:
    """The same behind everything else; on Linux a thread has its own priority, elsewhere hashing is short of none."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    _work(queue)


def _callable(callback: Callable[..., None]) -> bool:
    """Whether the widget a callback belongs to still exists."""
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)
