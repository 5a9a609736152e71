import dataclasses

import numpy as np
import pytest
from scipy.special import softmax

from core.dna.agreement import agreement_part
from core.dna.agreement_counts import reached
from core.dna.attribute import reading_of
from core.dna.calibrate import Calibration
from core.dna.detector import load_detector
from core.dna.open_set import OpenSet

BOXES = tuple((0, 0, 1, 1) for _ in range(16))


def reading(detector, whole, naming):
    """An image read as class `whole`, `naming` of whose tiles name it; the others name the next class."""
    raw = dataclasses.replace(detector, calibration=None)
    tops = np.array([whole] * naming + [(whole + 1) % 3] * (16 - naming))
    tiles = 5 * np.eye(3, dtype=np.float32)[tops][:, None]
    return reading_of(np.ones((1, 512), np.float32), 5 * np.eye(3, dtype=np.float32)[[[whole]]], tiles, BOXES, raw)


@pytest.fixture(scope="module")
def detector(tiny_detector):
    return dataclasses.replace(load_detector(tiny_detector), calibration=Calibration(1.0))


def test_rightly_attributed_images_are_counted_by_their_agreeing_tiles(detector):
    read = [("real", reading(detector, 0, n)) for n in (16, 16, 3)]
    read += [("real", reading(detector, 1, 9)), ("nearest", reading(detector, 1, 0))]
    part = agreement_part(read, detector, "some images")
    assert part["set"] == "some images"
    assert {name: sum(counts) for name, counts in part["per_class"].items()} == {"real": 3, "nearest": 1, "bilinear": 0}
    assert (part["per_class"]["real"][16], part["per_class"]["real"][3], part["per_class"]["nearest"][0]) == (2, 1, 1)
    assert all(len(counts) == 17 for counts in part["per_class"].values())


def test_images_without_a_conclusive_verdict_do_not_count(detector):
    read = [("real", reading(detector, 0, 16))]
    for judging in (
        dataclasses.replace(detector, threshold=1.0),
        dataclasses.replace(detector, open_set=OpenSet("energy", threshold=-99.0)),
    ):
        assert sum(agreement_part(read, judging, "")["per_class"]["real"]) == 0


def test_tiles_are_named_as_the_calibrated_detector_names_them(detector):
    """The second voice can turn a tile; the raw reading, made without a calibration, knows nothing of that."""
    raw = reading(detector, 0, 4)
    tiles = np.concatenate([raw.tile_voices, np.tile(9 * np.eye(3, dtype=np.float32)[0], (16, 1, 1))], 1)
    voices = np.concatenate([raw.voices, raw.voices])
    spoken = dataclasses.replace(raw, tile_voices=tiles, voices=voices, tile_scores=softmax(tiles[:, 0], axis=1))
    both = dataclasses.replace(detector, calibration=Calibration(1.0, 1.0))
    assert agreement_part([("real", spoken)], both, "")["per_class"]["real"][16] == 1


def test_the_share_that_reaches_no_more():
    part = {"per_class": {"real": [1, 0, 2, *[0] * 13, 1]}}
    assert reached(part, "real", 0) == (0.25, 4)
    assert reached(part, "real", 2) == (0.75, 4)
    assert reached(part, "real", 15) == (0.75, 4)
    assert reached(part, "real", 16) == (1.0, 4)


@pytest.mark.parametrize(
    "part",
    [
        None,
        {},
        {"per_class": []},
        {"per_class": {"real": [0] * 17}},
        {"per_class": {"real": [1] * 16}},
        {"per_class": {"real": [1] * 16 + ["1"]}},
        {"per_class": {"real": [1] * 16 + [-1]}},
        {"per_class": {"real": [1] * 16 + [True]}},
        {"per_class": {"nearest": [1] * 17}},
    ],
)
def test_a_card_that_does_not_say_says_nothing(part):
    assert reached(part, "real", 3) == (None, 0)
