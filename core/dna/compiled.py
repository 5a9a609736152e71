"""Whether compiled convolutions pay: measured on a copy of the net before a long training on a GPU."""

from __future__ import annotations

import copy
import subprocess
import time
from collections.abc import Callable

import torch
from torch import Tensor

from core.dna.encoder import Net

Encoder = Callable[[Net, Tensor, int], Tensor]
FEWEST_STEPS = 2000  # compiling takes about a minute
_WORTH_IT = 1.05
_RUNS = 3
_FAILURES = (RuntimeError, OSError, ImportError, subprocess.SubprocessError)


def faster(encode: Encoder, net: Net, crops: Tensor, precision: torch.dtype) -> tuple[Encoder, str | None]:
    """The compiled form of an encoder if it is faster here, else the encoder itself.

    Args:
        encode: net, crops (M, 3, h, w) and number of views to features (M, 512).
        net: left as it is.
        crops: as large as they will be in training.
        precision: of the convolutions.

    Returns:
        The encoder to use, and a remark when compiling failed.
    """
    trial = copy.deepcopy(net).train()
    try:
        compiled: Encoder = torch.compile(encode, dynamic=False)
        quick = _seconds(compiled, trial, crops, precision)
    except _FAILURES as error:
        why = str(error).strip().splitlines()
        return (
            encode,
            f"Compiling the network failed, so it runs uncompiled ({why[0] if why else type(error).__name__}).",
        )
    return (compiled if _seconds(encode, trial, crops, precision) > _WORTH_IT * quick else encode), None


def _seconds(encode: Encoder, net: Net, crops: Tensor, precision: torch.dtype) -> float:
    best = float("inf")
    for run in range(_RUNS + 1):
        _synchronise(crops.device)
        began = time.perf_counter()
        with torch.autocast(crops.device.type, precision, enabled=precision != torch.float32):
            features = encode(net, crops, 1)
        features.square().mean().backward()  # type: ignore[no-untyped-call]
        net.zero_grad(set_to_none=True)
        _synchronise(crops.device)
        if run:  # the first one compiles
            best = min(best, time.perf_counter() - began)
    return best


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
