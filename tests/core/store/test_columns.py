"""Times keep their moment and text its bytes through the database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.columns import HostileText, JsonText, utc_text, utc_time

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1), timezones=ZONES)


@given(MOMENTS)
def test_a_moment_survives_whatever_its_zone(moment):
    back = utc_time(utc_text(moment))
    assert back == moment
    assert back.tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_the_order_of_text_is_the_order_of_time(one, other):
    assert (utc_text(one) < utc_text(other)) == (one < other)


def test_a_naive_time_is_a_mistake():
    with pytest.raises(ValueError, match="time zone"):
        utc_text(datetime(2026, 1, 1))


@given(st.text(st.characters()))
def test_any_text_survives(text):
    column = HostileText()
    stored = column.process_bind_param(text, None)
    assert column.process_result_value(stored, None) == text
    if isinstance(stored, str):
        stored.encode("utf-8")


@given(st.dictionaries(st.text(st.characters()), st.floats(allow_nan=False, allow_infinity=False) | st.integers()))
def test_plain_data_survives_as_ascii(values):
    column = JsonText()
    stored = column.process_bind_param(values, None)
    assert stored.isascii()
    assert column.process_result_value(stored, None) == values


def test_nothing_stays_nothing():
    for column in (HostileText(), JsonText()):
        assert column.process_result_value(column.process_bind_param(None, None), None) is None
