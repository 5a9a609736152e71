"""Adding classes to a detector whose encoder stays as it is: both heads are fitted anew on rows of features.

Old classes are rehearsed from the rows that the detector carries (see `core/dna/rehearsal.py`), new ones come from
their images. Each head is a multinomial logistic regression that starts from the parent's coefficients and is held
near them by a quadratic penalty, so that what the parent learned from many more images is not thrown away for a few.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax
from torch import Tensor, nn

from core.dna.dataset import REAL
from core.dna.encoder import FEATURES, Net
from core.dna.spectrum import SpectrumVoice

_HISTORY = 10
_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Extension:
    """The part of a recipe for adding classes.

    Attributes:
        views: randomly processed views of each new training image.
        clean: whether the image as it is is learned from as well.
        iterations: L-BFGS iterations of each head.
        anchor: weight of the squared distance to the parent's coefficients, per standardised input.
        real_weight: how many times as much the class ``real`` weighs.
        most_images: training images of each new class that are learned from, spread evenly over its sources.
        rehearsed: how many images of each new class the new detector remembers.
        seed: of the random processing.
    """

    views: int = 4
    clean: bool = True
    iterations: int = 60
    anchor: float = 1e-3
    real_weight: float = 3.0
    most_images: int = 600
    rehearsed: int = 40
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to learn from: inputs of one head (n, d), classes (n,), and weights (n,) that sum to one."""

    inputs: Tensor
    labels: Tensor
    weights: Tensor


def rows_of(inputs: NDArray[np.float32], labels: Sequence[int], weights: NDArray[np.float64]) -> Rows:
    """Arrays as rows: inputs (n, d), classes (n), weights (n,)."""
    return Rows(torch.from_numpy(inputs), torch.tensor(labels), torch.from_numpy(weights).float())


def row_weights(
    labels: Sequence[str], sources: Sequence[str], images: Sequence[str], real_weight: float
) -> NDArray[np.float64]:
    """Weights (n,) of rows, summing to one: classes alike (``real`` more), sources by the root of their images.

    Args:
        labels: class of each row.
        sources: "class/source" of each row.
        images: which image each row is a view of.
        real_weight: how many times as much ``real`` weighs.
    """
    views: dict[str, int] = {}
    of_source: dict[str, set[str]] = {}
    for source, image in zip(sources, images, strict=True):
        views[image] = views.get(image, 0) + 1
        of_source.setdefault(source, set()).add(image)
    whole: dict[str, float] = {}
    for label, source in sorted(set(zip(labels, sources, strict=True))):
        whole[label] = whole.get(label, 0.0) + len(of_source[source]) ** 0.5
    weights = np.array(
        [
            (real_weight if label == REAL else 1.0) / (whole[label] * len(of_source[source]) ** 0.5 * views[image])
            for label, source, image in zip(labels, sources, images, strict=True)
        ]
    )
    return np.asarray(weights / weights.sum())


def extended_net(net: Net, old: Sequence[str], new: Sequence[str]) -> Net:
    """A net for other classes with the same encoder; the head keeps the rows of the classes both know.

    Rows of classes that the old head does not know begin as the mean of its rows, so none is favoured.
    """
    made = Net(len(new))
    made.main = copy.deepcopy(net.main)
    _carry(net.classification_head[1], made.classification_head[1], old, new)
    return made


def extended_voice(voice: SpectrumVoice, old: Sequence[str], new: Sequence[str]) -> SpectrumVoice:
    """The second voice for other classes, likewise; it standardises its input as before."""
    made = SpectrumVoice(len(new))
    made.mean, made.deviation = voice.mean.clone(), voice.deviation.clone()
    _carry(voice.linear, made.linear, old, new)
    return made


@torch.no_grad()
def _carry(before: nn.Module, after: nn.Module, old: Sequence[str], new: Sequence[str]) -> None:
    for name in ("weight", "bias"):
        rows, mine = getattr(before, name), getattr(after, name)
        for place, label in enumerate(new):
            mine[place] = rows[list(old).index(label)] if label in old else rows.mean(0)


def fit_net_head(net: Net, rows: Rows, settings: Extension, told: Callable[[int, float], None]) -> None:
    """Fit the class head of `net` in place on pooled features (n, 512).

    Args:
        net: as `extended_net` made it.
        rows: what to learn from.
        settings: iterations and anchor.
        told: called after each iteration with its number and the loss; may raise to stop.
    """
    spread = _spread(rows, torch.zeros(FEATURES))
    _fit(net.classification_head[1], rows, spread, settings, told)  # type: ignore[arg-type]


def fit_voice(voice: SpectrumVoice, rows: Rows, settings: Extension, told: Callable[[int, float], None]) -> None:
    """Fit the linear part of the second voice in place on spectral peaks (n, 6336); arguments as `fit_net_head`."""
    standard = Rows((rows.inputs - voice.mean) / voice.deviation, rows.labels, rows.weights)
    _fit(voice.linear, standard, torch.ones(standard.inputs.shape[1]), settings, told)


def _spread(rows: Rows, centre: Tensor) -> Tensor:
    """Root mean square of each input, so that the anchor holds large and small features alike."""
    squares = (rows.weights[:, None] * (rows.inputs - centre) ** 2).sum(0)
    return squares.sqrt().clamp_min(_FLOOR)


def _fit(
    linear: nn.Linear, rows: Rows, spread: Tensor, settings: Extension, told: Callable[[int, float], None]
) -> None:
    """Minimise weighted cross-entropy + anchor · Σ (spread · (W − W₀))² by L-BFGS (Byrd et al. 1995)."""
    inputs = (rows.inputs / spread).numpy()
    anchor = (linear.weight.detach() * spread).numpy()  # in units of standardised inputs (classes, d)
    classes, width = anchor.shape
    start = np.concatenate([anchor.ravel(), linear.bias.detach().numpy()]).astype(np.float64)
    labels, weights = rows.labels.numpy(), rows.weights.numpy()[:, None]
    targets = np.eye(classes, dtype=np.float32)[labels]
    last, done = [0.0], [0]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight, bias = flat[:-classes].reshape(classes, width).astype(np.float32), flat[-classes:].astype(np.float32)
        shares = log_softmax(inputs @ weight.T + bias, axis=1)
        gap, far = weights * (np.exp(shares) - targets), weight - anchor
        last[0] = float(-(weights * targets * shares).sum() + settings.anchor * np.square(far).sum())
        slope = gap.T @ inputs + 2 * settings.anchor * far
        return last[0], np.concatenate([slope.ravel(), gap.sum(0)]).astype(np.float64)

    def step(flat: NDArray[np.float64]) -> None:
        made = torch.from_numpy(flat[:-classes].reshape(classes, width).astype(np.float32))
        with torch.no_grad():
            linear.weight.copy_(made / spread)
            linear.bias.copy_(torch.from_numpy(flat[-classes:].astype(np.float32)))
        done[0] += 1
        told(done[0], last[0])

    options = {"maxiter": settings.iterations, "maxcor": _HISTORY, "ftol": 0.0, "gtol": 0.0}
    minimize(loss, start, jac=True, method="L-BFGS-B", callback=step, options=options)
