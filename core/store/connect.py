"""SQLite connections to a case, set up as for a file from a stranger (sqlite.org, "Defense against the dark arts")."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Pool, create_engine, event

DATABASE = "case.sqlite"
APPLICATION_ID = 0x444E4144  # "DNAD" in the file's header
_BUSY_MS = 20_000

_ALWAYS = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {_BUSY_MS}",
)
# A commit must be on the disk when the analyst is told that it happened, hence FULL also with a write-ahead log.
_WRITING = (*_ALWAYS, "PRAGMA synchronous = FULL", "PRAGMA recursive_triggers = ON")
_READING = (*_ALWAYS, "PRAGMA query_only = ON", "PRAGMA cache_size = -65536", "PRAGMA temp_store = MEMORY")
_LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 256 << 20),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 4),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
)


def open_for_reading(database: Path) -> sqlite3.Connection:
    """A connection that changes no byte of any file, not even SQLite's own side files.

    ``readonly_shm`` keeps it from making or changing the shared memory beside a write-ahead log; where that memory is
    needed and missing, SQLite answers *unable to open* instead (see `core/store/snapshot.py`).
    """
    return _prepared(_connected(database, "mode=ro&readonly_shm=1"), _READING)


def open_for_writing(database: Path) -> sqlite3.Connection:
    """A connection that may write to an existing database."""
    return _prepared(_connected(database, "mode=rw"), _WRITING)


def open_new(database: Path) -> sqlite3.Connection:
    """A connection to a database that need not exist yet; ``:memory:`` is taken as SQLite does."""
    if str(database) == ":memory:":
        return _prepared(sqlite3.connect(":memory:", isolation_level=None), _WRITING)
    return _prepared(_connected(database, "mode=rwc"), _WRITING)


def engine_of(connect: Callable[[], sqlite3.Connection], pool: type[Pool], begin: str) -> Engine:
    """An engine whose transactions start with the statement `begin`.

    Args:
        connect: opens one connection of this module.
        pool: how connections are kept.
        begin: "BEGIN" to read, "BEGIN IMMEDIATE" to write: two writers then wait for one another instead of failing.
    """
    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=pool)

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "begin", start)
    return engine


def _connected(database: Path, mode: str) -> sqlite3.Connection:
    path = quote(os.fsencode(database.absolute().as_posix()))
    uri = f"file://{path if path.startswith('/') else '/' + path}?{mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000)


def _prepared(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    try:
        for limit, value in _LIMITS:
            connection.setlimit(limit, value)
        for pragma in pragmas:
            connection.execute(pragma).close()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
