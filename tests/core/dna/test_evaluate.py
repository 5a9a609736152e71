import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dna.evaluate import (
    Judged,
    auroc,
    choose_threshold,
    cllr,
    expected_calibration_error,
    figures,
    macro_f1,
    oscr,
    wilson,
)
from core.domain import Verdict

CLASSES = ("real", "gan")


def judged(truth, real, verdict=Verdict.ATTRIBUTED, source="a"):
    return Judged(truth, f"{truth}/{source}", verdict, np.array([real, 1 - real]))


def test_wilson_against_published_values():
    # Newcombe (1998), Statistics in Medicine 17, table I: 81/263, 15/148, 0/20, 1/29.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def slow_oscr(known, correct, unknown):
    """The definition as a sweep over thresholds."""
    levels = [np.inf, *sorted(set(known) | set(unknown), reverse=True)]
    points = [
        (
            np.mean([score >= level for score in unknown]),
            np.mean([right and score >= level for score, right in zip(known, correct, strict=True)]),
        )
        for level in levels
    ]
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))


scores = st.lists(st.integers(0, 8).map(lambda n: n / 8), min_size=1, max_size=12)


@given(scores, scores, st.randoms(use_true_random=False))
def test_oscr_and_auroc_equal_their_definitions(known, unknown, random):
    correct = np.array([random.random() < 0.7 for _ in known])
    assert oscr(np.array(known), correct, np.array(unknown)) == pytest.approx(slow_oscr(known, correct, unknown))
    wins = sum((a > b) + 0.5 * (a == b) for a in known for b in unknown) / (len(known) * len(unknown))
    assert auroc(np.array(known), np.array(unknown)) == pytest.approx(wins)


def test_oscr_of_perfect_separation_is_the_share_right():
    known, unknown = np.array([0.9, 0.8, 0.7, 0.95]), np.array([0.2, 0.1])
    assert oscr(known, np.array([True, True, False, True]), unknown) == pytest.approx(0.75)


def test_cllr_is_one_when_scores_say_nothing_and_grows_when_they_mislead():
    truths = np.array([0, 0, 0, 1])
    assert cllr(np.full((4, 2), 0.5), truths) == pytest.approx(1.0)
    assert cllr(np.array([[1.0, 0.0]] * 3 + [[0.0, 1.0]]), truths) == pytest.approx(0.0, abs=1e-9)
    assert cllr(np.array([[0.1, 0.9]] * 3 + [[0.9, 0.1]]), truths) > 1


def test_calibration_error_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.55, 0.45], [0.55, 0.45]])
    truths = np.array([0, 1, 0, 0])
    assert expected_calibration_error(probabilities, truths) == pytest.approx(0.5 * 0.45 + 0.5 * 0.45)


def test_macro_f1_leaves_absent_classes_out():
    assert macro_f1([judged("real", 0.9), judged("real", 0.2)], CLASSES) == pytest.approx(2 / 3)


def test_figures_count_false_accusations_by_conclusive_verdicts_only():
    said = [
        judged("real", 0.9),
        judged("real", 0.1),
        judged("real", 0.3, Verdict.INCONCLUSIVE),
        judged("gan", 0.2),
        Judged("gan", "gan/b", Verdict.OUT_OF_SCOPE, np.zeros(0)),
        judged("unknown", 0.05),
        judged("unknown", 0.45, Verdict.INCONCLUSIVE),
    ]
    out = figures(said, CLASSES)
    assert out["n"] == 5
    assert out["accuracy"] == pytest.approx(2 / 5)
    assert (out["false_accusation"]["n"], out["false_accusation"]["count"]) == (3, 1)
    assert (out["conclusive"]["n"], out["conclusive"]["correct"]) == (3, 2)
    assert out["unknown"] == {"n": 2, "attributed": 1, "rate": 0.5, "ci": wilson(1, 2)}
    assert out["verdicts"] == {"attributed": 4, "unknown architecture": 0, "inconclusive": 2, "out of scope": 1}
    assert out["confusion"]["matrix"] == [[1, 2, 0], [0, 1, 1]]
    assert out["per_source"]["gan/b"] == {"n": 1, "correct": 0, "conclusive": 0, "conclusive_correct": 0}


def test_threshold_is_the_smallest_that_keeps_its_promise():
    said = [judged("real", 0.9)] * 18 + [judged("real", 0.40)] * 2 + [judged("gan", 0.1)] * 20
    assert choose_threshold(said, CLASSES, accuracy=0.95, accused=1.0) == pytest.approx(0.40)
    assert choose_threshold(said, CLASSES, accuracy=0.95, accused=0.0) == pytest.approx(0.61)
    assert choose_threshold([judged("real", 0.0)], CLASSES, accuracy=0.9, accused=0.0) == 1.0
