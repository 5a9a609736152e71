"""`explain`: what is refused before the work, and what is a failure after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from core.errors import AnswerHidden, CoreError
from core.paths import CASE_SUFFIX
from core.services.workspace import Workspace


def require_case(exhibit: str | None, target_path: Path) -> None:
    """Refuse an exhibit of something that is no case."""
    if exhibit is not None and target_path.suffix != CASE_SUFFIX:
        raise typer.BadParameter(f"Only a case (NAME{CASE_SUFFIX}) has exhibits.", param_hint="--exhibit")


def require_class(workspace: Workspace, target: str | None, detector: str | None) -> None:
    """Refuse a class that the detector, or without one every detector at hand, does not know."""
    if target is None:
        return
    asked = workspace.detectors.all() if detector is None else (workspace.detectors.find(detector),)
    known = list(dict.fromkeys(name for one in asked for name in one.classes))
    if target not in known:
        raise typer.BadParameter(f"{target!r} is none of {', '.join(known)}.", param_hint="--target")


def require_explained(rows: Sequence[Mapping[str, Any]], out: Path) -> None:
    """Raise if nothing could be explained: one exhibit's own reason, or where the reasons of several are."""
    if any(not row["reason"] for row in rows):
        return
    hidden = all("hidden" in row for row in rows)
    many = f"None of the {len(rows)} exhibits could be explained. The reasons are in {out / 'explanation.json'}."
    raise (AnswerHidden if hidden else CoreError)(rows[0]["reason"] if len(rows) == 1 else many)
