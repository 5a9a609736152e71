"""The words of the house: frozen records and enums that cross every layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value")


class Table(StrEnum):
    """What a write may touch; views reload themselves when theirs is named."""

    CASE = "case"
    EXHIBITS = "exhibits"
    INTAKE = "intake"
    FINDINGS = "findings"
    TAGS = "tags"
    NOTES = "notes"
    REVIEWS = "reviews"
    DETECTORS = "detectors"
    ROBUSTNESS = "robustness"
    VIEWS = "views"
    ANNOTATIONS = "annotations"
    GROUPS = "groups"
    CUSTODY = "custody"
    INTEGRITY = "integrity"
    RERUNS = "reruns"
    CONCLUSIONS = "conclusions"
    REPORTS = "reports"
    RETRAINING = "retraining"


class Verdict(StrEnum):
    """What a finding says about an exhibit."""

    ATTRIBUTED = "attributed"
    UNKNOWN = "unknown architecture"
    INCONCLUSIVE = "inconclusive"
    OUT_OF_SCOPE = "out of scope"


class IntakeOutcome(StrEnum):
    """What became of one dropped file or archive member."""

    PENDING = "pending"
    TAKEN = "taken in"
    DUPLICATE = "duplicate"
    OPENED = "archive opened"
    EMPTY = "zero bytes"
    NOT_AN_IMAGE = "not an image"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    TOO_LARGE = "too large"
    DECODER_CRASHED = "decoder crashed"
    TIMED_OUT = "timed out"
    VANISHED = "vanished"
    NO_PERMISSION = "no permission"
    UNSAFE_ARCHIVE = "unsafe archive"
    UNREADABLE = "unreadable"


KEPT = frozenset({IntakeOutcome.TAKEN, IntakeOutcome.DUPLICATE, IntakeOutcome.OPENED})


class SortKey(StrEnum):
    """Orders the exhibits of a case can be shown in."""

    TAKEN = "order of intake"
    NAME = "file name"
    SCORE = "score"
    AGREEMENT = "tile agreement"
    VERDICT = "verdict"
    SIZE = "pixels"


class ReviewState(StrEnum):
    """Where an exhibit stands in the analyst's work."""

    WAITING = "not analysed"
    UNREVIEWED = "not reviewed"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Written(Generic[Value]):
    """The answer of a service that wrote: its value and the tables it touched."""

    value: Value
    touched: frozenset[Table]


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """What the analyst states about a case.

    `blind`: scores and maps of an exhibit stay hidden from an examiner who has not yet written down an own view.
    """

    title: str
    number: str = ""
    examiner: str = ""
    laboratory: str = ""
    notes: str = ""
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """An open case: the bundle at `path`, what is stated about it and how it is open."""

    path: Path
    details: CaseDetails
    created_at: datetime
    read_only: bool
    uid: str = ""  # identity of the case, the same in every copy of it


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How far the work on a case is."""

    exhibits: int
    evidence_bytes: int
    analysed: int
    reviewed: int
    verdicts: Mapping[str, int]  # Verdict value -> exhibits
    refused: int  # intake lines that are not exhibits
    hidden: int = 0  # exhibits whose verdicts are hidden from this examiner, and not counted above


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the append-only log of a case."""

    sequence: int
    at: datetime
    actor: str
    action: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What an image file says of itself, read during intake.

    Attributes:
        container: "JPEG", "PNG", "WebP", "TIFF", "BMP", "GIF", "AVIF" or "HEIC".
        pixel_format: mode of the stored pixels in plain words ("RGB 8 bit", "grey 16 bit", "CMYK 8 bit", …).
        width, height: stored pixels, before any EXIF orientation.
        frames: frames or pages in the file.
        jpeg_quality: estimated from the quantisation tables (1–100), None where it does not apply.
        orientation: EXIF orientation 1–8 (1: none).
        metadata: EXIF basics and PNG text as (name, text) pairs, hostile text kept as it is.
        remarks: sentences about how the pixels were read ("The transparent pixels were composited on white …").
    """

    container: str
    pixel_format: str
    width: int
    height: int
    frames: int = 1
    jpeg_quality: int | None = None
    orientation: int = 1
    metadata: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place an exhibit's bytes came from; an archive member is "archive.zip!inner/name.png"."""

    path: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One image taken into a case, with everything known about it but its findings."""

    id: int
    sha256: str
    md5: str
    size_bytes: int
    name: str
    facts: ImageFacts
    taken_at: datetime
    occurrences: tuple[Occurrence, ...]
    tags: tuple[int, ...]
    note: str
    reviewed: bool


@dataclass(frozen=True, slots=True)
class ExhibitLine:
    """What a list or grid shows of an exhibit and its current finding.

    `hidden`: the case is blind and this examiner has no own view of it yet, so that nothing is said of its finding.
    """

    id: int
    sha256: str
    name: str
    container: str
    width: int
    height: int
    tags: tuple[int, ...]
    has_note: bool
    reviewed: bool
    verdict: Verdict | None
    architecture: str | None
    score: float | None
    agreement: int | None  # tiles out of 16 that name the architecture of the whole
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ExhibitFilter:
    """Which exhibits to show; empty sets mean "no restriction".

    `text` holds words of which all must occur in name, path, hash or note; any of the `tags` (digits 0–9) is enough;
    `agreement_from` is the fewest agreeing tiles, 0–16; any of the `groups` (their ids) is enough.
    """

    text: str = ""
    verdicts: frozenset[Verdict] = frozenset()
    architectures: frozenset[str] = frozenset()
    tags: frozenset[int] = frozenset()
    states: frozenset[ReviewState] = frozenset()
    score_from: float = 0.0
    score_to: float = 1.0
    agreement_from: int = 0
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Facets:
    """How many exhibits each choice of a filter would show (counted with the other restrictions applied)."""

    total: int
    shown: int
    verdicts: Mapping[str, int]
    architectures: Mapping[str, int]
    tags: Mapping[int, int]
    states: Mapping[str, int]
    groups: Mapping[int, int] = field(default_factory=dict)  # group id -> exhibits


@dataclass(frozen=True, slots=True)
class IntakeLine:
    """What became of one dropped path; `reason` is a sentence, empty when the exhibit was taken in without remark."""

    path: str
    outcome: IntakeOutcome
    reason: str = ""
    sha256: str | None = None
    exhibit_id: int | None = None


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """Everything that became of one drop."""

    batch_id: int
    lines: tuple[IntakeLine, ...]
    complete: bool  # False: cancelled, the rest can be resumed
    notes: tuple[str, ...] = ()  # sentences about the paths that were given; they are not kept


@dataclass(frozen=True, slots=True)
class PendingIntake:
    """An intake that was cut short and can be finished."""

    batch_id: int
    started_at: datetime
    done: int
    left: int


@dataclass(frozen=True, slots=True)
class DetectorReference:
    """Which detector said it: name, version and the SHA-256 of its file."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of the consistency grid, classified by itself."""

    architecture: str
    score: float


