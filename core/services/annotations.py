"""Annotations on the exhibits of the open case: rectangles, arrows and texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from core.domain import Table, Written
from core.examine import Annotation, AnnotationKind
from core.services.cases import Cases
from core.store import annotations as drawings

_ANNOTATIONS = frozenset({Table.ANNOTATIONS})


class Annotations:
    """Draws, changes and removes annotations in the name of the examiner at work.

    Args:
        cases: holds the open case.
    """

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    def add(
        self,
        exhibit_id: int,
        kind: AnnotationKind,
        points: Sequence[tuple[float, float]],
        text: str = "",
        *,
        in_report: bool = True,
    ) -> Written[Annotation]:
        """Draw an annotation; the value is it with its number.

        Args:
            exhibit_id: the exhibit.
            kind: rectangle, arrow or text.
            points: (x, y) fractions of the stored image: two corners, start and tip, or the left top corner.
            text: what stands at it; a text needs one.
            in_report: whether it is to be printed.

        Raises:
            BadInput: points outside the image, no text or too long a one, or 500 annotations on the exhibit already.
            NotFound: there is no such exhibit.
        """
        wanted = Annotation(exhibit_id, kind, tuple(points), text, "", datetime.now(UTC), in_report)
        with self._cases.database.writing() as transaction:
            made = drawings.add(transaction, wanted)
        return Written(made, _ANNOTATIONS)

    def change(self, annotation: Annotation) -> Written[Annotation]:
        """Give an annotation the points, text and place in the report of this record; the value is what it was."""
        with self._cases.database.writing() as transaction:
            before = drawings.change(transaction, annotation)
        return Written(before, _ANNOTATIONS)

    def remove(self, annotation_id: int) -> Written[Annotation]:
        """Take an annotation away; the value is what it was, and so is its entry in the log."""
        with self._cases.database.writing() as transaction:
            was = drawings.remove(transaction, annotation_id)
        return Written(was, _ANNOTATIONS)

    def restore(self, annotation: Annotation) -> Written[Annotation]:
        """Put a removed annotation back under its number."""
        with self._cases.database.writing() as transaction:
            made = drawings.restore(transaction, annotation)
        return Written(made, _ANNOTATIONS)

    def of(self, exhibit_id: int) -> tuple[Annotation, ...]:
        """The annotations on an exhibit in the order they were drawn; while it is hidden, only one's own."""
        database = self._cases.database
        with database.reading() as session:
            return drawings.of(session, exhibit_id, database.actor)
