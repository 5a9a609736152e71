"""The words of the report page: its fields, forms, sections, formats and languages, as tables of frozen rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.wording import counted, visible
from core.reporting import IssuedReport, LaboratoryTemplate, ReportDraft, ReportForm


class Kind(StrEnum):
    """How a field is filled in."""

    LINE = "line"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of `ReportDraft`.

    Attributes:
        name: of the field.
        caption: with its mnemonic.
        part: key of the part of the page it stands in.
        tip: one sentence.
        kind: how it is filled in.
        lines: in sight, of a text.
        hint: shown while it is empty.
        may_be_none: "none" is an answer, and a button writes it.
    """

    name: str
    caption: str
    part: str
    tip: str
    kind: Kind = Kind.LINE
    lines: int = 3
    hint: str = ""
    may_be_none: bool = False

    @property
    def plain_caption(self) -> str:
        """The caption without its mnemonic."""
        return self.caption.replace("&", "")


@dataclass(frozen=True, slots=True)
class Option:
    """One of several choices: its value in the draft, caption and meaning."""

    value: str
    caption: str
    tip: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the left side of the page."""

    key: str
    caption: str
    tip: str


PARTS = (
    Part("exhibits", "Exhibits", "Which exhibits the report is about."),
    Part("contents", "Contents", "Form, language and sections of the report, and the files that are written."),
    Part("front", "Front page", "Title, number and people."),
    Part("request", "Request", "Who asked what, and when."),
    Part("work", "Work", "When, where and how the work was done."),
    Part("text", "Text", "What you say yourself: the summary and the limits."),
    Part("laboratory", "Laboratory", "What your laboratory prints on each report."),
)
_DATE, _FROM_CUSTODY = "YYYY-MM-DD", "Empty: taken from the custody record"
FIELDS = (
    FieldRow("title", "&Title", "front", "Title on the front page."),
    FieldRow(
        "number",
        "&Number",
        "front",
        "Number of the report in your laboratory.",
        hint="Empty: made from the case number",
    ),
    FieldRow("author", "A&uthor", "front", "Who answers for the opinions in the report."),
    FieldRow("reviewer", "&Reviewer", "front", "Who checked the work."),
    FieldRow("authoriser", "Author&ised by", "front", "Who permits the report to leave the laboratory."),
    FieldRow("customer", "&Customer", "request", "Who asked for the examination."),
    FieldRow("customer_address", "&Address", "request", "Address of the customer.", Kind.TEXT),
    FieldRow("request", "&Question", "request", "What was asked, in the customer's words.", Kind.TEXT, 5),
    FieldRow("requested_on", "As&ked on", "request", "Day of the request.", Kind.DATE, hint=_DATE),
    FieldRow("received_on", "&Received on", "work", "Day on which the items came in.", Kind.DATE, hint=_FROM_CUSTODY),
    FieldRow("worked_from", "&Begun on", "work", "First day of the work.", Kind.DATE, hint="Empty: first finding"),
    FieldRow("worked_to", "&Ended on", "work", "Last day of the work.", Kind.DATE, hint="Empty: last finding"),
    FieldRow("place", "&Place", "work", "Where the work was done."),
    FieldRow(
        *("sampling", "&Sampling", "work", "How the exhibits were picked, if some were not examined.", Kind.TEXT),
        may_be_none=True,
    ),
    FieldRow(
        *("condition", "C&ondition", "work", "In what condition the items came in.", Kind.TEXT),
        may_be_none=True,
    ),
    FieldRow(
        *("deviations", "&Deviations", "work", "Where the work departed from the procedure.", Kind.TEXT),
        may_be_none=True,
    ),
    FieldRow(
        *("external_results", "Results of ot&hers", "work", "Results from elsewhere that are used.", Kind.TEXT),
        may_be_none=True,
    ),
    FieldRow("summary", "S&ummary", "text", "What a reader needs to know first, in your own words.", Kind.TEXT, 11),
    FieldRow("limitations", "Li&mits", "text", "What the report does not cover.", Kind.TEXT, 7, may_be_none=True),
)
LABORATORY = (
    FieldRow("name", "&Name", "laboratory", "Name of the laboratory."),
    FieldRow("address", "&Address", "laboratory", "Printed on the front page.", Kind.TEXT),
    FieldRow("contact", "&Contact", "laboratory", "Telephone or e-mail for questions about the report."),
    FieldRow("accreditation", "A&ccreditation", "laboratory", "Number and scope, only if the laboratory holds one."),
    FieldRow("method", "&Procedure", "laboratory", "Number of the laboratory's own procedure."),
    FieldRow("header", "Line at the to&p", "laboratory", "Printed on top of every page."),
    FieldRow("footer", "Line at the &bottom", "laboratory", "Printed at the bottom of every page."),
    FieldRow("marking", "&Marking", "laboratory", "Classification on every page.", hint="for instance CONFIDENTIAL"),
)
FORMS = (
    Option(ReportForm.FULL, "Full", "Everything: a page or more for each exhibit, and all annexes."),
    Option(ReportForm.SHORT, "Short", "A table of the exhibits, and the opinion."),
    Option(ReportForm.PLAIN, "Plain language", "For readers who are no experts."),
)
LANGUAGES = (
    Option("en", "English", "The report is written in English."),
    Option("de", "German", "The report is written in German."),
)
SECTION_OPTIONS = (
    Option("heat maps", "Heat maps", "Where in each image the detector found what it says."),
    Option("consistency", "Consistency grids", "What sixteen tiles of each image say by themselves."),
    Option("robustness", "Robustness", "Whether the answers survive processing of the image."),
    Option("metadata", "Metadata", "What the files say of themselves, and their Content Credentials."),
    Option("annotations", "Annotations", "What examiners drew on the images."),
    Option("notes", "Notes", "The notes about the exhibits."),
    Option("similar", "Similar images", "Which other exhibits resemble one."),
    Option("glossary", "Glossary", "What the words of the report mean."),
    Option(
        "weaknesses", "Known weaknesses", "What can go wrong with this kind of examination, and what was done about it."
    ),
    Option("log", "Log excerpt", "The entries of the case's log that concern the report."),
)
FORMATS = (
    Option("pdf", "PDF", "The report to hand over, sealed, with everything it needs to be verified."),
    Option("html", "Web page", "The same in one file for a browser."),
    Option("csv", "Table (CSV)", "One line for each exhibit, for a spreadsheet."),
    Option("json", "Data (JSON)", "The whole record of the report, for programs."),
    Option("jsonld", "Exchange (CASE)", "The exhibits and answers for other forensic programs."),
)
NONE_WORDS = {"en": "None.", "de": "Keine."}
CHECKED_TEXTS = (
    *("title", "request", "sampling", "condition", "deviations", "external_results", "summary", "limitations"),
)

# Where a point of the checklist is settled, if it is no field of the draft: a part of this page, or another page.
PARTS_BY_KEY = {
    "exhibit_ids": "exhibits",
    "exhibits": "exhibits",
    "form": "contents",
    "formats": "contents",
    "left_out": "contents",
    "language": "contents",
    "scale": "contents",
    "sections": "contents",
    "laboratory": "laboratory",
    "laboratory.logo": "laboratory",
}
PAGES_BY_KEY = {
    "custody": "case",
    "evidence": "case",
    "log": "case",
    "detectors": "detectors",
    "findings": "triage",
    "views": "triage",
    "conclusions": "triage",
    "propositions": "triage",
}

NO_CASE = "No case is open."
NO_CASE_WAY = "A report is about the exhibits of a case. Open a case, or begin one."
NO_EXHIBITS = "There is nothing to report yet."
NO_EXHIBITS_WAY = "This case has no exhibits. Add images first."
NOT_ANALYSED = "No exhibit was analysed yet."
NOT_ANALYSED_WAY = "A report says what a detector found. Have the exhibits analysed first."
READ_ONLY = "The case is open read-only: its reports can be read, but none can be issued."
CHECKING = "Looking what is missing …"
NOTHING_CHOSEN = "Choose at least one exhibit."


def field_rows(part: str) -> tuple[FieldRow, ...]:
    """The fields of one part of the page."""
    return tuple(row for row in FIELDS if row.part == part)


def points_text(count: int) -> str:
    """How many points of the checklist stand in the way."""
    return f"{counted(count, 'point has', 'points have')} to be settled first."


def name_of(report: IssuedReport) -> str:
    """An issued report in a few words: its number and revision, or its identity."""
    number = visible(report.number, longest=60) or report.uid
    return f"{number}, revision {report.revision}" if report.revision > 1 else number


def about(report: IssuedReport) -> str:
    """When and by whom a report was issued, its identity, and what it replaces or is replaced by; line by line."""
    lines = [f"{report.issued_at.astimezone():%Y-%m-%d %H:%M} · {visible(report.author, longest=60)}", report.uid]
    if report.superseded_by:
        lines.append(f"Replaced by {report.superseded_by}.")
    elif report.supersedes:
        lines.append(f"Amends {report.supersedes}: {visible(report.reason, longest=120)}")
    return "\n".join(lines)


def pdf_of(report: IssuedReport) -> Path | None:
    """The PDF file of a report, its first volume where it has several."""
    return next((report.folder / each.name for each in report.files if each.name.lower().endswith(".pdf")), None)


def main_file(report: IssuedReport) -> Path | None:
    """What one opens to read a report."""
    return pdf_of(report) or next((report.folder / each.name for each in report.files), None)


def draft_words(draft: ReportDraft, total: int) -> str:
    """What a draft is about, in a few words."""
    count = len(draft.exhibit_ids) or total
    form = next(option.caption for option in FORMS if option.value == draft.form)
    return f"{counted(count, 'exhibit', 'exhibits')} · {form}"


def differing(draft: ReportDraft, other: ReportDraft) -> tuple[str, ...]:
    """Captions of what one draft says otherwise than another; the number does not count, an amended report keeps it."""
    found = [row.plain_caption for row in FIELDS if row.name != "number" and _says(draft, row) != _says(other, row)]
    found += ["Exhibits"] if draft.exhibit_ids != other.exhibit_ids else []
    contents = ("form", "left_out", "formats", "scale")
    if any(getattr(draft, name) != getattr(other, name) for name in contents):
        found.append("Contents")
    if draft.laboratory != other.laboratory:
        found.append("Laboratory")
    return tuple(found)


def _says(draft: ReportDraft, row: FieldRow) -> object:
    said = getattr(draft, row.name)
    return said.strip() if isinstance(said, str) else said


def same_template(first: LaboratoryTemplate, second: LaboratoryTemplate) -> bool:
    """Whether two templates print the same; the language of one report is not part of that."""
    names = [row.name for row in LABORATORY] + ["logo"]
    return all(getattr(first, name) == getattr(second, name) for name in names)


def known(options: Sequence[Option], value: str) -> bool:
    """Whether a value is among the choices."""
    return any(option.value == value for option in options)
