"""What an analyst may take back, as records and as an undo stack over the services; see also `app.examiner_edits`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app import examiner_edits
from app.examiner_edits import ExaminerEdit
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
    """Replace the note of one exhibit; `name` is how the analyst knows it."""

    id: int
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReviewEdit:
    """Mark exhibits reviewed or not; `reviewed` None: unmark when all are marked, mark otherwise."""

    ids: tuple[int, ...]
    reviewed: bool | None = None


Edit = TagEdit | NoteEdit | ReviewEdit | ExaminerEdit
_Way = Callable[[], Written[Any]]


class Edits(QObject):
    """Applies edits through the services, in order, and takes them back; undoing is a new entry in the log.

    Args:
        workspace: the door to the services.
        jobs: where the writes run.

    Signals:
        message: a sentence why an edit did not happen; it is off the stack then.
        note_kept: a note could not be saved; its text waits for `take_kept_note`.
    """

    message = Signal(str)
    note_kept = Signal()

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._case: Path | None = None
        self._kept_notes: dict[int, str] = {}
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(200)

    @property
    def case(self) -> Path | None:
        """The case whose edits can be taken back."""
        return self._case

    def apply(self, edit: Edit) -> None:
        """Carry out an edit and remember how to take it back."""
        if isinstance(edit, (TagEdit, ReviewEdit)) and not edit.ids:
            return
        if isinstance(edit, NoteEdit):
            self._kept_notes.pop(edit.id, None)  # newer words replace the ones that were kept
        self.stack.push(_Command(edit, self, self._workspace))

    def keep_note(self, edit: NoteEdit) -> None:
        """The note could not be saved: hold its text until the exhibit's editor takes it back."""
        self._kept_notes[edit.id] = edit.text
        self.note_kept.emit()

    def take_kept_note(self, exhibit_id: int) -> str | None:
        """The text that could not be saved, once; None when there is none."""
        return self._kept_notes.pop(exhibit_id, None)

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
        self._kept_notes.clear()
        self.stack.clear()


class _Command(QUndoCommand):
    def __init__(self, edit: Edit, edits: Edits, workspace: Workspace) -> None:
        super().__init__(_caption(edit))
        self._edit, self._edits, self._workspace = edit, edits, workspace
        self._case = edits.case
        self._ways: tuple[_Way, _Way] | None = None

    def redo(self) -> None:
        self._edits.start(self._forward, self._refuse)

    def undo(self) -> None:
        if not self.isObsolete():
            self._edits.start(self._backward, self._give_up)

    def _forward(self) -> Written[Any]:
        if self._ways is None:
            self._ways = _ways(self._edit, self._workspace)
        return self._ways[0]()

    def _backward(self) -> Written[Any] | None:
        return None if self._ways is None else self._ways[1]()

    def _refuse(self, error: Exception) -> None:
        if isinstance(self._edit, NoteEdit) and self._case == self._edits.case:
            self._edits.keep_note(self._edit)
        self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        edit, edits = self._edit, self._edits  # throwing the command away ends it
        stack = edits.stack
        self.setObsolete(True)
        if stack.index() and stack.command(stack.index() - 1) is self:
            stack.undo()  # an obsolete command is thrown away by undoing it
        if isinstance(error, CoreError):
            edits.message.emit(_refusal(edit, error))


def _ways(edit: Edit, workspace: Workspace) -> tuple[_Way, _Way]:
    """How to do and undo an edit; only exhibits that really change are touched, so that undoing restores exactly."""
    exhibits = workspace.exhibits
    if isinstance(edit, ExaminerEdit):
        return examiner_edits.ways(edit, workspace)
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


def _refusal(edit: Edit, error: CoreError) -> str:
    if not isinstance(edit, NoteEdit):
        return str(error)
    name = edit.name or QCoreApplication.translate("Edits", "the exhibit")
    return QCoreApplication.translate("Edits", "The note of {} was not saved: {}").format(name, error)


def _caption(edit: Edit) -> str:
    if isinstance(edit, ExaminerEdit):
        return examiner_edits.caption(edit)
    if isinstance(edit, NoteEdit):
        return QCoreApplication.translate("Edits", "note")
    what = (
        QCoreApplication.translate("Edits", "tag {}").format(edit.tag)
        if isinstance(edit, TagEdit)
        else QCoreApplication.translate("Edits", "review")
    )
    return f"{what} ({exhibits_text(len(edit.ids))})"
