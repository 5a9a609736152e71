"""Where a new detector comes from, what its signature is worth, and what could stand on its card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.descent import Ancestor
from core.retraining import CardWishes, Draft, GoalKind

if TYPE_CHECKING:
    from core.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Origin:
    """The line of descent, youngest first, and the signature on the card in a sentence."""

    line: tuple[Ancestor, ...] = ()
    signature: str = ""


def origin_of(workspace: Workspace, detector: Path) -> Origin:
    """Read cards and signature; for a worker thread."""
    from core.services.lineage import lineage_at_hand

    line = lineage_at_hand(workspace.detectors.find(str(detector)), workspace.detectors)
    return Origin(line, workspace.activation.signature_of(detector).sentence)


def suggested(draft: Draft, examiner: str) -> CardWishes:
    """The parent's name with the next version, and who is at work."""
    parent = draft.parent
    if parent is None:
        return replace(draft.card, trained_by=draft.card.trained_by or examiner)
    return CardWishes(parent.name, _next(parent.version), "", _purpose(draft), "", examiner)


def _next(version: str) -> str:
    """The version after one: its last number plus one."""
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdecimal() else f"{version}.1" if version else "2"


def _purpose(draft: Draft) -> str:
    parent = draft.parent
    named = f"{parent.name} {parent.version}".strip() if parent is not None else ""
    if draft.goal is GoalKind.ADD and draft.added:
        return f"{named}, taught to name {', '.join(draft.added)} as well."
    return f"{named} with its calibration refreshed." if draft.goal is GoalKind.CALIBRATE else ""
