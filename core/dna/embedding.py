"""Where images lie among others: 512-d features in two dimensions, groups among them, and who is near whom.

Everything here works on unit vectors, so that a Euclidean distance d and a cosine distance c say the same: c = d² / 2.
Only NumPy is needed at once; openTSNE and scikit-learn are loaded by the functions that use them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.examine import FEATURE_LENGTH

Vectors = NDArray[np.float32]
Step = Callable[[Vectors, int, int], None]

PCA = "PCA"
THREADS = 1  # the same points on every machine, and the analyst keeps the other cores
SEED = 1
EVERY = 25  # iterations between two intermediate pictures
LEAST_MEMBERS = 3  # of a proposed group
_LEAST_FOR_TSNE = 5  # fewer points have no neighbourhoods to keep; PCA's places stay
_FAST_FROM = 1000  # points from which interpolation (FIt-SNE) is faster than Barnes-Hut
_BLOCK = 1024  # rows of the distance matrix that are in memory together
_CLUSTER_DIMENSIONS = 20
_FAR, _APART = 1.5, 0.8


@dataclass(frozen=True, slots=True)
class Preset:
    """How t-SNE is run.

    Attributes:
        perplexity: effective number of neighbours; less where there are too few points for it.
        exaggerated, iterations: steps with the attraction times twelve, then without.
        learning_rate: None for the number of points over the exaggeration (Belkina et al. 2019).
    """

    perplexity: float
    exaggerated: int = 250
    iterations: int = 500
    learning_rate: float | None = None


# The paper's figure 1 has perplexity 15 on the 512-d pooled feature. Steps and learning rate are those of the tool it
# was drawn with; the start is PCA's here, where the tool drew lots, so that the picture is the same each time.
PRESETS: Mapping[str, Preset] = {
    "t-SNE": Preset(30.0),
    "t-SNE, the paper's preset": Preset(15.0, exaggerated=250, iterations=750, learning_rate=200.0),
}
METHODS: tuple[str, ...] = (PCA, *PRESETS)


def unit_vectors(features: NDArray[np.floating[Any]]) -> tuple[Vectors, NDArray[np.bool_]]:
    """Features scaled to length 1, and which of them can be used.

    Args:
        features: (n, 512); a row with a value that is not finite, or of length 0, is damaged.

    Returns:
        (k, 512) float32 of the usable rows in order, and (n,) which rows those are.

    Raises:
        ValueError: the features have another length.
    """
    if features.ndim != 2 or features.shape[1] != FEATURE_LENGTH:
        raise ValueError(f"Features have {FEATURE_LENGTH} numbers each; these have the shape {features.shape}.")
    values = features.astype(np.float32)
    length = np.sqrt(np.einsum("nd,nd->n", values, values, dtype=np.float64))  # (n,)
    usable = np.isfinite(length) & (length > 0)
    return (values[usable] / length[usable, None]).astype(np.float32), usable


def pca(vectors: Vectors, count: int = 2) -> Vectors:
    """Coordinates along the directions of the greatest spread.

    Args:
        vectors: (n, d), any n.
        count: how many directions.

    Returns:
        (n, count) float32; directions that do not exist (fewer or identical vectors) are 0. The sign of a direction is
        such that its largest part is positive, so that a picture does not turn over between runs.
    """
    out = np.zeros((len(vectors), count), np.float32)
    if len(vectors) < 2:
        return out
    centred = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)  # (n, d)
    spread, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))  # (d,), (d, d), smallest first
    real = int((spread > max(spread[-1] * 1e-9, 1e-9)).sum())
    kept = min(count, real)
    if kept:
        chosen = directions[:, ::-1][:, :kept]  # (d, kept)
        largest = np.abs(chosen).argmax(axis=0)
        chosen = chosen * np.sign(chosen[largest, np.arange(kept)])
        out[:, :kept] = centred @ chosen.astype(np.float32)
    return out


def tsne(vectors: Vectors, start: Vectors, preset: Preset, step: Step) -> Vectors:
    """Refine two-dimensional points by t-SNE, always with the same result for the same input.

    Args:
        vectors: (n, 512) unit vectors.
        start: (n, 2), PCA's points.
        preset: how.
        step: called every 25 iterations with (n, 2) points, iterations done and in all; what it raises ends the work.

    Returns:
        (n, 2) float32; fewer than five points, or points that all coincide, stay at `start`.
    """
    if len(vectors) < _LEAST_FOR_TSNE or not start.std(axis=0).any():
        return start
    from openTSNE import TSNEEmbedding, initialization
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    perplexity = min(preset.perplexity, (len(vectors) - 1) / 3)
    count = min(len(vectors) - 1, int(3 * perplexity))
    near, distances = nearest_among(vectors, count)
    affinities = PerplexityBasedNN(
        perplexity=perplexity, knn_index=PrecomputedNeighbors(near, distances), n_jobs=THREADS, random_state=SEED
    )
    places = initialization.jitter(initialization.rescale(start.astype(np.float64)), random_state=SEED)
    method = "fft" if len(vectors) >= _FAST_FROM else "bh"
    state = TSNEEmbedding(places, affinities, negative_gradient_method=method, n_jobs=THREADS, random_state=SEED)
    total = preset.exaggerated + preset.iterations
    done = 0

    def told(iteration: int, _error: float, points: NDArray[np.float64]) -> None:
        step(np.asarray(points, np.float32), done + iteration, total)

    options = {
        "learning_rate": preset.learning_rate or "auto",
        "inplace": True,
        "propagate_exception": True,
        "callbacks": told,
        "callbacks_every_iters": EVERY,
    }
    state.optimize(preset.exaggerated, exaggeration=12, momentum=0.5, **options)
    done = preset.exaggerated
    state.optimize(preset.iterations, momentum=0.8, **options)
    return np.asarray(state, np.float32)


def nearest_among(vectors: Vectors, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The nearest others of every vector, exactly.

    Args:
        vectors: (n, d) unit vectors, n > count.
        count: how many others.

    Returns:
        (n, count) places and (n, count) Euclidean distances, nearest first.
    """
    places = np.empty((len(vectors), count), np.int64)
    distances = np.empty((len(vectors), count), np.float64)
    for begin in range(0, len(vectors), _BLOCK):
        rows = slice(begin, min(begin + _BLOCK, len(vectors)))
        likeness = vectors[rows] @ vectors.T  # (block, n)
        likeness[np.arange(rows.stop - begin), np.arange(begin, rows.stop)] = -np.inf  # nobody is its own neighbour
        order = _largest(likeness, count)
        places[rows] = order
        distances[rows] = _euclidean(np.take_along_axis(likeness, order, axis=1))
    return places, distances


