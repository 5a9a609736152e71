"""What a report says of a detector, read off its card without trusting it; and of the program itself."""

from __future__ import annotations

import importlib.metadata
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.domain import DetectorReference, DetectorSummary, Verdict
from core.report.record import DetectorRecord, Line, Measurement, Rate
from core.report.weaknesses import wilson
from core.services.report_sentences import Sentences

Card = Mapping[str, Any]
_LONGEST = 4_000
_MOST = 500  # rows of anything on a card
_LIBRARIES = ("torch", "torchvision", "numpy", "scipy", "Pillow", "opencv-python-headless", "c2pa-python", "typst")
_TRAINED = ("date", "images", "held_out_images", "steps", "recipe_digest", "data_digest")


def detector_record(reference: DetectorReference, found: DetectorSummary | None, say: Sentences) -> DetectorRecord:
    """The detector behind a finding; without its file, what the finding names of it."""
    card: Card = found.card if found is not None else {}
    return DetectorRecord(
        name=reference.name,
        version=reference.version,
        digest=reference.digest,
        title=_text(card, "title") or reference.name,
        summary=_text(card, "summary"),
        licence=_text(card, "licence"),
        classes=tuple(Line(name, title) for name, title in titles(card).items()),
        training=tuple(_training(_part(card, "trained"), say)),
        steps=tuple(_steps(card, say)),
        thresholds=tuple(_thresholds(card, say)),
        limits=_texts(card, "limits"),
        measured=tuple(_measurement(row) for row in _rows(card, "measured")),
    )


def titles(card: Card) -> dict[str, str]:
    """Names of the classes and what a reader reads for them."""
    named = ((_text(row, "name"), _text(row, "title")) for row in _rows(card, "classes"))
    return {name: title or name for name, title in named if name}


