"""Blind cases: what an examiner who has not yet written down an own view of an exhibit may not see.

Rule: for lists, filters, orders and counts, an exhibit that is hidden from an examiner has no verdict, architecture,
score or agreement. What its file says, its pixels, whether it was analysed, notes, tags, groups and reviews stay
visible. It keeps an examiner from being led, and nobody from reading the database by other means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, case, select
from sqlalchemy import true as always

from core.domain import AuditEntry
from core.store.audit import Act
from core.store.columns import among
from core.store.schema import CaseRow, ExaminerViewRow, ExhibitRow
from core.store.session import CaseSession

HIDDEN = "hidden"
_OF_OTHERS = frozenset(
    {
        *(Act.VIEW_ADD, Act.ANNOTATION_ADD, Act.ANNOTATION_CHANGE, Act.ANNOTATION_REMOVE),
        *(Act.PROPOSITIONS_ADD, Act.CONCLUSION_ADD),
    }
)
_OF_ANSWERS = frozenset({Act.ROBUSTNESS_ADD, Act.RERUN})


@dataclass(frozen=True, slots=True)
class Sight:
    """What one examiner sees of the findings in the exhibits' rows; `hides`: a hidden exhibit gives NULL."""

    verdict: ColumnElement[Any]
    verdict_rank: ColumnElement[Any]
    architecture: ColumnElement[Any]
    score: ColumnElement[Any]
    agreement: ColumnElement[Any]
    seen: ColumnElement[bool]
    hides: bool


def hidden_from(session: CaseSession, examiner: str) -> str | None:
    """The examiner, when the case hides something from those without an own view; None when it is not blind."""
    return examiner if session.scalar(select(CaseRow.blind)) else None


def seen_by(examiner: str) -> ColumnElement[bool]:
    """Whether an examiner has written down an own view of the exhibit of a row."""
    return ExhibitRow.id.in_(select(ExaminerViewRow.exhibit_id).where(ExaminerViewRow.examiner == examiner))


def sight(hidden_from: str | None) -> Sight:
    """What of the findings is seen; `hidden_from` as the function of this name answers it."""
    seen = always() if hidden_from is None else seen_by(hidden_from)

    def shown(column: Any) -> ColumnElement[Any]:  # noqa: ANN401 - columns of several types
        plain: ColumnElement[Any] = column.expression
        return plain if hidden_from is None else case((seen, plain), else_=None)

    return Sight(
        shown(ExhibitRow.verdict),
        shown(ExhibitRow.verdict_rank),
        shown(ExhibitRow.architecture),
        shown(ExhibitRow.score),
        shown(ExhibitRow.agreement),
        seen,
        hides=hidden_from is not None,
    )


def hidden_among(session: CaseSession, exhibit_ids: Sequence[int], examiner: str) -> frozenset[int]:
    """Those of the exhibits that are hidden from an examiner; unknown ids are hidden from nobody."""
    if hidden_from(session, examiner) is None:
        return frozenset()
    query = select(ExhibitRow.id).where(among(ExhibitRow.id, exhibit_ids), ~seen_by(examiner))
    return frozenset(session.run(query).scalars())


def concealed(session: CaseSession, entries: Sequence[AuditEntry], examiner: str) -> tuple[AuditEntry, ...]:
    """Entries of the log for the eyes of an examiner: what they say of hidden exhibits is taken out, nothing else."""
    hidden = hidden_among(session, sorted({number for entry in entries for number in _about(entry)}), examiner)
    return tuple(_concealed(entry, hidden, examiner) if hidden else entry for entry in entries)


def _about(entry: AuditEntry) -> Iterable[int]:
    for part in (entry.payload, *_findings(entry), *_given(entry)):
        number = part.get("exhibit")
        if isinstance(number, int):
            yield number


def _findings(entry: AuditEntry) -> Sequence[Mapping[str, Any]]:
    return _listed(entry.payload.get("findings")) if entry.action == Act.FINDING_ADD else []


def _given(entry: AuditEntry) -> Sequence[Mapping[str, Any]]:
    return _listed(entry.payload.get("given")) if entry.action == Act.TRAINING_CONSENT else []


def _listed(found: object) -> list[Mapping[str, Any]]:
    return [part for part in found if isinstance(part, Mapping)] if isinstance(found, list) else []


def _concealed(entry: AuditEntry, hidden: frozenset[int], examiner: str) -> AuditEntry:
    about = entry.payload.get("exhibit")
    if entry.action == Act.FINDING_ADD:
        rows = [_without_answer(row) if row.get("exhibit") in hidden else row for row in _findings(entry)]
        return replace(entry, payload={**entry.payload, "findings": rows})
    if entry.action == Act.TRAINING_CONSENT:  # as what they are learned tells what another one thinks of them
        shown = entry.actor == examiner or not any(row.get("exhibit") in hidden for row in _given(entry))
        return entry if shown else replace(entry, payload={"given": [*_given(entry)], HIDDEN: True})
    of_another = entry.action in _OF_OTHERS and entry.actor != examiner and not entry.payload.get("before_answer")
    if about in hidden and (of_another or entry.action in _OF_ANSWERS):
        return replace(entry, payload={"exhibit": about, HIDDEN: True})
    return entry


def _without_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: row.get(name) for name in ("id", "exhibit", "sha256", "detector")}
    return {**kept, "verdict": HIDDEN, "architecture": None, "score": None}
