"""Verifies a case or a report at the analyst's wish, and shows what was found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.dialogs.verification import VerificationDialog
from app.jobs import Jobs, Lane
from core.custody import Verification
from core.errors import CoreError

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_LAST_FOLDER = "verified_folder"


class Verifying(QObject):
    """The two entries of the menu.

    Args:
        workspace: the door to the services.
        jobs: where the work runs.
        window: over which the dialogs open.
    """

    def __init__(self, workspace: Workspace, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._jobs, self._window = workspace, jobs, window

    def verbs(self) -> dict[str, Callable[[], object]]:
        """What it answers, by the id of the action."""
        return {"case.verify": self.verify_case, "case.verify_report": self.ask_report}

    def verify_case(self) -> None:
        """Verify the open case: its log, its records, its evidence."""
        current = self._workspace.cases.current
        if current is not None:
            path = current.path
            self._jobs.start(
                lambda progress: self._workspace.verification.case(path, progress=progress),
                self.show,
                lane=Lane.DISK,
                title=self.tr("Verifying the case"),
                token=(id(self), "case"),
            )

    def ask_report(self) -> None:
        """Ask for a report, and verify it against the open case if there is one."""
        folder = str(self._workspace.settings.recall(_LAST_FOLDER, ""))
        kinds = self.tr("Reports (*.pdf);;All files (*)")
        name, _kind = QFileDialog.getOpenFileName(self._window, self.tr("Verify a report"), folder, kinds)
        if name:
            with suppress(CoreError):  # what cannot be remembered is asked for again
                self._workspace.settings.remember(_LAST_FOLDER, str(Path(name).parent))
            self.verify_report(Path(name))

    def verify_report(self, pdf: Path) -> None:
        """Verify a report against the open case, or alone where none is open."""
        current = self._workspace.cases.current
        case = current.path if current is not None else None
        self._jobs.start(
            lambda progress: self._workspace.report_verification.report(pdf, case, progress=progress),
            self.show,
            lane=Lane.DISK,
            title=self.tr("Verifying the report"),
            token=(id(self), "report"),
        )

    def show(self, found: Verification) -> None:
        """Show what was found."""
        dialog = VerificationDialog(found, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
