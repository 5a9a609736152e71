"""Reports that were issued: rows that are never changed; an amended report is another row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from core.custody import LogHead
from core.errors import BadInput, NotFound
from core.reporting import IssuedReport, ReportDraft, ReportFile, ReportForm
from core.store import audit, report_drafts
from core.store.columns import as_we_write_it
from core.store.report_folders import folder_of
from core.store.schema import IssuedReportRow
from core.store.session import CaseSession, Transaction


@dataclass(frozen=True, slots=True)
class Issue:
    """What is kept of a report when it is issued; the names are those of `IssuedReport`."""

    uid: str
    number: str
    revision: int
    supersedes: str
    reason: str
    draft: ReportDraft
    author: str
    exhibit_ids: Sequence[int]
    files: Sequence[ReportFile]
    head: LogHead
    signer: str
    issued_at: datetime


def add(transaction: Transaction, issue: Issue) -> IssuedReport:
    """Keep an issued report; its files lie in their folder already.

    Raises:
        BadInput: the number and revision were issued already, or the report it amends was amended meanwhile.
    """
    taken = select(IssuedReportRow.uid).where(
        IssuedReportRow.number == issue.number, IssuedReportRow.revision == issue.revision
    )
    if transaction.scalar(taken) is not None:
        raise BadInput(
            f"A report with the number {issue.number}, revision {issue.revision}, was issued already. Amend that one, "
            "or choose another number."
        )
    values: dict[str, Any] = {
        "uid": issue.uid,
        "number": issue.number,
        "revision": issue.revision,
        "supersedes": issue.supersedes,
        "reason": issue.reason,
        "form": issue.draft.form.value,
        "language": issue.draft.laboratory.language,
        "author": issue.author,
        "head_sequence": issue.head.sequence,
        "head_digest": issue.head.digest,
        "signer": issue.signer,
    }
    files = [asdict(file) for file in issue.files]
    transaction.add_row(
        IssuedReportRow,
        **values,
        exhibits=list(issue.exhibit_ids),
        draft=report_drafts.plain(issue.draft),
        files=files,
        issued_at=issue.issued_at,
    )
    told = {**values, "exhibits": list(issue.exhibit_ids), "files": files, "issued_at": issue.issued_at}
    audit.append(transaction, audit.Act.REPORT_ISSUE, told)
    return get(transaction, issue.uid)


def issued(session: CaseSession) -> tuple[IssuedReport, ...]:
    """Every issued report, newest first."""
    rows = session.scalars(select(IssuedReportRow).order_by(IssuedReportRow.id.desc())).all()
    later = {row.supersedes: row.uid for row in rows if row.supersedes}
    with as_we_write_it("an issued report"):
        return tuple(_record(row, session.folder, later) for row in rows)


def get(session: CaseSession, uid: str) -> IssuedReport:
    """One issued report; raises `NotFound`."""
    for report in issued(session):
        if report.uid == uid:
            return report
    raise NotFound(f"The case {session.folder} has issued no report {uid[:40]!r}. Choose one from its list.")


def draft_of(session: CaseSession, uid: str) -> ReportDraft:
    """What an issued report was made of, for amending it; raises `NotFound`."""
    row = session.scalar(select(IssuedReportRow).where(IssuedReportRow.uid == uid))
    if row is None:
        raise NotFound(f"The case {session.folder} has issued no report {uid[:40]!r}. Choose one from its list.")
    with as_we_write_it("the draft of an issued report"):
        return report_drafts.record(row.draft)


def uids(session: CaseSession) -> frozenset[str]:
    """The ids of all issued reports."""
    return frozenset(session.scalars(select(IssuedReportRow.uid)))


def numbers(session: CaseSession) -> Mapping[str, int]:
    """The newest revision of each number that was issued."""
    query = select(IssuedReportRow.number, func.max(IssuedReportRow.revision)).group_by(IssuedReportRow.number)
    return dict(session.execute(query).all())


def _record(row: IssuedReportRow, folder: Path, later: Mapping[str, str]) -> IssuedReport:
    return IssuedReport(
        id=row.id,
        uid=row.uid,
        number=row.number,
        revision=row.revision,
        supersedes=row.supersedes,
        reason=row.reason,
        form=ReportForm(row.form),
        language=row.language,
        author=row.author,
        exhibits=len(row.exhibits),
        issued_at=row.issued_at,
        folder=folder_of(folder, row.uid),
        files=tuple(ReportFile(**file) for file in row.files),
        head_sequence=row.head_sequence,
        head_digest=row.head_digest,
        signer=row.signer,
        superseded_by=later.get(row.uid, ""),
    )
