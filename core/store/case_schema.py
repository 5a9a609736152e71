"""The tables of a case: what it is about, its exhibits, what was found and written, intakes and the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.store.columns import HostileText, JsonText, UtcTime


class Base(DeclarativeBase):
    """Registry of the rows below."""

    type_annotation_map = {str: Text, float: Float, datetime: UtcTime}  # noqa: RUF012 - the name and form SQLAlchemy asks for


class CaseRow(Base):
    """What is stated about the case; there is one row."""

    __tablename__ = "case"
    __table_args__ = (CheckConstraint("id = 1"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    number: Mapped[str]
    examiner: Mapped[str]
    laboratory: Mapped[str]
    notes: Mapped[str]
    created_at: Mapped[datetime]
    blind: Mapped[bool]
    uid: Mapped[str]


class ExhibitRow(Base):
    """An exhibit, kept slim: what a list shows, its current finding, tags and review repeated from their tables."""

    __tablename__ = "exhibit"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'"),
        UniqueConstraint("sha256"),
        Index("exhibit_by_name", "name_key"),
        Index("exhibit_by_score", "score"),
        Index("exhibit_by_agreement", "agreement"),
        Index("exhibit_by_pixels", "pixels"),
        Index("exhibit_by_verdict", "verdict_rank", "architecture"),
        Index("exhibit_by_triage", "verdict", "architecture", "tag_mask", "reviewed", "score", "agreement"),
        Index("exhibit_by_architecture", "architecture"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    md5: Mapped[str]
    size_bytes: Mapped[int]
    name: Mapped[str] = mapped_column(HostileText)
    name_key: Mapped[str]
    container: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    pixels: Mapped[int]
    taken_at: Mapped[datetime]
    finding_id: Mapped[int | None]
    verdict: Mapped[str | None]
    verdict_rank: Mapped[int | None]
    architecture: Mapped[str | None]
    score: Mapped[float | None]
    agreement: Mapped[int | None]
    tag_mask: Mapped[int]
    has_note: Mapped[bool]
    reviewed: Mapped[bool]


class ExhibitFactsRow(Base):
    """What the image file says of itself, apart from the slim row because it is long and seldom read."""

    __tablename__ = "exhibit_facts"

    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), primary_key=True)
    facts: Mapped[Any] = mapped_column(JsonText)


class ExhibitTextRow(Base):
    """Case-folded text that a search looks through; each hash has a space before it, so that its beginning is found."""

    __tablename__ = "exhibit_text"

    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), primary_key=True)
    origin: Mapped[str]
    hashes: Mapped[str]
    note: Mapped[str]


class OccurrenceRow(Base):
    """One place an exhibit's bytes came from."""

    __tablename__ = "occurrence"
    __table_args__ = (UniqueConstraint("exhibit_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"))
    path: Mapped[str] = mapped_column(HostileText)
    seen_at: Mapped[datetime]


class ExhibitTagRow(Base):
    """One tag, 0 to 9, on one exhibit."""

    __tablename__ = "exhibit_tag"
    __table_args__ = (CheckConstraint("tag BETWEEN 0 AND 9"),)

    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), primary_key=True)
    tag: Mapped[int] = mapped_column(primary_key=True)
    made_by: Mapped[str] = mapped_column(HostileText)
    made_at: Mapped[datetime]


class NoteRow(Base):
    """The analyst's note on an exhibit."""

    __tablename__ = "note"

    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), primary_key=True)
    text: Mapped[str] = mapped_column(HostileText)
    made_by: Mapped[str] = mapped_column(HostileText)
    made_at: Mapped[datetime]


class ReviewRow(Base):
    """Says that an exhibit was reviewed, by whom and when."""

    __tablename__ = "review"

    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), primary_key=True)
    made_by: Mapped[str] = mapped_column(HostileText)
    made_at: Mapped[datetime]


