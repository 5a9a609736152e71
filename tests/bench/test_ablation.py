"""What pretext (PT) and contrastive learning (PCL) bring on the field set, every way with the same compute.

Run by command: python -m pytest -m slow tests/bench/test_ablation.py -s. A step is as dear in every way: 27 images of
128 px, whole or as four crops of 64 px. The ways with PT spend half of their steps on the pretext task.
"""

from __future__ import annotations

import os
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
kind = "native"
channels = "residual"
window_px = 128
[schedule]
task = "{task}"
steps = {steps}
images_per_class = {images}
crops = {crops}
crop_px = {crop}
contrastive = {contrastive}
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


def recipe(folder: Path, *, contrastive: bool, steps: int, task: str = "attribution", images: int = IMAGES):
    crops, crop = (4, 64) if contrastive else (1, 128)
    path = folder / f"{task}-{contrastive}-{steps}.toml"
    path.write_text(
        TEXT.format(
            task=task,
            steps=steps,
            images=images,
            crops=crops,
            crop=crop,
            contrastive=str(contrastive).lower(),
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


@pytest.mark.slow
@pytest.mark.shared_data
def test_what_pretext_and_contrastive_learning_bring(shared_data, tmp_path):
    manifest = list_data(shared_data / "field")
    training, held = (
        load_pictures(items, lambda path, why: pytest.fail(f"{path}: {why}"), lambda: None)
        for items in split(manifest, HELD, 0.15)
    )
    nothing = lambda net: {"recall": 0.0}  # noqa: E731 - the last weights are taken, none are chosen
    photographs = [picture for picture in training if picture.item.architecture == "real"]
    photographs = [picture for picture in photographs if min(picture.pixels.shape[:2]) >= 128]
    rows = []
    for contrastive in (False, True):
        pretext = recipe(tmp_path, contrastive=contrastive, steps=STEPS // 2, task="pretext", images=9 * IMAGES)
        learned = train(
            pretext,
            TRANSFORMATIONS,
            Material(photographs, [], manifest.digest),
            tmp_path / f"pretext-{contrastive}.run",
            CPU,
            resume=False,
            batches=PretextBatches(photographs, pretext, CPU),
            examiner=nothing,
            progress=Progress(),
        ).net
        for parent, steps in ((None, STEPS), (learned, STEPS // 2)):
            plan = recipe(tmp_path, contrastive=contrastive, steps=steps)
            made = train(
                plan,
                manifest.classes,
                Material(training, held, manifest.digest),
                tmp_path / f"{contrastive}-{steps}.run",
                CPU,
                resume=False,
                parent=parent,
                examiner=nothing,
                progress=Progress(),
            )
            name = "Base" + ("+PT" if parent else "") + ("+PCL" if contrastive else "")
            right = answers(made.net, held, manifest.classes, plan)
            fresh = [f"{p.item.architecture}/{p.item.source}" in HELD for p in held]
            row = [name]
            for other in (False, True):
                mine = [hit for hit, new in zip(right, fresh, strict=True) if new is other]
                low, high = wilson(sum(mine), len(mine))
                row.append(f"{sum(mine)} of {len(mine)}, {sum(mine) / len(mine):.1%} ({low:.1%} to {high:.1%})")
            rows.append(row)
            print("\n" + " | ".join(row), flush=True)  # noqa: T201 - the result of the study
    assert len(rows) == 4
