"""Training a detector, or a pretext network to start one from, up to the file with its honest card."""

from __future__ import annotations

import dataclasses
import hashlib
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import paths
from core.domain import DetectorSummary, Table, Written
from core.errors import BadInput, Cancelled, CoreError
from core.progress import Progress
from core.retraining import Effort
from core.services.training_card import Parent, first_card, read_parent
from core.services.training_data import TrainingData, read_split_data, read_training_data

if TYPE_CHECKING:
    from core.dna.device import Device
    from core.dna.distributed import Rank
    from core.dna.recipe import Recipe
    from core.dna.spectrum import SpectrumVoice
    from core.dna.train import Outcome
    from core.services.rehearsal_making import Remembered


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
        without: Collection[str] = (),
        files: Path | None = None,
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
            without: sources left out altogether, as if they were not in the folders: to be tested on afterwards.
            files: a frozen split (see `training_split.freeze`) to take instead of `data`; an extension needs one.
            device: "auto", "cpu" or "cuda".
            progress: reports, and where cancelling takes effect.

        Raises:
            BadInput: the recipe, the data, the parent or a run of another recipe does not fit; `out` exists already and
                nothing is to be gone on with, or has another suffix than ``.safetensors``.
            Cancelled: a checkpoint was written first.
        """
        from core.dna.device import choose_device
        from core.dna.distributed import group
        from core.dna.recipe import read_named_recipe, read_recipe

        progress = progress or Progress()
        if read_recipe(recipe).schedule.task == "extension":
            return _extended(recipe, files, out, parent, device, resume, progress)
        plan = _planned(read_named_recipe(recipe), held_sources, without)
        folders = [data] if isinstance(data, Path) else list(data)
        run = out.with_suffix(".run")
        _refuse_out(out, run, plan, resume)
        with _kept_when_cancelled(run), group(device) as rank:
            where = choose_device(device)
            if rank.first and run.exists() and not resume:
                raise BadInput(f"{run} holds an earlier run. Add --resume to go on with it, or delete that folder.")
            # The others are silent, but stop with the first: its reports and theirs would be mixed on one screen.
            heard = progress if rank.first else Progress(lambda _: progress.check())
            images = read_split_data(files, heard) if files else read_training_data(plan, folders, heard, without)
            start = read_parent(parent, plan, images.classes) if parent else None
            job = _Job(plan, images, where, run, start, rank)
            again = _command(recipe, files or folders, out, parent, held_sources, resume=resume)
            outcome = _trained(job, again, resume, heard)
            if rank.first:
                _write(out, job, outcome, device, heard)
            rank.wait()  # whoever leaves earlier may look for the file before it is there
        return Written(out, frozenset({Table.DETECTORS}))

    def recipe_named(self, wanted: str | Path) -> Path:
        """The recipe of an `Effort` ("quick", "standard", "paper"), or the file of that path."""
        shipped = paths.resources() / "recipes" / f"extend-{wanted}.toml"
        return shipped if str(wanted) in tuple(Effort) else Path(wanted)

    def remember(
        self,
        detector: DetectorSummary,
        data: Sequence[Path],
        test: Path | None = None,
        *,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> Remembered:
        """Let a detector remember its images, in the calling process; see `rehearsal_making.remember`."""
        from core.services.rehearsal_making import remember

        return remember(detector, data, test, device=device, progress=progress)

    def made(self, path: Path) -> DetectorSummary:
        """Name, digest, classes and card of what `train` wrote, be it a detector or a pretext network."""
        from core.dna.card import read_header, reference_of

        header = read_header(path)
        return DetectorSummary(reference_of(path, header), path, header.classes, header.card)

    def remarks(self, path: Path) -> tuple[str, ...]:
        """What is to be said about the run that made a file, in sentences; kept in its run folder."""
        from core.dna.run_folder import remarks

        return remarks(path.with_suffix(".run"))


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


@dataclass(frozen=True, slots=True)
class _Job:
    """A training with all that it needs."""

    plan: Recipe
    images: TrainingData
    where: Device
    run: Path
    start: Parent | None
    rank: Rank

    @property
    def pretext(self) -> bool:
        return self.plan.schedule.task == "pretext"


def _planned(plan: Recipe, held_sources: Sequence[str] | None, without: Collection[str]) -> Recipe:
    """The recipe as the command changes it; with other sources held out it is another run and has another digest."""
    if without:
        text = f"# Left out by the command: {', '.join(sorted(without))}.\n{plan.text}"
        plan = dataclasses.replace(plan, text=text)
    if held_sources is None:
        return plan
    held = tuple(sorted(held_sources))
    return dataclasses.replace(
        plan,
        holdout=dataclasses.replace(plan.holdout, sources=held),
        digest=hashlib.sha256(f"{plan.digest}\n{held}".encode()).hexdigest(),
        text=f"# Held out by the command, instead of what the recipe says: {', '.join(held) or 'none'}.\n{plan.text}",
    )


def _extended(
    recipe: Path, files: Path | None, out: Path, parent: Path | None, device: str, resume: bool, progress: Progress
) -> Written[Path]:
    """Add classes to a detector whose encoder stays; see `core/services/training_extension.py`."""
    from core.dna.device import choose_device
    from core.dna.recipe import read_recipe
    from core.services.training_extension import Extending, extend

    if parent is None or files is None:
        raise BadInput(f"{recipe} adds classes to a detector: give it as --parent, and the new images with --add.")
    plan, run = read_recipe(recipe), out.with_suffix(".run")
    _refuse_out(out, run, plan, resume)
    if run.joinpath("run.json").exists() and not resume:
        raise BadInput(f"{run} holds an earlier run. Add --resume to go on with it, or delete that folder.")
    command = _command(recipe, files, out, parent, None, resume=resume)
    with _kept_when_cancelled(run):
        extend(Extending(plan, files, parent, out, choose_device(device), command), progress)
    return Written(out, frozenset({Table.DETECTORS}))


def _refuse_out(out: Path, run: Path, plan: Recipe, resume: bool) -> None:
    from core.dna.card import SUFFIX

    if out.suffix != SUFFIX:
        raise BadInput(f"{out} must end in {SUFFIX}. Give another --out.")
    if out.exists() and not resume:
        raise BadInput(f"{out} exists. Give another --out, or move it away.")
    if out.exists() and _finished(out, run, plan):
        raise BadInput(f"The run in {run} is finished: raise schedule.steps in the recipe to go on.")


def _finished(out: Path, run: Path, plan: Recipe) -> bool:
    """Whether all steps are taken and the file is complete: its card ends with the figures on held-out images."""
    from core.dna.card import read_header
    from core.dna.checkpoint import read_numbers

    checkpoint = run / "checkpoint.safetensors"
    stepped = plan.schedule.task != "extension"
    if stepped and (not checkpoint.exists() or int(read_numbers(checkpoint).get("step", 0)) < plan.schedule.steps):
        return False
    try:
        card = read_header(out).card
    except CoreError:
        return False  # it is made anew
    return card.get("kind") == "pretext" or "held_out" in card


@contextmanager
def _kept_when_cancelled(run: Path) -> Iterator[None]:
    """Say where a cancelled run is kept, once there is something to go on with."""
    try:
        yield
    except Cancelled as cancelled:
        if not (run / "checkpoint.safetensors").exists() and not any(run.glob("views/*")):
            raise
        raise Cancelled(f"Cancelled. The run in {run} is kept; add --resume to go on.") from cancelled


def _command(
    recipe: Path,
    data: Sequence[Path] | Path,
    out: Path,
    parent: Path | None,
    held_sources: Sequence[str] | None,
    *,
    resume: bool,
) -> str:
    words = ["main.py", "train", str(recipe)]
    for folder in [] if isinstance(data, Path) else data:
        words += ["--data", str(folder)]
    words += ["--files", str(data)] if isinstance(data, Path) else []
    for name in held_sources or ():
        words += ["--held", name]
    resumed = ["--resume"] if resume else []
    return shlex.join([*words, *(["--parent", str(parent)] if parent else []), "--out", str(out), *resumed])


def _trained(job: _Job, command: str, resume: bool, progress: Progress) -> Outcome:
    """Train in the run folder; the first of the processes keeps its records and event files."""
    from core.dna import run_folder
    from core.dna.curves import EventFiles

    if not job.rank.first:
        return _learned(job, resume, progress)
    facts = {
        "data_digest": job.images.digest,
        "parent": job.start.digest if job.start else None,
        "held_out_sources": job.plan.holdout.sources,
        "device": job.where.name,
        "processes": job.rank.world,
        "command": command,
    }
    run_folder.begin(job.run, job.plan, facts, job.images.sides(), job.images.skipped)
    with EventFiles(job.run) as events:
        outcome = _learned(job, resume, progress)
    said = [*outcome.remarks, *([events.problem] if events.problem else [])]
    if job.images.skipped:
        said.append(f"{job.images.left_out()}; {job.run / 'manifest.tsv'} names them.")
    run_folder.end(job.run, said)
    return outcome


def _learned(job: _Job, resume: bool, progress: Progress) -> Outcome:
    from core.dna.pretext import PretextBatches, PretextExaminer
    from core.dna.train import Material, train

    images, place = job.images, job.where.torch_device
    return train(
        job.plan,
        images.classes,
        Material(images.training, images.held, images.digest),
        job.run,
        place,
        resume=resume,
        parent=job.start.net if job.start else None,
        batches=PretextBatches(images.training, job.plan, place) if job.pretext else None,
        examiner=PretextExaminer(images.held, job.plan, place) if job.pretext and job.rank.first else None,
        progress=progress,
    )


def _write(out: Path, job: _Job, outcome: Outcome, device: str, progress: Progress) -> None:
    """Write the file; a detector is then calibrated, and measured on the held-out images, which its card keeps."""
    from core.dna.card import read_header
    from core.dna.detector import rewrite_card, write_detector
    from core.services.calibration import calibrate
    from core.services.held_out_figures import held_out_figures

    card = first_card(job.plan, job.images, outcome, job.where, job.run, job.start)
    if job.pretext:
        write_detector(out, outcome.net, card)
        return
    # Nothing is attributed before a threshold is set: should calibrating fail, the weights are kept nevertheless.
    card |= {"scope": {"smallest_side": 128, "flat_deviation": 2.0}, "threshold": {"value": 1.0}}
    images = job.images
    write_detector(out, outcome.net, card, spectrum=_second_voice(job, progress))
    judged = calibrate(
        out, images.held, card["trained"]["sources"], device=device, progress=progress, bank=images.training
    )
    calibrated = dict(read_header(out).card)
    calibrated["held_out"] = held_out_figures(judged, images.classes)
    rewrite_card(out, calibrated)


def _second_voice(job: _Job, progress: Progress) -> SpectrumVoice | None:
    from core.dna.spectrum_training import fit_voice

    plan, images = job.plan, job.images
    if plan.spectrum is None:
        return None
    return fit_voice(images.training, images.classes, plan.spectrum, plan.preprocess, plan.augment, progress)
