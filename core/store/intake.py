"""The intake queue: what was dropped, what became of each file, and what a cut-short intake still has to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from core.domain import KEPT, IntakeLine, IntakeOutcome, IntakeReport, PendingIntake
from core.errors import NotFound
from core.store import audit
from core.store.columns import as_we_write_it
from core.store.schema import IntakeBatchRow, IntakeItemRow
from core.store.session import CaseSession, Transaction

_PENDING = IntakeOutcome.PENDING.value
_ITEM = select(IntakeItemRow.batch_id, IntakeItemRow.path, IntakeItemRow.member).where(
    IntakeItemRow.id == bindparam("item"), IntakeItemRow.outcome == _PENDING
)
_FINISH_ITEM = (
    update(IntakeItemRow)
    .where(IntakeItemRow.id == bindparam("item"))
    .values(
        outcome=bindparam("became"),
        reason=bindparam("why"),
        sha256=bindparam("digest"),
        exhibit_id=bindparam("exhibit"),
    )
)
_THIS_BATCH = IntakeBatchRow.id == bindparam("batch")
_COUNT_DOWN = update(IntakeBatchRow).where(_THIS_BATCH).values(remaining=IntakeBatchRow.remaining - 1)
_REMAINING = select(IntakeBatchRow.remaining).where(_THIS_BATCH)


@dataclass(frozen=True, slots=True)
class Dropped:
    """One dropped file, or one member of a dropped archive."""

    path: str
    member: str | None = None

    def __str__(self) -> str:
        return self.path if self.member is None else f"{self.path}!{self.member}"


@dataclass(frozen=True, slots=True)
class QueuedItem:
    """A line of the queue that is still to be done."""

    id: int
    source: Dropped


def begin(transaction: Transaction, sources: Iterable[Dropped]) -> int:
    """Queue a drop, also an empty one to `extend`; answers the id of the batch."""
    begun = {"started_by": transaction.actor, "started_at": datetime.now(UTC)}
    batch_id = transaction.add_row(IntakeBatchRow, total=0, remaining=0, **begun)
    count = _queue(transaction, batch_id, sources)
    audit.append(transaction, audit.Act.INTAKE_BEGIN, {"batch": batch_id, "items": count})
    return batch_id


def extend(transaction: Transaction, batch_id: int, sources: Iterable[Dropped]) -> None:
    """Queue more for a drop, the members of an archive for instance."""
    _batch(transaction, batch_id)
    if count := _queue(transaction, batch_id, sources):
        audit.append(transaction, audit.Act.INTAKE_EXTEND, {"batch": batch_id, "items": count})


def finish_item(
    transaction: Transaction,
    item_id: int,
    outcome: IntakeOutcome,
    *,
    reason: str = "",
    sha256: str | None = None,
    exhibit_id: int | None = None,
) -> None:
    """Note what became of one line, in the transaction that took the exhibit in; a line that is done already stays.

    What is not kept goes to the log with its reason, what nothing else was said of in this transaction too, and so does
    the end of the batch with its last line.
    """
    item = transaction.run(_ITEM, {"item": item_id}).one_or_none()
    if item is None:
        return
    done = {"item": item_id, "became": outcome.value, "why": reason, "digest": sha256, "exhibit": exhibit_id}
    transaction.run(_FINISH_ITEM, done)
    if outcome not in KEPT:
        said = {"path": _path(item.path, item.member), "outcome": outcome, "reason": reason, "sha256": sha256}
        audit.append(transaction, audit.Act.INTAKE_REFUSE, {"batch": item.batch_id, **said})
    elif audit.says_nothing(transaction):  # the same path again, an archive without members
        said = {"path": _path(item.path, item.member), "outcome": outcome, "sha256": sha256}
        audit.append(transaction, audit.Act.INTAKE_DONE, {"batch": item.batch_id, **said})
    transaction.run(_COUNT_DOWN, {"batch": item.batch_id})
    if transaction.run(_REMAINING, {"batch": item.batch_id}).scalar_one() == 0:
        _finish(transaction, item.batch_id)


def pending(session: CaseSession) -> PendingIntake | None:
    """The oldest intake that was cut short and not discarded, or None."""
    row = IntakeBatchRow
    unfinished_batch = select(row).where(row.remaining > 0, row.discarded_at.is_(None)).order_by(row.id).limit(1)
    batch = session.scalar(unfinished_batch.execution_options(populate_existing=True))
    if batch is None:
        return None
    return PendingIntake(batch.id, batch.started_at, batch.total - batch.remaining, batch.remaining)


def unfinished(session: CaseSession, batch_id: int) -> tuple[QueuedItem, ...]:
    """What a batch still has to do, in the order of the drop."""
    row = IntakeItemRow
    query = select(row.id, row.path, row.member).where(row.batch_id == batch_id, row.outcome == _PENDING)
    found = session.execute(query.order_by(row.id))
    return tuple(QueuedItem(number, Dropped(path, member)) for number, path, member in found)


def lines(session: CaseSession, batch_id: int) -> tuple[IntakeLine, ...]:
    """What became of every line of a batch, in the order of the drop."""
    row = IntakeItemRow
    query = select(row.path, row.member, row.outcome, row.reason, row.sha256, row.exhibit_id)
    found = session.execute(query.where(row.batch_id == batch_id).order_by(row.id))
    with as_we_write_it("a line of an intake"):
        return tuple(
            IntakeLine(_path(path, member), IntakeOutcome(outcome), reason, sha256, exhibit_id)
            for path, member, outcome, reason, sha256, exhibit_id in found
        )


def not_taken(session: CaseSession) -> tuple[IntakeLine, ...]:
    """Every path that was handed over and did not become an exhibit later, with what was said of it last."""
    row, kept = IntakeItemRow, [outcome.value for outcome in KEPT]
    columns = (row.id, row.path, row.member, row.outcome, row.reason, row.sha256)
    refused = session.execute(select(*columns).where(row.outcome.not_in(kept)).order_by(row.id)).all()
    if not refused:
        return ()
    taken = {
        (path, member): number
        for number, path, member in session.execute(
            select(row.id, row.path, row.member).where(row.outcome.in_(kept)).order_by(row.id)
        )
    }
    with as_we_write_it("a line of an intake"):
        found = {
            (path, member): IntakeLine(_path(path, member), IntakeOutcome(outcome), reason, sha256)
            for number, path, member, outcome, reason, sha256 in refused
            if taken.get((path, member), 0) < number
        }
    return tuple(found.values())


def report(session: CaseSession, batch_id: int | None = None) -> IntakeReport | None:
    """Everything that became of a drop, of the newest one without an id; None when there was none."""
    wanted = session.scalar(select(func.max(IntakeBatchRow.id))) if batch_id is None else batch_id
    if wanted is None:
        return None
    return IntakeReport(wanted, lines(session, wanted), complete=_batch(session, wanted).remaining == 0)


def discard(transaction: Transaction, batch_id: int) -> None:
    """Give up what a batch has not done; its lines stay in the report as pending, so nothing is hidden."""
    batch = _batch(transaction, batch_id)
    if batch.remaining == 0 or batch.discarded_at is not None:
        return
    given_up = update(IntakeBatchRow).where(IntakeBatchRow.id == batch_id)
    transaction.execute(given_up.values(discarded_at=datetime.now(UTC)))
    audit.append(transaction, audit.Act.INTAKE_DISCARD, {"batch": batch_id, "left": batch.remaining})


def _queue(transaction: Transaction, batch_id: int, sources: Iterable[Dropped]) -> int:
    rows: list[dict[str, Any]] = [
        {"batch_id": batch_id, "path": source.path, "member": source.member, "outcome": _PENDING, "reason": ""}
        for source in sources
    ]
    if rows:
        transaction.add_rows(IntakeItemRow, rows)
        batch = update(IntakeBatchRow).where(IntakeBatchRow.id == batch_id)
        counted = {"total": IntakeBatchRow.total + len(rows), "remaining": IntakeBatchRow.remaining + len(rows)}
        transaction.execute(batch.values(finished_at=None, **counted))
    return len(rows)


def _finish(transaction: Transaction, batch_id: int) -> None:
    transaction.execute(
        update(IntakeBatchRow).where(IntakeBatchRow.id == batch_id).values(finished_at=datetime.now(UTC))
    )
    by_outcome = select(IntakeItemRow.outcome, func.count()).where(IntakeItemRow.batch_id == batch_id)
    outcomes = dict(transaction.execute(by_outcome.group_by(IntakeItemRow.outcome)).all())
    audit.append(transaction, audit.Act.INTAKE_FINISH, {"batch": batch_id, "outcomes": outcomes})


def _batch(session: CaseSession, batch_id: int) -> IntakeBatchRow:
    batch = session.get(IntakeBatchRow, batch_id, populate_existing=True)
    if batch is None:
        raise NotFound(f"The case {session.folder} knows no intake number {batch_id}.")
    return batch


def _path(path: str, member: str | None) -> str:
    return str(Dropped(path, member))
