"""Every time that evidence was hashed again, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.custody import EvidenceProblem, EvidenceStanding, EvidenceState, Recheck
from core.store import audit
from core.store.columns import among, as_we_write_it
from core.store.schema import ExhibitRow, RecheckRow
from core.store.session import CaseSession, Transaction


@dataclass(frozen=True, slots=True)
class KeptBytes:
    """What is to be hashed of one exhibit: the digest it was taken in with, and how many bytes it had."""

    exhibit_id: int
    sha256: str
    size_bytes: int


def to_check(session: CaseSession, exhibit_ids: tuple[int, ...] | None = None) -> tuple[KeptBytes, ...]:
    """The exhibits that are to be hashed, in order of intake; None takes all."""
    query = select(ExhibitRow.id, ExhibitRow.sha256, ExhibitRow.size_bytes).order_by(ExhibitRow.id)
    if exhibit_ids is not None:
        query = query.where(among(ExhibitRow.id, exhibit_ids))
    rows: Iterable[Any] = session.run(query)
    return tuple(KeptBytes(*row) for row in rows)


def add(transaction: Transaction, made: Recheck, *, in_case: int) -> Recheck:
    """Keep a check; answers it with its number.

    Args:
        transaction: the change this belongs to.
        made: the check; it is signed by the transaction's actor.
        in_case: how many exhibits the case held when it began; a check of all of them tells of the whole case.
    """
    found = [
        {"sha256": one.sha256, "state": one.state.value, "sentence": one.sentence} for one in made.problems
    ]  # sentences name paths, so they may hold lone surrogates: JSON keeps these as escapes
    values = {name: getattr(made, name) for name in ("reason", "exhibits", "intact", "complete", "at", "seconds")}
    kept = {"in_case": in_case, "found": found}
    number = transaction.add_row(RecheckRow, problems=kept, made_by=transaction.actor, **values)
    told = {"id": number, **values, "problems": [{"sha256": row["sha256"], "state": row["state"]} for row in found]}
    audit.append(transaction, audit.Act.RECHECK, told)
    return replace(made, by=transaction.actor, id=number)


def latest(session: CaseSession) -> Recheck | None:
    """The newest check, of whichever exhibits."""
    row = session.scalar(select(RecheckRow).order_by(RecheckRow.id.desc()).limit(1))
    return None if row is None else _record(row)[0]


def standing(session: CaseSession) -> EvidenceStanding:
    """What the checks together say of the evidence."""
    later: list[Recheck] = []
    whole: Recheck | None = None
    for row in session.scalars(select(RecheckRow).order_by(RecheckRow.id.desc())):
        made, in_case = _record(row)
        if made.complete and made.exhibits >= in_case:
            whole = made
            break
        later.append(made)
    count = session.scalar(select(func.count()).select_from(ExhibitRow)) or 0
    return joined(count, whole, later)


def joined(exhibits: int, whole: Recheck | None, later: list[Recheck]) -> EvidenceStanding:
    """A check of everything and later ones of some exhibits as one: a newer sentence stands in for an older one."""
    found: dict[str, EvidenceProblem] = {}
    reported_at: datetime | None = None
    for check in sorted(filter(None, (whole, *later)), key=lambda one: one.at):
        found |= {problem.sha256: problem for problem in check.problems}
        reported_at = check.at if check.problems else reported_at
    return EvidenceStanding(exhibits, whole, tuple(found.values()), reported_at)


def _record(row: RecheckRow) -> tuple[Recheck, int]:
    with as_we_write_it("a check of the evidence"):
        problems = tuple(map(_problem, row.problems["found"]))
        in_case = int(row.problems["in_case"])
    values = (row.reason, row.exhibits, row.intact, problems, row.complete, row.at, row.made_by, row.seconds, row.id)
    return Recheck(*values), in_case


def _problem(values: dict[str, Any]) -> EvidenceProblem:
    return EvidenceProblem(str(values["sha256"]), EvidenceState(values["state"]), str(values["sentence"]))
