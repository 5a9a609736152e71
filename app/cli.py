"""The verbs of the command line: thin words around the services the window uses too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from app import verb_words as words
from app.conclude_verb import conclude, propose
from app.console import console_progress, visible, write_json
from app.custody_verb import custody
from app.detector_verbs import detector_verbs
from app.examiner_verbs import view
from app.explain_wishes import require_case, require_class, require_explained
from app.portable_verbs import archive, export, restore
from app.report_verb import report
from app.rerun_verb import rerun
from app.retraining_verbs import gate, lineage, remember
from app.robustness_verb import PresetName, Wished, require_made, require_wished, with_robustness
from app.time_stamp_verb import timestamp
from app.train_verb import train
from app.verb_options import DeviceName, Json, Quiet, open_workspace, say
from app.verify_verb import verify
from core.domain import CaseDetails, ExhibitFilter, IntakeReport
from core.errors import AnswerHidden, CoreError
from core.examine import MapMethod, MapQuestion, MapScore
from core.services.workspace import Workspace

FAILED = 3

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
case_verbs = typer.Typer(no_args_is_help=True, help="Make a case, show one, archive, restore or export one.")
cli.add_typer(case_verbs, name="case")
for verb in (gate, lineage, remember):
    detector_verbs.command()(verb)
cli.add_typer(detector_verbs, name="detectors")
cli.command()(view)
cli.command()(verify)
cli.command()(timestamp)
cli.command()(propose)
cli.command()(conclude)
cli.command()(custody)
cli.command()(rerun)
cli.command()(train)
cli.command()(report)
case_verbs.command()(archive)
case_verbs.command()(restore)
case_verbs.command()(export)

DetectorName = Annotated[str | None, typer.Option("--detector", help="Name, digest or .safetensors file.")]
CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="A NAME.dnacase folder.")]


def run(arguments: Sequence[str]) -> int:
    """Run a verb; returns 0 done, 1 the answer is no, 2 wrong usage, 3 failed (one sentence on standard error)."""
    command = typer.main.get_command(cli)
    try:
        status = command.main(list(arguments), prog_name="main.py", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("Cancelled. What was finished is kept.", err=True)
        return FAILED
    except TyperException as error:
        if sentence := error.format_message().rstrip("."):  # without a verb the help was the answer
            typer.echo(f"{sentence}. See main.py --help.", err=True)
        return 2
    except AnswerHidden as error:
        typer.echo(f"{error} {words.HOW_TO_SEE}", err=True)
        return FAILED
    except CoreError as error:
        typer.echo(visible(str(error)), err=True)
        return FAILED
    return status if isinstance(status, int) else 0


@case_verbs.command("new")
def case_new(
    case: CasePath,
    title: Annotated[str, typer.Option(help="What the case is called.")],
    number: Annotated[str, typer.Option(help="Case number of the laboratory.")] = "",
    examiner: Annotated[str | None, typer.Option(help="Who examines; without it, the name in your settings.")] = None,
    lab: Annotated[str | None, typer.Option(help="The laboratory; without it, the one in your settings.")] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Hide answers from examiners without an own view.")] = False,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Make an empty case."""
    with open_workspace() as workspace:
        examiner = workspace.settings.get("examiner") if examiner is None else examiner
        lab = workspace.settings.get("laboratory") if lab is None else lab
        made = workspace.cases.create(case, CaseDetails(title, number, examiner, lab, blind=blind)).value
        write_json(json_file, made)
        say(f"Made the case {made.path}.", json_file, quiet=quiet)


@case_verbs.command("show")
def case_show(case: CasePath, json_file: Json = None, quiet: Quiet = False) -> None:
    """What a case holds."""
    with open_workspace() as workspace:
        opened = workspace.cases.open(case, read_only=True)
        counts, log = workspace.cases.counts(), workspace.cases.log(20)
        write_json(json_file, {"case": opened, "counts": counts, "log": log})
        say(words.case_text(opened, counts), json_file, quiet=quiet)


