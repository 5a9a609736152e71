"""What every page of the retraining wizard has in common: it shows a draft, and says how the analyst changed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget, QWizardPage

from app.jobs import Jobs
from core.retraining import Draft

if TYPE_CHECKING:
    from core.services.workspace import Workspace


class RetrainingPage(QWizardPage):
    """One page of the retraining wizard.

    Args:
        workspace: the door to the services.
        jobs: where everything slow runs.

    Signals:
        draft_changed: the draft with what was chosen on the page; the wizard keeps and saves it.
        message: a sentence for the analyst, shown below the page.
        page_wished: id of another page to go to (see `core.retraining.PAGES`).
    """

    page_id = ""

    draft_changed = Signal(object)
    message = Signal(str)
    page_wished = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace, self.jobs = workspace, jobs
        self.draft: Draft | None = None

    def show_draft(self, draft: Draft) -> None:
        """Show a draft; called whenever the page is entered, and when another page or the disk changed it."""
        self.draft = draft
        self.completeChanged.emit()

    def change(self, draft: Draft) -> None:
        """Keep a changed draft and say so."""
        self.draft = draft
        self.draft_changed.emit(draft)
        self.completeChanged.emit()

    def leave(self) -> None:
        """Stop what the page does in the background that nobody waits for any more; the wizard goes or closes."""
