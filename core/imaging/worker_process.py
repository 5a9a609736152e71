"""One worker process as the program sees it: started, asked, and ended without a trace."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import struct
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Any

from core.errors import CoreError
from core.imaging.transport import receive_from_worker, send
from core.imaging.worker_entry import ERROR, FAULT, MEMORY, READY, serve

_START_LIMIT_S = 60.0
_STOP_LIMIT_S = 2.0


class WorkerDied(Exception):
    """The process ended before it answered; the text says how, the traceback of a fault is in `details`."""

    def __init__(self, how: str, details: str = "") -> None:
        super().__init__(how)
        self.details = details


class WorkerTimedOut(Exception):
    """The process did not answer in time and was killed."""


class WorkerOutOfMemory(Exception):
    """The job needed more memory than a worker may use; the process lives on."""


class WorkerProcess:
    """A spawned process that runs one job after the other. Belongs to the thread that makes it.

    Args:
        memory_limit_mb: memory a job may use, in MiB, where the system can hold a process to it.
    """

    def __init__(self, memory_limit_mb: int) -> None:
        context = multiprocessing.get_context("spawn")  # a fork of a program with threads and a window is not sound
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, memory_limit_mb, os.getpid()), name="file reader", daemon=True
        )
        self.jobs = 0
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """Process id."""
        return self._process.pid

    def await_ready(self) -> None:
        """Wait until the process takes jobs.

        Raises:
            WorkerDied, WorkerTimedOut: it does not come up.
        """
        kind, _ = self._reply(_START_LIMIT_S)
        if kind != READY:
            raise WorkerDied(f"it said {kind!r} at its start")

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.is_alive()

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float) -> Any:  # noqa: ANN401
        """Run an importable function in the process and return what it returns.

        Raises:
            CoreError: as the function raised it.
            WorkerDied, WorkerTimedOut: the process is gone; `end` it and make another.
            WorkerOutOfMemory: the function ran out of memory.
        """
        self.jobs += 1
        try:
            send(self._connection, (function, arguments))
        except (BrokenPipeError, ConnectionError) as error:
            raise self._died() from error
        kind, value = self._reply(limit_s)
        if kind == ERROR:
            raise value if isinstance(value, CoreError) else WorkerDied("it sent an error that is none")
        if kind == MEMORY:
            raise WorkerOutOfMemory
        if kind == FAULT:
            text = str(value)
            raise WorkerDied(text.strip().rpartition("\n")[2], text)
        return value

    def kill(self) -> None:
        """End the process at once; may be called from any thread while the owner waits for an answer."""
        self._process.kill()

    def end(self) -> None:
        """End the process, gently if it is idle, and leave no zombie."""
        self._connection.close()
        self._process.join(_STOP_LIMIT_S if self._process.exitcode is None else None)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()

    def _reply(self, limit_s: float) -> tuple[str, Any]:
        ends = time.monotonic() + limit_s
        while not self._connection.poll(0):
            left = ends - time.monotonic()
            if left <= 0:
                self._process.kill()
                raise WorkerTimedOut
            wait([self._connection, self._process.sentinel], left)
            if not self._process.is_alive() and not self._connection.poll(0):
                raise self._died()
        try:
            kind, value = receive_from_worker(self._connection)
        except (EOFError, OSError) as error:
            raise self._died() from error
        except (pickle.UnpicklingError, ValueError, TypeError, LookupError, AttributeError, struct.error) as error:
            self._died()
            raise WorkerDied(f"its answer makes no sense: {error}") from error
        return kind, value

    def _died(self) -> WorkerDied:
        self._process.kill()
        self._process.join()
        code = self._process.exitcode or 0
        if code < 0:
            return WorkerDied(f"it was ended by {_signal_name(-code)}")
        return WorkerDied(f"it ended with code {code}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
