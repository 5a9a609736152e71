"""A report as JSON: canonical, nothing lost, and nothing believed that anybody else wrote."""

import contextlib
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.report import as_json
from core.report.record import ReportRecord
from tests.core.report.records import full_record, plain_record, preview_record

TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\udc80\udcff\u202e\x00\n\"\\'")), max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
DATA = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), NUMBER, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(TEXT, inner, max_size=2)),
    max_leaves=4,
)
SIMPLE = {str: TEXT, int: st.integers(), float: NUMBER, bool: st.booleans(), Any: DATA}


def made_of(kind):
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        values = {one.name: st.deferred(lambda name=one.name: made_of(hints[name])) for one in fields(kind)}
        fixed = {"schema": st.just("dna-det-report/1")} if kind is ReportRecord else {}
        return st.builds(kind, **{**values, **fixed})
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return st.one_of(st.none(), made_of(inner[0]))
    if origin is tuple and inner[-1] is Ellipsis:
        return st.lists(made_of(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(made_of, inner))
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(TEXT, made_of(inner[1]), max_size=2)
    return SIMPLE[kind]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(made_of(ReportRecord))
def test_any_record_comes_back_equal(record):
    data = as_json.write(record)
    again = as_json.read(data)
    assert again == record
    assert as_json.write(again) == data


@pytest.mark.parametrize("record", [full_record(), full_record(hostile=True), plain_record(), preview_record()])
def test_whole_records_come_back_equal(record):
    assert as_json.read(as_json.write(record)) == record


def test_the_bytes_are_canonical():
    data = as_json.write(full_record(hostile=True))
    assert data.isascii()
    found = json.loads(data)
    assert list(found) == sorted(found)
    assert data == json.dumps(found, sort_keys=True, separators=(",", ":")).encode()


def test_the_order_of_conditions_does_not_matter():
    one = full_record(count=1)
    turned = dict(reversed(one.exhibits[0].finding.conditions.items()))
    finding = replace(one.exhibits[0].finding, conditions=turned)
    other = replace(one, exhibits=(replace(one.exhibits[0], finding=finding),))
    assert as_json.write(other) == as_json.write(one)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number_that_is_none(value):
    record = full_record(count=1)
    finding = replace(record.exhibits[0].finding, threshold=value)
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json.write(replace(record, exhibits=(replace(record.exhibits[0], finding=finding),)))


def places(value, path=()):
    """Every place in plain data."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


def changed(data, path, value):
    """Plain data with another value at one place; `...` takes the place away."""
    data = json.loads(json.dumps(data))
    inside = data
    for key in path[:-1]:
        inside = inside[key]
    if value is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return data


def test_a_field_that_is_missing_is_refused():
    data = as_json.plain(full_record(count=1))
    keys = [path for path in places(data) if path and isinstance(path[-1], str) and "conditions" not in path]
    optional = {"part", "parts", "notes", "not_taken", "group", "percentile", "why_no_ratio"}
    optional |= {"score_of", "unknown", "unknown_named", "unknown_recognised", "named_real"}
    free = [path for path in keys if path[0] != "totals" and path[-2:-1] != ("verdicts",)]
    refused = 0
    for path in free:
        lacking = json.dumps(changed(data, path, ...)).encode()
        if path[-1] in optional:
            as_json.read(lacking)
            continue
        with pytest.raises(BadInput):
            as_json.read(lacking)
        refused += 1
    assert refused > 150


def test_a_field_of_a_wrong_kind_is_refused():
    data = as_json.plain(full_record(count=1))
    refused = 0
    for path in places(data):
        if path and "conditions" not in path:
            with pytest.raises(BadInput):
                as_json.read(json.dumps(changed(data, path, {"odd": [1]})).encode())
            refused += 1
    assert refused > 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"schema": "dna-det-report/2"}',
        b'{"schema": "dna-det-report/1"}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"schema": "dna-det-report/1", "schema": "dna-det-report/1"}',
    ],
)
def test_what_is_no_report_is_a_sentence(data):
    with pytest.raises(BadInput):
        as_json.read(data)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999"])
def test_endless_numbers_are_refused(number):
    data = as_json.write(full_record(count=1))
    assert b'"threshold":0.74' in data
    with pytest.raises(BadInput):
        as_json.read(data.replace(b'"threshold":0.74', b'"threshold":' + number))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_bytes_give_a_record_or_a_sentence(chosen):
    data = bytearray(WHOLE)
    for _ in range(chosen.draw(st.integers(1, 3))):
        data[chosen.draw(st.integers(0, len(data) - 1))] = chosen.draw(st.integers(0, 255))
    with contextlib.suppress(BadInput):
        assert isinstance(as_json.read(bytes(data)), ReportRecord)


WHOLE = as_json.write(full_record(count=1))
