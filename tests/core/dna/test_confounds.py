"""What gives a class away besides its generator: fires on planted sets, quiet on clean ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.dna.confounds import (
    OTHERS,
    against_the_others,
    content_features,
    format_features,
    pairwise,
)
from core.dna.small_classifier import balanced_accuracy, chance_of_two, cross_validated, folds_of
from core.retraining import TrainingImage

JPEG = {"container": "JPEG", "tables": "abc", "quality": 75}
PNG = {"container": "PNG"}


def images(label, count, *, source="lab", width=512, seed=0, **facts):
    rng = np.random.default_rng([seed, *label.encode()])
    base = TrainingImage(Path(label), label, source, "", 1000, width=width, height=512)
    return [replace(base, colours=tuple(rng.random(54)), **facts) for _ in range(count)]


def test_jpeg_against_png_is_found():
    (found,) = pairwise([*images("a", 30, **JPEG), *images("b", 30, **PNG)], ["a"], format_features)
    assert found.accuracy == 1.0
    assert found.chance < 1e-10
    assert found.counts == (30, 30)


def test_size_in_pixels_is_found():
    (found,) = pairwise([*images("a", 30, **PNG), *images("b", 30, width=640, **PNG)], ["a"], format_features)
    assert found.accuracy == 1.0


def test_files_saved_alike_tell_nothing():
    mixed = [*images("a", 20, **PNG), *images("a", 20, **JPEG), *images("b", 40, **PNG), *images("b", 40, **JPEG)]
    (found,) = pairwise(mixed, ["a"], format_features)
    assert found.accuracy == pytest.approx(0.5, abs=0.1)
    assert found.chance > 0.01


def test_bytes_are_no_format():
    heavy = [replace(image, size_bytes=9_000_000) for image in images("a", 30, **PNG)]
    (found,) = pairwise([*heavy, *images("b", 30, **PNG)], ["a"], format_features)
    assert found.accuracy == 0.5


def test_a_sign_of_single_sources_is_not_one_of_the_class():
    """Each class has a source of either format: by image nothing is told, by source the rule would be wrong."""
    both = [
        *images("a", 30, source="one", **PNG),
        *images("a", 30, source="two", **JPEG),
        *images("b", 30, source="three", **PNG),
        *images("b", 30, source="four", **JPEG),
    ]
    (found,) = pairwise(both, ["a"], format_features)
    assert found.by_source
    assert found.accuracy <= 0.5


def test_one_colour_is_found_and_any_colours_are_not():
    red = [replace(image, colours=(0.9, 0.1, 0.1) * 18) for image in images("a", 40)]
    (found,) = pairwise([*red, *images("b", 40)], ["a"], content_features)
    assert found.accuracy > 0.95
    (found,) = pairwise([*images("a", 40), *images("b", 40)], ["a"], content_features)
    assert found.accuracy < 0.7
    assert found.chance > 0.001


def test_only_pairs_with_a_subject_and_images_enough_are_looked_at():
    every = [*images("a", 12), *images("b", 12), *images("c", 12), *images("d", 3)]
    assert {(one.first, one.second) for one in pairwise(every, ["b"], content_features)} == {("a", "b"), ("b", "c")}
    assert pairwise(images("a", 12), ["a"], content_features) == ()


def test_against_the_others_is_one_comparison_a_subject():
    every = [*images("a", 12), *images("b", 12), *images("c", 12)]
    found = against_the_others(every, ["a", "c"], content_features)
    assert {(one.first, one.second) for one in found} == {("a", OTHERS), ("c", OTHERS)}
    assert against_the_others(images("a", 12), ["a"], content_features) == ()


def test_folds_keep_groups_together_and_spread_classes():
    labels = np.array([0] * 20 + [1] * 20)
    groups = [f"{place // 4}" for place in range(40)]
    folds = folds_of(labels, groups)
    assert all(len({fold for fold, one in zip(folds, groups, strict=True) if one == group}) == 1 for group in groups)
    assert set(folds[:20]) == set(folds[20:]) == {0, 1, 2, 3, 4}


def test_a_large_class_does_not_decide_for_a_small_one():
    rng = np.random.default_rng(0)
    labels = np.array([0] * 200 + [1] * 20)
    rows = np.concatenate([rng.normal(0, 1, (200, 3)), rng.normal(3, 1, (20, 3))])
    said = cross_validated(rows, labels, folds_of(labels, range(220))).argmax(1)
    assert balanced_accuracy(labels, said) > 0.9


def test_chance_falls_with_accuracy_and_with_images():
    assert chance_of_two(0.5, (50, 50)) == pytest.approx(0.5)
    assert chance_of_two(0.7, (50, 50)) < chance_of_two(0.6, (50, 50))
    assert chance_of_two(0.7, (500, 500)) < chance_of_two(0.7, (50, 50))
