"""Which test for unknown architectures is best: each known architecture in turn plays the unknown one.

The trial is made on features: the architecture is dropped from what the test is fitted on and from the head's outputs,
and its held-out images are then the unknown ones. The encoder itself has still been trained on that architecture, so
the figures are kinder than those of a detector trained without it; that version is a loop of trainings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dna.calibrate import even_weights
from core.dna.evaluate import auroc, oscr, tnr_at_tpr
from core.dna.open_set import METHODS, WITHOUT_BANK, OpenSet, fit, neighbours_for, with_threshold

Floats = NDArray[np.floating[Any]]
_FOLDS = 5
_FEWEST = 5
_FIGURES = ("auroc", "oscr", "tnr_at_95_tpr")


@dataclass(frozen=True, slots=True)
class Known:
    """Images of known classes: features (n, 512), calibrated logits (n, classes), labels (n,), sources (n,)."""

    features: Floats
    logits: Floats
    labels: NDArray[np.int64]
    sources: tuple[str, ...]

    def rows(self, which: NDArray[Any]) -> Known:
        """Some of the images, chosen by a mask or by positions."""
        chosen = np.arange(len(self.labels))[which]
        return Known(
            self.features[chosen], self.logits[chosen], self.labels[chosen], tuple(self.sources[row] for row in chosen)
        )


def compare(held: Known, bank: Known | None, methods: Sequence[str] = METHODS) -> dict[str, dict[str, Any]]:
    """AUROC, OSCR and true-negative rate at 95 % true positives of each method, and AUROC per left-out class.

    Args:
        held: held-out images with three or more `candidates`.
        bank: training images of all these classes to fit on; None fits on the held-out images of the other folds.
        methods: those to try.

    Returns:
        By method: the means over the left-out classes, and ``per_class``.
    """
    out: dict[str, dict[str, Any]] = {}
    for method in methods:
        trials = {name: _trial(method, held, bank, name) for name in candidates(held.labels)}
        means = {key: float(np.mean([trial[key] for trial in trials.values()])) for key in _FIGURES}
        out[method] = {**means, "per_class": {name: trial["auroc"] for name, trial in trials.items()}}
    return out


def candidates(labels: NDArray[np.int64]) -> tuple[int, ...]:
    """The classes with enough held-out images to play the unknown architecture."""
    return tuple(int(name) for name in np.unique(labels) if (labels == name).sum() >= _FEWEST)


def best(compared: dict[str, dict[str, Any]]) -> str:
    """The method with the largest AUROC; on a tie the one that needs least (the later in `METHODS`)."""
    return max(compared, key=lambda method: (round(compared[method]["auroc"], 6), METHODS.index(method)))


def fitted(method: str, held: Known, bank: Known | None, rate: float) -> OpenSet:
    """The test as it ships: fitted on the bank, or on the held-out images, its threshold at a true-positive rate.

    Every class and every source within a class weighs alike in that rate.
    """
    base, classes = bank or held, held.logits.shape[1]
    return with_threshold(
        fit(method, base.features, base.labels, classes),
        _unfamiliarities(method, held, bank, None),
        even_weights(held.labels, held.sources),
        rate,
    )


def moved(test: OpenSet, held: Known, rate: float) -> OpenSet:
    """A test that stays fitted as it is, with its threshold set anew on other held-out images."""
    distances = test.unfamiliarities(held.features, held.logits)
    return with_threshold(test, distances, even_weights(held.labels, held.sources), rate)


def folds(labels: NDArray[np.int64], sources: Sequence[str]) -> NDArray[np.int64]:
    """Fold (n,) of each image: whole sources where a class has several of them, single images otherwise."""
    out = np.zeros(len(labels), np.int64)
    names = np.asarray(sources)
    for name in np.unique(labels):
        mine = np.flatnonzero(labels == name)
        distinct, number = np.unique(names[mine], return_inverse=True)
        out[mine] = (number if len(distinct) > 1 else np.arange(len(mine))) % _FOLDS
    return out


def _trial(method: str, held: Known, bank: Known | None, left_out: int) -> dict[str, float]:
    familiar = -_unfamiliarities(method, held, bank, left_out)
    unknown = held.labels == left_out
    right = _without(held.logits, left_out).argmax(1) == held.labels - (held.labels > left_out)
    known, others = familiar[~unknown], familiar[unknown]
    figures = (auroc(known, others), oscr(known, right[~unknown], others), tnr_at_tpr(known, others))
    return {key: float(value or 0.0) for key, value in zip(_FIGURES, figures, strict=True)}


def _unfamiliarities(method: str, held: Known, bank: Known | None, left_out: int | None) -> Floats:
    """Unfamiliarity (n,) of every held-out image, by a test that has seen neither it nor the class left out."""
    logits = held.logits if left_out is None else _without(held.logits, left_out)
    base, classes = bank or held, held.logits.shape[1]
    known = base.labels != (-1 if left_out is None else left_out)
    # The same k for a part as for the whole: distances to other neighbours could not be compared.
    neighbours = neighbours_for(base.labels)

    def judged(fitted_on: Known, features: Floats, rows: Floats) -> Floats:
        test = fit(method, fitted_on.features, fitted_on.labels, classes, neighbours=neighbours)
        return test.unfamiliarities(features, rows)

    if bank is not None or method in WITHOUT_BANK:
        return judged(base.rows(known), held.features, logits)
    fold = folds(held.labels, held.sources)
    out = np.zeros(len(fold))
    for number in np.unique(fold):
        mine = fold == number
        out[mine] = judged(held.rows(~mine & known), held.features[mine], logits[mine])
    return out


def _without(logits: Floats, left_out: int) -> Floats:
    return np.delete(logits, left_out, axis=1)
