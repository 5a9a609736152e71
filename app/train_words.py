"""What the checks of a training say on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.retraining import CheckFinding, Severity

_HEADS = {Severity.STOP: "Stop", Severity.WARNING: "Warning", Severity.NOTE: "Note"}
_ORDER = tuple(_HEADS)


def checks_text(findings: Iterable[CheckFinding]) -> str:
    """Every finding with its advice, the gravest first."""
    ordered = sorted(findings, key=lambda one: _ORDER.index(one.severity))
    return "\n".join(f"{_HEADS[one.severity]}: {one.sentence} {one.advice}".rstrip() for one in ordered)


def hindrance_text(hindrances: Sequence[CheckFinding]) -> str:
    """Why nothing was trained, and the way out."""
    if any(one.severity is Severity.STOP for one in hindrances):
        return "Nothing was trained: deal with what says Stop, or leave images out with --left-out FILE."
    return (
        'Nothing was trained. Deal with the warnings, or go on in spite of them with --go-on "REASON", which the card '
        "keeps."
    )
