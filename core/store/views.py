"""What examiners think of an exhibit: written down once, never changed; a change of mind is another view."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select

from core.errors import BadInput
from core.examine import OPINIONS, ExaminerView
from core.store import audit, blindness, exhibits
from core.store.columns import as_we_write_it
from core.store.schema import AuditRow, ExaminerViewRow, FindingRow
from core.store.session import CaseSession, Transaction

LONGEST = 20_000


def add(transaction: Transaction, exhibit_id: int, opinion: str, text: str) -> ExaminerView:
    """Write down what the transaction's actor thinks of an exhibit.

    Args:
        transaction: the change this belongs to.
        exhibit_id: the exhibit.
        opinion: one of `OPINIONS`.
        text: the reasons, may be empty.

    Raises:
        BadInput: no opinion, one that there is not, or a text that is too long.
        NotFound: there is no such exhibit.
    """
    _require(opinion, text)
    exhibit = exhibits.get(transaction, exhibit_id)
    blind = kept_from(transaction, exhibit.id)
    now = datetime.now(UTC)
    values = {"exhibit_id": exhibit_id, "opinion": opinion, "text": text, "blind": blind, "made_at": now}
    transaction.add_row(ExaminerViewRow, examiner=transaction.actor, **values)
    payload = {"exhibit": exhibit_id, "sha256": exhibit.sha256, "opinion": opinion, "text": text, "blind": blind}
    audit.append(transaction, audit.Act.VIEW_ADD, payload)
    return ExaminerView(exhibit_id, transaction.actor, opinion, text, blind, now)


def of(session: CaseSession, exhibit_id: int) -> tuple[ExaminerView, ...]:
    """Every view of an exhibit, oldest first."""
    query = select(ExaminerViewRow).where(ExaminerViewRow.exhibit_id == exhibit_id).order_by(ExaminerViewRow.id)
    with as_we_write_it("a view"):
        return tuple(_record(row) for row in session.scalars(query))


def kept_from(session: Transaction, exhibit_id: int) -> bool:
    """Whether the answer about an exhibit was hidden from the actor all the time until now.

    It was not when the case became blind after a detector had already answered.
    """
    if not blindness.hidden_among(session, (exhibit_id,), session.actor):
        return False
    answered = first_answer(session, exhibit_id)
    since = _blind_since(session)
    return answered is None or (since is not None and since <= answered)


def first_answer(session: CaseSession, exhibit_id: int) -> datetime | None:
    """When a detector first spoke about an exhibit, or None."""
    return session.scalar(select(func.min(FindingRow.made_at)).where(FindingRow.exhibit_id == exhibit_id))


def _require(opinion: str, text: str) -> None:
    wanted = f"{', '.join(OPINIONS[:-1])} or {OPINIONS[-1]}"
    if not opinion:
        raise BadInput(f"Say what you think of the exhibit: {wanted}.")
    if opinion not in OPINIONS:
        raise BadInput(f"{opinion[:40]!r} is no opinion that can be written down. It is {wanted}.")
    if len(text) > LONGEST:
        raise BadInput(
            f"The text has {len(text):,} characters, and a view holds at most {LONGEST:,}. Shorten it, or keep the "
            "rest in the notes of the case."
        )


def _blind_since(session: CaseSession) -> datetime | None:
    """When the case was made blind for the last time."""
    told = func.json_extract(AuditRow.payload, "$.blind")
    made = (AuditRow.action == audit.Act.CASE_CREATE) & (told == 1)
    turned = (AuditRow.action == audit.Act.CASE_UPDATE) & (func.json_extract(AuditRow.payload, "$.blind.to") == 1)
    return session.scalar(select(func.max(AuditRow.at)).where(made | turned))


def _record(row: ExaminerViewRow) -> ExaminerView:
    return ExaminerView(row.exhibit_id, row.examiner, row.opinion, row.text, row.blind, row.made_at)
