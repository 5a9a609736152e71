"""Images that look like another class than the one they were put into.

Two witnesses that have not seen the image's own label: its nearest neighbours, and a small classifier fitted on the
other images (the labels that it contradicts: Northcutt et al. 2021, confident learning). Only images that both speak
against are named, because each alone is often wrong where two architectures are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dna.small_classifier import Places, Rows, cross_validated, folds_of

NEIGHBOURS = 10
FEWEST = 8  # images of a class; fewer have no neighbourhood of their own
_DIRECTIONS = 64
_BLOCK = 1024
_PENALTY = 0.1
_OWN = 0.5  # at most this share of the neighbours' weight, and at most this score, may speak for the given label
# Of features and peaks. With twice the weight instead of the same, poisoned labels that were found rose from 90 to 97 %
# in 8 trials on the development collection, and false alarms on its clean classes fell from 19 to 9 of 1,301.
_PEAKS_WEIGH = 2.0
_TOLD = 0.5  # share of a class that has to be told from the others before anything is said of its labels
_ROUNDS = 3  # the second and third without the witness of those that were contradicted
_SHORTEST = 1e-9


@dataclass(frozen=True, slots=True)
class Suspect:
    """An image that looks like another class.

    Attributes:
        row: which image.
        looks_like: the class that both witnesses name.
        score: of that class, by the classifier that was fitted without the image.
        own: of the given class.
    """

    row: int
    looks_like: str
    score: float
    own: float


def suspects(
    features: NDArray[np.floating[Any]],
    peaks: NDArray[np.floating[Any]],
    labels: Sequence[str],
    looked_at: NDArray[np.bool_],
) -> tuple[tuple[Suspect, ...], tuple[str, ...]]:
    """Images whose label is contradicted, the surest first, and the classes of which nothing can be said.

    A class that the witnesses do not tell from the others for the most part is one of the latter: they would
    contradict labels by lot.

    Args:
        features: pooled features (n, 512).
        peaks: spectral peaks (n, 6336), or (n, 0) where there are none.
        labels: the class each image was put into (n,).
        looked_at: which images may be named; the others only serve for comparison (n,).
    """
    names, given, kept = _numbered(labels)
    if len(names) < 2 or not (kept & looked_at).any():
        return (), tuple(sorted({label for label, looked in zip(labels, looked_at, strict=True) if looked}))
    places = np.flatnonzero(kept)
    rows, named = _described(features[kept], peaks[kept]), looked_at[kept]
    against, scores = _contradicted(rows, given, len(names), np.ones(len(given), bool))
    told = np.array([(scores.argmax(1) == given)[given == place].mean() >= _TOLD for place in range(len(names))])
    for _ in range(1, _ROUNDS):
        against &= named & told[given] & told[scores.argmax(1)]
        against, scores = _contradicted(rows, given, len(names), ~against)
    against &= named & told[given] & told[scores.argmax(1)]
    found = [
        Suspect(int(places[row]), names[said], float(scores[row, said]), float(scores[row, given[row]]))
        for row, said in ((row, scores[row].argmax()) for row in np.flatnonzero(against))
    ]
    asked = {names[place] for place in np.unique(given[named])}
    untold = asked - {name for name, yes in zip(names, told, strict=True) if yes}
    small = {label for label, looked in zip(labels, looked_at, strict=True) if looked} - set(names)
    return tuple(sorted(found, key=lambda one: one.own - one.score)), tuple(sorted(untold | small))


def _contradicted(rows: Rows, given: Places, count: int, trusted: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Rows]:
    """Rows that both witnesses speak against (n,), and the classifier's scores (n, classes).

    Only trusted rows bear witness, unless too few of a class are trusted.
    """
    left = np.bincount(given[trusted], minlength=count)
    trusted = trusted | (left[given] < FEWEST)
    votes = _votes(rows, given, count, trusted)
    folds = folds_of(given, range(len(given)))
    scores = cross_validated(rows, given, folds, penalty=_PENALTY, trusted=trusted)
    said, everyone = scores.argmax(1), np.arange(len(given))
    against = (said != given) & (votes.argmax(1) == said)
    return against & (votes[everyone, given] <= _OWN) & (scores[everyone, given] <= _OWN), scores


def _numbered(labels: Sequence[str]) -> tuple[list[str], Places, NDArray[np.bool_]]:
    """Names of the classes with images enough, the number of each image's class, and which images have one."""
    every = np.array(labels, np.str_)
    present, counts = np.unique(every, return_counts=True)
    names = [str(name) for name, count in zip(present, counts, strict=True) if count >= FEWEST]
    kept = np.isin(every, names)
    return names, np.searchsorted(names, every[kept]).astype(np.int64) if names else np.zeros(0, np.int64), kept


def _described(features: NDArray[Any], peaks: NDArray[Any]) -> Rows:
    """Both voices in few numbers (n, up to 128); for the neighbours peaks weigh more, the classifier rescales all."""
    voices = ((features, 1.0), (peaks, _PEAKS_WEIGH))
    parts = [(_directions(part), weight) for part, weight in voices if part.shape[1]]
    scaled = (weight * part / np.maximum(np.sqrt((part**2).sum(1).mean()), _SHORTEST) for part, weight in parts)
    return np.hstack([*scaled])


def _directions(rows: NDArray[Any]) -> Rows:
    """Standardised rows (n, d) along their directions of greatest spread (n, up to 64), by a randomised search.

    Halko, Martinsson and Tropp 2011, algorithm 4.4 with two iterations; the same directions every time.
    """
    values = np.asarray(rows, np.float32)
    values = (values - values.mean(0)) / np.maximum(values.std(0), 1e-6)
    count = min(_DIRECTIONS, *values.shape)
    width = min(count + 16, *values.shape)
    tried = np.random.default_rng(1).standard_normal((values.shape[1], width)).astype(np.float32)
    basis, _ = np.linalg.qr(values @ tried)
    for _ in range(2):
        basis, _ = np.linalg.qr(values @ (values.T @ basis))
    _, _, directions = np.linalg.svd(basis.T @ values, full_matrices=False)
    return np.asarray(values @ directions[:count].T, np.float64)


def _votes(rows: Rows, given: Places, count: int, trusted: NDArray[np.bool_]) -> Rows:
    """Share of each class (n, count) among the nearest trusted others by angle, every class weighing alike.

    Without the weights a large class would outvote a small one in its own neighbourhood.
    """
    units = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _SHORTEST)
    weight = (1 / np.sqrt(np.bincount(given, minlength=count)))[given]
    votes = np.zeros((len(rows), count))
    near = max(1, min(NEIGHBOURS, int(trusted.sum()) - 1))
    for start in range(0, len(rows), _BLOCK):
        block = np.arange(start, min(start + _BLOCK, len(rows)))
        likeness = units[block] @ units.T
        likeness[:, ~trusted] = -np.inf
        likeness[np.arange(len(block)), block] = -np.inf
        nearest = np.argpartition(-likeness, near - 1, axis=1)[:, :near]
        for label in range(count):
            votes[block, label] = (weight[nearest] * (given[nearest] == label)).sum(1)
    shares: Rows = votes / votes.sum(1, keepdims=True)
    return shares
