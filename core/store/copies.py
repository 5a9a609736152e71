"""Copies of a case database: the backup before a migration, and a private one where the original cannot be read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from core.errors import CaseInUse, CoreError, DiskFull
from core.store.connect import DATABASE, open_for_writing, open_new
from core.store.faults import damaged
from core.store.lock import CaseLock

_SIDE_FILES = ("", "-wal", "-journal")  # never "-shm": SQLite makes that anew
_WANTS_LOG = b"\x02\x02"  # bytes 18 and 19 of the header
_TRIES = 5
_PREFIX = "dnacase-"
_STALE_S = 24 * 3600  # an older copy that nobody holds was left behind by a program that was killed
_MOST_BESIDE = 1 << 30  # a log waits for readers, so it may be larger than a small database
_TIMES_BESIDE = 4
_CHUNK = 1 << 20


class PrivateCopy:
    """A copy of a case database in a temporary folder of this user, until `close`.

    The folder is held by a lock, which ends with its process; what a killed program left behind is removed a day later.
    """

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self._folder = tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
        self.database = Path(self._folder.name) / DATABASE
        self._lock: CaseLock | None = None
        with suppress(CoreError):  # a drive without locks: then nobody else can take it either
            self._lock = CaseLock.acquire(self.database.parent, "")

    @classmethod
    def through(cls, connection: sqlite3.Connection) -> PrivateCopy:
        """A copy of what an open connection sees; raises `DiskFull` where it would take most of the space left."""
        with ExitStack() as undo:
            copy = undo.enter_context(closing(cls()))
            _require_room(copy.database.parent, _size_of(connection))
            _back_up(connection, copy.database)
            undo.pop_all()
        return copy

    @classmethod
    def of_files(cls, folder: Path) -> PrivateCopy:
        """A copy of the files themselves, in which SQLite then finishes what a killed program left half-done.

        Raises:
            CaseInUse: the files change all the time.
            CaseDamaged: the files beside the database cannot belong to it.
            DiskFull: the copy would take most of the space left.
        """
        with ExitStack() as undo:
            copy = undo.enter_context(closing(cls()))
            copy._take(folder)
            with closing(open_for_writing(copy.database)) as connection:
                connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            undo.pop_all()
        return copy

    def close(self) -> None:
        """Remove the copy."""
        if self._lock is not None:
            self._lock.release()
        self._folder.cleanup()

    def _take(self, folder: Path) -> None:
        for _ in range(_TRIES):
            before = _stamps(folder)
            _require_likely(folder, before)
            _require_room(self.database.parent, sum(size for size, _ in before.values()))
            for name, (size, _) in before.items():
                _copy(folder / name, self.database.with_name(name), size)
            if _stamps(folder) == before:
                return
            for name in before:
                self.database.with_name(name).unlink()
            time.sleep(0.05)
        raise CaseInUse(folder, "a program is writing to it at this moment")


def has_lost_its_log(folder: Path) -> bool:
    """Whether a database wants a write-ahead log that is not there; SQLite would make an empty one, even to read."""
    if (folder / f"{DATABASE}-wal").exists():
        return False
    # Closing a file takes away every lock this process has on it. Without a log beside it, this process can only have
    # it open with a rollback journal; other writers are then still kept out by the lock of the case.
    with (folder / DATABASE).open("rb") as file:
        return file.read(20)[18:] == _WANTS_LOG


def back_up(connection: sqlite3.Connection, folder: Path, revision: str) -> Path:
    """Keep the database as it is before it is brought up to `revision`; answers the file, which is whole."""
    now = datetime.now(UTC)
    target = folder / f"case-before-{revision}-{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z.sqlite"
    partial = target.with_suffix(".partial")
    try:
        _back_up(connection, partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _back_up(source: sqlite3.Connection, target: Path) -> None:
    with closing(open_new(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of every file that makes up the database."""
    stamps = {}
    for name in (DATABASE + side for side in _SIDE_FILES):
        try:
            status = (folder / name).lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(status.st_mode):
            raise damaged(folder, f"its {name} is no ordinary file")
        stamps[name] = (status.st_size, status.st_mtime_ns)
    return stamps


def _size_of(connection: sqlite3.Connection) -> int:
    """How large a copy of what a connection sees becomes."""
    pages, page = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages) * int(page)


def _require_likely(folder: Path, stamps: Mapping[str, tuple[int, int]]) -> None:
    """Raise where the side files are larger than anything that SQLite leaves beside a database of this size."""
    database = stamps.get(DATABASE, (0, 0))[0]
    beside = sum(size for size, _ in stamps.values()) - database
    if beside > _MOST_BESIDE + _TIMES_BESIDE * database:
        raise damaged(folder, f"the files beside it have {beside / 1e6:,.0f} MB, more than can belong to it")


def _require_room(place: Path, needed: int) -> None:
    free = shutil.disk_usage(place).free
    if needed > free // 2:
        raise DiskFull(
            f"Reading the case needs a private copy of {needed / 1e6:,.0f} MB, and at most half of the "
            f"{free / 1e6:,.0f} MB that are left at {place.parent} may be used for it. Free some space and try again."
        )


def _copy(source: Path, target: Path, size: int) -> None:
    """Copy the first `size` bytes of an ordinary file; what it gains meanwhile is told by its stamp."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(source, flags), "rb") as stream, target.open("wb") as out:
        while size > 0 and (chunk := stream.read(min(size, _CHUNK))):
            out.write(chunk)
            size -= len(chunk)


def _sweep(place: Path) -> None:
    """Remove old copies of this user that no program holds any more."""
    with suppress(OSError):
        for left in place.glob(f"{_PREFIX}*"):
            with suppress(OSError, CoreError):
                if _is_stale(left):
                    CaseLock.acquire(left, "").release()
                    shutil.rmtree(left, ignore_errors=True)


def _is_stale(left: Path) -> bool:
    status = left.lstat()
    own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return own and stat.S_ISDIR(status.st_mode) and time.time() - status.st_mtime > _STALE_S
