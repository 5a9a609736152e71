import numpy as np
import pytest
from PIL import Image

from core.dna.contamination import image_digests
from core.dna.dataset import list_data
from core.dna.rehearsal import Rehearsal
from core.domain import DetectorReference, DetectorSummary
from core.errors import NotFound
from core.progress import Progress
from core.retraining import Side, Split, TrainingImage
from core.services.training_test_set import beginnings, described, item_of, measuring_set, without_remembered
from tests.conftest import picture
from tests.core.services.tested_images import an_image


@pytest.fixture
def folder(tmp_path):
    """Three real photographs, two of a known generator and one of an unknown architecture."""
    for place, count in (("real/b", 3), ("gan/b", 2), ("unknown/z", 1)):
        (tmp_path / "tests" / place).mkdir(parents=True)
        for number in range(count):
            seed = len(place) * 100 + number
            Image.fromarray(picture(seed, 96, 96)).save(tmp_path / "tests" / place / f"{number}.png")
    return tmp_path / "tests"


def summary(**card):
    return DetectorSummary(DetectorReference("d", "1", "0" * 64), "d", ("real", "gan"), card)


def image(item, side, label="gan", source="a"):
    return TrainingImage(item.path, label, source, item.sha256, 1, side=side)


def split_of(*images, unknowable=()):
    return Split(tuple(images), (), "digest", unknowable)


def found(split, folder, *detectors):
    return measuring_set(split, folder, detectors or (summary(),), Progress())


def digests(items):
    return {item.sha256 for item in items}


def words(found):
    return "\n".join(found.remarks)


def test_only_the_test_side_of_a_split_is_measured_on(folder):
    items = list_data(folder).items
    sides = (Side.TEST, Side.TRAINING, Side.HELD_OUT, None, Side.TEST)
    split = split_of(*map(image, items[:5], sides), unknowable=("One source only.",))
    made = found(split, None)
    assert [item.sha256 for item in made.items] == [items[0].sha256, items[4].sha256]
    assert (made.split, made.folder, made.remarks) == (2, 0, ("One source only.",))


def test_images_of_the_folder_that_are_in_the_split_count_as_split(folder):
    items = list_data(folder).items
    made = found(split_of(image(items[0], Side.TRAINING), image(items[1], Side.TEST)), folder)
    assert (made.split, made.folder) == (1, 4)
    assert items[0].sha256 not in {item.sha256 for item in made.items}
    assert "2 images of the test folder are in the split too" in words(made)


def test_what_was_learned_from_takes_no_part(folder):
    items = [item for item in list_data(folder).items if item.architecture == "gan"]
    digests = image_digests(items[:1])
    cards = (
        {"trained": {"image_digests": digests}},
        {"trained": {"parent": {"image_digests": digests}}},
        {"calibrated_on": {"image_digests": digests}},
    )
    for card in cards:
        made = found(None, folder, summary(), summary(**card))
        assert {item.sha256 for item in made.items} == {item.sha256 for item in list_data(folder).items} - {
            items[0].sha256
        }
        assert "1 image that a detector has learned from took no part" in words(made)
    assert found(split_of(image(items[0], Side.TEST)), None, summary(**cards[0])).items == ()


def test_another_image_of_a_source_that_was_seen_is_measured_on_and_told(folder):
    made = found(None, folder, summary(trained={"sources": ["real/b", "gan/other"]}))
    assert made.folder == 6
    assert "Training has seen other images of real/b;" in words(made)
    assert found(None, folder).remarks == ()


def test_what_chose_the_parents_weights_takes_no_part(folder):
    items = list_data(folder).items
    mine = [TrainingImage(item.path, "gan", "a", item.sha256[:12], 1, side=side)
            for item, side in zip(items, (Side.HELD_OUT, Side.TRAINING, Side.TEST), strict=False)]  # fmt: skip
    rows = np.zeros((3, 512), np.float32)
    remembered = Rehearsal(rows, np.zeros((3, 0), np.float32), np.arange(3), np.zeros(3, np.int64), tuple(mine))
    made = found(split_of(image(items[0], Side.TEST), image(items[4], Side.TEST)), folder)
    without = without_remembered(made, remembered)
    assert {item.sha256 for item in made.items} - {item.sha256 for item in without.items} == {
        items[0].sha256,
        items[1].sha256,
    }
    assert (made.split, made.folder, without.split, without.folder) == (2, 4, 1, 3)
    assert "2 images served the parent's training or calibration" in words(without)
    assert without_remembered(without, remembered) == without
    assert without_remembered(made, None) == made


def test_a_folder_that_is_gone_is_said(tmp_path):
    with pytest.raises(NotFound, match="gone does not exist"):
        found(None, tmp_path / "gone")


def test_sheets_of_four_are_known_by_their_names(folder):
    item = list_data(folder).items[0]
    assert not item_of(image(item, Side.TEST)).quarters
    sheet = TrainingImage(folder / "a-sheet2x2-1.png", "gan", "a", "0" * 64, 1)
    assert item_of(sheet).quarters


def test_a_set_is_described_in_numbers_and_words(folder):
    made = found(None, folder)
    files = [an_image("real", "real", number=n) for n in range(6)]
    features = [an_image("gan", "gan", number=n, path="") for n in range(2)]
    told = described([*files, *features], made, folder)
    assert (told["n"], told["images"], told["from_features"]) == (8, 6, 2)
    assert told["sources"] == ["gan/s", "real/s"]
    assert told["words"] == (
        f"8 images of 2 sources, none of them learned from: 6 images in the folder {folder}; "
        "2 images that the parent remembers by their features."
    )
    assert told["digest"] == described([*features, *files[::-1]], made, folder)["digest"]
    assert told["digest"] != described(files, made, folder)["digest"]
    assert described([], made, None)["words"] == "No images."
    seen = [f"real/{number}" for number in range(7)]
    assert "NO FAIR TEST because training has seen real/0, real/1" in described(files, made, folder, seen)["words"]
    assert "real/4 and 2 others:" in described(files, made, folder, seen)["words"]


def test_beginnings_are_as_long_as_what_is_remembered():
    assert beginnings(["ab" * 32, "ab" * 6]) == {"ab" * 6}
