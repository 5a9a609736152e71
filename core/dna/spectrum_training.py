"""Fits the second voice of a detector: logistic regression on spectral peaks of clean and processed images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.dna.augment import Augment, augmented
from core.dna.dataset import REAL, Picture
from core.dna.preprocess import Preprocess, prepare
from core.dna.recipe import Spectrum
from core.dna.spectrum import FEATURES, SpectrumVoice, spectral_peaks
from core.errors import BadInput
from core.progress import Progress

Pixels = NDArray[np.uint8]

_REGION_PX = 640  # processing a larger region costs time and adds nothing to an average spectrum
_DEVIATION_FLOOR = 1e-3


def fit_voice(
    pictures: Sequence[Picture],
    classes: Sequence[str],
    settings: Spectrum,
    preprocess: Preprocess,
    augment: Augment | None,
    progress: Progress,
) -> SpectrumVoice:
    """Fit the voice on the training images, each seen once clean and `settings.views` times randomly processed.

    Args:
        pictures: the training images.
        classes: class names in the order of their indices.
        settings: from the recipe's [spectrum] part.
        preprocess: the recipe's; native residual windows.
        augment: the recipe's random processing; None uses clean images alone.
        progress: report and cancel point.

    Raises:
        BadInput: the recipe's preprocessing gives no native residual windows.
    """
    if preprocess.kind != "native" or preprocess.channels != "residual" or preprocess.magnify != 1:
        raise BadInput("A recipe with a [spectrum] part needs native residual windows at magnification 1.")
    views = 1 + (settings.views if augment else 0)
    rng = np.random.default_rng(settings.seed)
    peaks = torch.empty(len(pictures) * views, FEATURES)
    progress.start("Reading spectra", len(pictures), "images")
    for index, picture in enumerate(pictures):
        for view in range(views):
            pixels = picture.pixels if view == 0 or augment is None else _processed(picture.pixels, augment, rng)
            peaks[index * views + view] = image_peaks(pixels, preprocess)
        progress.step()
    labels = torch.tensor([list(classes).index(p.item.architecture) for p in pictures]).repeat_interleave(views)
    weights = image_weights(pictures, settings.real_weight).repeat_interleave(views) / views
    return fitted_voice(peaks, labels, weights, len(classes), settings)


def image_peaks(pixels: Pixels, preprocess: Preprocess) -> Tensor:
    """Spectral peaks of one image, the mean over its windows (6336,)."""
    windows = torch.from_numpy(prepare(pixels, preprocess).whole).permute(0, 3, 1, 2)
    return spectral_peaks(windows).mean(0)


def _processed(pixels: Pixels, augment: Augment, rng: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    tall, wide = min(height, _REGION_PX), min(width, _REGION_PX)
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    return augmented(pixels[top : top + tall, left : left + wide], augment, rng)


def image_weights(pictures: Sequence[Picture], real_weight: float) -> Tensor:
    """Each class weighs alike (``real`` more), inside a class each source by the root of its size; the sum is 1."""
    sources: dict[tuple[str, str], int] = {}
    for picture in pictures:
        key = (picture.item.architecture, picture.item.source)
        sources[key] = sources.get(key, 0) + 1
    whole: dict[str, float] = {}
    for (name, _), count in sources.items():
        whole[name] = whole.get(name, 0.0) + count**0.5
    weights = torch.tensor(
        [
            (real_weight if p.item.architecture == REAL else 1.0)
            / (sources[p.item.architecture, p.item.source] ** 0.5 * whole[p.item.architecture])
            for p in pictures
        ]
    )
    return weights / weights.sum()


def fitted_voice(peaks: Tensor, labels: Tensor, weights: Tensor, classes: int, settings: Spectrum) -> SpectrumVoice:
    """Minimise weighted cross-entropy + l2·‖W‖² with L-BFGS, starting from zero."""
    voice = SpectrumVoice(classes)
    mean = (weights[:, None] * peaks).sum(0)
    deviation = (weights[:, None] * (peaks - mean) ** 2).sum(0).sqrt() + _DEVIATION_FLOOR
    voice.mean, voice.deviation = mean, deviation
    standard = (peaks - mean) / deviation
    weight, bias = voice.linear.weight, voice.linear.bias
    torch.nn.init.zeros_(weight)
    torch.nn.init.zeros_(bias)
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=settings.iterations, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        each = functional.cross_entropy(functional.linear(standard, weight, bias), labels, reduction="none")
        loss: Tensor = (each * weights).sum() + settings.l2 * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return voice.requires_grad_(requires_grad=False).eval()
