"""The preview of the report page: asks for the pages in sight, one request at a time, and drops what is stale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from app.jobs import Job, Jobs, Lane
from app.widgets.report_preview import ReportPreview
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.reporting import ReportDraft

if TYPE_CHECKING:
    from core.services.workspace import Workspace

WAITING = "The preview is being made …"
_NO_PAGE = "The report has no page to show. Choose “Renew” to try again."


@dataclass(frozen=True, slots=True)
class _Pages:
    images: tuple[QImage, ...]
    first: int
    total: int
    ppi: int


class Previewing(QObject):
    """Keeps the pages in sight as the draft has them.

    Args:
        pane: where they are shown.
        workspace: the door to the services.
        jobs: where rendering runs.
    """

    def __init__(self, pane: ReportPreview, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._pane, self._workspace, self._jobs = pane, workspace, jobs
        self._draft: ReportDraft | None = None
        self._generation = 0
        self._job: Job | None = None
        pane.sheets.wanted.connect(self._ask)

    def renew(self, draft: ReportDraft) -> None:
        """Show a draft; what is shown of the one before stays, greyed, until the first page comes."""
        self._draft = draft
        self._generation += 1
        self._pane.sheets.set_stale()
        if not self._pane.sheets.total:
            self._pane.say(WAITING)
        if self._job is not None:
            self._job.cancel()  # its end starts the next request
        else:
            self._ask()

    def stop(self) -> None:
        """Show nothing more of this draft."""
        self._draft = None
        self._generation += 1
        if self._job is not None:
            self._job.cancel()

    def _ask(self) -> None:
        wanted, draft = self._pane.sheets.missing(), self._draft
        if self._job is not None or draft is None or wanted is None:
            return
        first, count = wanted
        ppi, generation = self._pane.sheets.ppi, self._generation

        def read(progress: Progress) -> _Pages:
            pages = self._workspace.reports.preview(draft, first, count, ppi=ppi, progress=progress)
            progress.check()
            images = tuple(QImage.fromData(page) for page in pages.pages)
            return _Pages(images, pages.first, pages.total, ppi)

        def take(pages: _Pages) -> None:
            self._job = None
            if generation == self._generation:
                self._take(pages, first)
            self._go_on()

        def give_up(error: Exception) -> None:
            self._job = None
            if generation == self._generation:
                self._refuse(error)
            else:
                self._go_on()

        self._pane.set_working(True)
        self._job = self._jobs.start(read, take, give_up, lane=Lane.LAYER, quiet=True)

    def _take(self, pages: _Pages, first: int) -> None:
        if pages.images or first > pages.total:  # fewer pages than before: what was asked for is gone
            self._pane.sheets.set_pages(pages.images, pages.first, pages.total, pages.ppi)
        if pages.total and (pages.images or first > pages.total):
            self._pane.show_pages()
        else:
            self._draft = None
            self._pane.refuse(_NO_PAGE)

    def _refuse(self, error: Exception) -> None:
        """The request failed and is not repeated by itself: only another draft, or the button, tries again."""
        self._draft = None
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self._pane.refuse(str(error))
        else:
            self._pane.refuse(_NO_PAGE)

    def _go_on(self) -> None:
        self._ask()
        if self._job is None:
            self._pane.set_working(False)
