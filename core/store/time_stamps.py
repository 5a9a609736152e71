"""Time stamps over log heads: what was asked for, and what was brought back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, update

from core.custody import LogHead, TimeStamp
from core.store import audit
from core.store.columns import as_we_write_it
from core.store.schema import TimeStampRow
from core.store.session import CaseSession, Transaction


@dataclass(frozen=True, slots=True)
class KeptStamp:
    """A time stamp with its two files as they were written and brought back; `reply` is None until then."""

    stamp: TimeStamp
    request: bytes
    reply: bytes | None


def add(transaction: Transaction, head: LogHead, request: bytes) -> TimeStamp:
    """Keep that a time stamp over a log head was asked for."""
    now = datetime.now(UTC)
    values = {"sequence": head.sequence, "digest": head.digest, "requested_at": now}
    number = transaction.add_row(TimeStampRow, request=request, reply=None, authority="", stamped_at=None, **values)
    told = {"id": number, **values, "request_sha256": hashlib.sha256(request).hexdigest()}
    audit.append(transaction, audit.Act.TIME_STAMP_REQUEST, told)
    return TimeStamp(number, head.sequence, head.digest, now)


def add_reply(transaction: Transaction, stamp: TimeStamp, reply: bytes, authority: str, at: datetime) -> TimeStamp:
    """Keep the checked reply to a request."""
    answer = {"authority": authority, "stamped_at": at}
    transaction.run(update(TimeStampRow).where(TimeStampRow.id == stamp.id).values(reply=reply, **answer))
    told = {"id": stamp.id, "sequence": stamp.sequence, "digest": stamp.digest, **answer}
    audit.append(transaction, audit.Act.TIME_STAMP_REPLY, {**told, "reply_sha256": hashlib.sha256(reply).hexdigest()})
    return TimeStamp(stamp.id, stamp.sequence, stamp.digest, stamp.requested_at, authority, at)


def kept(session: CaseSession) -> tuple[KeptStamp, ...]:
    """Every time stamp of the case with its files, oldest first."""
    with as_we_write_it("a time stamp"):
        return tuple(
            KeptStamp(
                TimeStamp(row.id, row.sequence, row.digest, row.requested_at, row.authority, row.stamped_at),
                bytes(row.request),
                None if row.reply is None else bytes(row.reply),
            )
            for row in session.scalars(select(TimeStampRow).order_by(TimeStampRow.id))
        )
