"""The stand-in workspace on views, annotations and groups; it hides what a blind case hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.domain import ExhibitLine, Table, Written
from core.errors import AnswerHidden, BadInput
from core.examine import Annotation, AnnotationKind, ExaminerView, ExhibitGroup

if TYPE_CHECKING:
    from tests.app.stand_in import StandIn

_EPOCH = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class StandInViews:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.examiner = "A. Moreau"
        self.written: list[ExaminerView] = []

    def write(self, exhibit_id: int, opinion: str, text: str = "") -> Written[ExaminerView]:
        self._door.called("views.write", writes=True)
        if not opinion:
            raise BadInput("Say what you think of the exhibit: real, generated or undecided.")
        made_at = _EPOCH + timedelta(minutes=len(self.written))
        made = ExaminerView(exhibit_id, self.examiner, opinion, text, self.hidden(exhibit_id), made_at)
        self.written.append(made)
        self._door.log("view.add", exhibit=exhibit_id, opinion=opinion, text=text, blind=made.blind)
        return Written(made, frozenset({Table.VIEWS, Table.FINDINGS, Table.ANNOTATIONS}))

    def of(self, exhibit_id: int) -> tuple[ExaminerView, ...]:
        self._door.called("views.of")
        views = tuple(view for view in self.written if view.exhibit_id == exhibit_id)
        return () if self.hidden(exhibit_id) else views

    def hidden(self, exhibit_id: int) -> bool:
        case = self._door.cases.current
        blind = case is not None and case.details.blind
        return blind and not any(
            (view.exhibit_id, view.examiner) == (exhibit_id, self.examiner) for view in self.written
        )

    def hidden_among(self, exhibit_ids: Sequence[int]) -> frozenset[int]:
        return frozenset(filter(self.hidden, exhibit_ids))

    def require_visible(self, exhibit_id: int) -> None:
        if self.hidden(exhibit_id):
            raise AnswerHidden("The answer is hidden. Write down your own view of it first.")

    def seen(self, line: ExhibitLine) -> ExhibitLine:
        """A line as the examiner at work may see it."""
        if not self.hidden(line.id):
            return line
        return replace(line, verdict=None, architecture=None, score=None, agreement=None, hidden=True)


class StandInAnnotations:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.annotations: dict[int, Annotation] = {}
        self._next = 1

    def add(
        self,
        exhibit_id: int,
        kind: AnnotationKind,
        points: Sequence[tuple[float, float]],
        text: str = "",
        *,
        in_report: bool = True,
    ) -> Written[Annotation]:
        self._door.called("annotations.add", writes=True)
        examiner = self._door.views.examiner
        made = Annotation(exhibit_id, kind, tuple(points), text, examiner, _EPOCH, in_report, self._next)
        self._next += 1
        return self.restore(made)

    def restore(self, annotation: Annotation) -> Written[Annotation]:
        self._door.called("annotations.restore", writes=True)
        self.annotations[annotation.id] = annotation
        return Written(annotation, frozenset({Table.ANNOTATIONS}))

    def change(self, annotation: Annotation) -> Written[Annotation]:
        self._door.called("annotations.change", writes=True)
        before, self.annotations[annotation.id] = self.annotations[annotation.id], annotation
        return Written(before, frozenset({Table.ANNOTATIONS}))

    def remove(self, number: int) -> Written[Annotation]:
        self._door.called("annotations.remove", writes=True)
        return Written(self.annotations.pop(number), frozenset({Table.ANNOTATIONS}))

    def of(self, exhibit_id: int) -> tuple[Annotation, ...]:
        self._door.called("annotations.of")
        return tuple(
            annotation for _, annotation in sorted(self.annotations.items()) if annotation.exhibit_id == exhibit_id
        )


class StandInGroups:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.groups: dict[int, ExhibitGroup] = {}
        self._next = 1

    def make(self, name: str, exhibit_ids: Sequence[int], note: str = "") -> Written[ExhibitGroup]:
        self._door.called("groups.make", writes=True)
        ids = tuple(sorted(exhibit_ids))
        made = ExhibitGroup(self._next, name, note, ids, self._door.views.examiner, _EPOCH)
        self._next += 1
        return self.restore(made)

    def restore(self, group: ExhibitGroup) -> Written[ExhibitGroup]:
        self._door.called("groups.restore", writes=True)
        self.groups[group.id] = group
        return Written(group, frozenset({Table.GROUPS}))

    def change(self, group: ExhibitGroup) -> Written[ExhibitGroup]:
        self._door.called("groups.change", writes=True)
        before, self.groups[group.id] = self.groups[group.id], group
        return Written(before, frozenset({Table.GROUPS}))

    def remove(self, number: int) -> Written[ExhibitGroup]:
        self._door.called("groups.remove", writes=True)
        return Written(self.groups.pop(number), frozenset({Table.GROUPS}))

    def all(self) -> tuple[ExhibitGroup, ...]:
        self._door.called("groups.all")
        return tuple(group for _, group in sorted(self.groups.items()))

    def holding(self, exhibit_id: int) -> frozenset[int]:
        """Ids of the groups an exhibit is in."""
        return frozenset(number for number, group in self.groups.items() if exhibit_id in group.exhibit_ids)
