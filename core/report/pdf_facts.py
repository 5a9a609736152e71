"""What a PDF file says and is, as plain records that come from the process that reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SealFacts:
    """The seal of a PDF.

    Attributes:
        problem: "" where the seal is sound, else the sentence that says what is wrong; the other fields are then worth
            nothing unless they are filled.
        name, issuer: of the certificate; hostile text.
        self_signed: whether nobody but its owner vouches for it.
        chain: the names from the certificate up to where the enclosed certificates end, each signed by the next.
        signed_at: by the clock of the computer that sealed; nobody vouches for it.
        fingerprint: SHA-256 of the certificate.
    """

    problem: str
    name: str = ""
    issuer: str = ""
    self_signed: bool = False
    chain: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    signed_at: datetime | None = None
    fingerprint: str = ""
    reason: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class FileInside:
    """A file inside a PDF, hashed."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What the record inside a report says about itself."""

    uid: str
    number: str
    revision: int
    supersedes: str
    title: str
    issued_at: str
    preview: bool
    part: int
    parts: int
    case_uid: str
    case_title: str
    log_sequence: int
    log_digest: str
    log_key: str
    log_public_key: str
    log_signature: str
    exhibits: tuple[tuple[str, str], ...]  # label, SHA-256
    mark: str = ""  # what the lines for checking begin with


@dataclass(frozen=True, slots=True)
class PrintedFacts:
    """What the pages say.

    Attributes:
        report_id, log_sequence, log_digest, exhibits, attachments: the lines for checking, as `pdf_lines` reads them.
        without_id: page numbers that do not show the report id.
        without_head: page numbers that do not show the beginning of the log head's digest.
    """

    report_id: str
    log_sequence: int
    log_digest: str
    exhibits: tuple[tuple[str, str], ...]
    attachments: tuple[tuple[str, str], ...]
    without_id: tuple[int, ...]
    without_head: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SetAnew:
    """What came of setting a report anew.

    Attributes:
        why_not: why it was not done, as a part of a sentence, or "".
        pages, anew: pages of the file, and that the record gives.
        differing: numbers of the pages that are not the same.
    """

    why_not: str = ""
    pages: int = 0
    anew: int = 0
    differing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """Everything a verification needs of a report file.

    Attributes:
        problem: why it is no report that can be read any further, or "".
        sha256, size: of the whole file.
        seal: None where the file could not be read so far.
        record, record_problem: the record inside, or why it cannot be read.
        beside: what the file holds that no report has, a sentence each.
        manifest: names and hashes that the manifest inside lists, or None; `manifest_problem` says why.
    """

    sha256: str
    size: int
    problem: str = ""
    pages: int = 0
    seal: SealFacts | None = None
    beside: tuple[str, ...] = ()
    files: tuple[FileInside, ...] = ()
    record: RecordFacts | None = None
    record_problem: str = ""
    manifest: tuple[tuple[str, str], ...] | None = None
    manifest_problem: str = ""
    printed: PrintedFacts | None = None
