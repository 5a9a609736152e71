"""Frozen records of evidence that stands: who had it, is it still what it was, does an answer repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(minutes=2)


class CustodyKind(StrEnum):
    """What happened to the items that the exhibits came from."""

    RECEIVED = "received"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class CustodyForm:
    """What an examiner states when items are received or handed over.

    Attributes:
        kind: what happened.
        at: when it happened, with the time zone of the place.
        from_party, to_party: who handed over, and who took.
        item: the laboratory's number of the item ("2026/17-A3"); several exhibits may come from one item.
        seal: number and state of the seal.
        place, remarks: free text.
    """

    kind: CustodyKind
    at: datetime
    from_party: str = ""
    to_party: str = ""
    item: str = ""
    seal: str = ""
    place: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """A form as it was kept; never changed, a correction is another event that names the one it corrects.

    `exhibit_ids` is empty for what was written down before anything was taken in: it is about the whole case.
    """

    id: int
    form: CustodyForm
    exhibit_ids: tuple[int, ...]
    made_by: str
    made_at: datetime
    corrects: int | None = None


def doubts(form: CustodyForm, now: datetime) -> tuple[str, ...]:
    """What looks odd about a form: a sentence each, to be asked before it is kept. Odd times may be right."""
    told = []
    if form.at < _EARLIEST:
        told.append(f"The time given is in the year {form.at.year}, before 1970. Is the year right?")
    if form.at > now + _CLOCKS_DIFFER:
        told.append(
            f"The time given, {time_text(form.at)}, is still to come: it is "
            f"{time_text(now.astimezone(form.at.tzinfo))} now. Are date and time zone right?"
        )
    stated = (form.from_party, form.item, form.seal, form.place, form.remarks)
    if lacks_taker(form) and any(text.strip() for text in stated):  # a blank form is refused anyway
        told.append(f"Items were {form.kind}, and it is not said who took them. Is that not known?")
    return tuple(told)


def lacks_taker(form: CustodyForm) -> bool:
    """Whether items came into somebody's hands, and it is not said whose."""
    return form.kind in (CustodyKind.RECEIVED, CustodyKind.TRANSFERRED) and not form.to_party.strip()


def time_text(at: datetime) -> str:
    """A time with its offset from UTC, as it is shown and printed: "2026-11-21 10:31 UTC+01:00"."""
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M} UTC" + ("" if offset in ("", "+0000") else f"{offset[:3]}:{offset[3:5]}")


class EvidenceState(StrEnum):
    """What became of an exhibit's bytes since intake."""

    INTACT = "intact"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class EvidenceProblem:
    """One exhibit whose bytes are not what they were; `sentence` says it with the path."""

    sha256: str
    state: EvidenceState
    sentence: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """Hashing exhibits again, and what came of it.

    Attributes:
        reason: "opening", "on demand", "report" or "verify".
        exhibits: how many were to be hashed; `intact` of them are what they were.
        complete: False where the check was cut short.
    """

    reason: str
    exhibits: int
    intact: int
    problems: tuple[EvidenceProblem, ...]
    complete: bool
    at: datetime
    by: str
    seconds: float
    id: int | None = None


@dataclass(frozen=True, slots=True)
class EvidenceStanding:
    """What is known at this moment of the bytes of all exhibits of a case.

    Attributes:
        exhibits: how many are in the case now.
        whole: the newest check of every exhibit that was in the case then, or None.
        problems: what that check and later ones of some exhibits found; it stands until all are checked again.
        reported_at: when the newest of these problems was found, or None.
    """

    exhibits: int
    whole: Recheck | None
    problems: tuple[EvidenceProblem, ...] = ()
    reported_at: datetime | None = None


class ClaimState(StrEnum):
    """What a verification says of one claim."""

    PASSED = "pass"
    FAILED = "fail"
    UNCHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim that was put to the test.

    Attributes:
        name: short, the same every time ("log unbroken", "evidence intact", "report seal"): a key for programs.
        state: pass, fail, or not checked (what was needed is not here; the sentence says what).
        sentence: what was found, in words: what, where, since when.
        details: further lines, one for each fault; hostile text where it quotes the case.
    """

    name: str
    state: ClaimState
    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """Every claim of a case or a report, tested; `subject` is its path."""

    subject: str
    claims: tuple[Claim, ...]
    at: datetime

    @property
    def passed(self) -> bool:
        """Whether no claim failed."""
        return all(claim.state is not ClaimState.FAILED for claim in self.claims)


@dataclass(frozen=True, slots=True)
class LogHead:
    """Where the log of a case ends: the number and hash of its last entry, and by which installation it is signed.

    Attributes:
        case_uid: identity of the case, 32 hexadecimal digits, the same in every copy of it.
        sequence: number of the last entry.
        digest: its chained SHA-256, 64 hexadecimal digits.
        key: short name of the signing key, 16 hexadecimal digits; empty where no key could be used.
        signature: Ed25519 over the digest, 128 hexadecimal digits, or "".
        public_key: the key itself, 64 hexadecimal digits, or "".
    """

    case_uid: str
    sequence: int
    digest: str
    key: str
    signature: str
    public_key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """An RFC 3161 time stamp over a log head: a request written out, and the reply once it was brought back."""

    id: int
    sequence: int
    digest: str
    requested_at: datetime
    authority: str = ""
    stamped_at: datetime | None = None


class Repetition(StrEnum):
    """How a repeated finding compares with the kept one."""

    EQUAL = "equal"
    WITHIN = "within tolerance"
    DIFFERENT = "different"
    NOT_REPEATED = "not repeated"


@dataclass(frozen=True, slots=True)
class Rerun:
    """A finding repeated from its record.

    Attributes:
        outcome: equal (every number bit for bit), within tolerance (same verdict and architecture, scores differ by at
            most `tolerance`), different, or not repeated; `sentence` says why.
        largest: largest difference between two scores of the same class, None when not repeated.
        then, now: conditions of the two runs (device, threads, library versions, precision, seed).
    """

    finding_id: int
    exhibit_id: int
    exhibit_sha256: str
    outcome: Repetition
    sentence: str
    largest: float | None
    tolerance: float
    at: datetime
    by: str
    then: Mapping[str, Any] = field(default_factory=dict)
    now: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None


@dataclass(frozen=True, slots=True)
class PackedCase:
    """A whole case in one file: its path, SHA-256, size in bytes, and how many files it holds."""

    path: Path
    sha256: str
    size: int
    files: int
