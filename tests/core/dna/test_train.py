import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from core.dna.augment import Augment, augmented
from core.dna.batches import Batches, drawn_ahead
from core.dna.dataset import list_data, load_pictures, split
from core.dna.encoder import Net
from core.dna.recipe import read_recipe
from core.dna.train import Material, train
from core.errors import BadInput, Cancelled, CoreError
from core.progress import Progress
from tests.conftest import write_training_folder

RECIPE = """
[card]
name = "tiny"
[preprocess]
kind = "native"
channels = "residual"
window_px = 64
[schedule]
steps = 6
images_per_class = 2
crops = 2
crop_px = 32
region_px = 64
lr = 1e-3
averaging = 0.0
validate_every = 3
validate_images = 2
[holdout]
share = 0.34
"""
CPU = torch.device("cpu")


@pytest.fixture
def setting(tmp_path):
    folder = write_training_folder(tmp_path / "data")
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    recipe, manifest = read_recipe(path), list_data(folder)
    training, held = split(manifest, (), 0.34)
    pictures = [load_pictures(items, lambda *_: None, lambda: None) for items in (training, held)]
    return recipe, manifest.classes, Material(pictures[0], pictures[1], manifest.digest)


def weights(net):
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


def test_a_cancelled_run_resumes_to_the_same_weights(setting, tmp_path):
    recipe, classes, material = setting
    whole = train(recipe, classes, material, tmp_path / "a", CPU, resume=False, progress=Progress())

    stop = Progress(lambda tick: stop.cancel() if tick.done == 4 else None)
    with pytest.raises(Cancelled):
        train(recipe, classes, material, tmp_path / "b", CPU, resume=False, progress=stop)
    resumed = train(recipe, classes, material, tmp_path / "b", CPU, resume=True, progress=Progress())

    assert resumed.steps == whole.steps == 6
    for name, tensor in weights(whole.net).items():
        assert torch.allclose(tensor, weights(resumed.net)[name], atol=1e-6), name
    rows = list(csv.DictReader((tmp_path / "b" / "curves.csv").read_text().splitlines()))
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[2]["recall"]
    assert not rows[1]["recall"]


def test_a_run_of_another_data_set_is_not_continued(setting, tmp_path):
    recipe, classes, material = setting
    train(recipe, classes, material, tmp_path / "a", CPU, resume=False, progress=Progress())
    other = Material(material.training, material.held, "0" * 64)
    with pytest.raises(BadInput, match="another data"):
        train(recipe, classes, other, tmp_path / "a", CPU, resume=True, progress=Progress())


def test_a_loss_that_becomes_nan_stops_with_the_step(setting, tmp_path, monkeypatch):
    recipe, classes, material = setting
    monkeypatch.setattr("core.dna.learn.supervised_contrastive", lambda *_, **__: torch.tensor(float("nan")))
    with pytest.raises(CoreError, match="contrast loss became nan at step 1"):
        train(recipe, classes, material, tmp_path / "a", CPU, resume=False, progress=Progress())


def test_batches_are_balanced_and_follow_from_the_step(setting):
    recipe, classes, material = setting
    batches = Batches(material.training, classes, recipe.schedule, recipe.preprocess, Augment())
    first, again, other = batches.draw(0), batches.draw(0), batches.draw(1)
    assert first.crops.shape == (12, 32, 32, 3)
    assert np.bincount(first.labels).tolist() == [4, 4, 4]
    assert torch.equal(first.crops, again.crops)
    assert not torch.equal(first.crops, other.crops)
    ahead = list(drawn_ahead(batches, 0, 2))
    assert torch.equal(ahead[1].crops, other.crops)


def test_photographs_may_weigh_more(setting):
    recipe, classes, material = setting
    heavier = dataclasses.replace(recipe.schedule, real_weight=3)
    labels = Batches(material.training, classes, heavier, recipe.preprocess, None).draw(0).labels
    assert np.bincount(labels).tolist() == [12, 4, 4]


def test_a_parent_gives_the_start(setting, tmp_path):
    recipe, classes, material = setting
    one_still_step = dataclasses.replace(recipe.schedule, steps=1, validate_every=1, lr=0.0)
    still = dataclasses.replace(recipe, schedule=one_still_step)
    parent = Net(len(classes))
    child = train(still, classes, material, tmp_path / "a", CPU, resume=False, parent=parent, progress=Progress()).net
    assert all(torch.equal(a, b) for a, b in zip(parent.parameters(), child.parameters(), strict=True))


def test_augmentation_keeps_true_colours_and_shape():
    red = np.zeros((96, 96, 3), np.uint8)
    red[..., 0] = 200
    always = Augment(flip=1, resize=0, jpeg=1, jpeg_low=95, webp=0, noise=0, blur=0)
    out = augmented(red, always, np.random.default_rng(0))
    assert out.shape == red.shape
    assert np.abs(out.astype(int) - red).max() <= 6


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[schedule]\nstep = 5", "Did you mean schedule.steps"),
        ("[schedul]\nsteps = 5", "Did you mean schedule"),
        ("[schedule]\nsteps = 'many'", "must be a int"),
        ("[schedule", "not valid TOML"),
    ],
)
def test_a_wrong_recipe_says_what_is_meant(tmp_path, text, word):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=word):
        read_recipe(path)


def test_shipped_recipes_are_read():
    folder = Path(__file__).resolve().parents[3] / "resources" / "recipes"
    names = [read_recipe(path).card.name for path in sorted(folder.glob("*.toml"))]
    assert "field" in names
