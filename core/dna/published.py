"""Reading weights published with the paper out of a pickle-based file; runs only in a throw-away process.

A file of this kind is a program for the unpickler. It is read with PyTorch's restricted one (``weights_only``), which
knows tensors and plain containers alone; should that ever fail, the process has no more memory, time and rights than it
needs, and what it says is not believed but read again from a format that cannot hold code.
"""

from __future__ import annotations

import os
import re
import sys
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from core.dna.card import expected_shapes
from core.dna.encoder import Net
from core.errors import CoreError, DetectorRefused

LARGEST_BYTES = 512 << 20
WEIGHTS, ANSWER = "weights.safetensors", "answer.txt"
_MEMORY_BYTES = 3 << 30
_WRITE_BYTES = 64 << 20
_CPU_S = 120
_DEPTH = 4
_SHARED = re.compile(r"^(?:module\.|model\.|net\.|encoder\.)+(?=main\.|classification_head\.|proj)")
_PROJECTION = re.compile(r"^proj")
_COUNTED = "num_batches_tracked"
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FORBIDDEN = (
    *("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "os.kill", "os.putenv"),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown"),
    *("pty.", "subprocess.", "shutil.", "socket.", "ctypes.", "urllib.", "http.", "ftplib.", "smtplib.", "winreg."),
)


class Forbidden(Exception):
    """What is being read tried to act."""


def convert(source: str, folder: str, classes: int) -> None:
    """Entry of the throw-away process: write the network of `source` as plain tensors, or why that is not possible.

    Args:
        source: a file made by ``torch.save``.
        folder: an empty folder; gets `WEIGHTS`, or `ANSWER` with one sentence part (what is wrong with the file).
        classes: number of classes the network must have.
    """
    place = Path(folder)
    _be_silent()
    torch.set_num_threads(1)
    save({"warm": torch.zeros(1)})  # whatever is imported late is imported before the fence is up
    limit_process()
    forbid_acting(place)
    with ExitStack() as stack:
        stack.push(partial(_give_up, place))
        tensors = network_of(read_weights(Path(source)), classes)
        (place / WEIGHTS).write_bytes(save(tensors))


def limit_process() -> None:
    """Take memory, processor time and file sizes beyond what a network needs away from this process."""
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limits, macOS keeps some
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_WRITE_BYTES, _WRITE_BYTES))
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (mapped + _MEMORY_BYTES, mapped + _MEMORY_BYTES))


def forbid_acting(place: Path) -> None:
    """From now on this process starts nothing, reaches nobody and writes into `place` only; it cannot be undone."""
    sys.dont_write_bytecode = True
    inside = str(place) + os.sep

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITES and not str(path).startswith(inside):
                raise Forbidden(event)
        elif event.startswith(_FORBIDDEN):
            raise Forbidden(event)

    sys.addaudithook(refuse)


def read_weights(path: Path) -> object:
    """What a ``torch.save`` file holds, with the restricted unpickler.

    Raises:
        DetectorRefused: an archive that would unfold to more than `LARGEST_BYTES`.
        Exception: whatever PyTorch raises for a file that is damaged or asks for code.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_BYTES:
                raise DetectorRefused(f"it would unfold to more than {LARGEST_BYTES >> 20} MB")
    return torch.load(path, map_location="cpu", weights_only=True)


def network_of(content: object, classes: int) -> dict[str, torch.Tensor]:
    """The tensors of the DNA-Det network among what a file held, by the names this program uses.

    Wrapping dictionaries (``state_dict``, ``model`` …), name prefixes of data-parallel training and the projection
    head, which is of no use after training, are left behind.

    Raises:
        DetectorRefused: no such network, other shapes, another number of classes, or weights that are no numbers.
    """
    named = {_SHARED.sub("", name): tensor for name, tensor in _tensors(content).items()}
    named = {name: tensor for name, tensor in named.items() if not _PROJECTION.match(name)}
    wanted = expected_shapes(classes)
    for name in wanted:
        if name.endswith(_COUNTED):
            named.setdefault(name, torch.zeros((), dtype=torch.int64))  # older files do not have it
    if strange := sorted(set(named) ^ set(wanted)):
        missing = "lacks" if strange[0] in wanted else "has an unexpected"
        raise DetectorRefused(f"it is no DNA-Det network: it {missing} {strange[0][:80]!r}")
    found = named["classification_head.1.weight"].shape
    if len(found) == 2 and found[0] != classes:
        raise DetectorRefused(f"its network has {found[0]} classes, and {classes} were named")
    return {name: _checked(name, named[name], shape) for name, shape in wanted.items()}


def net_of_file(path: Path, classes: int) -> Net:
    """The net that `convert` left; what a process with a hostile file wrote is checked like any other file.

    Raises:
        DetectorRefused: the file is not exactly such a network.
    """
    net = Net(classes)
    try:
        net.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise DetectorRefused("the process that read it left no network") from error
    return net


def _checked(name: str, tensor: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    if tuple(tensor.shape) != shape:
        raise DetectorRefused(f"it is no DNA-Det network: {name} has the shape {tuple(tensor.shape)}, not {shape}")
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_complex():
        raise DetectorRefused(f"{name} is not stored as plain numbers")
    kind = torch.int64 if name.endswith(_COUNTED) else torch.float32
    out = tensor.detach().to(kind).clone().contiguous()
    if not torch.isfinite(out).all():
        raise DetectorRefused(f"{name} holds weights that are not finite")
    return out


def _tensors(content: object, depth: int = 0) -> dict[str, torch.Tensor]:
    """The largest dictionary of tensors among nested dictionaries."""
    if not isinstance(content, Mapping) or depth > _DEPTH:
        return {}
    own = {str(name): value for name, value in content.items() if isinstance(value, torch.Tensor)}
    others = [_tensors(value, depth + 1) for value in content.values() if isinstance(value, Mapping)]
    return max([own, *others], key=len)


def _give_up(
    place: Path, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
) -> bool:
    """Leave word of what went wrong and end; a traceback of a hostile file is of use to nobody."""
    if kind is None:
        return False
    with suppress(OSError):
        (place / ANSWER).write_text(_why(kind, str(error)), encoding="utf-8", errors="replace")
    os._exit(1)


def _be_silent() -> None:
    """Libraries remark on odd files; the terminal belongs to the program."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)


def _why(kind: type[BaseException], words: str) -> str:
    if issubclass(kind, CoreError):
        return words
    if asked := re.search(r"GLOBAL ([\w.]+)", words):
        return f"it asks for program code to be run when it is opened ({asked.group(1)[:80]}), which is never done"
    if issubclass(kind, Forbidden) or "TorchScript" in words:
        return "it is a program rather than weights, and programs are never run"
    if issubclass(kind, MemoryError) or "allocate memory" in words:
        return "it asks for more memory than weights need"
    return "it is damaged, or no file of PyTorch weights"
