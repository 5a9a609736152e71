"""The counts of agreeing tiles on a detector's card, read without loading a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TILES = 16


def reached(part: Mapping[str, Any] | None, architecture: str, agreeing: int) -> tuple[float | None, int]:
    """Share (0–1) of the rightly attributed images of a class with at most this agreement, and how many there were.

    None and 0 when the card does not say, or says it in a form that is not one of ours.
    """
    per_class = (part or {}).get("per_class")
    counts = per_class.get(architecture) if isinstance(per_class, Mapping) else None
    if not isinstance(counts, list) or len(counts) != TILES + 1:
        return None, 0
    if not all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts):
        return None, 0
    total = sum(counts)
    return (sum(counts[: agreeing + 1]) / total, total) if total else (None, 0)
