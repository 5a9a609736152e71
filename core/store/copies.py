"""Copies of a case database: the backup before a migration, and a private one where the original cannot be read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from core.errors import CaseInUse
from core.store.connect import DATABASE, open_for_writing, open_new

_SIDE_FILES = ("", "-wal", "-journal")  # never "-shm": SQLite makes that anew
_WANTS_LOG = b"\x02\x02"  # bytes 18 and 19 of the header
_TRIES = 5


class PrivateCopy:
    """A copy of a case database in a temporary folder of this user, until `close`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dnacase-", ignore_cleanup_errors=True)
        self.database = Path(self._folder.name) / DATABASE

    @classmethod
    def through(cls, connection: sqlite3.Connection) -> PrivateCopy:
        """A copy of what an open connection sees."""
        with ExitStack() as undo:
            copy = undo.enter_context(closing(cls()))
            _back_up(connection, copy.database)
            undo.pop_all()
        return copy

    @classmethod
    def of_files(cls, folder: Path) -> PrivateCopy:
        """A copy of the files themselves, in which SQLite then finishes what a killed program left half-done.

        Raises:
            CaseInUse: the files change all the time.
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
        self._folder.cleanup()

    def _take(self, folder: Path) -> None:
        for _ in range(_TRIES):
            before = _stamps(folder)
            for name in before:
                shutil.copyfile(folder / name, self.database.with_name(name))
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
            status = (folder / name).stat()
        except FileNotFoundError:
            continue
        stamps[name] = (status.st_size, status.st_mtime_ns)
    return stamps
