"""What every verb shares: its options, the workspace it works in, and how it speaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from core.services.workspace import Workspace


def _json_file(target: str | None) -> str | None:
    """Refuse a place that cannot be written to before the work rather than after it."""
    if target not in (None, "-") and not Path(target).absolute().parent.is_dir():
        raise typer.BadParameter(f"There is no folder {Path(target).absolute().parent} to write the file into.")
    return target


Json = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write the answer as JSON; - is the screen.", callback=_json_file),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no table.")]


def _device(name: str) -> str:
    if name not in ("auto", "cpu", "cuda"):
        raise typer.BadParameter(f"{name!r} is none of auto, cpu, cuda.")
    return name


DeviceName = Annotated[str, typer.Option("--device", help="auto, cpu or cuda.", callback=_device)]


@contextmanager
def open_workspace(case: Path | None = None) -> Iterator[Workspace]:
    """A workspace for one verb, with a case open in it where one is named."""
    workspace = Workspace()
    try:
        if case is not None:
            workspace.cases.open(case)
        yield workspace
    finally:
        workspace.close()


def say(text: str, json_file: str | None, *, quiet: bool) -> None:
    """Print the answer in words, unless the screen belongs to JSON or nobody wants to hear."""
    if not quiet and json_file != "-":
        typer.echo(text)
