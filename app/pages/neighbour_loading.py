"""Fills the list of neighbours of an exhibit; an answer that came too late is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.jobs import Jobs, Lane
from app.pages.examine_loading import sentence
from app.tables.thumbnails import Thumbnails
from app.widgets.neighbours_view import NOTHING, NeighboursView
from core.domain import ExhibitLine
from core.errors import Cancelled
from core.examine import Neighbour
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_COUNT = 12
_Answer = tuple[tuple[Neighbour, ...], dict[int, ExhibitLine]]


class NeighbourLoader(QObject):
    """Reads the neighbours of one exhibit at a time, and their thumbnails.

    Args:
        workspace: the door to the services.
        jobs: where the reading runs.
        view: what is filled.

    Attributes:
        titles: what the analyst reads instead of the names of classes.
    """

    def __init__(self, workspace: Workspace, jobs: Jobs, view: NeighboursView) -> None:
        super().__init__(view)
        self._workspace, self._jobs, self._view = workspace, jobs, view
        self.titles: Mapping[str, str] = {}
        self._current: int | None = None
        self._by_digest: dict[str, int] = {}
        self._thumbnails = Thumbnails(workspace, jobs, self)
        self._thumbnails.arrived.connect(self._show_thumbnails)

    def show(self, exhibit_id: int, detector: str | None = None) -> None:
        """Show the neighbours of an exhibit, by the digest of a detector (None: the one in use)."""
        self._current = exhibit_id
        self._view.set_busy()

        def read(_progress: Progress) -> _Answer:
            near = self._workspace.embedding.neighbours(exhibit_id, _COUNT, detector=detector)
            ids = [one.exhibit_id for one in near if one.exhibit_id is not None]
            return near, {line.id: line for line in self._workspace.exhibits.lines(ids)}

        def failed(error: Exception) -> None:
            if exhibit_id == self._current and not isinstance(error, Cancelled):
                self._view.say(sentence(error))

        self._jobs.start(
            read,
            lambda answer: self._take(exhibit_id, answer),
            failed,
            lane=Lane.DISK,
            quiet=True,
            token=(id(self), "neighbours"),
        )

    def clear(self) -> None:
        """No exhibit is looked at; another case may use the same numbers."""
        self._current = None
        self._by_digest.clear()
        self._thumbnails.clear()
        self._view.say(NOTHING)

    def _take(self, exhibit_id: int, answer: _Answer) -> None:
        if exhibit_id != self._current:
            return
        near, lines = answer
        self._view.set_neighbours(near, lines, self.titles)
        self._by_digest = {line.sha256: line.id for line in lines.values()}
        self._show_thumbnails(tuple(self._by_digest))

    def _show_thumbnails(self, digests: tuple[str, ...]) -> None:
        for digest in digests:
            exhibit = self._by_digest.get(digest)
            image = self._thumbnails.get(digest) if exhibit is not None else None
            if exhibit is not None and image is not None:
                self._view.set_thumbnail(exhibit, image)
