"""A report record as data for the typesetting: texts visible, numbers in words, what repeats brought together."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.report import as_json
from core.report.attachment import Attachment
from core.report.condition_words import condition_lines
from core.report.counted import images, totals, totals_text
from core.report.log_words import entry_sentence
from core.report.pdf_exhibits import exhibit_data, long_texts
from core.report.pdf_lines import attachment_line, exhibit_line, log_head_line, mark_of, report_id_line
from core.report.pictures import Pictures
from core.report.printed import Printer, grouped, ranges
from core.report.record import (
    ConclusionRecord,
    DetectorRecord,
    ExhibitRecord,
    LogRecord,
    Measurement,
    PropositionsRecord,
    Rate,
    ReportRecord,
)
from core.reporting import SECTIONS

_REQUEST = 400  # characters of the request on the front of a full report, which has it whole further on
_ENTRIES = 120  # entries of the log on the pages
_CONDITION = 600  # characters of one condition of a computation
_REASON = 600  # characters why a file was not taken in
_NOTES = ("in_full", "items_only", "no_identity", "scores", "real", "known_only", "fields")
_WHY_NOT = {
    "missing": "picture_missing",
    "changed": "picture_changed",
    "no picture": "picture_bad",
    "too large": "picture_large",
}


def report_data(
    record: ReportRecord, attachments: Sequence[Attachment], pictures: Pictures, printer: Printer
) -> dict[str, Any]:
    """Everything that the templates in ``resources/report/typst`` print.

    Args:
        record: the report.
        attachments: files that travel inside the PDF.
        pictures: which of the record's pictures can be printed.
        printer: makes texts visible, in the words of the report's language.
    """
    words, sections = printer.words, frozenset(record.sections)
    detectors = {one.digest: f"{one.name} {one.version}" for one in record.detectors}
    exhibits = [exhibit_data(one, place, printer, sections, detectors) for place, one in enumerate(record.exhibits)]
    front = printer.plain(record.front)
    front["worked"] = " – ".join(dict.fromkeys(filter(None, (front["worked_from"], front["worked_to"]))))
    front["request_short"] = printer.text(record.front.request, _REQUEST, "cut_below")
    if record.identity.form != "full":
        front["request_short"] = front["request"]
    return {
        "identity": printer.plain(record.identity),
        "laboratory": printer.plain(record.laboratory),
        "front": front,
        "software": printer.plain(record.software),
        "scale": _scale(record, printer),
        "weaknesses": printer.plain(record.weaknesses),
        "notes": printer.plain(record.notes, "notes"),
        "sections": list(record.sections),
        "document": _document(record, printer),
        "running": _running(record, printer),
        "totals": [dataclasses.asdict(row) for row in totals(record, words)],
        "not_taken": _not_taken(record, printer),
        "exhibits": exhibits,
        "detectors": [_detector(one, printer) for one in record.detectors],
        "pictures": {name: words.say("pdf", _WHY_NOT[why]) for name, why in pictures.unusable.items()},
        "sizes": {name: list(size) for name, size in pictures.sizes.items()},
        "recheck": _recheck(record, printer),
        "log": _log(record.log, printer),
        "attachments": [_attachment(number, one, printer) for number, one in enumerate(attachments)],
        "lines": list(_lines(record, attachments)),
        "long_texts": [row for one in record.exhibits for row in long_texts(one, printer)],
        "fixed_notes": [*(words.say("notes", key) for key in _NOTES), words.say("pdf", "shown")]
        + [text for text in (words.say("pdf", "machine_language"),) if text],
        "plain_rates": [text for one in record.detectors for text in _plain_rates(one, printer)]
        or [words.say("plain", "wrong_unknown")],
        **_groups(record, printer),
    }


def _document(record: ReportRecord, printer: Printer) -> dict[str, Any]:
    identity, words = record.identity, printer.words
    title = printer.name(identity.title) or words.say("headings", "report")
    return {
        "title": f"{title} – {printer.name(identity.number)}" if identity.number else title,
        "author": printer.name(record.front.author or record.laboratory.name) or words.say("values", "not_stated"),
        "description": f"{words.name_of('form', identity.form)} {identity.uid}".strip(),
        "keywords": [text for text in (words.say("pdf", "keywords"), identity.uid, record.front.case_uid) if text],
    }


def _running(record: ReportRecord, printer: Printer) -> dict[str, str]:
    """Lines of the header and the footer, and sentences of the front page."""
    identity, words, log = record.identity, printer.words, record.log
    number = printer.name(identity.number, 60)
    many = len(record.exhibits)
    last = identity.part >= identity.parts
    part = words.say("values", "part", part=identity.part, parts=identity.parts)
    head = (printer.name(one, 90) for one in (record.laboratory.header, record.laboratory.name) if one)
    issued = words.say("pdf", "issued", at=printer.time(identity.issued_at)) if identity.issued_at else ""
    revision = words.say("pdf", "revision", revision=identity.revision)
    counted = totals_text(record, words)
    left_out = [words.name_of("headings", one.replace(" ", "_").removesuffix("s") if one == "heat maps" else one)
                for one in SECTIONS if one not in record.sections]  # fmt: skip
    return {
        "left": next(head, ""),
        "right": words.say("pdf", "header", number=number, revision=identity.revision) if number else "",
        "kind": f"{words.say('headings', 'report')} · {words.name_of('form', identity.form)}",
        "number": " · ".join(filter(None, (number, revision, issued, identity.uid))),
        "identity": words.say("pdf", "footer", uid=identity.uid, sequence=log.sequence)
        if identity.uid and log.digest
        else words.say("pdf", "footer_preview"),
        "anchor": log.digest if identity.uid else "",
        "part": part,
        "volume": words.say("sentences", "volume", part=identity.part, parts=identity.parts)
        if identity.parts > 1
        else "",
        "amended": words.say(
            "sentences",
            "amended",
            revision=identity.revision,
            number=number,
            supersedes=identity.supersedes,
            reason=printer.text(identity.reason),
        )
        if identity.supersedes
        else "",
        "exhibits": words.count("values", "exhibits", many),
        "looked": words.count("plain", "looked", many),
        "totals": words.say("sentences", "totals", list=counted) if counted else words.say("pdf", "totals_none"),
        "left_out": words.say("pdf", "left_out", list=", ".join(left_out)) if left_out else "",
        "head": words.say("pdf", "head", sequence=log.sequence, digest=log.digest),
        "end": words.say("values", "end")
        if last
        else words.say("pdf", "end_part", part=identity.part, parts=identity.parts),
    }


def _groups(record: ReportRecord, printer: Printer) -> dict[str, Any]:
    """What several exhibits share, each once, with their labels."""
    labels = [printer.name(one.label) for one in record.exhibits]

    def places(pairs: Sequence[tuple[int, Any]]) -> str:
        return ranges((place for place, _ in pairs), labels, printer.words)

    def without(has: str) -> str:
        return ranges(
            (place for place, one in enumerate(record.exhibits) if not getattr(one, has)), labels, printer.words
        )

    events = [(place, event) for place, one in enumerate(record.exhibits) for event in one.custody]
    asked = [(place, one.propositions) for place, one in enumerate(record.exhibits) if one.propositions]
    said = [(place, (view, one.propositions)) for place, one in enumerate(record.exhibits) for view in one.conclusions]
    conditions = [(place, one) for place, one in enumerate(record.exhibits) if one.finding]
    return {
        "custody": [
            {"labels": places(group), "event": printer.plain(group[0][1])}
            for group in sorted(grouped(events, lambda pair: pair[1]), key=lambda group: group[0][1].at)
        ],
        "propositions": [
            {"labels": places(group), "words": printer.plain(group[0][1]), "at": _span(group, printer)}
            for group in grouped(asked, lambda pair: (pair[1].first, pair[1].second, pair[1].population,
                                                      pair[1].background, pair[1].made_by, pair[1].before_answer))
        ],
        "without_propositions": without("propositions"),
        "opinions": [
            {"labels": places(group), "words": printer.plain(group[0][1][0]), "under": printer.plain(group[0][1][1]),
             "at": _span([(place, view) for place, (view, _) in group], printer)}
            for group in grouped(said, lambda pair: _opinion_key(*pair[1]))
        ],
        "without_opinion": without("conclusions"),
        "conditions": [
            {"labels": places(group), "lines": _conditions(group[0][1], printer)}
            for group in grouped(conditions, lambda pair: str(_conditions(pair[1], printer)))
        ],
    }  # fmt: skip


def _opinion_key(view: ConclusionRecord, under: PropositionsRecord | None) -> tuple[object, ...]:
    """What opinions that are printed once for several exhibits have in common: all but the time."""
    return dataclasses.replace(view, made_at=""), (under.first, under.second) if under else ()


def _not_taken(record: ReportRecord, printer: Printer) -> dict[str, Any]:
    rows = [
        [printer.name(one.name), printer.words.name_of("intake", one.group), printer.text(one.text, _REASON)]
        for one in record.not_taken
    ]
    return {"count": printer.words.count("sentences", "not_taken", len(rows)) if rows else "", "rows": rows}


def _span(group: Sequence[tuple[int, Any]], printer: Printer) -> str:
    times = sorted({printer.time(one.made_at) for _, one in group})
    return times[0] if len(times) == 1 else printer.words.say("values", "from_to", first=times[0], last=times[-1])


def _conditions(exhibit: ExhibitRecord, printer: Printer) -> list[list[str]]:
    finding = exhibit.finding
    assert finding is not None
    lines = condition_lines(finding.conditions, printer.words)
    return [[printer.name(name, 60), printer.text(text, _CONDITION)] for name, text in lines]


def _scale(record: ReportRecord, printer: Printer) -> dict[str, Any]:
    words = printer.words
    data: dict[str, Any] = printer.plain(record.scale)
    data["bands"] = [
        {
            "above": words.ratio(above),
            "up_to": words.say("values", "no_limit") if up_to is None else words.ratio(up_to),
            "words": printer.text(phrase),
        }
        for above, up_to, phrase in record.scale.bands
    ]
    return data


def _recheck(record: ReportRecord, printer: Printer) -> dict[str, Any]:
    words, check = printer.words, record.recheck
    if check is None:
        return {"sentence": words.say("sentences", "recheck_none"), "problems": []}
    at = printer.time(check.at)
    if check.intact == check.exhibits and not check.problems:
        return {"sentence": words.count("sentences", "recheck_intact", check.exhibits, at=at), "problems": []}
    sentence = words.say("sentences", "recheck_problems", n=check.exhibits, intact=check.intact, at=at)
    return {"sentence": sentence, "problems": printer.plain(check.problems, "problems")}


def _log(log: LogRecord, printer: Printer) -> dict[str, Any]:
    data: dict[str, Any] = printer.plain(log)
    more = len(log.excerpt) - _ENTRIES
    data["excerpt"] = [
        [
            number,
            printer.time(at),
            printer.name(who, 60),
            printer.text(entry_sentence(what, details, printer.words)),
            printer.text(details),
            digest,
            printer.name(what, 60),
        ]
        for number, at, who, what, details, digest in log.excerpt[-_ENTRIES:]
    ]
    data["more"] = printer.words.say("sentences", "truncated", n=more) if more > 0 else ""
    return data


def _attachment(number: int, attachment: Attachment, printer: Printer) -> dict[str, Any]:
    return {
        "name": attachment.name,
        "mime": attachment.mime,
        "description": printer.text(attachment.description),
        "size": printer.words.count("values", "bytes", len(attachment.data)),
        "path": f"attached/{number}",
        "binary": not _is_text(attachment.data),
    }


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lines(record: ReportRecord, attachments: Sequence[Attachment]) -> Iterator[str]:
    mark = mark_of(as_json.write(record))
    lines = [report_id_line(record.identity.uid), log_head_line(record.log.sequence, record.log.digest)]
    lines += [exhibit_line(exhibit.label, exhibit.sha256) for exhibit in record.exhibits]
    lines += [attachment_line(one.name, hashlib.sha256(one.data).hexdigest()) for one in attachments]
    return (f"{mark} {line}" for line in lines)


def _detector(detector: DetectorRecord, printer: Printer) -> dict[str, Any]:
    data: dict[str, Any] = printer.plain(detector)
    data["thresholds"] = [
        {
            "name": printer.name(printer.words.name_of("verdict", one.name)),
            "text": printer.name(one.text),
            "group": printer.text(one.group),
        }
        for one in detector.thresholds
    ]
    data["measured"] = [
        _measurement(one, printer, {line.name: line.text for line in detector.classes}) for one in detector.measured
    ]
    return data


def _measurement(measured: Measurement, printer: Printer, titles: Mapping[str, str]) -> dict[str, Any]:
    words = printer.words
    headline = [("accuracy", measured.accuracy), ("conclusive", measured.conclusive)]
    headline.append(("false_accusation", measured.false_accusation))
    headline += [("unknown_named", measured.unknown_named), ("unknown_recognised", measured.unknown_recognised)]
    numbers = (("cllr", measured.cllr, 3), ("ece", measured.ece, 3), ("oscr", measured.oscr, 3))
    captions = [
        [words.say("captions", key), words.number(value, places)] for key, value, places in numbers if value is not None
    ]
    if measured.auroc_unknown is not None:
        value = words.say("pdf", "auroc", value=words.number(measured.auroc_unknown, 3))
        captions.append([words.say("captions", "auroc_unknown"), value])
    if measured.verdicts:
        listed = ", ".join(f"{words.name_of('verdict', name)} {n}" for name, n in measured.verdicts.items())
        captions.append([words.say("captions", "verdicts"), listed])
    return {
        "heading": words.say("headings", "measurement", set=printer.name(measured.set)),
        "source": words.say(
            "sentences",
            "rates_source",
            set=printer.name(measured.set),
            date=printer.time(measured.date),
            images=images(measured, words),
            command=printer.text(measured.command),
        ),
        "data_digest": printer.plain(measured.data_digest, "data_digest"),
        "headline": [_rate(rate, words.say("captions", key), printer) for key, rate in headline if rate],
        "recalls": [
            _rate(rate, printer.name(titles.get(rate.name, rate.name), 60), printer) for rate in measured.recalls
        ],
        "numbers": captions,
        "confusion_labels": [
            printer.name(titles.get(one, words.name_of("verdict", one)), 40) for one in measured.confusion_labels
        ],
        "confusion": [list(row) for row in measured.confusion],
    }


def _rate(rate: Rate, caption: str, printer: Printer) -> dict[str, Any]:
    words = printer.words
    text = words.say("sentences", "rate", count=words.number(rate.count), n=words.number(rate.n),
                     share=words.share(rate.rate), low=words.share(rate.low), high=words.share(rate.high))  # fmt: skip
    return {"caption": caption, "text": text, "rate": rate.rate, "low": rate.low, "high": rate.high}


def _plain_rates(detector: DetectorRecord, printer: Printer) -> Iterator[str]:
    words = printer.words
    for measured in detector.measured:
        if rate := measured.false_accusation:
            yield words.say("plain", "wrong", n=words.number(rate.n), count=words.number(rate.count),
                            low=words.share(rate.low), high=words.share(rate.high))  # fmt: skip
        if rate := measured.conclusive:
            yield words.say("plain", "right", count=words.number(rate.count), n=words.number(rate.n))
