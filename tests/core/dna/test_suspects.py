"""Poisoned labels are pointed out, sound ones left alone."""

from __future__ import annotations

import numpy as np
import pytest

from core.dna.suspects import FEWEST, suspects

CLASSES = ("a", "b", "c")


def rows(per_class=60, apart=1.5, seed=0):
    """Features and peaks of three overlapping classes."""
    rng = np.random.default_rng(seed)
    centres, tilts = rng.normal(0, apart, (3, 512)) * (rng.random(512) < 0.03), rng.normal(0, 0.3, (3, 600))
    truth = np.repeat(np.arange(3), per_class)
    features = centres[truth] + rng.normal(0, 1, (len(truth), 512))
    return features, tilts[truth] + rng.normal(0, 1, (len(truth), 600)), [CLASSES[place] for place in truth]


def poisoned(labels, share=0.2, seed=1):
    """A fifth of class a is really b."""
    count = round(share * labels.count("a") / (1 - share))
    places = np.random.default_rng(seed).permutation([place for place, name in enumerate(labels) if name == "b"])
    chosen = set(places[:count].tolist())
    return ["a" if place in chosen else name for place, name in enumerate(labels)], chosen


def everyone(labels):
    return np.ones(len(labels), bool)


def test_most_of_a_fifth_of_poisoned_labels_is_found():
    features, peaks, labels = rows()
    given, wrong = poisoned(labels)
    found, _ = suspects(features, peaks, given, everyone(given))
    named = {one.row for one in found}
    assert len(named & wrong) >= 0.8 * len(wrong)
    assert len(named - wrong) <= 2
    assert all(one.looks_like == "b" for one in found if one.row in wrong)


def test_a_clean_set_is_left_alone():
    features, peaks, labels = rows()
    found, untold = suspects(features, peaks, labels, everyone(labels))
    assert len(found) <= 2
    assert untold == ()


def test_classes_nobody_can_tell_apart_are_left_alone():
    features, peaks, _ = rows(apart=0)
    labels = [CLASSES[place % 3] for place in range(len(features))]
    assert suspects(features, 0 * peaks, labels, everyone(labels)) == ((), CLASSES)


def test_images_to_compare_with_are_never_named():
    features, peaks, labels = rows()
    given, wrong = poisoned(labels)
    looked_at = np.array([place not in wrong for place in range(len(given))])
    found, _ = suspects(features, peaks, given, looked_at)
    assert not {one.row for one in found} & wrong


def test_features_alone_do():
    features, peaks, labels = rows(apart=3)
    given, wrong = poisoned(labels)
    found, _ = suspects(features, peaks[:, :0], given, everyone(given))
    assert len({one.row for one in found} & wrong) >= 0.8 * len(wrong)


@pytest.mark.parametrize("labels", [["a"] * 20, ["a"] * 20 + ["b"] * (FEWEST - 1)])
def test_one_class_has_no_suspects(labels):
    features = np.random.default_rng(0).normal(size=(len(labels), 512))
    assert suspects(features, features[:, :0], labels, everyone(labels)) == ((), tuple(sorted(set(labels))))


def test_equal_rows_tell_nothing():
    labels = ["a"] * 20 + ["b"] * 20
    assert suspects(np.ones((40, 512)), np.ones((40, 100)), labels, everyone(labels))[0] == ()


def test_the_surest_come_first():
    features, peaks, labels = rows()
    given, _ = poisoned(labels)
    margins = [one.own - one.score for one in suspects(features, peaks, given, everyone(given))[0]]
    assert margins == sorted(margins)
