"""What putting a new detector to use would mean for existing cases, and where it comes from, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.widgets.measurement_words import Titles
from app.widgets.text_sheet import Block, Bullets, Facts, Heading, Paragraph
from app.wording import class_title, counted
from core.descent import Ancestor, Consequences, IssuedWithParent
from core.domain import Verdict

_FACTS = (
    ("date", "Trained"),
    ("trained_by", "By"),
    ("images", "Images"),
    ("added", "Classes added"),
    ("data_digest", "Digest of the data"),
    ("split_digest", "Digest of the split"),
    ("gate", "Gate"),
    ("override", "Gate overruled"),
    ("signature", "Signature"),
)
_FIXED = frozenset({"SHA-256", "Digest of the data", "Digest of the split"})


def consequence_sentence(found: Consequences) -> str:
    """How many findings would be others."""
    if not found.findings:
        return "No finding of the parent is known in the cases that were opened here lately: nothing would change."
    changed = counted(len(found.changed), "finding", "findings") if found.changed else "none"
    again = f"{counted(found.findings, 'finding', 'findings')} in {counted(found.cases, 'case', 'cases')}"
    return f"Asked again: {again}. Of these, {changed} would be answered otherwise."


def report_sentence(report: IssuedWithParent) -> str:
    """What an issued report has to do with it."""
    changed = (
        f"{report.changed} of {counted(report.exhibits, 'exhibit', 'exhibits')} would be answered otherwise"
        if report.changed
        else f"none of its {counted(report.exhibits, 'exhibit', 'exhibits')} would be answered otherwise"
    )
    return f"Report {report.number} of “{report.case_title}”: {changed}."


def consequence_blocks(found: Consequences) -> Iterable[Block]:
    """Issued reports that are touched, and what could not be looked at."""
    if found.reports:
        yield Heading("Issued reports that rest on the parent")
        yield Bullets(tuple(map(report_sentence, found.reports)))
        yield Paragraph(
            "No report and no finding is changed or withdrawn by itself: findings keep the detector they were made "
            "with. Whether a report needs a word is for its examiner to decide.",
            quiet=True,
        )
    if found.unread:
        yield Heading("What could not be looked at")
        yield Bullets(found.unread)


def answer_words(answer: tuple[Verdict, str | None], titles: Titles) -> str:
    """A verdict and the architecture that it names."""
    verdict, named = answer
    if not named or verdict in (Verdict.UNKNOWN, Verdict.OUT_OF_SCOPE):
        return verdict.value
    between = ": " if verdict is Verdict.ATTRIBUTED else ", closest: "
    return f"{verdict.value}{between}{class_title(named, titles)}"


def lineage_blocks(line: Sequence[Ancestor], titles: Titles) -> Iterable[Block]:
    """The detectors that a detector comes from, youngest first."""
    if not line:
        yield Paragraph("The card names no parent.", quiet=True)
    for place, one in enumerate(line):
        title = ", version ".join(filter(None, (one.name or "without a name", one.version)))
        yield Heading(f"{'This detector' if place == 0 else 'Made from'}: {title}", level=3)
        known = tuple((caption, _fact(key, one.facts.get(key))) for key, caption in _FACTS)
        classes = ", ".join(class_title(name, titles) for name in one.classes)
        facts = (("Classes", classes), *known, ("SHA-256", one.digest))
        yield Facts(tuple(fact for fact in facts if fact[1]), _FIXED)
        if place and not one.at_hand:
            yield Paragraph("Its file is not on this computer.", quiet=True)


def _fact(key: str, value: object) -> str:
    if key == "gate" and isinstance(value, bool):
        return "passed" if value else "not passed"
    return _plain(value)


def _plain(value: object) -> str:
    """A fact of a card as text, whatever it is."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)
