"""A detector's card in words a newcomer can read; whatever is missing from a card is said to be missing."""

from __future__ import annotations

from collections.abc import Iterable

from app.widgets.card_fields import Card, counted, number, part, rows, text, texts, titles
from app.widgets.descent_words import FIXED, accepted_lines, descent_facts, gate_lines, gate_sentence
from app.widgets.measurement_words import measured_sets, summary_blocks
from app.widgets.text_sheet import Block, Bullets, Facts, Heading, Paragraph
from app.widgets.validation_words import (
    calibration_blocks,
    cross_validation_blocks,
    open_set_blocks,
    ratio_blocks,
    scope_blocks,
)
from core.domain import DetectorSummary

_NOT_MEASURED = "Nothing was measured, or the card does not say so. Until it is measured, treat what it says as a hint."
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
        *(() if summary.problem else _recipe(summary.card)),
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
        *scope_blocks(card),
        *open_set_blocks(card),
        *ratio_blocks(card, titles(card)),
        *calibration_blocks(card),
        *_retraining(card),
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
    if text(summary.card, "notes") and not summary.problem:
        yield Paragraph(text(summary.card, "notes"), quiet=True)


def _measured(card: Card) -> Iterable[Block]:
    tests = measured_sets(card)
    if not tests:
        yield Paragraph(_NOT_MEASURED, strong=True)
    for test in tests:
        yield from summary_blocks(test, titles(card))
    yield from cross_validation_blocks(card)


def _classes(summary: DetectorSummary) -> Iterable[Block]:
    described = tuple(
        (text(row, "title") or text(row, "name"), text(row, "description") or "–")
        for row in rows(summary.card, "classes")
    )
    yield Facts(described or tuple((name, "–") for name in summary.classes))
    knows_strangers = bool(text(part(summary.card, "open_set"), "method"))
    yield Paragraph(
        "It knows nothing else. An image of another generator still gets scores for these"
        + ("; the test for unknown architectures is there to notice that." if knows_strangers else "."),
        quiet=True,
    )


def _threshold(card: Card) -> str:
    threshold = part(card, "threshold")
    value, accusing = number(threshold, "value"), number(threshold, "accusing")
    if value is None:
        return "The card gives no threshold."
    words = f"The highest score must reach {value:.2f}; under that the verdict is inconclusive."
    if value >= 1:
        words = "No score is enough: it was never calibrated, and every verdict is inconclusive."
    elif accusing is not None:
        words = (
            f"The highest score must reach {value:.2f}, and {accusing:.2f} before an image is called generated; "
            "under that the verdict is inconclusive."
        )
    if text(threshold, "rule"):
        words += f" Rule: {text(threshold, 'rule').rstrip('.')}."
    if accusing is not None and text(threshold, "accusing_rule"):
        words += f" {text(threshold, 'accusing_rule').rstrip('.')}."
    if text(threshold, "set"):
        images = f" ({counted(threshold, 'n')} images)" if number(threshold, "n") else ""
        words += f" Set on “{text(threshold, 'set')}”{images}."
    return words


def _limits(card: Card) -> Iterable[Block]:
    sentences = texts(card, "limits")
    yield Heading("Where it fails")
    yield (
        Bullets(sentences)
        if sentences
        else Paragraph("The card names no limits, which does not mean that it has none.")
    )


def _retraining(card: Card) -> Iterable[Block]:
    made = part(card, "retraining")
    if not made:
        return
    yield Heading("How it was made from its parent")
    yield Facts(descent_facts(made), FIXED)
    if accepted := accepted_lines(made):
        yield Paragraph("Warnings of the checks that were accepted:")
        yield Bullets(accepted)
    yield Heading("Its gate", level=3)
    yield Paragraph(gate_sentence(made), strong=part(made, "gate").get("passed") is not True)
    if demands := gate_lines(made):
        yield Bullets(demands)


def _trained(card: Card) -> Iterable[Block]:
    trained = part(card, "trained")
    versions = ", ".join(f"{name} {version}" for name, version in part(trained, "versions").items())
    recipe = text(trained, "recipe")
    facts = (
        ("Images", counted(trained, "images")),
        ("Held out", counted(trained, "held_out_images")),
        ("Patches seen", counted(trained, "patches")),
        ("Sources", ", ".join(texts(trained, "sources"))),
        ("Date", text(trained, "date")),
        ("Recipe", "at the end of this card" if "\n" in recipe else recipe),
        ("Time", _duration(number(trained, "seconds"))),
        ("Device", text(trained, "device")),
        ("Versions", versions),
        ("Data digest", text(trained, "data_digest")),
    )
    known = tuple(fact for fact in facts if fact[1])
    yield Facts(known, frozenset({"Data digest"})) if known else Paragraph("The card does not say.")


def _recipe(card: Card) -> Iterable[Block]:
    recipe = text(part(card, "trained"), "recipe")
    if "\n" in recipe:
        yield Heading("The recipe it was trained with")
        yield Paragraph(recipe.strip(), quiet=True)


def _preprocess(preprocess: Card) -> str:
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
    facts = (
        ("Name", f"{summary.reference.name} {summary.reference.version}".strip()),
        ("Path", str(summary.path)),
        ("SHA-256", summary.reference.digest),
        ("Signature", summary.signature),
        ("Licence", text(summary.card, "licence")),
        ("Made from", "\n".join(texts(summary.card, "lineage"))),
    )
    return Facts(tuple(fact for fact in facts if fact[1]), frozenset({"SHA-256", "Made from"}))


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.0f} minutes"
