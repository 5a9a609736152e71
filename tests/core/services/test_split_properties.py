"""The split, whatever the images are: nothing leaks, nothing depends on the order, every side has its share."""

import itertools
import random
import time
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.retraining import GoalKind, Side
from core.services.training_families import DISTANCES, families
from core.services.training_sides import least, lots, spread
from core.services.training_split import split
from tests.core.services.splitting import DRAFT, SIDES, counted, image, images_of, sha

# ---- properties


@st.composite
def collections(draw):
    """Images of a few classes with copies, near copies, shared stems, and known folders among them."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    found = []
    for label in draw(st.lists(st.sampled_from(("flux", "real", "sdxl")), min_size=1, max_size=3, unique=True)):
        for source in range(draw(st.integers(1, 5))):
            known = draw(st.sampled_from((False, False, True)))
            for _ in range(draw(st.sampled_from((1, 2, 4, 8, 16, 30)))):
                number = (label, rng.randrange(10**9))
                one = image(number, label, f"s{source}", root="/known" if known else "/new")
                like = [each for each in found if each.label == label]
                fate = rng.random()
                if like and fate < 0.08:
                    one = replace(one, sha256=rng.choice(like).sha256)
                elif like and fate < 0.2:
                    flips = sum(1 << bit for bit in rng.sample(range(64), rng.randrange(DISTANCES[0] + 1)))
                    one = replace(one, hash64=rng.choice(like).hash64 ^ flips)
                elif fate < 0.25:
                    one = replace(one, path=one.path.with_name(f"cat {rng.randrange(6)} ({rng.randrange(9)}).png"))
                found.append(one)
    kept = {one.sha256[:12]: rng.choice(SIDES) for one in found if rng.random() < draw(st.sampled_from((0, 0, 0.3)))}
    return found, kept


def attempt(images, kept, draft=DRAFT):
    try:
        return split(images, draft, kept=kept)
    except BadInput as error:
        return str(error)


def sides_of_families(images, sides):
    """For each family of each class the sides that its images stand on."""
    found = defaultdict(set)
    for label in {one.label for one in images}:
        mine = [one for one in images if one.label == label]
        for one, number in zip(mine, families(mine), strict=True):
            if one.sha256 in sides:
                found[label, number].add(sides[one.sha256])
    return found


@settings(max_examples=200, deadline=None)
@given(
    made=collections(), seed=st.integers(0, 9), goal=st.sampled_from((GoalKind.ADD, GoalKind.ANEW, GoalKind.CALIBRATE))
)
def test_no_split_leaks_whatever_the_images_are(made, seed, goal):
    images, kept = made
    draft = replace(DRAFT, goal=goal)
    found = attempt(images, kept, draft)
    shuffled = images[:]
    random.Random(seed).shuffle(shuffled)
    assert attempt(shuffled, kept, draft) == found  # the order in which they were read decides nothing
    if isinstance(found, str):
        assert "Add images of other originals" in found
        return
    sides = {one.sha256: one.side for one in found.images}
    assert len(sides) == len(found.images)  # every image once
    assert all(len(each) == 1 for each in sides_of_families(images, sides).values())
    assert all(sides.get(one.sha256) is not Side.TEST for one in images if str(one.path).startswith("/known"))
    for beginning, side in kept.items():
        now = next((each for digest, each in sides.items() if digest.startswith(beginning)), None)
        assert now is not Side.TEST
        assert side is not Side.TEST or now is None
    if goal is GoalKind.CALIBRATE:
        assert Side.TRAINING not in sides.values()
    assert sum(row.training + row.held_out + row.test for row in found.rows) == len(found.images)
    everything = Counter(one.sha256 for one in images)
    assert set(sides) <= set(everything)
    if not kept and len(everything) == len(images) == len(found.images):
        assert found.remarks == ()


@settings(max_examples=150, deadline=None)
@given(counts=st.lists(st.integers(10, 60), min_size=3, max_size=7))
@example(counts=[60, 10, 10])
@example(counts=[10, 10, 10])
def test_with_three_large_sources_no_source_stands_on_two_sides(counts):
    made = split(images_of("flux", {f"s{place}": count for place, count in enumerate(counts)}), DRAFT)
    assert len(made.images) == sum(counts)
    for row in made.rows:
        assert sorted((row.training, row.held_out, row.test))[:2] == [0, 0]
    totals = [sum(getattr(row, side) for row in made.rows) for side in ("training", "held_out", "test")]
    assert min(totals) >= 10
    assert totals[0] >= max(counts) or totals[0] >= 0.3 * sum(counts)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(3, 400))
def test_one_source_gives_every_side_its_share(count):
    training, held, test = counted(split(images_of("flux", {"a": count}), DRAFT))["a"]
    assert training + held + test == count
    assert min(training, held, test) >= 1
    assert abs(training - 0.6 * count) <= 2
    assert abs(held - 0.2 * count) <= 1
    assert abs(test - 0.2 * count) <= 1


@settings(max_examples=200, deadline=None)
@given(
    counts=st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 500), min_size=1, max_size=9),
    sides=st.sampled_from((SIDES, SIDES[1:], SIDES[:2], SIDES[1:2])),
)
def test_every_source_is_in_one_lot_and_every_side_has_enough(counts, sides):
    shares = {side: 1 / len(sides) for side in sides}
    made = lots(counts, shares)
    assert sorted(source for lot in made for source in lot.sources) == sorted(counts)
    assert {side for lot in made for side in lot.sides} == set(sides)
    for side in sides:
        only = [lot for lot in made if lot.sides == (side,)]
        if only and len(made) >= len(sides) > 1:
            held = sum(counts[source] for lot in only for source in lot.sources)
            assert held >= min(least(side, shares, sum(counts.values())), 1)


@settings(max_examples=200, deadline=None)
@given(sizes=st.dictionaries(st.integers(), st.integers(1, 50), min_size=3, max_size=40))
def test_no_side_stays_empty_and_names_decide_nothing(sizes):
    shares = dict(zip(SIDES, (0.6, 0.2, 0.2), strict=True))
    found = spread(sizes, shares)
    assert set(found.values()) == set(SIDES)
    assert spread(dict(reversed(sizes.items())), shares) == found


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 4)), min_size=1, max_size=19))
def test_images_that_are_nearly_the_same_are_one_family(drawn):
    """The same answer as from comparing every image with every other one."""
    images = [image(n, hash64=look, sha256=sha(copy), name=f"n{n}") for n, (look, copy) in enumerate(drawn)]
    images += [image((n, 1), hash64=one.hash64 ^ 6, name=f"m{n}") for n, one in enumerate(images[::4])]
    found = families(images)
    expected = list(range(len(images)))
    for _ in images:
        for one, other in itertools.permutations(range(len(images)), 2):
            looks = images[one].hash64, images[other].hash64
            near = all(looks) and (looks[0] ^ looks[1]).bit_count() <= DISTANCES[0]
            if near or images[one].sha256 == images[other].sha256:
                expected[one] = expected[other] = min(expected[one], expected[other])
    assume(max(Counter(expected).values()) <= 20)
    assert [found.index(number) for number in found] == [expected.index(number) for number in expected]


def test_hashes_of_either_sign_are_the_same_hash():
    assert families([image(1, hash64=-1), image(2, hash64=2**64 - 1), image(3, hash64=3)]) == (0, 0, 1)


def test_images_without_a_hash_are_not_alike():
    assert families([image(n, hash64=0) for n in range(5)]) == (0, 1, 2, 3, 4)


def test_many_images_are_split_in_seconds():
    rng = np.random.default_rng(1)
    looks = rng.integers(1, 2**63, 20_000)
    images = [image(n, source=f"s{n % 4}", hash64=int(looks[n])) for n in range(20_000)]
    begin = time.perf_counter()
    made = split(images, DRAFT)
    assert time.perf_counter() - begin < 30
    assert len(made.images) == 20_000
