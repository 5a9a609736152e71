"""What pretext (PT), contrastive learning (PCL) and other levers bring on the field set, all with the same compute.

Run by command: python -m pytest -m slow tests/bench/test_ablation.py -s; with -k "Base+PCL" only some of them. A step
is as dear in every way: 27 images of 128 px, whole or as four crops of 64 px. The ways with PT spend half of their
steps on the pretext task.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from core.dna.dataset import list_data, load_pictures, split
from core.dna.evaluate import wilson
from core.dna.preprocess import prepare
from core.dna.pretext import CLASSES as TRANSFORMATIONS
from core.dna.pretext import PretextBatches
from core.dna.recipe import read_recipe
from core.dna.train import Material, train
from core.progress import Progress

STEPS = int(os.environ.get("ABLATION_STEPS", "240"))
IMAGES = 3
HELD = ("real/ciplab-real", "stable-diffusion-1/sd14-blonde_woman")
CPU = torch.device("cpu")
TEXT = """
[preprocess]
kind = "{way.kind}"
channels = "{way.channels}"
window_px = 128
magnify = {way.magnify}
[schedule]
task = "{task}"
steps = {steps}
images_per_class = {images}
crops = {crops}
crop_px = {crop}
contrastive = {contrastive}
batch_norm = "{way.batch_norm}"
positives = "{way.positives}"
lr = 1e-3
lr_step = {lr_step}
lr_gamma = 0.7
averaging = 0.98
validate_every = 100000
validate_images = 1
seed = 3
[augment]
resize = 0.25
jpeg = 0.45
[holdout]
sources = ["real/ciplab-real", "stable-diffusion-1/sd14-blonde_woman"]
"""


@dataclass(frozen=True)
class Way:
    """One way of training: the recipe's choices that differ from Base."""

    name: str
    contrastive: bool = True
    pretext: bool = False
    batch_norm: str = "merged"
    positives: str = "class"
    kind: str = "native"
    channels: str = "residual"
    magnify: int = 1


WAYS = (
    Way("Base", contrastive=False),
    Way("Base+PT", contrastive=False, pretext=True),
    Way("Base+PCL"),
    Way("Base+PT+PCL", pretext=True),
    Way("Base+PCL, batch norm per view", batch_norm="per view"),
    Way("Base+PCL, positives of other sources", positives="other source"),
    Way("Base+PCL, RGB", channels="rgb"),
    Way("Base+PCL, windows ×2", magnify=2),
    Way("Base+PCL, windows ×4", magnify=4),
    Way("Base+PCL, the paper's 128 to 512 px, RGB", kind="paper", channels="rgb"),
)


def recipe(folder: Path, way: Way, *, steps: int, task: str = "attribution", images: int = IMAGES):
    crops, crop = (4, 64) if way.contrastive else (1, 128)
    path = folder / f"{task}.toml"
    path.write_text(
        TEXT.format(
            way=way,
            task=task,
            steps=steps,
            images=images,
            crops=crops,
            crop=crop,
            contrastive=str(way.contrastive).lower(),
            lr_step=max(1, steps // 6),
        )
    )
    return read_recipe(path)


def answers(net, pictures, classes, plan):
    """Whether the top class of the mean score over the windows is right, image by image."""
    net.eval()
    right = []
    for picture in pictures:
        windows = torch.from_numpy(prepare(picture.pixels, plan.preprocess).whole).permute(0, 3, 1, 2)
        with torch.inference_mode():
            top = int(net(windows).softmax(1).mean(0).argmax())
        right.append(classes[top] == picture.item.architecture)
    return right


@pytest.fixture
def pictures(shared_data):
    manifest = list_data(shared_data / "field")
    training, held = (
        load_pictures(items, lambda path, why: pytest.fail(f"{path}: {why}"), lambda: None)
        for items in split(manifest, HELD, 0.15)
    )
    return manifest, training, held


def trained(way, manifest, training, held, folder, steps=STEPS):
    """A network trained in one way, and its recipe; the last weights are taken, none are chosen."""
    nothing = lambda net: {"recall": 0.0}  # noqa: E731 - see above
    learned = None
    if way.pretext:
        photographs = [picture for picture in training if picture.item.architecture == "real"]
        photographs = [picture for picture in photographs if min(picture.pixels.shape[:2]) >= 128]
        plan = recipe(folder, way, steps=steps // 2, task="pretext", images=9 * IMAGES)
        learned = train(
            plan,
            TRANSFORMATIONS,
            Material(photographs, [], manifest.digest),
            folder / "pretext.run",
            CPU,
            resume=False,
            batches=PretextBatches(photographs, plan, CPU),
            examiner=nothing,
            progress=Progress(),
        ).net
    plan = recipe(folder, way, steps=steps // 2 if way.pretext else steps)
    made = train(
        plan,
        manifest.classes,
        Material(training, held, manifest.digest),
        folder / "attribution.run",
        CPU,
        resume=False,
        parent=learned,
        examiner=nothing,
        progress=Progress(),
    )
    return made.net, plan


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_what_a_way_of_training_brings(way, pictures, tmp_path):
    manifest, training, held = pictures
    net, plan = trained(way, manifest, training, held, tmp_path)
    right = answers(net, held, manifest.classes, plan)
    assert len(right) == len(held)
    fresh = [f"{p.item.architecture}/{p.item.source}" in HELD for p in held]
    row = [way.name]
    for other in (False, True):
        mine = [hit for hit, new in zip(right, fresh, strict=True) if new is other]
        low, high = wilson(sum(mine), len(mine))
        row.append(f"{sum(mine)} of {len(mine)}, {sum(mine) / len(mine):.1%} ({low:.1%} to {high:.1%})")
    print("\n" + " | ".join(row), flush=True)  # noqa: T201 - the result of the study
