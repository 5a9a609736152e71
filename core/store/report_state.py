"""How far the exhibits of a report are: questions about many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from core.custody import TimeStamp
from core.domain import DetectorReference, Verdict
from core.store.audit import Act
from core.store.columns import among
from core.store.schema import (
    AuditRow,
    ConclusionRow,
    ExaminerViewRow,
    ExhibitRow,
    FindingRow,
    PropositionsRow,
    SigningKeyRow,
    TimeStampRow,
)
from core.store.session import CaseSession

_NO_CHANGE = (  # entries that leave what a report says of its exhibits as it was
    *(Act.CASE_OPEN, Act.REPORT_DRAFT, Act.REPORT_ISSUE, Act.RECHECK, Act.CASE_ARCHIVE, Act.CASE_EXPORT),
    *(Act.TIME_STAMP_REQUEST, Act.TIME_STAMP_REPLY),
)


def existing(session: CaseSession, exhibit_ids: Sequence[int]) -> tuple[int, ...]:
    """Those of the exhibits that there are, in the order given; all in order of intake when none is given."""
    if not exhibit_ids:
        return tuple(session.run(select(ExhibitRow.id).order_by(ExhibitRow.id)).scalars())
    found = set(session.run(select(ExhibitRow.id).where(among(ExhibitRow.id, exhibit_ids))).scalars())
    return tuple(number for number in exhibit_ids if number in found)


def hashes(session: CaseSession, exhibit_ids: Sequence[int]) -> Mapping[str, int]:
    """SHA-256 of each of the exhibits, and which one it is."""
    query = select(ExhibitRow.sha256, ExhibitRow.id).where(among(ExhibitRow.id, exhibit_ids))
    return dict(session.execute(query).all())


def concluded(session: CaseSession, exhibit_ids: Sequence[int]) -> frozenset[int]:
    """Those about which somebody has concluded."""
    query = select(ConclusionRow.exhibit_id).where(among(ConclusionRow.exhibit_id, exhibit_ids)).distinct()
    return frozenset(session.run(query).scalars())


def proposed(session: CaseSession, exhibit_ids: Sequence[int]) -> frozenset[int]:
    """Those that have propositions."""
    query = select(PropositionsRow.exhibit_id).where(among(PropositionsRow.exhibit_id, exhibit_ids)).distinct()
    return frozenset(session.run(query).scalars())


def viewed(session: CaseSession, exhibit_ids: Sequence[int]) -> frozenset[int]:
    """Those of which somebody has written a view."""
    query = select(ExaminerViewRow.exhibit_id).where(among(ExaminerViewRow.exhibit_id, exhibit_ids)).distinct()
    return frozenset(session.run(query).scalars())


def verdicts(session: CaseSession, exhibit_ids: Sequence[int]) -> Mapping[int, str | None]:
    """The verdict of the newest finding of each exhibit, None where there is none."""
    query = select(ExhibitRow.id, ExhibitRow.verdict).where(among(ExhibitRow.id, exhibit_ids))
    return dict(session.execute(query).all())


def attributed_to(session: CaseSession, exhibit_ids: Sequence[int], architecture: str) -> int:
    """How many of the exhibits are attributed to an architecture."""
    query = select(func.count()).where(
        among(ExhibitRow.id, exhibit_ids),
        ExhibitRow.verdict == Verdict.ATTRIBUTED.value,
        ExhibitRow.architecture == architecture,
    )
    return int(session.run(query).scalar_one())


def detectors(session: CaseSession, exhibit_ids: Sequence[int]) -> tuple[DetectorReference, ...]:
    """The detectors that made the newest findings, in order of their name."""
    query = (
        select(FindingRow.detector_name, FindingRow.detector_version, FindingRow.detector_digest)
        .join(ExhibitRow, ExhibitRow.finding_id == FindingRow.id)
        .where(among(ExhibitRow.id, exhibit_ids))
        .distinct()
        .order_by(FindingRow.detector_name, FindingRow.detector_version, FindingRow.detector_digest)
    )
    return tuple(DetectorReference(*row) for row in session.execute(query).all())


def worked(session: CaseSession, exhibit_ids: Sequence[int]) -> tuple[datetime, datetime] | None:
    """When the first and the last finding, view or conclusion about the exhibits was made."""
    moments: list[datetime] = []
    for row in (FindingRow, ExaminerViewRow, ConclusionRow):
        query = select(func.min(row.made_at), func.max(row.made_at)).where(among(row.exhibit_id, exhibit_ids))
        moments += [moment for moment in session.execute(query).one() if moment is not None]
    return (min(moments), max(moments)) if moments else None


def state(session: CaseSession) -> int:
    """A number that is another one after anything changed that a report prints of its exhibits."""
    query = select(func.max(AuditRow.sequence)).where(AuditRow.action.not_in([act.value for act in _NO_CHANGE]))
    return session.scalar(query) or 0


def installation_of(session: CaseSession, key: str) -> str:
    """Which installation has a signing key, "" where that is not known."""
    return session.scalar(select(SigningKeyRow.installation).where(SigningKeyRow.key == key)) or ""


def stamps(session: CaseSession) -> tuple[TimeStamp, ...]:
    """Every time stamp that was asked for, oldest first."""
    columns = (
        *(TimeStampRow.id, TimeStampRow.sequence, TimeStampRow.digest),
        *(TimeStampRow.requested_at, TimeStampRow.authority, TimeStampRow.stamped_at),
    )
    return tuple(TimeStamp(*row) for row in session.execute(select(*columns).order_by(TimeStampRow.id)).all())
