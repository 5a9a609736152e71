"""Patchwise contrastive training of a detector: resumable, cancellable, and the same for the same seed."""

from __future__ import annotations

import csv
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.dna.batches import Batch, Batches, BatchSource, drawn_ahead
from core.dna.checkpoint import optimiser_tensors, read_checkpoint, restore_optimiser, write_checkpoint
from core.dna.dataset import Picture
from core.dna.encoder import Net, ProjectionHead
from core.dna.losses import AutomaticWeighting, supervised_contrastive
from core.dna.preprocess import prepare
from core.dna.recipe import Recipe
from core.errors import BadInput, Cancelled, CoreError
from core.progress import Progress

_CHECKPOINT_SECONDS = 120.0
_WEIGHTING_LR = 0.01  # its own Adam group, as in the paper's code
Examiner = Callable[[Net], Mapping[str, float]]


@dataclass(slots=True)
class State:
    """Everything of a run that a checkpoint keeps."""

    net: Net
    average: Net
    projection: ProjectionHead
    weighting: AutomaticWeighting
    optimiser: torch.optim.Adam
    step: int = 0
    best: float = -1.0
    seconds: float = 0.0
    curves: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Material:
    """The images of a run, split, and the digest of the data folder they come from."""

    training: Sequence[Picture]
    held: Sequence[Picture]
    digest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished training: the chosen weights and what it took."""

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

    With a `parent` a new run starts from every tensor of it whose name and shape fit.

    Args:
        recipe: what to do.
        classes: names in the order of the net's outputs.
        material: the images; with `batches` and `examiner` given only its digest is used.
        run: folder of the run.
        device: where to compute.
        resume: go on with a run found in the folder.
        parent: net to start from.
        batches: another source of batches than the crops of `material.training`.
        examiner: called now and then with the net in evaluation mode on the device; returns figures for the curves,
            of which "recall" chooses the weights that are kept. None: mean recall of the classes on `material.held`.
        progress: one step of it is one optimiser step.

    Raises:
        BadInput: the run folder already holds a run of another recipe or data set.
        CoreError: the loss became NaN; the last good checkpoint is kept.
        Cancelled: cancelled; a checkpoint was written first.
    """
    schedule = recipe.schedule
    identity = {"recipe": recipe.digest, "data": material.digest, "classes": list(classes)}
    state = _fresh(recipe, len(classes), device, parent)
    checkpoint = run / "checkpoint.safetensors"
    if checkpoint.exists() and resume:
        _restore(state, checkpoint, identity)
    source = batches or Batches(material.training, classes, schedule, recipe.preprocess, recipe.augment, device)
    examine = examiner or (lambda net: {"recall": _mean_recall(net, recipe, classes, material.held, device)})
    progress.start("Training", schedule.steps, "steps", done=state.step)
    saved = time.monotonic()
    try:
        for batch in drawn_ahead(source, state.step, schedule.steps):
            _learn(state, batch, recipe, device)
            if state.step % schedule.validate_every == 0 or state.step == schedule.steps:
                _validate(state, examine, run)
            if time.monotonic() - saved > _CHECKPOINT_SECONDS or state.step == schedule.steps:
                _save(state, checkpoint, identity)
                saved = time.monotonic()
            progress.step(text=_caption(state))
    except Cancelled:
        _save(state, checkpoint, identity)
        raise
    chosen = Net(len(classes))
    tensors, _ = read_checkpoint(run / "best.safetensors")
    chosen.load_state_dict(tensors)
    patches = state.step * source.images * schedule.crops
    return Outcome(chosen, state.step, patches, state.seconds, state.best)


def _fresh(recipe: Recipe, classes: int, device: torch.device, parent: Net | None) -> State:
    torch.manual_seed(recipe.schedule.seed)
    net = Net(classes)
    if parent is not None:
        own = net.state_dict()
        fitting = {name: t for name, t in parent.state_dict().items() if name in own and own[name].shape == t.shape}
        net.load_state_dict({**own, **fitting})
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = Net(classes).to(device)
    average.load_state_dict(net.state_dict())
    projection = ProjectionHead().to(device)
    weighting = AutomaticWeighting(2).to(device)
    optimiser = torch.optim.Adam(
        [
            {"params": [*net.parameters(), *projection.parameters()], "lr": recipe.schedule.lr},
            {"params": [*weighting.parameters()], "lr": _WEIGHTING_LR},
        ]
    )
    return State(net, average, projection, weighting, optimiser)


