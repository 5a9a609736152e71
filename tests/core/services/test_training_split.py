"""The split: by source, with what cannot be known said."""

import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.dna.rehearsal import Rehearsal, rehearsal_path, write_rehearsal
from core.errors import BadInput, DetectorRefused
from core.retraining import GoalKind, ImageGroup, Side
from core.services.training_families import families
from core.services.training_split import parent_sides, split
from tests.core.services.splitting import DRAFT, SIDES, counted, image, images_of

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


def test_two_classes_called_alike_but_for_capital_letters_are_refused():
    with pytest.raises(BadInput, match="'flux' is called like 'Flux'"):
        split([*images_of("flux", {"a": 20}), *images_of("Flux", {"b": 20})], DRAFT)
