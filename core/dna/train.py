"""Patchwise contrastive training: resumable, cancellable, on one processor or many, and the same for the same seed."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL
import torch
from torch import Tensor

from core.dna import compiled
from core.dna.batches import Batch, Batches, BatchSource, drawn_ahead
from core.dna.checkpoint import optimiser_tensors, read_checkpoint, restore_optimiser, write_checkpoint
from core.dna.dataset import Picture
from core.dna.device import freed_memory_kept, training_precision
from core.dna.distributed import Rank, current
from core.dna.encoder import Net
from core.dna.history import History
from core.dna.learn import Stepper, new_modules
from core.dna.preprocess import prepare
from core.dna.recipe import Recipe
from core.errors import BadInput, Cancelled, CoreError
from core.progress import Progress

_CHECKPOINT_SECONDS = 120.0
_LOOK_EVERY = 20  # steps between looks at what a GPU has computed
Examiner = Callable[[Net], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Material:
    """The images of a run, split, and the digest of the data folder they come from."""

    training: Sequence[Picture]
    held: Sequence[Picture]
    digest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished training.

    Attributes:
        net: the chosen weights, on the CPU.
        steps: optimiser steps taken.
        patches: crops learned from.
        seconds: time spent in the steps, over all parts of an interrupted run.
        best: the examiner's "recall" of the chosen weights.
        remarks: sentences for the analyst about what was not as usual.
    """

    net: Net
    steps: int
    patches: int
    seconds: float
    best: float
    remarks: tuple[str, ...] = ()


def train(  # noqa: PLR0913 - what a run is made of; all by name but the first five
    recipe: Recipe,
    classes: Sequence[str],
    material: Material,
    run: Path,
    device: torch.device,
    *,
    resume: bool,
    parent: Net | None = None,
    batches: BatchSource | None = None,
    examiner: Examiner | None = None,
    progress: Progress,
) -> Outcome:
    """Train a net by the recipe; `run` keeps the checkpoint, the best weights and the curves.

    Inside `core.dna.distributed.group()` every process calls this alike, each with its own device; the first one
    validates and writes. Without synchronised batch norm (on CPUs) each process normalises by its own crops.

    Args:
        recipe: what to do.
        classes: names in the order of the net's outputs.
        material: the images; with `batches` and `examiner` given only its digest is used.
        run: folder of the run.
        device: where to compute.
        resume: go on with a run found in the folder; bit for bit as if it had not been interrupted, or with a remark
            that says why not.
        parent: net to start from: every tensor whose name and shape fit is taken over.
        batches: another source of batches than the crops of `material.training`.
        examiner: called now and then with the net in evaluation mode on the device; returns figures for the curves,
            of which "recall" chooses the weights that are kept. None: mean recall of the classes on `material.held`.
        progress: one step of it is one optimiser step.

    Raises:
        BadInput: the run folder already holds a run of another recipe or data set.
        CoreError: a loss is no longer finite, or a GPU is too small; the last good checkpoint is kept.
        DiskFull: the last good checkpoint is kept.
        Cancelled: cancelled; a checkpoint was written first.
    """
    source = batches or Batches(material.training, classes, recipe.schedule, recipe.preprocess, recipe.augment, device)
    examine = examiner or (lambda net: {"recall": _mean_recall(net, recipe, classes, material.held, device)})
    identity = {"recipe": recipe.digest, "data": material.digest, "classes": list(classes)}
    with freed_memory_kept(device):
        running = _Run(recipe, identity, run, device, parent)
        if resume and running.checkpoint.exists():
            running.restore()
        running.go(source, examine, progress)
    return running.outcome(source.images * recipe.schedule.crops)


