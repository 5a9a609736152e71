"""Where exhibits come from: files and archive members, read in pieces without touching the original."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.domain import IntakeOutcome
from core.imaging.problems import Undecodable, unreadable_source

CHUNK_BYTES = 1 << 20
MEMBER_MARK = "!"
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not block
_KEEP_ACCESS_TIME = getattr(os, "O_NOATIME", 0)


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one member of a ZIP archive, that is to be taken in.

    Attributes:
        path: the file, as the analyst gave it.
        member: name of the archive member as `archive.list_members` gave it, or None for the file itself.
    """

    path: str
    member: str | None = None

    @property
    def label(self) -> str:
        """The source as it stands in reports: "photo.jpg", or "archive.zip!inner/photo.jpg".

        Bytes of a file name that are no text in this system's encoding appear as escapes, so that it can be stored.
        """
        label = self.path if self.member is None else f"{self.path}{MEMBER_MARK}{self.member}"
        return label.encode("utf-8", "backslashreplace").decode("utf-8")

    @property
    def name(self) -> str:
        """The last part of the path."""
        return Path(self.path).name if self.member is None else PurePosixPath(self.member).name


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an intake follows a file.

    Attributes:
        pixel_limit: most pixels of an image; larger ones are hashed but not decoded.
        archive_members: most entries of an archive.
        archive_bytes: most unpacked bytes of an archive.
        member_bytes: most unpacked bytes of one member.
        archive_ratio: most unpacked bytes per packed byte, counted for members over `ratio_from_bytes`.
        ratio_from_bytes: flat images pack thousandfold; below this size a high ratio is harmless.
    """

    pixel_limit: int = 200_000_000
    archive_members: int = 200_000
    archive_bytes: int = 256 << 30
    member_bytes: int = 4 << 30
    archive_ratio: int = 200
    ratio_from_bytes: int = 256 << 20


def file_chunks(path: Path, label: str) -> Iterator[bytes]:
    """The bytes of a file, read once; raises `Undecodable` for whatever is wrong with the file.

    A file that changes while it is read is refused: its digests would describe bytes that never existed together.
    """
    try:
        descriptor = _open(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _refused(error, label) from error
    with ExitStack() as stack:
        stack.callback(os.close, descriptor)
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise Undecodable(IntakeOutcome.UNREADABLE, f"{label} is not an ordinary file and cannot be taken in.")
        total = 0
        while chunk := _read(descriptor, label):
            total += len(chunk)
            yield chunk
        after = os.fstat(descriptor)
        if (total, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise Undecodable(
                IntakeOutcome.UNREADABLE,
                f"{label} changed while it was being read. Take it in again when nothing writes to it any more.",
            )


def _open(path: Path) -> int:
    try:
        return os.open(path, _READ | _KEEP_ACCESS_TIME)
    except PermissionError:
        if not _KEEP_ACCESS_TIME:
            raise
        return os.open(path, _READ)  # only the owner of a file may keep its access time


def _read(descriptor: int, label: str) -> bytes:
    try:
        return os.read(descriptor, CHUNK_BYTES)
    except OSError as error:
        raise unreadable_source(error, label) from error


def _refused(error: OSError | ValueError, label: str) -> Undecodable:
    if isinstance(error, OSError):
        return unreadable_source(error, label)
    return Undecodable(IntakeOutcome.UNREADABLE, f"{label} has a name that this system cannot open.")
