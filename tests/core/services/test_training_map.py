import dataclasses

import numpy as np
import pytest

from core.errors import Cancelled
from core.progress import Progress
from core.services.training_map import Sides, drawn_map, evenly
from tests.core.services.tested_images import NEW, OLD, an_image


def images(count):
    return [an_image(NEW[n % 3], NEW[n % 3], "gan", number=n) for n in range(count)]


def test_points_say_what_each_image_is_and_was_called_before_and_after():
    found = drawn_map(images(9), Sides(NEW, OLD, shared=False), Progress())
    assert (len(found["before"]), len(found["after"])) == (9, 9)
    assert {(one["label"], one["said"]) for one in found["after"]} == {(name, name) for name in NEW}
    assert {one["said"] for one in found["before"]} == {"gan"}
    assert not found["same_encoder"]
    assert {(one["x"], one["y"]) for one in found["before"]} != {(one["x"], one["y"]) for one in found["after"]}
    assert len({(one["x"], one["y"]) for one in found["after"]}) == 9  # t-SNE puts these on one spot
    assert "9 of 9 test images" in found["words"]


def test_with_one_encoder_the_images_lie_where_they_lay():
    found = drawn_map(images(7), Sides(NEW, OLD, shared=True), Progress())
    assert found["same_encoder"]
    assert [(one["x"], one["y"]) for one in found["before"]] == [(one["x"], one["y"]) for one in found["after"]]
    assert "same encoder" in found["words"]


def test_without_a_parent_there_is_no_before():
    alone = [an_image("real", "real", number=n, alone=True) for n in range(3)]
    found = drawn_map(alone, Sides(NEW, None, shared=False), Progress())
    assert (found["before"], len(found["after"]), found["same_encoder"]) == ([], 3, False)


def test_images_without_a_usable_feature_have_no_place():
    good = images(3)
    outside = an_image("gan", None, "gan", number=20)
    flat = dataclasses.replace(good[0], new=dataclasses.replace(good[0].new, feature=np.zeros(512, np.float32)))
    broken = dataclasses.replace(good[1].parent, feature=np.full(512, np.nan, np.float32))
    odd = dataclasses.replace(good[1], parent=broken)
    assert len(drawn_map([outside, flat, odd, good[2]], Sides(NEW, OLD, shared=False), Progress())["after"]) == 1
    nothing = drawn_map([outside], Sides(NEW, OLD, shared=True), Progress())
    assert (nothing["before"], nothing["after"]) == ([], [])


def test_of_many_images_every_class_has_its_share_whatever_their_order():
    many = [
        *(an_image("real", "real", number=n) for n in range(50)),
        *(an_image("gan", "gan", number=n) for n in range(3)),
    ]
    some = evenly(many, 10)
    assert [one.truth for one in some].count("gan") == 3
    assert evenly(many[::-1], 10) == some
    assert evenly([], 5) == []
    assert len(evenly(many, 100)) == 53


def test_drawing_can_be_cancelled():
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        drawn_map(images(6), Sides(NEW, OLD, shared=False), progress)
