"""Findings that were repeated; a repetition is added and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from core.custody import Repetition, Rerun
from core.store import audit
from core.store.columns import as_we_write_it
from core.store.schema import ExhibitRow, RerunRow
from core.store.session import CaseSession, Transaction


def add_all(transaction: Transaction, made: Sequence[Rerun]) -> tuple[Rerun, ...]:
    """Keep repetitions, each with an entry of its own; answers them with their numbers."""
    return tuple(_add(transaction, one) for one in made)


def of(session: CaseSession, exhibit_id: int) -> tuple[Rerun, ...]:
    """The repetitions of an exhibit's findings, newest first."""
    query = (
        select(RerunRow, ExhibitRow.sha256)
        .join(ExhibitRow, ExhibitRow.id == RerunRow.exhibit_id)
        .where(RerunRow.exhibit_id == exhibit_id)
        .order_by(RerunRow.id.desc())
    )
    return tuple(_record(row, sha256) for row, sha256 in session.execute(query))


def _add(transaction: Transaction, one: Rerun) -> Rerun:
    number = transaction.add_row(
        RerunRow,
        finding_id=one.finding_id,
        exhibit_id=one.exhibit_id,
        outcome=one.outcome.value,
        sentence=one.sentence,
        largest=one.largest,
        tolerance=one.tolerance,
        conditions_then=dict(one.then),
        conditions_now=dict(one.now),
        at=one.at,
        made_by=transaction.actor,
    )
    told = {
        "id": number,
        "exhibit": one.exhibit_id,
        "sha256": one.exhibit_sha256,
        "finding": one.finding_id,
        "outcome": one.outcome.value,
        "largest": one.largest,
        "tolerance": one.tolerance,
    }
    audit.append(transaction, audit.Act.RERUN, told)
    return replace(one, id=number, by=transaction.actor)


def _record(row: RerunRow, sha256: str) -> Rerun:
    with as_we_write_it("a repetition"):
        outcome = Repetition(row.outcome)
        then, now = dict(row.conditions_then), dict(row.conditions_now)
    told = (outcome, row.sentence, row.largest, row.tolerance, row.at, row.made_by, then, now)
    return Rerun(row.finding_id, row.exhibit_id, sha256, *told, row.id)
