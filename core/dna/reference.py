"""The reference images of a detector: where images of its own classes lie, kept in the detector file.

Features (512,) of unit length and the class of each; tensors ``reference.features`` (float16) and ``reference.labels``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DetectorRefused

FEATURES_TENSOR, LABELS_TENSOR = "reference.features", "reference.labels"
MOST_PER_CLASS = 40
_SHORTEST = 1e-12


@dataclass(frozen=True, slots=True)
class Reference:
    """Features of labelled images, up to forty of each class.

    Attributes:
        features: (N, 512) float32 unit vectors.
        labels: (N,) places in the detector's classes.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]

    def nearest(
        self, features: NDArray[np.floating[Any]], classes: Sequence[str]
    ) -> tuple[tuple[tuple[str, float], ...], ...]:
        """For each feature (n, 512): (class, cosine distance to its nearest reference image), nearest first.

        A distance of 0 is the same direction, 1 a right angle. Classes without a reference image are left out.
        """
        lengths = np.linalg.norm(features, axis=1, keepdims=True)
        units = np.asarray(features, np.float64) / np.maximum(lengths, _SHORTEST)
        distances = np.clip(1 - units @ self.features.T.astype(np.float64), 0, 2)  # (n, N)
        present = [int(label) for label in np.unique(self.labels)]
        closest = np.stack([distances[:, self.labels == label].min(1) for label in present], 1)  # (n, present)
        return tuple(
            tuple((classes[present[place]], float(row[place])) for place in np.argsort(row, kind="stable"))
            for row in closest
        )


def gathered(features: NDArray[np.floating[Any]], labels: NDArray[np.int64], sources: Sequence[str]) -> Reference:
    """Reference images out of many: at most `MOST_PER_CLASS` of each class, as even over its sources as there are.

    Args:
        features: pooled features of the images (n, 512).
        labels: places of their classes (n,).
        sources: names of their sources (n,).
    """
    rows = sorted(row for label in np.unique(labels) for row in _evenly(np.flatnonzero(labels == label), sources))
    kept = np.asarray(features, np.float64)[rows]
    units = kept / np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), _SHORTEST)
    # As the file keeps them, so that a detector in memory and the same one read again agree.
    return Reference(units.astype(np.float16).astype(np.float32), labels[rows])


def _evenly(rows: NDArray[np.intp], sources: Sequence[str]) -> list[int]:
    """At most `MOST_PER_CLASS` rows of one class, the smallest sources first asked, each spread evenly."""
    by_source: dict[str, list[int]] = {}
    for row in rows:
        by_source.setdefault(sources[row], []).append(int(row))
    kept: list[int] = []
    for position, mine in enumerate(sorted(by_source.values(), key=len)):
        share = (MOST_PER_CLASS - len(kept)) // (len(by_source) - position)
        places = np.linspace(0, len(mine) - 1, min(share, len(mine))).round().astype(int)
        kept += [mine[place] for place in places]
    return kept


def read_reference(path: Path) -> Reference | None:
    """The reference images of a detector file whose digest was checked before; None when it carries none.

    Reads these two tensors and nothing else, and needs no torch.

    Raises:
        DetectorRefused: the file is damaged or gone.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            if not {FEATURES_TENSOR, LABELS_TENSOR} <= set(file.keys()):
                return None
            features = file.get_tensor(FEATURES_TENSOR).astype(np.float32)
            labels = file.get_tensor(LABELS_TENSOR).astype(np.int64)
    except (SafetensorError, OSError) as error:
        raise DetectorRefused(f"The reference images of the detector {path} cannot be read: {error}.") from error
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        return None
    return Reference(features, labels)
