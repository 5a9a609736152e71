"""Two records of one finding compared: what may differ by rounding, and what may not."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.custody import Repetition
from core.domain import ConsistencyGrid, DetectorReference, Finding, LikelihoodRatio, Tile, Verdict
from core.services.repetition import OTHER_ARITHMETIC, SAME_ARITHMETIC, compared, tolerance_of

FEATURE = np.random.default_rng(0).normal(size=512).astype("<f2")
TILES = tuple(Tile("ProGAN" if number < 12 else "real", 0.9 if number < 12 else 0.45) for number in range(16))
GRID = ConsistencyGrid(12, TILES, tuple((number, 0, 1, 1) for number in range(16)))
THEN = Finding(
    exhibit_sha256="a" * 64,
    detector=DetectorReference("field", "1", "d" * 64),
    verdict=Verdict.ATTRIBUTED,
    reason="The top score 0.90 reaches the threshold of 0.70.",
    architecture="ProGAN",
    scores=(("ProGAN", 0.9), ("real", 0.08), ("StyleGAN", 0.02)),
    threshold=0.7,
    grid=GRID,
    device="CPU (2 threads)",
    ms=41.0,
    made_at=datetime(2026, 11, 20, tzinfo=UTC),
    likelihood_ratio=LikelihoodRatio(50.0, 20.0, 90.0, 100.0, "another process"),
    feature=FEATURE.tobytes(),
    conditions={"precision": "float32", "threads": 2},
)


def moved(by):
    return (("ProGAN", 0.9 - by), ("real", 0.08 + by), ("StyleGAN", 0.02))


def tile(number, *changed):
    tiles = list(TILES)
    tiles[number] = Tile(*changed)
    return replace(GRID, tiles=tuple(tiles))


def outcome(now, tolerance=SAME_ARITHMETIC, then=THEN):
    return compared(then, now, tolerance).outcome


def test_the_same_numbers_are_equal_whatever_the_time_and_the_place():
    now = replace(THEN, ms=3.0, made_at=datetime.now(UTC), device="CPU (1 threads)", id=7)
    made = compared(THEN, now, SAME_ARITHMETIC)
    assert (made.outcome, made.largest) == (Repetition.EQUAL, 0.0)
    assert "to the last bit" in made.sentence
    assert "CPU (2 threads) in float32 then, on CPU (1 threads) in float32 now" in made.sentence
    assert "as then" in compared(THEN, THEN, SAME_ARITHMETIC).sentence


def test_rounding_is_within_tolerance_and_says_how_much():
    made = compared(THEN, replace(THEN, scores=moved(2e-5)), SAME_ARITHMETIC)
    assert made.outcome is Repetition.WITHIN
    assert made.largest == pytest.approx(2e-5)
    assert "at most 2e-05 (0.001 allowed)" in made.sentence


@given(by=st.floats(1e-12, 0.5))
def test_the_edge_is_the_tolerance(by):
    now = replace(THEN, scores=moved(by))
    within = max(abs(0.9 - (0.9 - by)), abs(0.08 - (0.08 + by))) <= OTHER_ARITHMETIC
    assert outcome(now, OTHER_ARITHMETIC) is (Repetition.WITHIN if within else Repetition.DIFFERENT)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"verdict": Verdict.INCONCLUSIVE}, "verdict was “attributed” and is “inconclusive”"),
        ({"architecture": "StyleGAN"}, "top class was ProGAN and is StyleGAN"),
        ({"threshold": 0.6}, "threshold was 0.7 and is 0.6"),
        ({"scores": moved(0.2)}, "scores differ by up to 0.2 (0.001 allowed)"),
        ({"scores": (("ProGAN", 0.9), ("real", 0.1))}, "classes that were scored are others"),
        ({"scores": (("ProGAN", float("nan")), ("real", 0.08), ("StyleGAN", 0.02))}, "scores differ by up to inf"),
        ({"feature": None}, "the feature lies inf"),
        ({"feature": b"short"}, "the feature lies inf"),
        ({"feature": (-FEATURE).tobytes()}, "the feature lies 2"),
        ({"feature": bytes(1024)}, "the feature lies inf"),
        ({"grid": None}, "16 of 16 tiles"),
        ({"grid": tile(3, "real", 0.9)}, "1 of 16 tiles"),
        ({"grid": tile(3, "ProGAN", 0.5)}, "1 of 16 tiles"),
        ({"grid": tile(13, "ProGAN", 0.1)}, "1 of 16 tiles"),
        ({"grid": replace(GRID, boxes=GRID.boxes[::-1])}, "16 of 16 tiles"),
        ({"likelihood_ratio": None}, "likelihood ratio was 50 and is none"),
        ({"likelihood_ratio": replace(THEN.likelihood_ratio, value=60.0)}, "likelihood ratio was 50 and is 60"),
        ({"likelihood_ratio": replace(THEN.likelihood_ratio, against="x")}, "likelihood ratio was 50 and is 50"),
    ],
)
def test_whatever_else_was_altered_is_different_and_named(changes, why):
    made = compared(THEN, replace(THEN, **changes), SAME_ARITHMETIC)
    assert made.outcome is Repetition.DIFFERENT
    assert why in made.sentence


def test_a_close_tile_may_name_another_class_and_is_told():
    now = replace(THEN, grid=tile(13, "ProGAN", 0.4502))
    made = compared(THEN, now, SAME_ARITHMETIC)
    assert made.outcome is Repetition.WITHIN
    assert "1 of 16 tiles, which were close calls, name another class" in made.sentence


def test_a_feature_may_differ_in_its_last_digits():
    noisy = (FEATURE.astype(np.float32) * 1.001).astype("<f2")
    assert outcome(replace(THEN, feature=noisy.tobytes())) is Repetition.WITHIN


def test_an_image_out_of_scope_repeats_by_its_reason():
    then = replace(
        THEN, verdict=Verdict.OUT_OF_SCOPE, reason="too small", architecture=None, scores=(), grid=None, feature=None,
        likelihood_ratio=None,
    )  # fmt: skip
    made = compared(then, replace(then, ms=1.0), SAME_ARITHMETIC)
    assert (made.outcome, made.largest) == (Repetition.EQUAL, 0.0)
    assert "same reason" in made.sentence
    assert outcome(THEN, then=then) is Repetition.DIFFERENT


def test_two_cpus_in_float32_are_held_to_the_narrow_tolerance_and_others_to_the_wide_one():
    half = replace(THEN, conditions={"precision": "bfloat16"})
    gpu = replace(THEN, device="NVIDIA H200")
    assert tolerance_of(THEN, THEN, 4.0) == SAME_ARITHMETIC
    for other in (half, gpu, replace(THEN, conditions={})):
        assert tolerance_of(other, THEN, 0.4) == OTHER_ARITHMETIC
        assert tolerance_of(THEN, other, 2.0) == 2 * OTHER_ARITHMETIC
    assert tolerance_of(gpu, THEN, 1000.0) == 1.0
