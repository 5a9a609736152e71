"""The verb that repeats findings from their records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.console import console_progress, table_text, visible, write_json
from app.exhibit_wishes import chosen_exhibits
from app.verb_options import DeviceName, Json, Quiet, open_workspace, say
from core.custody import Repetition, Rerun
from core.errors import CoreError

_SHA_SHOWN = 12


def rerun(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A NAME.dnacase folder.")],
    exhibit: Annotated[
        list[str] | None, typer.Option(help="SHA-256 of an exhibit, or its beginning; may be repeated. Default: all.")
    ] = None,
    detector: Annotated[str | None, typer.Option(help="Only findings of this detector: name, digest or file.")] = None,
    device: DeviceName = "cpu",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Repeat findings from their record: equal, within tolerance, or different (exit 1)."""
    with open_workspace(case) as workspace:
        ids = chosen_exhibits(workspace, exhibit) if exhibit else None
        progress = console_progress(quiet=quiet)
        made = workspace.rerun.run(ids, detector=detector, device=device, progress=progress).value
        write_json(json_file, made)
        say(reruns_text(made), json_file, quiet=quiet)
    if any(one.outcome is Repetition.DIFFERENT for one in made):
        raise typer.Exit(1)
    if failed := [one for one in made if one.outcome is Repetition.NOT_REPEATED]:
        raise CoreError(f"{len(failed)} of {len(made)} findings could not be repeated. {failed[0].sentence}")


def reruns_text(made: tuple[Rerun, ...]) -> str:
    """How many of each outcome, and a line for every finding."""
    if not made:
        return "The case has no finding that could be repeated."
    counts = {outcome: sum(one.outcome is outcome for one in made) for outcome in Repetition}
    head = ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items() if count)
    rows = [(one.exhibit_sha256[:_SHA_SHOWN], one.outcome.value, visible(one.sentence)) for one in made]
    return f"{table_text(('Exhibit', 'Outcome', 'What came of it'), rows)}\n\n{head}."