def _learn(state: State, batch: Batch, recipe: Recipe, device: torch.device) -> None:
    began = time.monotonic()
    schedule = recipe.schedule
    factor = schedule.lr_gamma ** (state.step // schedule.lr_step)
    for group, base in zip(state.optimiser.param_groups, (schedule.lr, _WEIGHTING_LR), strict=True):
        group["lr"] = base * factor
    crops = batch.crops.to(device).permute(0, 3, 1, 2)  # (M, 3, h, w), channels last in memory
    labels = batch.labels.to(device)
    state.net.train()
    # Dropout draws from torch's generator: seeded by step, a resumed run goes on as if never interrupted.
    torch.manual_seed(schedule.seed * 1_000_003 + state.step)
    features = state.net.features(crops)  # (M, 512)
    classification = nn.functional.cross_entropy(state.net.classification_head(features), labels)
    loss, contrast = classification, torch.zeros((), device=device)
    if schedule.contrastive:
        contrast = supervised_contrastive(state.projection(features), labels, schedule.temperature)
        loss = state.weighting(torch.stack([classification, contrast]))
    if not math.isfinite(value := loss.item()):
        raise CoreError(f"The loss became {value} at step {state.step}. The last checkpoint is kept.")
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    state.optimiser.step()
    _average(state, schedule.averaging)
    state.step += 1
    state.seconds += time.monotonic() - began
    state.curves.append({"step": state.step, "classification": classification.item(), "contrast": contrast.item()})


@torch.no_grad()
def _average(state: State, decay: float) -> None:
    # Early on the running average follows closely, so that it does not drag the random start along.
    share = min(decay, (1 + state.step) / (10 + state.step)) if decay else 0.0
    for mean, value in zip(state.average.state_dict().values(), state.net.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1.0 - share)
        else:
            mean.copy_(value)


def _validate(state: State, examine: Examiner, run: Path) -> None:
    state.average.eval()
    with torch.inference_mode():
        figures = dict(examine(state.average))
    if figures["recall"] >= state.best:
        state.best = figures["recall"]
        write_checkpoint(run / "best.safetensors", state.average.state_dict(), {"step": state.step, **figures})
    state.curves[-1].update(figures)
    _write_curves(run / "curves.csv", state.curves)


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


def _caption(state: State) -> str:
    last = state.curves[-1]
    best = f" · best held-out recall {state.best:.1%}" if state.best >= 0 else ""
    return f"loss {last['classification']:.3f} + {last['contrast']:.3f}{best}"


def _write_curves(path: Path, curves: Sequence[dict[str, float]]) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        names = dict.fromkeys(name for row in curves for name in row)
        writer = csv.DictWriter(stream, list(names))
        writer.writeheader()
        writer.writerows(curves)
    os.replace(temporary, path)


def _save(state: State, path: Path, identity: dict[str, Any]) -> None:
    tensors = {
        f"{part}.{name}": tensor for part, module in _modules(state) for name, tensor in module.state_dict().items()
    }
    numbers = {"step": state.step, "best": state.best, "seconds": state.seconds, "curves": state.curves, **identity}
    write_checkpoint(path, {**tensors, **optimiser_tensors(state.optimiser)}, numbers)


def _restore(state: State, path: Path, identity: dict[str, Any]) -> None:
    tensors, numbers = read_checkpoint(path)
    for key, wanted in identity.items():
        if numbers.get(key) != wanted:
            raise BadInput(
                f"The run in {path.parent} was started with another {key}. "
                "Give another output file, or delete that folder."
            )
    for part, module in _modules(state):
        prefix = part + "."
        module.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
    restore_optimiser(state.optimiser, tensors)
    state.step, state.best, state.seconds = numbers["step"], numbers["best"], numbers["seconds"]
    state.curves = numbers["curves"]


def _modules(state: State) -> list[tuple[str, nn.Module]]:
    return [
        ("net", state.net),
        ("average", state.average),
        ("projection", state.projection),
        ("weighting", state.weighting),
    ]
