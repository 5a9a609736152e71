"""What is counted in a report, in words that all formats share: exhibits by verdict, images of a test set."""

from __future__ import annotations

from dataclasses import dataclass

from core.report.record import Measurement, ReportRecord
from core.report.weaknesses import REAL
from core.report.words import Words

_VERDICTS = ("attributed", "unknown architecture", "inconclusive", "out of scope")
_ATTRIBUTED = "attributed"


@dataclass(frozen=True, slots=True)
class Total:
    """How many exhibits have an answer: the verdict, their number, and what it is called."""

    verdict: str
    n: int
    words: str


def totals(record: ReportRecord, words: Words) -> tuple[Total, ...]:
    """Exhibits by verdict over all volumes; those attributed to a generator apart from those to real photographs."""
    named = dict(record.totals)
    attributed, real = named.get(_ATTRIBUTED, 0), _real(record)
    rows = [Total(one, named.get(one, 0), words.name_of("verdict", one)) for one in _VERDICTS]
    if real is not None:
        rows[0:1] = [
            Total(_ATTRIBUTED, attributed - real, words.say("values", "to_generator")),
            Total(_ATTRIBUTED, real, words.say("values", "to_real")),
        ]
    return tuple(row for row in rows if row.n > 0)


def totals_text(record: ReportRecord, words: Words) -> str:
    """The same in one line, "" where nothing was analysed."""
    return ", ".join(f"{row.words} {words.number(row.n)}" for row in totals(record, words))


def images(measured: Measurement, words: Words) -> str:
    """How many images a test set has, and how many of them are of generators that the detector does not know."""
    n = words.number(measured.n)
    if not measured.unknown:
        return words.say("values", "images", n=n)
    whole = words.number(measured.n + measured.unknown)
    return words.say("values", "images_unknown", whole=whole, n=n, unknown=words.number(measured.unknown))


def _real(record: ReportRecord) -> int | None:
    """Exhibits attributed to real photographs; None where that cannot be counted here."""
    if record.named_real is not None:
        return min(record.named_real, record.totals.get(_ATTRIBUTED, 0))
    if record.identity.parts > 1:
        return None
    findings = [one.finding for one in record.exhibits if one.finding]
    return sum(one.verdict == _ATTRIBUTED and one.architecture == REAL for one in findings)
