"""Class-balanced batches of random crops; the batch of a step follows from the seed and the step number alone."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from core.dna.augment import Augment, augmented
from core.dna.dataset import REAL, Picture
from core.dna.gather import RIM, Magnifier, enlarged, scaled
from core.dna.preprocess import Preprocess
from core.dna.recipe import Schedule
from core.errors import BadInput

_AHEAD = 2  # batches that wait beside those being drawn
_MOST_THREADS = 12
_BALANCE = {"root": 0.5, "equal": 0.0, "size": 1.0}
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops of one step, the crops of an image side by side.

    Attributes:
        crops: (M, crop, crop, 3) float32 in the network's scale, on any device.
        labels: class index of each crop (M,) int64.
        groups: number of the source each crop comes from (M,) int64; equal numbers mean the same source.
        views: crops of one image; M is a multiple of it.
    """

    crops: Tensor
    labels: Tensor
    groups: Tensor
    views: int


class BatchSource(Protocol):
    """What the trainer learns from: a batch follows from the step alone, and any part of it can be drawn alone."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of their indices."""

    @property
    def images(self) -> int:
        """Images in a whole batch."""

    def draw(self, step: int, slots: range | None = None) -> Batch:
        """The images of these places (0 … images − 1; None: all) in the batch of a step, the same whenever asked for.

        Called from several threads at once.
        """


def slot_generator(seed: int, step: int, slot: int) -> np.random.Generator:
    """The random numbers of one image of one batch; it can be drawn without the others."""
    return np.random.default_rng([seed, step, slot])


def drawn_ahead(source: BatchSource, start: int, stop: int, slots: range | None = None) -> Iterator[Batch]:
    """Batches of the steps from `start` to `stop`, drawn in threads while the optimiser works on earlier ones."""
    threads = drawing_threads()
    waiting: deque[Future[Batch]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="batches")
    try:
        for step in range(start, min(stop, start + threads + _AHEAD)):
            waiting.append(pool.submit(source.draw, step, slots))
        for step in range(start + len(waiting), stop + len(waiting)):
            batch = waiting.popleft().result()
            if step < stop:
                waiting.append(pool.submit(source.draw, step, slots))
            yield batch
    finally:
        pool.shutdown(cancel_futures=True)


def drawing_threads() -> int:
    """Threads that draw batches: one less than there are processors for this process, at least one."""
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else (os.cpu_count() or 1)
    return max(1, min(_MOST_THREADS, processors - 1))


class Batches:
    """Draws batches of the images of the classes, as many of each class as the schedule says.

    Args:
        pictures: the training images in memory.
        classes: class names in the order of their indices.
        schedule, preprocess, augment: from the recipe.
        device: where the crops are computed and left.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        classes: Sequence[str],
        schedule: Schedule,
        preprocess: Preprocess,
        augment: Augment | None,
        device: torch.device = torch.device("cpu"),  # noqa: B008 - a constant
    ) -> None:
        self.classes = tuple(classes)
        self._schedule = schedule
        self._labels = [
            index for index, name in enumerate(self.classes) for _ in range(images_of(name, schedule))
        ]  # class of each place in a batch
        names = sorted({(picture.item.architecture, picture.item.source) for picture in pictures})
        self._group = [names.index((picture.item.architecture, picture.item.source)) for picture in pictures]
        self._choices = [_Choice(self._sources(pictures, name), schedule.balance) for name in self.classes]
        cutter = PaperCutter if preprocess.kind == "paper" else NativeCutter
        self._cut = cutter(pictures, schedule, preprocess, augment, device)
        self._device = device

    @property
    def images(self) -> int:
        """Images in a whole batch."""
        return len(self._labels)

    def draw(self, step: int, slots: range | None = None) -> Batch:
        """The images of these places in the batch of a step (None: all of them)."""
        chosen = slots if slots is not None else range(self.images)
        generators = [slot_generator(self._schedule.seed, step, slot) for slot in chosen]
        labels = [self._labels[slot] for slot in chosen]
        indices = [self._choices[label].draw(rng) for label, rng in zip(labels, generators, strict=True)]
        crops = self._cut(indices, generators)
        views = self._schedule.crops
        return Batch(
            crops,
            torch.tensor(labels).repeat_interleave(views).to(self._device),
            torch.tensor([self._group[index] for index in indices]).repeat_interleave(views).to(self._device),
            views,
        )

    def _sources(self, pictures: Sequence[Picture], name: str) -> list[list[int]]:
        sources: dict[int, list[int]] = {}
        for index, picture in enumerate(pictures):
            if picture.item.architecture == name:
                sources.setdefault(self._group[index], []).append(index)
        if not sources:
            raise BadInput(f"The class {name!r} has no training image.")
        return list(sources.values())


class _Choice:
    """Draws an image of a class: first the source, then an image of it.

    The square root ("root") keeps a large source from drowning the small ones without wearing those out.
    """

    def __init__(self, sources: list[list[int]], balance: str) -> None:
        self._sources = sources
        weights = np.asarray([len(source) for source in sources], np.float64) ** _BALANCE[balance]
        self._shares = weights / weights.sum()

    def draw(self, rng: np.random.Generator) -> int:
        """Index of an image."""
        source = self._sources[int(rng.choice(len(self._shares), p=self._shares))]
        return source[int(rng.integers(len(source)))]


class PaperCutter:
    """Crops of the enlarged centre squares, which stand as uint8 images of `first_px` on the device."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        schedule: Schedule,
        preprocess: Preprocess,
        augment: Augment | None,
        device: torch.device,
    ) -> None:
        first = preprocess.first_px
        stored = np.empty((len(pictures), first, first, 3), np.uint8)
        for index, picture in enumerate(pictures):
            stored[index] = _first_square(picture.pixels, first)
        self._stored = torch.from_numpy(stored) if augment else torch.from_numpy(stored).to(device)
        self._views, self._augment, self._device = schedule.crops, augment, device
        self._channels, self._first = preprocess.channels, first
        rim = RIM if preprocess.channels == "residual" else 0
        self._magnifier = Magnifier(first, preprocess.side_px, schedule.crop_px, rim=rim, device=device)

    def __call__(self, indices: Sequence[int], generators: Sequence[np.random.Generator]) -> Tensor:
        """Crops (len(indices) · views, crop, crop, 3) of these images."""
        images, which = self._stored, torch.tensor(indices)
        if self._augment is not None:
            drawn = [self._processed(index, rng) for index, rng in zip(indices, generators, strict=True)]
            images, which = torch.from_numpy(np.stack(drawn)).to(self._device), torch.arange(len(indices))
        corners = np.stack([rng.integers(self._magnifier.places, size=(self._views, 2)) for rng in generators])
        tops, lefts = torch.from_numpy(corners.reshape(-1, 2).T.copy()).to(self._device)
        which = which.repeat_interleave(self._views).to(self._device)
        return scaled(self._magnifier(images, which, tops, lefts), self._channels)

    def _processed(self, index: int, rng: np.random.Generator) -> Pixels:
        assert self._augment is not None
        pixels = augmented(self._stored[index].numpy(), self._augment, rng)
        if pixels.shape[:2] == (self._first, self._first):
            return pixels
        return np.asarray(Image.fromarray(pixels).resize((self._first, self._first), Image.Resampling.BICUBIC))


