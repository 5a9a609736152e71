"""Class-balanced batches of random crops; the batch of a step follows from the seed and the step number alone."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.dna.augment import Augment, augmented
from core.dna.dataset import REAL, Picture, by_class_and_source
from core.dna.preprocess import Preprocess, magnified, prepare, to_channels
from core.dna.recipe import Schedule

_AHEAD = 3
Plane = TypeVar("Plane", NDArray[np.uint8], NDArray[np.float32])


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops of one step: (M, crop, crop, 3) float32 and their class indices (M,)."""

    crops: NDArray[np.float32]
    labels: NDArray[np.int64]


class Batches:
    """Draws batches in a thread ahead of the optimiser.

    Args:
        pictures: the training images in memory.
        classes: class names in the order of their indices.
        schedule, preprocess, augment: from the recipe.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        classes: Sequence[str],
        schedule: Schedule,
        preprocess: Preprocess,
        augment: Augment | None,
    ) -> None:
        self._groups = by_class_and_source(pictures)
        self._classes = tuple(classes)
        self._schedule, self._preprocess, self._augment = schedule, preprocess, augment

    def draw(self, step: int) -> Batch:
        """The batch of one step, the same whenever it is asked for."""
        rng = np.random.default_rng([self._schedule.seed, step])
        crops: list[NDArray[np.float32]] = []
        labels: list[int] = []
        for index, name in enumerate(self._classes):
            for _ in range(images_of(name, self._schedule)):
                crops += self._crops(self._picture(name, rng), rng)
                labels += [index] * self._schedule.crops
        return Batch(np.stack(crops), np.asarray(labels, np.int64))

    def run(self, start: int, stop: int) -> Iterator[Batch]:
        """Batches of the steps from `start` to `stop`, drawn ahead in a thread."""
        waiting: queue.Queue[Batch] = queue.Queue(_AHEAD)
        closed = threading.Event()

        def fill() -> None:
            for step in range(start, stop):
                batch = self.draw(step)
                while not closed.is_set():
                    try:
                        waiting.put(batch, timeout=0.2)
                        break
                    except queue.Full:
                        continue

        thread = threading.Thread(target=fill, name="batches", daemon=True)
        thread.start()
        try:
            for _ in range(start, stop):
                yield waiting.get()
        finally:
            closed.set()
            thread.join()

    def _picture(self, name: str, rng: np.random.Generator) -> Picture:
        sources = self._groups[name]
        # The square root keeps a large source from drowning the small ones without wearing those out.
        weights = np.sqrt([len(pictures) for pictures in sources.values()])
        chosen = list(sources.values())[int(rng.choice(len(weights), p=weights / weights.sum()))]
        return chosen[int(rng.integers(len(chosen)))]

    def _crops(self, picture: Picture, rng: np.random.Generator) -> list[NDArray[np.float32]]:
        if self._preprocess.kind == "paper":
            plane = prepare(picture.pixels, self._preprocess).whole[0]
            return [_random_square(plane, self._schedule.crop_px, rng) for _ in range(self._schedule.crops)]
        region = _random_square(picture.pixels, self._schedule.region_px, rng)
        if self._augment is not None:
            region = augmented(region, self._augment, rng)
        plane = to_channels(region, self._preprocess.channels)
        side = self._schedule.crop_px // self._preprocess.magnify
        return [
            magnified(_random_square(plane, side, rng), self._preprocess.magnify) for _ in range(self._schedule.crops)
        ]


def images_of(name: str, schedule: Schedule) -> int:
    """Images of a class in one batch."""
    return schedule.images_per_class * (schedule.real_weight if name == REAL else 1)


def _random_square(plane: Plane, side: int, rng: np.random.Generator) -> Plane:
    height, width = plane.shape[:2]
    tall, wide = min(side, height), min(side, width)
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    return plane[top : top + tall, left : left + wide]
