"""A copy and its digests in one read of the source."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from core.errors import error_from_os


@dataclass(frozen=True, slots=True)
class Digest:
    """What identifies a sequence of bytes; the digests are lower-case hexadecimal."""

    sha256: str
    md5: str
    size_bytes: int


def copy_with_digests(chunks: Iterable[bytes], target: Path) -> Digest:
    """Write `chunks` to the new file `target` and hash the same bytes on the way.

    Raises:
        DiskFull, NoPermission, CoreError: the copy cannot be written; nothing is left at `target`.
    """
    with ExitStack() as undo:
        undo.callback(target.unlink, missing_ok=True)
        digest = _copy(chunks, target)
        undo.pop_all()
    return digest


def digests_of(chunks: Iterable[bytes]) -> Digest:
    """The digests of `chunks`, without a copy."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    for chunk in chunks:
        sha256.update(chunk)
        md5.update(chunk)
        size += len(chunk)
    return Digest(sha256.hexdigest(), md5.hexdigest(), size)


def _copy(chunks: Iterable[bytes], target: Path) -> Digest:
    try:
        with target.open("xb", buffering=0) as stream:
            return digests_of(_written(chunks, stream))
    except OSError as error:  # of the target only: sources turn their own into `Undecodable`
        raise error_from_os(error, target, doing="writing the evidence copy") from error


def _written(chunks: Iterable[bytes], stream: io.FileIO) -> Iterator[bytes]:
    for chunk in chunks:
        left = memoryview(chunk)
        while left:
            left = left[stream.write(left) :]
        yield chunk
