"""What an examiner may take back of marks and groups: records of what is wished, and how it is done and undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from app.wording import visible
from core.domain import Written
from core.examine import Annotation, AnnotationKind, ExhibitGroup

if TYPE_CHECKING:
    from core.services.workspace import Workspace

Way = Callable[[], Written[Any]]
_LONGEST = 40
_NOTHING: Written[Any] = Written(None, frozenset())


@dataclass(frozen=True, slots=True)
class DrawMark:
    """Draw a mark; points are fractions of the stored image."""

    exhibit_id: int
    kind: AnnotationKind
    points: tuple[tuple[float, float], ...]
    text: str = ""
    in_report: bool = True


@dataclass(frozen=True, slots=True)
class ChangeMark:
    """Give a mark the points, text and place in the report of this record."""

    mark: Annotation


@dataclass(frozen=True, slots=True)
class RemoveMark:
    """Take a mark away."""

    mark: Annotation


@dataclass(frozen=True, slots=True)
class MakeGroup:
    """Make a group of exhibits."""

    name: str
    exhibit_ids: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Give a group the name, note and exhibits of this record."""

    group: ExhibitGroup


@dataclass(frozen=True, slots=True)
class RemoveGroup:
    """Take a group away, never its exhibits."""

    group: ExhibitGroup


ExaminerEdit = DrawMark | ChangeMark | RemoveMark | MakeGroup | ChangeGroup | RemoveGroup


def ways(edit: ExaminerEdit, workspace: Workspace) -> tuple[Way, Way]:
    """How to do and undo an edit."""
    marks, groups = workspace.annotations, workspace.groups
    match edit:
        case DrawMark():
            draw = partial(marks.add, edit.exhibit_id, edit.kind, edit.points, edit.text, in_report=edit.in_report)
            return _made_and_removed(draw, marks.restore, marks.remove)
        case MakeGroup():
            make = partial(groups.make, edit.name, edit.exhibit_ids, edit.note)
            return _made_and_removed(make, groups.restore, groups.remove)
        case RemoveMark():
            return _removed_and_restored(partial(marks.remove, edit.mark.id or 0), marks.restore)
        case RemoveGroup():
            return _removed_and_restored(partial(groups.remove, edit.group.id), groups.restore)
        case ChangeMark():
            return _changed_and_back(edit.mark, marks.change)
        case ChangeGroup():
            return _changed_and_back(edit.group, groups.change)


def caption(edit: ExaminerEdit) -> str:
    """What an edit is called behind "Undo"."""
    match edit:
        case DrawMark():
            return _translated("{} on the image").format(_translated(edit.kind.value))
        case ChangeMark() | RemoveMark():
            return _translated("mark on the image")
        case MakeGroup():
            return _translated("group {}").format(visible(edit.name.strip(), longest=_LONGEST))
        case ChangeGroup() | RemoveGroup():
            return _translated("group {}").format(visible(edit.group.name, longest=_LONGEST))


def _made_and_removed(
    make: Way, restore: Callable[[Any], Written[Any]], remove: Callable[[int], Written[Any]]
) -> tuple[Way, Way]:
    """Made once; made again it is the same thing under the same number, so that later edits of it still fit."""
    made: list[Any] = []

    def forward() -> Written[Any]:
        written = restore(made[0]) if made else make()
        made[:] = [written.value]
        return written

    def backward() -> Written[Any]:
        if not made:  # it was refused, and undone before anybody knew
            return _NOTHING
        written = remove(made[0].id)
        made[:] = [written.value]
        return written

    return forward, backward


def _removed_and_restored(remove: Way, restore: Callable[[Any], Written[Any]]) -> tuple[Way, Way]:
    was: list[Any] = []

    def forward() -> Written[Any]:
        written = remove()
        was[:] = [written.value]
        return written

    return forward, lambda: restore(was[0]) if was else _NOTHING


def _changed_and_back(wanted: Any, change: Callable[[Any], Written[Any]]) -> tuple[Way, Way]:  # noqa: ANN401
    before: list[Any] = []

    def forward() -> Written[Any]:
        written = change(wanted)
        before[:] = [written.value]
        return written

    return forward, lambda: change(before[0]) if before else _NOTHING


def _translated(text: str) -> str:
    return QCoreApplication.translate("Edits", text)
