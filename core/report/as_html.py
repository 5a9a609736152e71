"""The report as one HTML file: pictures inside, no script, nothing fetched, every text of a case shown literally."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from core.errors import CoreError
from core.paths import resources
from core.report.condition_words import condition_lines
from core.report.counted import images, totals_text
from core.report.literal import one_line, visible
from core.report.log_words import entry_sentence
from core.report.manifest import asset_bytes
from core.report.record import (
    Asset,
    DetectorRecord,
    ExhibitRecord,
    FindingRecord,
    Measurement,
    PropositionsRecord,
    ReportRecord,
)
from core.report.words import Words
from core.reporting import ReportForm

_KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_MARK = "<i>{}</i>".format  # holds no quotes, so that it cannot leave an attribute
_PLAIN_VERDICTS = {
    "unknown architecture": "unknown",
    "inconclusive": "inconclusive",
    "out of scope": "out_of_scope",
}


def write(record: ReportRecord, assets: Path, words: Words) -> bytes:
    """A report as one HTML file.

    Args:
        record: what it says.
        assets: the folder of its pictures; one that is missing or was changed is said to be, in its place.
        words: of the language of the report.
    """
    return b"".join(parts((record,), assets, words))


def parts(records: Iterable[ReportRecord], assets: Path, words: Words) -> Iterator[bytes]:
    """The same piece by piece, for a report in one or more volumes; at no time are two volumes in memory.

    Raises:
        ValueError: there is no record.
    """
    sheet = _Sheet(assets, words)
    last = None
    for record in records:
        if last is None:
            yield from _encoded(sheet.start(record))
        yield from _encoded(sheet.volume(record))
        last = replace(record, exhibits=())
    if last is None:
        raise ValueError("a report without records")
    yield from _encoded(sheet.end(last))


def _encoded(texts: Iterable[str]) -> Iterator[bytes]:
    for text in texts:
        yield text.encode("utf-8")


class _Sheet:
    """The templates, filled with the words of one language."""

    def __init__(self, assets: Path, words: Words) -> None:
        self._assets, self._words = assets, words
        folder = resources() / "report"
        self._style = (folder / "report.css").read_text(encoding="utf-8")
        place = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            finalize=_literal,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        place.filters.update(attr=_inside_attribute, name=_name)
        place.globals.update(self._globals())
        self._report: Any = place.get_template("report.html.jinja").module
        self._exhibits: Any = place.get_template("exhibits.html.jinja").module

    def start(self, record: ReportRecord) -> Iterator[str]:
        """Everything before the exhibits."""
        style = self._style + _page_style(record, self._words)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        total = _exhibits(record)
        yield self._report.start(record, Markup(style), Markup(policy), self._chapters(record))
        if record.identity.form == ReportForm.PLAIN:
            yield self._exhibits.plain_start(record, total)
            return
        overview = self._exhibits.overview(record) if record.identity.parts == 1 else ""
        yield self._report.summary(record, total, overview)
        if record.identity.form == ReportForm.FULL:
            yield self._report.about(record)
            yield self._report.method(record)
            yield self._report.validity(record)
        else:
            yield self._report.worked(record)
            yield self._report.method_short(record)

    def volume(self, record: ReportRecord) -> Iterator[str]:
        """The exhibits of one volume: items, propositions, results, opinions."""
        form, part = record.identity.form, record.identity.part
        if form == ReportForm.PLAIN:
            yield from (self._exhibits.plain(one) for one in record.exhibits)
            return
        yield self._exhibits.items(record)
        if form == ReportForm.FULL:
            yield self._exhibits.question(_by_propositions(record), part)
            yield self._report.heading(f"results{part}", self._results(record))
            yield from (self._exhibits.exhibit(one, record) for one in record.exhibits)
        concluded = [one for one in record.exhibits if one.conclusions]
        yield self._exhibits.opinion_start(part, bool(concluded))
        yield from (self._exhibits.opinion(one) for one in concluded)
        yield "</section>"

    def end(self, record: ReportRecord) -> Iterator[str]:
        """Everything after the exhibits."""
        form = record.identity.form
        if form == ReportForm.PLAIN:
            yield self._exhibits.plain_end(record)
        else:
            yield self._report.signatures(record)
        yield from (getattr(self._report, name)(record) for name in self._annexes(record))
        if form == ReportForm.FULL and "glossary" in record.sections:
            yield self._report.glossary()
        yield self._report.notes()
        yield self._report.check(record)
        yield self._report.end(record)

    def _annexes(self, record: ReportRecord) -> Iterator[str]:
        if record.identity.form != ReportForm.FULL:
            return
        yield "error_rates"
        yield from (name for name in ("weaknesses", "log") if name in record.sections)

    def _results(self, record: ReportRecord) -> str:
        one = record.identity
        if one.parts == 1:
            return self._words.say("headings", "results")
        return self._words.say("headings", "results_part", part=one.part, parts=one.parts)

    def _chapters(self, record: ReportRecord) -> list[tuple[str, str]]:
        form, part = record.identity.form, record.identity.part
        say = self._words.say
        if form == ReportForm.PLAIN:
            return []
        found = [("summary", say("headings", "summary"))]
        full = ("front", "method", "validity")
        found += [(name, say("headings", name)) for name in (full if form == ReportForm.FULL else ("method",))]
        found.append((f"items{part}", say("headings", "items")))
        if form == ReportForm.FULL:
            found += [(f"question{part}", say("headings", "question")), (f"results{part}", self._results(record))]
        found += [(f"opinion{part}", say("headings", "opinion")), ("signatures", say("headings", "signatures"))]
        names = {"error_rates": "rates"}
        found += [(names.get(name, name), say("headings", name)) for name in self._annexes(record)]
        if form == ReportForm.FULL and "glossary" in record.sections:
            found.append(("glossary", say("headings", "glossary")))
        return [*found, ("notes", say("headings", "fixed_notes")), ("verify", say("headings", "verify"))]

    def _globals(self) -> dict[str, Any]:
        words = self._words
        return {
            "say": words.say,
            "count": words.count,
            "name_of": words.name_of,
            "number": words.number,
            "share": words.share,
            "when": words.when,
            "in_words": words.ratio,
            "sections": words.sections,
            "percent": lambda score: f"{min(max(score, 0.0), 1.0) * 100:.1f}",
            "totals": lambda record: totals_text(record, words),
            "verdicts": self._verdicts,
            "images": lambda measured: images(measured, words),
            "entry": lambda action, details: entry_sentence(action, details, words),
            "title_of": _title_of,
            "true_classes": _true_classes,
            "conditions": lambda conditions: list(condition_lines(conditions, words)),
            "plainly": self._plainly,
            "image": self._image,
            "not_done": self._not_done,
        }

    def _verdicts(self, verdicts: Mapping[str, int]) -> str:
        words = self._words
        return ", ".join(f"{words.name_of('verdict', name)} {words.number(n)}" for name, n in verdicts.items())

    def _plainly(self, finding: FindingRecord | None) -> str:
        words = self._words
        if finding is None:
            return words.say("plain", "none")
        if finding.verdict != "attributed":
            return words.say("plain", _PLAIN_VERDICTS.get(finding.verdict, "none"))
        key = "attributed_real" if finding.architecture == "real" else "attributed"
        return words.say("plain", key, architecture=finding.architecture_title)

    def _not_done(self, exhibit: ExhibitRecord, sections: Container[str]) -> str:
        """What was not done with an exhibit, of what this report could print."""
        finding = exhibit.finding
        undone = {
            "undone_finding": finding is None,
            "undone_grid": "consistency" in sections and (finding is None or finding.grid is None),
            "undone_map": "heat maps" in sections and (finding is None or finding.heat_map is None),
            "undone_robustness": "robustness" in sections and exhibit.robustness is None,
            "undone_credentials": not exhibit.credentials,
            "undone_rerun": not exhibit.rerun,
        }
        return " ".join(self._words.say("pdf", key) for key, missing in undone.items() if missing)

    def _image(self, asset: Asset, alt: str = "") -> Markup:
        """A picture inside the page, or a sentence where there is none that can be shown."""
        text = _inside_attribute(alt or asset.alt)
        try:
            data = asset_bytes(asset, self._assets)
        except CoreError:
            data = b""
        kind = next((kind for start, kind in _KINDS if data.startswith(start)), None)
        if kind is None:
            missing = self._words.say("values", "no_picture")
            return Markup('<p class="warn">{} ({})</p>').format(missing, text)
        return Markup('<img alt="{}" src="data:{};base64,{}">').format(text, kind, base64.b64encode(data).decode())


def _literal(value: object) -> object:
    """What every expression of a template goes through: escaped, and with hidden characters shown."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _isolated(visible(str(escape(value)), _MARK))


