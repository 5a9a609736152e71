"""Asks for the consent to learn from exhibits, and has their copies made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.jobs import Jobs, Lane
from app.widgets.work_line import WorkLine
from app.wizards.page_work import PageWork
from app.wizards.retraining_consent import ConsentDialog, Offer
from core.domain import Written
from core.errors import BadInput, CoreError
from core.progress import Progress
from core.retraining import Draft, ImageGroup

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_NOTHING = (
    "The open case has no group, and no exhibit whose verdict is “unknown architecture”. "
    "Select exhibits in Triage and make a group of them."
)


@dataclass(frozen=True, slots=True)
class _Known:
    case: Path | None
    title: str
    examiner: str
    offers: tuple[Offer, ...]


class ConsentAsking(QObject):
    """Opens the dialog; one at a time.

    Attributes:
        line: shows that the case is being looked at; belongs on the page.
        work: that looking.

    Signals:
        taken: the `ImageGroup` of the copies.
        message: a sentence for the analyst.
    """

    taken = Signal(object)
    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, owner: QWidget) -> None:
        super().__init__(owner)
        self._workspace, self._jobs, self._owner = workspace, jobs, owner
        self.line = WorkLine()
        self.work = PageWork(jobs, self.line, self)
        self.work.message.connect(self.message)
        self.dialog: ConsentDialog | None = None

    def ask(self, draft: Draft, names: Sequence[str]) -> None:
        """Ask which exhibits, as what, and why.

        Args:
            draft: that gets the copies.
            names: architectures to choose from.
        """

        def read(progress: Progress) -> _Known:
            case = self._workspace.cases.current
            offers = self._workspace.training_consent.offered(progress=progress)
            title = case.details.title if case is not None else ""
            return _Known(case.path if case is not None else None, title, self._workspace.views.examiner, offers)

        self.work.run(read, lambda known: self._open(draft, known, names), title="Looking at the open case")

    def _open(self, draft: Draft, known: _Known, names: Sequence[str]) -> None:
        if not known.offers:
            self.message.emit(_NOTHING)
            return
        if self.dialog is not None:
            self.dialog.reject()
        dialog = ConsentDialog(known.offers, known.examiner, names, case=known.title, parent=self._owner.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.consent_wished.connect(lambda *said: self._take(draft, known, said))
        dialog.finished.connect(self._drop)
        self.dialog = dialog
        dialog.show()

    def _take(self, draft: Draft, known: _Known, said: Sequence[str]) -> None:
        dialog, services = self.dialog, self._workspace
        name, label, source, given_by, reason = said

        def take(progress: Progress) -> Written[ImageGroup]:
            case = services.cases.current
            if case is None or case.path != known.case:
                raise BadInput("Another case is open now. Close this form and begin again.")
            return services.training_consent.take(draft, name, label, source, given_by, reason, progress)

        def done(written: Written[ImageGroup]) -> None:
            if not shiboken6.isValid(self):
                return  # the wizard was closed; the copies stay in the draft's folder
            if dialog is not None and self.dialog is dialog:
                dialog.close_taken()
            self.taken.emit(written.value)

        def failed(error: Exception) -> None:
            if shiboken6.isValid(self) and dialog is not None and self.dialog is dialog:
                dialog.refuse(str(error) if isinstance(error, CoreError) else "")

        self._jobs.start(take, done, failed, lane=Lane.INTAKE, title="Copying exhibits for a training")

    def _drop(self, _result: int) -> None:
        self.dialog = None
