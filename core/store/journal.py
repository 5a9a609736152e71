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
from functools import lru_cache
from typing import Any

from core.log_chain import framed
from core.store.session import CaseSession

Key = int | str | list[int | str]  # as JSON writes it: a list where the primary key has several columns
Change = tuple[str, Key, str | None]  # table, key, digest of the row or None when it is gone

UNSEALED = frozenset({"audit", "chain"})  # the log itself
SCHEMA = "sqlite_schema"
_ROW = b"dna-det row 1"
_TABLES = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


class StoredText(bytes):
    """A text as SQLite keeps it, apart from a BLOB of the same bytes; it need not be valid UTF-8."""


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table whose rows are sealed: its columns in the table's order, and the places of its primary key in them.

    `begin` is what every row's bytes begin with: the names of the table and of its columns.
    """

    name: str
    columns: tuple[str, ...]
    key_places: tuple[int, ...]
    begin: bytes

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return tuple(self.columns[place] for place in self.key_places)

    def key(self, row: Sequence[Any]) -> Key:
        """The primary key of a row."""
        return _as_key([row[place] for place in self.key_places])

    def digest(self, row: Sequence[Any]) -> str:
        """SHA-256 over the names of table and columns and then the values, each with a letter for its kind before it.

        Every part is preceded by its length; see `core.log_chain.framed`.
        """
        parts = [self.begin]
        for (
            value
        ) in row:  # in the order of how often each kind comes: 10 000 rows are sealed at once when many are tagged
            if type(value) is StoredText:
                parts += (_head(len(value) + 1, b"t"), value)
            elif type(value) is int:
                parts.append(_int(value))
            elif value is None:
                parts.append(_NULL)
            elif type(value) is float:
                parts.append(_float(9, b"f", value))
            else:
                parts += (_head(len(value) + 1, b"b"), value)
        return hashlib.sha256(b"".join(parts)).hexdigest()


def sealed_tables(connection: sqlite3.Connection) -> tuple[SealedTable, ...]:
    """Every table of the database whose rows are sealed, in the order of their names; all but the log itself."""
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


def every_row(connection: sqlite3.Connection) -> Iterator[Change]:
    """Every row of the case with its digest, table by table, those of the schema included."""
    for table in (schema_table(), *sealed_tables(connection)):
        with as_stored(connection):
            yield from ((table.name, table.key(row), table.digest(row)) for row in rows_of(connection, table))


def rows_of(connection: sqlite3.Connection, table: SealedTable) -> Iterator[tuple[Any, ...]]:
    """The rows of one table, in the columns that are sealed."""
    columns = ", ".join(f'"{name}"' for name in table.columns)
    yield from connection.execute(f'SELECT {columns} FROM main."{table.name}"')


def schema_table() -> SealedTable:
    """The schema as a table like any other, without the numbers of pages: a row for each table, index and trigger."""
    return _sealed(SCHEMA, ("type", "name", "tbl_name", "sql"), (1,))


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
    return _sealed(name, tuple(str(row[1]) for row in columns), tuple(place for _, place in keys))


def _sealed(name: str, columns: tuple[str, ...], key_places: tuple[int, ...]) -> SealedTable:
    begin = framed(_ROW, name.encode(), *(column.encode() for column in columns))
    return SealedTable(name, columns, key_places, begin)


def _moments(table: SealedTable) -> tuple[tuple[str, str], ...]:
    """When a row counts as touched, and whether its new or its old key is noted."""
    keys = ", ".join(f'"{name}"' for name in table.key_columns)
    return ("INSERT", "new"), ("UPDATE", "new"), (f"UPDATE OF {keys}", "old"), ("DELETE", "old")


def _became(connection: sqlite3.Connection, table: SealedTable) -> Iterator[Change]:
    keys = ", ".join(f"k{number}" for number in range(len(table.key_places)))
    columns = ", ".join(f'"{name}"' for name in table.key_columns)
    touched = f"SELECT {keys} FROM touched_rows WHERE place = '{table.name}'"
    gone = set(connection.execute(touched))
    first, *others = table.key_places
    for row in connection.execute(f'SELECT * FROM main."{table.name}" WHERE ({columns}) IN ({touched})'):
        key = (row[first], *(row[place] for place in others)) if others else (row[first],)
        gone.discard(key)
        yield table.name, _as_key(key), table.digest(row)
    for key in gone:
        yield table.name, _as_key(key), None


def _as_key(values: Sequence[Any]) -> Key:
    if len(values) == 1 and type(values[0]) is int:
        return values[0]
    plain = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in values]
    return plain[0] if len(plain) == 1 else plain


_head: Callable[[int, bytes], bytes] = struct.Struct(">Qc").pack  # length of letter and value, letter
_float: Callable[[int, bytes, float], bytes] = struct.Struct(">Qcd").pack
_NULL = framed(b"n")


@lru_cache(maxsize=4096)
def _int(value: int) -> bytes:
    return framed(b"i%d" % value)
