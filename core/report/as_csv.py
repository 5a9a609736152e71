r"""The exhibits of a report as CSV: one row an exhibit, the same columns in the same order in every language.

UTF-8 with a byte order mark, RFC 4180 (comma, CRLF, every cell in quotes). Numbers have a decimal point, times are ISO
8601, yes and no are ``yes`` and ``no``, an empty cell means that there is nothing to say. Several values in a cell are
set apart by `` | ``. Verdicts, outcomes and states are the fixed English words of the program.

A spreadsheet must never read a text as a formula. So where ``=``, ``+``, ``-`` or ``@`` (also in full width) stands at
the start of a text, of a line in it, or after ``;``, with or without spaces before it, an apostrophe is put before it;
so too before apostrophes that stand there already. To get the text back, take one apostrophe away at each such place.
Characters that cannot be seen are written as ``\u202E``. The data without these changes are in report.json.

`COLUMNS` says what each column holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from core.report.literal import visible
from core.report.record import ConclusionRecord, ExhibitRecord, FindingRecord, ReportRecord

_BETWEEN = " | "
_FORMULA = re.compile(r"(^|[;\n])( *)(?='*[=+\-@＝＋－＠﹢﹣﹦﹫])")

Cell = str | int | float | bool | None


def _at(path: str) -> Callable[[ReportRecord, ExhibitRecord], Cell]:
    """A value inside an exhibit, None where a part on the way is not there."""

    def cell(_: ReportRecord, exhibit: ExhibitRecord) -> Cell:
        found: Any = exhibit
        for name in path.split("."):
            found = None if found is None else getattr(found, name)
        return cast("Cell", found)

    return cell


def _of_conclusion(role: str, name: str) -> Callable[[ReportRecord, ExhibitRecord], Cell]:
    def cell(_: ReportRecord, exhibit: ExhibitRecord) -> Cell:
        one = _newest(exhibit.conclusions, role)
        return cast("Cell", getattr(one, name, None))

    return cell


def _detector(name: str) -> Callable[[ReportRecord, ExhibitRecord], Cell]:
    def cell(record: ReportRecord, exhibit: ExhibitRecord) -> Cell:
        digest = exhibit.finding.detector if exhibit.finding else None
        return next((getattr(one, name) for one in record.detectors if one.digest == digest), None)

    return cell


COLUMNS: tuple[tuple[str, str, Callable[[ReportRecord, ExhibitRecord], Cell]], ...] = (
    ("report", "identifier of the report", lambda record, _: record.identity.uid),
    ("number", "the laboratory's number of the report", lambda record, _: record.identity.number),
    ("revision", "1, 2, … of that number", lambda record, _: record.identity.revision),
    ("part", "of a report in several parts", lambda record, _: record.identity.part),
    ("exhibit", "label of the exhibit in the report", _at("label")),
    ("sha256", "SHA-256 of its bytes", _at("sha256")),
    ("md5", "MD5 of its bytes, to look it up elsewhere", _at("md5")),
    ("name", "file name as received", _at("name")),
    ("paths", "where its bytes came from", lambda _, exhibit: _BETWEEN.join(exhibit.paths)),
    ("item", "the laboratory's number of the item", _at("item")),
    ("bytes", "size", _at("size_bytes")),
    ("format", "file format", _at("container")),
    ("pixels", "how pixels are stored", _at("pixel_format")),
    ("width", "stored pixels", _at("width")),
    ("height", "stored pixels", _at("height")),
    ("frames", "frames or pages", _at("frames")),
    ("jpeg_quality", "1-100, estimated", _at("jpeg_quality")),
    ("taken_in", "time of intake", _at("taken_at")),
    ("remarks", "how the pixels were read", lambda _, exhibit: _BETWEEN.join(exhibit.remarks)),
    ("problem", "what became of its bytes, empty: nothing", _at("problem")),
    ("custody", "custody events: time, kind, from, to", lambda _, exhibit: _custody(exhibit)),
    ("verdict", "attributed, unknown architecture, inconclusive, out of scope", _at("finding.verdict")),
    ("top_class", "class with the top score, whatever the verdict", _at("finding.architecture")),
    ("top_score", "softmax score of it, 0-1; no probability of being right", _at("finding.score")),
    ("threshold", "top score needed for attributed", _at("finding.threshold")),
    ("reason", "why this verdict", _at("finding.reason")),
    ("scores", "class=score, highest first", lambda _, exhibit: _scores(exhibit.finding)),
    ("detector", "name of the detector", _detector("name")),
    ("detector_version", "its version", _detector("version")),
    ("detector_sha256", "SHA-256 of its file", _at("finding.detector")),
    ("device", "where it was computed", _at("finding.device")),
    ("computed", "when", _at("finding.made_at")),
    ("likelihood_ratio", "bounded, empty: the validation supports none", _at("finding.ratio.value")),
    ("ratio_low", "lower end of its 95 % interval", _at("finding.ratio.low")),
    ("ratio_high", "upper end of its 95 % interval", _at("finding.ratio.high")),
    ("ratio_ceiling", "what the validation permits at most", _at("finding.ratio.ceiling")),
    ("ratio_against", "what it is against", _at("finding.ratio.against")),
    ("ratio_words", "words of the verbal scale", _at("finding.ratio.phrase")),
    ("tiles_agreeing", "of 16", _at("finding.grid.agreeing")),
    ("heat_map_peak", "largest raw value", _at("finding.heat_map.peak")),
    ("heat_map_check", "passed, or what failed", _at("finding.heat_map.check")),
    ("robustness", "how far the answer survives", _at("robustness.sentence")),
    ("credentials", "state of the Content Credentials, empty: not checked", _at("credentials")),
    ("first_proposition", "what is weighed", _at("propositions.first")),
    ("second_proposition", "against what", _at("propositions.second")),
    ("before_answer", "written before it was seen", _at("propositions.before_answer")),
    ("views", "views of examiners", lambda _, exhibit: _views(exhibit)),
    ("outcome", "conclusion of the examiner", _of_conclusion("examiner", "outcome")),
    ("author", "who concludes", _of_conclusion("examiner", "author")),
    ("opinion", "in own words", _of_conclusion("examiner", "opinion")),
    ("second_outcome", "conclusion of the second examiner", _of_conclusion("second examiner", "outcome")),
    ("second_author", "who concludes", _of_conclusion("second examiner", "author")),
    ("second_opinion", "in own words", _of_conclusion("second examiner", "opinion")),
    ("second_agrees", "with the first examiner", _of_conclusion("second examiner", "agrees")),
    ("repetition", "what came of the newest repetition", _at("rerun")),
    ("note", "note on the exhibit", _at("note")),
)


def write(records: Iterable[ReportRecord]) -> bytes:
    """All exhibits of a report, also of one in several volumes, as one CSV file."""
    return b"".join(parts(records))


def parts(records: Iterable[ReportRecord]) -> Iterator[bytes]:
    """The same, line by line."""
    yield ("\ufeff" + _line(name for name, _, _ in COLUMNS)).encode()
    for record in records:
        for exhibit in record.exhibits:
            yield _line(_text(cell(record, exhibit)) for _, _, cell in COLUMNS).encode()


def safe(text: str) -> str:
    """A text that no spreadsheet reads as a formula."""
    shown = visible(text.replace("\r", "\n"))
    return _FORMULA.sub(lambda found: f"{found[1]}{found[2]}'", shown)


def _line(cells: Iterable[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return safe(cell) if isinstance(cell, str) else repr(cell)


def _newest(conclusions: tuple[ConclusionRecord, ...], role: str) -> ConclusionRecord | None:
    return next((one for one in conclusions if one.role == role), None)


def _scores(finding: FindingRecord | None) -> str:
    return _BETWEEN.join(f"{name}={score!r}" for name, _, score in finding.scores) if finding else ""


def _custody(exhibit: ExhibitRecord) -> str:
    return _BETWEEN.join(f"{one.at}, {one.kind}, {one.from_party}, {one.to_party}" for one in exhibit.custody)


def _views(exhibit: ExhibitRecord) -> str:
    return _BETWEEN.join(f"{one.examiner}: {one.opinion}" for one in exhibit.views)
