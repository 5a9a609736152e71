"""Opens the retraining wizard for the window, one at a time, and asks before a training is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from app.jobs import Jobs, Lane

if TYPE_CHECKING:
    from app.wizards.retraining import RetrainingWizard
    from core.retraining import Draft
    from core.services.workspace import Workspace

_ASKED = "A detector is being trained."
_EXPLAINED = (
    "If you close the program, the training stops at its next step and keeps everything. It goes on from there with "
    "“Retrain…” on the page Detectors."
)


class RetrainingDesk(QObject):
    """The wizard of the window.

    Args:
        workspace: the door to the services.
        jobs: where the work runs.
        window: over which the wizard opens.

    Signals:
        message: a sentence for the analyst.
    """

    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._jobs, self._window = workspace, jobs, window
        self.wizard: RetrainingWizard | None = None

    def open(self) -> None:
        """Open the wizard, or bring the one that is open to the front."""
        from app.wizards.retraining import RetrainingWizard

        if self.wizard is None:
            self.wizard = RetrainingWizard(self._workspace, self._jobs, self._window)
            self.wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self.wizard.message.connect(self.message)
            self.wizard.activated.connect(self._tell_activated)
            self.wizard.finished.connect(self._forget)
        self.wizard.show()
        self.wizard.raise_()
        self.wizard.activateWindow()

    def may_close(self) -> bool:
        """Whether the program may be closed: asks while a training runs."""
        if not any(job.lane is Lane.TRAINING for job in self._jobs.running(quiet=True)):
            return True
        box = QMessageBox(QMessageBox.Icon.Question, "Close the program?", _ASKED, parent=self._window)
        box.setInformativeText(_EXPLAINED)
        stop = box.addButton("&Stop and close", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton("&Keep training", QMessageBox.ButtonRole.RejectRole))
        box.exec()
        return box.clickedButton() is stop

    def _tell_activated(self, draft: Draft) -> None:
        name = draft.card.title or draft.card.name
        self.message.emit(
            f"{name} makes new findings from now on. Findings that exist keep the detector they were made with."
        )

    def _forget(self) -> None:
        self.wizard = None
