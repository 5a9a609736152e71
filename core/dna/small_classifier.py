"""A small classifier and its honest score: multinomial logistic regression, judged on rows it was not fitted on.

It serves the checks of a retraining: what so simple a classifier can tell apart, a network will learn to tell apart by
the same shortcut.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Places = NDArray[np.int64]

FOLDS = 5
_PENALTY = 1e-2  # on weights of standardised columns; keeps them finite where classes separate
_STEPS, _PRECISION = 80, 1e-5  # more moves no answer, only time
_FLAT = 1e-9


def folds_of(labels: Places, groups: Sequence[Hashable], count: int = FOLDS) -> Places:
    """Which fold each row is judged in (n,): rows of one group stay together, each class is spread over the folds.

    Args:
        labels: class of each row (n,).
        groups: source or image of each row (n,).
        count: how many folds.
    """
    folds = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        members: dict[Hashable, list[int]] = {}
        for row in np.flatnonzero(labels == label).tolist():
            members.setdefault(groups[row], []).append(row)
        filled = [0] * count
        for mine in _mixed(list(members.values())):
            fold = filled.index(min(filled))
            filled[fold] += len(mine)
            folds[mine] = fold
    return folds


def cross_validated(
    rows: Rows,
    labels: Places,
    folds: Places,
    *,
    penalty: float = _PENALTY,
    trusted: NDArray[np.bool_] | None = None,
) -> Rows:
    """Scores (n, classes) of every row, by a classifier that was fitted on the other folds.

    Every class weighs alike. A fold whose rest holds one class only gives even scores.

    Args:
        rows: features (n, d), of any scale.
        labels: classes 0 … k-1 (n,).
        folds: see `folds_of` (n,).
        penalty: weight of the squared weights.
        trusted: the rows that are fitted on (n,); None for all.
    """
    count = int(labels.max(initial=0)) + 1
    scores = np.full((len(rows), count), 1 / count)
    for fold in np.unique(folds):
        out, fitted = folds == fold, (folds != fold) & (True if trusted is None else trusted)
        if len(np.unique(labels[fitted])) > 1:
            mean, spread = rows[fitted].mean(0), rows[fitted].std(0)
            scaled = (rows - mean) / np.where(spread > _FLAT, spread, np.inf)
            weights = fit(scaled[fitted], labels[fitted], count, penalty=penalty)
            scores[out] = scored(scaled[out], weights)
    return scores


def fit(rows: Rows, labels: Places, count: int, *, penalty: float = _PENALTY) -> Rows:
    """Weights (d + 1, count) of a multinomial logistic regression in which every class present weighs alike."""
    from scipy.optimize import minimize

    wide = _with_one(rows)
    truth = np.eye(count)[labels]  # (n, count)
    share = truth.sum(0)
    weight = (1 / np.maximum(share, 1))[labels] / max(1, (share > 0).sum())  # (n,) sums to 1

    def loss(flat: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        weights = flat.reshape(wide.shape[1], count)
        scores = _softmax(wide @ weights)
        held = weights.copy()
        held[-1] = 0  # the constant is free
        value = -(weight * np.log(np.maximum((scores * truth).sum(1), 1e-300))).sum() + penalty / 2 * (held**2).sum()
        return float(value), (wide.T @ (weight[:, None] * (scores - truth)) + penalty * held).ravel()

    found = minimize(
        loss,
        np.zeros(wide.shape[1] * count),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _STEPS, "ftol": _PRECISION},
    )
    return np.asarray(found.x, np.float64).reshape(wide.shape[1], count)


def scored(rows: Rows, weights: Rows) -> Rows:
    """Scores (n, classes) of rows scaled as the fitted ones were."""
    return _softmax(_with_one(rows) @ weights)


def balanced_accuracy(labels: Places, said: Places) -> float:
    """Mean over the classes of the share of their rows that are named rightly."""
    return float(np.mean([np.mean(said[labels == label] == label) for label in np.unique(labels)]))


def chance_of_two(accuracy: float, counts: tuple[int, int]) -> float:
    """How probable a balanced accuracy this high is among two classes that cannot be told apart (one-sided).

    A binomial count in each class, taken as normal with the largest variance it can have.
    """
    from scipy.special import ndtr

    deviation = 0.25 * np.sqrt(1 / counts[0] + 1 / counts[1])
    return float(ndtr(-(accuracy - 0.5) / deviation))


def _mixed(groups: list[list[int]]) -> list[list[int]]:
    """The largest first, those of one size in an order that is the same every time but not the files'."""
    order = np.random.default_rng(1).permutation(len(groups))
    return sorted((groups[place] for place in order), key=len, reverse=True)


def _with_one(rows: Rows) -> Rows:
    return np.hstack([rows, np.ones((len(rows), 1))])


def _softmax(logits: Rows) -> Rows:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    shares: Rows = raised / raised.sum(1, keepdims=True)
    return shares
