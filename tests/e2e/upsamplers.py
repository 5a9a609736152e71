"""Four ways in which generators enlarge their feature maps, and two kinds of content that share nothing."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SIDE = 64  # of the map that is enlarged twice


def fields(rng):
    """Smooth and rough random fields: octaves of blurred noise of random strength (SIDE, SIDE, 3)."""
    image = np.full((SIDE, SIDE, 3), rng.uniform(80, 180, 3))
    for side, strength in ((3, 50), (6, 40), (12, 30), (24, 25), (48, 20)):
        octave = cv2.resize(rng.normal(0, 1, (side, side, 3)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        image += rng.uniform(0, strength) * octave
    return image


def shapes(rng):
    """Filled polygons and strokes of writing on a plain ground, edges everywhere (SIDE, SIDE, 3)."""
    large = 4 * SIDE  # drawn large and reduced, as a camera or a renderer smooths its edges
    image = np.full((large, large, 3), rng.uniform(30, 225, 3), np.uint8)
    for _ in range(int(rng.integers(4, 9))):
        corners = rng.integers(0, large, (int(rng.integers(3, 6)), 1, 2)).astype(np.int32)
        cv2.fillPoly(image, [corners], rng.uniform(0, 255, 3).tolist())
    for _ in range(3):
        text = "".join(map(chr, rng.integers(65, 91, 4)))
        left, bottom = rng.integers(0, large - 60, 2)
        cv2.putText(
            image, text, (int(left), int(bottom) + 50), cv2.FONT_HERSHEY_PLAIN, 4.0, rng.uniform(0, 255, 3).tolist(), 4
        )
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(float)


def nearest(small, kernels):
    """Every value four times."""
    return small.repeat(2, 0).repeat(2, 1)


def bilinear(small, kernels):
    """Linear interpolation."""
    return cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)


def shuffled(small, kernels):
    """Depth to space: each of the four phases is a convolution of its own."""
    large = np.empty((2 * SIDE, 2 * SIDE, 3))
    for phase, kernel in enumerate(kernels[:4]):
        large[phase // 2 :: 2, phase % 2 :: 2] = cv2.filter2D(small, -1, kernel)
    return large


def transposed(small, kernels):
    """Transposed convolution of stride 2 and side 3: its steps overlap unevenly, which leaves a checkerboard."""
    spread = np.zeros((2 * SIDE, 2 * SIDE, 3))
    spread[::2, ::2] = small
    return cv2.filter2D(spread, -1, 4 * kernels[4])


ARCHITECTURES = {"nearest": nearest, "bilinear": bilinear, "pixel-shuffle": shuffled, "transposed": transposed}


def trained_kernels(rng):
    """Kernels of one trained generator: near a plain blur or the identity, each a little different."""
    middle = np.zeros((3, 3))
    middle[1, 1] = 1.0
    phases = [middle + rng.normal(0, 0.12, (3, 3)) for _ in range(4)]
    flat = np.outer([0.5, 1, 0.5], [0.5, 1, 0.5]) + rng.normal(0, 0.12, (3, 3))
    return [kernel / kernel.sum() for kernel in (*phases, flat)]


def write_images(folder: Path, content, seed: int, *, generators: int, count: int) -> Path:
    """``folder/<architecture>/<generator>/*.png``: `count` images of each of so many trained generators."""
    for number, (name, enlarge) in enumerate(ARCHITECTURES.items()):
        for generator in range(generators):
            kernels = trained_kernels(np.random.default_rng([seed, generator]))
            place = folder / name / f"{content.__name__}-{generator}"
            place.mkdir(parents=True)
            for index in range(count):
                rng = np.random.default_rng([seed, number, generator, index])
                small = content(rng) + rng.normal(0, rng.uniform(6, 12), (SIDE, SIDE, 3))
                pixels = np.clip(np.rint(enlarge(small, kernels)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{index}.png")
    return folder
