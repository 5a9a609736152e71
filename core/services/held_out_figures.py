"""The figures on held-out images that a card keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.dna.evaluate import Judged

_KEPT = ("n", "accuracy", "accuracy_ci", "per_class", "per_source", "confusion")


def held_out_figures(judged: Sequence[Judged], classes: Sequence[str]) -> dict[str, Any]:
    """Figures on the held-out images. They chose the weights and set the threshold, so they flatter."""
    from core.dna.evaluate import figures

    held = figures(judged, classes)
    return {key: held[key] for key in _KEPT}