@dataclass(frozen=True, slots=True)
class ConsistencyGrid:
    """The 4×4 grid of per-tile verdicts, row by row, and how many name the architecture of the whole image.

    `boxes` are the tiles' (left, top, width, height) in stored pixels of the exhibit, row by row.
    """

    agreeing: int
    tiles: tuple[Tile, ...]
    boxes: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """Calibrated, bounded evidence for "made by A" against `against`; only where a validation supports it."""

    value: float
    low: float
    high: float
    ceiling: float
    against: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector says about one exhibit, with everything needed to repeat it.

    Attributes:
        verdict: the outcome; `reason` says in a sentence why.
        architecture: the class with the top score, also when the verdict is inconclusive; None when out of scope.
        scores: (class, softmax score) pairs, highest first; empty when out of scope.
        threshold: the top score needed for *attributed*, from the detector's card.
        feature: 512 float16 values as bytes, or None.
        device: where it was computed ("cpu", "cuda:0 NVIDIA H200").
        ms: milliseconds of computation for this exhibit (its share of a batch).
        conditions: library versions, precision, threads, preprocessing: what a repetition needs.
    """

    exhibit_sha256: str
    detector: DetectorReference
    verdict: Verdict
    reason: str
    architecture: str | None
    scores: tuple[tuple[str, float], ...]
    threshold: float
    grid: ConsistencyGrid | None
    device: str
    ms: float
    made_at: datetime
    likelihood_ratio: LikelihoodRatio | None = None
    feature: bytes | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)
    exhibit_id: int | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class AttributionReport:
    """What an attribution run did: findings made, exhibits it could not read (id → sentence), remarks."""

    made: int
    failed: Mapping[int, str]
    remarks: tuple[str, ...]
    device: str


@dataclass(frozen=True, slots=True)
class DetectorSummary:
    """A detector as shown in a list: its card as plain data, or a sentence why the file is refused.

    `answers_digest` is the same for two files that give the same answers; one of them was only measured once more.
    `signature` says what the signature on the card is worth, in a sentence; "" where nobody looked.
    """

    reference: DetectorReference
    path: Path
    classes: tuple[str, ...]
    card: Mapping[str, Any]
    problem: str = ""
    answers_digest: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class RgbImage:
    """Decoded pixels ready for display: (height, width, 3) uint8, and the factor from stored to these pixels."""

    pixels: NDArray[np.uint8]
    scale: float
