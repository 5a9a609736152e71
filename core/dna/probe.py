"""A few seconds of a training's work, timed on this machine, to say beforehand how long the whole of it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from core.dna.attribute import Attributor
from core.dna.augment import Augment
from core.dna.batches import Batches
from core.dna.dataset import Picture
from core.dna.detector import Detector
from core.dna.device import Device, training_precision
from core.dna.distributed import Rank
from core.dna.learn import Stepper, new_modules
from core.dna.recipe import Recipe
from core.dna.spectrum import FEATURES
from core.dna.spectrum_training import image_peaks
from core.dna.views import ViewReader

_STEPS, _VIEWS, _FIT_ROWS = 2, 2, 400


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that one unit of work takes: the mean of what was measured, the least and the most."""

    seconds: float
    least: float
    most: float

    def times(self, count: float) -> Pace:
        """So many units."""
        return Pace(self.seconds * count, self.least * count, self.most * count)

    def plus(self, other: Pace) -> Pace:
        """One after the other."""
        return Pace(self.seconds + other.seconds, self.least + other.least, self.most + other.most)


NOTHING = Pace(0.0, 0.0, 0.0)


def pace_of(seconds: Sequence[float]) -> Pace:
    """The pace of units that took so long."""
    return Pace(sum(seconds) / len(seconds), min(seconds), max(seconds)) if seconds else NOTHING


def view_pace(
    detector: Detector, augment: Augment | None, seed: int, pictures: Sequence[Picture], device: Device
) -> Pace:
    """Seconds of one view of an image, read by the encoder of a detector."""
    reader = ViewReader(Attributor(detector, device, exact=True), augment, seed)
    reader.clean(pictures[0].pixels)  # the first one pays for what is set up
    taken = []
    for picture in pictures:
        taken.append(_timed(lambda pixels=picture.pixels: reader.clean(pixels)))  # type: ignore[misc]
        for view in range(1, 1 + _VIEWS):
            sha256 = picture.item.sha256
            taken.append(_timed(lambda p=picture.pixels, s=sha256, v=view: reader.processed(p, s, v)))  # type: ignore[misc]
    return pace_of(taken)


def fit_pace(classes: int) -> Pace:
    """Seconds that one row of spectral peaks takes in one evaluation of a linear head's loss and gradient."""
    inputs, labels = torch.randn(_FIT_ROWS, FEATURES), torch.zeros(_FIT_ROWS, dtype=torch.long)
    weight = torch.zeros(classes, FEATURES, requires_grad=True)

    def evaluate() -> None:
        functional.cross_entropy(functional.linear(inputs, weight), labels).backward()  # type: ignore[no-untyped-call]

    evaluate()
    return pace_of([_timed(evaluate) / _FIT_ROWS for _ in range(2)])


def step_pace(recipe: Recipe, classes: Sequence[str], pictures: Sequence[Picture], device: Device) -> Pace:
    """Seconds of one optimiser step, batch and all, whatever it starts from; `pictures` shows every class."""
    where = device.torch_device
    batches = Batches(pictures, classes, recipe.schedule, recipe.preprocess, recipe.augment, where)
    modules = new_modules(recipe, len(classes), where, None)
    stepper = Stepper(modules, recipe, where, training_precision(where), Rank())

    def step(number: int) -> None:
        stepper.take(batches.draw(number), number).tolist()  # looking at a number waits for a GPU

    step(0)  # the first one pays for what is set up
    return pace_of([_timed(lambda number=number: step(number)) for number in range(1, 1 + _STEPS)])  # type: ignore[misc]


def spectrum_pace(recipe: Recipe, pictures: Sequence[Picture]) -> Pace:
    """Seconds of the spectral peaks of one view of an image; nothing for a recipe without the second voice."""
    if recipe.spectrum is None:
        return NOTHING
    preprocess = recipe.preprocess
    return pace_of([_timed(lambda p=picture.pixels: image_peaks(p, preprocess)) for picture in pictures])  # type: ignore[misc]


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
