"""Tables of leaving one source, or one architecture, out, in words for a terminal."""

from __future__ import annotations

from app.console import table_text
from app.detector_words import share_line, share_text, shown, shown_percent
from app.widgets.card_fields import Card, counted, number, part, parts, rows, text


def folds_text(table: Card) -> str:
    """A leave-one-source-out table, the means, and the false alarms of every class."""
    cells = [
        (
            text(row, "held"),
            counted(row, "n"),
            share_text(row, "correct"),
            share_text(part(row, "conclusive"), "correct"),
        )
        for row in rows(table, "rows")
    ]
    alarms = [
        (name, counted(row, "sources"), share_text(part(row, "false_alarms"), "count"))
        for name, row in sorted(parts(part(table, "classes")), key=lambda pair: number(pair[1], "sources") or 0)
    ]
    by_source, by_class = (shown_percent(number(table, f"accuracy_by_{what}")) for what in ("source", "class"))
    return "\n".join(
        [
            "Each source in turn kept out of training altogether, then tested on:",
            table_text(("source left out", "images", "top class right", "conclusive answers right"), cells),
            "",
            f"Top class right, mean over the sources: {by_source}; over their classes: {by_class}",
            share_line("Real called generated", part(table, "false_accusation"), "count"),
            share_line("Conclusive answers right", part(table, "conclusive"), "correct"),
            "",
            "False alarms: conclusive answers that name a class the image is not of. For a class with one source,",
            "which cannot be left out, they are the only measure.",
            table_text(("class", "sources", "false alarms"), alarms),
        ]
    )


def architectures_text(table: Card) -> str:
    """A leave-one-architecture-out table with its means."""
    cells = [
        (
            text(row, "held"),
            counted(row, "n"),
            shown(number(row, "auroc")),
            shown(number(row, "oscr")),
            shown_percent(number(row, "tnr_at_95_tpr")),
            share_text(part(row, "attributed"), "count"),
        )
        for row in rows(table, "rows")
    ]
    heads = ("architecture left out", "images", "AUROC", "OSCR", "rejected at 95 % kept", "given a name all the same")
    return "\n".join(
        [
            "Each architecture in turn kept out of training altogether, so that its images are of an unknown one:",
            table_text(heads, cells),
            "",
            f"Mean over architectures: AUROC {shown(number(table, 'auroc'))}, OSCR {shown(number(table, 'oscr'))}",
        ]
    )
