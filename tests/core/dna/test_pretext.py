import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from core.dna.batches import drawn_ahead
from core.dna.dataset import Item, Picture
from core.dna.preprocess import Preprocess, to_channels
from core.dna.pretext import CLASSES, PretextBatches, PretextExaminer, crop_side, pretext_figures, whole_input
from core.dna.recipe import Compatibility, read_recipe
from core.dna.transforms import MERGED, TABLE, apply
from core.errors import BadInput
from tests.conftest import picture

CPU = torch.device("cpu")
PAPER = Preprocess(kind="paper", channels="rgb", first_px=128, side_px=256)
NATIVE = Preprocess(kind="native", channels="residual", window_px=128, magnify=1)


@pytest.fixture(scope="module")
def pictures():
    return [
        Picture(
            picture(index, 160, 140), Item(Path(f"{index}.png"), "real", "ab"[index % 2], "0" * 64, str(index), False)
        )
        for index in range(4)
    ]


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(
        "[schedule]\ntask = 'pretext'\nimages_per_class = 6\ncrops = 3\ncrop_px = 32\nvalidate_images = 1\nseed = 5\n"
    )
    return dataclasses.replace(read_recipe(path), preprocess=PAPER)


def with_preprocess(recipe, preprocess):
    return dataclasses.replace(recipe, preprocess=preprocess)


@pytest.mark.parametrize("preprocess", [PAPER, NATIVE], ids=["paper", "native"])
def test_a_batch_follows_from_the_step_and_can_be_drawn_in_parts(pictures, recipe, preprocess):
    batches = PretextBatches(pictures, with_preprocess(recipe, preprocess), CPU)
    assert batches.classes == CLASSES
    assert len(CLASSES) == 170
    batch, again, other = batches.draw(0), batches.draw(0), batches.draw(1)
    assert batch.crops.shape == (18, 32, 32, 3)
    assert batch.crops.dtype == torch.float32
    assert (batch.views, batches.images) == (3, 6)
    assert torch.equal(batch.labels.view(6, 3), batch.labels[::3, None].expand(6, 3))
    assert torch.equal(batch.crops, again.crops)
    assert not torch.equal(batch.crops, other.crops)
    part = batches.draw(0, range(2, 5))
    assert torch.equal(part.crops, batch.crops[6:15])
    assert torch.equal(part.labels, batch.labels[6:15])
    assert torch.equal(part.groups, batch.groups[6:15])
    ahead = list(drawn_ahead(batches, 0, 3))
    assert torch.equal(ahead[1].crops, other.crops)


def is_found_in(crop, whole, allowed):
    """Whether a crop lies somewhere in the whole input, up to an allowed difference."""
    side = crop.shape[0]
    corner = np.abs(whole[: 1 - side or None, : 1 - side or None] - crop[0, 0]).max(2) <= allowed
    return any(
        np.abs(whole[top : top + side, left : left + side] - crop).max() <= allowed for top, left in np.argwhere(corner)
    )


@pytest.mark.parametrize("preprocess", [PAPER, NATIVE], ids=["paper", "native"])
def test_crops_are_cut_from_the_transformed_image_as_the_preprocessing_shows_it(pictures, recipe, preprocess):
    square = [Picture(one.pixels[:128, :128], one.item) for one in pictures[:1]]  # nothing to choose from: one crop
    recipe = with_preprocess(recipe, preprocess)
    batches = PretextBatches(square, recipe, CPU)
    deterministic = 0
    for step in range(3):
        batch = batches.draw(step)
        for place in range(0, len(batch.labels), batch.views):
            row = TABLE[int(batch.labels[place])]
            if row.family == "noise":
                continue
            deterministic += 1
            transformed = apply(square[0].pixels, row, np.random.default_rng(0))
            if preprocess.kind == "paper":
                large = Image.fromarray(transformed).resize((256, 256), Image.Resampling.BICUBIC)
                whole, allowed = to_channels(np.asarray(large), "rgb"), 1.01 / 127.5  # one level
            else:
                whole, allowed = to_channels(transformed, "residual"), 1e-5
            assert is_found_in(batch.crops[place].numpy(), whole, allowed), row.name
    assert deterministic >= 10


