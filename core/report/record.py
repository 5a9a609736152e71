"""The report record: everything a report says, as plain frozen data; each format is written from it alone.

Texts that come from a case (names, notes, metadata) are hostile and kept as they are; each writer escapes them for its
own format. Keys (verdicts, outcomes, states) are the words of `core.domain`, `core.custody` and `core.reporting`;
the writers translate them. Pictures are named by `Asset.name`; their bytes lie in the folder of the assets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "dna-det-report/1"


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture of the report: name in the assets folder, what it shows for who cannot see it, SHA-256."""

    name: str
    alt: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which report this is. `issued_at` and `head_…` are empty in a preview, and `preview` says so on every page."""

    uid: str
    number: str
    revision: int
    supersedes: str
    reason: str
    title: str
    form: str  # ReportForm value
    language: str
    issued_at: str  # ISO 8601 with offset
    preview: bool
    part: int = 1  # of a report in several volumes
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Laboratory:
    """The laboratory's template, with the logo as an asset."""

    name: str
    address: str
    contact: str
    accreditation: str
    header: str
    footer: str
    marking: str
    method: str
    logo: Asset | None


@dataclass(frozen=True, slots=True)
class Front:
    """Who asked whom for what, when; dates are ISO 8601."""

    case_title: str
    case_number: str
    case_uid: str
    customer: str
    customer_address: str
    request: str
    requested_on: str
    received_on: str
    worked_from: str
    worked_to: str
    place: str
    sampling: str
    condition: str
    deviations: str
    external_results: str
    author: str
    reviewer: str
    authoriser: str
    summary: str
    limitations: str


@dataclass(frozen=True, slots=True)
class Line:
    """A name and a text."""

    name: str
    text: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % Wilson interval: count of n."""

    name: str
    n: int
    count: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of a detector on one test set.

    `n`, the rates and the confusion are about images of known classes; `verdicts` also count the `unknown` images of
    generators that the detector does not know, of which `unknown_named` were given a name and `unknown_recognised` were
    called unknown.
    """

    set: str
    date: str
    command: str
    data_digest: str
    n: int
    accuracy: Rate
    recalls: tuple[Rate, ...]  # per class, by top class
    false_accusation: Rate | None
    conclusive: Rate | None
    verdicts: Mapping[str, int]
    cllr: float | None
    ece: float | None
    auroc_unknown: float | None
    oscr: float | None
    confusion_labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    unknown: int = 0
    unknown_named: Rate | None = None
    unknown_recognised: Rate | None = None


@dataclass(frozen=True, slots=True)
class DetectorRecord:
    """The detector behind findings of this report.

    `steps`: the preprocessing in order, in sentences; `thresholds`: name, value and rule.
    """

    name: str
    version: str
    digest: str
    title: str
    summary: str
    licence: str
    classes: tuple[Line, ...]  # name = class, text = title
    training: tuple[Line, ...]
    steps: tuple[str, ...]
    thresholds: tuple[Line, ...]
    limits: tuple[str, ...]
    measured: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A likelihood ratio as printed: value, interval, the ceiling that the validation permits, what it is against."""

    value: float
    low: float
    high: float
    ceiling: float
    against: str
    phrase: str  # words of the scale, "" where nothing is said for either side
    sentence: str  # whole sentence of the scale


@dataclass(frozen=True, slots=True)
class GridRecord:
    """The consistency grid: how many of the sixteen tiles agree, and each tile's class title and score, row by row."""

    agreeing: int
    tiles: tuple[tuple[str, float], ...]
    percentile: float | None = None


@dataclass(frozen=True, slots=True)
class MapRecord:
    """A heat map as printed: `overlay` on the image, `peak` of its raw values, the fixed scale 0 to 1.

    `check`: "" where the map check was not run, else "passed", or the sentences of what failed.
    """

    overlay: Asset
    layer: int
    target: str
    target_title: str
    method: str
    peak: float
    check: str


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """What a detector says about an exhibit; `why_no_ratio` is a sentence where `ratio` is None, or ""."""

    id: int
    detector: str  # digest
    verdict: str
    architecture: str
    architecture_title: str
    reason: str
    score: float | None
    threshold: float
    scores: tuple[tuple[str, str, float], ...]  # class, title, score, highest first
    device: str
    made_at: str
    conditions: Mapping[str, Any]
    ratio: Ratio | None
    grid: GridRecord | None
    heat_map: MapRecord | None
    why_no_ratio: str = ""


