"""Annotations that examiners draw on exhibits; every change is an entry of its own in the log."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from core.errors import BadInput, NotFound
from core.examine import Annotation, AnnotationKind
from core.store import audit, blindness, exhibits
from core.store.columns import as_we_write_it
from core.store.schema import AnnotationRow
from core.store.session import CaseSession, Transaction

LONGEST = 2_000
MOST = 500  # on one exhibit
_POINTS = {AnnotationKind.RECTANGLE: 2, AnnotationKind.ARROW: 2, AnnotationKind.TEXT: 1}


def add(transaction: Transaction, wanted: Annotation) -> Annotation:
    """Draw an annotation in the name of the transaction's actor; its id is the number of its entry in the log.

    Args:
        transaction: the change this belongs to.
        wanted: what to draw; examiner and time are set here, an id is only kept by `restore`.

    Raises:
        BadInput: points outside the image, a text that is missing or too long, or too many annotations on the exhibit.
        NotFound: there is no such exhibit.
    """
    sound = replace(_sound(wanted), examiner=transaction.actor, made_at=datetime.now(UTC))
    _require_room(transaction, sound.exhibit_id)
    entry = audit.append(transaction, audit.Act.ANNOTATION_ADD, _logged(sound))
    return _insert(transaction, replace(sound, id=entry.sequence))


def restore(transaction: Transaction, removed: Annotation) -> Annotation:
    """Put an annotation back that was removed, as it was and under its number."""
    _require_own(transaction, removed)
    if removed.id is None or _find(transaction, removed.id) is not None:
        raise BadInput("This annotation was not removed, so it cannot be put back.")
    sound = _sound(removed)
    _require_room(transaction, sound.exhibit_id)
    audit.append(transaction, audit.Act.ANNOTATION_ADD, {**_logged(sound), "annotation": sound.id, "restored": True})
    return _insert(transaction, sound)


def change(transaction: Transaction, wanted: Annotation) -> Annotation:
    """Give an annotation other points, another text or another place in the report; answers it as it was before.

    Only who drew an annotation changes what it shows; whether it is printed may be decided by everybody who sees it.
    """
    before = _seen(transaction, wanted.id)
    sound = replace(before, points=_sound(wanted).points, text=wanted.text, in_report=bool(wanted.in_report))
    if wanted.kind is not before.kind or wanted.exhibit_id != before.exhibit_id:
        raise BadInput("An annotation stays what it is and where it is. Remove it and draw another one.")
    if sound == before:
        return before
    if replace(before, in_report=sound.in_report) != sound:
        _require_own(transaction, before)
    values = {"points": sound.points, "text": sound.text, "in_report": sound.in_report}
    transaction.execute(update(AnnotationRow).where(AnnotationRow.id == before.id).values(**values))
    changed = {"from": _shown(before), "to": _shown(sound)}
    audit.append(
        transaction,
        audit.Act.ANNOTATION_CHANGE,
        {"annotation": before.id, "exhibit": before.exhibit_id, "of": before.examiner, **changed},
    )
    return before


def remove(transaction: Transaction, annotation_id: int) -> Annotation:
    """Take an annotation away; the log keeps what it was. Answers it."""
    was = get(transaction, annotation_id)
    _require_own(transaction, was)
    transaction.execute(delete(AnnotationRow).where(AnnotationRow.id == annotation_id))
    payload = {**_logged(was), "annotation": was.id, "made_at": was.made_at}
    audit.append(transaction, audit.Act.ANNOTATION_REMOVE, payload)
    return was


def get(session: CaseSession, annotation_id: int | None) -> Annotation:
    """One annotation; raises `NotFound`."""
    found = None if annotation_id is None else _find(session, annotation_id)
    if found is None:
        raise NotFound(f"There is no such annotation in the case {session.folder}. It may have been removed.")
    return found


def of(session: CaseSession, exhibit_id: int, examiner: str) -> tuple[Annotation, ...]:
    """The annotations on an exhibit in the order they were drawn; of a hidden exhibit only the examiner's own."""
    query = select(AnnotationRow).where(AnnotationRow.exhibit_id == exhibit_id).order_by(AnnotationRow.id)
    if blindness.hidden_among(session, (exhibit_id,), examiner):
        query = query.where(AnnotationRow.examiner == examiner)
    return tuple(_record(row) for row in session.scalars(query))