@cli.command()
def intake(
    case: CasePath,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, folders, ZIP archives.")],
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Take images into a case, byte for byte."""
    with open_workspace(case) as workspace:
        report = _take(workspace, paths, quiet=quiet)
        write_json(json_file, report)
        say(words.intake_text(report), json_file, quiet=quiet)


@cli.command()
def analyze(
    case: CasePath,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", help="Taken in first.")] = None,
    detector: DetectorName = None,
    device: DeviceName = "auto",
    robustness: Wished = False,
    preset: PresetName = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Take PATHs in, then attribute every exhibit that has no finding of this detector yet."""
    require_wished(preset, wished=robustness)
    with open_workspace(case) as workspace:
        refused = _take(workspace, paths, quiet=quiet) if paths else None
        progress = console_progress(quiet=quiet)
        report = workspace.analysis.attribute(None, detector, device=device, progress=progress).value
        rows = list(_analysed(workspace, report.failed, detector)) + words.refused_rows(refused)
        if robustness:
            rows = with_robustness(workspace, rows, preset=preset, detector=detector, device=device, progress=progress)
        write_json(json_file, rows)
        say(words.analysis_text(rows, report), json_file, quiet=quiet)
        require_made(rows)


@cli.command()
def explain(
    target_path: Annotated[Path, typer.Argument(metavar="CASE|IMAGE", help="A case, or one image file.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")],
    exhibit: Annotated[str | None, typer.Option(help="SHA-256 of an exhibit, or its beginning.")] = None,
    layer: Annotated[int, typer.Option(min=1, max=8, help="Encoder layer; the paper uses 4.")] = 4,
    target: Annotated[str | None, typer.Option(help="Class whose evidence is mapped; default: the top one.")] = None,
    method: Annotated[MapMethod, typer.Option(case_sensitive=False, help="How it is mapped.")] = MapMethod.GRAD_CAM,
    score: Annotated[MapScore, typer.Option(case_sensitive=False, help="What of the class.")] = MapScore.LOGIT,
    detector: DetectorName = None,
    device: DeviceName = "auto",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Every layer of exhibits as pictures, with explanation.json for their numbers and scales.

    The layers: heat map, overlay, consistency grid, noise residual, spectrum of the residual with its peaks. An exhibit
    that cannot be explained gets a row with the reason.
    """
    require_case(exhibit, target_path)
    progress = console_progress(quiet=quiet)
    with open_workspace() as workspace:
        require_class(workspace, target, detector)
        written = workspace.explanations.write(
            target_path,
            out,
            exhibit=exhibit,
            question=MapQuestion(layer, target, method, score),
            detector=detector,
            device=device,
            progress=progress,
        )
        write_json(json_file, written)
        say("\n".join(map(words.explained_text, written)), json_file, quiet=quiet)
        require_explained(written, out)


@cli.command()
def demo(
    out: Annotated[Path | None, typer.Option(help="Folder for the sample case.")] = None,
    window: Annotated[bool, typer.Option("--window/--no-window", help="Open the window afterwards.")] = True,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """The sample case: made, taken in, attributed, explained and reported."""
    from app.demo import show_window

    with open_workspace() as workspace:
        made = workspace.samples.build(out, progress=console_progress(quiet=quiet))
        rows = list(_analysed(workspace, made.report.failed, None)) + words.refused_rows(made.intake)
        write_json(json_file, rows)
        say(words.analysis_text(rows, made.report), json_file, quiet=quiet)
        places = f"its explanations are in {made.explanations}, its report {made.issued.uid} is in {made.reports}"
        say(f"\nThe case is in {made.case.path}; {places}.", json_file, quiet=quiet)
    if window and json_file is None:
        show_window(made.case.path)


def _take(workspace: Workspace, paths: list[Path], *, quiet: bool) -> IntakeReport:
    report = workspace.intake.take(paths, progress=console_progress(quiet=quiet)).value
    for note in report.notes:
        typer.echo(visible(f"Note: {note}"), err=True)
    return report


def _analysed(workspace: Workspace, failed: Any, detector: str | None) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    asked = str(workspace.detectors.find(detector).path)  # a case may hold newer findings of another one
    for exhibit_id in workspace.exhibits.ids(ExhibitFilter()):
        exhibit, reason = workspace.exhibits.get(exhibit_id), failed.get(exhibit_id, "")
        if reason:
            yield words.analysis_row(exhibit, None, reason)
        elif workspace.views.hidden(exhibit_id):
            yield words.hidden_row(exhibit)
        else:
            yield words.analysis_row(exhibit, workspace.analysis.finding(exhibit_id, asked), "")
