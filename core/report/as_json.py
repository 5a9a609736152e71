"""The report record as JSON and back: nothing is lost, and the same record always gives the same bytes.

The form is canonical: keys sorted, no spaces, everything outside ASCII escaped, no NaN and no infinity.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from math import isfinite
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from core.errors import BadInput
from core.report.record import SCHEMA, ReportRecord


def write(record: ReportRecord) -> bytes:
    """A record as canonical JSON.

    Raises:
        ValueError: a number is not finite, or `conditions` hold something that JSON has no form for (a bug).
    """
    return canonical(plain(record))


def canonical(data: object) -> bytes:
    """Plain data as canonical JSON.

    Raises:
        ValueError: a number is not finite, or there is something that JSON has no form for.
    """
    try:
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except TypeError as error:
        raise ValueError(str(error)) from error
    return text.encode("ascii")


def plain(value: object) -> object:
    """A record as dicts and lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(entry) for entry in value]
    return value


def read(data: bytes) -> ReportRecord:
    """Read a record back, equal to the one written. The bytes may come from anybody.

    Raises:
        BadInput: it is no report of this program, or a newer one, or a field is missing, too many, or of a wrong kind.
    """
    found = loads(data)
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema != SCHEMA:
        raise BadInput(f"This is no report that this version reads: its schema is {schema!r}, not {SCHEMA!r}.")
    record = _built(ReportRecord, found, "report")
    assert isinstance(record, ReportRecord)
    return record


def loads(data: bytes) -> Any:  # noqa: ANN401 - whatever the file holds
    """Strict JSON: UTF-8, no key twice, no NaN, no endless numbers.

    Raises:
        BadInput: it is not.
    """
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"The data of the report cannot be read: {error}.") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refused(text)


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no number")


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _kinds(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


@cache
def _optional(kind: type) -> frozenset[str]:
    return frozenset(
        field.name for field in fields(kind) if field.default is not MISSING or field.default_factory is not MISSING
    )


def _built(kind: Any, value: Any, place: str) -> object:  # noqa: ANN401 - types and plain data
    if is_dataclass(kind):
        assert isinstance(kind, type)
        return _record(kind, value, place)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        inner = next(one for one in arguments if one is not type(None))
        return None if value is None else _built(inner, value, place)
    if origin is tuple:
        return _tuple(arguments, value, place)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _wrong(place, "no object")
        return {key: _built(arguments[1], entry, f"{place}.{key}") for key, entry in value.items()}
    if kind is Any:
        return value
    return _simple(kind, value, place)


def _record(kind: type, value: Any, place: str) -> object:  # noqa: ANN401 - plain data
    if not isinstance(value, dict):
        raise _wrong(place, "no object")
    names = set(_names(kind))
    if odd := (names - set(value) - _optional(kind)) | (set(value) - names):
        raise _wrong(place, f"not what it must hold: {', '.join(sorted(odd))[:200]}")
    return kind(**{name: _built(_kinds(kind)[name], entry, f"{place}.{name}") for name, entry in value.items()})


def _tuple(arguments: tuple[Any, ...], value: Any, place: str) -> tuple[object, ...]:  # noqa: ANN401 - plain data
    if not isinstance(value, list):
        raise _wrong(place, "no list")
    if arguments[-1] is Ellipsis:
        return tuple(_built(arguments[0], entry, f"{place}[{number}]") for number, entry in enumerate(value))
    if len(value) != len(arguments):
        raise _wrong(place, f"not a list of {len(arguments)}")
    return tuple(_built(kind, entry, place) for kind, entry in zip(arguments, value, strict=True))


def _simple(kind: type, value: Any, place: str) -> object:  # noqa: ANN401 - plain data
    fits = isinstance(value, (int, float) if kind is float else kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise _wrong(place, f"no {kind.__name__}")
    return value


def _wrong(place: str, what: str) -> BadInput:
    return BadInput(f"The data of the report cannot be read: {place} is {what}.")
