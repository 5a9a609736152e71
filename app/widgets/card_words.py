"""A detector's card in words a newcomer can read; whatever is missing from a card is said to be missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from app.widgets.text_sheet import Block, Bullets, Facts, Grid, Heading, Paragraph
from core.domain import DetectorSummary

_NOT_MEASURED = "Nothing was measured, or the card does not say so. Until it is measured, treat what it says as a hint."
_MOST_MIX_UPS = 5
_CHANNELS = {
    "rgb": "It is given the colours as they are.",
    "residual": (
        "It is given the high-pass residual: what is left when a smoothed copy is taken away from the image, that is "
        "fine texture and traces of processing instead of what the picture shows."
    ),
}


def title_of(summary: DetectorSummary) -> str:
    """What a detector is called in the list."""
    return text(summary.card, "title") or summary.reference.name


def card_blocks(summary: DetectorSummary, *, in_use: bool) -> tuple[Block, ...]:
    """The whole card as blocks of a sheet; of a refused file only why, because nothing else of it was checked."""
    return (
        Heading(", version ".join(filter(None, (title_of(summary), summary.reference.version))), level=1),
        *_opening(summary, in_use=in_use),
        *(() if summary.problem else _card(summary)),
        Heading("The file"),
        _file(summary),
    )


def _card(summary: DetectorSummary) -> tuple[Block, ...]:
    card = summary.card
    return (
        Heading("How often it is wrong"),
        *_measured(card),
        Heading("What it can name"),
        *_classes(summary),
        Heading("When it names something"),
        Paragraph(_threshold(card)),
        *_limits(card),
        Heading("What it was trained on"),
        *_trained(card),
        Heading("How an image reaches it"),
        Paragraph(_preprocess(part(card, "preprocess"))),
    )


def _opening(summary: DetectorSummary, *, in_use: bool) -> Iterable[Block]:
    if summary.problem:
        yield Paragraph(f"This file is refused and cannot be used. {summary.problem}", strong=True)
    elif in_use:
        yield Paragraph("In use: new findings are made with this detector.", strong=True)
    if text(summary.card, "summary"):
        yield Paragraph(text(summary.card, "summary"))


def _measured(card: Mapping[str, Any]) -> Iterable[Block]:
    tests = rows(card, "measured")
    if not tests:
        yield Paragraph(_NOT_MEASURED, strong=True)
    titles = {text(row, "name"): text(row, "title") or text(row, "name") for row in rows(card, "classes")}
    for test in tests:
        yield from _one_test(test, titles)


def _one_test(test: Mapping[str, Any], titles: Mapping[str, str]) -> Iterable[Block]:
    count, date = number(test, "n"), text(test, "date")
    where = f"Test set “{text(test, 'set') or 'without a name'}”"
    yield Heading(", ".join(filter(None, (where, f"{count:,.0f} images" if count else "", date))), level=3)
    yield Paragraph(_false_accusation(part(test, "false_accusation")), strong=True)
    yield from (Paragraph(words) for words in (_conclusive(part(test, "conclusive")), _accuracy(test)) if words)
    yield from _tables(test, titles)
    if text(test, "command"):
        yield Paragraph(f"Measured again with: {text(test, 'command')}", quiet=True)


def _false_accusation(figure: Mapping[str, Any]) -> str:
    count, of = number(figure, "count"), number(figure, "n")
    if count is None or not of:
        return "False accusations: not measured on this set, because it holds no real photographs."
    return (
        f"False accusations: {count:,.0f} of {of:,.0f} real photographs were called generated "
        f"({share(count, of)}{interval(figure, 'ci')})."
    )


def _conclusive(figure: Mapping[str, Any]) -> str:
    correct, of = number(figure, "correct"), number(figure, "n")
    if correct is None or not of:
        return ""
    return (
        f"When it names an architecture, it is right for {correct:,.0f} of {of:,.0f} images "
        f"({share(correct, of)}{interval(figure, 'ci')})."
    )


def _accuracy(test: Mapping[str, Any]) -> str:
    accuracy = number(test, "accuracy")
    if accuracy is None:
        return ""
    return (
        f"Counting its best guess for every image, also where it stays inconclusive: {percent(accuracy)} right"
        f"{interval(test, 'accuracy_ci')}."
    )


def _tables(test: Mapping[str, Any], titles: Mapping[str, str]) -> Iterable[Block]:
    verdicts = [f"{name} {value:,.0f}" for name, value in _numbers(part(test, "verdicts"))]
    if verdicts:
        yield Paragraph(f"Verdicts: {', '.join(verdicts)}.")
    classes = tuple(
        (titles.get(name, name), f"{number(row, 'n') or 0:,.0f}", _recall(row), interval(row, "ci", bare=True))
        for name, row in part(test, "per_class").items()
        if isinstance(row, Mapping)
    )
    if classes:
        yield Grid(("Class", "Images", "Recognised", "95 % interval"), classes)
    sources = tuple(_source(name, row) for name, row in part(test, "per_source").items() if isinstance(row, Mapping))
    if sources:
        yield Grid(("Class and source of the images", "Images", "Right"), sources)
    mixed = _mix_ups(part(test, "confusion"), titles)
    if mixed:
        yield Paragraph("Most frequent mix-ups:")
        yield Bullets(mixed)


def _source(name: str, row: Mapping[str, Any]) -> tuple[str, str, str]:
    correct, of = number(row, "correct"), number(row, "n")
    known = correct is not None and of
    return name, f"{of or 0:,.0f}", f"{correct:,.0f} ({share(correct or 0, of or 1)})" if known else "–"


def _recall(row: Mapping[str, Any]) -> str:
    recall = number(row, "recall")
    return "–" if recall is None else percent(recall)


def _mix_ups(confusion: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[str, ...]:
    labels, matrix = confusion.get("labels"), confusion.get("matrix")
    if not isinstance(labels, list | tuple) or not isinstance(matrix, list | tuple):
        return ()
    found = [
        (float(count), sum(map(_finite, counts)), str(true), str(taken))
        for true, counts in zip(labels, matrix, strict=False)
        if isinstance(counts, list | tuple)
        for taken, count in zip(labels, counts, strict=False)
        if taken != true and _finite(count) > 0
    ]
    found.sort(key=lambda row: -row[0])
    return tuple(
        f"{titles.get(true, true)} taken for {titles.get(taken, taken)}: {count:,.0f} of {of:,.0f}"
        for count, of, true, taken in found[:_MOST_MIX_UPS]
    )


def _classes(summary: DetectorSummary) -> Iterable[Block]:
    described = tuple(
        (text(row, "title") or text(row, "name"), text(row, "description") or "–")
        for row in rows(summary.card, "classes")
    )
    yield Facts(described or tuple((name, "–") for name in summary.classes))
    yield Paragraph("It knows nothing else. An image of another generator still gets scores for these.", quiet=True)


def _threshold(card: Mapping[str, Any]) -> str:
    threshold = part(card, "threshold")
    value = number(threshold, "value")
    if value is None:
        return "The card gives no threshold."
    words = f"The highest score must reach {value:.2f}; under that the verdict is inconclusive."
    if text(threshold, "rule"):
        words += f" Rule: {text(threshold, 'rule').rstrip('.')}."
    if text(threshold, "set"):
        of = number(threshold, "n")
        images = f" ({of:,.0f} images)" if of else ""
        words += f" Set on “{text(threshold, 'set')}”{images}."
    return words


def _limits(card: Mapping[str, Any]) -> Iterable[Block]:
    limits = card.get("limits")
    sentences = tuple(str(limit) for limit in limits) if isinstance(limits, list | tuple) else ()
    yield Heading("Where it fails")
    yield (
        Bullets(sentences)
        if sentences
        else Paragraph("The card names no limits, which does not mean that it has none.")
    )


def _trained(card: Mapping[str, Any]) -> Iterable[Block]:
    trained = part(card, "trained")
    sources = trained.get("sources")
    named = ", ".join(map(str, sources)) if isinstance(sources, list | tuple) else ""
    versions = ", ".join(f"{name} {version}" for name, version in part(trained, "versions").items())
    facts = (
        ("Images", _count(trained, "images")),
        ("Patches seen", _count(trained, "patches")),
        ("Sources", named),
        ("Date", text(trained, "date")),
        ("Recipe", text(trained, "recipe")),
        ("Time", _duration(number(trained, "seconds"))),
        ("Device", text(trained, "device")),
        ("Versions", versions),
        ("Data digest", text(trained, "data_digest")),
    )
    known = tuple(fact for fact in facts if fact[1])
    yield Facts(known, frozenset({"Data digest"})) if known else Paragraph("The card does not say.")


def _preprocess(preprocess: Mapping[str, Any]) -> str:
    channels = _CHANNELS.get(text(preprocess, "channels"), "")
    kind = text(preprocess, "kind")
    if kind == "native":
        side, magnify = number(preprocess, "window_px") or 0, number(preprocess, "magnify") or 1
        larger = f", each enlarged {magnify:.0f} times" if magnify > 1 else ""
        return (
            f"Sixteen windows of {side:.0f} × {side:.0f} untouched pixels, spread evenly over the image{larger}. "
            f"The scores of the windows are averaged. Smaller images are continued by mirroring. {channels}"
        )
    if kind == "paper":
        first, last = number(preprocess, "first_px") or 128, number(preprocess, "side_px") or 512
        return (
            f"As in the paper: the centre square of the image, resized to {first:.0f} px and then to {last:.0f} px. "
            f"The finest traces of a large image do not survive that. {channels}"
        )
    return "The card does not say."


def _file(summary: DetectorSummary) -> Facts:
    lineage = summary.card.get("lineage")
    before = "\n".join(map(str, lineage)) if isinstance(lineage, list | tuple) else ""
    facts = (
        ("Name", f"{summary.reference.name} {summary.reference.version}".strip()),
        ("Path", str(summary.path)),
        ("SHA-256", summary.reference.digest),
        ("Licence", text(summary.card, "licence")),
        ("Made from", before),
    )
    return Facts(tuple(fact for fact in facts if fact[1]), frozenset({"SHA-256", "Made from"}))


def part(card: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A part of a card, empty when it is missing or of another kind."""
    value = card.get(key)
    return value if isinstance(value, Mapping) else {}


