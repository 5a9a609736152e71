"""Training a detector, or a pretext network to start one from, up to the file with its honest card."""

from __future__ import annotations

import dataclasses
import hashlib
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain import Table, Written
from core.errors import BadInput
from core.progress import Progress
from core.services.training_card import Parent, first_card, read_parent
from core.services.training_data import TrainingData, read_training_data

if TYPE_CHECKING:
    from core.dna.device import Device
    from core.dna.recipe import Recipe
    from core.dna.train import Outcome

_ACCURACY, _ACCUSED = 0.95, 0.01


class Training:
    """Trains detectors in the calling process; meant for the command line and a child process."""

    def train(
        self,
        recipe: Path,
        data: Path | Sequence[Path],
        out: Path,
        *,
        resume: bool = False,
        parent: Path | None = None,
        held_sources: Sequence[str] | None = None,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> Written[Path]:
        """Train, calibrate on held-out images, and write the file; a pretext recipe writes a pretext network.

        The folder ``OUT.run`` keeps recipe, list of images, circumstances, curves, checkpoint and best weights; with
        `resume` a run found there goes on.

        Args:
            recipe: the TOML file.
            data: one folder ``DIR/<class>/<source>/*``, or several that count as one.
            out: the file to write.
            resume: go on with a run found in ``OUT.run``.
            parent: detector or pretext network to start from; every tensor whose name and shape fit is taken over, and
                the card says which were not.
            held_sources: sources ("class/source") to hold out whole instead of those the recipe names.
            device: "auto", "cpu" or "cuda".
            progress: reports, and where cancelling takes effect.

        Raises:
            BadInput: the recipe, the data, the parent or a run of another recipe does not fit.
            Cancelled: a checkpoint was written first.
        """
        from core.dna.device import choose_device
        from core.dna.recipe import read_recipe

        progress = progress or Progress()
        plan, where = _planned(read_recipe(recipe), held_sources), choose_device(device)
        folders = [data] if isinstance(data, Path) else list(data)
        run = out.with_suffix(".run")
        if run.exists() and not resume:
            raise BadInput(f"{run} holds an earlier run. Add --resume to go on with it, or delete that folder.")
        images = read_training_data(plan, folders, progress)
        start = read_parent(parent, plan, len(images.classes)) if parent else None
        command = _command(recipe, folders, out, parent, held_sources)
        outcome = _run(plan, images, run, where, start, command, resume=resume, progress=progress)
        _write(out, plan, images, outcome, where, run, start, progress)
        return Written(out, frozenset({Table.DETECTORS}))


def record(detector: Path, name: str, figures: Mapping[str, Any], command: str) -> None:
    """Write measured figures onto a detector's card, replacing earlier ones of the same test set."""
    from core.dna.card import read_header
    from core.dna.detector import rewrite_card

    card = dict(read_header(detector).card)
    # The digest of the file before it was rewritten would name a file that no longer exists.
    kept = {key: value for key, value in figures.items() if key != "detector"}
    entry = {"set": name, "date": datetime.now(UTC).date().isoformat(), "command": command, **kept}
    card["measured"] = [*(row for row in card["measured"] if row.get("set") != name), entry]
    rewrite_card(detector, card)


def _planned(plan: Recipe, held_sources: Sequence[str] | None) -> Recipe:
    """The recipe with other sources held out: another run, so another digest."""
    if held_sources is None:
        return plan
    held = tuple(sorted(held_sources))
    digest = hashlib.sha256(f"{plan.digest}\n{held}".encode()).hexdigest()
    text = f"# Held out by the command, instead of the sources named below: {', '.join(held) or 'none'}.\n{plan.text}"
    holdout = dataclasses.replace(plan.holdout, sources=held)
    return dataclasses.replace(plan, holdout=holdout, digest=digest, text=text)


def _command(
    recipe: Path, folders: Sequence[Path], out: Path, parent: Path | None, held_sources: Sequence[str] | None
) -> str:
    words = ["main.py", "train", str(recipe)]
    for folder in folders:
        words += ["--data", str(folder)]
    for name in held_sources or ():
        words += ["--held", name]
    return shlex.join([*words, *(["--parent", str(parent)] if parent else []), "--out", str(out)])


def _run(
    plan: Recipe,
    images: TrainingData,
    run: Path,
    where: Device,
    start: Parent | None,
    command: str,
    *,
    resume: bool,
    progress: Progress,
) -> Outcome:
    """Train in the run folder, with its records and curves."""
    from core.dna import run_folder
    from core.dna.curves import NO_TENSORBOARD, EventFiles
    from core.dna.pretext import PretextBatches, PretextExaminer
    from core.dna.train import Material, train

    facts = {
        "data_digest": images.digest,
        "parent": start.digest if start else None,
        "held_out_sources": plan.holdout.sources,
        "device": where.name,
        "processes": 1,
        "command": command,
    }
    run_folder.begin(run, plan, facts, images.sides(), images.skipped)
    pretext = plan.schedule.task == "pretext"
    with EventFiles(run) as events:
        outcome = train(
            plan,
            images.classes,
            Material(images.training, images.held, images.digest),
            run,
            where.torch_device,
            resume=resume,
            parent=start.net if start else None,
            batches=PretextBatches(images.training, plan, where.torch_device) if pretext else None,
            examiner=PretextExaminer(images.held, plan, where.torch_device) if pretext else None,
            progress=progress,
        )
    run_folder.end(run, [*outcome.remarks, *([NO_TENSORBOARD] if events.missing else [])])
    return outcome


def _write(
    out: Path,
    plan: Recipe,
    images: TrainingData,
    outcome: Outcome,
    where: Device,
    run: Path,
    start: Parent | None,
    progress: Progress,
) -> None:
    from core.dna.detector import write_detector

    card = first_card(plan, images, outcome, where, run, start)
    if plan.schedule.task == "pretext":
        write_detector(out, outcome.net, card)
        return
    card |= {"scope": {"smallest_side": 128, "flat_deviation": 2.0}, "threshold": {"value": 1.0}}
    write_detector(out, outcome.net, card)
    card["threshold"], card["held_out"] = _threshold(out, where, images, progress)
    write_detector(out, outcome.net, card)


def _threshold(
    detector: Path, where: Device, material: TrainingData, progress: Progress
) -> tuple[dict[str, Any], dict[str, Any]]:
    from core.dna.attribute import Attributor
    from core.dna.detector import load_detector
    from core.dna.evaluate import choose_threshold, figures
    from core.services.engine import judge_pictures

    attributor = Attributor(load_detector(detector), where)
    progress.start("Setting the threshold", len(material.held), "images")
    judged = []
    for picture in material.held:
        judged += judge_pictures(attributor, [picture])
        progress.step()
    value = choose_threshold(judged, material.classes, accuracy=_ACCURACY, accused=_ACCUSED)
    rule = (
        f"The smallest top score at which at least {_ACCURACY:.0%} of the conclusive answers on the held-out images "
        f"are right and at most {_ACCUSED:.0%} of the real ones are called generated."
    )
    held = figures(judged, material.classes)
    used = {key: held[key] for key in ("n", "accuracy", "accuracy_ci", "per_class", "per_source", "confusion")}
    return {"value": value, "rule": rule, "set": "held out of the training data", "n": held["n"]}, used
