"""Weaknesses of classifying images as synthetic (SOLVE-IT DFT-1176), with what was measured about each.

Texts and their languages are in ``resources/report/weaknesses.toml``; nothing is claimed there that no number fills.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from string import Formatter
from typing import Any

from core.errors import BadInput
from core.paths import resources
from core.report.record import DetectorRecord, ExhibitRecord, Measurement, Rate, Recheck, Weakness
from core.report.words import Words

REAL = "real"


@dataclass(frozen=True, slots=True)
class Counts:
    """What this report itself shows, counted over its exhibits.

    Attributes:
        checked: exhibits with a robustness check; `kept` of their `steps` left verdict and class as they were.
        maps, maps_checked, maps_passed: heat maps.
        propositions, before: exhibits with propositions, and those written before the answer was seen.
        blind_views: exhibits with a view written before the answer was shown.
        seconds, disagreements: exhibits with a second examiner, and those where the two do not agree.
        repeated: exhibits whose finding was repeated.
        rehashed, intact: of the hash check before this report.
    """

    exhibits: int = 0
    checked: int = 0
    steps: int = 0
    kept: int = 0
    maps: int = 0
    maps_checked: int = 0
    maps_passed: int = 0
    propositions: int = 0
    before: int = 0
    blind_views: int = 0
    seconds: int = 0
    disagreements: int = 0
    repeated: int = 0
    rehashed: int = 0
    intact: int = 0


_NEEDS = {  # a count is only printed where this one is not 0
    "checked": "checked",
    "steps": "checked",
    "kept": "checked",
    "maps": "maps",
    "maps_checked": "maps",
    "maps_passed": "maps",
    "repeated": "repeated",
    "rehashed": "rehashed",
    "intact": "rehashed",
}


def count(exhibits: Iterable[ExhibitRecord], recheck: Recheck | None = None) -> Counts:
    """Count what a report shows, exhibit by exhibit; works on a stream of any length."""
    total: dict[str, int] = {field.name: 0 for field in fields(Counts)}
    for exhibit in exhibits:
        for name, n in _of_exhibit(exhibit).items():
            total[name] += n
    if recheck is not None:
        total |= {"rehashed": recheck.exhibits, "intact": recheck.intact}
    return Counts(**total)


def rows(detectors: Sequence[DetectorRecord], counts: Counts, words: Words) -> tuple[Weakness, ...]:
    """The weaknesses in the language of `words`, filled in from the detectors' measurements and from this report.

    Raises:
        BadInput: the file of the weaknesses cannot be read.
    """
    of_report = _report_values(counts, words)
    measured = [
        _measurement_values(detector, one, words) for detector in detectors for one in detector.measured if one.n > 0
    ]
    return tuple(_row(row, words.language, measured, of_report) for row in _file())


def _row(
    row: Mapping[str, Any], language: str, measured: Sequence[Mapping[str, str]], of_report: Mapping[str, str]
) -> Weakness:
    text = row[language]
    sentences = [one for values in [*measured, of_report] for one in _filled(text["measured"], values)]
    return Weakness(
        row["id"], text["weakness"], row["error"], text["mitigation"], " ".join(sentences) or text["unmeasured"]
    )


def _filled(templates: Sequence[str], values: Mapping[str, str]) -> list[str]:
    return [
        text.format_map(values)
        for text in templates
        if {name for _, name, _, _ in Formatter().parse(text) if name} <= set(values)
    ]


def _file() -> list[Mapping[str, Any]]:
    path: Path = resources() / "report" / "weaknesses.toml"
    try:
        rows: list[Mapping[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["weakness"]
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise BadInput(f"The weaknesses cannot be read from {path}: {error}. Install the program anew.") from error
    return rows


def _report_values(counts: Counts, words: Words) -> dict[str, str]:
    if not counts.exhibits:
        return {}
    values = {field.name: getattr(counts, field.name) for field in fields(Counts)}
    return {name: words.number(n) for name, n in values.items() if values[_NEEDS.get(name, "exhibits")]}


def _measurement_values(detector: DetectorRecord, one: Measurement, words: Words) -> dict[str, str]:
    titles = {line.name: line.text for line in detector.classes}
    values = {
        "set": one.set,
        "date": one.date,
        "n": words.number(one.n),
        "accuracy": rate_text(one.accuracy, words),
        **_rates(one, words),
        **_plain_numbers(one, words),
    }
    generated = [rate for rate in one.recalls if rate.name != REAL]
    if generated:
        values["recalls"] = "; ".join(
            f"{titles.get(rate.name, rate.name)} {rate_text(rate, words)}" for rate in generated
        )
    if one.recalls:
        smallest = min(one.recalls, key=lambda rate: rate.n)
        values |= {"smallest": titles.get(smallest.name, smallest.name), "smallest_n": words.number(smallest.n)}
    return values


def _rates(one: Measurement, words: Words) -> dict[str, str]:
    rates = {
        "false_accusation": one.false_accusation,
        "conclusive": one.conclusive,
        "taken_for_real": taken_for_real(one),
        "unknown_named": one.unknown_named,
        "unknown_recognised": one.unknown_recognised,
    }
    return {name: rate_text(rate, words) for name, rate in rates.items() if rate is not None and rate.n}


def _plain_numbers(one: Measurement, words: Words) -> dict[str, str]:
    numbers = {name: getattr(one, name) for name in ("auroc_unknown", "oscr", "cllr", "ece")}
    return {name: words.number(value, 2) for name, value in numbers.items() if value is not None}


def rate_text(rate: Rate, words: Words) -> str:
    """A share with its count and interval in words."""
    low, high = words.share(rate.low), words.share(rate.high)
    return words.say(
        "sentences",
        "rate",
        count=words.number(rate.count),
        n=words.number(rate.n),
        share=words.share(rate.rate),
        low=low,
        high=high,
    )


def taken_for_real(one: Measurement) -> Rate | None:
    """Generated images with ``real`` on top, from the table of true class against class on top; None without one."""
    if REAL not in one.confusion_labels:
        return None
    column = one.confusion_labels.index(REAL)
    generated = [row for name, row in zip(one.confusion_labels, one.confusion, strict=False) if name != REAL]
    n, wrong = sum(map(sum, generated)), sum(row[column] for row in generated)
    if not n:
        return None
    low, high = wilson(wrong, n)
    return Rate("taken for real", n, wrong, wrong / n, low, high)


def wilson(k: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    middle, half = k + z * z / 2, z * (k * (n - k) / n + z * z / 4) ** 0.5
    return (0.0 if k == 0 else (middle - half) / (n + z * z), 1.0 if k == n else (middle + half) / (n + z * z))


def _of_exhibit(exhibit: ExhibitRecord) -> dict[str, int]:
    finding, check, propositions = exhibit.finding, exhibit.robustness, exhibit.propositions
    heat_map = finding.heat_map if finding else None
    seconds = [one for one in exhibit.conclusions if one.role == "second examiner"]
    kept = [
        step
        for step in (check.steps if check else ())
        if finding and step[1:3] == (finding.verdict, finding.architecture_title)
    ]
    return {
        "exhibits": 1,
        "checked": int(check is not None),
        "steps": len(check.steps) if check else 0,
        "kept": len(kept),
        "maps": int(heat_map is not None),
        "maps_checked": int(bool(heat_map and heat_map.check)),
        "maps_passed": int(bool(heat_map and heat_map.check == "passed")),
        "propositions": int(propositions is not None),
        "before": int(bool(propositions and propositions.before_answer)),
        "blind_views": int(any(view.blind for view in exhibit.views)),
        "seconds": int(bool(seconds)),
        "disagreements": int(any(one.agrees is False for one in seconds[:1])),
        "repeated": int(bool(exhibit.rerun)),
    }