def _seen(transaction: Transaction, annotation_id: int | None) -> Annotation:
    """The annotation, if the actor may see it; raises `NotFound`."""
    found = get(transaction, annotation_id)
    hidden = blindness.hidden_among(transaction, (found.exhibit_id,), transaction.actor)
    return get(transaction, None) if hidden and found.examiner != transaction.actor else found


def _find(session: CaseSession, annotation_id: int) -> Annotation | None:
    row = session.scalar(
        select(AnnotationRow).where(AnnotationRow.id == annotation_id).execution_options(populate_existing=True)
    )
    return None if row is None else _record(row)


def _sound(wanted: Annotation) -> Annotation:
    """The annotation as it can be kept; raises `BadInput`."""
    kind = AnnotationKind(wanted.kind)
    points = tuple(_point(point) for point in wanted.points)
    if len(points) != _POINTS[kind]:
        raise BadInput(f"An annotation of the kind {kind.value} has {_POINTS[kind]} points, not {len(points)}.")
    if len(points) == 2 and _is_empty(kind, points):
        raise BadInput(f"The {kind.value} has no extent. Draw it from one place to another.")
    if kind is AnnotationKind.TEXT and not wanted.text.strip():
        raise BadInput("A text on the image needs words. Type them first.")
    if len(wanted.text) > LONGEST:
        raise BadInput(
            f"The text of an annotation has at most {LONGEST:,} characters, not {len(wanted.text):,}. Shorten it."
        )
    return replace(wanted, kind=kind, points=points, in_report=bool(wanted.in_report))


def _point(point: Sequence[Any]) -> tuple[float, float]:
    try:
        x, y = (float(value) for value in point)
    except (TypeError, ValueError) as error:
        raise BadInput("A point of an annotation is two numbers, x and y.") from error
    if not (math.isfinite(x) and math.isfinite(y) and 0 <= x <= 1 and 0 <= y <= 1):
        raise BadInput(
            "An annotation has to lie on the image: its points are fractions of width and height, from 0 to 1."
        )
    return x, y


def _is_empty(kind: AnnotationKind, points: Sequence[tuple[float, float]]) -> bool:
    (left, top), (right, bottom) = points
    flat = left == right, top == bottom
    return any(flat) if kind is AnnotationKind.RECTANGLE else all(flat)


def _require_room(transaction: Transaction, exhibit_id: int) -> None:
    exhibits.get(transaction, exhibit_id)
    count = transaction.scalar(select(func.count()).where(AnnotationRow.exhibit_id == exhibit_id)) or 0
    if count >= MOST:
        raise BadInput(f"An exhibit holds at most {MOST} annotations. Remove some before you draw more.")


def _require_own(transaction: Transaction, annotation: Annotation) -> None:
    if annotation.examiner != transaction.actor:
        raise BadInput(
            f"This annotation was drawn by {annotation.examiner}. Only they change or remove it; draw one of your own."
        )


def _insert(transaction: Transaction, annotation: Annotation) -> Annotation:
    transaction.add_row(
        AnnotationRow,
        id=annotation.id,
        exhibit_id=annotation.exhibit_id,
        kind=annotation.kind.value,
        points=annotation.points,
        text=annotation.text,
        examiner=annotation.examiner,
        made_at=annotation.made_at,
        in_report=annotation.in_report,
    )
    return annotation


def _logged(annotation: Annotation) -> dict[str, Any]:
    return {"exhibit": annotation.exhibit_id, "kind": annotation.kind.value, **_shown(annotation)}


def _shown(annotation: Annotation) -> dict[str, Any]:
    return {"points": annotation.points, "text": annotation.text, "in_report": annotation.in_report}


def _record(row: AnnotationRow) -> Annotation:
    with as_we_write_it("an annotation"):
        points = tuple((float(x), float(y)) for x, y in row.points)
        kind = AnnotationKind(row.kind)
    return Annotation(row.exhibit_id, kind, points, row.text, row.examiner, row.made_at, row.in_report, row.id)
