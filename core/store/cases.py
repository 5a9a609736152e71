"""What is stated about a case, and how far the work on it is."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy import update as change

from core.domain import KEPT, Case, CaseCounts, CaseDetails, IntakeOutcome, Verdict
from core.errors import BadInput
from core.store import audit, blindness
from core.store.faults import damaged
from core.store.schema import CaseRow, ExhibitRow, IntakeItemRow
from core.store.session import CaseSession, Transaction

_NOT_REFUSED = sorted({*KEPT, IntakeOutcome.PENDING})


def add(transaction: Transaction, details: CaseDetails) -> Case:
    """State what a new case is about; raises `BadInput` without a title."""
    _require_title(details)
    transaction.add_row(CaseRow, id=1, created_at=datetime.now(UTC), uid=secrets.token_hex(16), **_stated(details))
    audit.append(transaction, audit.Act.CASE_CREATE, asdict(details))
    return get(transaction)


def get(session: CaseSession) -> Case:
    """The case of this session."""
    row = session.get(CaseRow, 1, populate_existing=True)
    if row is None:
        raise damaged(session.folder, "it does not say what the case is about")
    details = CaseDetails(row.title, row.number, row.examiner, row.laboratory, row.notes, row.blind)
    return Case(session.folder, details, row.created_at, session.read_only, row.uid)


def update(transaction: Transaction, details: CaseDetails) -> Case:
    """State anew what the case is about; the log keeps what was stated before."""
    _require_title(details)
    before, after = asdict(get(transaction).details), asdict(details)
    changed = {name: {"from": before[name], "to": after[name]} for name in after if before[name] != after[name]}
    if changed:
        transaction.execute(change(CaseRow).values(**_stated(details)))
        audit.append(transaction, audit.Act.CASE_UPDATE, changed)
    return get(transaction)


def counts(session: CaseSession, hidden_from: str | None = None) -> CaseCounts:
    """How many exhibits there are, analysed and reviewed, and what was refused at intake.

    Args:
        session: a view of the case.
        hidden_from: the examiner for whom the case is blind, see `blindness.hidden_from`.
    """
    sight = blindness.sight(hidden_from)
    totals = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(ExhibitRow.size_bytes), 0),
            func.count(ExhibitRow.finding_id),
            func.count().filter(ExhibitRow.reviewed.is_(True)),
            func.count().filter(~sight.seen),
        )
    ).one()
    by_verdict = select(sight.verdict, func.count()).select_from(ExhibitRow).group_by(sight.verdict)
    rows: Iterable[Any] = session.execute(by_verdict)
    found = {verdict: count for verdict, count in rows}  # noqa: C416 - rows are no pairs to a type checker
    refused = session.scalar(select(func.count()).where(IntakeItemRow.outcome.not_in(_NOT_REFUSED)))
    exhibits, size, analysed, reviewed, hidden = (int(number) for number in totals)
    verdicts = {verdict.value: found.get(verdict.value, 0) for verdict in Verdict}
    return CaseCounts(exhibits, size, analysed, reviewed, verdicts, refused or 0, hidden)


def _stated(details: CaseDetails) -> dict[str, str | bool]:
    """The details as SQLite can hold them: typed text may carry a lone surrogate as well as a file name may."""
    return {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in asdict(details).items()
    }


def _require_title(details: CaseDetails) -> None:
    if not details.title.strip():
        raise BadInput("A case needs a title. Give it one; it can be changed later.")
