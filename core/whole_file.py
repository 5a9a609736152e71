"""Files that are there whole or not at all: written under a temporary name, then put in the place of the old one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from core.errors import error_from_os


def replace_file(path: Path, content: bytes | str, *, doing: str) -> None:
    """Write a whole file under a temporary name, have it on the disk, then put it in the place of the old one.

    Args:
        path: the file; folders above it are made.
        content: all of it; text is written as UTF-8.
        doing: what this is, as a gerund phrase ("writing the checkpoint").

    Raises:
        DiskFull, NoPermission, CoreError: as the sentence says, with the old file as it was.
    """
    temporary = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):  # a read-only place refuses this as well
            temporary.unlink(missing_ok=True)
        raise error_from_os(error, path, doing=doing) from error
