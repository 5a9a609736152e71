"""Is every row of a case what the log says that it became? What differs is said in sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from core.progress import Progress
from core.store.journal import SCHEMA, SealedTable, as_stored, hashable, rows_of, schema_table, sealed_tables
from core.store.log_check import LogCheck

_WORDS = {
    "case": "statement of the case",
    "exhibit_facts": "facts",
    "exhibit_text": "searched text",
    "exhibit_tag": "tag",
    "examiner_view": "view",
    "exhibit_group": "group",
    "exhibit_group_member": "membership in group",
    "robustness": "robustness check",
    "custody_event": "custody event",
    "custody_event_exhibit": "place in custody event",
    "recheck": "check of the evidence",
    "rerun": "repeated finding",
    "report_draft": "draft of a report",
    "issued_report": "issued report",
    "time_stamp": "time stamp",
    "origin": "origin of the case",
    "origin_entry": "entry of the original log",
    "intake_batch": "intake",
    "intake_item": "line of an intake",
    "signing_key": "signing key",
    "alembic_version": "version of the schema",
    SCHEMA: "part of the schema",
}
_EXHIBITS = 'SELECT id, sha256, name FROM main."exhibit"'
_SHOWN_HASH, _SHOWN_NAME = 12, 80


def row_faults(connection: sqlite3.Connection, log: LogCheck, progress: Progress) -> Iterator[str]:
    """A sentence for every row that was edited, removed or added behind the log's back; hostile text is quoted."""
    name = _Names(connection)
    expected = dict(log.rows)
    tables = {table.name: table for table in (schema_table(), *sealed_tables(connection))}
    for table in tables.values():
        try:
            with as_stored(connection):
                rows = [
                    (table.key(row), table.digest(row), name.of_row(table, row)) for row in rows_of(connection, table)
                ]
        except (sqlite3.Error, UnicodeDecodeError) as error:
            yield f"The table {table.name} cannot be read: {error}."
            expected = {place: what for place, what in expected.items() if place[0] != table.name}
            continue
        for key, digest, called in rows:
            then, number = expected.pop((table.name, hashable(key)), (None, 0))
            if then != digest:
                yield _changed(called, then, number, log)
        progress.step(len(rows))
    for (table_name, key), (digest, number) in expected.items():
        if digest is not None:
            called = name.of_key(tables.get(table_name), table_name, key)
            yield f"{called} is gone. {_begun(log.named(number))} wrote it last."


class _Names:
    """What a row is, and which exhibit it is about, in words: "The finding 3 of exhibit 1a2b… “IMG_3.jpg”"."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._exhibits: dict[Any, str] = {}
        try:
            with as_stored(connection):
                for number, sha256, name in connection.execute(_EXHIBITS):
                    self._exhibits[number] = f"{_shown(sha256)[:_SHOWN_HASH]}… “{_shown(name)[:_SHOWN_NAME]}”"
        except sqlite3.Error:
            return  # what is wrong with that table is told where its rows are compared

    def of_row(self, table: SealedTable, row: Sequence[Any]) -> str:
        """A row that is there."""
        values = dict(zip(table.columns, row, strict=True))
        return self._called(table.name, {name: values[name] for name in table.key_columns}, values.get("exhibit_id"))

    def of_key(self, table: SealedTable | None, name: str, key: Any) -> str:  # noqa: ANN401 - read from the log
        """A row that is not there, or whose table is not."""
        parts = key if isinstance(key, tuple) else (key,)
        columns = table.key_columns if table and len(table.key_columns) == len(parts) else map(str, range(len(parts)))
        keys = dict(zip(columns, parts, strict=True))
        return self._called(name, keys, keys.get("exhibit_id"))

    def _called(self, table: str, keys: dict[str, Any], exhibit: Any) -> str:  # noqa: ANN401
        if table == "exhibit":
            return f"The exhibit {self._exhibit(keys.get('id'))}"
        own = [_shown(value)[:_SHOWN_NAME] for name, value in keys.items() if name != "exhibit_id"]
        called = " ".join(["The", _WORDS.get(table, table.replace("_", " ")), *own])
        return called if exhibit is None else f"{called} of exhibit {self._exhibit(exhibit)}"

    def _exhibit(self, number: Any) -> str:  # noqa: ANN401
        return self._exhibits.get(number, f"number {_shown(number)[:_SHOWN_NAME]}")


def _changed(called: str, then: str | None, number: int, log: LogCheck) -> str:
    if number == 0:
        return f"{called} was added by hand: no entry of the log wrote it."
    if then is None:
        return f"{called} was put back by hand: {log.named(number)} removed it."
    return f"{called} was edited. It is not what {log.named(number)} left, which wrote it last."


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _shown(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