@dataclass(frozen=True, slots=True)
class RobustnessRecord:
    """A robustness check: sentences how far the answer survives, and every step with the score of one class."""

    preset: str
    sentence: str
    made_at: str
    steps: tuple[tuple[str, str, str, float], ...]  # step, verdict, top class title, score of the answer
    score_of: str = ""  # title of the class that the scores are of


@dataclass(frozen=True, slots=True)
class CustodyRecord:
    """One custody event of an exhibit, in the words of `CustodyForm`."""

    kind: str
    at: str
    from_party: str
    to_party: str
    item: str
    seal: str
    place: str
    remarks: str
    made_by: str


@dataclass(frozen=True, slots=True)
class PropositionsRecord:
    """The propositions an exhibit was examined under."""

    first: str
    second: str
    population: str
    background: str
    made_by: str
    made_at: str
    before_answer: bool


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """What an examiner thought of an exhibit; `blind`: before the answer was shown."""

    examiner: str
    opinion: str
    text: str
    blind: bool
    made_at: str


@dataclass(frozen=True, slots=True)
class ConclusionRecord:
    """What a named person concludes."""

    author: str
    role: str
    outcome: str
    opinion: str
    limitations: str
    scale: str
    phrase: str
    agrees: bool | None
    made_at: str


@dataclass(frozen=True, slots=True)
class ExhibitRecord:
    """One exhibit with everything that is printed of it.

    `label` is its number in this report ("E-001"); `problem` is a sentence where its bytes are not what they were.
    """

    label: str
    id: int
    sha256: str
    md5: str
    name: str
    paths: tuple[str, ...]
    item: str
    size_bytes: int
    container: str
    pixel_format: str
    width: int
    height: int
    frames: int
    jpeg_quality: int | None
    taken_at: str
    remarks: tuple[str, ...]
    problem: str
    thumbnail: Asset | None
    custody: tuple[CustodyRecord, ...]
    finding: FindingRecord | None
    earlier: tuple[Line, ...]  # findings of other detectors or dates: name = detector, text = what it said
    robustness: RobustnessRecord | None
    metadata: tuple[Line, ...]
    credentials: str  # one of the four states, or "" where they were not checked
    credentials_lines: tuple[Line, ...]
    propositions: PropositionsRecord | None
    views: tuple[ViewRecord, ...]
    conclusions: tuple[ConclusionRecord, ...]
    annotated: Asset | None
    annotations: tuple[Line, ...]
    note: str
    similar: tuple[Line, ...]
    rerun: str  # sentence of the newest repetition, or ""


@dataclass(frozen=True, slots=True)
class Scale:
    """The verbal scale in use, printed in full with its source."""

    name: str
    version: str
    source: str
    neutral: str
    bands: tuple[tuple[float, float | None, str], ...]


@dataclass(frozen=True, slots=True)
class Weakness:
    """One weakness of classifying images as synthetic (SOLVE-IT DFT-1176), our mitigation, and what was measured."""

    id: str
    weakness: str
    error: str  # class of error after ASTM E3016: "incomplete", "inaccurate existence", "misinterpretation", …
    mitigation: str
    measured: str


@dataclass(frozen=True, slots=True)
class LogRecord:
    """Where the log stood, and the entries that concern this report."""

    sequence: int
    digest: str
    key: str
    public_key: str
    signature: str
    installation: str
    stamps: tuple[Line, ...]
    excerpt: tuple[tuple[int, str, str, str, str, str], ...]  # number, time, who, what, details, chained digest


@dataclass(frozen=True, slots=True)
class Recheck:
    """The hash check before this report."""

    at: str
    exhibits: int
    intact: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """One report, whole.

    `not_taken`: files that were handed over and are no exhibits: name = path, text = why not, group = `IntakeOutcome`.
    """

    identity: Identity
    laboratory: Laboratory
    front: Front
    software: tuple[Line, ...]
    detectors: tuple[DetectorRecord, ...]
    scale: Scale
    exhibits: tuple[ExhibitRecord, ...]
    recheck: Recheck | None
    weaknesses: tuple[Weakness, ...]
    log: LogRecord
    sections: tuple[str, ...]  # of core.reporting.SECTIONS, those that are printed
    totals: Mapping[str, int]  # verdict -> exhibits, over all volumes
    schema: str = SCHEMA
    notes: tuple[str, ...] = field(default=())  # sentences about what could not be shown, and why
    not_taken: tuple[Line, ...] = field(default=())
    named_real: int | None = None  # of the exhibits attributed, over all volumes, those named "real"; None: not counted
