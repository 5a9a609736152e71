"""The pretext task: a network learns which of the 170 transformations a crop of a real image has gone through.

Source: DNA-Det §"Pre-train on image transformations". An image gives a random 128 px crop, the crop a random
transformation, and the result is looked at as the recipe's preprocessing says: enlarged to 512 px and cut into crops
("paper"), or cut as it is ("native"). Its labels are the transformations; the classes of the data folder do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.dna.batches import Batch, random_square, slot_generator
from core.dna.dataset import Picture
from core.dna.encoder import Net
from core.dna.gather import RIM, Magnifier, enlarged, scaled
from core.dna.preprocess import Preprocess, magnified, prepare, to_channels
from core.dna.recipe import Recipe, Schedule
from core.dna.transforms import MERGED, TABLE, apply
from core.errors import BadInput

CLASSES = tuple(row.name for row in TABLE)
_NATIVE_CROP = 128
_PIXELS_AT_ONCE = 4_194_304  # of enlarged images examined together: sixteen of 512 × 512
_EXAMINED = 1_000_003  # sets the examined crops apart from those of any training step
Pixels = NDArray[np.uint8]


def crop_side(preprocess: Preprocess) -> int:
    """Side in pixels of the crop that is transformed; images with a shorter side cannot be used (paper: 128)."""
    return preprocess.first_px if preprocess.kind == "paper" else _NATIVE_CROP


class PretextBatches:
    """Draws batches of transformed crops; a batch has `schedule.images_per_class` images in all (paper: 128).

    Args:
        pictures: the training images in memory, none smaller than `crop_side`.
        recipe: schedule, preprocessing and the compatibility switch for JPEG.
        device: where the crops are computed and left.
    """

    classes = CLASSES

    def __init__(self, pictures: Sequence[Picture], recipe: Recipe, device: torch.device) -> None:
        self._schedule, self._preprocess = recipe.schedule, recipe.preprocess
        self._as_bgr, self._device = recipe.compatibility.jpeg_as_bgr, device
        self._pixels = [picture.pixels for picture in pictures]
        sources = sorted({(picture.item.architecture, picture.item.source) for picture in pictures})
        self._group = [sources.index((picture.item.architecture, picture.item.source)) for picture in pictures]
        self._cut = _cutter(recipe.schedule, recipe.preprocess, device)

    @property
    def images(self) -> int:
        """Images in a whole batch."""
        return self._schedule.images_per_class

    def draw(self, step: int, slots: range | None = None) -> Batch:
        """The images of these places in the batch of a step (None: all of them)."""
        chosen = slots if slots is not None else range(self.images)
        generators = [slot_generator(self._schedule.seed, step, slot) for slot in chosen]
        indices = [int(rng.integers(len(self._pixels))) for rng in generators]
        labels = [int(rng.integers(len(TABLE))) for rng in generators]
        transformed = [
            _transformed(self._pixels[index], label, self._preprocess, rng, as_bgr=self._as_bgr)
            for index, label, rng in zip(indices, labels, generators, strict=True)
        ]
        views = self._schedule.crops
        return Batch(
            self._cut(np.stack(transformed), generators),
            torch.tensor(labels).repeat_interleave(views).to(self._device),
            torch.tensor([self._group[index] for index in indices]).repeat_interleave(views).to(self._device),
            views,
        )


def _transformed(
    pixels: Pixels, label: int, preprocess: Preprocess, rng: np.random.Generator, *, as_bgr: bool
) -> Pixels:
    crop = random_square(pixels, crop_side(preprocess), rng)
    return apply(np.ascontiguousarray(crop), TABLE[label], rng, jpeg_as_bgr=as_bgr)


class _PaperCutter:
    """Random crops of the transformed squares as if these were enlarged to `side_px`."""

    def __init__(self, schedule: Schedule, preprocess: Preprocess, device: torch.device) -> None:
        self._views, self._channels, self._device = schedule.crops, preprocess.channels, device
        rim = RIM if preprocess.channels == "residual" else 0
        first, side = preprocess.first_px, preprocess.side_px
        self._magnifier = Magnifier(first, side, schedule.crop_px, rim=rim, device=device)

    def __call__(self, squares: Pixels, generators: Sequence[np.random.Generator]) -> Tensor:
        """Squares (N, s, s, 3) to crops (N · views, crop, crop, 3)."""
        corners = np.stack([rng.integers(self._magnifier.places, size=(self._views, 2)) for rng in generators])
        tops, lefts = torch.from_numpy(corners.reshape(-1, 2).T.copy()).to(self._device)
        which = torch.arange(len(squares)).repeat_interleave(self._views).to(self._device)
        images = torch.from_numpy(squares).to(self._device)
        return scaled(self._magnifier(images, which, tops, lefts), self._channels)


class _NativeCutter:
    """Random crops of the transformed squares as they are, enlarged by `magnify`."""

    def __init__(self, schedule: Schedule, preprocess: Preprocess, device: torch.device) -> None:
        self._side = schedule.crop_px // preprocess.magnify
        if schedule.crop_px % preprocess.magnify or self._side > crop_side(preprocess):
            raise BadInput(
                f"schedule.crop_px must be a multiple of preprocess.magnify and at most {crop_side(preprocess)} times "
                "that."
            )
        self._views, self._preprocess, self._device = schedule.crops, preprocess, device
        self._rim = RIM if preprocess.channels == "residual" else 0

    def __call__(self, squares: Pixels, generators: Sequence[np.random.Generator]) -> Tensor:
        """Squares (N, s, s, 3) to crops (N · views, crop, crop, 3)."""
        windows = [
            window for square, rng in zip(squares, generators, strict=True) for window in self._windows(square, rng)
        ]
        levels = torch.from_numpy(np.stack(windows)).to(self._device, non_blocking=True)
        return enlarged(scaled(levels, self._preprocess.channels), self._preprocess.magnify)

    def _windows(self, square: Pixels, rng: np.random.Generator) -> Iterator[Pixels]:
        if self._rim:
            square = np.pad(square, ((self._rim,) * 2, (self._rim,) * 2, (0, 0)), mode="reflect")
        for _ in range(self._views):
            yield random_square(square, self._side + 2 * self._rim, rng)


def _cutter(schedule: Schedule, preprocess: Preprocess, device: torch.device) -> _PaperCutter | _NativeCutter:
    return (_PaperCutter if preprocess.kind == "paper" else _NativeCutter)(schedule, preprocess, device)


class PretextExaminer:
    """Measures a pretext network on held-out images, always on the same crops and transformations.

    Every transformation is applied to `schedule.validate_images` held-out crops, drawn once from the seed: an image is
    drawn anew for each validation in the published code, which makes its curve jump. Whole transformed squares are
    looked at, as in the paper's validation.

    Args:
        held: held-out images in memory, none smaller than `crop_side`.
        recipe: as for `PretextBatches`.
        device: where the network is.
    """

    def __init__(self, held: Sequence[Picture], recipe: Recipe, device: torch.device) -> None:
        self._preprocess, self._device = recipe.preprocess, device
        self.truths = np.repeat(np.arange(len(TABLE)), recipe.schedule.validate_images)
        squares = []
        for place, label in enumerate(self.truths):
            rng = np.random.default_rng([recipe.schedule.seed, _EXAMINED, place])
            pixels = held[int(rng.integers(len(held)))].pixels
            as_bgr = recipe.compatibility.jpeg_as_bgr
            squares.append(_transformed(pixels, int(label), recipe.preprocess, rng, as_bgr=as_bgr))
        self.squares = np.stack(squares)  # (170 · validate_images, s, s, 3)

    def __call__(self, net: Net) -> Mapping[str, float]:
        """Figures of a network in evaluation mode (see `pretext_figures`)."""
        return pretext_figures(self.truths, self._predicted(net))

    @torch.inference_mode()
    def _predicted(self, net: Net) -> NDArray[np.int64]:
        side = whole_input(self.squares[0], self._preprocess).shape[0]
        count = max(1, _PIXELS_AT_ONCE // side**2)
        said = []
        for start in range(0, len(self.squares), count):
            inputs = np.stack([whole_input(square, self._preprocess) for square in self.squares[start : start + count]])
            said.append(net(torch.from_numpy(inputs).to(self._device).permute(0, 3, 1, 2)).argmax(1).cpu())
        return torch.cat(said).numpy()


def whole_input(square: Pixels, preprocess: Preprocess) -> NDArray[np.float32]:
    """A whole transformed square (s, s, 3) uint8 as the network meets it."""
    if preprocess.kind == "paper":
        return np.asarray(prepare(square, preprocess).whole[0])
    return magnified(to_channels(square, preprocess.channels), preprocess.magnify)


def pretext_figures(truths: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[str, float]:
    """Figures of named transformations.

    Returns:
        "recall": share named right among 170 (every transformation is examined equally often, so the accuracy is the
        mean recall); "merged": the same when transformations that look alike count as one (`core.dna.transforms`);
        "macro_f1": mean F1 over the 170.
    """
    merged = np.asarray(MERGED)
    right = truths == predicted
    hits = np.bincount(truths[right], minlength=len(TABLE))
    said, there = (np.bincount(some, minlength=len(TABLE)) for some in (predicted, truths))
    f1 = 2 * hits / np.maximum(said + there, 1)
    return {
        "recall": float(right.mean()),
        "merged": float((merged[truths] == merged[predicted]).mean()),
        "macro_f1": float(f1[there > 0].mean()),
    }
