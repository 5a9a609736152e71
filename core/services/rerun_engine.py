"""What the analysis process does to repeat findings: the same reading again, in the precision of the record."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.services.engine import Answer, Task, answers_of, attributor_of

if TYPE_CHECKING:
    from core.dna.attribute import Attributor


def repeat(detector: Path, device: str, tasks: Sequence[Task], pixel_limit: int, *, exact: bool) -> Answer:
    """Let a detector read exhibits again.

    Args:
        detector: its file.
        device: "auto", "cpu" or "cuda".
        tasks: the exhibits; their bytes are checked each time.
        pixel_limit: most pixels that may be decoded.
        exact: compute in float32, as the record says; else in whichever precision is faster here.
    """
    attributor = _exact(detector, device, detector.stat().st_mtime_ns) if exact else attributor_of(detector, device)
    return answers_of(attributor, tasks, pixel_limit)


@lru_cache(maxsize=1)
def _exact(detector: Path, device: str, _changed: int) -> Attributor:
    from core.dna.attribute import Attributor
    from core.dna.device import choose_device

    return Attributor(attributor_of(detector, device).detector, choose_device(device), exact=True)
