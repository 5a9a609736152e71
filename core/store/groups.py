"""Named groups of exhibits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, update

from core.errors import BadInput, NotFound
from core.examine import ExhibitGroup
from core.store import audit
from core.store.columns import among
from core.store.schema import ExhibitGroupMemberRow, ExhibitGroupRow, ExhibitRow
from core.store.search import folded
from core.store.session import CaseSession, Transaction

LONGEST_NAME = 200
LONGEST_NOTE = 20_000


def make(transaction: Transaction, name: str, exhibit_ids: Sequence[int], note: str = "") -> ExhibitGroup:
    """Make a group in the name of the transaction's actor; its id is the number of its entry in the log.

    Args:
        transaction: the change this belongs to.
        name: what it is called; no other group of the case is called so.
        exhibit_ids: what it holds; at least one, each once.
        note: what it is about, may be empty.

    Raises:
        BadInput: a name that cannot be used, or no exhibit.
        NotFound: there is no such exhibit.
    """
    wanted = ExhibitGroup(0, name, note, tuple(exhibit_ids), transaction.actor, datetime.now(UTC))
    sound = _sound(transaction, wanted)
    entry = audit.append(transaction, audit.Act.GROUP_MAKE, _logged(sound))
    return _insert(transaction, replace(sound, id=entry.sequence))


def restore(transaction: Transaction, removed: ExhibitGroup) -> ExhibitGroup:
    """Put a group back that was removed, as it was and under its number."""
    if _find(transaction, removed.id) is not None:
        raise BadInput("This group was not removed, so it cannot be put back.")
    sound = _sound(transaction, removed)
    payload = {**_logged(sound), "group": sound.id, "restored": True, "of": sound.made_by}
    audit.append(transaction, audit.Act.GROUP_MAKE, payload)
    return _insert(transaction, sound)


def change(transaction: Transaction, wanted: ExhibitGroup) -> ExhibitGroup:
    """Give a group another name, note or other exhibits; answers it as it was before."""
    before = get(transaction, wanted.id)
    asked = replace(before, name=wanted.name, note=wanted.note, exhibit_ids=wanted.exhibit_ids)
    sound = _sound(transaction, asked)
    if sound == before:
        return before
    named = {"name": sound.name, "note": sound.note}
    transaction.execute(update(ExhibitGroupRow).where(ExhibitGroupRow.id == before.id).values(**named))
    if sound.exhibit_ids != before.exhibit_ids:
        _empty(transaction, before.id)
        _fill(transaction, sound)
    payload = {"group": before.id, "from": _logged(before), "to": _logged(sound)}
    audit.append(transaction, audit.Act.GROUP_CHANGE, payload)
    return before


def remove(transaction: Transaction, group_id: int) -> ExhibitGroup:
    """Take a group away, never its exhibits; the log keeps what it was. Answers it."""
    was = get(transaction, group_id)
    _empty(transaction, group_id)
    transaction.execute(delete(ExhibitGroupRow).where(ExhibitGroupRow.id == group_id))
    payload = {**_logged(was), "group": was.id, "of": was.made_by, "made_at": was.made_at}
    audit.append(transaction, audit.Act.GROUP_REMOVE, payload)
    return was


def get(session: CaseSession, group_id: int) -> ExhibitGroup:
    """One group; raises `NotFound`."""
    found = _find(session, group_id)
    if found is None:
        raise NotFound(f"There is no group {group_id} in the case {session.folder}. It may have been removed.")
    return found


def every(session: CaseSession) -> tuple[ExhibitGroup, ...]:
    """All groups of the case, in the order they were made."""
    member = ExhibitGroupMemberRow
    held: dict[int, list[int]] = {}
    pairs: Iterable[Any] = session.run(select(member.group_id, member.exhibit_id).order_by(member.exhibit_id))
    for group, exhibit in pairs:
        held.setdefault(group, []).append(exhibit)
    rows = session.scalars(select(ExhibitGroupRow).order_by(ExhibitGroupRow.id))
    return tuple(_record(row, held.get(row.id, ())) for row in rows)


def _find(session: CaseSession, group_id: int) -> ExhibitGroup | None:
    query = select(ExhibitGroupRow).where(ExhibitGroupRow.id == group_id).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        return None
    member = ExhibitGroupMemberRow
    held = select(member.exhibit_id).where(member.group_id == group_id).order_by(member.exhibit_id)
    return _record(row, session.run(held).scalars().all())


def _sound(transaction: Transaction, wanted: ExhibitGroup) -> ExhibitGroup:
    """The group as it can be kept; raises `BadInput` and `NotFound`."""
    name = wanted.name.strip()
    if not any(_is_seen(sign) for sign in name):
        raise BadInput("A group needs a name that can be read. Type one.")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"The name of a group has at most {LONGEST_NAME} characters, not {len(name):,}. Shorten it.")
    if len(wanted.note) > LONGEST_NOTE:
        raise BadInput(f"The note of a group has at most {LONGEST_NOTE:,} characters. Shorten it.")
    others = select(ExhibitGroupRow.name).where(ExhibitGroupRow.id != wanted.id)
    if folded(name) in map(folded, transaction.run(others).scalars()):
        raise BadInput(f"There is a group called {name!r} already. Choose another name.")
    return replace(wanted, name=name, exhibit_ids=_known(transaction, wanted.exhibit_ids))


def _known(transaction: Transaction, exhibit_ids: Sequence[int]) -> tuple[int, ...]:
    wanted = sorted(set(exhibit_ids))
    if not wanted:
        raise BadInput("A group holds at least one exhibit. Select some, or remove the group instead.")
    query = select(ExhibitRow.id).where(among(ExhibitRow.id, wanted))
    if missing := set(wanted).difference(transaction.run(query).scalars()):
        raise NotFound(f"There is no exhibit {min(missing)} in the case {transaction.folder}. Choose from its list.")
    return tuple(wanted)


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign)[0] not in "CZM"


def _insert(transaction: Transaction, group: ExhibitGroup) -> ExhibitGroup:
    named = {"name": group.name, "note": group.note, "made_by": group.made_by, "made_at": group.made_at}
    transaction.add_row(ExhibitGroupRow, id=group.id, **named)
    _fill(transaction, group)
    return group


def _fill(transaction: Transaction, group: ExhibitGroup) -> None:
    rows = [{"group_id": group.id, "exhibit_id": exhibit} for exhibit in group.exhibit_ids]
    transaction.add_rows(ExhibitGroupMemberRow, rows)


def _empty(transaction: Transaction, group_id: int) -> None:
    transaction.execute(delete(ExhibitGroupMemberRow).where(ExhibitGroupMemberRow.group_id == group_id))


def _logged(group: ExhibitGroup) -> dict[str, Any]:
    return {"name": group.name, "note": group.note, "exhibits": group.exhibit_ids}


def _record(row: ExhibitGroupRow, exhibit_ids: Sequence[int]) -> ExhibitGroup:
    return ExhibitGroup(row.id, row.name, row.note, tuple(exhibit_ids), row.made_by, row.made_at)
