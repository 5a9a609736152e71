"""Opens the dialogs of the window; none of them stops the work behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from app.dialogs.about import About
from app.dialogs.bug_report import BugReport
from app.dialogs.custody_asking import CustodyAsking
from app.dialogs.intake_report import IntakeReportDialog
from app.dialogs.shortcut_sheet import ShortcutSheet
from app.errors import bug_text, keep_bug
from app.jobs import Jobs, Lane
from core.domain import IntakeReport
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace


class DialogOpener(QObject):
    """Makes a dialog when it is asked for.

    Args:
        workspace: the door to the services.
        jobs: where reading runs.
        window: over which the dialogs open.

    Signals:
        message: a sentence for the analyst.
    """

    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._jobs, self._window = workspace, jobs, window
        self._bugs: BugReport | None = None
        self._custody = CustodyAsking(workspace, jobs, window)

    def show_bug(self, error: BaseException) -> None:
        """Show a bug of ours, in the dialog that is already open if there is one."""
        text = bug_text(error)
        if self._bugs is None:
            self._bugs = BugReport(self._window)
        self._bugs.add_bug(text, keep_bug(text))

    def show_report(self) -> None:
        """Read and show the last intake report."""

        def read(_progress: Progress) -> IntakeReport | None:
            return self._workspace.intake.report()

        self._jobs.start(read, self._open_report, lane=Lane.DISK, quiet=True, token=(id(self), "report"))

    def show_shortcuts(self) -> None:
        """Show the sheet of shortcuts."""
        self._open(ShortcutSheet(self._window))

    def show_about(self) -> None:
        """Say what the program is."""
        self._open(About(self._window))

    def _open_report(self, report: IntakeReport | None) -> None:
        if report is None:
            self.message.emit(self.tr("Nothing was taken into this case yet."))
            return
        dialog = IntakeReportDialog(report, self._jobs, self._window)
        dialog.message.connect(self.message)
        dialog.custody_wished.connect(self._custody.ask)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
