"""The reference images of a detector: where images of its own classes lie, kept in the detector file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FEATURES_TENSOR, LABELS_TENSOR = "reference.features", "reference.labels"


@dataclass(frozen=True, slots=True)
class Reference:
    """Features of labelled images, up to forty of each class.

    Attributes:
        features: (N, 512) float32 unit vectors.
        labels: (N,) places in the detector's classes.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]


def read_reference(path: Path) -> Reference | None:
    """The reference images of a detector file whose digest was checked before; None when it carries none.

    Reads these two tensors and nothing else, and needs no torch.
    """
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        if not {FEATURES_TENSOR, LABELS_TENSOR} <= set(file.keys()):
            return None
        features = file.get_tensor(FEATURES_TENSOR).astype(np.float32)
        labels = file.get_tensor(LABELS_TENSOR).astype(np.int64)
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        return None
    return Reference(features, labels)
