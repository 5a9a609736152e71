"""Asks for a custody event over a page, and has it written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from app.dialogs.custody import CustodyDialog
from app.jobs import Jobs, Lane
from core.custody import CustodyEvent, CustodyForm
from core.domain import Written
from core.errors import BadInput, CoreError
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Known:
    """What the form was opened with: the case, who is at work, and how many exhibits there are."""

    case: Path | None
    examiner: str
    exhibits: int


class CustodyAsking(QObject):
    """Opens the dialog; one at a time.

    Args:
        workspace: the door to the services.
        jobs: where reading and writing run.
        owner: over whose window the dialog opens.
    """

    def __init__(self, workspace: Workspace, jobs: Jobs, owner: QWidget) -> None:
        super().__init__(owner)
        self._workspace, self._jobs, self._owner = workspace, jobs, owner
        self.dialog: CustodyDialog | None = None

    def ask(self, chosen: Sequence[int] = (), corrects: CustodyEvent | None = None) -> None:
        """Ask what happened.

        Args:
            chosen: exhibits it is likely about; empty: all of the case.
            corrects: the event that is to be corrected; it is likely about the same exhibits.
        """
        ids = tuple(corrects.exhibit_ids) if corrects is not None else tuple(chosen)

        def read(_progress: Progress) -> _Known:
            return _Known(self._case(), self._workspace.views.examiner, self._workspace.cases.counts().exhibits)

        def show(known: _Known) -> None:
            self._open(known, ids, corrects)

        self._jobs.start(read, show, lane=Lane.DISK, quiet=True, token=(id(self), "custody"))

    def recount(self) -> None:
        """Exhibits were taken in while the form is open."""
        if self.dialog is None:
            return
        dialog = self.dialog

        def show(count: int) -> None:
            if self.dialog is dialog:
                dialog.set_count(count)

        self._jobs.start(
            lambda _progress: self._workspace.cases.counts().exhibits,
            show,
            lane=Lane.DISK,
            quiet=True,
            token=(id(self), "count"),
        )

    def forget(self) -> None:
        """Another case comes: its exhibits are others."""
        if self.dialog is not None:
            self.dialog.reject()

    def _case(self) -> Path | None:
        case = self._workspace.cases.current
        return None if case is None else case.path

    def _open(self, known: _Known, ids: tuple[int, ...], corrects: CustodyEvent | None) -> None:
        self.forget()
        dialog = CustodyDialog(known.examiner, known.exhibits, len(ids), corrects, self._owner.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        number = corrects.id if corrects is not None else None
        dialog.form_wished.connect(lambda form, some: self._write(known, form, ids if some else None, number))
        dialog.finished.connect(self._drop)
        self.dialog = dialog
        dialog.show()

    def _write(self, known: _Known, form: CustodyForm, ids: tuple[int, ...] | None, corrects: int | None) -> None:
        dialog = self.dialog

        def write(_progress: Progress) -> Written[CustodyEvent]:
            if self._case() != known.case:
                raise BadInput("Another case is open now. Close this form and begin again.")
            return self._workspace.custody.add(form, ids, corrects)

        def done(_written: Written[CustodyEvent]) -> None:
            if dialog is not None and self.dialog is dialog:
                dialog.close_kept()

        def failed(error: Exception) -> None:
            if dialog is not None and self.dialog is dialog:
                dialog.refuse(str(error) if isinstance(error, CoreError) else "")

        self._jobs.start(write, done, failed, lane=Lane.WRITE, quiet=True)

    def _drop(self, _result: int) -> None:
        self.dialog = None
