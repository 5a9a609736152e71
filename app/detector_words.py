"""The words the verbs print about detectors: lists, figures, comparisons and tables of folds.

Figures may come from the card of a stranger's file, so whatever is missing or of another kind is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.console import table_text, visible
from app.widgets.card_fields import Card, counted, ends, number, numbers, part, parts, rows, text, texts, wilson
from core.domain import DetectorSummary

_SINGLE = (
    ("macro_f1", "Mean F1 over the classes present (1 is perfect)"),
    ("ece", "Expected calibration error: how far scores lie from the share that is right, on average (0 is perfect)"),
    ("cllr", "Cllr of the scores (0 perfect, 1 says nothing, above 1 misleads)"),
    ("auroc_unknown", "AUROC, known against unknown by the top score (0.5 is chance, 1 perfect)"),
    ("oscr", "OSCR by the top score: known ones named rightly while unknown ones get no name (1 is perfect)"),
    ("tnr_at_95_tpr", "Share of unknown images rejected where 95 % of the known ones pass"),
)
_SIDE_BY_SIDE = (
    ("macro_f1", "Mean F1"),
    ("ece", "Calibration error"),
    ("cllr", "Cllr"),
    ("auroc_unknown", "AUROC known/unknown"),
    ("oscr", "OSCR"),
)
_PAIRED = (("both", "by both"), ("only_a", "by A only"), ("only_b", "by B only"), ("neither", "by neither"))
_DIFFERING_SHOWN = 20
_CHANCE = 0.05


def detector_rows(summaries: Sequence[DetectorSummary]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Headings and cells of the list of detectors."""
    cells = [
        (
            one.reference.name,
            one.reference.version or "-",
            one.reference.digest[:12] or "-",
            str(len(one.classes)),
            one.problem or text(one.card, "title"),
        )
        for one in summaries
    ]
    return ("name", "version", "digest", "classes", "about"), cells


def figures_text(figures: Card, skipped: Sequence[str]) -> str:
    """The figures of a test, false accusations first, with 95 % intervals."""
    verdicts = ", ".join(f"{value:.0f} {name}" for name, value in numbers(part(figures, "verdicts")))
    lines = [
        *seen_lines(figures),
        share_line("Real called generated", part(figures, "false_accusation"), "count"),
        share_line("Conclusive answers right", part(figures, "conclusive"), "correct"),
        f"Top class right: {_accuracy(figures)}",
        *_unknown_lines(figures),
        *([f"Verdicts: {verdicts}"] if verdicts else []),
        *(f"{caption}: {shown(value)}" for key, caption in _SINGLE if (value := number(figures, key)) is not None),
        *_ratio_lines(part(figures, "likelihood_ratio")),
        *_source_lines(part(figures, "per_source")),
        *skipped_lines(skipped),
    ]
    return "\n".join(lines)


def seen_lines(figures: Card) -> Iterator[str]:
    """A first line that nobody can overlook where a test set was not new to the detector."""
    if seen := texts(figures, "on_training_sources"):
        yield f"NOT A FAIR TEST: training has seen {', '.join(map(visible, seen))}; the figures flatter the detector."


def comparison_text(found: Card) -> str:
    """Two detectors side by side, what the pairing says, sources, and the images they disagree about."""
    a, b, paired = part(found, "a"), part(found, "b"), part(found, "paired")
    figures = [
        ("Real called generated", *(share_text(part(one, "false_accusation"), "count") for one in (a, b))),
        ("Conclusive answers right", *(share_text(part(one, "conclusive"), "correct") for one in (a, b))),
        ("Top class right", *(_accuracy(one) for one in (a, b))),
        *((caption, shown(number(a, key)), shown(number(b, key))) for key, caption in _SIDE_BY_SIDE),
    ]
    sources = [
        (text(row, "source"), counted(row, "n"), counted(row, "a"), counted(row, "b")) for row in rows(found, "sources")
    ]
    counts = [f"{words} {counted(paired, key)}" for key, words in _PAIRED]
    return "\n".join(
        [
            *seen_lines(found),
            table_text(("", f"A: {_reference(a)}", f"B: {_reference(b)}"), figures),
            "",
            f"Top class right: {', '.join(counts)}. {_chance(number(paired, 'mcnemar_p'))}",
            "",
            table_text(("source", "images", "A right", "B right"), sources),
            *_differing_lines(rows(found, "differing")),
            *skipped_lines(texts(found, "skipped")),
        ]
    )


