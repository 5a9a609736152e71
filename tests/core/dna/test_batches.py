import dataclasses
import itertools
import threading
import time

import numpy as np
import pytest
import torch

from core.dna.augment import Augment
from core.dna.batches import Batches, drawn_ahead
from core.dna.dataset import Item, Picture
from core.dna.preprocess import Preprocess, prepare, residual
from core.dna.recipe import Schedule
from core.errors import BadInput
from tests.conftest import picture

SCHEDULE = Schedule(images_per_class=4, crops=3, crop_px=32, region_px=96)
NATIVE = Preprocess(kind="native", channels="residual", window_px=64)
PAPER = Preprocess(kind="paper", channels="rgb", first_px=64, side_px=128)
CLASSES = ("real", "a")


def pictures(sizes={"real": (6, 2), "a": (3,)}, width=120, height=100):  # noqa: B006
    made, seed = [], itertools.count()
    for name, counts in sizes.items():
        for source, count in enumerate(counts):
            item = Item(None, name, f"s{source}", "", "", quarters=False)
            made += [Picture(picture(next(seed), width, height), item) for _ in range(count)]
    return made


def parts(batch):
    return [batch.crops, batch.labels, batch.groups]


@pytest.mark.parametrize(("preprocess", "augment"), [(NATIVE, Augment()), (PAPER, None), (PAPER, Augment())])
def test_a_batch_follows_from_its_step_and_can_be_drawn_in_parts(preprocess, augment):
    batches = Batches(pictures(), CLASSES, SCHEDULE, preprocess, augment)
    whole, again, next_one = batches.draw(3), batches.draw(3), batches.draw(4)
    assert whole.crops.shape == (24, 32, 32, 3)
    assert whole.views == 3
    assert all(torch.equal(a, b) for a, b in zip(parts(whole), parts(again), strict=True))
    assert not torch.equal(whole.crops, next_one.crops)
    shares = [batches.draw(3, range(rank, batches.images, 3)) for rank in range(3)]
    for rank, share in enumerate(shares):
        for mine, all_of_them in zip(parts(share), parts(whole), strict=True):
            expected = all_of_them.view(8, 3, *all_of_them.shape[1:])[rank::3].flatten(0, 1)
            assert torch.allclose(mine, expected, atol=1e-6)


def test_classes_are_balanced_and_photographs_may_weigh_more():
    heavier = dataclasses.replace(SCHEDULE, real_weight=3)
    assert np.bincount(Batches(pictures(), CLASSES, SCHEDULE, NATIVE, None).draw(0).labels).tolist() == [12, 12]
    assert np.bincount(Batches(pictures(), CLASSES, heavier, NATIVE, None).draw(0).labels).tolist() == [36, 12]


@pytest.mark.parametrize(("balance", "share"), [("size", 0.9), ("equal", 0.5), ("root", 0.75)])
def test_sources_are_drawn_as_the_balance_says(balance, share):
    made = pictures({"real": (9, 1), "a": (2,)}, 64, 64)
    schedule = Schedule(images_per_class=64, crops=1, crop_px=32, region_px=64, balance=balance)
    batches = Batches(made, CLASSES, schedule, NATIVE, None)
    drawn = torch.cat([batches.draw(step).groups[:64] for step in range(12)])
    first = float((drawn == drawn.new_tensor(1)).double().mean())  # groups are numbered a/s0, real/s0, real/s1
    assert first == pytest.approx(share, abs=4 * (share * (1 - share) / 768) ** 0.5)


def test_groups_name_the_source_of_each_crop():
    batch = Batches(pictures(), CLASSES, SCHEDULE, NATIVE, None).draw(0)
    assert set(batch.groups[:12].tolist()) <= {1, 2}
    assert set(batch.groups[12:].tolist()) == {0}
    assert all(len(set(image.tolist())) == 1 for image in batch.groups.view(8, 3))


def test_paper_crops_are_pieces_of_the_prepared_image():
    made = pictures({"real": (1,), "a": (1,)})
    batch = Batches(made, CLASSES, SCHEDULE, PAPER, None).draw(0)
    large = prepare(made[0].pixels, PAPER).whole[0]
    pieces = np.lib.stride_tricks.sliding_window_view(large, (32, 32, 3))[:, :, 0]
    for crop in batch.crops[:3].numpy():
        difference = np.abs(pieces - crop).max((2, 3, 4))
        assert difference.min() <= 1.01 / 127.5


def test_native_crops_are_pieces_of_the_residual():
    made = pictures({"real": (1,), "a": (1,)}, 70, 66)
    schedule = dataclasses.replace(SCHEDULE, region_px=66)
    batch = Batches(made, CLASSES, schedule, NATIVE, None).draw(0)
    # A region of the whole height starts at one of five columns; inside it the residual is the image's own.
    for crop in batch.crops[:3].numpy():
        nearest = min(
            np.abs(np.lib.stride_tricks.sliding_window_view(residual(made[0].pixels[:, left : left + 66]), (32, 32, 3))
                   [:, :, 0] - crop).max((2, 3, 4)).min()
            for left in range(5)
        )  # fmt: skip
        assert nearest < 1e-4


def test_an_image_smaller_than_a_crop_is_mirrored():
    schedule = dataclasses.replace(SCHEDULE, crop_px=96)
    batch = Batches(pictures({"real": (1,), "a": (1,)}, 64, 80), CLASSES, schedule, NATIVE, None).draw(0)
    assert batch.crops.shape[1:] == (96, 96, 3)


def test_magnified_crops_have_the_asked_size():
    large = dataclasses.replace(NATIVE, magnify=2)
    assert Batches(pictures(), CLASSES, SCHEDULE, large, None).draw(0).crops.shape == (24, 32, 32, 3)
    with pytest.raises(BadInput, match="must be a multiple"):
        Batches(pictures(), CLASSES, SCHEDULE, dataclasses.replace(NATIVE, magnify=3), None)


def test_a_class_without_images_is_refused():
    with pytest.raises(BadInput, match="'b' has no training image"):
        Batches(pictures(), (*CLASSES, "b"), SCHEDULE, NATIVE, None)


class Slow:
    """A source that notes what it is asked for."""

    classes, images = ("a",), 1

    def __init__(self, fails=None):
        self.asked, self.fails = [], fails

    def draw(self, step, slots=None):
        self.asked.append(step)
        if step == self.fails:
            raise BadInput("no such crop")
        time.sleep(0.002 * (step % 3))
        return step


def test_batches_drawn_ahead_come_in_order_and_no_further_than_needed():
    source = Slow()
    assert list(drawn_ahead(source, 5, 25)) == list(range(5, 25))
    assert sorted(source.asked) == list(range(5, 25))


def test_a_reader_that_stops_leaves_no_thread_behind():
    before = threading.active_count()
    source = Slow()
    reader = drawn_ahead(source, 0, 1000)
    next(reader)
    reader.close()
    assert threading.active_count() == before
    assert len(source.asked) < 40


def test_what_goes_wrong_while_drawing_is_raised_to_the_reader():
    with pytest.raises(BadInput, match="no such crop"):
        list(drawn_ahead(Slow(fails=3), 0, 10))
