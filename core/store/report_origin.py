"""Where a report comes from: the log's entry of its issue, and the case that this one was taken out of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.store.audit import Act
from core.store.columns import as_we_write_it
from core.store.schema import AuditRow, OriginEntryRow, OriginRow
from core.store.session import CaseSession


@dataclass(frozen=True, slots=True)
class LoggedIssue:
    """The entry of the log that tells of an issue, with the SHA-256 of every file of the report."""

    sequence: int
    at: datetime
    by: str
    files: frozenset[str]


def logged_issue(session: CaseSession, uid: str) -> LoggedIssue | None:
    """What the log says of the issue of a report, or None."""
    told = func.json_extract(AuditRow.payload, "$.uid")
    row = session.scalar(select(AuditRow).where(AuditRow.action == Act.REPORT_ISSUE, told == uid).limit(1))
    if row is None:
        return None
    with as_we_write_it("an entry of the log"):
        files = frozenset(str(file["sha256"]) for file in json.loads(row.payload)["files"])
        return LoggedIssue(row.sequence, row.at, row.actor, files)


def case_uid(session: CaseSession) -> str:
    """Identity of the case that this one was taken out of, or ""."""
    return session.scalar(select(OriginRow.case_uid)) or ""


def digest_at(session: CaseSession, sequence: int) -> str | None:
    """Digest of an entry in the log of that case, None where it is not known here."""
    return session.scalar(select(OriginEntryRow.digest).where(OriginEntryRow.sequence == sequence))
