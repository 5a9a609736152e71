"""How long a training will take: reckoned from a few images and steps that are timed."""

import csv
import dataclasses

import pytest

from core.dna.probe import Pace, pace_of
from core.dna.recipe import read_recipe
from core.errors import BadInput, Cancelled, NotFound
from core.progress import Progress
from core.services.training_probe import probe
from tests.conftest import write_training_folder

STEPS = """
[card]
name = "tiny"
[preprocess]
kind = "native"
channels = "residual"
window_px = 64
[schedule]
steps = {steps}
images_per_class = 2
crops = 2
crop_px = 16
region_px = 64
{task}
[augment]
flip = 0.5
[spectrum]
views = 2
"""


def write_recipe(folder, steps=10, task=""):
    path = folder / f"{steps}.toml"
    path.write_text(STEPS.format(steps=steps, task=task))
    return read_recipe(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probe")
    data = write_training_folder(folder / "data", per_class=4)
    with (folder / "split.tsv").open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(["path", "sha256", "class", "source", "side"])
        for number, path in enumerate(sorted(data.glob("*/*/*.png"))):
            side = ("training", "training", "held out", "test")[number % 4]
            writer.writerow([path, f"{number:064x}", path.parent.parent.name, path.parent.name, side])
    return folder / "split.tsv"


def test_twice_the_steps_take_twice_as_long(files, tmp_path, tiny_detector):
    short, long = (
        probe(write_recipe(tmp_path, steps), files, tiny_detector, "cpu", Progress()) for steps in (10, 4000)
    )
    assert 0 < short.low <= short.seconds <= short.high
    assert long.seconds > 20 * short.seconds
    assert "4000 are to be taken" in long.measured
    assert "One step took" in long.measured


def test_more_views_take_longer(files, tmp_path, tiny_detector):
    recipe = write_recipe(tmp_path, task='task = "extension"')
    few = probe(recipe, files, tiny_detector, "cpu", Progress())
    more = dataclasses.replace(recipe, extension=dataclasses.replace(recipe.extension, views=60))
    many = probe(more, files, tiny_detector, "cpu", Progress())
    # 6 training images: as they are and 4 views of each; 3 held-out ones read three times, 3 to test on once.
    assert "42 are to be read" in few.measured
    assert many.seconds > 3 * few.seconds


def test_a_quick_training_without_a_parent_is_refused(files, tmp_path):
    with pytest.raises(BadInput, match="Choose the parent"):
        probe(write_recipe(tmp_path, task='task = "extension"'), files, None, "cpu", Progress())


def test_a_split_that_is_none_is_refused(files, tmp_path, tiny_detector):
    recipe = write_recipe(tmp_path)
    with pytest.raises(NotFound):
        probe(recipe, tmp_path / "no.tsv", tiny_detector, "cpu", Progress())
    odd = tmp_path / "odd.tsv"
    odd.write_text("path\tclass\nx\ty\n")
    with pytest.raises(BadInput, match="Freeze the split again"):
        probe(recipe, odd, tiny_detector, "cpu", Progress())
    odd.write_text(files.read_text().replace("training", "test"))
    with pytest.raises(BadInput, match="no image to learn from"):
        probe(recipe, odd, tiny_detector, "cpu", Progress())
    odd.write_text(files.read_text().replace(".png", ".gone"))
    with pytest.raises(BadInput, match="can be read"):
        probe(recipe, odd, tiny_detector, "cpu", Progress())


def test_cancelling_ends_it(files, tmp_path, tiny_detector):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        probe(write_recipe(tmp_path), files, tiny_detector, "cpu", progress)


def test_paces_add_up():
    pace = pace_of([1.0, 3.0])
    assert pace == Pace(2.0, 1.0, 3.0)
    assert pace.times(2).plus(Pace(1, 1, 1)) == Pace(5.0, 3.0, 7.0)
    assert pace_of([]).seconds == 0
