"""The recipes that ship, against the numbers of the paper."""

import tomllib
from pathlib import Path

import pytest
import torch

from core.dna.batches import Batches, images_of
from core.dna.dataset import Item, Picture
from core.dna.pretext import PretextBatches
from core.dna.recipe import read_recipe
from tests.conftest import picture

FOLDER = Path(__file__).resolve().parents[3] / "resources" / "recipes"
# DNA-Det, table of configurations: learning rate, step, images of a class in a batch, steps, classes.
PAPER = {
    "celeba": (1e-4, 500, 32, 15_000, 5),
    "lsun": (1e-3, 2500, 32, 15_000, 5),
    "wild": (1e-3, 2500, 16, 30_000, 11),
}


def shipped(name):
    return read_recipe(FOLDER / f"{name}.toml")


def test_every_recipe_that_ships_can_be_read_and_says_what_it_is():
    recipes = {path.stem: read_recipe(path) for path in sorted(FOLDER.glob("*.toml"))}
    wanted = {f"paper-{name}{base}" for name in PAPER for base in ("", "-base")}
    assert wanted | {"pretext", "pretext-native", "quick", "field"} <= set(recipes)
    assert {"extend-quick", "extend-standard", "extend-paper"} <= set(recipes)
    for name, recipe in recipes.items():
        if name.startswith("extend-"):  # what is made is named by the analyst, or after its parent
            continue
        assert recipe.card.name == name
        assert recipe.card.title
        assert recipe.card.summary
        assert recipe.card.limits
    assert len({recipe.digest for recipe in recipes.values()}) == len(recipes)


@pytest.mark.parametrize("name", PAPER)
@pytest.mark.parametrize("base", ["", "-base"])
def test_the_paper_s_recipes_have_the_paper_s_numbers(name, base):
    recipe = shipped(f"paper-{name}{base}")
    schedule, preprocess = recipe.schedule, recipe.preprocess
    lr, step, batch, steps, classes = PAPER[name]
    assert (schedule.lr, schedule.lr_step, schedule.lr_gamma) == (lr, step, 0.9)
    assert (schedule.images_per_class, schedule.steps, schedule.seed) == (batch, steps, 0)
    assert schedule.real_weight == 1
    assert (preprocess.kind, preprocess.channels) == ("paper", "rgb")
    assert (preprocess.first_px, preprocess.side_px) == (128, 512)
    assert recipe.augment is None
    assert not recipe.compatibility.double_softmax
    assert len(recipe.classes) == classes
    assert "real" in recipe.classes
    # What PCL is: sixteen crops and the contrastive loss, or one crop that is the whole image.
    assert (schedule.contrastive, schedule.crops, schedule.crop_px) == ((False, 1, 512) if base else (True, 16, 64))
    assert schedule.temperature == 0.07


def test_the_learning_rate_ends_where_the_paper_s_schedule_ends():
    # Worked out from the published schedule: CelebA 4.7e-6 in epoch 30 (times 0.9 an epoch of 500 steps); LSUN 5.3e-4
    # and in the wild 2.8e-4 after the last step.
    celeba, lsun, wild = (shipped(f"paper-{name}").schedule for name in PAPER)
    assert celeba.lr * celeba.lr_gamma ** ((celeba.steps - 1) // celeba.lr_step) == pytest.approx(4.7e-6, rel=0.01)
    assert lsun.lr * lsun.lr_gamma ** (lsun.steps // lsun.lr_step) == pytest.approx(5.3e-4, rel=0.01)
    assert wild.lr * wild.lr_gamma ** (wild.steps // wild.lr_step) == pytest.approx(2.8e-4, rel=0.01)


def test_the_pretext_recipe_has_the_paper_s_numbers():
    schedule, preprocess = shipped("pretext").schedule, shipped("pretext").preprocess
    assert schedule.task == "pretext"
    assert (schedule.images_per_class, schedule.crops, schedule.crop_px) == (128, 16, 64)
    assert (schedule.lr, schedule.lr_step, schedule.lr_gamma, schedule.seed) == (1e-4, 500, 0.9, 0)
    assert (preprocess.kind, preprocess.first_px, preprocess.side_px) == ("paper", 128, 512)


@pytest.mark.parametrize(
    ("pretext", "detector"), [("pretext", "paper-celeba"), ("pretext-native", "field"), ("pretext-native", "quick")]
)
def test_a_pretext_network_sees_what_the_detector_will_see(pretext, detector):
    first, second = shipped(pretext).preprocess, shipped(detector).preprocess
    assert (first.kind, first.channels, first.magnify) == (second.kind, second.channels, second.magnify)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_gives_batches_as_it_says(path):
    recipe = read_recipe(path)
    names = list(recipe.classes) or ["real", "generated"]
    pictures = [
        Picture(picture(index, 200, 200), Item(Path(f"{index}.png"), name, "lab", "0" * 64, str(index), quarters=False))
        for index, name in enumerate(names)
    ]
    cpu = torch.device("cpu")
    if recipe.schedule.task == "pretext":
        batches = PretextBatches(pictures, recipe, cpu)
        assert batches.images == recipe.schedule.images_per_class
    else:
        batches = Batches(pictures, names, recipe.schedule, recipe.preprocess, recipe.augment, cpu)
        assert batches.images == sum(images_of(name, recipe.schedule) for name in names)
    batch = batches.draw(0, range(2))
    side = recipe.schedule.crop_px
    assert batch.crops.shape == (2 * recipe.schedule.crops, side, side, 3)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_recipe_begins_by_saying_what_it_is_for(path):
    text = path.read_text()
    assert text.startswith("# ")
    assert tomllib.loads(text)["card"]["version"]
