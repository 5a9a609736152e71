"""The log-likelihood-ratio cost: how good calibrated evidence is, in bits (Brümmer and du Preez 2006)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.floating[Any]]


def cllr(probabilities: Floats, truths: NDArray[np.int64]) -> float | None:
    """Multiclass cost of a detector's scores, with equal priors.

    The mean over present classes of −log2 of the true class's score (each class weighing alike), divided by log2 of
    their number. 0 is perfect, 1 says nothing, above 1 misleads.
    """
    present = np.unique(truths)
    if len(present) < 2:
        return None
    shares = np.clip(probabilities[:, present], 1e-12, 1.0)
    shares /= shares.sum(1, keepdims=True)
    own = -np.log2(shares[np.arange(len(truths)), np.searchsorted(present, truths)])
    return float(np.mean([own[truths == name].mean() for name in present]) / math.log2(len(present)))


def cllr_of_ratios(own: Floats, other: Floats) -> float | None:
    """Cost of likelihood ratios: the mean of log2(1 + 1/LR) over `own` and of log2(1 + LR) over `other`, halved.

    Args:
        own: natural logarithms of the ratios where the first proposition is true.
        other: the same where the second one is true.
    """
    if not len(own) or not len(other):
        return None
    bits = np.logaddexp(0, -np.asarray(own, float)).mean() + np.logaddexp(0, np.asarray(other, float)).mean()
    return float(bits / (2 * math.log(2)))


def smallest_cllr(own: Floats, other: Floats) -> float | None:
    """The cost that the best monotone re-calibration would leave (Cllr_min), by pool-adjacent-violators."""
    if not len(own) or not len(other):
        return None
    scores = np.concatenate([own, other])
    truths = np.concatenate([np.ones(len(own)), np.zeros(len(other))])
    # Images with one and the same score stay together: they are one block with the mean of their truths.
    levels, block = np.unique(scores, return_inverse=True)
    sizes = np.bincount(block)
    shares = np.bincount(block, truths) / sizes
    fitted = isotonic_regression(shares, weights=sizes).x[block] if len(levels) > 1 else shares[block]
    with np.errstate(divide="ignore"):
        logs = np.log(fitted) - np.log1p(-fitted) - math.log(len(own) / len(other))
    return cllr_of_ratios(logs[: len(own)], logs[len(own) :])
