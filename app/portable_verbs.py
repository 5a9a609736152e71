"""The verbs of cases that travel: archive, restore, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.console import console_progress, visible, write_json
from app.exhibit_wishes import chosen_exhibits
from app.verb_options import Json, Quiet, open_workspace, say
from core.errors import NotFound
from core.services.workspace import Workspace

CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="A NAME.dnacase folder.")]


def archive(
    case: CasePath,
    out: Annotated[Path, typer.Option(help="The file to write; .dnacase.zip is appended when it is missing.")],
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Write a whole case into one file, with the hash of everything in it."""
    with open_workspace(case) as workspace:
        packed = workspace.portable.archive(out, progress=console_progress(quiet=quiet)).value
        write_json(json_file, packed)
        wrote = f"Wrote {visible(str(packed.path))} ({packed.files:,} files, {packed.size / 1e6:,.1f} MB)."
        say(f"{wrote}\nSHA-256 {packed.sha256}", json_file, quiet=quiet)


def restore(
    source: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A NAME.dnacase.zip file.")],
    out: Annotated[Path, typer.Option(help="The folder that the case is to lie in.")],
    name: Annotated[str, typer.Option(help="Name of the case's folder; default: that of the archive.")] = "",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Bring a case back out of an archive, every byte checked."""
    with open_workspace() as workspace:
        made = workspace.portable.restore(source, out, name=name, progress=console_progress(quiet=quiet))
        write_json(json_file, {"case": made})
        say(
            visible(f"The case is in {made}. Verify it before you work in it: main.py verify {made}"),
            json_file,
            quiet=quiet,
        )


def export(
    case: CasePath,
    out: Annotated[Path, typer.Option(help="The new case; .dnacase is appended when it is missing.")],
    exhibit: Annotated[
        list[str] | None, typer.Option(help="SHA-256 of an exhibit, or its beginning; may be repeated.")
    ] = None,
    group: Annotated[list[str] | None, typer.Option(help="Every exhibit of this group; may be repeated.")] = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Make a case of its own of some exhibits: evidence, findings, conclusions, and the log so far."""
    if not exhibit and not group:
        raise typer.BadParameter("Say which exhibits: --exhibit or --group.")
    with open_workspace(case) as workspace:
        chosen = _chosen(workspace, exhibit or [], group or [])
        made = workspace.portable.export(out, chosen, progress=console_progress(quiet=quiet)).value
        write_json(json_file, {"case": made, "exhibits": len(chosen)})
        say(visible(f"Made the case {made}. Exhibits: {len(chosen):,}."), json_file, quiet=quiet)


def _chosen(workspace: Workspace, beginnings: list[str], groups: list[str]) -> tuple[int, ...]:
    chosen = dict.fromkeys(chosen_exhibits(workspace, beginnings))
    named = {one.name: one for one in workspace.groups.all()}
    for name in groups:
        if name not in named:
            raise NotFound(f"The case has no group {name!r}.")
        chosen |= dict.fromkeys(named[name].exhibit_ids)
    return tuple(chosen)
