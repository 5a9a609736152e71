import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from core.dna.augment import Augment, augmented
from core.dna.batches import Batch
from core.dna.checkpoint import read_checkpoint, write_checkpoint
from core.dna.dataset import list_data, load_pictures, split
from core.dna.recipe import read_named_recipe, read_recipe
from core.dna.train import Material, train
from core.errors import BadInput, Cancelled, CoreError, DiskFull
from core.progress import Progress
from tests.conftest import write_training_folder
from tests.core.dna.small_net import SmallNet

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


@pytest.fixture(autouse=True)
def small_net(monkeypatch):
    monkeypatch.setattr("core.dna.learn.Net", SmallNet)
    monkeypatch.setattr("core.dna.train.Net", SmallNet)


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
    assert resumed.remarks == ()
    for name, tensor in weights(whole.net).items():
        assert torch.equal(tensor, weights(resumed.net)[name]), name
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


def test_what_happened_after_the_last_checkpoint_is_done_again(setting, tmp_path):
    recipe, classes, material = setting
    whole = train(recipe, classes, material, tmp_path / "a", CPU, resume=False, progress=Progress())
    stop = Progress(lambda tick: stop.cancel() if tick.done == 2 else None)
    with pytest.raises(Cancelled):
        train(recipe, classes, material, tmp_path / "b", CPU, resume=False, progress=stop)
    # A run that was killed: it had validated at step 3 and written curves, but no newer checkpoint.
    old = (tmp_path / "b" / "checkpoint.safetensors").read_bytes()
    stop = Progress(lambda tick: stop.cancel() if tick.done == 5 else None)
    with pytest.raises(Cancelled):
        train(recipe, classes, material, tmp_path / "b", CPU, resume=True, progress=stop)
    (tmp_path / "b" / "checkpoint.safetensors").write_bytes(old)
    resumed = train(recipe, classes, material, tmp_path / "b", CPU, resume=True, progress=Progress())
    assert all(torch.equal(t, weights(resumed.net)[name]) for name, t in weights(whole.net).items())
    assert (tmp_path / "a" / "curves.csv").read_text() == (tmp_path / "b" / "curves.csv").read_text()


def test_a_checkpoint_does_not_grow_with_the_run(setting, tmp_path):
    recipe, classes, material = setting
    train(recipe, classes, material, tmp_path / "a", CPU, resume=False, progress=Progress())
    _, numbers = read_checkpoint(tmp_path / "a" / "checkpoint.safetensors")
    assert set(numbers) == {"step", "best", "seconds", "parts", "machine", "recipe", "data", "classes"}


def test_other_conditions_are_named_when_a_run_goes_on(setting, tmp_path):
    recipe, classes, material = setting
    shorter = dataclasses.replace(recipe, schedule=dataclasses.replace(recipe.schedule, steps=2))
    first = train(shorter, classes, material, tmp_path / "a", CPU, resume=False, progress=Progress())
    checkpoint = tmp_path / "a" / "checkpoint.safetensors"
    tensors, numbers = read_checkpoint(checkpoint)
    numbers["machine"] = {**numbers["machine"], "torch": "1.9", "threads": 64}
    write_checkpoint(checkpoint, tensors, numbers)
    longer = dataclasses.replace(recipe, schedule=dataclasses.replace(recipe.schedule, steps=3))
    outcome = train(longer, classes, material, tmp_path / "a", CPU, resume=True, progress=Progress())
    assert first.remarks == ()
    assert outcome.steps == 3
    (remark,) = outcome.remarks
    assert "from step 2, but not bit for bit" in remark
    assert f"threads 64 → {torch.get_num_threads()}" in remark
    assert f"torch 1.9 → {torch.__version__}" in remark
    assert "numpy" not in remark


def failing_at(monkeypatch, step):
    calls = iter(range(1, 1000))

    def contrast(projected, *_, **__):
        return projected.sum() * (float("nan") if next(calls) >= step else 0.0)

    monkeypatch.setattr("core.dna.learn.supervised_contrastive", contrast)


