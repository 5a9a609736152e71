"""Training by several processes that torchrun starts: who am I, and what is gathered or averaged over all of them.

Every process draws its own images of the batch. The contrastive loss needs the crops of all of them, so features are
gathered with their gradient; `DistributedDataParallel` then averages the gradients of the weights.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from core.errors import BadInput

# The others wait while the first process validates or writes.
_PATIENCE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Rank:
    """One process among those that train together.

    Attributes:
        index: number of this process, 0 … `world` − 1.
        world: number of processes.
    """

    index: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that validates, writes and speaks."""
        return self.index == 0

    def slots(self, images: int) -> range:
        """Places of a batch of so many images that this process draws: every `world`-th, so that classes stay mixed."""
        if images < self.world:
            raise BadInput(f"A batch of {images} images cannot be shared by {self.world} processes. Start fewer.")
        return range(self.index, images, self.world)

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is raised in any process; all must call it."""
        if self.world == 1:
            return flag
        raised = torch.tensor(int(flag), device=device)
        dist.all_reduce(raised, dist.ReduceOp.MAX)
        return bool(raised)

    def mean(self, values: Tensor) -> Tensor:
        """Mean of a tensor over all processes, without gradient; all must call it."""
        if self.world == 1:
            return values
        total = values.detach().clone()
        dist.all_reduce(total)
        return total / self.world

    def wait(self) -> None:
        """Return when every process has come here."""
        if self.world > 1:
            dist.barrier()


def current() -> Rank:
    """This process's place in the group that is on, or that of a process alone."""
    if dist.is_available() and dist.is_initialized():
        return Rank(dist.get_rank(), dist.get_world_size())
    return Rank()


@contextmanager
def group(device: str = "auto") -> Iterator[Rank]:
    """Join the processes torchrun started, as its environment variables say; alone, this does nothing.

    Args:
        device: what training was asked to compute on: "auto", "cpu" or "cuda".

    Yields:
        The place of this process. Only the `first` one should report progress and write files.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield current()
        return
    on_gpu = device != "cpu" and torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(local_rank())
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=_PATIENCE)
    try:
        yield current()
    finally:
        dist.destroy_process_group()


def local_rank() -> int:
    """Number of this process on its machine, which is that of its GPU; 0 alone."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def gathered(mine: Tensor, sizes: list[int], rank: Rank) -> Tensor:
    """The rows of all processes, in their order, with gradient.

    The backward pass sums what every process wants of a row. As every process computes the same loss of all rows, that
    is `world` times the gradient, and the average `DistributedDataParallel` takes makes it once again.

    Args:
        mine: rows of this process (n, …).
        sizes: rows of each process.
        rank: this process.

    Returns:
        (Σ sizes, …).
    """
    if rank.world == 1:
        return mine
    whole: Tensor = _Gather.apply(mine, sum(sizes[: rank.index]), sum(sizes))
    return whole


class _Gather(torch.autograd.Function):
    """Rows put into a table of zeros that is then summed over the processes; shares may differ in size."""

    @staticmethod
    def forward(ctx: Any, mine: Tensor, start: int, total: int) -> Tensor:  # noqa: ANN401 - torch's own signature
        ctx.place = (start, start + len(mine))
        whole = mine.new_zeros((total, *mine.shape[1:]))
        whole[start : start + len(mine)] = mine
        dist.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        total = wanted.contiguous().clone()
        dist.all_reduce(total)
        start, stop = ctx.place
        return total[start:stop], None, None


def average_statistics(net: nn.Module, rank: Rank) -> None:
    """Give every process the mean of their running batch-norm statistics (where those are not synchronised)."""
    floating = [buffer for buffer in net.buffers() if buffer.dtype.is_floating_point]
    if rank.world == 1 or not floating:
        return
    mean = rank.mean(torch.cat([buffer.flatten() for buffer in floating]))
    sizes = [buffer.numel() for buffer in floating]
    for buffer, part in zip(floating, torch.split(mean, sizes), strict=True):
        buffer.copy_(part.view_as(buffer))
