"""A detector's card to read on a terminal; whatever a card does not say is said to be missing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.console import visible
from app.detector_words import figures_text, shown_percent
from app.fold_words import architectures_text, folds_text
from app.widgets.card_fields import Card, counted, number, numbers, part, parts, rows, text, texts
from app.widgets.descent_words import accepted_lines, descent_facts, gate_lines, gate_sentence
from core.domain import DetectorSummary

_WIDTH = 110
_GENERATIONS = 20
_METHODS = {
    "knn": "cosine distance to the nearest features known",
    "mahalanobis": "Mahalanobis distance to the nearest class",
    "energy": "energy of the logits",
    "max logit": "largest logit",
}
_SCOPE = (
    ("smallest_side", "shorter side at least {:.0f} px"),
    ("largest_side", "longer side at most {:.0f} px"),
    ("jpeg_quality_low", "JPEG quality at least {:.0f}"),
    ("flat_deviation", "grey levels vary by at least {:.1f} (standard deviation)"),
)


def card_text(summary: DetectorSummary) -> str:
    """What it names, when it is sure, how often it is wrong, what it was trained on, and where it fails."""
    card = summary.card
    limits = texts(card, "limits") or ("The card names none, which does not mean that there are none.",)
    lines = [
        f"{text(card, 'title') or summary.reference.name} ({summary.reference.name} {summary.reference.version})",
        *filter(None, [text(card, "summary"), text(card, "notes")]),
        f"Digest {summary.reference.digest}",
        *filter(None, [summary.signature]),
        "",
        "It can name:",
        *(f"  {text(row, 'name')}: {text(row, 'description') or text(row, 'title')}" for row in rows(card, "classes")),
        "",
        *_threshold(part(card, "threshold")),
        _calibration(part(card, "calibration")),
        *_ratios(part(card, "likelihood_ratio")),
        *_open_set(part(card, "open_set")),
        _scope(part(card, "scope")),
        "",
        *_measured(card),
        *_folds(part(card, "cross_validated")),
        *_descent(part(card, "retraining")),
        *_origin(card),
        "",
        "Limits:",
        *(f"  {limit}" for limit in limits),
    ]
    return "\n".join(visible_lines("\n".join(lines)))


def visible_lines(words: str) -> Iterator[str]:
    """A card may come from a stranger: control characters in its texts do not reach the terminal."""
    yield from map(visible, words.split("\n"))


def _threshold(threshold: Card) -> Iterator[str]:
    value, accusing, rule = number(threshold, "value"), number(threshold, "accusing"), text(threshold, "rule")
    if value is None or value >= 1:
        yield f"Threshold: none, so every answer is inconclusive. {rule}".rstrip()
        return
    yield f"Threshold {value:g}: {rule}"
    if accusing is not None:
        yield f"Threshold {accusing:g} for calling an image generated: {text(threshold, 'accusing_rule')}"


def _calibration(given: Card) -> str:
    names = {"net": "network", "spectrum": "residual spectrum"}
    voices = [f"{names[key]} × {value:.3g}" for key, value in numbers(given) if key in names]
    if not voices:
        return "Calibration: none; the scores are the network's own."
    return f"Calibration: {' + '.join(voices)}, set on {counted(given, 'n') or '?'} images ({text(given, 'set')})."


def _ratios(given: Card) -> Iterator[str]:
    classes = list(parts(part(given, "classes")))
    if not classes:
        yield "Likelihood ratios: none; no validation supports any, and a score is not one."
        return
    yield f"Likelihood ratios for each class against {text(given, 'against').rstrip('.') or 'the others'}:"
    for name, row in classes:
        yield f"  {name}: {_ratio(row)}"


def _ratio(row: Card) -> str:
    low, high = number(row, "floor"), number(row, "ceiling")
    if low is None or high is None:
        return f"none. {text(row, 'why_not')}".rstrip()
    own, other = (
        f"{counted(row, f'{side}_images')} images of {counted(row, f'{side}_sources')} sources"
        for side in ("own", "other")
    )
    return f"between {low:.3g} and {high:.3g}; validated on {own} of it and {other} of others"


def _open_set(test: Card) -> Iterator[str]:
    method = text(test, "method")
    if not method:
        why = text(test, "why_not") or "An image of one is given a known name or is inconclusive."
        yield f"Unknown architectures: no test. {why}"
        return
    kept = shown_percent(number(test, "true_positive_rate"))
    yield (
        f"Unknown architectures: {_METHODS.get(method, method)}; its limit lets {kept} of known images pass "
        f"({text(test, 'set')}, {counted(test, 'n') or '?'} images)."
    )
    for name, row in parts(part(test, "compared")):
        yield f"  {name}: {', '.join(f'{key} {value:.2f}' for key, value in numbers(row))}"
    if part(test, "compared"):
        yield f"  {text(test, 'compared_by')}"


def _scope(scope: Card) -> str:
    limits = [words.format(value) for key, words in _SCOPE if (value := number(scope, key)) is not None]
    return f"Scope: {'; '.join(limits) or 'not limited'}."


def _measured(card: Card) -> Iterator[str]:
    if not rows(card, "measured"):
        yield "Measured: never. Its error rates are unknown."
    for measured in rows(card, "measured"):
        yield f"Measured on {text(measured, 'set') or 'an unnamed set'} ({text(measured, 'date')}):"
        yield figures_text(measured, ())
        yield from _again(measured)


def _folds(given: Card) -> Iterator[str]:
    for table, words in ((given, folds_text), (part(given, "architectures"), architectures_text)):
        if rows(table, "rows"):
            yield words(table)
            whose = "this detector's recipe" if table.get("own_recipe") is True else "another recipe or length"
            yield f"Trained with {whose} for {counted(table, 'steps') or '?'} steps each, {text(table, 'date')}."
            yield from _again(table)


def _again(given: Card) -> Iterator[str]:
    if text(given, "command"):
        yield f"Again with: {text(given, 'command')}"
    yield ""


def _descent(made: Card) -> Iterator[str]:
    if not made:
        return
    yield "Made from another detector:"
    yield from (f"  {caption}: {'; '.join(words.splitlines())}" for caption, words in descent_facts(made))
    yield from (f"  Accepted warning: {line}" for line in accepted_lines(made))
    yield f"  Gate: {gate_sentence(made)}"
    yield from (f"    {line}" for line in gate_lines(made))
    yield ""


def _origin(card: Card) -> Iterator[str]:
    converted, trained = part(card, "converted"), part(card, "trained")
    if converted:
        file, digest = text(converted, "file"), text(converted, "sha256")
        yield f"Converted {text(converted, 'date')} from {file} (SHA-256 {digest})."
    if not trained:
        yield "Training: the card does not say what it was trained on."
    caption = "Trained"
    for _ in range(_GENERATIONS):
        if not trained:
            break
        yield from _training(trained, caption)
        caption, trained = "Its parent was trained", part(trained, "parent")
    if calibrated := part(card, "calibrated_on"):
        yield f"Calibrated {text(calibrated, 'date')} on {', '.join(texts(calibrated, 'sources'))}."
        yield f"  data {text(calibrated, 'data_digest')}. Again with: {text(calibrated, 'command')}"
    if lineage := texts(card, "lineage"):
        yield f"Lineage: {', '.join(lineage)}"


def _training(trained: Card, caption: str) -> Iterator[str]:
    images, held = counted(trained, "images"), counted(trained, "held_out_images")
    yield (
        f"{caption} {text(trained, 'date')} on {images or '?'} images ({held or '?'} held out) for "
        f"{counted(trained, 'steps') or '?'} steps: {counted(trained, 'patches') or '?'} patches, "
        f"{counted(trained, 'seconds') or '?'} s on {text(trained, 'device')}."
    )
    yield f"  data {text(trained, 'data_digest')}, recipe {text(trained, 'recipe_digest')}"
    if sources := texts(trained, "sources"):
        words = f"sources: {', '.join(sources)}"
        yield from textwrap.wrap(
            words, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False, break_long_words=False
        )