def test_every_transformation_is_drawn_about_equally_often(pictures, recipe):
    small = dataclasses.replace(recipe.schedule, images_per_class=170 * 8, crops=1, crop_px=8)
    labels = PretextBatches(pictures, dataclasses.replace(recipe, schedule=small), CPU).draw(0).labels.numpy()
    counts = np.bincount(labels, minlength=170)
    # χ² of 169 degrees of freedom: mean 169, standard deviation 18.4.
    assert ((counts - 8) ** 2 / 8).sum() < 169 + 4 * 18.4


def test_the_compatibility_switch_reaches_the_jpegs(pictures, recipe):
    as_bgr = dataclasses.replace(recipe, compatibility=Compatibility(jpeg_as_bgr=True))
    plain, exchanged = (PretextBatches(pictures, one, CPU).draw(0) for one in (recipe, as_bgr))
    jpeg = torch.tensor([TABLE[int(label)].family.endswith("JPEG") for label in plain.labels])
    changed = (plain.crops != exchanged.crops).flatten(1).any(1)
    assert jpeg.any()
    assert torch.equal(changed, jpeg)


def test_crops_that_do_not_fit_are_refused(pictures, recipe):
    with pytest.raises(BadInput, match="multiple of preprocess"):
        PretextBatches(pictures, with_preprocess(recipe, dataclasses.replace(NATIVE, magnify=5)), CPU)
    assert crop_side(PAPER) == crop_side(NATIVE) == 128


class Says(nn.Module):
    """Answers with given classes, whatever it is shown."""

    def __init__(self, classes):
        super().__init__()
        self.classes, self.shown = classes, []

    def forward(self, x):
        start = sum(len(one) for one in self.shown)
        self.shown.append(x)
        return nn.functional.one_hot(torch.as_tensor(self.classes[start : start + len(x)]), 170).float()


@pytest.mark.parametrize("preprocess", [PAPER, NATIVE], ids=["paper", "native"])
def test_the_examiner_always_shows_the_same_and_counts_right(pictures, recipe, preprocess):
    recipe = with_preprocess(recipe, preprocess)
    first, second = PretextExaminer(pictures, recipe, CPU), PretextExaminer(pictures, recipe, CPU)
    assert np.array_equal(first.squares, second.squares)
    assert np.bincount(first.truths).tolist() == [1] * 170
    net = Says(first.truths)
    assert first(net) == {"recall": 1.0, "merged": 1.0, "macro_f1": 1.0}
    shown = torch.cat(net.shown).permute(0, 2, 3, 1).numpy()
    assert shown.shape[0] == 170
    assert np.array_equal(shown[7], whole_input(first.squares[7], preprocess))
    # 26, 34 and 39 look like 2, 10 and 15: wrong among 170, right among the merged classes.
    assert first(Says(np.asarray(MERGED)))["recall"] == pytest.approx(167 / 170)
    assert first(Says(np.asarray(MERGED)))["merged"] == 1.0
    assert first(Says(np.zeros(170, int))) == pytest.approx(
        {"recall": 1 / 170, "merged": 1 / 170, "macro_f1": 2 / 171 / 170}
    )


def test_figures_agree_with_counting_one_by_one():
    rng = np.random.default_rng(3)
    truths = np.repeat(np.arange(170), 3)
    predicted = np.where(rng.random(510) < 0.6, truths, rng.integers(0, 170, 510))
    f1 = []
    for name in range(170):
        hit = sum(t == p == name for t, p in zip(truths, predicted, strict=True))
        precision, recall = hit / max(1, (predicted == name).sum()), hit / 3
        f1.append(2 * precision * recall / (precision + recall) if hit else 0.0)
    out = pretext_figures(truths, predicted)
    assert out["recall"] == pytest.approx(np.mean([t == p for t, p in zip(truths, predicted, strict=True)]))
    assert out["macro_f1"] == pytest.approx(np.mean(f1))
    assert out["merged"] >= out["recall"]