def test_a_loss_that_becomes_nan_stops_and_keeps_the_last_good_checkpoint(setting, tmp_path, monkeypatch):
    recipe, classes, material = setting
    monkeypatch.setattr("core.dna.train._CHECKPOINT_SECONDS", 0.0)
    failing_at(monkeypatch, 3)
    with pytest.raises(CoreError, match="contrast loss became nan at step 3") as caught:
        train(recipe, classes, material, tmp_path / "a", CPU, resume=False, progress=Progress())
    checkpoint = tmp_path / "a" / "checkpoint.safetensors"
    assert str(checkpoint) in str(caught.value)
    tensors, numbers = read_checkpoint(checkpoint)
    assert numbers["step"] == 2
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


def test_losses_that_are_looked_at_later_still_never_reach_a_checkpoint(setting, tmp_path, monkeypatch):
    recipe, classes, material = setting
    # As on a GPU: the losses of steps 2 and 3 are first looked at when something is to be written.
    monkeypatch.setattr("core.dna.train._Run._looks", lambda self: False)
    failing_at(monkeypatch, 2)
    with pytest.raises(CoreError, match="contrast loss became nan at step 2"):
        train(recipe, classes, material, tmp_path / "a", CPU, resume=False, progress=Progress())
    assert not (tmp_path / "a" / "best.safetensors").exists()
    assert not (tmp_path / "a" / "checkpoint.safetensors").exists()


def test_weights_that_are_not_finite_are_not_saved(setting, tmp_path, monkeypatch):
    recipe, classes, material = setting
    step = dataclasses.replace(recipe.schedule, steps=1, contrastive=False, lr=float("inf"))
    with pytest.raises(CoreError, match=r"no longer finite|became nan"):
        train(
            dataclasses.replace(recipe, schedule=step), classes, material, tmp_path / "a", CPU, resume=False,
            examiner=lambda net: {"recall": 0.5}, progress=Progress(),
        )  # fmt: skip
    assert not (tmp_path / "a" / "checkpoint.safetensors").exists()


def test_a_full_disk_leaves_the_last_good_checkpoint(setting, tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")
    recipe, classes, material = setting
    run = tmp_path / "a"
    stop = Progress(lambda tick: stop.cancel() if tick.done == 1 else None)
    with pytest.raises(Cancelled):
        train(recipe, classes, material, run, CPU, resume=False, progress=stop)
    good = (run / "checkpoint.safetensors").read_bytes()
    monkeypatch.setattr("core.dna.train._CHECKPOINT_SECONDS", 0.0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))  # the system refuses what is larger
    try:
        with pytest.raises(DiskFull, match="no space left while writing the checkpoint"):
            train(recipe, classes, material, run, CPU, resume=True, progress=Progress())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (run / "checkpoint.safetensors").read_bytes() == good
    assert not list(run.glob("*.tmp"))
    assert train(recipe, classes, material, run, CPU, resume=True, progress=Progress()).steps == 6


class Noise:
    """Batches of another kind: noise of two strengths."""

    classes, images = ("faint", "strong"), 4

    def draw(self, step, slots=None):
        chosen = torch.tensor(list(slots or range(4))).repeat_interleave(2)
        generator = torch.Generator().manual_seed(step)
        crops = torch.randn(len(chosen), 32, 32, 3, generator=generator) * (1 + 3 * (chosen % 2))[:, None, None, None]
        return Batch(crops, chosen % 2, chosen, 2)


def test_other_batches_and_another_examiner(setting, tmp_path):
    recipe, _, _ = setting
    seen = []

    def examine(net):
        assert not net.training
        assert not torch.is_grad_enabled()
        seen.append(net)
        return {"recall": 1 / len(seen), "merged": 0.75}

    outcome = train(
        recipe, Noise.classes, Material((), (), "digest"), tmp_path / "a", CPU, resume=False,
        batches=Noise(), examiner=examine, progress=Progress(),
    )  # fmt: skip
    assert outcome.best == 1.0  # the first was better than the second
    assert outcome.patches == 6 * 4 * 2
    _, numbers = read_checkpoint(tmp_path / "a" / "best.safetensors")
    assert numbers == {"step": 3, "recall": 1.0, "merged": 0.75}
    rows = list(csv.DictReader((tmp_path / "a" / "curves.csv").read_text().splitlines()))
    assert [row["merged"] for row in rows] == ["", "", "0.75", "", "", "0.75"]


