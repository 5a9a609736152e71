"""The verb that trains: a recipe on labelled folders, or classes added to a detector after checking their images."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.console import console_progress, visible, write_json
from app.train_words import checks_text, hindrance_text
from app.verb_options import DeviceName, Json, Quiet, open_workspace, say
from core.progress import Progress
from core.services.training_command import Prepared, TrainingCommand, TrainingWishes
from core.services.training_processes import first_of_several, processes_for, run_each
from core.services.training_status import Follower

_NO, _FAILED = 1, 3
Finished = Callable[[tuple[str, ...]], None]


def train(  # noqa: PLR0913, PLR0917 - the options of the verb
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="quick, standard, paper, or a TOML file; see resources/recipes.")
    ],
    out: Annotated[Path, typer.Option(help="The .safetensors file to write.")],
    data: Annotated[list[Path] | None, typer.Option(help="Folder DIR/<class>/<source>/*; may be repeated.")] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DIR", help="Add this class to the parent; checked first. May be repeated."),
    ] = None,
    test: Annotated[Path | None, typer.Option(help="With --add: test images, which are never learned from.")] = None,
    parent: Annotated[
        str | None, typer.Option(metavar="D", help="Start from this detector (name, digest, file) or pretext network.")
    ] = None,
    left_out: Annotated[
        Path | None, typer.Option(help="With --add: SHA-256 of images to leave out, one a line.")
    ] = None,
    go_on: Annotated[str, typer.Option(metavar="REASON", help="With --add: why to go on in spite of warnings.")] = "",
    common_processing: Annotated[
        bool, typer.Option("--common-processing", help="Resize and re-compress the images of all classes alike.")
    ] = False,
    files: Annotated[
        Path | None, typer.Option(help="A frozen split.tsv that says which image serves for what.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    held: Annotated[
        list[str] | None,
        typer.Option(metavar="CLASS/SOURCE", help="Hold this source out, instead of the recipe's; may be repeated."),
    ] = None,
    device: DeviceName = "auto",
    follow: Annotated[Path | None, typer.Option(hidden=True)] = None,
    probe: Annotated[Path | None, typer.Option(hidden=True)] = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Train a detector, or a pretext network to start one from; with --add, teach a detector further classes."""
    if not (data or add or files):
        raise typer.BadParameter("Say what to train on: --data DIR, --add NAME=DIR or --files SPLIT.tsv.")
    wishes = TrainingWishes(
        recipe=recipe, out=out, data=tuple(data or ()), added=tuple(add or ()), test=test, parent=parent,
        left_out=left_out, reason=go_on, common_processing=common_processing, files=files,
        held=tuple(held) if held else None, resume=resume, device=device,
    )  # fmt: skip
    if follow is not None and (count := processes_for(recipe, device)) > 1:
        raise typer.Exit(0 if run_each(sys.argv[1:], count) else _FAILED)
    with _following(follow, wishes.run, quiet=quiet) as (progress, finished), open_workspace() as workspace:
        command = TrainingCommand(workspace)
        if probe is not None:
            write_json(str(probe), command.probe(wishes, progress))
            return
        prepared = command.prepare(wishes, progress)
        _tell_checks(prepared, json_file, quiet=quiet)
        summary = command.train(wishes, prepared, progress)
        if not first_of_several():
            return  # one of several processes that torchrun started: the first one speaks
        remarks = workspace.training.remarks(out)
        finished(remarks)
        answer = {"path": out, "digest": summary.reference.digest, "card": summary.card}
        write_json(json_file, answer | ({"checks": prepared.findings} if add else {}))
        say("\n".join([f"Wrote {out} (digest {summary.reference.digest[:12]}).", *remarks]), json_file, quiet=quiet)


def _tell_checks(prepared: Prepared, json_file: str | None, *, quiet: bool) -> None:
    """Print what the checks found; ends the verb with "no" when the training must not begin."""
    if prepared.findings:
        say(visible_lines(checks_text(prepared.findings)), json_file, quiet=quiet)
    if prepared.hindrances:
        if quiet:  # what has to be dealt with is told nevertheless
            typer.echo(visible_lines(checks_text(prepared.hindrances)), err=True)
        write_json(json_file, {"path": None, "checks": prepared.findings})
        typer.echo(hindrance_text(prepared.hindrances), err=True)
        raise typer.Exit(_NO)


def visible_lines(text: str) -> str:
    """Hostile text of several lines for a terminal."""
    return "\n".join(map(visible, text.splitlines()))


@contextmanager
def _following(follow: Path | None, run: Path, *, quiet: bool) -> Iterator[tuple[Progress, Finished]]:
    """Progress for the terminal, or for the program that started this process to follow it."""
    if follow is None or not first_of_several():
        yield console_progress(quiet=quiet), lambda _: None
        return
    with Follower(follow, sys.stdin.fileno() if sys.stdin else None, run) as follower:
        for wish in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wish, lambda *_: follower.progress.cancel())
        yield follower.progress, follower.finished
