"""Frozen records of conclusions and reports: what two or more people say, what is printed, and what was issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from core.domain import LikelihoodRatio
from core.settings import Settings

FORMATS = ("pdf", "html", "csv", "json", "jsonld")
SECTIONS = (  # of a report that may be left out; the others are always there
    "heat maps",
    "consistency",
    "robustness",
    "metadata",
    "annotations",
    "notes",
    "similar",
    "glossary",
    "weaknesses",
    "log",
)


@dataclass(frozen=True, slots=True)
class Propositions:
    """Two mutually exclusive propositions about one exhibit, written before or after its answer was seen.

    Attributes:
        first, second: sentences without a full stop ("the image was produced by a StyleGAN2 generator").
        population: the relevant set that the second one speaks of.
        background: what else was known and used.
        architecture: the class whose likelihood ratio weighs the first against the second; "" where none does.
        before_answer: whether the answer was hidden from this examiner, or not there yet, when they were written.
    """

    exhibit_id: int
    first: str
    second: str
    population: str
    background: str
    architecture: str
    made_by: str
    made_at: datetime
    before_answer: bool
    id: int | None = None


class Outcome(StrEnum):
    """Where an examiner's conclusion comes down; each is a full outcome."""

    SUPPORTS_FIRST = "supports the first proposition"
    SUPPORTS_SECOND = "supports the second proposition"
    NEITHER = "supports neither"
    INCONCLUSIVE = "inconclusive"
    UNKNOWN = "unknown architecture"
    OUT_OF_SCOPE = "out of scope"


class Role(StrEnum):
    """In which role a conclusion is written."""

    EXAMINER = "examiner"
    SECOND = "second examiner"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a named person concludes about an exhibit; never changed, a change of mind is another conclusion.

    Attributes:
        outcome: one of six.
        opinion: the person's own words, two-sided.
        limitations: what the conclusion does not cover.
        scale: name and version of the verbal scale.
        phrase: the words of that scale for the likelihood ratio, or "" where there is no ratio.
        finding_id: the finding it rests on, or None.
        agrees: for a second examiner, whether with the first one; None for the first.
        propositions_id: the propositions in force when it was written, or None; later ones do not change it.
    """

    exhibit_id: int
    author: str
    role: Role
    outcome: Outcome
    opinion: str
    limitations: str
    scale: str
    phrase: str
    finding_id: int | None
    agrees: bool | None
    made_at: datetime
    id: int | None = None
    propositions_id: int | None = None


def standing(conclusions: Sequence[Conclusion]) -> tuple[Conclusion, ...]:
    """The newest conclusion of each author in each role, first examiners first; the others are changed minds.

    Args:
        conclusions: about one exhibit, in any order.
    """
    newest: dict[tuple[str, Role], Conclusion] = {}
    for one in sorted(conclusions, key=lambda one: one.id or 0):
        newest[same_name(one.author), one.role] = one
    ranks = (*Role,)
    return tuple(sorted(newest.values(), key=lambda one: (ranks.index(one.role), -(one.id or 0))))


def same_name(name: str) -> str:
    """What is compared when two names are held against each other: letters' case and spaces do not make a person."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True)
class Weighing:
    """What a likelihood ratio says about an exhibit's propositions, or why there is none.

    `phrase` and `sentence` are words of the scale; `why_not` is empty where there is a ratio.
    """

    ratio: LikelihoodRatio | None
    phrase: str
    sentence: str
    why_not: str


@dataclass(frozen=True, slots=True)
class LanguageRemark:
    """A word that says more than evidence can, where it stands, why, and what to write instead.

    `start` and `length` count characters of the text; `rule` is a key ("match", "prosecutor's fallacy", …).
    """

    start: int
    length: int
    rule: str
    why: str
    proposal: str


@dataclass(frozen=True, slots=True)
class LaboratoryTemplate:
    """What a laboratory prints on each of its reports; kept in the settings, copied into every report.

    Attributes:
        name, address, contact: of the laboratory.
        accreditation: its number and scope, only if true; "" prints nothing.
        logo: path of a PNG or JPEG file, or "".
        header, footer: one line each.
        marking: classification marking on every page ("CONFIDENTIAL"), or "".
        language: "en" or "de".
        method: identifier of the laboratory's procedure.
    """

    name: str = ""
    address: str = ""
    contact: str = ""
    accreditation: str = ""
    logo: str = ""
    header: str = ""
    footer: str = ""
    marking: str = ""
    language: str = "en"
    method: str = ""


