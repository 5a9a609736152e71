"""Issuing, amending and verifying from the report page: opens the dialogs and does what they wish."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.dialogs.issue_report import IssueDialog, IssueWish, result_text
from app.dialogs.verifying import Verifying
from app.jobs import Job, Jobs, Lane
from app.widgets.report_words import differing, draft_words, main_file, name_of, pdf_of
from core.domain import Written
from core.errors import Cancelled, CoreError
from core.progress import Progress, Tick
from core.reporting import IssuedReport, ReportDraft

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_FOLDER = "report_folder"
_STOPPED = "The report was not issued; nothing of it is kept."
_BUG = "The report could not be issued because of a fault in the program. Nothing of it is kept."


class Issuing(QObject):
    """Does with reports what the analyst wishes.

    Args:
        workspace: the door to the services.
        jobs: where the work runs.
        page: over which the dialogs open.

    Attributes:
        dialog: the one that is open, or None.
        verifying: puts report files to the test.

    Signals:
        issued: a report (`IssuedReport`) is there.
        text_wished: the text of a report (`IssuedReport`) is to be put on the page.
        message: a sentence for the analyst.
    """

    issued = Signal(object)
    text_wished = Signal(object)
    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, page: QWidget) -> None:
        super().__init__(page)
        self._workspace, self._jobs, self._page = workspace, jobs, page
        self._job: Job | None = None
        self.dialog: IssueDialog | None = None
        self.verifying = Verifying(workspace, jobs, page)
        jobs.ticked.connect(self._pass_tick)

    @property
    def busy(self) -> bool:
        """Whether a report is being issued."""
        return self._job is not None

    def ask_amending(self, draft: ReportDraft, total: int, amends: IssuedReport) -> None:
        """As `ask`, once it is known what the draft says otherwise than the report that it replaces."""

        def read(_progress: Progress) -> ReportDraft:
            return self._workspace.reports.draft_of(amends.uid)

        def show(theirs: ReportDraft) -> None:
            self.ask(draft, total, amends, differing=differing(draft, theirs))

        def failed(error: Exception) -> None:
            if isinstance(error, CoreError) and not isinstance(error, Cancelled):
                self.message.emit(str(error))

        self._jobs.start(read, show, failed, lane=Lane.DISK, quiet=True, token=(id(self), "amend"))

    def ask(
        self, draft: ReportDraft, total: int, amends: IssuedReport | None = None, *, differing: Sequence[str] = ()
    ) -> None:
        """Ask how to issue a draft.

        Args:
            draft: what the report says.
            total: exhibits of the case.
            amends: the report it replaces, or None.
            differing: captions of what the draft says otherwise than that report.
        """
        folder = str(self._workspace.settings.recall(_FOLDER, ""))
        dialog = IssueDialog(
            draft_words(draft, total),
            draft.formats,
            amends=amends,
            differing=differing,
            folder=folder,
            parent=self._page.window(),
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.destroyed.connect(self._forget)
        dialog.issue_wished.connect(lambda wish: self._issue(draft, wish, amends))
        dialog.cancel_wished.connect(self._cancel)
        dialog.certificate_wished.connect(self._make_certificate)
        dialog.text_wished.connect(self.text_wished)
        dialog.open_wished.connect(self.open)
        dialog.folder_wished.connect(self.show_folder)
        dialog.verify_wished.connect(self.verify)
        self.dialog = dialog
        dialog.open()

    def open(self, report: IssuedReport) -> None:
        """Open a report with the program of the system."""
        path = main_file(report)
        if path is not None:
            self._show_outside(path)

    def show_folder(self, report: IssuedReport) -> None:
        """Show the folder of a report."""
        self._show_outside(report.folder)

    def verify(self, report: IssuedReport) -> None:
        """Verify an issued report."""
        path = pdf_of(report)
        if path is None:
            self.message.emit(f"{name_of(report)} was issued without a PDF, and only a PDF can be verified.")
        else:
            self.verifying.verify_report(path)

    def forget_case(self) -> None:
        """Another case follows: a report of this one is asked for no more."""
        if self.dialog is not None and not self.dialog.working:
            self.dialog.close()

    def _issue(self, draft: ReportDraft, wish: IssueWish, amends: IssuedReport | None) -> None:
        def work(progress: Progress) -> Written[IssuedReport]:
            reports = self._workspace.reports
            if amends is None:
                return reports.issue(draft, out=wish.out, sign=wish.sign, progress=progress)
            return reports.amend(amends.uid, draft, wish.reason, out=wish.out, sign=wish.sign, progress=progress)

        def done(written: Written[IssuedReport]) -> None:
            self._job = None
            self._end(written.value, wish)

        # On the lane of the network: heat maps that are not kept yet are computed now.
        self._job = self._jobs.start(work, done, self._refuse, lane=Lane.DEVICE, title="Issuing a report")

    def _end(self, issued: IssuedReport, wish: IssueWish) -> None:
        folder, settings = str(wish.out or ""), self._workspace.settings
        self._jobs.start(lambda _: settings.remember(_FOLDER, folder), lane=Lane.WRITE, quiet=True)
        if self.dialog is not None:
            self.dialog.show_done(issued)
        else:
            self.message.emit(result_text(issued, wish.out))
        self.issued.emit(issued)

    def _refuse(self, error: Exception) -> None:
        self._job = None
        sentence = _STOPPED if isinstance(error, Cancelled) else str(error) if isinstance(error, CoreError) else _BUG
        if self.dialog is not None:
            self.dialog.refuse(sentence)
        else:
            self.message.emit(sentence)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _pass_tick(self, job: Job, tick: Tick) -> None:
        if job is self._job and self.dialog is not None:
            self.dialog.show_tick(tick)

    def _make_certificate(self, path: Path, name: str, password: str) -> None:
        def make(_progress: Progress) -> Path:
            self._workspace.signing.make_certificate(path, name, password)
            return path

        def done(made: Path) -> None:
            if self.dialog is not None:
                self.dialog.show_certificate(made)

        def refuse(error: Exception) -> None:
            if self.dialog is not None:
                self.dialog.signing.refuse_certificate(str(error) if isinstance(error, CoreError) else _BUG)

        self._jobs.start(make, done, refuse, lane=Lane.WRITE, quiet=True)

    def _show_outside(self, path: Path) -> None:
        if not path.exists():
            self.message.emit(f"{path} is not there any more. Verify the case to see what else is missing.")
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.message.emit(f"The system has no program to open {path}.")

    def _forget(self) -> None:
        self.dialog = None
