"""How far a set of validation images supports a likelihood ratio: the empirical lower and upper bounds (ELUB).

Source: Vergeer, van Es, de Jongh, Alberink and Stoel, "Numerical likelihood ratios outputted by LR systems are often
based on extrapolation: when to stop extrapolating?", Science and Justice 56 (2016) 482–491.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def elub(own: Floats, other: Floats) -> tuple[float, float]:
    """Lower and upper bound of a likelihood ratio.

    Deciding for the first proposition when the ratio exceeds t costs E(t) = P(own ≤ t) + t·P(other > t), where one
    misleading ratio has been added to each side. Answering 1 always costs min(t, 1). The bounds enclose the t around
    1 in which the system costs no more than that; beyond them it would be better to say less. They never reach
    beyond the ratios that were observed.

    Args:
        own: ratios of images of which the first proposition is true (n,).
        other: ratios of images of which the second one is true (m,).

    Returns:
        lower ≤ 1 and upper ≥ 1. Upper is at most m + 1, lower at least 1/(n + 1).
    """
    with np.errstate(divide="ignore"):
        inverse = _upper(1 / np.asarray(other, np.float64), 1 / np.asarray(own, np.float64))
    return 1.0 / inverse, _upper(np.asarray(own, np.float64), np.asarray(other, np.float64))


def _upper(own: Floats, other: Floats) -> float:
    """The largest t up to which E ≤ 1 holds throughout, from 1 on; E is piecewise linear between observed ratios."""
    seen = np.unique(np.concatenate([own, other]))
    starts = np.concatenate([[1.0], seen[seen > 1.0]])
    missed = (np.searchsorted(np.sort(own), starts, "right") + 1) / (len(own) + 1)  # own ≤ t, t in [start, next)
    passed = (len(other) - np.searchsorted(np.sort(other), starts, "right") + 1) / (len(other) + 1)
    enough = (1.0 - missed) / passed  # E(t) ≤ 1 holds for t up to this
    for start, end, limit in zip(starts[:-1], starts[1:], enough[:-1], strict=True):
        if limit < end:
            return max(float(start), float(limit))
    return float(starts[-1])
