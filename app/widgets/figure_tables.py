"""The tables of what was measured on one set: by class, by verdict, by source, and of likelihood ratios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.widgets.card_fields import (
    Card,
    counted,
    ends,
    finite,
    interval,
    interval_text,
    number,
    part,
    parts,
    percent,
    share,
    wilson,
)
from app.widgets.text_sheet import Block, Grid, Heading, Paragraph
from core.domain import Verdict

Titles = Mapping[str, str]
_UNKNOWN = "unknown"


def class_table(test: Card, names: Titles, *, alarms: bool = True) -> Iterable[Block]:
    """How often each class is recognised, and with `alarms` how often others are called it conclusively."""
    found = tuple(parts(part(test, "per_class")))
    alarms = alarms and any("false_positive" in row for _, row in found)
    header = ("Class", "Images", "Recognised", "95 % interval", *(("Others called so",) if alarms else ()))
    if found:
        yield Grid(header, tuple(_class(name, row, names, alarms=alarms) for name, row in found))


def _class(name: str, row: Card, names: Titles, *, alarms: bool) -> tuple[str, ...]:
    recall, others = number(row, "recall"), part(row, "false_positive")
    shown = names.get(name, name), counted(row, "n") or "0", "–" if recall is None else percent(recall)
    alarm = f"{counted(others, 'count') or '–'} of {counted(others, 'n') or '–'}"
    return (*shown, interval(row, "ci", bare=True), *((alarm,) if alarms else ()))


def verdict_table(test: Card, names: Titles) -> Iterable[Block]:
    """What became of the images of each class."""
    found = tuple(parts(part(test, "verdicts_per_class")))
    if found:
        yield Heading("Verdicts")
        header = ("Class", "Attributed, right", "Attributed, wrong", "Unknown", "Inconclusive", "Out of scope")
        yield Grid(header, tuple(_verdicts(name, row, names) for name, row in found))


def _verdicts(name: str, row: Card, names: Titles) -> tuple[str, ...]:
    said = {verdict: number(row, verdict.value) or 0 for verdict in Verdict}
    right = number(row, "attributed_correct") or 0
    title = "Generators it does not know" if name == _UNKNOWN else names.get(name, name)
    counts = (right, said[Verdict.ATTRIBUTED] - right, *(said[verdict] for verdict in list(Verdict)[1:]))
    return title, *(f"{count:,.0f}" for count in counts)


def source_table(test: Card, names: Titles) -> Iterable[Block]:
    """Best guesses and conclusive answers for each source of images."""
    found = tuple(_source(name, row, names) for name, row in parts(part(test, "per_source")))
    if found:
        yield Heading("By source of the images")
        yield Grid(("Class and source", "Images", "Best guess right", "95 % interval", "Conclusive and right"), found)


def _source(name: str, row: Card, names: Titles) -> tuple[str, ...]:
    correct, of = number(row, "correct"), number(row, "n")
    title, _, source = name.partition("/")
    shown = f"{names.get(title, title)} / {source}" if source else name
    if correct is None or not of:
        return shown, f"{of or 0:,.0f}", "–", "–", "–"
    said, hits = number(row, "conclusive"), number(row, "conclusive_correct")
    conclusive = "–" if said is None or hits is None else f"{hits:,.0f} of {said:,.0f}"
    between = interval_text(ends(row, "ci") or wilson(correct, of))
    return shown, f"{of:,.0f}", f"{correct:,.0f} ({share(correct, of)})", between, conclusive


def unknown_table(test: Card) -> Iterable[Block]:
    """How the detector's own test for unknown architectures did."""
    own = part(test, "open_set")
    rows = (
        ("Images of unknown generators that it noticed", part(own, "rejected")),
        ("Images of known classes that it called unknown", part(own, "known_rejected")),
    )
    shown = tuple(
        (caption, counted(row, "n"), f"{count:,.0f} ({share(count, of)})", interval(row, "ci", bare=True))
        for caption, row in rows
        if (count := number(row, "count")) is not None and (of := number(row, "n"))
    )
    if shown:
        yield Heading("The test for unknown architectures")
        yield Grid(("", "Images", "Called unknown", "95 % interval"), shown)


def ratio_table(test: Card, names: Titles) -> Iterable[Block]:
    """What the likelihood ratios of each class cost."""
    found = tuple(
        (names.get(name, name), counted(row, "own"), counted(row, "other"), _cost(row, "cllr"), _cost(row, "cllr_min"))
        for name, row in parts(part(test, "likelihood_ratio"))
    )
    if found:
        yield Heading("Likelihood ratios")
        yield Grid(("Class", "Own images", "Other images", "Cost (Cllr)", "Best it could cost"), found)
        yield Paragraph("0 is perfect, 1 says nothing, above 1 misleads.", quiet=True)


def _cost(row: Card, key: str) -> str:
    value = number(row, key)
    return "–" if value is None else f"{value:.2f}"


def mix_ups(confusion: Card, names: Titles, most: int = 5) -> tuple[str, ...]:
    """The most frequent wrong best guesses as sentences."""
    labels, matrix = confusion.get("labels"), confusion.get("matrix")
    if not isinstance(labels, list | tuple) or not isinstance(matrix, list | tuple):
        return ()
    found = []
    for true, line in zip(map(str, labels), matrix, strict=False):
        counts = [finite(one) or 0.0 for one in line] if isinstance(line, list | tuple) else []
        taken = zip(counts, map(str, labels), strict=False)
        found += [(count, sum(counts), true, other) for count, other in taken if other != true and count > 0]
    found.sort(key=lambda row: -row[0])
    return tuple(
        f"{names.get(true, true)} taken for {names.get(other, other)}: {count:,.0f} of {of:,.0f}"
        for count, of, true, other in found[:most]
    )
