"""Which rows a transaction touches, and the digest of a row, for tables that know nothing of either.

Triggers on the writer's own connection note the key of every row that is inserted, changed or removed. They are
temporary: nothing of them is in the file, and no other program that writes to it runs them.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.log_chain import framed
from core.store.session import CaseSession

Key = int | str | list[int | str]  # as JSON writes it: a list where the primary key has several columns
Change = tuple[str, Key, str | None]  # table, key, digest of the row or None when it is gone

UNSEALED = frozenset({"audit", "chain", "alembic_version"})  # the log itself, and what the schema check looks at
_ROW = b"dna-det row 1"
_TABLES = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


class StoredText(bytes):
    """A text as SQLite keeps it, apart from a BLOB of the same bytes; it need not be valid UTF-8."""


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table whose rows are sealed: its columns in the table's order, and the places of its primary key in them."""

    name: str
    columns: tuple[str, ...]
    key_places: tuple[int, ...]
    begin: bytes
    names: tuple[bytes, ...]

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(self.columns[place] for place in self.key_places)

    def key(self, row: Sequence[Any]) -> Key:
        """The primary key of a row."""
        return _as_key([row[place] for place in self.key_places])

    def digest(self, row: Sequence[Any]) -> str:
        """SHA-256 over the table's name and, for every column, its name, the kind of its value and the value.

        Each of them is preceded by its length; see `core.log_chain.framed`.
        """
        parts = [self.begin]
        for name, value in zip(self.names, row, strict=True):
            coded = _CODES[type(value)](value)
            parts += (name, _length(len(coded)), coded)
        return hashlib.sha256(b"".join(parts)).hexdigest()


def sealed_tables(connection: sqlite3.Connection) -> tuple[SealedTable, ...]:
    """Every table of the database whose rows are sealed, in the order of their names."""
    names = sorted(row[0] for row in connection.execute(_TABLES))
    return tuple(_table(connection, name) for name in names if name not in UNSEALED)


def watch(connection: sqlite3.Connection) -> None:
    """Note from now on which rows are touched through this connection."""
    tables = sealed_tables(connection)
    widest = max(len(table.key_places) for table in tables)
    keys = ", ".join(f"k{number}" for number in range(widest))
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"CREATE TEMP TABLE touched_rows (place TEXT NOT NULL, {keys})")
    for table in tables:
        rest = ", NULL" * (widest - len(table.key_places))
        for number, (when, which) in enumerate(_moments(table)):
            columns = ", ".join(f'{which}."{name}"' for name in table.key_columns)
            connection.execute(
                f'CREATE TEMP TRIGGER "touched {table.name} {number}" AFTER {when} ON main."{table.name}" '
                f"BEGIN INSERT INTO touched_rows VALUES ('{table.name}', {columns}{rest}); END"
            )


def is_watched(connection: sqlite3.Connection) -> bool:
    """Whether `watch` was called for this connection."""
    return bool(connection.execute("SELECT count(*) FROM sqlite_temp_schema WHERE name = 'touched_rows'").fetchone()[0])


def take_touched(connection: sqlite3.Connection) -> list[Change]:
    """What became of every row that was touched since the last call, sorted; the note of them is emptied."""
    names = [row[0] for row in connection.execute("SELECT DISTINCT place FROM touched_rows")]
    tables = [_table(connection, name) for name in names]
    if not tables:
        return []
    with as_stored(connection):
        found = [change for table in tables for change in _became(connection, table)]
    connection.execute("DELETE FROM touched_rows")
    return sorted(found, key=order)


def every_row(connection: sqlite3.Connection, tables: Sequence[SealedTable] | None = None) -> Iterator[Change]:
    """Every row of the case with its digest, table by table."""
    chosen = sealed_tables(connection) if tables is None else tables
    with as_stored(connection):
        for table in chosen:
            for row in connection.execute(f'SELECT * FROM main."{table.name}"'):
                yield table.name, table.key(row), table.digest(row)


@contextmanager
def as_stored(connection: sqlite3.Connection) -> Iterator[None]:
    """Read values as they are in the file: a text as `StoredText`, whatever its bytes are."""
    before = connection.text_factory
    connection.text_factory = StoredText
    try:
        yield
    finally:
        connection.text_factory = before


def connection_of(session: CaseSession) -> sqlite3.Connection:
    """SQLite's own connection of a session, within its transaction."""
    connection = session.connection().connection.dbapi_connection
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError("The session is not bound to SQLite.")
    return connection


def hashable(key: Key) -> int | str | tuple[int | str, ...]:
    """A key as one that a dictionary takes."""
    return tuple(key) if isinstance(key, list) else key


def order(change: Change) -> tuple[str, str]:
    """Changes are kept in the order of their tables and, within one, of their keys as text."""
    return change[0], str(change[1])


def _table(connection: sqlite3.Connection, name: str) -> SealedTable:
    columns = connection.execute(f'PRAGMA main.table_info("{name}")').fetchall()
    keys = sorted((row[5], row[0]) for row in columns if row[5])
    if not keys:
        raise RuntimeError(f"The table {name} has no primary key, so its rows cannot be sealed.")
    names = tuple(str(row[1]) for row in columns)
    framed_names = tuple(framed(column.encode()) for column in names)
    return SealedTable(name, names, tuple(place for _, place in keys), framed(_ROW, name.encode()), framed_names)


def _moments(table: SealedTable) -> tuple[tuple[str, str], ...]:
    """When a row counts as touched, and whether its new or its old key is noted."""
    keys = ", ".join(f'"{name}"' for name in table.key_columns)
    return ("INSERT", "new"), ("UPDATE", "new"), (f"UPDATE OF {keys}", "old"), ("DELETE", "old")


def _became(connection: sqlite3.Connection, table: SealedTable) -> Iterator[Change]:
    keys = ", ".join(f"k{number}" for number in range(len(table.key_places)))
    columns = ", ".join(f'"{name}"' for name in table.key_columns)
    touched = f"SELECT {keys} FROM touched_rows WHERE place = '{table.name}'"
    gone = {hashable(_as_key(row)): _as_key(row) for row in connection.execute(touched)}
    for row in connection.execute(f'SELECT * FROM main."{table.name}" WHERE ({columns}) IN ({touched})'):
        key = table.key(row)
        gone.pop(hashable(key), None)
        yield table.name, key, table.digest(row)
    for key in gone.values():
        yield table.name, key, None


def _as_key(values: Sequence[Any]) -> Key:
    plain = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in values]
    return plain[0] if len(plain) == 1 else plain


_length: Callable[[int], bytes] = struct.Struct(">Q").pack
_float: Callable[[float], bytes] = struct.Struct(">d").pack
_CODES: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"n",
    int: lambda value: b"i%d" % value,
    float: lambda value: b"f" + _float(value),
    StoredText: lambda value: b"t" + value,
    bytes: lambda value: b"b" + value,
}