def propose_clusters(vectors: Vectors, candidates: NDArray[np.bool_]) -> tuple[NDArray[np.int64], ...]:
    """Groups among the candidates, by HDBSCAN (Campello et al. 2013) with everybody else as the background.

    A group has at least three members, most of what HDBSCAN put together are candidates, and its members are clearly
    nearer to each other than to anybody outside. These are proposals: nothing is claimed about their origin.

    Args:
        vectors: (n, 512) unit vectors, exhibits and reference images.
        candidates: (n,) which of them may be grouped.

    Returns:
        places of the members of each group, the largest group first.
    """
    if int(candidates.sum()) < LEAST_MEMBERS or len(vectors) <= LEAST_MEMBERS:
        return ()
    from sklearn.cluster import HDBSCAN

    reduced = pca(vectors, min(_CLUSTER_DIMENSIONS, len(vectors) - 1)).astype(np.float64)
    labels = HDBSCAN(min_cluster_size=LEAST_MEMBERS, n_jobs=THREADS, copy=True).fit(reduced).labels_  # (n,), -1: none
    found = (np.flatnonzero(labels == label) for label in range(int(labels.max(initial=-1)) + 1))
    groups = [_core(vectors, group[candidates[group]]) for group in found if candidates[group].mean() > 0.5]
    groups = [group for group in groups if _is_apart(vectors, group)]
    return tuple(sorted(groups, key=lambda group: (-len(group), int(group[0]))))


def nearest(vector: Vectors, vectors: Vectors, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The places of the vectors nearest to one, and their cosine distances (0-2), nearest first."""
    likeness = (vectors @ vector)[None]  # (1, n)
    order = _largest(likeness, min(count, len(vectors)))
    return order[0], (1.0 - likeness[0, order[0]].astype(np.float64)).clip(0, 2)


def nearest_classes(vector: Vectors, reference: Vectors, labels: NDArray[np.int64]) -> tuple[tuple[int, float], ...]:
    """(class, cosine distance of its nearest reference image) for every class, nearest class first."""
    distances = (1.0 - (reference @ vector).astype(np.float64)).clip(0, 2)  # (m,)
    found = ((int(label), float(distances[labels == label].min())) for label in np.unique(labels))
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _largest(values: Vectors, count: int) -> NDArray[np.int64]:
    """Places of the `count` largest values of each row, largest first, equals in order of place."""
    if count < values.shape[1]:
        kept = np.sort(np.argpartition(-values, count - 1, axis=1)[:, :count], axis=1)
    else:
        kept = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    order = np.argsort(-np.take_along_axis(values, kept, axis=1), axis=1, kind="stable")
    return np.take_along_axis(kept, order, axis=1)


def _euclidean(likeness: Vectors) -> NDArray[np.float64]:
    squared: NDArray[np.float64] = (2.0 - 2.0 * likeness.astype(np.float64)).clip(0)
    return np.sqrt(squared)


def _inner(vectors: Vectors, group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distance of each member to its second nearest fellow member."""
    own = vectors[group]
    return np.sort(_euclidean(own @ own.T), axis=1)[:, 2]  # 0 is the member itself


def _core(vectors: Vectors, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group without the stragglers that HDBSCAN counts in while it falls apart."""
    if len(group) < LEAST_MEMBERS:
        return group
    inner = _inner(vectors, group)
    return group[inner <= max(_FAR * float(np.median(inner)), 1e-3)]


def _is_apart(vectors: Vectors, group: NDArray[np.int64]) -> bool:
    if len(group) < LEAST_MEMBERS:
        return False
    outside = np.ones(len(vectors), bool)
    outside[group] = False
    if not outside.any():
        return True
    outer = _euclidean((vectors[group] @ vectors[outside].T).max(axis=1))
    return float(np.median(_inner(vectors, group))) < _APART * float(np.median(outer))
