"""What the analysis process does for a robustness check: some steps of one exhibit at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.examine import RobustnessStep
from core.imaging.evidence import stored_evidence
from core.services.engine import Task, attributor_of


@dataclass(frozen=True, slots=True)
class Steps:
    """Some steps of a check, and the device that computed them."""

    steps: tuple[RobustnessStep, ...]
    device: str


def read_steps(
    detector: Path, device: str, task: Task, preset: str, places: range, architecture: str, pixel_limit: int
) -> Steps:
    """Let the detector read an exhibit after some steps of a preset.

    Args:
        detector: its file.
        device: "auto", "cpu" or "cuda".
        task: the exhibit; its bytes are checked each time.
        preset: which table of steps.
        places: which of its steps.
        architecture: what the untouched image is called.
        pixel_limit: most pixels that may be decoded.
    """
    from core.dna.processing import seed_of, steps_of
    from core.dna.robustness import read_steps as read

    attributor, seed = attributor_of(detector, device), seed_of(task.sha256)
    pixels = stored_evidence(task.path, task.sha256, pixel_limit).pixels
    chosen = steps_of(preset, seed)[places.start : places.stop]
    made = tuple(read(attributor, pixels, chosen, seed, architecture))
    attributor.remarks.clear()  # the device says it
    return Steps(made, attributor.device.name)
