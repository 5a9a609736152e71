"""How unfamiliar an image is to a detector: four measures on features and logits, higher meaning less familiar.

* ``mahalanobis``: squared distance to the nearest class mean under one covariance shared by the classes (Lee et al.
  2018), shrunk towards a multiple of the identity (Ledoit and Wolf 2004).
* ``knn``: cosine distance to the k-th nearest of a bank of known features of unit length (Sun et al. 2022).
* ``energy``: minus the log-sum-exp of the logits (Liu et al. 2020).
* ``max logit``: minus the largest logit (Hendrycks et al. 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from core.dna.card import LARGEST_BANK
from core.errors import DetectorRefused

Floats = NDArray[np.floating[Any]]
WITHOUT_BANK = ("energy", "max logit")
METHODS = ("mahalanobis", "knn", *WITHOUT_BANK)
_NEIGHBOURS = 10


@dataclass(frozen=True, slots=True)
class OpenSet:
    """A fitted test for unknown architectures.

    Attributes:
        method: one of `METHODS`.
        threshold: images above it are of an unknown architecture.
        margin: how near the threshold a reading in reduced precision is made again in float32.
        neighbours: k of ``knn``.
        arrays: what the method needs: ``bank`` (n, 512), or ``means`` (classes, 512) and ``whitening`` (512, 512).
    """

    method: str
    threshold: float = np.inf
    margin: float = 0.0
    neighbours: int = _NEIGHBOURS
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def unfamiliarity(self, feature: Floats, logits: Floats) -> float:
        """How unfamiliar one image is, from its pooled feature (512,) and its calibrated logits (classes,)."""
        return float(self.unfamiliarities(feature[None], logits[None])[0])

    def unfamiliarities(self, features: Floats, logits: Floats) -> Floats:
        """The same for many images: features (n, 512) and logits (n, classes) to (n,)."""
        if self.method == "energy":
            return np.asarray(-logsumexp(np.asarray(logits, np.float64), axis=1))
        if self.method == "max logit":
            return np.asarray(-np.asarray(logits, np.float64).max(1))
        if self.method == "knn":
            return _kth_distance(unit(features), self.arrays["bank"], self.neighbours)
        white = np.asarray(features, np.float64) @ self.arrays["whitening"]  # (n, 512)
        centres = self.arrays["means"].astype(np.float64) @ self.arrays["whitening"]  # (classes, 512)
        gaps = (white**2).sum(1)[:, None] - 2 * white @ centres.T + (centres**2).sum(1)  # (n, classes)
        return np.asarray(np.maximum(gaps.min(1), 0.0))

    @classmethod
    def from_card(cls, part: Mapping[str, Any], tensors: Mapping[str, NDArray[np.float32]]) -> OpenSet:
        """Read the card's part and the arrays ``open_set.*`` of the file; raises `DetectorRefused` when damaged."""
        try:
            made = cls(
                str(part["method"]),
                float(part["threshold"]),
                float(part.get("margin", 0.0)),
                int(part.get("neighbours", _NEIGHBOURS)),
                {name.removeprefix("open_set."): array for name, array in tensors.items()},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorRefused("The test for unknown architectures on the detector's card is damaged.") from error
        if made.method not in METHODS or not np.isfinite(made.threshold) or made.neighbours < 1:
            raise DetectorRefused(
                f"The detector's card asks for an unknown test for unknown architectures ({made.method!r}); "
                f"known are {', '.join(METHODS)}."
            )
        return made

    def to_card(self) -> dict[str, Any]:
        """Method and threshold as plain data."""
        neighbours = {"neighbours": self.neighbours} if self.method == "knn" else {}
        return {"method": self.method, "threshold": self.threshold, "margin": self.margin, **neighbours}


def fit(
    method: str, features: Floats, labels: NDArray[np.int64], classes: int, *, neighbours: int | None = None
) -> OpenSet:
    """Fit one method, still without a threshold, on features (n, 512) of known images and their labels (n,).

    `neighbours` is k of ``knn``; None takes what `neighbours_for` says of these labels.

    Raises:
        ValueError: no such method.
    """
    if method not in METHODS:
        raise ValueError(method)
    if method == "knn":
        bank = unit(features)[thinned(labels)].astype(np.float32)
        return OpenSet(method, neighbours=neighbours or neighbours_for(labels), arrays={"bank": bank})
    if method == "mahalanobis":
        return OpenSet(method, arrays=_gaussians(np.asarray(features, np.float64), labels, classes))
    return OpenSet(method)


def neighbours_for(labels: NDArray[np.int64]) -> int:
    """Ten, or half of the smallest class where that is less."""
    return max(1, min(_NEIGHBOURS, int(np.unique(labels, return_counts=True)[1].min()) // 2))


def with_threshold(open_set: OpenSet, unfamiliarities: Floats, weights: Floats, rate: float) -> OpenSet:
    """Set the threshold so that a share `rate` of known held-out images (by `weights`) is not called unknown."""
    order = np.argsort(unfamiliarities)
    reached = np.cumsum(weights[order]) / weights.sum()
    last = min(int(np.searchsorted(reached, rate - 1e-9)), len(order) - 1)
    # Half-way to the next image, so that rounding never moves an image over a limit that is its own distance.
    pair = unfamiliarities[order[[last, min(last + 1, len(order) - 1)]]]
    # Twice what bfloat16 was seen to change a distance by, in standard deviations.
    margin = 0.2 * float(np.std(unfamiliarities))
    return replace(open_set, threshold=float(pair.mean()), margin=margin)


def unit(features: Floats) -> Floats:
    """Rows scaled to length one, in float64."""
    rows = np.asarray(features, np.float64)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def thinned(labels: NDArray[np.int64], most: int = LARGEST_BANK) -> NDArray[np.int64]:
    """Rows of at most `most` images, as even over the classes as there are, spread evenly within each class."""
    rows = {int(name): np.flatnonzero(labels == name) for name in np.unique(labels)}
    kept: list[NDArray[np.int64]] = []
    left = most
    for position, name in enumerate(sorted(rows, key=lambda name: len(rows[name]))):
        share = left // (len(rows) - position)
        mine = rows[name]
        kept.append(mine if len(mine) <= share else mine[np.linspace(0, len(mine) - 1, share).round().astype(int)])
        left -= len(kept[-1])
    return np.sort(np.concatenate(kept))


def shrunk_covariance(centred: Floats) -> Floats:
    """Covariance of centred rows (n, d), shrunk to a multiple of the identity (Ledoit and Wolf 2004, §3.3)."""
    n, d = centred.shape
    sample = centred.T @ centred / n  # (d, d)
    mean = np.trace(sample) / d
    spread = ((sample - mean * np.eye(d)) ** 2).sum()
    noise = ((centred**2).sum(1) ** 2).sum() / n**2 - (sample**2).sum() / n
    share = 1.0 if spread == 0 else min(max(noise / spread, 0.0), 1.0)
    return np.asarray((1 - share) * sample + share * mean * np.eye(d))


def _gaussians(features: Floats, labels: NDArray[np.int64], classes: int) -> dict[str, NDArray[np.float32]]:
    present = np.unique(labels)
    # A class without an image here has its mean out of reach rather than at the origin.
    means = np.full((classes, features.shape[1]), 1e6)
    for name in present:
        means[name] = features[labels == name].mean(0)
    values, vectors = np.linalg.eigh(shrunk_covariance(features - means[labels]))
    floor = max(float(values[-1]) * 1e-6, 1e-12)
    whitening = vectors / np.sqrt(np.maximum(values, floor))  # (512, 512), columns scaled
    return {"means": means.astype(np.float32), "whitening": whitening.astype(np.float32)}


def _kth_distance(features: Floats, bank: NDArray[np.float32], neighbours: int) -> Floats:
    k = min(neighbours, len(bank))
    nearness = features @ bank.T.astype(np.float64)  # (n, bank)
    return np.asarray(1.0 - np.partition(nearness, len(bank) - k, axis=1)[:, len(bank) - k])
