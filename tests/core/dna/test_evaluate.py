import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dna.evaluate import (
    Judged,
    auroc,
    choose_accusing,
    choose_threshold,
    expected_calibration_error,
    figures,
    macro_f1,
    oscr,
    tnr_at_tpr,
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


@given(scores, scores)
def test_true_negatives_at_a_true_positive_rate_equal_their_definition(known, unknown):
    # The highest level that at least 95 % of the known images reach, found by trying them all.
    levels = [level for level in known if np.mean(np.array(known) >= level) >= 0.95]
    assert tnr_at_tpr(np.array(known), np.array(unknown)) == pytest.approx(np.mean(np.array(unknown) < max(levels)))
    assert tnr_at_tpr(np.array(known), np.zeros(0)) is None


def test_images_of_unknown_architecture_are_no_conclusive_answers():
    said = [judged("real", 0.9)] * 9 + [judged("real", 0.1, Verdict.UNKNOWN)] * 9 + [judged("gan", 0.1)] * 9
    assert choose_threshold(said, CLASSES, accuracy=1.0, accused=0.0) == pytest.approx(0.40)
    assert choose_accusing(said, CLASSES, accused=0.0)["value"] == pytest.approx(0.40)


def test_the_accusing_threshold_is_the_smallest_that_keeps_its_promise():
    said = [judged("real", 0.9)] * 990 + [judged("real", 0.27)] * 6 + [judged("real", 0.104)] * 4 + [judged("gan", 0.1)]
    out = choose_accusing(said, CLASSES, accused=0.005)
    assert out["value"] == pytest.approx(0.90)  # six have 0.73, four 0.896: four of 1000 would be too few to prove it
    assert (out["n"], out["count"], out["sources"], out["supported"]) == (1000, 0, 1, True)
    assert "0 of 1000 held-out real images" in out["rule"]
    assert "(0.30%)" in out["rule"]
    lax = choose_accusing(said, CLASSES, accused=0.01)
    assert (lax["value"], lax["count"]) == (pytest.approx(0.74), 4)
    # Clopper–Pearson: the share at which four or fewer of 1000 have a chance of 5 %.
    chance = sum(math.comb(1000, k) * lax["upper"] ** k * (1 - lax["upper"]) ** (1000 - k) for k in range(5))
    assert chance == pytest.approx(0.05)


def test_a_promise_is_supported_from_the_number_of_images_that_the_sentence_names():
    supported = [
        choose_accusing([judged("real", 0.9)] * n, CLASSES, accused=0.005)["supported"] for n in (30, 597, 598)
    ]
    assert supported == [False, False, True]
    few = choose_accusing([judged("real", 0.9)] * 30, CLASSES, accused=0.005)
    assert "at least 598 of them, none accused, would be needed." in few["rule"]
    assert choose_accusing([], CLASSES, accused=0.005)["upper"] == 1.0
    assert choose_accusing([judged("real", 0.0)], CLASSES, accused=0.0)["value"] == 1.0


def test_false_positives_and_verdicts_are_counted_per_class():
    said = [
        judged("real", 0.9),
        judged("real", 0.2),
        judged("real", 0.3, Verdict.INCONCLUSIVE),
        judged("gan", 0.1),
        judged("gan", 0.6),
        judged("unknown", 0.2, Verdict.UNKNOWN),
    ]
    out = figures(said, CLASSES)
    assert out["per_class"]["gan"]["false_positive"] == {"n": 3, "count": 1, "rate": 1 / 3, "ci": wilson(1, 3)}
    assert out["per_class"]["real"]["false_positive"]["count"] == 1
    assert out["verdicts_per_class"]["real"] == {
        "attributed": 2,
        "unknown architecture": 0,
        "inconclusive": 1,
        "out of scope": 0,
        "attributed_correct": 1,
    }
    assert out["verdicts_per_class"]["unknown"]["unknown architecture"] == 1
    assert "unknown" not in out["per_class"]


def test_the_detectors_own_test_for_unknowns_is_measured_beside_the_top_score():
    def one(truth, real, distance, verdict=Verdict.ATTRIBUTED):
        return dataclasses.replace(judged(truth, real, verdict), unfamiliarity=distance)

    said = [one("real", 0.6, 1.0), one("real", 0.9, 2.0), one("gan", 0.9, 1.5), one("gan", 0.1, 9.0, Verdict.UNKNOWN)]
    strangers = [one("unknown", 0.99, 5.0, Verdict.UNKNOWN), one("unknown", 0.95, 1.2)]
    out = figures(said + strangers, CLASSES)
    assert out["open_set"]["auroc"] == pytest.approx((3 + 1) / 8)  # 1, 2, 1.5 are nearer than 5, and 1 than 1.2
    assert out["open_set"]["rejected"] == {"n": 2, "count": 1, "rate": 0.5, "ci": wilson(1, 2)}
    assert out["open_set"]["known_rejected"]["count"] == 1
    assert out["auroc_unknown"] == 0.0
    assert figures(said, CLASSES)["open_set"] is None
    assert figures([*said, judged("unknown", 0.2)], CLASSES)["open_set"] is None


def test_likelihood_ratios_are_measured_where_they_are_given():
    def one(truth, logs):
        return dataclasses.replace(judged(truth, 0.5), log_ratios=np.log(logs))

    said = [one("real", [8.0, np.nan]), one("real", [2.0, np.nan]), one("gan", [0.5, np.nan]), judged("gan", 0.1)]
    out = figures(said, CLASSES)["likelihood_ratio"]
    assert set(out) == {"real"}
    assert out["real"]["cllr"] == pytest.approx(0.5 * ((np.log2(9 / 8) + np.log2(3 / 2)) / 2 + np.log2(1.5)))
    assert out["real"]["cllr_min"] == pytest.approx(0.0, abs=1e-9)
    assert (out["real"]["own"], out["real"]["other"]) == (2, 1)
    assert figures([judged("real", 0.5)], CLASSES)["likelihood_ratio"] is None
