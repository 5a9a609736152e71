"""The tables of evidence that stands: custody, checks, conclusions, reports, and the chain of the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.store.case_schema import Base
from core.store.columns import HostileText, JsonText


class CustodyEventRow(Base):
    """Something that happened to items; `at` keeps the time zone in which it was stated."""

    __tablename__ = "custody_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[str]
    from_party: Mapped[str] = mapped_column(HostileText)
    to_party: Mapped[str] = mapped_column(HostileText)
    item: Mapped[str] = mapped_column(HostileText)
    seal: Mapped[str] = mapped_column(HostileText)
    place: Mapped[str] = mapped_column(HostileText)
    remarks: Mapped[str] = mapped_column(HostileText)
    made_by: Mapped[str] = mapped_column(HostileText)
    made_at: Mapped[datetime]
    corrects: Mapped[int | None] = mapped_column(ForeignKey("custody_event.id"))


class CustodyEventExhibitRow(Base):
    """One exhibit that a custody event is about."""

    __tablename__ = "custody_event_exhibit"
    __table_args__ = (Index("custody_event_of_exhibit", "exhibit_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("custody_event.id"), primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), primary_key=True)


class RecheckRow(Base):
    """One time that evidence was hashed again."""

    __tablename__ = "recheck"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    exhibits: Mapped[int]
    intact: Mapped[int]
    problems: Mapped[Any] = mapped_column(JsonText)
    complete: Mapped[bool]
    at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(HostileText)
    seconds: Mapped[float]


class RerunRow(Base):
    """A finding that was repeated."""

    __tablename__ = "rerun"
    __table_args__ = (Index("rerun_by_exhibit", "exhibit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"))
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"))
    outcome: Mapped[str]
    sentence: Mapped[str] = mapped_column(HostileText)
    largest: Mapped[float | None]
    tolerance: Mapped[float]
    conditions_then: Mapped[Any] = mapped_column(JsonText)
    conditions_now: Mapped[Any] = mapped_column(JsonText)
    at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(HostileText)


class PropositionsRow(Base):
    """Two propositions about an exhibit; a change of mind is another row."""

    __tablename__ = "propositions"
    __table_args__ = (Index("propositions_by_exhibit", "exhibit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"))
    first: Mapped[str] = mapped_column(HostileText)
    second: Mapped[str] = mapped_column(HostileText)
    population: Mapped[str] = mapped_column(HostileText)
    background: Mapped[str] = mapped_column(HostileText)
    architecture: Mapped[str]
    made_by: Mapped[str] = mapped_column(HostileText)
    made_at: Mapped[datetime]
    before_answer: Mapped[bool]


class ConclusionRow(Base):
    """What a named person concludes about an exhibit; a change of mind is another row."""

    __tablename__ = "conclusion"
    __table_args__ = (Index("conclusion_by_exhibit", "exhibit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"))
    author: Mapped[str] = mapped_column(HostileText)
    role: Mapped[str]
    outcome: Mapped[str]
    opinion: Mapped[str] = mapped_column(HostileText)
    limitations: Mapped[str] = mapped_column(HostileText)
    scale: Mapped[str]
    phrase: Mapped[str]
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    agrees: Mapped[bool | None]
    propositions_id: Mapped[int | None] = mapped_column(ForeignKey("propositions.id"))
    made_at: Mapped[datetime]


class ReportDraftRow(Base):
    """What is chosen and written for the next report; there is one row at most."""

    __tablename__ = "report_draft"
    __table_args__ = (CheckConstraint("id = 1"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft: Mapped[Any] = mapped_column(JsonText)
    made_by: Mapped[str] = mapped_column(HostileText)
    made_at: Mapped[datetime]


class IssuedReportRow(Base):
    """A report that was issued; an amended one is another row."""

    __tablename__ = "issued_report"
    __table_args__ = (UniqueConstraint("uid"), UniqueConstraint("number", "revision"))

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str]
    number: Mapped[str] = mapped_column(HostileText)
    revision: Mapped[int]
    supersedes: Mapped[str]
    reason: Mapped[str] = mapped_column(HostileText)
    form: Mapped[str]
    language: Mapped[str]
    author: Mapped[str] = mapped_column(HostileText)
    exhibits: Mapped[Any] = mapped_column(JsonText)
    draft: Mapped[Any] = mapped_column(JsonText)
    files: Mapped[Any] = mapped_column(JsonText)
    head_sequence: Mapped[int]
    head_digest: Mapped[str]
    signer: Mapped[str] = mapped_column(HostileText)
    issued_at: Mapped[datetime]


class TimeStampRow(Base):
    """A time stamp that was asked for, and the reply once it was brought back."""

    __tablename__ = "time_stamp"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    digest: Mapped[str]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    reply: Mapped[bytes | None] = mapped_column(LargeBinary)
    authority: Mapped[str] = mapped_column(HostileText)
    requested_at: Mapped[datetime]
    stamped_at: Mapped[datetime | None]


class OriginRow(Base):
    """The case that this one was taken out of; no row where it was made afresh."""

    __tablename__ = "origin"
    __table_args__ = (CheckConstraint("id = 1"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_uid: Mapped[str]
    title: Mapped[str] = mapped_column(HostileText)
    number: Mapped[str] = mapped_column(HostileText)
    head_sequence: Mapped[int]
    head_digest: Mapped[str]
    exported_by: Mapped[str] = mapped_column(HostileText)
    exported_at: Mapped[datetime]
    exhibits_left_out: Mapped[int]


class OriginEntryRow(Base):
    """One entry of the log of the case that this one was taken out of; what tells of other exhibits is left out."""

    __tablename__ = "origin_entry"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    actor: Mapped[str] = mapped_column(HostileText)
    action: Mapped[str]
    payload: Mapped[str | None]
    payload_digest: Mapped[str]
    changes: Mapped[str | None]
    changes_digest: Mapped[str]
    previous: Mapped[str]
    digest: Mapped[str]
    key: Mapped[str]
    signature: Mapped[str]


class SigningKeyRow(Base):
    """The public half of a key that signed the log of this case."""

    __tablename__ = "signing_key"

    key: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[str]
    installation: Mapped[str] = mapped_column(HostileText)
    first_used: Mapped[datetime]


class ChainRow(Base):
    """How one line of the log hangs on the line before it, and which rows it was written with."""

    __tablename__ = "chain"

    sequence: Mapped[int] = mapped_column(ForeignKey("audit.sequence"), primary_key=True)
    previous: Mapped[str]
    digest: Mapped[str]
    changes: Mapped[Any] = mapped_column(JsonText)
    key: Mapped[str]
    signature: Mapped[str]