def _name(value: object) -> Markup:
    """A name: the same, with line ends as code points."""
    return _isolated(one_line(str(escape(value)), _MARK))


def _isolated(shown: str) -> Markup:
    turned = any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in shown)
    return Markup(f"<bdi>{shown}</bdi>" if turned else shown)


def _inside_attribute(value: object) -> Markup:
    """A text inside an attribute: the same without any mark-up, on one line."""
    return Markup(str(escape(one_line(str(value)))))


def _page_style(record: ReportRecord, words: Words) -> str:
    """What a printed page carries: report, head of the log, marking, page x of y (CSS Paged Media, margin boxes)."""
    one, log = record.identity, record.log
    report = f"{one.uid} · {log.sequence}:{log.digest[:16]}" if log.digest else words.say("values", "preview")
    counter = words.say("values", "page", page="\0", pages="\1")
    pages = _css(counter).replace("\0", '" counter(page) "').replace("\1", '" counter(pages) "')
    boxes = {"bottom-left": _css(report), "bottom-right": pages}
    if record.laboratory.marking:
        boxes["top-center"] = _css(record.laboratory.marking)
    inside = " ".join(
        f'@{place} {{ content: "{text}"; font: 7.5pt sans-serif; color: #56606c; }}' for place, text in boxes.items()
    )
    return f"@page {{ {inside} }}\n"


