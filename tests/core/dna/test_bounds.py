"""ELUB against a brute-force scan of the definition and against the Netherlands Forensic Institute's `lir`."""

import numpy as np
import pytest

from core.dna.bounds import elub

SETS = [(50, 80, 1.0), (300, 500, 3.0), (20, 10, 8.0), (9, 200, 2.0), (5, 5, 0.5)]


def drawn(seed, n, m, shift):
    rng = np.random.default_rng(seed)
    return rng.normal(shift, 1.5, n), rng.normal(-shift, 1.5, m)  # natural logarithms of ratios


def cost(t, own, other):
    """P(own ≤ t) + t·P(other > t), with one misleading ratio on each side."""
    missed = ((own <= t).sum() + 1) / (len(own) + 1)
    passed = ((other > t).sum() + 1) / (len(other) + 1)
    return missed + t * passed


def scanned_upper(own, other):
    for t in np.exp(np.arange(0, 12, 0.0005)):
        if cost(t, own, other) > 1 or t > max(own.max(), other.max()):
            return t
    raise AssertionError


@pytest.mark.parametrize(("n", "m", "shift"), SETS)
def test_bounds_are_where_saying_less_becomes_cheaper(n, m, shift):
    own, other = (np.exp(logs) for logs in drawn(n, n, m, shift))
    lower, upper = elub(own, other)
    assert upper == pytest.approx(scanned_upper(own, other), rel=1e-3)
    assert lower == pytest.approx(1 / scanned_upper(1 / other, 1 / own), rel=1e-3)


@pytest.mark.parametrize(("n", "m", "shift"), SETS)
def test_bounds_agree_with_lir(n, m, shift):
    from lir.algorithms.bayeserror import elub as reference

    own, other = drawn(n + 1, n, m, shift)
    logs = np.concatenate([own, other]) / np.log(10)
    expected = reference(logs, np.concatenate([np.ones(n), np.zeros(m)]), step_size=0.001)
    assert np.log10(elub(np.exp(own), np.exp(other))) == pytest.approx(expected, abs=0.003)


def test_perfect_separation_is_bounded_by_the_number_of_images():
    # Far apart: 1 − 1/(n+1) = t/(m+1), the ceiling of n + 1 but for the one misleading image of the own side.
    lower, upper = elub(np.full(99, 1e9), np.full(499, 1e-9))
    assert upper == pytest.approx(500 * 99 / 100)
    assert lower == pytest.approx(1 / (100 * 499 / 500))


def test_bounds_never_leave_what_was_observed():
    lower, upper = elub(np.full(1000, 3.0), np.full(1000, 0.25))
    assert (lower, upper) == (pytest.approx(0.25), pytest.approx(3.0))


def test_misleading_ratios_leave_nothing():
    assert elub(np.full(20, 0.1), np.full(20, 10.0)) == (1.0, 1.0)
