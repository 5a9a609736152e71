"""The split: deterministic, by source, nothing alike on two sides, and frozen."""

import csv
import errno
import hashlib
import itertools
import random
import shutil
import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from core.dna.rehearsal import Rehearsal, rehearsal_path, write_rehearsal
from core.errors import BadInput, DetectorRefused, DiskFull, NotFound
from core.retraining import Draft, GoalKind, ImageGroup, Side, TrainingImage
from core.services.training_families import DISTANCES, families
from core.services.training_sides import least, lots, spread
from core.services.training_split import FILE_NAME, freeze, parent_sides, read_frozen, split

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DRAFT = Draft("d", NOW, groups=(ImageGroup("any", "any", Path("/new")),), known_data=(Path("/known"),))
SIDES = tuple(Side)


def sha(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


def image(number, label="flux", source="lab", **changes):
    """An image that is like no other."""
    root = changes.pop("root", "/new")
    name = changes.pop("name", f"img {number}")
    values = {
        "path": Path(root, label, source, f"{name}.png"),
        "label": label,
        "source": source,
        "sha256": sha(number),
        "size_bytes": 100,
        "hash64": int(sha(("look", number))[:16], 16),
    }
    return TrainingImage(**{**values, **changes})


def images_of(label, counts, start=0, **changes):
    numbers = itertools.count(start)
    return [image((label, next(numbers)), label, source, **changes) for source, n in counts.items() for _ in range(n)]


def counted(made, label="flux"):
    return {row.source: (row.training, row.held_out, row.test) for row in made.rows if row.label == label}


# ---- examples


def test_three_sources_stand_on_one_side_each():
    made = split(images_of("flux", {"a": 60, "b": 25, "c": 20}), DRAFT)
    assert counted(made) == {"a": (60, 0, 0), "b": (0, 0, 25), "c": (0, 20, 0)}
    assert made.unknowable == (
        "'flux' is tested on one source (b): how much its recall differs from source to source cannot be known.",
    )


def test_with_many_sources_several_smaller_ones_are_tested_on():
    made = split(images_of("real", {"a": 240, "b": 150, "c": 55, "d": 45, "e": 45}), DRAFT)
    assert {row.source for row in made.rows if row.test} == {"c", "e"}
    assert {row.source for row in made.rows if row.held_out} == {"b"}
    assert made.unknowable == ()


def test_of_two_sources_the_smaller_is_tested_on():
    made = split(images_of("flux", {"a": 80, "b": 40}), DRAFT)
    assert counted(made) == {"a": (60, 20, 0), "b": (0, 0, 40)}
    assert "thresholds for 'flux' rest on held-out images of sources that are trained on as well (a)" in str(
        made.unknowable
    )


def test_one_source_is_split_and_it_is_said_what_cannot_be_known():
    made = split(images_of("flux", {"a": 150}), DRAFT)
    assert counted(made) == {"a": (90, 30, 30)}
    (sentence,) = made.unknowable
    assert sentence.startswith("All images of 'flux' come from one source (a): whether the architecture is recognised")


def test_sources_too_small_to_stand_alone_are_tested_on_together_or_shared():
    made = split(images_of("flux", {"a": 100, "b": 6, "c": 5}), DRAFT)
    assert counted(made)["b"] == (0, 0, 6)
    assert counted(made)["c"] == (0, 0, 5)
    assert counted(made)["a"][2] == 0
    made = split(images_of("flux", {"a": 100, "b": 3}), DRAFT)
    assert sum(row.test for row in made.rows) == pytest.approx(20, abs=1)
    assert "are too small for one to be kept apart" in made.unknowable[0]


def test_few_test_images_are_said():
    made = split(images_of("flux", {"a": 20}), DRAFT)
    assert made.unknowable[-1] == "'flux' has 4 test images, fewer than 10: its recall is known only roughly."


def test_old_classes_are_trained_on_and_held_out_and_tested_elsewhere():
    old = images_of("real", {"x": 50, "y": 20, "z": 10}, root="/known")
    made = split([*old, *images_of("flux", {"a": 30})], DRAFT)
    assert all(test == 0 for _, _, test in counted(made, "real").values())
    assert counted(made, "real") == {"x": (50, 0, 0), "y": (0, 20, 0), "z": (10, 0, 0)}
    assert made.unknowable[-1].startswith("real has no test images here")


def test_a_source_that_is_known_and_new_is_never_tested_on():
    old, new = images_of("real", {"x": 30}, root="/known"), images_of("real", {"x": 30}, start=99)
    assert counted(split([*old, *new], DRAFT), "real")["x"][2] == 0


def test_a_new_folder_within_the_known_ones_is_new():
    draft = replace(DRAFT, groups=(ImageGroup("flux", "a", Path("/known/flux/a")),))
    assert counted(split(images_of("flux", {"a": 30}, root="/known"), draft))["a"][2] == 6


def test_folders_may_be_named_from_where_one_stands(monkeypatch):
    monkeypatch.chdir("/")
    draft = replace(DRAFT, known_data=(Path("known"),), test_data=Path("tests"))
    old = images_of("real", {"x": 30}, root="/known")
    assert counted(split(old, draft), "real")["x"][2] == 0
    with pytest.raises(BadInput, match="folder of test images"):
        split(images_of("real", {"x": 30}, root="/tests"), draft)


def test_a_refreshed_calibration_trains_on_nothing():
    draft = replace(DRAFT, goal=GoalKind.CALIBRATE)
    made = split([*images_of("real", {"a": 40, "b": 30}), *images_of("flux", {"c": 40})], draft)
    assert all(row.training == 0 for row in made.rows)
    assert counted(made, "real") == {"a": (0, 0, 40), "b": (0, 30, 0)}
    assert counted(made, "flux") == {"c": (0, 20, 20)}


def test_the_draft_leaves_out_and_moves():
    images = images_of("flux", {"a": 30})
    other = images_of("sdxl", {"b": 30})
    draft = replace(DRAFT, left_out={images[0].sha256: "blurred"}, moved={images[1].sha256: "sdxl"})
    made = split([*images, *other, image("bad", problem="It is damaged.", sha256="")], draft)
    assert images[0].sha256 not in {one.sha256 for one in made.images}
    assert next(one.label for one in made.images if one.sha256 == images[1].sha256) == "sdxl"
    assert len(made.images) == 59


def test_one_image_counts_once_and_the_copies_are_said():
    images = images_of("flux", {"a": 40, "b": 20, "c": 20})
    copies = [replace(one, path=one.path.with_suffix(".copy.png"), source="b") for one in images[:7]]
    made = split([*images, *copies], DRAFT)
    assert len(made.images) == 80
    assert made.remarks == ("7 files of 'flux' are copies of other files, byte for byte; each image counts once.",)


def test_near_copies_in_a_source_of_another_side_take_no_part():
    images = images_of("flux", {"a": 40, "b": 20, "c": 20})
    near = [replace(image(("n", n), source="b"), hash64=one.hash64 ^ 5) for n, one in enumerate(images[:3])]
    made = split([*images, *near], DRAFT)
    assert not {one.sha256 for one in near} & {one.sha256 for one in made.images}
    assert made.remarks[0].startswith("3 images of 'flux' take no part: by itself or by a near copy")


def test_a_source_that_only_repeats_another_one_is_no_source():
    images = images_of("flux", {"a": 40, "b": 20})
    echo = [replace(image(("n", n), source="echo"), hash64=one.hash64 ^ 1) for n, one in enumerate(images[:40])]
    made = split([*images, *echo], DRAFT)
    sides = defaultdict(set)
    for one in made.images:
        sides[one.source].add(one.side)
    assert sides["b"] == {Side.TEST}
    assert Side.TEST not in sides["a"] | sides["echo"]


def test_files_of_one_original_stay_together_but_names_that_all_have_say_nothing():
    sizes = [
        image((n, size), name=f"{size}/cat {n}{end}")
        for n in range(20)
        for size, end in (("large", ""), ("small", " (1)"), ("tiny", " - Copy"))
    ]
    made = split(sizes, DRAFT)
    sides = defaultdict(set)
    for one in made.images:
        sides[one.path.stem.split("(")[0].split("-")[0].strip()].add(one.side)
    assert len(sides) == 20
    assert all(len(each) == 1 for each in sides.values())
    named_alike = [image(n, name=f"{n}/output") for n in range(30)]
    assert counted(split(named_alike, DRAFT))["lab"] == (18, 6, 6)


def test_where_most_images_look_alike_looks_decide_less():
    faces = [image(n, hash64=(1 << 60) + (1 << (n % 40)) + (1 << (n // 40 + 40))) for n in range(200)]
    assert len(set(families(faces))) == 200  # any two differ in 4 bits at most
    assert counted(split(faces, DRAFT))["lab"] == (120, 40, 40)


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_originals_are_refused_with_the_way_out(count):
    near = [image(n, hash64=8 ^ (n // 20)) for n in range(count)]
    with pytest.raises(BadInput, match=r"'flux' come from .* none is left for .*Add images of other originals"):
        split(near, DRAFT)


def test_what_cannot_be_split_is_refused():
    with pytest.raises(BadInput, match="There is no image"):
        split([], DRAFT)
    images = images_of("flux", {"a": 30})
    with pytest.raises(BadInput, match="is in two classes"):
        split([*images, replace(images[0], label="sdxl")], DRAFT)
    with pytest.raises(BadInput, match="stands for test images"):
        split([*images, image(1, "Unknown")], DRAFT)
    with pytest.raises(BadInput, match="cannot be printed"):
        split([*images, image(1, "a\tb")], DRAFT)
    with pytest.raises(BadInput, match="lies in the folder of test images"):
        split(images, replace(DRAFT, test_data=Path("/new/flux")))
    with pytest.raises(BadInput, match="shares"):
        split(images, DRAFT, shares=(0.5, 0.2, 0.2))


# ---- what the parent remembers


def test_images_that_the_parent_knows_stay_on_their_side_and_its_test_images_out():
    old = images_of("real", {"x": 20, "y": 20}, root="/known")
    kept = {
        **{one.sha256[:12]: Side.TRAINING for one in old[:10]},
        **{one.sha256[:12]: Side.HELD_OUT for one in old[10:15]},
        **{one.sha256[:12]: Side.TEST for one in old[15:18]},
    }
    near = replace(image("near", "real", "x", root="/known"), hash64=old[15].hash64 ^ 3)
    made = split([*old, near], DRAFT, kept=kept)
    sides = {one.sha256: one.side for one in made.images}
    assert {sides[one.sha256] for one in old[:10]} == {Side.TRAINING}
    assert {sides[one.sha256] for one in old[10:15]} == {Side.HELD_OUT}
    assert not {one.sha256 for one in (*old[15:18], near)} & set(sides)
    assert made.remarks[0].startswith("4 images of 'real' take no part, because the parent is tested on them")


def test_new_images_that_the_parent_was_trained_on_are_never_tested_on():
    new = images_of("real", {"x": 30, "y": 30, "z": 30})
    kept = {one.sha256[:12]: Side.TRAINING for one in new[30:50]}
    made = split(new, DRAFT, kept=kept)
    assert all(one.side is Side.TRAINING for one in made.images if one.sha256[:12] in kept)


def test_a_parent_that_has_learned_from_everything_is_said_to_flatter():
    old = images_of("real", {"x": 20, "y": 20}, root="/known")
    made = split(old, DRAFT, kept={one.sha256[:12]: Side.TRAINING for one in old})
    assert {one.side for one in made.images} == {Side.TRAINING, Side.HELD_OUT}
    assert "although it may have learned from them" in made.remarks[0]
    with pytest.raises(BadInput, match="that the parent has not seen"):
        split(
            images_of("flux", {"a": 20}),
            replace(DRAFT, goal=GoalKind.CALIBRATE),
            kept={one.sha256[:12]: Side.TRAINING for one in images_of("flux", {"a": 20})},
        )


def test_the_sides_of_a_parent_come_from_what_it_remembers(tiny_detector, tmp_path):
    assert parent_sides(None) == {}
    detector = tmp_path / "tiny.safetensors"
    shutil.copy(tiny_detector, detector)
    assert parent_sides(detector) == {}
    images = tuple(replace(image(n, "real"), side=side) for n, side in enumerate(SIDES))
    rows = np.zeros((3, 512), np.float32), np.zeros((3, 0), np.float32), np.arange(3), np.zeros(3, np.int64)
    write_rehearsal(detector, Rehearsal(*rows, images))
    assert parent_sides(detector) == {one.sha256[:12]: one.side for one in images}
    rehearsal_path(detector).write_bytes(b"x")
    with pytest.raises(DetectorRefused):
        parent_sides(detector)


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


# ---- frozen


def test_a_frozen_split_comes_back(tmp_path):
    odd = image("odd", name='tab\tquote"new\nline é')
    made = split([odd, *images_of("flux", {"a": 30})], DRAFT)
    draft = freeze(DRAFT, made, tmp_path)
    assert draft.split_digest == made.digest
    again = read_frozen(tmp_path, draft.split_digest)
    assert [(one.path, one.side, one.sha256) for one in again.images] == [
        (one.path, one.side, one.sha256) for one in made.images
    ]
    assert (again.rows, again.digest, again.unknowable) == (made.rows, made.digest, made.unknowable)
    with (tmp_path / FILE_NAME).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert set(rows[0]) == {"path", "sha256", "class", "source", "side"}
    assert len(rows) == 31


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_change_of_the_frozen_file_is_noticed(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "frozen"
    folder.mkdir(exist_ok=True)
    draft = freeze(DRAFT, split(images_of("flux", {"a": 12, "b": 14}), DRAFT), folder)
    path = folder / FILE_NAME
    lines = path.read_text().splitlines()
    row = data.draw(st.integers(1, len(lines) - 1))
    cells = lines[row].split("\t")
    column = data.draw(st.integers(1, 4))
    cells[column] = data.draw(st.sampled_from(("flux2", "b2", "test", "training", sha("other"), "", "x" * 9)))
    assume("\t".join(cells) != lines[row])
    lines[row] = "\t".join(cells)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInput, match=str(path)):
        read_frozen(folder, draft.split_digest)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"path\tsha256\n", b"path\tsha256\tclass\tsource\tside\na\tb\n"])
def test_a_file_that_is_no_split_is_refused(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(BadInput, match=str(tmp_path / FILE_NAME)):
        read_frozen(tmp_path, sha(1))


def test_rows_taken_away_put_in_or_in_another_order_are_noticed(tmp_path):
    draft = freeze(DRAFT, split(images_of("flux", {"a": 12}), DRAFT), tmp_path)
    head, *lines = (tmp_path / FILE_NAME).read_text().splitlines()
    for changed in (lines[1:], [*lines, lines[0]], lines[::-1]):
        (tmp_path / FILE_NAME).write_text("\n".join([head, *changed]) + "\n")
        with pytest.raises(BadInput, match="not the one that was frozen"):
            read_frozen(tmp_path, draft.split_digest)
    (tmp_path / FILE_NAME).unlink()
    with pytest.raises(NotFound):
        read_frozen(tmp_path, draft.split_digest)


def test_a_full_disk_keeps_what_was_frozen(tmp_path, monkeypatch):
    draft = freeze(DRAFT, split(images_of("flux", {"a": 12}), DRAFT), tmp_path)

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("core.whole_file.os.fsync", full)
        with pytest.raises(DiskFull, match="freezing the split"):
            freeze(DRAFT, split(images_of("flux", {"b": 12}), DRAFT), tmp_path)
    assert read_frozen(tmp_path, draft.split_digest).digest == draft.split_digest


def test_a_file_name_that_is_no_text_is_refused_with_its_name(tmp_path):
    made = split([image("odd", name="photo \udcff"), *images_of("flux", {"a": 12})], DRAFT)
    with pytest.raises(BadInput, match=r"photo \\udcff.*Rename it"):
        freeze(DRAFT, made, tmp_path)
