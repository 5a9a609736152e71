"""How many processes a training is shared by: one for each GPU where that pays, else one."""

from __future__ import annotations

from collections.abc import Sequence

from core.services.training_child import program
from core.services.training_refresh import CALIBRATION


def processes_for(recipe: str, device: str) -> int:
    """How many processes are to be started for a training; 1: train in the calling one.

    What is quick is over before several processes would have found one another.
    """
    from core.dna.launch import gpus, one_of_several

    return 1 if recipe in ("quick", CALIBRATION) or one_of_several() else max(1, gpus(device))


def first_of_several() -> bool:
    """Whether the calling process is the one that speaks and writes."""
    import os

    return not int(os.environ.get("RANK", "0"))


def run_each(arguments: Sequence[str], count: int) -> bool:
    """Run this program with the arguments in so many processes; returns whether all ended well."""
    from core.dna import launch

    return launch.run_each([*program(), *arguments], count)
