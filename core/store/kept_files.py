"""What is kept in `derived/` for later, each file with a code that only this installation can make.

The log knows nothing of these files, since they can be computed anew at any time. So a file is believed only by the
code at its end; one of another computer, or one that was changed, is as good as none.
"""

from __future__ import annotations

import hmac
import os
import stat
from pathlib import Path

from core import installation
from core.store import blobs

CODE_BYTES = 32


def write(folder: Path, place: Path, content: bytes) -> Path:
    """Keep a file with its code, whole or not at all; raises as `blobs.write_derived` does."""
    return blobs.write_derived(folder, place, content + _code(folder, place, content))


def read(folder: Path, place: Path, largest: int) -> bytes:
    """The content of a file that this installation kept under this name.

    Raises:
        OSError: it is not there, or cannot be read.
        ValueError: it is larger than `largest`, no ordinary file, or without a good code.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(place, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > largest + CODE_BYTES:
            raise ValueError(f"{place} is nothing that was kept here.")
        kept = file.read(largest + CODE_BYTES)
    content, code = kept[:-CODE_BYTES], kept[-CODE_BYTES:]
    if not hmac.compare_digest(code, _code(folder, place, content)):
        raise ValueError(f"{place} was not kept by this installation.")
    return content


def _code(folder: Path, place: Path, content: bytes) -> bytes:
    return installation.code_of(place.relative_to(folder).as_posix(), content)
