"""Draws maps in the background: picture after picture arrives, and a newer wish drops the older one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from app.jobs import Job, Jobs, Lane
from app.pages.examine_loading import sentence
from core.errors import Cancelled
from core.examine import EmbeddingMap
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_QUICK = "PCA"


class MapLoader(QObject):
    """Has one map drawn at a time.

    Args:
        workspace: the door to the services.
        jobs: where the drawing runs.

    Signals:
        pictured: an `EmbeddingMap`, final or not; where they come too fast, the older ones are skipped.
        stopped: the analyst stopped the drawing; what was pictured last stays.
        refused: a sentence why there is no map.
    """

    pictured = Signal(object)
    stopped = Signal()
    refused = Signal(str)
    _arrived = Signal(int)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._lock = threading.Lock()
        self._waiting: EmbeddingMap | None = None
        self._turn = 0
        self._job: Job | None = None
        self._arrived.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether a map is being drawn."""
        return self._job is not None

    def draw(self, method: str) -> None:
        """Draw a map by this method."""
        self.cancel()
        turn = self._turn

        def picture(drawn: EmbeddingMap) -> None:
            with self._lock:
                told = self._waiting is not None
                self._waiting = drawn if turn == self._turn else self._waiting
            if not told and turn == self._turn:
                self._arrived.emit(turn)

        def draw(progress: Progress) -> EmbeddingMap:
            return self._workspace.embedding.map(method, progress=progress, refined=picture)

        def done(drawn: EmbeddingMap) -> None:
            self._end(turn)
            self.pictured.emit(drawn)

        def failed(error: Exception) -> None:
            self._end(turn)
            if isinstance(error, Cancelled):
                self.stopped.emit()
            else:
                self.refused.emit(sentence(error))

        self._job = self._jobs.start(
            draw, done, failed, lane=Lane.DISK, title=f"Drawing the map ({method})", quiet=method == _QUICK
        )

    def cancel(self) -> None:
        """Nothing is wanted any more."""
        with self._lock:
            self._turn += 1
            self._waiting = None
        if self._job is not None:
            self._job.drop()
            self._job = None

    def _pass_on(self, turn: int) -> None:
        with self._lock:
            drawn, self._waiting = self._waiting, None
        if drawn is not None and turn == self._turn:
            self.pictured.emit(drawn)

    def _end(self, turn: int) -> None:
        with self._lock:
            self._waiting = None
        if turn == self._turn:
            self._job = None
