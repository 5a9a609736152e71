"""`analyze --robustness`: the checks as parts of the rows that the verb gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from app.console import plain
from core.domain import Verdict
from core.errors import CoreError
from core.examine import Robustness
from core.progress import Progress
from core.services.workspace import Workspace
from core.survival import PRESETS, curves_of, survived, survives

Row = dict[str, Any]
_OUT_OF_SCOPE = "The exhibit is out of scope, so there is no answer to check."
_MEANWHILE = "It was not checked: its finding was made while others were checked. Run the verb again."
_STANDARD = PRESETS[0].name


def _preset(name: str | None) -> str | None:
    if name is not None and name not in [preset.name for preset in PRESETS]:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(preset.name for preset in PRESETS)}.")
    return name


Wished = Annotated[
    bool, typer.Option("--robustness", help="Then check how far each answer survives JPEG, resizing, blur and more.")
]
PresetName = Annotated[
    str | None,
    typer.Option("--preset", help="With --robustness: standard, yu2019 or dnadet2021.", callback=_preset),
]


def require_wished(preset: str | None, *, wished: bool) -> None:
    """Refuse a preset for a check that nobody asked for."""
    if preset is not None and not wished:
        raise typer.BadParameter("It needs --robustness.", param_hint="--preset")


def with_robustness(
    workspace: Workspace,
    rows: Sequence[Row],
    *,
    preset: str | None,
    detector: str | None,
    device: str,
    progress: Progress,
) -> list[Row]:
    """Check what is not checked yet, and add each exhibit's check of this preset to its row."""
    preset = preset or _STANDARD
    failed = workspace.robustness.run_missing(preset, detector=detector, device=device, progress=progress).value
    return [{**row, "robustness": _of_row(workspace, row, preset, failed)} for row in rows]


def require_made(rows: Sequence[Row]) -> None:
    """Raise if an answer that there was could not be checked; without an answer there is nothing to check."""
    checks = [row["robustness"] for row in rows if row.get("robustness") and row["scores"]]
    failed = sum(bool(check["reason"]) for check in checks)
    if failed:
        raise CoreError(f"{failed} of {len(checks)} robustness checks could not be made.")


def robustness_part(preset: str, made: Robustness | None, reason: str) -> Row:
    """What the JSON says of one check; without one `reason` says why."""
    return {
        "preset": preset,
        "steps": plain(made.steps) if made else [],
        "survived": survived(made) if made else None,
        "survives": {curve: survives(made, curve) for curve in curves_of(made)} if made else {},
        "reason": reason,
    }


def _of_row(workspace: Workspace, row: Row, preset: str, failed: Mapping[int, str]) -> Row | None:
    exhibit = workspace.exhibits.find(row["sha256"]) if row["state"] == "analyzed" else None
    if exhibit is None:
        return None
    if row["verdict"] == Verdict.OUT_OF_SCOPE.value:
        return robustness_part(preset, None, _OUT_OF_SCOPE)
    made = workspace.robustness.latest(exhibit.id, detector=row["detector"]["digest"], preset=preset)
    return robustness_part(preset, made, "" if made else failed.get(exhibit.id, _MEANWHILE))
