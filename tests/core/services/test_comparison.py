import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dna.evaluate import Judged
from core.domain import Verdict
from core.services.comparison import Pair, compared, mcnemar_exact

FIRST, SECOND = ("real", "gan"), ("gan", "real", "other")


def said(truth, verdict, scores, source="s"):
    return Judged(truth, f"{truth}/{source}", verdict, np.array(scores))


@given(st.integers(0, 7), st.integers(0, 7))
def test_mcnemar_equals_counting_every_way_the_pairs_could_fall(only_a, only_b):
    n, gap = only_a + only_b, abs(only_a - only_b)
    falls = list(itertools.product((0, 1), repeat=n))
    as_uneven = sum(abs(2 * sum(fall) - n) >= gap for fall in falls)
    assert mcnemar_exact(only_a, only_b) == pytest.approx(as_uneven / len(falls))


def test_mcnemar_against_tables():
    assert mcnemar_exact(1, 9) == pytest.approx(22 / 1024)  # sign test, n = 10
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(2000, 2000) == 1.0
    assert 0 < mcnemar_exact(100, 900) < 1e-100


def test_pairs_are_counted_by_top_class_whatever_the_order_of_the_classes():
    yes, no = Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE
    pairs = [
        Pair("real/s/1", said("real", yes, [0.9, 0.1]), said("real", yes, [0.1, 0.8, 0.1])),
        Pair("real/s/2", said("real", yes, [0.9, 0.1]), said("real", yes, [0.8, 0.1, 0.1])),
        Pair("real/t/3", said("real", no, [0.4, 0.6], "t"), said("real", no, [0.2, 0.7, 0.1], "t")),
        Pair("gan/s/4", said("gan", yes, [0.9, 0.1]), said("gan", Verdict.OUT_OF_SCOPE, [])),
        Pair("unknown/s/5", said("unknown", yes, [0.9, 0.1]), said("unknown", no, [0.2, 0.7, 0.1])),
    ]
    out = compared(pairs, FIRST, SECOND)
    assert out["paired"] == {"both": 1, "only_a": 1, "only_b": 1, "neither": 1, "mcnemar_p": 1.0}
    assert [(row["source"], row["n"], row["a"], row["b"]) for row in out["sources"]] == [
        ("gan/s", 1, 0, 0), ("real/s", 2, 2, 1), ("real/t", 1, 0, 1),
    ]  # fmt: skip
    assert [row["path"] for row in out["differing"]] == ["real/s/2", "gan/s/4", "unknown/s/5"]
    assert out["differing"][1] == {
        "path": "gan/s/4",
        "truth": "gan",
        "a": {"verdict": "attributed", "architecture": "real", "score": pytest.approx(0.9)},
        "b": {"verdict": "out of scope", "architecture": None, "score": None},
    }
    assert (out["a"]["n"], out["b"]["n"]) == (4, 4)
    assert out["b"]["false_accusation"]["count"] == 1
