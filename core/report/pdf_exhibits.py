"""What a PDF prints of one exhibit, its findings and its conclusions, in words ready to be set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.report.printed import Printer
from core.report.record import ExhibitRecord, FindingRecord, Line

_SHORT = 64  # longest name in a table
_TABLES = "Quantisation table"  # sixty-four numbers each: of use to programs, which find them in the attached data
_LINES, _LINE = 40, 600  # lines of metadata on the pages, and characters of each
_PATHS = 3
_REAL = "real"


def exhibit_data(
    exhibit: ExhibitRecord, place: int, printer: Printer, sections: frozenset[str], detectors: Mapping[str, str]
) -> dict[str, Any]:
    """One exhibit as data for the typesetting.

    Args:
        exhibit: the record.
        place: its number in this volume, from 0.
        printer: makes texts visible.
        sections: those of the sections that may be left out which are printed.
        detectors: name and version by digest.
    """
    words = printer.words
    data: dict[str, Any] = printer.plain(exhibit)
    finding = exhibit.finding
    data |= {
        "place": place,
        "short": printer.name(exhibit.name, _SHORT),
        "item_short": printer.name(exhibit.item, _SHORT),
        "size": words.count("values", "bytes", exhibit.size_bytes),
        "dimensions": words.say(
            "values", "pixels", width=words.number(exhibit.width), height=words.number(exhibit.height)
        ),
        "paths": _paths(exhibit, printer),
        "verdict": finding.verdict if finding else "",
        "verdict_words": _verdict_words(finding, printer),
        "detector": printer.name(detectors.get(finding.detector, finding.detector)) if finding else "",
        "compact": _is_compact(exhibit),
        "threshold_line": words.say("values", "score_limit", threshold=words.number(finding.threshold, 2))
        if finding and finding.score is not None
        else "",
        "tried": list(_tried(exhibit, printer, sections)) or [words.say("pdf", "nothing")],
        "not_done": list(_not_done(exhibit, printer, sections)) or [words.say("pdf", "nothing")],
        **_metadata(exhibit, printer, sections),
        **_ratio(finding, printer),
        **_plain_words(exhibit, printer),
    }
    if finding:
        data["finding"] |= {"conditions": None}  # printed once for all exhibits that share them
        data |= _figures(finding, data["finding"], printer, sections)
    return data | _left_out(sections)


def long_texts(exhibit: ExhibitRecord, printer: Printer) -> Iterator[dict[str, str]]:
    """Names that the pages shorten, in full."""
    words = printer.words
    texts = (("name", exhibit.name, _SHORT), ("item", exhibit.item, _SHORT))
    for caption, text, most in (*texts, *(("paths", path, _LINE) for path in exhibit.paths[:_PATHS])):
        if len(text) > most:
            yield {
                "label": exhibit.label,
                "caption": words.say("captions", caption),
                "text": printer.name(text, 20_000),
            }


def _is_compact(exhibit: ExhibitRecord) -> bool:
    """Whether the head of an exhibit surely fits on a page, so that it need not be parted."""
    finding = exhibit.finding
    texts = [exhibit.problem, exhibit.item, *exhibit.paths[:_PATHS], *exhibit.remarks]
    texts += [finding.reason, finding.why_no_ratio, finding.ratio.sentence if finding.ratio else ""] if finding else []
    return sum(len(text) for text in texts) < 1800 and (finding is None or len(finding.scores) <= 24)


def _left_out(sections: frozenset[str]) -> dict[str, Any]:
    """Fields emptied because their section is not printed."""
    empty: dict[str, Any] = {}
    if "robustness" not in sections:
        empty["robustness"] = None
    if "annotations" not in sections:
        empty |= {"annotated": None, "annotations": []}
    if "notes" not in sections:
        empty["note"] = ""
    if "similar" not in sections:
        empty["similar"] = []
    return empty


def _paths(exhibit: ExhibitRecord, printer: Printer) -> list[str]:
    paths = [printer.name(path, _LINE) for path in exhibit.paths[:_PATHS]]
    if more := len(exhibit.paths) - _PATHS:
        paths += [printer.words.say("pdf", "more_paths", n=more)] if more > 0 else []
    return paths


def _verdict_words(finding: FindingRecord | None, printer: Printer) -> str:
    words = printer.words
    if finding is None:
        return words.say("values", "not_analysed")
    verdict = words.name_of("verdict", finding.verdict)
    if finding.verdict != "attributed":
        return verdict
    return words.say(
        "sentences", "attributed_to", verdict=verdict, architecture=printer.name(finding.architecture_title)
    )


def _ratio(finding: FindingRecord | None, printer: Printer) -> dict[str, str]:
    words = printer.words
    if finding is None or finding.ratio is None:
        why = finding.why_no_ratio if finding else ""
        why = printer.text(why) if why else words.say("sentences", "no_ratio")
        return {
            "ratio_line": "",
            "ratio_short": words.say("pdf", "no_ratio_short") if finding else "–",
            "why_no_ratio": why,
        }
    ratio = finding.ratio
    numbers = {name: words.ratio(getattr(ratio, name)) for name in ("value", "low", "high", "ceiling")}
    return {
        "ratio_line": words.say("sentences", "ratio_line", **numbers, against=printer.text(ratio.against)),
        "ratio_short": f"{numbers['value']}\n({numbers['low']}–{numbers['high']})",
        "why_no_ratio": "",
    }


def _figures(
    finding: FindingRecord, data: dict[str, Any], printer: Printer, sections: frozenset[str]
) -> dict[str, str]:
    words, lines = printer.words, {"grid_line": "", "map_scale": "", "map_check": ""}
    if finding.grid is None or "consistency" not in sections:
        data["grid"] = None
    else:
        lines["grid_line"] = words.say("sentences", "grid_agreeing", n=finding.grid.agreeing)
        if finding.grid.percentile is not None:
            share = words.share(finding.grid.percentile)
            lines["grid_line"] += " " + words.say("sentences", "grid_percentile", share=share)
    shown = finding.heat_map
    if shown is None or "heat maps" not in sections:
        data["heat_map"] = None
        return lines
    lines["map_scale"] = words.say("sentences", "map_scale", peak=words.number(shown.peak, 3))
    if not shown.check:
        lines["map_check"] = words.say("sentences", "map_unchecked")
    elif shown.check == "passed":
        lines["map_check"] = words.say("pdf", "check_passed")
    else:
        lines["map_check"] = words.say("pdf", "check_failed", why=printer.text(shown.check))
    return lines


def _metadata(exhibit: ExhibitRecord, printer: Printer, sections: frozenset[str]) -> dict[str, Any]:
    if "metadata" not in sections:
        return {"metadata": [], "metadata_more": "", "credentials": "", "credentials_lines": []}
    printed = [one for one in exhibit.metadata if not one.name.startswith(_TABLES)]
    more = len(exhibit.metadata) - len(printed[:_LINES])

    def rows(lines: Sequence[Line]) -> list[dict[str, str]]:
        return [
            {
                "group": printer.name(one.group, 40),
                "name": printer.name(one.name, 80),
                "text": printer.text(one.text, _LINE),
            }
            for one in lines[:_LINES]
        ]

    return {
        "metadata": rows(printed),
        "metadata_more": printer.words.say("sentences", "truncated", n=more) if more > 0 else "",
        "credentials_lines": rows(exhibit.credentials_lines),
    }


def _tried(exhibit: ExhibitRecord, printer: Printer, sections: frozenset[str]) -> Iterator[str]:
    """What was done and gave nothing, in sentences."""
    words, finding = printer.words, exhibit.finding
    if finding:
        if finding.verdict != "attributed":
            yield words.say("pdf", "tried_attribution")
        if finding.ratio is None:
            yield words.say("pdf", "tried_ratio", why=printer.text(finding.why_no_ratio)).strip()
        yield from _tried_map(finding, printer)
    if "metadata" in sections and not exhibit.metadata:
        yield words.say("pdf", "tried_metadata")
    if "metadata" in sections and exhibit.credentials == "none present":
        yield words.say("pdf", "tried_credentials")


def _tried_map(finding: FindingRecord, printer: Printer) -> Iterator[str]:
    shown = finding.heat_map
    if shown and shown.peak <= 0:
        target = printer.name(shown.target_title)
        yield printer.words.say("pdf", "tried_map", layer=shown.layer, target=target)
    elif shown and shown.check not in {"", "passed"}:
        yield printer.words.say("pdf", "tried_map_failed")


def _not_done(exhibit: ExhibitRecord, printer: Printer, sections: frozenset[str]) -> Iterator[str]:
    finding, words = exhibit.finding, printer.words
    undone = {
        "undone_finding": finding is None,
        "undone_grid": "consistency" in sections and (finding is None or finding.grid is None),
        "undone_map": "heat maps" in sections and (finding is None or finding.heat_map is None),
        "undone_robustness": "robustness" in sections and exhibit.robustness is None,
        "undone_credentials": "metadata" in sections and not exhibit.credentials,
        "undone_rerun": not exhibit.rerun,
    }
    return (words.say("pdf", key) for key, missing in undone.items() if missing)


def _plain_words(exhibit: ExhibitRecord, printer: Printer) -> dict[str, Any]:
    words, finding, asked = printer.words, exhibit.finding, exhibit.propositions
    return {
        "plain": _plain_verdict(finding, printer),
        "plain_weight": words.say("plain", "ratio", sentence=printer.text(finding.ratio.sentence))
        if finding and finding.ratio
        else words.say("plain", "no_ratio"),
        "plain_weighed": words.say(
            "pdf", "plain_weighed", first=printer.text(asked.first), second=printer.text(asked.second)
        )
        if asked and exhibit.conclusions
        else "",
        "plain_opinions": [
            {
                "author": printer.name(one.author),
                "role": words.name_of("role", one.role),
                "outcome": one.outcome,
                "opinion": printer.text(one.opinion),
            }
            for one in exhibit.conclusions
        ],
        "disagree": any(one.agrees is False for one in exhibit.conclusions),
    }


def _plain_verdict(finding: FindingRecord | None, printer: Printer) -> str:
    words = printer.words
    if finding is None:
        return words.say("plain", "none")
    if finding.verdict == "attributed":
        if finding.architecture == _REAL:
            return words.say("plain", "attributed_real")
        return words.say("plain", "attributed", architecture=printer.name(finding.architecture_title))
    keys = {"unknown architecture": "unknown", "out of scope": "out_of_scope"}
    return words.say("plain", keys.get(finding.verdict, "inconclusive"))
