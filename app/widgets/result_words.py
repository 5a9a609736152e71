"""What came of a retraining, parent and new detector side by side, in rows, tables and sentences."""

from __future__ import annotations

from collections.abc import Iterable

from app.widgets.card_fields import Card, ends, number, part, percent, rows, text, texts, wilson
from app.widgets.comparison_words import chance_text
from app.widgets.measurement_words import SINGLE, Titles
from app.widgets.paired_rates import PairedRate, Share
from app.widgets.text_sheet import Block, Bullets, Grid, Heading, Paragraph
from app.wording import class_title, counted

CANNOT = "cannot name it"
_NO_PARENT = "There is no parent to compare with: the new detector was trained from the start."
_ALIKE = (
    "The first two columns rest on the {} that are of classes both can name; an image of an added class is of an "
    "unknown architecture for the parent, so it would not compare."
)
_MOST_SENTENCES = 12
_KNOWN = frozenset({"oscr", "auroc_unknown", "ece", "cllr"})


def summary(result: Card) -> tuple[str, str]:
    """The result in one line, and the set it rests on in sentences."""
    old, parts = part(result, "old_classes"), []
    before, after = _share(part(old, "parent")), _share(part(old, "new"))
    if after is not None:
        was = f" (before: {percent(before.count / before.of)})" if before is not None else ""
        parts.append(f"Old classes: {percent(after.count / after.of)} right{was}")
    added = [share for row in rows(result, "classes") if row.get("added") and (share := _share(part(row, "new")))]
    if added:
        right, of = sum(share.count for share in added), sum(share.of for share in added)
        parts.append(f"{'Added class' if len(added) == 1 else 'Added classes'}: {percent(right / of)} right")
    return ". ".join(parts) or "Nothing could be measured", set_sentence(part(result, "set"))


def set_sentence(told: Card) -> str:
    """Which images the figures rest on."""
    count = int(number(told, "n") or 0)
    return text(told, "words") or f"Measured on {counted(count, 'test image', 'test images')}."


def class_rates(result: Card, titles: Titles) -> tuple[PairedRate, ...]:
    """Share right of each class, the added ones first."""
    found = sorted(rows(result, "classes"), key=lambda row: not row.get("added"))
    return tuple(_class(row, titles) for row in found)


def _class(row: Card, titles: Titles) -> PairedRate:
    added = bool(row.get("added"))
    title, note = class_title(text(row, "name"), titles), "added" if added else ""
    why = CANNOT if added else "no test image"
    return PairedRate(title, _share(part(row, "parent")), _share(part(row, "new")), note, why)


def _share(figure: Card, key: str = "correct") -> Share | None:
    count, of = number(figure, key), number(figure, "n")
    if count is None or not of:
        return None
    return Share(int(count), int(of), *(ends(figure, "ci") or wilson(count, of)))


def headline_rates(result: Card) -> tuple[PairedRate, ...]:
    """The shares that matter most: old classes together, and real photographs conclusively called generated."""
    old, accused = part(result, "old_classes"), part(result, "false_accusation")
    found = (
        PairedRate("Old classes together", _share(part(old, "parent")), _share(part(old, "new")), "best guess right"),
        PairedRate(
            "False accusations",
            _share(part(accused, "parent"), "count"),
            _share(part(accused, "new"), "count"),
            "fewer is better",
        ),
    )
    return tuple(rate for rate in found if rate.first is not None or rate.second is not None)


def figure_blocks(result: Card, first: str, second: str) -> Iterable[Block]:
    """The single figures of both, whether the difference may be chance, and what cannot be known."""
    lines, alike = tuple(_figures(result)), part(result, "alike")
    if lines:
        yield Heading("Other figures")
        yield Grid(("", first, second, *((f"{second}, all images",) if alike else ())), lines)
    if lines and alike:
        yield Paragraph(
            _ALIKE.format(counted(int(number(part(alike, "new"), "n") or 0), "image", "images")), quiet=True
        )
    chance = number(part(result, "old_classes"), "mcnemar_p")
    if chance is not None:
        yield Paragraph(f"Old classes: {chance_text(chance)}")
    if not part(result, "parent"):
        yield Paragraph(_NO_PARENT)
    for title, sentences in (
        ("What these images cannot tell", texts(result, "unknowable")),
        ("Files that could not be used", texts(result, "skipped")),
    ):
        if sentences:
            yield Heading(title)
            yield Bullets(sentences[:_MOST_SENTENCES])
        if len(sentences) > _MOST_SENTENCES:
            yield Paragraph(f"{len(sentences) - _MOST_SENTENCES:,} more are not shown here.", quiet=True)


def _figures(result: Card) -> Iterable[tuple[str, ...]]:
    """By figure: both detectors on the same images, and the new one on all; without a parent only the latter."""
    alike = part(result, "alike")
    for key, caption, meaning in SINGLE:
        on_all = pair(result, key)
        shown = on_all
        if alike:
            shown = number(part(alike, "parent"), key), number(part(alike, "new"), key)
        shown += (on_all[1],) if alike else ()
        if any(value is not None for value in shown):
            yield (f"{caption} – {meaning}", *("–" if value is None else f"{value:.2f}" for value in shown))


def pair(result: Card, key: str) -> tuple[float | None, ...]:
    """One figure of both detectors."""
    if key in _KNOWN and part(result, key):
        return number(part(result, key), "parent"), number(part(result, key), "new")
    return number(part(result, "parent"), key), number(part(result, "new"), key)


def robustness_rates(result: Card) -> tuple[PairedRate, ...]:
    """Best guesses right after each processing."""
    steps = rows(part(result, "robustness"), "steps")
    return tuple(PairedRate(text(row, "name"), _share(part(row, "parent")), _share(part(row, "new"))) for row in steps)


def robustness_sentence(result: Card) -> str:
    """On how many images the processings were tried, or why on none."""
    told = part(result, "robustness")
    if text(told, "words"):
        return text(told, "words")
    if not rows(told, "steps"):
        return "No test image is at hand as a file, so other processing could not be tried."
    images = counted(int(number(told, "n") or 0), "test image", "test images")
    return f"Best guesses right after each processing, tried on {images}; of each detector on those that it can name."


def confusions(result: Card) -> tuple[Card, Card]:
    """Which class was called which, of both detectors."""
    both = part(result, "confusion")
    of_parent, of_new = (part(both, key) or part(part(result, key), "confusion") for key in ("parent", "new"))
    return of_parent, of_new
