"""Which processor computes, and in which precision: chosen by measuring, not by assuming."""

from __future__ import annotations

import ctypes
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.dna.distributed import local_rank
from core.errors import DeviceUnavailable

_WORTH_IT = 1.25
_PROBE_RUNS = 3
# Numbers and defaults of glibc's mallopt(3).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_KEEPING = {_MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1, _TOP_PAD: 64 * 2**20}
_USUAL = {_MMAP_MAX: 65536, _TRIM_THRESHOLD: 128 * 2**10, _TOP_PAD: 128 * 2**10}


@dataclass(frozen=True, slots=True)
class Device:
    """A processor as torch knows it, and its name for the analyst."""

    torch_device: torch.device
    name: str

    @property
    def is_cpu(self) -> bool:
        """Whether this is the CPU."""
        return self.torch_device.type == "cpu"


def choose_device(wanted: str) -> Device:
    """Resolve "auto", "cpu" or "cuda"; raises `DeviceUnavailable` when CUDA is asked for and not there."""
    if wanted in ("auto", "cuda") and torch.cuda.is_available():
        index = local_rank()
        if index >= torch.cuda.device_count():
            raise DeviceUnavailable(
                f"There are more processes than GPUs on this machine ({torch.cuda.device_count()}). Start fewer."
            )
        return Device(torch.device("cuda", index), torch.cuda.get_device_name(index))
    if wanted == "cuda":
        raise DeviceUnavailable("No CUDA GPU can be used on this machine. Choose the CPU, or automatic.")
    return cpu()


def count_tiny_as_zero() -> None:
    """Let numbers too small for the processor's fast path count as zero; flat image areas are full of them.

    This holds for the whole process, so only the analysis process does it.
    """
    torch.set_flush_denormal(True)


def cpu() -> Device:
    """The CPU."""
    return Device(torch.device("cpu"), f"CPU ({torch.get_num_threads()} threads)")


@torch.inference_mode()
def fastest_precision(net: nn.Module, device: Device) -> torch.dtype:
    """Time a small batch in float32 and bfloat16 and take the latter only where it is clearly faster.

    A CPU without bfloat16 instructions only emulates the type, so there is nothing to time. The windows hold noise:
    with zeros the activations become denormal numbers, which are slow for a reason of their own.
    """
    if device.is_cpu and not _cpu_has_bfloat16():
        return torch.float32
    noise = torch.randn(4, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    windows = noise.to(device.torch_device).contiguous(memory_format=torch.channels_last)
    plain = _seconds(lambda: net(windows), device)
    half, small = net.to(torch.bfloat16), windows.to(torch.bfloat16)
    reduced = _seconds(lambda: half(small), device)
    net.to(torch.float32)
    return torch.bfloat16 if plain > _WORTH_IT * reduced else torch.float32


def training_precision(device: torch.device) -> torch.dtype:
    """Precision of the convolutions in training: bfloat16 where the processor has instructions for it.

    Decided by what the processor is, not by timing, so that a resumed run decides alike.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return torch.bfloat16 if _cpu_has_bfloat16() else torch.float32


@contextmanager
def freed_memory_kept(device: torch.device) -> Iterator[None]:
    """While training on a CPU, the memory of one step is used again for the next instead of given back.

    Otherwise the system clears every large block anew, which was a tenth of the time of a step. With GNU libc only; on
    other systems this does nothing.
    """
    if device.type != "cpu" or platform.libc_ver()[0] != "glibc":
        yield
        return
    library = ctypes.CDLL(None)
    for option, value in _KEEPING.items():
        library.mallopt(option, value)
    try:
        yield
    finally:
        for option, value in _USUAL.items():
            library.mallopt(option, value)
        library.malloc_trim(0)


def _cpu_has_bfloat16() -> bool:
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def _seconds(run: Callable[[], Tensor], device: Device) -> float:
    run()
    best = float("inf")
    for _ in range(_PROBE_RUNS):
        _synchronise(device)
        began = time.perf_counter()
        run()
        _synchronise(device)
        best = min(best, time.perf_counter() - began)
    return best


def _synchronise(device: Device) -> None:
    if not device.is_cpu:
        torch.cuda.synchronize(device.torch_device)
