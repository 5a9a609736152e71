"""Checkpoints of a training run: safetensors with the numbers of the run as metadata, replaced atomically."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from torch.optim import Optimizer

from core.errors import BadInput
from core.whole_file import replace_file


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
    """Write whole to a temporary name, then replace; a full disk leaves the last checkpoint as it was."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    replace_file(path, save(plain, metadata={"numbers": json.dumps(numbers)}), doing="writing the checkpoint")


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and numbers of a checkpoint; raises `BadInput` when the file is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            numbers = json.loads((file.metadata() or {}).get("numbers", "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, numbers  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError, ValueError) as error:
        raise BadInput(f"The checkpoint {path} cannot be read ({error}). Delete its folder to start anew.") from error


def read_numbers(path: Path) -> dict[str, Any]:
    """The numbers of a checkpoint alone; raises `BadInput` when the file is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            numbers: dict[str, Any] = json.loads((file.metadata() or {}).get("numbers", "{}"))
            return numbers
    except (OSError, SafetensorError, ValueError) as error:
        raise BadInput(f"The checkpoint {path} cannot be read ({error}). Delete its folder to start anew.") from error


def optimiser_tensors(optimiser: Optimizer) -> dict[str, Tensor]:
    """Adam's state as named tensors, in the order of its parameters."""
    state = optimiser.state_dict()["state"]
    return {f"adam.{index}.{name}": value for index, values in state.items() for name, value in values.items()}


def restore_optimiser(optimiser: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `optimiser_tensors` gave."""
    whole = optimiser.state_dict()
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("adam."):
            _, index, key = name.split(".")
            parameter = parameters[int(index)]
            # A fused optimiser walks through memory, so moments must lie there as their parameter does.
            laid = torch.empty_like(parameter).copy_(tensor) if tensor.shape == parameter.shape else tensor
            state.setdefault(int(index), {})[key] = laid
    whole["state"] = state
    optimiser.load_state_dict(whole)
