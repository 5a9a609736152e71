"""Costs of evidence against values by hand and against the Netherlands Forensic Institute's `lir`."""

import itertools
import math

import numpy as np
import pytest

from core.dna.cllr import cllr, cllr_of_ratios, smallest_cllr


def test_cllr_of_scores_by_hand():
    # Two images of class 0 and one of class 1: −log2 of the true class's score, each class alike, over log2(2).
    probabilities, truths = np.array([[0.5, 0.5], [0.25, 0.75], [0.5, 0.5]]), np.array([0, 0, 1])
    assert cllr(probabilities, truths) == pytest.approx(((1 + 2) / 2 + 1) / 2)
    assert cllr(probabilities, np.zeros(3, np.int64)) is None


def test_cllr_of_scores_leaves_absent_classes_out():
    two = np.array([[0.9, 0.1], [0.2, 0.8]])
    three = np.array([[0.45, 0.05, 0.5], [0.1, 0.4, 0.5]])
    assert cllr(three, np.array([0, 1])) == pytest.approx(cllr(two, np.array([0, 1])))


def test_cllr_of_ratios_by_hand():
    own, other = np.log([3.0, 1.0]), np.log([1.0, 1 / 7])
    expected = 0.5 * ((math.log2(4 / 3) + 1) / 2 + (1 + math.log2(8 / 7)) / 2)
    assert cllr_of_ratios(own, other) == pytest.approx(expected)
    assert cllr_of_ratios(np.zeros(5), np.zeros(3)) == pytest.approx(1.0)
    assert cllr_of_ratios(np.zeros(0), other) is None
    assert cllr_of_ratios(np.array([-2000.0]), np.array([0.0])) == pytest.approx((2000 / math.log(2) + 1) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_costs_agree_with_lir(seed):
    from lir.data.models import LLRData
    from lir.metrics import cllr as reference
    from lir.metrics import cllr_min as smallest_reference

    rng = np.random.default_rng(seed)
    own, other = rng.normal(1, 2, 40).round(1), rng.normal(-1, 2, 70).round(1)  # rounded, so that some are equal
    data = LLRData(
        features=np.concatenate([own, other]) / np.log(10), labels=np.concatenate([np.ones(40), np.zeros(70)])
    )
    assert cllr_of_ratios(own, other) == pytest.approx(reference(data))
    assert smallest_cllr(own, other) == pytest.approx(smallest_reference(data))


def test_smallest_cost_equals_the_best_monotone_step_function():
    own, other = np.array([0.0, 1.0, 3.0]), np.array([-1.0, 2.0, 0.5])
    scores = np.concatenate([own, other])
    order, best = np.sort(np.unique(scores)), math.inf
    for cuts in itertools.product([False, True], repeat=len(order) - 1):
        block = np.concatenate([[0], np.cumsum(cuts)])
        at = {score: block[row] for row, score in enumerate(order)}
        logs = {}
        for number in set(block):
            mine = sum(at[score] == number for score in own)
            theirs = sum(at[score] == number for score in other)
            logs[number] = math.log(mine / theirs) if mine and theirs else (50.0 if mine else -50.0)
        values = [logs[number] for number in sorted(logs)]
        if values == sorted(values):
            best = min(
                best, cllr_of_ratios(np.array([logs[at[s]] for s in own]), np.array([logs[at[s]] for s in other]))
            )
    assert smallest_cllr(own, other) == pytest.approx(best, abs=1e-9)


def test_smallest_cost_of_equal_scores_is_that_of_saying_nothing():
    assert smallest_cllr(np.zeros(4), np.zeros(9)) == pytest.approx(1.0)
    assert smallest_cllr(np.ones(4), np.zeros(9)) == pytest.approx(0.0, abs=1e-9)
    assert smallest_cllr(np.ones(4), np.zeros(0)) is None