def _css(text: str) -> str:
    """A text inside a string of a style sheet: whatever is not plain is written as its number."""
    shown = "".join(char if char in "\0\1" else visible(char) for char in text[:120])
    return re.sub(r"[^\0\1A-Za-z0-9 .,:/–·-]", lambda found: f"\\{ord(found[0]):06x}", shown)


def _by_propositions(record: ReportRecord) -> list[tuple[PropositionsRecord | None, str]]:
    """Propositions with the labels of the exhibits they are about, in order."""
    groups: dict[PropositionsRecord | None, list[str]] = {}
    for exhibit in record.exhibits:
        groups.setdefault(exhibit.propositions, []).append(exhibit.label)
    return [(one, ", ".join(labels)) for one, labels in groups.items()]


def _exhibits(record: ReportRecord) -> int:
    """How many exhibits the whole report is about, as far as one of its volumes knows."""
    if record.identity.parts == 1:
        return len(record.exhibits)
    return max(sum(record.totals.values()), record.recheck.exhibits if record.recheck else 0, len(record.exhibits))


def _title_of(detector: DetectorRecord, name: str) -> str:
    return next((line.text for line in detector.classes if line.name == name), name)


def _true_classes(one: Measurement) -> list[tuple[str, tuple[int, ...]]]:
    """Rows of the table of true class against class on top, without classes that had no image."""
    return [(name, row) for name, row in zip(one.confusion_labels, one.confusion, strict=False) if any(row)]
