"""What an analyst may take back: tags, notes and reviews, as records and as an undo stack over the services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.jobs import Jobs, Lane
from app.wording import exhibits_text
from core.domain import Written
from core.errors import BadInput, CoreError
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TagEdit:
    """Give or take a tag (0–9); `on` None: take it when all exhibits have it, give it otherwise."""

    ids: tuple[int, ...]
    tag: int
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """Replace the note of one exhibit."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class ReviewEdit:
    """Mark exhibits reviewed or not; `reviewed` None: unmark when all are marked, mark otherwise."""

    ids: tuple[int, ...]
    reviewed: bool | None = None


Edit = TagEdit | NoteEdit | ReviewEdit
_Way = Callable[[], Written[Any]]


class Edits(QObject):
    """Applies edits through the services, in order, and takes them back; undoing is a new entry in the log.

    Args:
        workspace: the door to the services.
        jobs: where the writes run.

    Signals:
        message: a sentence why an edit did not happen; it is off the stack then.
    """

    message = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._case: Path | None = None
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(200)

    def apply(self, edit: Edit) -> None:
        """Carry out an edit and remember how to take it back."""
        if not (isinstance(edit, NoteEdit) or edit.ids):
            return
        self.stack.push(_Command(edit, self, self._workspace))

    def start(self, task: Callable[[], Any], failed: Callable[[Exception], None]) -> None:
        """Run one step after the ones asked for before it, but never in another case than it was meant for."""
        case = self._case

        def run(_progress: Progress) -> Any:  # noqa: ANN401 - whatever the service returned
            current = self._workspace.cases.current
            if case is not None and (current is None or current.path != case):
                raise BadInput(f"The case {case} was closed before the last change in it could be saved.")
            return task()

        self._jobs.start(run, failed=failed, lane=Lane.WRITE, quiet=True)

    def set_case(self, path: Path | None) -> None:
        """Forget everything that can be taken back; this case is open now. None: do not check."""
        self._case = path
        self.stack.clear()


class _Command(QUndoCommand):
    def __init__(self, edit: Edit, edits: Edits, workspace: Workspace) -> None:
        super().__init__(_caption(edit))
        self._edit, self._edits, self._workspace = edit, edits, workspace
        self._ways: tuple[_Way, _Way] | None = None

    def redo(self) -> None:
        self._edits.start(self._forward, self._give_up)

    def undo(self) -> None:
        if not self.isObsolete():
            self._edits.start(self._backward, self._give_up)

    def _forward(self) -> Written[Any]:
        if self._ways is None:
            self._ways = _ways(self._edit, self._workspace)
        return self._ways[0]()

    def _backward(self) -> Written[Any] | None:
        return None if self._ways is None else self._ways[1]()

    def _give_up(self, error: Exception) -> None:
        stack = self._edits.stack
        self.setObsolete(True)
        if stack.index() and stack.command(stack.index() - 1) is self:
            stack.undo()  # an obsolete command is thrown away by undoing it
        if isinstance(error, CoreError):
            self._edits.message.emit(str(error))


def _ways(edit: Edit, workspace: Workspace) -> tuple[_Way, _Way]:
    """How to do and undo an edit; only exhibits that really change are touched, so that undoing restores exactly."""
    exhibits = workspace.exhibits
    if isinstance(edit, NoteEdit):
        return partial(exhibits.note, edit.id, edit.text), partial(exhibits.note, edit.id, exhibits.get(edit.id).note)
    has = {
        line.id: edit.tag in line.tags if isinstance(edit, TagEdit) else line.reviewed
        for line in exhibits.lines(edit.ids)
    }
    wanted = edit.on if isinstance(edit, TagEdit) else edit.reviewed
    target = not all(has.values()) if wanted is None else wanted
    ids = tuple(exhibit for exhibit, held in has.items() if held is not target)
    if isinstance(edit, TagEdit):
        return partial(exhibits.tag, ids, edit.tag, target), partial(exhibits.tag, ids, edit.tag, not target)
    return partial(exhibits.review, ids, target), partial(exhibits.review, ids, not target)


def _caption(edit: Edit) -> str:
    if isinstance(edit, NoteEdit):
        return QCoreApplication.translate("Edits", "note")
    what = (
        QCoreApplication.translate("Edits", "tag {}").format(edit.tag)
        if isinstance(edit, TagEdit)
        else QCoreApplication.translate("Edits", "review")
    )
    return f"{what} ({exhibits_text(len(edit.ids))})"
