"""The quality setting behind a JPEG file's quantisation tables, as the Independent JPEG Group's library scales them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

# ITU-T T.81, annex K, tables K.1 and K.2, row by row.
_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
)


@dataclass(frozen=True, slots=True)
class QualityEstimate:
    """The nearest quality setting, 1–100, and whether the tables are exactly those of that setting."""

    quality: int
    exact: bool


def estimate_quality(tables: Mapping[int, Sequence[int]]) -> QualityEstimate | None:
    """The quality whose tables are nearest, by the mean relative difference.

    Args:
        tables: quantisation tables by number, 64 values each in row order (Pillow's `quantization`).
            Number 0 is read as luminance and number 1, when there is one, as chrominance.

    Returns:
        None when there is no table of 64 values.
    """
    found = [tables[number] for number in (0, 1) if len(tables.get(number, ())) == 64]
    if not found or len(tables.get(0, ())) != 64:
        return None
    stored = np.asarray(found, dtype=np.float64)  # (1 or 2, 64)
    scaled = _scaled_tables()[:, : len(found)]  # (100, 1 or 2, 64)
    distance = (np.abs(scaled - stored) / scaled).mean(axis=(1, 2))
    best = int(distance.argmin())
    return QualityEstimate(best + 1, bool((scaled[best] == stored).all()))


@cache
def _scaled_tables() -> NDArray[np.float64]:
    """Tables of the qualities 1–100, (100, 2, 64); `jpeg_quality_scaling` and `jpeg_add_quant_table` of libjpeg."""
    base = np.asarray((_LUMINANCE, _CHROMINANCE), dtype=np.int64).reshape(1, 2, 64)
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality).reshape(100, 1, 1)
    return np.clip((base * percent + 50) // 100, 1, 255).astype(np.float64)
