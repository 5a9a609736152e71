"""Who had the items, and when: events are added and never changed; a correction names the event it corrects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from core.custody import CustodyEvent, CustodyForm, CustodyKind
from core.errors import BadInput, NotFound
from core.store import audit
from core.store.columns import among, as_we_write_it
from core.store.schema import CustodyEventExhibitRow, CustodyEventRow, ExhibitRow
from core.store.session import CaseSession, Transaction

LONGEST = 20_000
_TEXTS = ("from_party", "to_party", "item", "seal", "place", "remarks")
_IN_WORDS = {"from_party": "received from", "to_party": "by", "item": "item number"}


def add(
    transaction: Transaction, form: CustodyForm, exhibit_ids: Sequence[int] | None, corrects: int | None = None
) -> CustodyEvent:
    """Write an event down in the name of the transaction's actor.

    Args:
        transaction: the change this belongs to.
        form: what is stated.
        exhibit_ids: which exhibits it is about; None takes all that are in the case now.
        corrects: number of the event that this one corrects.

    Raises:
        BadInput: a blank form, one without a time zone, too long a text, or a list without any exhibit.
        NotFound: there is no such exhibit, or no such event.
    """
    sound = _sound(form)
    if exhibit_ids is not None and not exhibit_ids:
        raise BadInput("The event is about no exhibit. Choose the exhibits it is about, or all of the case.")
    about = _all(transaction) if exhibit_ids is None else _existing(transaction, exhibit_ids)
    if corrects is not None and transaction.get(CustodyEventRow, corrects) is None:
        raise NotFound(f"There is no custody event {corrects} in the case {transaction.folder}. See its list.")
    made = _insert(transaction, sound, about, corrects)
    told = {"id": made.id, **_stated(sound), "exhibits": about, "corrects": corrects}
    audit.append(transaction, audit.Act.CUSTODY_ADD, told)
    return made


def of(session: CaseSession, exhibit_id: int) -> tuple[CustodyEvent, ...]:
    """The events about one exhibit or about the whole case, in the order in which they happened."""
    named = CustodyEventExhibitRow
    of_event = exists().where(named.event_id == CustodyEventRow.id)
    return _read(session, or_(of_event.where(named.exhibit_id == exhibit_id), ~of_event))


def all_of(session: CaseSession) -> tuple[CustodyEvent, ...]:
    """Every event of the case, in the order in which they happened; of the same moment, as they were written down."""
    return _read(session)


def _sound(form: CustodyForm) -> CustodyForm:
    texts = {name: getattr(form, name).strip() for name in _TEXTS}
    if not any(texts.values()):
        raise BadInput("The form is blank. State at least who handed over or took the items, or write a remark.")
    if form.at.tzinfo is None:
        raise BadInput("The time has no time zone. State the one of the place where it happened.")
    for name, text in texts.items():
        if len(text) > LONGEST:
            raise BadInput(
                f"The field “{_IN_WORDS.get(name, name)}” has at most {LONGEST:,} characters, not {len(text):,}. "
                "Shorten it."
            )
    return replace(form, kind=CustodyKind(form.kind), **texts)


def _existing(transaction: Transaction, exhibit_ids: Sequence[int]) -> tuple[int, ...]:
    wanted = tuple(sorted(set(exhibit_ids)))
    found = set(transaction.run(select(ExhibitRow.id).where(among(ExhibitRow.id, wanted))).scalars())
    if missing := [number for number in wanted if number not in found]:
        raise NotFound(f"There is no exhibit {missing[0]} in the case {transaction.folder}. Choose one from its list.")
    return wanted


def _all(transaction: Transaction) -> tuple[int, ...]:
    return tuple(transaction.run(select(ExhibitRow.id).order_by(ExhibitRow.id)).scalars())


def _insert(
    transaction: Transaction, form: CustodyForm, exhibit_ids: tuple[int, ...], corrects: int | None
) -> CustodyEvent:
    now = datetime.now(UTC)
    written = {"made_by": transaction.actor, "made_at": now, "corrects": corrects}
    number = transaction.add_row(CustodyEventRow, **_stated(form), **written)
    rows = [{"event_id": number, "exhibit_id": exhibit_id} for exhibit_id in exhibit_ids]
    transaction.add_rows(CustodyEventExhibitRow, rows)
    return CustodyEvent(number, form, exhibit_ids, transaction.actor, now, corrects)


def _stated(form: CustodyForm) -> dict[str, str]:
    """The form as plain text; the time keeps the zone in which it was stated."""
    return {**asdict(form), "kind": form.kind.value, "at": form.at.isoformat(timespec="seconds")}


def _read(session: CaseSession, *conditions: ColumnElement[bool]) -> tuple[CustodyEvent, ...]:
    rows = list(session.scalars(select(CustodyEventRow).where(*conditions).order_by(CustodyEventRow.id)))
    about = _exhibits(session, [row.id for row in rows])
    with as_we_write_it("a custody event"):
        events = [_record(row, tuple(about.get(row.id, ()))) for row in rows]
        return tuple(sorted(events, key=lambda event: (event.form.at, event.id)))


def _exhibits(session: CaseSession, event_ids: Sequence[int]) -> dict[int, list[int]]:
    named = CustodyEventExhibitRow
    query = select(named.event_id, named.exhibit_id).where(among(named.event_id, event_ids))
    pairs: Iterable[Any] = session.run(query.order_by(named.event_id, named.exhibit_id))
    about: dict[int, list[int]] = {}
    for event_id, exhibit_id in pairs:
        about.setdefault(event_id, []).append(exhibit_id)
    return about


def _record(row: CustodyEventRow, exhibit_ids: tuple[int, ...]) -> CustodyEvent:
    at = datetime.fromisoformat(row.at)
    if at.tzinfo is None:
        raise ValueError("the time of a custody event has no time zone")
    texts = (row.from_party, row.to_party, row.item, row.seal, row.place, row.remarks)
    form = CustodyForm(CustodyKind(row.kind), at, *texts)
    return CustodyEvent(row.id, form, exhibit_ids, row.made_by, row.made_at, row.corrects)