def exhibit_label(place: int, count: int) -> str:
    """The number of an exhibit in a report: "E-001" for the first of up to 999."""
    return f"E-{place:0{max(3, len(str(count)))}d}"


def laboratory_key(name: str) -> str:
    """The key of the setting behind a field of `LaboratoryTemplate`."""
    return "laboratory" if name == "name" else f"laboratory.{name}"


def kept_template(settings: Settings) -> LaboratoryTemplate:
    """The laboratory's template as the settings keep it."""
    return LaboratoryTemplate(
        **{each.name: settings.get(laboratory_key(each.name)) for each in fields(LaboratoryTemplate)}
    )


class ReportForm(StrEnum):
    """How much a report says, and to whom."""

    FULL = "full"
    SHORT = "short"
    PLAIN = "plain language"


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """Everything that is chosen and written before a report is issued; kept in the case.

    Attributes:
        exhibit_ids: which exhibits, in this order; empty takes all of the case.
        left_out: names of `SECTIONS` that are not printed.
        title, number: on the front; an empty number is filled in from case number and count.
        customer, customer_address, request, requested_on: who asked what, and when.
        received_on, worked_from, worked_to: dates; None takes them from the custody events and findings.
        place: where the work was done.
        sampling, condition, deviations, external_results: ISO 17025 fields; "none" is an answer, "" is not.
        reviewer, authoriser, author: people; the author of opinions is the examiner unless named.
        summary: what a reader needs first, by the author.
        limitations: of the whole report.
        scale: file name of the verbal scale in ``resources/scales``.
        formats: what is written.
    """

    exhibit_ids: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()
    form: ReportForm = ReportForm.FULL
    laboratory: LaboratoryTemplate = field(default_factory=LaboratoryTemplate)
    title: str = ""
    number: str = ""
    customer: str = ""
    customer_address: str = ""
    request: str = ""
    requested_on: date | None = None
    received_on: date | None = None
    worked_from: date | None = None
    worked_to: date | None = None
    place: str = ""
    sampling: str = ""
    condition: str = ""
    deviations: str = ""
    external_results: str = ""
    author: str = ""
    reviewer: str = ""
    authoriser: str = ""
    summary: str = ""
    limitations: str = ""
    scale: str = "enfsi-2015"
    formats: tuple[str, ...] = FORMATS


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line of the checklist before issue.

    Attributes:
        key: where it is mended (a field of `ReportDraft`, "conclusions", "propositions", "evidence", "log", …).
        sentence: what is missing or to be looked at, and what to do.
        blocks: whether the report cannot be issued as long as it stands.
        exhibit_id: the exhibit it is about, or None.
    """

    key: str
    sentence: str
    blocks: bool
    exhibit_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One file of an issued report: its name in the report's folder, SHA-256 and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class IssuedReport:
    """A report that was issued: a revision of its own, never overwritten.

    Attributes:
        uid: printed on every page, "R-" and twelve hexadecimal digits; unlike any other report's.
        number, revision: the laboratory's number, and 1, 2, … of it.
        supersedes: uid of the revision it amends, or "".
        reason: why it was amended, or "".
        folder: where its files lie, inside the case.
        head_sequence, head_digest: where the log stood when it was made, as printed.
        signer: whose certificate signed the PDF.
    """

    id: int
    uid: str
    number: str
    revision: int
    supersedes: str
    reason: str
    form: ReportForm
    language: str
    author: str
    exhibits: int
    issued_at: datetime
    folder: Path
    files: tuple[ReportFile, ...]
    head_sequence: int
    head_digest: str
    signer: str
    superseded_by: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """Rendered pages of a report that is being written: PNG files from page `first` on, and how many there are."""

    pages: tuple[bytes, ...]
    first: int
    total: int


@dataclass(frozen=True, slots=True)
class SigningChoice:
    """Whose certificate signs a report.

    Attributes:
        p12: a PKCS#12 file, or None for the seal of this installation.
        password: of that file; never kept.
        visible: whether the signature is shown on the front page.
        reason, place: written into the signature.
    """

    p12: Path | None = None
    password: str = field(default="", repr=False)
    visible: bool = True
    reason: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Whose certificate signs a report.

    Attributes:
        name, issuer: as the certificate states them; hostile text. A self-signed name proves nothing by itself.
        own_seal: the seal that this installation made for itself, no personal signature.
        self_signed: whether nobody but its owner vouches for it.
        fingerprint: SHA-256 of the certificate, 64 hexadecimal digits.
    """

    name: str
    issuer: str
    own_seal: bool
    self_signed: bool
    valid_from: datetime
    valid_until: datetime
    fingerprint: str