class FindingRow(Base):
    """What one detector said about one exhibit; never changed once written."""

    __tablename__ = "finding"
    __table_args__ = (Index("finding_by_exhibit", "exhibit_id", "detector_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"))
    detector_name: Mapped[str]
    detector_version: Mapped[str]
    detector_digest: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str]
    architecture: Mapped[str | None]
    scores: Mapped[Any] = mapped_column(JsonText)
    threshold: Mapped[float]
    grid: Mapped[Any | None] = mapped_column(JsonText)
    likelihood_ratio: Mapped[Any | None] = mapped_column(JsonText)
    feature: Mapped[bytes | None] = mapped_column(LargeBinary)
    conditions: Mapped[Any] = mapped_column(JsonText)
    device: Mapped[str]
    ms: Mapped[float]
    made_at: Mapped[datetime]


class ExaminerViewRow(Base):
    """What an examiner thinks of an exhibit; a change of mind is another row."""

    __tablename__ = "examiner_view"
    __table_args__ = (Index("examiner_view_by_exhibit", "exhibit_id", "examiner"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"))
    examiner: Mapped[str] = mapped_column(HostileText)
    opinion: Mapped[str]
    text: Mapped[str] = mapped_column(HostileText)
    blind: Mapped[bool]
    made_at: Mapped[datetime]


class AnnotationRow(Base):
    """An annotation drawn on an exhibit."""

    __tablename__ = "annotation"
    __table_args__ = (Index("annotation_by_exhibit", "exhibit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"))
    kind: Mapped[str]
    points: Mapped[Any] = mapped_column(JsonText)
    text: Mapped[str] = mapped_column(HostileText)
    examiner: Mapped[str] = mapped_column(HostileText)
    made_at: Mapped[datetime]
    in_report: Mapped[bool]


class ExhibitGroupRow(Base):
    """A named group of exhibits."""

    __tablename__ = "exhibit_group"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(HostileText)
    note: Mapped[str] = mapped_column(HostileText)
    made_by: Mapped[str] = mapped_column(HostileText)
    made_at: Mapped[datetime]


class ExhibitGroupMemberRow(Base):
    """One exhibit of one group."""

    __tablename__ = "exhibit_group_member"

    group_id: Mapped[int] = mapped_column(ForeignKey("exhibit_group.id"), primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"), primary_key=True)


class RobustnessRow(Base):
    """How an answer survived a series of processings; never changed once written."""

    __tablename__ = "robustness"
    __table_args__ = (Index("robustness_by_exhibit", "exhibit_id", "detector_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exhibit_id: Mapped[int] = mapped_column(ForeignKey("exhibit.id"))
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    detector_name: Mapped[str]
    detector_version: Mapped[str]
    detector_digest: Mapped[str]
    preset: Mapped[str]
    architecture: Mapped[str]
    verdict: Mapped[str]
    score: Mapped[float]
    steps: Mapped[Any] = mapped_column(JsonText)
    device: Mapped[str]
    seed: Mapped[int]
    made_at: Mapped[datetime]


class IntakeBatchRow(Base):
    """One drop, and how much of it is still to be done."""

    __tablename__ = "intake_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_by: Mapped[str] = mapped_column(HostileText)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    total: Mapped[int]
    remaining: Mapped[int]


class IntakeItemRow(Base):
    """One dropped file or archive member and what became of it."""

    __tablename__ = "intake_item"
    __table_args__ = (
        Index("intake_item_by_batch", "batch_id", "outcome"),
        Index("intake_item_by_outcome", "outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("intake_batch.id"))
    path: Mapped[str] = mapped_column(HostileText)
    member: Mapped[str | None] = mapped_column(HostileText)
    outcome: Mapped[str]
    reason: Mapped[str] = mapped_column(HostileText)
    sha256: Mapped[str | None]
    exhibit_id: Mapped[int | None] = mapped_column(ForeignKey("exhibit.id"))


class AuditRow(Base):
    """One line of the append-only log; triggers refuse to change or remove it."""

    __tablename__ = "audit"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(HostileText)
    action: Mapped[str]
    payload: Mapped[str]
