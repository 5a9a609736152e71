"""Column types of the case database: times in UTC, JSON as text, and text as hostile as a file name can be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Text, TypeDecorator, func, select
from sqlalchemy.orm import InstrumentedAttribute

_UTC_TEXT = "%Y-%m-%dT%H:%M:%S.%fZ"  # fixed width, so that text order is the order of time


class Malformed(Exception):
    """A value in the database is not what this program writes: the case was damaged or made up."""


@contextmanager
def as_we_write_it(what: str) -> Iterator[None]:
    """Turn the failure to make a record of stored values into `Malformed`; `what` names the values."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Malformed(f"{what} cannot be read") from error


def utc_text(moment: datetime) -> str:
    """A time as ISO 8601 text in UTC with microseconds; naive times are refused with `ValueError`."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone.")
    return moment.astimezone(UTC).strftime(_UTC_TEXT)


def utc_time(text: str) -> datetime:
    """The time that `utc_text` wrote."""
    return datetime.strptime(text, _UTC_TEXT).replace(tzinfo=UTC)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, kept as sortable text in UTC."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write a time as text."""
        return None if value is None else utc_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read a time from text."""
        with as_we_write_it("a time"):
            return None if value is None else utc_time(value)


class JsonText(TypeDecorator[Any]):
    """Plain data as ASCII JSON; floats come back bit for bit, lone surrogates survive as escapes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002
        """Write plain data as JSON."""
        return None if value is None else json.dumps(value, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002
        """Read plain data from JSON."""
        with as_we_write_it("a JSON text"):
            return None if value is None else json.loads(value)


class HostileText(TypeDecorator[str]):
    """Text that may hold lone surrogates, as file names do that are not UTF-8; SQLite keeps such text as bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002
        """Write text, or its bytes when it is not valid Unicode."""
        if value is None or _is_unicode(value):
            return value
        return value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002
        """Read text, whichever way it was written."""
        with as_we_write_it("a text"):
            return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _is_unicode(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def among(column: InstrumentedAttribute[Any], values: Sequence[int] | Sequence[str]) -> ColumnElement[bool]:
    """`column IN (…)` for any count of values, with one parameter: the statement is compiled once and has no limit."""
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(listed.c.value))
