"""Refining a map in a process of its own, so that neither the window nor the analysis process waits for it.

Parent and child send each other plain bytes: a letter, then numbers or JSON. Nothing is unpickled but the start of the
process itself.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.dna import embedding
from core.errors import CoreError
from core.progress import Progress

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Vectors = NDArray[np.float32]

_POLL_S = 0.05
_NICE = 5  # the analysis goes first
_READY, _GROUPS, _POINTS, _END = b"r", b"g", b"p", b"e"
_LOST = (
    "The process that draws the map ended unexpectedly (perhaps for lack of memory). The case is unharmed; "
    "choose the method again to draw it once more."
)


@dataclass(frozen=True, slots=True)
class Places:
    """An intermediate or last picture: (n, 2) float32 points, iterations done and in all."""

    points: Vectors
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Places of the members of each proposed group."""

    members: tuple[tuple[int, ...], ...]


class Refinement:
    """One run of the child process.

    Args:
        vectors: (n, 512) unit vectors.
        candidates: (n,) which of them may be grouped.
        start: (n, 2) points to start from.
        method: one of `core.dna.embedding.METHODS`; PCA has its points already and gets groups only.
    """

    def __init__(self, vectors: Vectors, candidates: NDArray[np.bool_], start: Vectors, method: str) -> None:
        self._input = (vectors, candidates, start)
        self._method = method
        self._process: BaseProcess | None = None

    def results(self, progress: Progress) -> Iterator[Groups | Places]:
        """The groups, then picture after picture; the process is gone when this ends, whichever way.

        Raises:
            Cancelled: at most a twentieth of a second after it was asked for.
            CoreError: the process was lost.
        """
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(theirs,), name="map", daemon=True)
        try:
            self._process.start()
            theirs.close()  # or the end of the child would go unnoticed
            while (message := _next(ours, progress))[:1] != _END:
                if message[:1] == _READY:
                    self._send_input(ours)
                else:
                    yield _read(message)
        finally:
            self.stop()
            ours.close()

    def stop(self) -> None:
        """End the process at once; for any thread."""
        if self._process is not None and self._process.pid is not None:
            self._process.kill()
            self._process.join()

    def _send_input(self, connection: Connection[Any, Any]) -> None:
        vectors, candidates, start = self._input
        head = {"count": len(vectors), "length": vectors.shape[1], "method": self._method}
        with suppress(OSError):  # the next reading says that it was lost
            connection.send_bytes(json.dumps(head).encode())
            connection.send_bytes(np.ascontiguousarray(vectors, np.float32).tobytes())
            connection.send_bytes(np.ascontiguousarray(candidates, bool).tobytes())
            connection.send_bytes(np.ascontiguousarray(start, np.float32).tobytes())


def run(connection: Connection[Any, Any]) -> None:
    """What the child does: group, refine, and send what it has; ends by itself when nobody listens any more."""
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the program's
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with suppress(OSError, EOFError), threadpool_limits(embedding.THREADS):
        connection.send_bytes(_READY)
        head = json.loads(connection.recv_bytes())
        count, preset = head["count"], embedding.PRESETS.get(head["method"])
        vectors = np.frombuffer(connection.recv_bytes(), np.float32).reshape(count, head["length"])
        candidates = np.frombuffer(connection.recv_bytes(), np.bool_)
        start = np.frombuffer(connection.recv_bytes(), np.float32).reshape(count, 2)
        groups = embedding.propose_clusters(vectors, candidates)
        connection.send_bytes(_GROUPS + json.dumps([group.tolist() for group in groups]).encode())
        if preset is not None:
            points = embedding.tsne(vectors, start, preset, lambda *news: _tell(connection, *news))
            total = preset.exaggerated + preset.iterations
            _tell(connection, points, total, total)
        connection.send_bytes(_END)


def _tell(connection: Connection[Any, Any], points: Vectors, done: int, total: int) -> None:
    counts = np.array([done, total], "<i4").tobytes()
    connection.send_bytes(_POINTS + counts + np.ascontiguousarray(points, "<f4").tobytes())


def _next(connection: Connection[Any, Any], progress: Progress) -> bytes:
    try:
        while not connection.poll(_POLL_S):
            progress.check()
        progress.check()
        return connection.recv_bytes()
    except (EOFError, OSError) as error:
        raise CoreError(_LOST) from error


def _read(message: bytes) -> Groups | Places:
    if message[:1] == _GROUPS:
        return Groups(tuple(tuple(members) for members in json.loads(message[1:])))
    done, total = np.frombuffer(message, "<i4", count=2, offset=1).tolist()
    points = np.frombuffer(message[9:], "<f4").reshape(-1, 2)  # sliced, so that the numbers lie aligned
    return Places(points, done, total)
