"""Training against the plain loop: images read by Pillow, sixteen separate crops, view after view, float32.

python -m pytest tests/bench/test_training.py --benchmark-enable --benchmark-only       # patches per second
python -m pytest tests/bench/test_training.py -m slow -s                                # both loss curves
"""

import dataclasses
import itertools
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from core.dna.batches import Batches, drawn_ahead
from core.dna.dataset import Item, Picture
from core.dna.device import choose_device, freed_memory_kept, training_precision
from core.dna.distributed import Rank
from core.dna.encoder import Net, ProjectionHead
from core.dna.learn import Stepper, new_modules
from core.dna.losses import supervised_contrastive
from core.dna.recipe import read_recipe
from tests.conftest import picture, upsampled

RECIPE = """
[preprocess]
kind = "paper"
channels = "rgb"
[schedule]
images_per_class = 6
batch_norm = "per view"
averaging = 0.99
"""
MAKERS = (
    lambda seed: picture(seed, 128, 128),
    lambda seed: upsampled(seed, Image.Resampling.NEAREST, 128),
    lambda seed: upsampled(seed, Image.Resampling.BILINEAR, 128),
    lambda seed: upsampled(seed, Image.Resampling.BICUBIC, 128),
    lambda seed: upsampled(seed, Image.Resampling.LANCZOS, 128),
)
CLASSES = ("real", "nearest", "bilinear", "bicubic", "lanczos")


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text(RECIPE)
    return read_recipe(path)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Sixty 128 px PNG files, as in the paper's sets, and the same decoded."""
    folder, made = tmp_path_factory.mktemp("images"), []
    for name, make in zip(CLASSES, MAKERS, strict=True):
        for index in range(12):
            path = folder / f"{name}-{index}.png"
            Image.fromarray(make(100 * len(name) + index)).save(path)
            item = Item(path, name, "lab", "", "", quarters=False)
            made.append(Picture(np.asarray(Image.open(path).convert("RGB")), item))
    return made


class PlainCutter:
    """Reads, resizes and crops each image anew with Pillow, at the places our own cutter would take."""

    def __init__(self, pictures, schedule):
        self.paths, self.schedule = [picture.item.path for picture in pictures], schedule

    def __call__(self, indices, generators):
        side, crops = self.schedule.crop_px, []
        for index, rng in zip(indices, generators, strict=True):
            with Image.open(self.paths[index]) as opened:
                image = opened.convert("RGB").resize((512, 512), Image.Resampling.BICUBIC)
            for top, left in rng.integers(512 - side + 1, size=(self.schedule.crops, 2)).tolist():
                pixels = np.asarray(image.crop((left, top, left + side, top + side)))
                crops.append((torch.from_numpy(pixels.astype(np.float32) / 255) - 0.5) / 0.5)
        return torch.stack(crops)


class PlainLoop:
    """The published step, written down plainly."""

    def __init__(self, plan, pictures, device, classes=CLASSES):
        self.device, self.schedule = device, plan.schedule
        start = new_modules(plan, len(classes), device, None)
        self.net, self.projection = Net(len(classes)).to(device).train(), ProjectionHead().to(device)
        self.net.load_state_dict(start.net.state_dict())
        self.projection.load_state_dict(start.projection.state_dict())
        self.p = torch.nn.Parameter(torch.ones(2, device=device))
        parameters = [*self.net.parameters(), *self.projection.parameters()]
        self.optimiser = torch.optim.Adam([{"params": parameters}, {"params": [self.p], "lr": 0.01}], plan.schedule.lr)
        self.rates = torch.optim.lr_scheduler.StepLR(self.optimiser, plan.schedule.lr_step, plan.schedule.lr_gamma)
        self.batches = Batches(pictures, classes, plan.schedule, plan.preprocess, None)
        self.batches._cut = PlainCutter(pictures, plan.schedule)

    def step(self, number):
        batch, views = self.batches.draw(number), self.schedule.crops
        features = []
        for view in range(views):
            crops = batch.crops[view::views].permute(0, 3, 1, 2).contiguous().to(self.device)
            features.append(self.net.features(crops))
        features = torch.cat(features)
        labels = torch.cat([batch.labels[view::views] for view in range(views)]).to(self.device)
        classification = functional.cross_entropy(self.net.classification_head(features), labels)
        contrast = supervised_contrastive(self.projection(features), labels, self.schedule.temperature)
        parts = zip((classification, contrast), self.p, strict=True)
        weighted = sum(part / (2 * p**2) + torch.log(1 + p**2) for part, p in parts)
        loss = weighted if self.schedule.contrastive else classification
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.rates.step()
        return loss.item(), classification.item(), contrast.item()


