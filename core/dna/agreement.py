"""How often an image that is named rightly reaches an agreement of tiles: counted on held-out images, kept on the card.

The card's part ``agreement``: ``set`` says which images, ``per_class`` holds for each class seventeen counts: how many
of its rightly attributed images had 0, 1, … 16 tiles that named it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.dna.agreement_counts import TILES
from core.dna.attribute import Reading, grid_of, recalibrated, verdict_of
from core.dna.detector import Detector
from core.domain import Verdict


def agreement_part(read: Iterable[tuple[str, Reading]], detector: Detector, held_out: str) -> dict[str, Any]:
    """The card's part from held-out images.

    Args:
        read: true class and reading of each image.
        detector: as it will judge, with calibration and thresholds.
        held_out: which images these are, in words.
    """
    counts = {name: [0] * (TILES + 1) for name in detector.classes}
    for truth, raw in read:
        reading = recalibrated(raw, detector)
        verdict, _, name = verdict_of(reading, detector)
        grid = grid_of(reading, detector)
        if verdict is Verdict.ATTRIBUTED and name == truth and grid is not None:
            counts[truth][grid.agreeing] += 1
    return {"set": held_out, "per_class": counts}