class _Run:
    """A training under way."""

    def __init__(
        self, recipe: Recipe, identity: Mapping[str, Any], run: Path, device: torch.device, parent: Net | None
    ) -> None:
        self._schedule, self._identity, self._device = recipe.schedule, dict(identity), device
        self._rank = current()
        self._modules = new_modules(recipe, len(identity["classes"]), device, parent)
        self._precision = training_precision(device)
        self._stepper = Stepper(self._modules, recipe, device, self._precision, self._rank)
        self._machine = _machine(device, self._precision, self._rank)
        self._history = History(run / "curves.csv")
        self.checkpoint, self._best_file = run / "checkpoint.safetensors", run / "best.safetensors"
        self._step, self._best, self._seconds = 0, -1.0, 0.0
        self._remarks: list[str] = []
        self._wish: Cancelled | None = None

    def go(self, source: BatchSource, examine: Examiner, progress: Progress) -> None:
        """Take the steps that are left."""
        slots = self._rank.slots(source.images)
        steps = self._schedule.steps
        progress.start("Training", steps, "steps", done=self._step)
        self._compile(source, slots)
        saved = began = time.monotonic()
        for batch in drawn_ahead(source, self._step, steps, slots):
            self._learn(batch)
            self._seconds -= began - (began := time.monotonic())
            if self._step % self._schedule.validate_every == 0 or self._step == steps:
                self._validate(examine)
                began = time.monotonic()
            if self._step == steps or time.monotonic() - saved > _CHECKPOINT_SECONDS:
                self._save()
                saved = began = time.monotonic()
            self._report(progress)
        if not self._best_file.exists() and self._rank.first:
            self._validate(examine)  # the run was made shorter than it already is
        self._rank.wait()

    def outcome(self, crops: int) -> Outcome:
        """The chosen weights; `crops` is how many are seen in a step."""
        chosen = Net(len(self._identity["classes"]))
        tensors, _ = read_checkpoint(self._best_file)
        chosen.load_state_dict(tensors)
        if self._stepper.learner.parts > 1:
            self._remarks.append(
                f"The memory of the GPU was too small for whole batches: each was computed in "
                f"{self._stepper.learner.parts} parts or view by view."
            )
        return Outcome(chosen, self._step, self._step * crops, self._seconds, self._best, tuple(self._remarks))

    def _compile(self, source: BatchSource, slots: range) -> None:
        if self._device.type != "cuda" or self._schedule.steps - self._step < compiled.FEWEST_STEPS:
            return
        learner, batch = self._stepper.learner, source.draw(self._step, slots)
        crops = batch.crops[:: batch.views] if self._schedule.batch_norm == "per view" else batch.crops
        crops = crops.to(self._device).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        learner.encode, remark = compiled.faster(learner.encode, self._modules.net, crops, self._precision)
        if remark:
            self._remarks.append(remark)

    def _learn(self, batch: Batch) -> None:
        losses = self._stepper.take(batch, self._step)
        self._step += 1
        self._history.add(self._step, losses)
        if self._looks():
            self._settle()

    def _looks(self) -> bool:
        # A GPU has to be waited for before anything can be known of it.
        return self._device.type != "cuda" or self._step % _LOOK_EVERY == 0

    def _settle(self) -> None:
        try:
            self._history.settle()
        except CoreError as error:
            kept = f"The last good checkpoint, {self.checkpoint}, is kept" if self.checkpoint.exists() else ""
            advice = "lower schedule.lr in the recipe, or look at the images for damaged ones."
            raise CoreError(f"{error} {kept}; {advice}" if kept else f"{error} {advice.capitalize()}") from error

    def _report(self, progress: Progress) -> None:
        # Over several processes all have to stop at the same step, or the others wait for one that has left.
        try:
            progress.step(text=self._caption())
        except Cancelled as cancelled:
            self._wish = cancelled
        if self._rank.world > 1 and not self._looks():
            return
        if self._rank.any(self._wish is not None, self._device):
            self._save()
            raise self._wish or Cancelled("Cancelled. What was finished is kept.")

    def _caption(self) -> str:
        if not self._history.rows:
            return "first steps"
        last = self._history.rows[-1]
        best = f" · best held-out recall {self._best:.1%}" if self._best >= 0 else ""
        return f"loss {last['classification']:.3f} + {last['contrast']:.3f}{best}"

    def _validate(self, examine: Examiner) -> None:
        self._settle()
        if not self._rank.first:
            return
        net = self._modules.average.eval()
        with torch.inference_mode():
            figures = dict(examine(net))
        if figures["recall"] >= self._best:
            self._best = figures["recall"]
            write_checkpoint(self._best_file, net.state_dict(), {"step": self._step, **figures})
        self._history.note(figures)
        self._history.write()

    def _save(self) -> None:
        self._settle()
        if not self._rank.first:
            return
        tensors = {
            f"{part}.{name}": tensor
            for part, module in self._modules.named()
            for name, tensor in module.state_dict().items()
        }
        if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
            raise CoreError(f"Some weights are no longer finite at step {self._step}; nothing was written over.")
        self._history.write()
        numbers = {
            "step": self._step,
            "best": self._best,
            "seconds": self._seconds,
            "parts": self._stepper.learner.parts,
            "machine": self._machine,
            **self._identity,
        }
        write_checkpoint(self.checkpoint, {**tensors, **optimiser_tensors(self._modules.optimiser)}, numbers)

    def restore(self) -> None:
        """Go on from the checkpoint; raises `BadInput` when it belongs to another recipe or data set."""
        tensors, numbers = read_checkpoint(self.checkpoint)
        for key, wanted in self._identity.items():
            if numbers.get(key) != wanted:
                raise BadInput(
                    f"The run in {self.checkpoint.parent} was started with another {key}. "
                    "Give another output file, or delete that folder."
                )
        for part, module in self._modules.named():
            prefix = part + "."
            module.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
        restore_optimiser(self._modules.optimiser, tensors)
        self._step, self._best, self._seconds = numbers["step"], numbers["best"], numbers["seconds"]
        self._stepper.learner.parts = numbers.get("parts", 1)
        self._history.read(self._step)
        if remark := _difference(numbers.get("machine"), self._machine, self._step):
            self._remarks.append(remark)


