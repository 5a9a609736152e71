"""How many processes a training is shared by: one for each GPU where that pays, else one."""

from __future__ import annotations

import os
from collections.abc import Sequence

from core.errors import CoreError
from core.services.training import Training
from core.services.training_child import program
from core.services.training_refresh import CALIBRATION


def processes_for(recipe: str, device: str) -> int:
    """How many processes are to be started for a training; 1: train in the calling one.

    What leaves the encoder as it is, is over before several processes would have found one another. For a recipe that
    cannot be used the answer is 1: the training itself says what is wrong with it.
    """
    from core.dna.launch import gpus, one_of_several
    from core.dna.recipe import read_recipe

    if one_of_several() or recipe == CALIBRATION:
        return 1
    try:
        task = read_recipe(Training().recipe_named(recipe)).schedule.task
    except CoreError:
        return 1
    return 1 if task == "extension" else max(1, gpus(device))


def first_of_several() -> bool:
    """Whether the calling process is the one that speaks and writes."""
    return not int(os.environ.get("RANK", "0"))


def run_each(arguments: Sequence[str], count: int) -> bool:
    """Run this program with the arguments in so many processes; returns whether all ended well."""
    from core.dna import launch

    return launch.run_each([*program(), *arguments], count)
