"""The verbs about detectors: list, show, install, measure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import detector_words as words
from app.console import console_progress, table_text, write_json
from app.verb_options import DeviceName, Json, Quiet, open_workspace, say

detector_verbs = typer.Typer(no_args_is_help=True, help="The detectors at hand.")


@detector_verbs.command("list")
def detectors_list(json_file: Json = None, quiet: Quiet = False) -> None:
    """Every detector at hand."""
    with open_workspace() as workspace:
        rows = workspace.detectors.all()
        write_json(json_file, rows)
        say(table_text(*words.detector_rows(rows)), json_file, quiet=quiet)


@detector_verbs.command("show")
def detectors_show(
    detector: Annotated[str, typer.Argument(metavar="D")], json_file: Json = None, quiet: Quiet = False
) -> None:
    """The card of a detector."""
    with open_workspace() as workspace:
        summary = workspace.detectors.find(detector)
        write_json(json_file, summary)
        say(words.card_text(summary), json_file, quiet=quiet)


@detector_verbs.command("install")
def detectors_install(
    file: Annotated[Path, typer.Argument(metavar="FILE")], json_file: Json = None, quiet: Quiet = False
) -> None:
    """Check a detector file and keep a copy of it."""
    with open_workspace() as workspace:
        summary = workspace.detectors.install(file).value
        write_json(json_file, summary)
        say(
            f"Installed {summary.reference.name} {summary.reference.version} as {summary.path}.", json_file, quiet=quiet
        )


@detector_verbs.command("evaluate")
def detectors_evaluate(
    detector: Annotated[str, typer.Argument(metavar="D")],
    data: Annotated[Path, typer.Option(help="Folder DIR/<class>/<source>/*; 'unknown' is open-set material.")],
    device: DeviceName = "auto",
    record: Annotated[str | None, typer.Option(help="Write the figures onto the card under this name.")] = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Measure a detector on labelled images."""
    with open_workspace() as workspace:
        figures, skipped = workspace.detectors.evaluate(
            detector, data, device=device, progress=console_progress(quiet=quiet)
        )
        if record:
            workspace.detectors.record(detector, record, figures, "main.py detectors evaluate D --data DIR")
        write_json(json_file, {**figures, "skipped": skipped})
        say(words.figures_text(figures, skipped), json_file, quiet=quiet)
