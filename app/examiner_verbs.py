"""The verb of an examiner: writing down an own view of an exhibit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import verb_words as words
from app.console import write_json
from app.verb_options import Json, Quiet, open_workspace, say
from core.domain import Exhibit, ExhibitFilter
from core.errors import BadInput, NotFound
from core.examine import OPINIONS
from core.services.workspace import Workspace


def _opinion(given: str) -> str:
    if given not in OPINIONS:
        raise typer.BadParameter(f"{given!r} is none of {', '.join(OPINIONS)}.")
    return given


def view(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A NAME.dnacase folder.")],
    exhibit: Annotated[str, typer.Option(help="SHA-256 of an exhibit, or its beginning.")],
    opinion: Annotated[str, typer.Option(help=f"{', '.join(OPINIONS)}.", callback=_opinion)],
    text: Annotated[str, typer.Option(help="Why you think so.")] = "",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Write down your own view of an exhibit, then see the detector's answer and the views of others."""
    with open_workspace(case) as workspace:
        chosen = _chosen(workspace, exhibit)
        workspace.views.write(chosen.id, opinion, text)
        views = workspace.views.of(chosen.id)
        row = words.analysis_row(chosen, workspace.analysis.finding(chosen.id), "")
        write_json(json_file, {"views": views, "finding": row})
        say(words.view_text(views, row), json_file, quiet=quiet)


def _chosen(workspace: Workspace, beginning: str) -> Exhibit:
    lines = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))
    found = [line for line in lines if beginning and line.sha256.startswith(beginning.lower())]
    if not found:
        raise NotFound("The case has no such exhibit.")
    if len(found) > 1:
        raise BadInput(f"{len(found)} exhibits begin with {beginning}. Give more of the SHA-256.")
    return workspace.exhibits.get(found[0].id)
