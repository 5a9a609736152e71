"""The first thing a worker process runs. Imports only what Python brings, because limits are set before anything else.

A worker ignores Ctrl+C (its parent decides), leaves no core dump with evidence in it, stays silent, and dies with its
parent however the parent dies.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

READY, VALUE, ERROR, MEMORY, FAULT = "ready", "value", "error", "memory", "fault"
_PR_SET_PDEATHSIG = 1


def serve(connection: Connection, memory_limit_mb: int, parent: int) -> None:
    """Run the jobs that arrive on `connection` until it closes.

    Args:
        connection: to the program; a job is (function, arguments), an answer (kind, value).
        memory_limit_mb: address space this process may use beyond what it has at its start; where the system can.
        parent: process id of the program.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(parent)
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"  # no sums to do here, and every thread costs address space
    import core.imaging.intake_worker  # noqa: F401 - before the limit, so that the limit is the file's alone
    from core.imaging import transport

    _limit_memory(memory_limit_mb)
    _be_silent()
    with ExitStack() as stack:
        stack.push(partial(_report_fault, connection))
        transport.send(connection, (READY, None))
        with suppress(EOFError, ConnectionError):  # the program closed the connection or is gone
            while True:
                function, arguments = transport.receive(connection)
                transport.send(connection, _answer(function, arguments))


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any]:
    from core.errors import CoreError

    try:
        return VALUE, function(*arguments)
    except CoreError as error:
        return ERROR, error
    except MemoryError:
        return MEMORY, None


def _report_fault(
    connection: Connection, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
) -> None:
    """Tell the program what is about to end this process; the error goes on and does so."""
    if kind is not None and error is not None:
        from core.imaging import transport

        with suppress(OSError):
            transport.send(connection, (FAULT, "".join(traceback.format_exception(error))))


def _die_with(parent: int) -> None:
    """Die when the parent dies, even if it is killed.

    On Linux the kernel does it, when the *thread* that started this process ends: `WorkerPool` starts and keeps each
    worker in a thread of its own. Elsewhere a thread watches the parent.
    """
    if not _kernel_watches():
        threading.Thread(target=_exit_after_parent, daemon=True).start()
    elif os.getppid() != parent:
        os._exit(1)  # it died before we asked


def _kernel_watches() -> bool:
    if sys.platform != "linux":
        return False
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) == 0)
    return False


def _exit_after_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limit_memory(memory_limit_mb: int) -> None:
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limit, macOS does not keep it
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = _mapped_bytes() + (memory_limit_mb << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _mapped_bytes() -> int:
    """Address space in use, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _be_silent() -> None:
    """Libraries print about damaged files; the terminal belongs to the program."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
