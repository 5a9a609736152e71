"""The append-only log of a case; the store's own write functions call `append`, so that none goes without its entry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select

from core.domain import AuditEntry
from core.store.columns import as_we_write_it, utc_text
from core.store.schema import AuditRow, ChainRow
from core.store.session import CaseSession, Transaction

_NEXT = select(func.coalesce(func.max(AuditRow.sequence), 0) + 1)
_LAST_SEALED = select(func.coalesce(func.max(ChainRow.sequence), 0)).scalar_subquery()
_IS_SEALED = select(func.coalesce(func.max(AuditRow.sequence), 0) == _LAST_SEALED)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Act(StrEnum):
    """What the store itself writes to the log; services may append acts of their own."""

    CASE_CREATE = "case.create"
    CASE_OPEN = "case.open"
    CASE_UPDATE = "case.update"
    CASE_MIGRATE = "case.migrate"
    CASE_SEAL = "case.seal"
    INTAKE_BEGIN = "intake.begin"
    INTAKE_EXTEND = "intake.extend"
    INTAKE_DONE = "intake.done"
    INTAKE_REFUSE = "intake.refuse"
    INTAKE_FINISH = "intake.finish"
    INTAKE_DISCARD = "intake.discard"
    EXHIBIT_TAKE = "exhibit.take"
    EXHIBIT_OCCURRENCE = "exhibit.occurrence"
    EVIDENCE_RESTORE = "evidence.restore"
    FINDING_ADD = "finding.add"
    TAG = "tag"
    NOTE = "note"
    REVIEW = "review"
    VIEW_ADD = "view.add"
    ANNOTATION_ADD = "annotation.add"
    ANNOTATION_CHANGE = "annotation.change"
    ANNOTATION_REMOVE = "annotation.remove"
    GROUP_MAKE = "group.make"
    GROUP_CHANGE = "group.change"
    GROUP_REMOVE = "group.remove"
    ROBUSTNESS_ADD = "robustness.add"
    CUSTODY_ADD = "custody.add"
    RECHECK = "recheck"
    RERUN = "rerun"
    PROPOSITIONS_ADD = "propositions.add"
    CONCLUSION_ADD = "conclusion.add"
    REPORT_DRAFT = "report.draft"
    REPORT_ISSUE = "report.issue"
    TIME_STAMP_REQUEST = "time stamp.request"
    TIME_STAMP_REPLY = "time stamp.reply"
    CASE_EXPORT = "case.export"
    CASE_DERIVE = "case.derive"
    CASE_ARCHIVE = "case.archive"
    TRAINING_CONSENT = "training.consent"


def append(transaction: Transaction, action: str, payload: Mapping[str, Any]) -> AuditEntry:
    """Append one entry in the name of the transaction's actor; it stands or falls with the transaction.

    Args:
        transaction: the change that the entry tells of.
        action: what was done, dotted ("exhibit.take").
        payload: plain data; see `canonical` for what it may hold.
    """
    text = canonical(payload)
    sequence = transaction.run(_NEXT).scalar_one()
    entry = AuditEntry(sequence, datetime.now(UTC), transaction.actor, str(action), json.loads(text))
    row = {"sequence": sequence, "at": entry.at, "actor": entry.actor, "action": entry.action, "payload": text}
    transaction.add_row(AuditRow, **row)
    return entry


def says_nothing(transaction: Transaction) -> bool:
    """Whether this transaction has no entry so far."""
    return bool(transaction.run(_IS_SEALED).scalar_one())


def entries(session: CaseSession, *, after: int = 0, limit: int = 1000) -> tuple[AuditEntry, ...]:
    """Up to `limit` entries behind sequence number `after`, oldest first."""
    return _read(session, select(AuditRow).where(AuditRow.sequence > after).order_by(AuditRow.sequence).limit(limit))


def newest(session: CaseSession, *, limit: int = 200) -> tuple[AuditEntry, ...]:
    """The last `limit` entries, newest first."""
    return _read(session, select(AuditRow).order_by(AuditRow.sequence.desc()).limit(limit))


def canonical(payload: Mapping[str, Any]) -> str:
    """The one way to write a payload: JSON with sorted keys, no spaces, no escapes that UTF-8 does not need.

    Times become ISO 8601 in UTC, paths and enums text, sets sorted lists. Lone surrogates (from file names that are not
    UTF-8) stay escaped, since no UTF-8 can hold them. Anything else raises `TypeError`, NaN and infinity `ValueError`.
    """
    text = json.dumps(_plain(payload), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _plain(value: Any) -> Any:  # noqa: ANN401 - one return per kind of value
    match value:
        case None | bool() | int() | float():
            return value
        case str() | Path():
            return str(value)
        case datetime():
            return utc_text(value)
        case Mapping():
            return {_key(key): _plain(part) for key, part in value.items()}
        case set() | frozenset():
            return sorted(map(_plain, value))
        case list() | tuple():
            return [_plain(part) for part in value]
    raise TypeError(f"{type(value).__name__} does not belong into an audit payload.")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"The audit payload has the key {key!r}, which is not text.")
    return str(key)


def _read(session: CaseSession, query: Select[AuditRow]) -> tuple[AuditEntry, ...]:
    with as_we_write_it("an entry of the log"):
        return tuple(
            AuditEntry(row.sequence, row.at, row.actor, row.action, json.loads(row.payload))
            for row in session.scalars(query)
        )
