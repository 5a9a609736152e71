"""The verbs about detectors: list, show, install, measure, compare, calibrate, convert."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from app import detector_words as words
from app.console import console_progress, plain, table_text, write_json
from app.detector_card import card_text
from app.fold_words import architectures_text, folds_text
from app.verb_options import DeviceName, Json, Quiet, open_workspace, say
from core import paths

detector_verbs = typer.Typer(no_args_is_help=True, help="The detectors at hand.")

Wanted = Annotated[str, typer.Argument(metavar="D", help="Name, digest or .safetensors file.")]
AllowTrained = Annotated[
    bool, typer.Option("--allow-trained", help="Measure on sources of the training data too, and mark the figures.")
]


@detector_verbs.command("list")
def detectors_list(json_file: Json = None, quiet: Quiet = False) -> None:
    """Every detector at hand."""
    with open_workspace() as workspace:
        rows = workspace.detectors.all()
        write_json(json_file, rows)
        say(table_text(*words.detector_rows(rows)), json_file, quiet=quiet)


@detector_verbs.command("show")
def detectors_show(detector: Wanted, json_file: Json = None, quiet: Quiet = False) -> None:
    """The card of a detector."""
    with open_workspace() as workspace:
        summary = workspace.detectors.find(detector)
        write_json(json_file, summary)
        say(card_text(summary), json_file, quiet=quiet)


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
    detector: Wanted,
    data: Annotated[Path, typer.Option(help="Folder DIR/<class>/<source>/*; 'unknown' is open-set material.")],
    device: DeviceName = "auto",
    record: Annotated[str | None, typer.Option(help="Write the figures onto the card under this name.")] = None,
    allow_trained: AllowTrained = False,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Measure a detector on labelled images that training has not seen."""
    with open_workspace() as workspace:
        if record:
            workspace.detectors.rewritable(detector)
        figures, skipped = workspace.detectors.evaluate(
            detector, data, device=device, allow_trained=allow_trained, progress=console_progress(quiet=quiet)
        )
        if record:
            again = ["evaluate", _named(detector), "--data", data.resolve().name, "--record", record]
            again += ["--allow-trained"] if allow_trained else []
            workspace.detectors.record(detector, record, figures, _command(*again))
        write_json(json_file, {**figures, "skipped": skipped})
        say(words.figures_text(figures, skipped), json_file, quiet=quiet)


@detector_verbs.command("compare")
def detectors_compare(
    first: Annotated[str, typer.Argument(metavar="A", help="Name, digest or .safetensors file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    data: Annotated[Path, typer.Option(help="Folder DIR/<class>/<source>/*; 'unknown' is open-set material.")],
    device: DeviceName = "auto",
    allow_trained: AllowTrained = False,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Measure two detectors on the same images."""
    with open_workspace() as workspace:
        found = workspace.detectors.compare(
            first, second, data, device=device, allow_trained=allow_trained, progress=console_progress(quiet=quiet)
        )
        write_json(json_file, found)
        say(words.comparison_text(found), json_file, quiet=quiet)


@detector_verbs.command("calibrate")
def detectors_calibrate(
    detector: Wanted,
    data: Annotated[Path, typer.Option(help="Folder DIR/<class>/<source>/* of images it was not trained on.")],
    device: DeviceName = "auto",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Set scores, thresholds, likelihood ratios and the test for unknown architectures on held-out images."""
    with open_workspace() as workspace:
        path = workspace.detectors.find(detector).path
        command = _command("calibrate", _named(detector), "--data", data.resolve().name)
        made = workspace.detectors.calibrate(
            detector, data, command, device=device, progress=console_progress(quiet=quiet)
        ).value
        summary = workspace.detectors.find(str(path))
        write_json(json_file, {"path": path, "digest": summary.reference.digest, "card": summary.card, **plain(made)})
        say(words.calibrated_text(summary, made.images, made.skipped, made.dropped), json_file, quiet=quiet)


@detector_verbs.command("leave-one-out")
def detectors_leave_one_out(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A TOML file; see resources/recipes.")],
    data: Annotated[list[Path], typer.Option(help="Folder DIR/<class>/<source>/*; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Folder for the finished folds; run again to go on.")],
    architectures: Annotated[bool, typer.Option("--architectures", help="Leave whole classes out instead.")] = False,
    steps: Annotated[int | None, typer.Option(help="Training steps of each fold, instead of the recipe's.")] = None,
    parent: Annotated[Path | None, typer.Option(help="Network that every fold starts from.")] = None,
    record: Annotated[str | None, typer.Option(metavar="D", help="Write the table onto this detector's card.")] = None,
    device: DeviceName = "auto",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Train without each source (or class) in turn and test on what was left out."""
    with open_workspace() as workspace:
        if record:
            workspace.detectors.rewritable(record)
        series = workspace.cross_validation
        run = series.leave_architectures_out if architectures else series.leave_sources_out
        table = run(
            recipe, data, out, steps=steps, parent=parent, device=device, progress=console_progress(quiet=quiet)
        )
        if record:
            again = ["leave-one-out", recipe.name, *(word for one in data for word in ("--data", one.resolve().name))]
            again += ["--out", out.resolve().name, *(["--architectures"] if architectures else [])]
            again += ["--steps", str(steps)] if steps else []
            again += ["--parent", parent.name] if parent else []
            workspace.detectors.record_left_out(record, table, _command(*again))
        write_json(json_file, table)
        say((architectures_text if architectures else folds_text)(table), json_file, quiet=quiet)


@detector_verbs.command("import-reference")
def detectors_import_reference(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Weights published with the paper (.pth).")],
    classes: Annotated[str, typer.Option(help="Names in the order of the network's outputs, with commas between.")],
    out: Annotated[Path | None, typer.Option(help="The .safetensors file to write; default: installed.")] = None,
    resize: Annotated[int, typer.Option(help="Side in pixels that the centre square is resized to last.")] = 512,
    first: Annotated[int, typer.Option(help="Side in pixels that it is resized to first.")] = 128,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Convert published weights; the file is opened in a throw-away process and never trusted."""
    target = out or paths.installed_detectors() / f"{file.stem}.safetensors"
    with open_workspace() as workspace:
        written = workspace.reference_weights.convert(
            file,
            classes.split(","),
            target,
            side_px=resize,
            first_px=first,
            progress=console_progress(quiet=quiet),
        ).value
        summary = workspace.detectors.find(str(written))
        write_json(json_file, summary)
        say(
            f"Wrote {written} (digest {summary.reference.digest[:12]}). It was never measured here: until it is "
            "calibrated, none of its answers is conclusive.",
            json_file,
            quiet=quiet,
        )


def _command(*arguments: str) -> str:
    """A command that repeats what was done, without a path of this machine."""
    return shlex.join(["main.py", "detectors", *arguments])


def _named(detector: str) -> str:
    """A detector as it can be named on another machine."""
    return Path(detector).name if detector.endswith(".safetensors") else detector