def _first_square(pixels: Pixels, side: int) -> Pixels:
    """The centre square, resized to `side`: the first half of the paper's preprocessing."""
    height, width = pixels.shape[:2]
    square = min(height, width)
    left, top = (width - square) // 2, (height - square) // 2
    image = Image.fromarray(pixels[top : top + square, left : left + square])
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))


class NativeCutter:
    """Crops of regions of the untouched images, each region processed at random before it is cut."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        schedule: Schedule,
        preprocess: Preprocess,
        augment: Augment | None,
        device: torch.device,
    ) -> None:
        if schedule.crop_px % preprocess.magnify:
            raise BadInput("schedule.crop_px must be a multiple of preprocess.magnify.")
        self._pixels = [picture.pixels for picture in pictures]
        self._schedule, self._preprocess, self._augment, self._device = schedule, preprocess, augment, device
        self._rim = RIM if preprocess.channels == "residual" else 0

    def __call__(self, indices: Sequence[int], generators: Sequence[np.random.Generator]) -> Tensor:
        """Crops (len(indices) · views, crop, crop, 3) of these images."""
        windows = [w for index, rng in zip(indices, generators, strict=True) for w in self._windows(index, rng)]
        levels = torch.from_numpy(np.stack(windows)).to(self._device, non_blocking=True)
        return enlarged(scaled(levels, self._preprocess.channels), self._preprocess.magnify)

    def _windows(self, index: int, rng: np.random.Generator) -> list[Pixels]:
        region = random_square(self._pixels[index], self._schedule.region_px, rng)
        if self._augment is not None:
            region = augmented(region, self._augment, rng)
        side = self._schedule.crop_px // self._preprocess.magnify
        region = _at_least(region, side)
        if self._rim:
            # The border of the residual is that of the region, mirrored, as when a whole image is looked at.
            region = np.asarray(cv2.copyMakeBorder(region, RIM, RIM, RIM, RIM, cv2.BORDER_REFLECT_101), np.uint8)
        return [random_square(region, side + 2 * self._rim, rng) for _ in range(self._schedule.crops)]


def images_of(name: str, schedule: Schedule) -> int:
    """Images of a class in one batch."""
    return schedule.images_per_class * (schedule.real_weight if name == REAL else 1)


def random_square(pixels: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A square of this side at a random place, or what there is of it."""
    height, width = pixels.shape[:2]
    tall, wide = min(side, height), min(side, width)
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    return pixels[top : top + tall, left : left + wide]


def _at_least(pixels: Pixels, side: int) -> Pixels:
    missing = [max(0, side - length) for length in pixels.shape[:2]]
    return np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="symmetric") if any(missing) else pixels
