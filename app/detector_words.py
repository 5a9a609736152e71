"""The words the verbs print about detectors: lists, cards and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.console import table_text
from core.domain import DetectorSummary

_SINGLE = (
    ("macro_f1", "Macro F1"),
    ("oscr", "OSCR"),
    ("auroc_unknown", "AUROC known/unknown"),
    ("ece", "calibration error"),
    ("cllr", "Cllr"),
)


def detector_rows(summaries: Sequence[DetectorSummary]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Headings and cells of the list of detectors."""
    cells = [
        (
            one.reference.name,
            one.reference.version or "-",
            one.reference.digest[:12] or "-",
            str(len(one.classes)),
            one.problem or str(one.card.get("title", "")),
        )
        for one in summaries
    ]
    return ("name", "version", "digest", "classes", "about"), cells


def card_text(summary: DetectorSummary) -> str:
    """A card to read on a terminal: what it names, its threshold, its figures, its limits."""
    card = summary.card
    lines = [
        f"{card.get('title') or summary.reference.name} ({summary.reference.name} {summary.reference.version})",
        str(card.get("summary", "")),
        f"Digest {summary.reference.digest}",
        "",
        "It can name:",
        *(f"  {row['name']}: {row.get('description') or row.get('title', '')}" for row in card["classes"]),
        "",
        f"Threshold {card['threshold']['value']}: {card['threshold'].get('rule', '')}",
    ]
    for measured in card["measured"]:
        lines += ["", f"Measured on {measured.get('set')} ({measured.get('date')}):", figures_text(measured, ())]
    return "\n".join([*lines, "", "Limits:", *(f"  {limit}" for limit in card.get("limits", []))])


def figures_text(figures: Mapping[str, Any], skipped: Sequence[str]) -> str:
    """The figures of a test, false accusations first, with 95 % intervals."""
    lines = [
        _counted("Real called generated", figures["false_accusation"], "count", "rate"),
        _counted("Conclusive answers right", figures["conclusive"], "correct", "accuracy"),
        f"Top class right: {_percent(figures['accuracy'])} of {figures['n']} {_interval(figures['accuracy_ci'])}",
        _counted("Unknown architectures given a name", figures["unknown"], "attributed", "rate"),
        " · ".join(f"{caption} {_number(figures[key])}" for key, caption in _SINGLE),
        "",
    ]
    rows = [
        (source, str(row["n"]), str(row["correct"]), f"{row['conclusive_correct']} of {row['conclusive']}")
        for source, row in sorted(figures["per_source"].items())
    ]
    lines.append(table_text(("source", "images", "top class right", "conclusive right"), rows))
    return "\n".join([*lines, *(["Skipped:", *(f"  {line}" for line in skipped)] if skipped else [])])


def _counted(caption: str, row: Mapping[str, Any], count_key: str, share_key: str) -> str:
    return f"{caption}: {row[count_key]} of {row['n']}, {_percent(row[share_key])} {_interval(row['ci'])}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _interval(ci: Sequence[float]) -> str:
    return f"(95 % interval {ci[0]:.1%} to {ci[1]:.1%})"
