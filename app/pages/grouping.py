"""Making a group of exhibits that are selected somewhere: asks for its name, and has it written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.dialogs.group import GroupDialog
from app.edits import Edits
from app.examiner_edits import MakeGroup
from app.jobs import Jobs, Lane
from core.examine import ExhibitGroup
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace


class Grouping(QObject):
    """Opens the dialog over a page.

    Args:
        workspace: the door to the services.
        jobs: where the names of groups are read.
        edits: where the group goes, so that it can be taken back.
        page: over which the dialog opens.

    Signals:
        message: a sentence for the analyst.
    """

    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, edits: Edits, page: QWidget) -> None:
        super().__init__(page)
        self._workspace, self._jobs, self._edits, self._page = workspace, jobs, edits, page
        self.dialog: GroupDialog | None = None

    def ask(self, exhibit_ids: Sequence[int], *, name: str = "", note: str = "") -> None:
        """Ask how a group of these exhibits shall be called; `name` and `note` are suggestions."""
        ids = tuple(exhibit_ids)
        if not ids:
            self.message.emit(self.tr("Select the exhibits that belong together first."))
            return

        def read(_progress: Progress) -> tuple[ExhibitGroup, ...]:
            return self._workspace.groups.all()

        def show(groups: tuple[ExhibitGroup, ...]) -> None:
            self._open(ids, [group.name for group in groups], name, note)

        self._jobs.start(read, show, lane=Lane.DISK, quiet=True, token=(id(self), "groups"))

    def forget(self) -> None:
        """Another case comes: its exhibits are others."""
        if self.dialog is not None:
            self.dialog.reject()

    def _open(self, ids: tuple[int, ...], taken: Sequence[str], name: str, note: str) -> None:
        self.forget()
        dialog = GroupDialog(len(ids), taken, name=name, note=note, parent=self._page.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.group_wished.connect(lambda name, note: self._edits.apply(MakeGroup(name, ids, note)))
        dialog.finished.connect(self._drop)
        self.dialog = dialog
        dialog.open()

    def _drop(self, _result: int) -> None:
        self.dialog = None