def rows(card: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    """A list of parts of a card; what is no part is left out."""
    value = card.get(key)
    return tuple(row for row in value if isinstance(row, Mapping)) if isinstance(value, list | tuple) else ()


def text(card: Mapping[str, Any], key: str) -> str:
    """A text of a card, empty when it is missing."""
    value = card.get(key)
    return str(value) if isinstance(value, str | int | float) else ""


def number(card: Mapping[str, Any], key: str) -> float | None:
    """A finite number of a card, None when it is missing."""
    return _known(card.get(key))


def percent(value: float) -> str:
    """A share of 1 in percent, with one decimal."""
    return f"{value * 100:.1f} %"


def share(count: float, of: float) -> str:
    """Part of a whole in percent."""
    return percent(count / of)


def interval(card: Mapping[str, Any], key: str, *, bare: bool = False) -> str:
    """A 95 % interval in words; `bare`: only its ends, for a table."""
    ends = card.get(key)
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        return "–" if bare else ""
    low, high = (_finite(end) * 100 for end in ends)
    return f"{low:.1f} to {high:.1f} %" if bare else f", 95 % interval {low:.1f} to {high:.1f} %"


def _numbers(card: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    for name in card:
        value = number(card, name)
        if value is not None:
            yield str(name), value


def _finite(value: object) -> float:
    return _known(value) or 0.0


def _known(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def _count(card: Mapping[str, Any], key: str) -> str:
    value = number(card, key)
    return "" if value is None else f"{value:,.0f}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.0f} minutes"
