"""What an examiner may take back of annotations and groups: records of what is wished, how it is done and undone."""

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
class DrawAnnotation:
    """Draw an annotation; points are fractions of the stored image."""

    exhibit_id: int
    kind: AnnotationKind
    points: tuple[tuple[float, float], ...]
    text: str = ""
    in_report: bool = True


@dataclass(frozen=True, slots=True)
class ChangeAnnotation:
    """Give an annotation the points, text and place in the report of this record."""

    annotation: Annotation


@dataclass(frozen=True, slots=True)
class RemoveAnnotation:
    """Take an annotation away."""

    annotation: Annotation


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


ExaminerEdit = DrawAnnotation | ChangeAnnotation | RemoveAnnotation | MakeGroup | ChangeGroup | RemoveGroup


def ways(edit: ExaminerEdit, workspace: Workspace) -> tuple[Way, Way]:
    """How to do and undo an edit."""
    drawings, groups = workspace.annotations, workspace.groups
    match edit:
        case DrawAnnotation():
            draw = partial(drawings.add, edit.exhibit_id, edit.kind, edit.points, edit.text, in_report=edit.in_report)
            return _made_and_removed(draw, drawings.restore, drawings.remove)
        case MakeGroup():
            make = partial(groups.make, edit.name, edit.exhibit_ids, edit.note)
            return _made_and_removed(make, groups.restore, groups.remove)
        case RemoveAnnotation():
            return _removed_and_restored(partial(drawings.remove, edit.annotation.id or 0), drawings.restore)
        case RemoveGroup():
            return _removed_and_restored(partial(groups.remove, edit.group.id), groups.restore)
        case ChangeAnnotation():
            return _changed_and_back(edit.annotation, drawings.change)
        case ChangeGroup():
            return _changed_and_back(edit.group, groups.change)


def caption(edit: ExaminerEdit) -> str:
    """What an edit is called behind "Undo"."""
    match edit:
        case DrawAnnotation():
            return _translated("{} on the image").format(_translated(edit.kind.value))
        case ChangeAnnotation() | RemoveAnnotation():
            return _translated("annotation on the image")
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