class OurLoop:
    """The same with everything `core.dna.train` does."""

    def __init__(self, plan, pictures, device, steps=10_000, classes=CLASSES):
        modules = new_modules(plan, len(classes), device, None)
        self.stepper = Stepper(modules, plan, device, training_precision(device), Rank())
        source = Batches(pictures, classes, plan.schedule, plan.preprocess, None, device)
        self.batches = drawn_ahead(source, 0, steps)

    def step(self, number):
        return self.stepper.take(next(self.batches), number).tolist()


def seconds(loop, first, steps=3):
    """The fastest of some steps, by the clock."""
    taken = []
    for number in range(first, first + steps):
        began = time.perf_counter()
        loop.step(number)
        taken.append(time.perf_counter() - began)
    return min(taken)


@pytest.mark.parametrize("batch_norm", ["per view", "merged"])
def test_patches_per_second(benchmark, plan, pictures, batch_norm):
    """Blocks of three steps of each loop in turn, so that other work on the machine slows both; the best step counts.

    The reference reads, decodes and resizes in the training process, as a data loader without workers does.
    """
    if benchmark.disabled:
        pytest.skip("a measurement, run with --benchmark-enable")
    device = choose_device("auto")
    images = plan.schedule.images_per_class if device.is_cpu else 32
    schedule = dataclasses.replace(plan.schedule, batch_norm=batch_norm, images_per_class=images)
    plan = dataclasses.replace(plan, schedule=schedule)
    loops = PlainLoop(plan, pictures, device.torch_device), OurLoop(plan, pictures, device.torch_device)
    starts, theirs, mine = itertools.count(step=3), [], []

    def both():
        first = next(starts)
        theirs.append(seconds(loops[0], first))
        with freed_memory_kept(device.torch_device):
            mine.append(seconds(loops[1], first))

    benchmark.pedantic(both, rounds=2, warmup_rounds=0)
    loops[1].batches.close()
    crops = len(CLASSES) * images * schedule.crops
    benchmark.extra_info.update(
        {
            "device": device.name,
            "precision": str(training_precision(device.torch_device)),
            "crops": crops,
            "plain patches/s": round(crops / min(theirs), 1),
            "our patches/s": round(crops / min(mine), 1),
            "ratio": round(min(theirs) / min(mine), 2),
        }
    )
    sys.stdout.write(f"\n{benchmark.extra_info}\n")
    assert min(mine) < min(theirs)


@pytest.mark.slow
@pytest.mark.parametrize(("contrastive", "falling"), [(True, 1), (False, 0)])
def test_both_loss_curves_are_alike(plan, tmp_path, contrastive, falling):
    """The same start, images and crops in the same order; only rounding and what dropout drops differ.

    Bright and dark images are learned in a few steps: the contrastive loss falls to its floor, log(15) for fifteen
    positives an anchor.
    """
    schedule = dataclasses.replace(plan.schedule, images_per_class=4, crops=4, averaging=0.0, lr=1e-4)
    schedule = dataclasses.replace(schedule, contrastive=contrastive)
    plan, device, steps = dataclasses.replace(plan, schedule=schedule), torch.device("cpu"), 40
    classes, some = ("bright", "dark"), []
    for index in range(24):
        image, name = Image.fromarray(picture(index, 128, 128)), classes[index % 2]
        if name == "dark":
            image = image.point(lambda level: level // 4)
        path = tmp_path / f"{index}.png"
        image.save(path)
        some.append(Picture(np.asarray(image), Item(path, name, "lab", "", "", quarters=False)))
    plain, ours = PlainLoop(plan, some, device, classes), OurLoop(plan, some, device, steps, classes)
    rows = []
    for number in range(steps):
        rows.append([plain.step(number)[1:], ours.step(number)[1:]])
        if number % 5 == 0:
            sys.stdout.write(f"{number:3d}  {np.array2string(np.asarray(rows[-1]).ravel(), precision=4)}\n")
    theirs, mine = np.asarray(rows).swapaxes(0, 1)  # (steps, 2): classification, contrast
    if contrastive:
        assert mine[0, 1] == pytest.approx(theirs[0, 1], rel=2e-3)  # the contrast of the first step knows no dropout
    fallen = (theirs[:3].mean(0) - theirs[-10:].mean(0))[falling]
    assert fallen > 0.2
    between = np.abs(theirs - mine).reshape(-1, 10, 2).mean(1)[:, falling]  # means of ten steps
    assert (between < 0.2 * fallen).all()