def _machine(device: torch.device, precision: torch.dtype, rank: Rank) -> dict[str, Any]:
    """What decides the last bit of the weights besides recipe and data."""
    on_gpu = device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(device) if on_gpu else f"CPU ({torch.backends.cpu.get_cpu_capability()})",
        "threads": 0 if on_gpu else torch.get_num_threads(),
        "precision": str(precision).removeprefix("torch."),
        "processes": rank.world,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "Pillow": PIL.__version__,
        "system": f"{platform.system()} {platform.machine()}",
    }


def _difference(before: Mapping[str, Any] | None, now: Mapping[str, Any], step: int) -> str | None:
    if before is None:
        return f"The run goes on from step {step}, but its beginning was made by an earlier version of the program."
    changed = [f"{key} {before.get(key)} → {value}" for key, value in now.items() if before.get(key) != value]
    if not changed:
        return None
    return (
        f"The run goes on from step {step}, but not bit for bit as it would have without the interruption, because of "
        f"other conditions: {', '.join(changed)}."
    )


def _mean_recall(
    net: Net, recipe: Recipe, classes: Sequence[str], held: Sequence[Picture], device: torch.device
) -> float:
    recalls = []
    for index, name in enumerate(classes):
        mine = [picture for picture in held if picture.item.architecture == name]
        some = mine[:: max(1, len(mine) // recipe.schedule.validate_images)][: recipe.schedule.validate_images]
        hits = [_predicted(net, picture, recipe, device) == index for picture in some]
        if hits:
            recalls.append(float(np.mean(hits)))
    return float(np.mean(recalls))


def _predicted(net: Net, picture: Picture, recipe: Recipe, device: torch.device) -> int:
    windows = torch.from_numpy(prepare(picture.pixels, recipe.preprocess).whole).to(device).permute(0, 3, 1, 2)
    scores: Tensor = net(windows).softmax(1).mean(0)
    return int(scores.argmax())
