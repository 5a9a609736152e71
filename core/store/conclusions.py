"""Propositions about exhibits, and what named people conclude: written down once, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from core.reporting import Conclusion, Outcome, Propositions, Role
from core.store import audit, exhibits, views
from core.store.columns import among, as_we_write_it
from core.store.schema import ConclusionRow, PropositionsRow
from core.store.session import CaseSession, Transaction


@dataclass(frozen=True, slots=True)
class Wording:
    """What propositions say: the two sentences, what the second speaks of, what was known, and the class weighed."""

    first: str
    second: str
    population: str
    background: str
    architecture: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a conclusion says; see `core.reporting.Conclusion`."""

    role: Role
    outcome: Outcome
    opinion: str
    limitations: str
    scale: str
    phrase: str
    finding_id: int | None
    agrees: bool | None
    propositions_id: int | None


def propose(transaction: Transaction, exhibit_id: int, wording: Wording) -> Propositions:
    """Write propositions down in the name of the transaction's actor; they stand until others are written.

    They count as written before the answer where no detector had spoken yet, or where the answer was hidden from the
    actor all the time.

    Raises:
        NotFound: there is no such exhibit.
    """
    exhibit = exhibits.get(transaction, exhibit_id)
    before = views.first_answer(transaction, exhibit_id) is None or views.kept_from(transaction, exhibit_id)
    said = {
        "first": wording.first,
        "second": wording.second,
        "population": wording.population,
        "background": wording.background,
        "architecture": wording.architecture,
        "before_answer": before,
    }
    who, now = transaction.actor, datetime.now(UTC)
    number = transaction.add_row(PropositionsRow, exhibit_id=exhibit_id, made_by=who, made_at=now, **said)
    told = {"exhibit": exhibit_id, "sha256": exhibit.sha256, "id": number, **said}
    audit.append(transaction, audit.Act.PROPOSITIONS_ADD, told)
    return Propositions(
        exhibit_id,
        wording.first,
        wording.second,
        wording.population,
        wording.background,
        wording.architecture,
        who,
        now,
        before,
        number,
    )


def conclude(transaction: Transaction, exhibit_id: int, statement: Statement) -> Conclusion:
    """Write a conclusion down in the name of the transaction's actor.

    Raises:
        NotFound: there is no such exhibit.
    """
    exhibit = exhibits.get(transaction, exhibit_id)
    said = {
        "role": statement.role.value,
        "outcome": statement.outcome.value,
        "opinion": statement.opinion,
        "limitations": statement.limitations,
        "scale": statement.scale,
        "phrase": statement.phrase,
        "finding_id": statement.finding_id,
        "agrees": statement.agrees,
        "propositions_id": statement.propositions_id,
    }
    who, now = transaction.actor, datetime.now(UTC)
    number = transaction.add_row(ConclusionRow, exhibit_id=exhibit_id, author=who, made_at=now, **said)
    told = {"exhibit": exhibit_id, "sha256": exhibit.sha256, "id": number, **said}
    audit.append(transaction, audit.Act.CONCLUSION_ADD, told)
    return Conclusion(
        exhibit_id,
        who,
        statement.role,
        statement.outcome,
        statement.opinion,
        statement.limitations,
        statement.scale,
        statement.phrase,
        statement.finding_id,
        statement.agrees,
        now,
        number,
        statement.propositions_id,
    )


def propositions_of(session: CaseSession, exhibit_id: int) -> tuple[Propositions, ...]:
    """Every pair of propositions about an exhibit, newest first; the first one stands."""
    return propositions_among(session, (exhibit_id,)).get(exhibit_id, ())


def propositions_among(session: CaseSession, exhibit_ids: Sequence[int]) -> Mapping[int, tuple[Propositions, ...]]:
    """The propositions about many exhibits by exhibit id, newest first; those without any are left out."""
    query = select(PropositionsRow).where(among(PropositionsRow.exhibit_id, exhibit_ids))
    found: dict[int, tuple[Propositions, ...]] = {}
    for row in session.scalars(query.order_by(PropositionsRow.id.desc())):
        found[row.exhibit_id] = (*found.get(row.exhibit_id, ()), _propositions(row))
    return found


def of(session: CaseSession, exhibit_id: int) -> tuple[Conclusion, ...]:
    """Every conclusion about an exhibit, newest first."""
    return among_exhibits(session, (exhibit_id,)).get(exhibit_id, ())


def among_exhibits(session: CaseSession, exhibit_ids: Sequence[int]) -> Mapping[int, tuple[Conclusion, ...]]:
    """The conclusions about many exhibits by exhibit id, newest first; those without any are left out."""
    query = select(ConclusionRow).where(among(ConclusionRow.exhibit_id, exhibit_ids))
    found: dict[int, tuple[Conclusion, ...]] = {}
    for row in session.scalars(query.order_by(ConclusionRow.id.desc())):
        with as_we_write_it("a conclusion"):
            found[row.exhibit_id] = (*found.get(row.exhibit_id, ()), _conclusion(row))
    return found


def _propositions(row: PropositionsRow) -> Propositions:
    said = (row.first, row.second, row.population, row.background, row.architecture)
    return Propositions(row.exhibit_id, *said, row.made_by, row.made_at, row.before_answer, row.id)


def _conclusion(row: ConclusionRow) -> Conclusion:
    return Conclusion(
        row.exhibit_id,
        row.author,
        Role(row.role),
        Outcome(row.outcome),
        row.opinion,
        row.limitations,
        row.scale,
        row.phrase,
        row.finding_id,
        row.agrees,
        row.made_at,
        row.id,
        row.propositions_id,
    )
