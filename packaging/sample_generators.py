"""Small image generators of our own for the sample case: one decoder per upsampling method, fitted to one photograph.

A decoder turns a learned latent grid into a picture through four stages that each double the size. Only the way of
doubling differs, because that is what leaves an architecture's trace in the pixels. Fitting takes under a minute each
on one processor thread; the same seed on the same kind of processor gives the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

WIDTHS = (64, 64, 48, 32, 24)  # channels of the latent grid and after each of the four stages
STEPS = 500
LEARNING_RATE = 0.01


@dataclass(frozen=True, slots=True)
class Generator:
    """One decoder of the sample case.

    Attributes:
        upsampling: a key of `DOUBLING`.
        size: side of the square picture in pixels, a multiple of 16.
        seed: start of the random numbers for weights and latent grid.
    """

    upsampling: str
    size: int
    seed: int


def _nearest(inputs: int, outputs: int) -> nn.Module:
    from torch import nn

    return nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(inputs, outputs, 3, padding=1))


def _bilinear(inputs: int, outputs: int) -> nn.Module:
    from torch import nn

    return nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(inputs, outputs, 3, padding=1))


def _depth_to_space(inputs: int, outputs: int) -> nn.Module:
    from torch import nn

    return nn.Sequential(nn.Conv2d(inputs, 4 * outputs, 3, padding=1), nn.PixelShuffle(2))


def _transposed(inputs: int, outputs: int) -> nn.Module:
    from torch import nn

    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)


def _transposed_uneven(inputs: int, outputs: int) -> nn.Module:
    from torch import nn

    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1)


DOUBLING = {
    "nearest neighbour, then 3×3 convolution": _nearest,
    "bilinear, then 3×3 convolution": _bilinear,
    "3×3 convolution, then depth to space": _depth_to_space,
    "transposed convolution 4×4, stride 2": _transposed,
    "transposed convolution 3×3, stride 2 (uneven overlap)": _transposed_uneven,
}


def generate(generator: Generator, photograph: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fit the decoder to a photograph and return the picture it makes.

    Args:
        generator: which decoder.
        photograph: (size, size, 3) uint8 RGB.

    Returns:
        (size, size, 3) uint8 RGB, every pixel of it the decoder's output.
    """
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(generator.seed)
    target = torch.from_numpy(photograph.astype(np.float32) / 255).permute(2, 0, 1)[None]  # (1, 3, S, S)
    latent = torch.randn(1, WIDTHS[0], generator.size // 16, generator.size // 16, requires_grad=True)
    decoder = _decoder(generator.upsampling)
    _fit(decoder, latent, target)
    with torch.no_grad():
        picture = decoder(latent)[0].permute(1, 2, 0)  # (S, S, 3)
    return (picture * 255).round().to(torch.uint8).numpy()


def _decoder(upsampling: str) -> nn.Sequential:
    from torch import nn

    stages: list[nn.Module] = []
    for inputs, outputs in pairwise(WIDTHS):
        stages += [DOUBLING[upsampling](inputs, outputs), nn.GroupNorm(8, outputs), nn.LeakyReLU(0.2)]
    return nn.Sequential(*stages, nn.Conv2d(WIDTHS[-1], 3, 3, padding=1), nn.Sigmoid())


def _fit(decoder: nn.Sequential, latent: Tensor, target: Tensor) -> None:
    import torch

    optimiser = torch.optim.Adam([latent, *decoder.parameters()], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=STEPS)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = (decoder(latent) - target).abs().mean()
        loss.backward()
        optimiser.step()
        schedule.step()