def software_lines() -> tuple[Line, ...]:
    """The program, the libraries that its answers depend on, and the system."""
    versions = [(name, _version(name)) for name in _LIBRARIES]
    return (
        Line("DNA-Det Workbench", _version("dna-det-workbench") or "0.1.0"),
        *(Line(name, version) for name, version in versions if version),
        Line("Python", platform.python_version()),
        Line("System", f"{platform.system()} {platform.release()} {platform.machine()}"),
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _training(trained: Card, say: Sentences) -> Iterator[Line]:
    for key in _TRAINED:
        if said := _text(trained, key):
            yield Line(say(f"trained_{key}"), said)
    if sources := _texts(trained, "sources"):
        yield Line(say("trained_sources"), ", ".join(sources))


def _steps(card: Card, say: Sentences) -> Iterator[str]:
    """The way of the pixels in order, in sentences (ASTM E2825: so that a comparably trained person gets the same)."""
    preprocess, voices = _part(card, "preprocess"), _part(card, "calibration")
    if not preprocess:
        return
    yield say("step_decode")
    if _text(preprocess, "kind") == "paper":
        yield say("step_square", first=_text(preprocess, "first_px"), side=_text(preprocess, "side_px"))
    else:
        yield say("step_windows", window=_text(preprocess, "window_px"))
        if (factor := _text(preprocess, "magnify")) not in ("", "1"):
            yield say("step_enlarge", factor=factor)
    yield say("step_residual" if _text(preprocess, "channels") == "residual" else "step_scale")
    yield say("step_network")
    if (spectrum := _number(voices, "spectrum")) is not None:
        yield say("step_spectrum", net=f"{_number(voices, 'net') or 1:.3g}", spectrum=f"{spectrum:.3g}")


def _thresholds(card: Card, say: Sentences) -> Iterator[Line]:
    threshold, unknown = _part(card, "threshold"), _part(card, "open_set")
    if (value := _number(threshold, "value")) is not None:
        yield Line("attributed", f"{value:g}", _text(threshold, "rule"))
    if (value := _number(threshold, "accusing")) is not None:
        yield Line(say("threshold_generated"), f"{value:g}", _text(threshold, "accusing_rule"))
    if (value := _number(unknown, "threshold")) is not None:
        kept = _number(unknown, "true_positive_rate")
        said = {"method": _text(unknown, "method"), "share": f"{kept or 0:.0%}", "on": _text(unknown, "set")}
        yield Line("unknown architecture", f"{value:.4g}", say("threshold_unknown", **said) if kept is not None else "")


def _measurement(row: Card) -> Measurement:
    confusion = _part(row, "confusion")
    labels = _texts(confusion, "labels")
    matrix = confusion.get("matrix")
    counts = tuple(_counts(line) for line in matrix[:_MOST]) if isinstance(matrix, list) else ()
    count = _whole(row, "n")
    accuracy = _number(row, "accuracy") or 0.0
    named = _named_parts(_part(row, "per_class"))
    unknown = _part(_part(row, "verdicts_per_class"), "unknown")
    unknowns = sum(_whole(unknown, verdict.value) for verdict in Verdict)
    return Measurement(
        set=_text(row, "set"),
        date=_text(row, "date"),
        command=_text(row, "command"),
        data_digest=_text(row, "data_digest"),
        n=count,
        accuracy=_rate("accuracy", count, round(accuracy * count)),
        recalls=tuple(_recall(name, one) for name, one in named),
        false_accusation=_share(row, "false_accusation", "count"),
        conclusive=_share(row, "conclusive", "correct"),
        verdicts={str(name): _whole(_part(row, "verdicts"), name) for name in _part(row, "verdicts")},
        cllr=_number(row, "cllr"),
        ece=_number(row, "ece"),
        auroc_unknown=_number(row, "auroc_unknown"),
        oscr=_number(row, "oscr"),
        confusion_labels=labels,
        confusion=counts if all(len(line) == len(labels) for line in counts) else (),
        unknown=unknowns,
        unknown_named=_of_unknown("unknown named", unknowns, unknown, Verdict.ATTRIBUTED),
        unknown_recognised=_of_unknown("unknown recognised", unknowns, unknown, Verdict.UNKNOWN),
    )


def _recall(name: str, row: Card) -> Rate:
    n = _whole(row, "n")
    return _rate(name, n, round((_number(row, "recall") or 0.0) * n))


def _share(row: Card, key: str, counted: str) -> Rate | None:
    part = _part(row, key)
    n = _whole(part, "n")
    return _rate(key, n, _whole(part, counted)) if n else None


def _of_unknown(name: str, n: int, verdicts: Card, verdict: Verdict) -> Rate | None:
    return _rate(name, n, _whole(verdicts, verdict.value)) if n else None


def _rate(name: str, n: int, count: int) -> Rate:
    """A share of counted images; one that cannot be (a made-up card) is cut to what can."""
    count = min(max(count, 0), n)
    low, high = wilson(count, n) if n else (0.0, 1.0)
    return Rate(name, n, count, count / n if n else 0.0, low, high)


def _counts(line: object) -> tuple[int, ...]:
    values = line[:_MOST] if isinstance(line, list) else []
    return tuple(value if type(value) is int and value >= 0 else 0 for value in values)


def _named_parts(card: Card) -> Sequence[tuple[str, Card]]:
    return [(str(name), value) for name, value in card.items() if isinstance(value, Mapping)][:_MOST]


def _part(card: Card, key: str) -> Card:
    value = card.get(key)
    return value if isinstance(value, Mapping) else {}


def _rows(card: Card, key: str) -> Sequence[Card]:
    value = card.get(key)
    return [row for row in value if isinstance(row, Mapping)][:_MOST] if isinstance(value, list | tuple) else []


def _text(card: Card, key: str) -> str:
    value = card.get(key)
    return str(value)[:_LONGEST] if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _texts(card: Card, key: str) -> tuple[str, ...]:
    value = card.get(key)
    return tuple(str(one)[:_LONGEST] for one in value[:_MOST]) if isinstance(value, list | tuple) else ()


def _number(card: Card, key: str) -> float | None:
    value = card.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def _whole(card: Card, key: str) -> int:
    return max(0, round(_number(card, key) or 0))
