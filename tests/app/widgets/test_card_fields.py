import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets import card_fields
from core.dna import evaluate

HOSTILE = {"a": "x", "b": [1], "c": None, "d": float("nan"), "e": True, "f": {"g": 1}}


@given(st.integers(0, 500), st.integers(1, 500))
def test_intervals_of_counts_are_those_that_measuring_gives(hits, more):
    of = hits + more
    assert card_fields.wilson(hits, of) == pytest.approx(evaluate.wilson(hits, of))
    assert card_fields.wilson(of, of) == pytest.approx(evaluate.wilson(of, of))


def test_an_interval_of_nothing_is_everything():
    assert card_fields.wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("key", [*HOSTILE, "missing"])
def test_what_is_of_another_kind_reads_as_missing(key):
    assert card_fields.number(HOSTILE, key) is None
    assert card_fields.rows(HOSTILE, key) == ()
    assert card_fields.ends(HOSTILE, key) is None
    if key != "f":
        assert card_fields.part(HOSTILE, key) == {}
    assert card_fields.counted(HOSTILE, key) == ""


def test_intervals_in_words():
    row = {"ci": [0.1, 0.25], "odd": [0.1, math.inf]}
    assert card_fields.interval(row, "ci") == ", 95 % interval 10.0 to 25.0 %"
    assert card_fields.interval(row, "ci", bare=True) == "10.0 to 25.0 %"
    assert card_fields.interval(row, "odd", bare=True) == "–"
    assert card_fields.interval(row, "none") == ""
