"""The files of a case beside its database: evidence under its SHA-256, and what can be derived from it again."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BadInput, CaseDamaged, error_from_os

EVIDENCE, DERIVED = "evidence", "derived"
INCOMING = ".incoming"
PARTIAL = ".partial"
_SHA256 = re.compile("[0-9a-f]{64}")
_READ_ONLY = 0o444


def evidence_path(folder: Path, sha256: str) -> Path:
    """Where the bytes with this SHA-256 are kept in the case `folder`."""
    return folder / EVIDENCE / _checked(sha256)[:2] / sha256


def thumbnail_path(folder: Path, sha256: str) -> Path:
    """Where the thumbnail of an exhibit is kept; it may be missing at any time."""
    return derived_folder(folder, "thumbnails", sha256) / sha256


def derived_folder(folder: Path, kind: str, sha256: str) -> Path:
    """Where what is derived from an exhibit is kept beside others of its kind."""
    return folder / DERIVED / kind / _checked(sha256)[:2]


def incoming_path(folder: Path) -> Path:
    """A new name for a copy on its way into the evidence; whatever stays there is swept away at the next opening."""
    return folder / EVIDENCE / INCOMING / secrets.token_hex(16)


def is_sha256(name: str) -> bool:
    """Whether a name is 64 hexadecimal digits in lower case."""
    return bool(_SHA256.fullmatch(name))


def scratch_folder(folder: Path) -> Path:
    """Where what is only needed for a while may lie; whatever stays there is swept away at the next opening."""
    return folder / DERIVED / PARTIAL


def make_folders(folder: Path) -> None:
    """Make the folders of a bundle that are not there; derived ones may be deleted at any time."""
    for part in (folder / EVIDENCE / INCOMING, folder / DERIVED / PARTIAL):
        part.mkdir(parents=True, exist_ok=True)


def keep(folder: Path, incoming: Path, sha256: str) -> Path:
    """Move a finished copy into the evidence, read-only and durably; bytes that are there already are left alone.

    Args:
        folder: the case bundle.
        incoming: the copy, under a name from `incoming_path`; it is gone afterwards.
        sha256: digest of its bytes, computed while they were copied.

    Raises:
        CaseDamaged: a file of another size is kept under this digest.
        DiskFull, NoPermission, NotFound, CoreError: the drive refused.
    """
    target = evidence_path(folder, sha256)
    with told(target, "keeping the evidence copy"):
        _make_durable(incoming)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _moved(incoming, target):
            _require_same_size(incoming, target)
            _remove(incoming)
        sync_folder(target.parent)
    return target


def write_thumbnail(folder: Path, sha256: str, data: bytes) -> Path:
    """Keep an encoded thumbnail; never called on a case that is open read-only."""
    return write_derived(folder, thumbnail_path(folder, sha256), data)


def write_derived(folder: Path, target: Path, data: bytes) -> Path:
    """Write a file under `derived/` so that it is there whole or not at all."""
    partial = folder / DERIVED / PARTIAL / secrets.token_hex(8)
    with told(target, "keeping a derived file"):
        partial.parent.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(partial, data)
            os.replace(partial, target)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
    return target


def sweep(folder: Path) -> int:
    """Remove what a killed program left half-done, and answer how many; only for who has the case open for writing."""
    swept = 0
    for place in (folder / EVIDENCE / INCOMING, folder / DERIVED / PARTIAL):
        with told(place, "clearing away unfinished copies"):
            for left in [*place.iterdir()] if place.is_dir() else []:
                _discard(left)
                swept += 1
    return swept


def _checked(sha256: str) -> str:
    """A digest that is safe to make a path of, also when it comes from a stranger's case."""
    if not _SHA256.fullmatch(sha256):
        raise BadInput(f"{sha256!r} is not a SHA-256. Write its 64 hexadecimal digits in lower case.")
    return sha256


def _moved(incoming: Path, target: Path) -> bool:
    """Give the copy its final name without ever replacing a file; False when there is one already."""
    if target.exists():
        return False
    if os.name == "nt":
        return _renamed(incoming, target)
    try:
        os.link(incoming, target)
    except FileExistsError:
        return False
    except OSError:  # drives without hard links
        return _renamed(incoming, target)
    incoming.unlink()
    return True


def _renamed(incoming: Path, target: Path) -> bool:
    try:
        os.rename(incoming, target)  # noqa: PTH104 - Path.rename is the same; os names the operation
    except FileExistsError:
        return False
    return True


def _make_durable(path: Path) -> None:
    """Bring the bytes to the disk and take away the right to write, before the name says that they are evidence."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.chmod(_READ_ONLY)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_same_size(incoming: Path, target: Path) -> None:
    if incoming.stat().st_size != target.stat().st_size:
        raise CaseDamaged(
            f"The evidence file {target} no longer has the bytes its name stands for. Nothing was changed. "
            "Restore it from a copy of the case before taking the image in again."
        )


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    path.chmod(0o644)  # Windows does not remove a read-only file
    path.unlink()


def _discard(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left)
    elif left.is_symlink():
        left.unlink()
    else:
        _remove(left)


@contextmanager
def told(path: Path, doing: str) -> Iterator[None]:
    """Turn what the operating system refuses into a sentence; `doing` is a gerund phrase."""
    try:
        yield
    except OSError as error:
        raise error_from_os(error, path, doing=doing) from error
