"""Training on every GPU of the machine: the same verb, started once for each of them."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch


def gpus(device: str) -> int:
    """How many GPUs a training asked for on a device ("auto", "cpu", "cuda") could use; 0 for the CPU."""
    return torch.cuda.device_count() if device != "cpu" and torch.cuda.is_available() else 0


def one_of_several() -> bool:
    """Whether this process is one that `run_each` (or torchrun) started."""
    return "RANK" in os.environ


def run_each(command: Sequence[str], count: int) -> bool:
    """Run a command as so many processes that train together, and wait for them.

    Args:
        command: the whole command line of one process.
        count: how many.

    Returns:
        whether all ended well.
    """
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main

    try:
        main(["--standalone", "--nproc-per-node", str(count), "--no-python", *command])
    except ChildFailedError:
        return False
    return True
