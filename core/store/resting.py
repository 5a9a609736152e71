"""What of a case rests on one detector: its newest findings, and the issued reports that print them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.domain import Verdict
from core.store.columns import among, as_we_write_it
from core.store.schema import ExhibitRow, FindingRow, IssuedReportRow
from core.store.session import CaseSession


@dataclass(frozen=True, slots=True)
class RestingFinding:
    """What a detector said of an exhibit, as far as it may be said otherwise later."""

    exhibit_id: int
    name: str
    sha256: str
    verdict: Verdict
    architecture: str | None


@dataclass(frozen=True, slots=True)
class RestingReport:
    """A report in force that prints findings of a detector; `exhibit_ids` are those it prints one of."""

    uid: str
    number: str
    revision: int
    author: str
    issued_at: datetime
    exhibit_ids: tuple[int, ...]


def files_of(session: CaseSession, digest: str, answers: str) -> frozenset[str]:
    """Digests of the detector files that made findings here and are one detector.

    Args:
        session: one view of the case.
        digest: the detector's own file.
        answers: its answers digest; a file with the same one gives the same answers. "" when it is not known.
    """
    newest = select(func.max(FindingRow.id)).group_by(FindingRow.detector_digest)
    query = select(FindingRow.detector_digest, FindingRow.conditions).where(FindingRow.id.in_(newest))
    with as_we_write_it("the conditions of a finding"):
        said = {str(made): conditions for made, conditions in session.execute(query)}
        same = {made for made, kept in said.items() if answers and kept.get("answers_digest") == answers}
    return frozenset(same | ({digest} & said.keys()))


def findings_of(session: CaseSession, files: Collection[str]) -> tuple[RestingFinding, ...]:
    """The newest finding of each exhibit by one of these detector files, in order of intake."""
    newest = select(func.max(FindingRow.id)).where(among(FindingRow.detector_digest, sorted(files)))
    query = (
        select(ExhibitRow.id, ExhibitRow.name, ExhibitRow.sha256, FindingRow.verdict, FindingRow.architecture)
        .join(FindingRow, FindingRow.exhibit_id == ExhibitRow.id)
        .where(FindingRow.id.in_(newest.group_by(FindingRow.exhibit_id)))
        .order_by(ExhibitRow.id)
    )
    with as_we_write_it("a finding"):
        return tuple(
            RestingFinding(number, name, sha256, Verdict(verdict), architecture)
            for number, name, sha256, verdict, architecture in session.execute(query)
        )


def reports_on(session: CaseSession, files: Collection[str]) -> tuple[RestingReport, ...]:
    """The issued reports that print a finding of one of these detector files, newest first.

    A report prints the newest finding there was when it was issued. One that a later revision took the place of is in
    force no longer, and left out.
    """
    rows = session.scalars(select(IssuedReportRow).order_by(IssuedReportRow.id.desc())).all()
    replaced = {row.supersedes for row in rows}
    found = []
    with as_we_write_it("an issued report"):
        for row in rows:
            printed = _printed(session, tuple(map(int, row.exhibits)), row.issued_at)
            resting = tuple(number for number in row.exhibits if printed.get(number) in files)
            if resting and row.uid not in replaced:
                found.append(RestingReport(row.uid, row.number, row.revision, row.author, row.issued_at, resting))
    return tuple(found)


def _printed(session: CaseSession, exhibit_ids: tuple[int, ...], issued_at: datetime) -> Mapping[int, str]:
    """Which detector file made the finding that a report of that moment prints, by exhibit."""
    newest = (
        select(func.max(FindingRow.id))
        .where(among(FindingRow.exhibit_id, exhibit_ids), FindingRow.made_at <= issued_at)
        .group_by(FindingRow.exhibit_id)
    )
    query = select(FindingRow.exhibit_id, FindingRow.detector_digest).where(FindingRow.id.in_(newest))
    return dict(session.execute(query).all())