def calibrated_text(summary: DetectorSummary, images: int, skipped: Sequence[str], dropped: Sequence[str]) -> str:
    """What calibrating anew changed, and what it made void."""
    value, reference = number(part(summary.card, "threshold"), "value"), summary.reference
    found = "no threshold is good enough" if value is None or value >= 1 else f"its threshold is {value:g}"
    lines = [f"Calibrated {reference.name} on {images} images: {found}. Its digest is {reference.digest[:12]} now."]
    if dropped:
        lines.append(f"Figures measured before left the card: {', '.join(map(visible, dropped))}. Measure again.")
    return "\n".join([*lines, *skipped_lines(skipped)])


def share_line(caption: str, row: Card, key: str) -> str:
    """A count of a whole with its share and interval, after what was counted."""
    return f"{caption}: {share_text(row, key) if number(row, 'n') else 'none to count'}"


def share_text(row: Card, key: str) -> str:
    """Words like "3 of 128, 2.3% (95 % interval 0.8% to 6.7%)"; a dash where nothing was counted."""
    count, of = number(row, key), number(row, "n")
    if count is None or not of:
        return "-"
    low, high = ends(row, "ci") or wilson(count, of)
    return f"{count:.0f} of {of:.0f}, {count / of:.1%} (95 % interval {low:.1%} to {high:.1%})"


def shown(value: float | None) -> str:
    """A figure with two decimals, or a dash."""
    return "-" if value is None else f"{value:.2f}"


def shown_percent(value: float | None) -> str:
    """A share in per cent, or a dash."""
    return "-" if value is None else f"{value:.1%}"


def skipped_lines(skipped: Sequence[str]) -> Iterator[str]:
    """The files that could not be read, a line each."""
    if skipped:
        yield "Skipped:"
        yield from (f"  {visible(line)}" for line in skipped)


def _accuracy(figures: Card) -> str:
    both = ends(figures, "accuracy_ci")
    interval = f" (95 % interval {both[0]:.1%} to {both[1]:.1%})" if both else ""
    return f"{shown_percent(number(figures, 'accuracy'))} of {counted(figures, 'n') or '?'}{interval}"


def _unknown_lines(figures: Card) -> Iterator[str]:
    unknown, test = part(figures, "unknown"), part(figures, "open_set")
    if number(unknown, "n"):
        yield share_line("Unknown architectures given a name", unknown, "attributed")
    if test:
        yield share_line("Unknown architectures recognised as unknown", part(test, "rejected"), "count")
        yield share_line("Known ones called unknown", part(test, "known_rejected"), "count")
        yield f"By the detector's own test: AUROC {shown(number(test, 'auroc'))}, OSCR {shown(number(test, 'oscr'))}"


def _ratio_lines(classes: Card) -> Iterator[str]:
    cells = [f"{name} {shown(number(row, 'cllr'))} ({shown(number(row, 'cllr_min'))})" for name, row in parts(classes)]
    if cells:
        yield f"Cllr of the likelihood ratios (in brackets: with perfect calibration): {', '.join(cells)}"


def _source_lines(sources: Card) -> Iterator[str]:
    cells = [
        (
            name,
            counted(row, "n"),
            counted(row, "correct"),
            f"{counted(row, 'conclusive_correct') or '-'} of {counted(row, 'conclusive') or '-'}",
        )
        for name, row in sorted(parts(sources))
    ]
    if cells:
        yield ""
        yield table_text(("source", "images", "top class right", "conclusive right"), cells)


def _differing_lines(differing: Sequence[Card]) -> Iterator[str]:
    yield ""
    if not differing:
        yield "Their verdicts agree on every image."
        return
    yield f"Verdicts differ on {len(differing)} images:"
    for row in differing[:_DIFFERING_SHOWN]:
        yield f"  {visible(text(row, 'path'))}: A {_answer(part(row, 'a'))}, B {_answer(part(row, 'b'))}"
    if len(differing) > _DIFFERING_SHOWN:
        yield f"  and {len(differing) - _DIFFERING_SHOWN} more; --json lists all."


def _answer(said: Card) -> str:
    architecture = text(said, "architecture")
    return " ".join(filter(None, (text(said, "verdict"), f"({architecture})" if architecture else "")))


def _chance(p: float | None) -> str:
    if p is None:
        return ""
    size = f"{p:.2g}" if p >= 0.001 else "less than 0.001"
    words = "the difference may well be chance" if p >= _CHANCE else "chance alone seldom gives such a difference"
    return (
        f"McNemar's exact test: p = {size}; {words}. Images of one source are not independent of one another, so read "
        "it with the table of sources."
    )


def _reference(figures: Card) -> str:
    reference = part(figures, "detector")
    return f"{text(reference, 'name')} {text(reference, 'version')} ({text(reference, 'digest')[:8]})"