def test_a_parent_gives_the_start(setting, tmp_path):
    recipe, classes, material = setting
    one_still_step = dataclasses.replace(recipe.schedule, steps=1, validate_every=1, lr=0.0)
    still = dataclasses.replace(recipe, schedule=one_still_step)
    parent = SmallNet(len(classes))
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
        ("[schedule]\nsteps = 'many'", "must be a whole number, not 'many'"),
        ("[schedule", "not valid TOML"),
        ("[schedule]\nbatch_norm = 'each'", "must be one of merged, per view, not 'each'"),
        ("[schedule]\ncrops = 0", "schedule.crops must be from 1 to"),
        ("[schedule]\nlr = nan", "schedule.lr must be from"),
        ("[schedule]\naveraging = 1", "schedule.averaging must be from 0.0 to"),
        ("[schedule]\nlr = 'high'", "must be a number, not 'high'"),
        ("[schedule]\ncontrastive = 1", "must be true or false, not 1"),
        ("[card]\nlimits = 'none'", "must be a list, not 'none'"),
        ("[card]\nname = 5", "must be a text, not 5"),
        ("[card]\nname = '../x'", "card.name must be without slashes"),
        ('[card]\nname = "a\\nb"', "card.name must be without slashes and control"),
        ("card = 'x'", r"card must be a section \[card\]"),
        ("[schedule]\ncrop_px = 2048", "schedule.crop_px must be from 16 to 1024"),
        ("[schedule]\nregion_px = 32", "schedule.region_px must be 64 or more for crops of 64 px, not 32"),
        ("[preprocess]\nwindow_px = 8", "preprocess.window_px must be from 32 to 512"),
        ("[preprocess]\nmagnify = 9", "preprocess.magnify must be from 1 to 8"),
        ("[preprocess]\nside_px = 4096", "preprocess.side_px must be from 32 to 1024"),
        ("[preprocess]\nfirst_px = 1", "preprocess.first_px must be from 32 to 1024"),
        ("[preprocess]\nkind = 'other'", "preprocess.kind must be one of native, paper"),
        ("[preprocess]\nchannels = 'grey'", "preprocess.channels must be one of rgb, residual"),
        ("[augment]\ntone = 1.5", "augment.tone must be from 0.0 to 1.0"),
        ("[augment]\nflip = -1", "augment.flip must be from 0.0 to 1.0"),
        (
            "[schedule]\nimages_per_class = 64\ncrop_px = 512\nregion_px = 512",
            "a batch of 128 images would take 6.0 GiB",
        ),
    ],
)
def test_a_wrong_recipe_says_what_is_meant(tmp_path, text, word):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=word):
        read_recipe(path)


def test_a_recipe_is_utf_8_text_and_names_its_detector(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_bytes("[card]\ntitle = 'Détecteur'".encode("latin-1"))
    with pytest.raises(BadInput, match=r"recipe\.toml is not UTF-8 text"):
        read_recipe(path)
    for text in ("", "[card]\ntitle = 'x'", "[card]\nname = ' '"):
        path.write_text(text)
        with pytest.raises(BadInput, match="names no detector"):
            read_named_recipe(path)
    path.write_text("[card]\nname = 'x'\n[preprocess]\nmagnify = 4\n[schedule]\nregion_px = 16")
    assert read_named_recipe(path).schedule.region_px == 16


def test_shipped_recipes_are_read():
    folder = Path(__file__).resolve().parents[3] / "resources" / "recipes"
    names = [read_recipe(path).card.name for path in sorted(folder.glob("*.toml"))]
    assert "field" in names
