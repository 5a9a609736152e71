"""Images that may be published, to show a retraining on: crops of free photographs, and of toy generators.

A toy generator reduces a crop and enlarges it again with its own trained kernels; only the way of enlarging differs
between the architectures, and the kernels between generators of one architecture. Nothing here says how well a
detector does on real generators.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 160  # of every image, in pixels
PHOTOGRAPHS = (
    *("DSC_0147.jpg", "DSC_0151.jpg", "launch.jpg", "fundus_left_eye.jpg", "film_scan_012.png"),
    *("wall_clock.tif", "cat_profile.png", "deep_field.webp"),
)
Pixels = NDArray[np.uint8]
Kernels = Sequence[NDArray[np.float64]]


def _nearest(small: Pixels, _kernels: Kernels) -> NDArray[np.float64]:
    return small.repeat(2, 0).repeat(2, 1).astype(float)


def _pixel_shuffle(small: Pixels, kernels: Kernels) -> NDArray[np.float64]:
    large = np.empty((2 * small.shape[0], 2 * small.shape[1], 3))
    for phase, kernel in enumerate(kernels[:4]):
        large[phase // 2 :: 2, phase % 2 :: 2] = cv2.filter2D(small.astype(float), -1, kernel)
    return large


def _transposed(small: Pixels, kernels: Kernels) -> NDArray[np.float64]:
    spread = np.zeros((2 * small.shape[0], 2 * small.shape[1], 3))
    spread[::2, ::2] = small
    return np.asarray(cv2.filter2D(spread, -1, 4 * kernels[4]), float)


ARCHITECTURES: dict[str, Callable[[Pixels, Kernels], NDArray[np.float64]]] = {
    "toy-nearest": _nearest,
    "toy-shuffle": _pixel_shuffle,
    "toy-transposed": _transposed,
}


@dataclass(frozen=True, slots=True)
class Toys:
    """Makes images out of the photographs in a folder.

    Attributes:
        photographs: folder with the files of `PHOTOGRAPHS`.
    """

    photographs: Path

    def real(self, folder: Path, photographs: Sequence[str], seed: int, count: int) -> None:
        """Write crops of each photograph into a folder of its own: so many of each."""
        for name in photographs:
            place = folder / Path(name).stem.lower()
            place.mkdir(parents=True)
            for index in range(count):
                crop = self._crop(name, np.random.default_rng([seed, PHOTOGRAPHS.index(name), index]))
                Image.fromarray(crop).save(place / f"{index:03d}.png")

    def generated(self, folder: Path, architecture: str, generator: int, seed: int, count: int) -> None:
        """Write images of one trained toy generator into a folder.

        Args:
            folder: where they are written.
            architecture: a key of `ARCHITECTURES`.
            generator: its number; each has kernels of its own.
            seed: of the crops.
            count: of images.
        """
        folder.mkdir(parents=True)
        kernels = _trained(np.random.default_rng([generator, len(architecture)]))
        for index in range(count):
            rng = np.random.default_rng([seed, generator, len(architecture), index])
            small = cv2.resize(
                self._crop(PHOTOGRAPHS[index % 8], rng), (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA
            )
            noisy = np.clip(small + rng.normal(0, rng.uniform(6, 12), small.shape), 0, 255)
            large = ARCHITECTURES[architecture](noisy.astype(np.uint8), kernels)
            Image.fromarray(np.clip(np.rint(large), 0, 255).astype(np.uint8)).save(folder / f"{index:03d}.png")

    def _crop(self, name: str, rng: np.random.Generator) -> Pixels:
        """A part of a photograph, turned and toned by chance (SIDE, SIDE, 3)."""
        pixels = np.asarray(Image.open(self.photographs / name).convert("RGB"))
        height, width = pixels.shape[:2]
        side = int(rng.integers(SIDE, min(height, width) + 1))
        top, left = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
        part = cv2.resize(pixels[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        part = np.rot90(part, int(rng.integers(0, 4)))
        part = part[:, ::-1] if rng.random() < 0.5 else part
        toned = 255 * (part / 255) ** rng.uniform(0.7, 1.4) * rng.uniform(0.85, 1.0, 3)
        return np.ascontiguousarray(np.clip(np.rint(toned), 0, 255).astype(np.uint8))


def plant_faults(folder: Path, foreign: Path, broken: Path) -> None:
    """Spoil the images of a class as carelessness would.

    Args:
        folder: `folder/<source>/*.png` of the class.
        foreign: folder with images of another class, of which some get in among those of the first source.
        broken: a file that no decoder can read, which gets in too.
    """
    first, second = sorted(folder.iterdir())[:2]
    images = sorted(first.glob("*.png"))
    shutil.copyfile(images[0], first / "copy of 000.png")
    shutil.copyfile(images[1], second / "from the other folder.png")
    with Image.open(images[2]) as image:
        image.save(second / "saved again.jpg", quality=80)
    for number, path in enumerate(sorted(foreign.glob("*.png"))[:6]):
        shutil.copyfile(path, first / f"set-b-{number}.png")
    shutil.copyfile(broken, second / "cut off.jpg")
    for path in sorted(sorted(folder.iterdir())[2].glob("*.png"))[-5:]:
        with Image.open(path) as image:  # as a messenger does it
            image.resize((SIDE // 2, SIDE // 2)).resize(image.size).save(path)


def _trained(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Kernels of one trained generator: near the identity or a blur, each a little different."""
    middle = np.zeros((3, 3))
    middle[1, 1] = 1.0
    phases = [middle + rng.normal(0, 0.12, (3, 3)) for _ in range(4)]
    uneven = np.outer([0.7, 1, 0.7], [0.7, 1, 0.7]) + rng.normal(0, 0.03, (3, 3))
    return [kernel / kernel.sum() for kernel in (*phases, uneven)]
