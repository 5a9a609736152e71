"""Trainings of a few steps: what they keep in the run folder, on the card, and refuse."""

import csv
import json
import shutil

import pytest
import torch
from PIL import Image

from core.dna.card import read_header
from core.dna.contamination import shared_sources
from core.dna.curves import read_curves
from core.dna.dataset import list_data
from core.dna.detector import load_detector, load_parent
from core.dna.pretext import CLASSES
from core.errors import BadInput, Cancelled, DetectorRefused
from core.progress import Progress
from core.services.training import Training
from tests.conftest import picture, write_training_folder

RECIPE = """
[card]
name = "tiny"
limits = ["A test."]
[preprocess]
kind = "native"
channels = "residual"
window_px = 32
[schedule]
steps = 4
images_per_class = 2
crops = 2
crop_px = 16
region_px = 64
averaging = 0.0
validate_every = {every}
validate_images = 1
{schedule}
[holdout]
share = 0.34
{holdout}
"""


def write_recipe(folder, schedule="", holdout="", name="recipe.toml", every=2):
    path = folder / name
    path.write_text(RECIPE.format(schedule=schedule, holdout=holdout, every=every))
    return path


@pytest.fixture(autouse=True)
def one_thread():
    """Trainings this small only lose time by waiting for a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def data(tmp_path):
    return write_training_folder(tmp_path / "data", per_class=4)


def train(recipe, data, out, **options):
    assert Training().train(recipe, data, out, device="cpu", **options).value == out
    return read_header(out).card


def test_the_run_folder_keeps_what_is_needed_to_do_it_again(tmp_path, data):
    (data / "real" / "lab" / "broken.png").write_bytes(b"no image")
    recipe, out = write_recipe(tmp_path), tmp_path / "made.safetensors"
    card = train(recipe, data, out)
    run = tmp_path / "made.run"
    assert (run / "recipe.toml").read_text() == recipe.read_text()
    with (run / "manifest.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    manifest = list_data(data)
    assert {row["path"]: row["sha256"] for row in rows} == {
        item.path.relative_to(data).as_posix(): item.sha256 for item in manifest.items
    }
    assert {row["side"] for row in rows} == {"training", "held out"}
    assert [row["path"] for row in rows if row["skipped"]] == ["real/lab/broken.png"]
    record = json.loads((run / "run.json").read_text())
    assert record["data_digest"] == manifest.digest == card["trained"]["data_digest"]
    assert record["recipe_digest"] == card["trained"]["recipe_digest"]
    assert record["seed"] == 0
    assert record["threads"] >= 1
    assert record["versions"]["torch"]
    assert record["processes"] == 1
    assert record["command"].startswith("main.py train")
    assert [why for path, why in record["skipped"].items() if path.endswith("broken.png")]
    assert record["started"] <= record["finished"]
    assert len(read_curves(run / "curves.csv")) == 4
    assert list(run.glob("events*"))
    assert {path.name for path in run.glob("*.safetensors")} == {"checkpoint.safetensors", "best.safetensors"}


def test_the_card_tells_images_sources_curves_and_figures(tmp_path, data):
    card = train(write_recipe(tmp_path), data, tmp_path / "made.safetensors")
    assert card["kind"] == "detector"
    assert [row["step"] for row in card["curves"]] == [1, 2, 3, 4]
    assert "recall" in card["curves"][1]
    assert card["trained"]["sources"] == ["bilinear/lab", "nearest/lab", "real/lab"]
    assert card["trained"]["image_digests"]["count"] == card["trained"]["images"]
    assert card["trained"]["images"] + card["trained"]["held_out_images"] == 12
    assert card["held_out"]["n"] == card["trained"]["held_out_images"]
    assert card["threshold"]["rule"]
    assert card["calibration"]["net"] > 0
    assert card["lineage"] == []
    # Later, the images trained on are found again, whatever their folder is called.
    shutil.move(data / "real" / "lab", data / "real" / "renamed")
    assert "real/renamed" in shared_sources(card["trained"], list_data(data))


def test_a_command_can_hold_out_or_leave_out_sources(tmp_path, data):
    shutil.copytree(write_training_folder(tmp_path / "more", per_class=9) / "real" / "lab", data / "real" / "other")
    for copy in list((data / "real" / "other").iterdir())[:-3]:
        copy.unlink()
    for index, path in enumerate(sorted((data / "real" / "other").iterdir())):
        Image.fromarray(picture(70_000 + index, 160, 160)).save(path)
    recipe = write_recipe(tmp_path)
    plain = train(recipe, data, tmp_path / "a.safetensors")
    held = train(recipe, data, tmp_path / "b.safetensors", held_sources=["real/other"])
    assert held["trained"]["held_out_sources"] == ["real/other"]
    assert "real/other" not in held["trained"]["sources"]
    assert "real/other" in held["held_out"]["per_source"]
    assert held["trained"]["recipe"].startswith(
        "# Held out by the command, instead of what the recipe says: real/other."
    )
    assert held["trained"]["recipe_digest"] != plain["trained"]["recipe_digest"]
    out = train(recipe, data, tmp_path / "c.safetensors", without=["real/other"])
    assert "real/other" not in [*out["trained"]["sources"], *out["held_out"]["per_source"]]
    assert out["trained"]["recipe"].startswith("# Left out by the command: real/other.")
    assert out["trained"]["data_digest"] != plain["trained"]["data_digest"]
    with pytest.raises(BadInput, match="no such source"):
        train(recipe, data, tmp_path / "d.safetensors", held_sources=["real/elsewhere"])


def test_several_folders_count_as_one(tmp_path, data):
    whole = train(write_recipe(tmp_path), data, tmp_path / "a.safetensors")
    (tmp_path / "second").mkdir()
    shutil.move(data / "real", tmp_path / "second" / "real")
    parts = train(write_recipe(tmp_path), [tmp_path / "second", data], tmp_path / "b.safetensors")
    assert parts["trained"]["data_digest"] == whole["trained"]["data_digest"]
    assert (
        load_parent(tmp_path / "a.safetensors")[1].weights_digest
        == load_parent(tmp_path / "b.safetensors")[1].weights_digest
    )


def test_a_pretext_network_is_made_refused_as_a_detector_and_used_as_a_parent(tmp_path, data):
    # Labels do not matter: one image in two classes, a class named unknown, and images too small are no obstacle.
    shutil.copy(data / "real" / "lab" / "000.png", data / "nearest" / "lab" / "again.png")
    shutil.move(data / "bilinear", data / "unknown")
    Image.fromarray(picture(1, 127, 140)).save(data / "real" / "lab" / "small.png")
    start = tmp_path / "start.safetensors"
    card = train(write_recipe(tmp_path, "task = 'pretext'", every=4), data, start)
    assert card["kind"] == "pretext"
    assert [row["name"] for row in card["classes"]] == list(CLASSES)
    assert {"recall", "merged", "macro_f1"} <= set(card["curves"][3])
    assert card["trained"]["skipped"] == 1
    assert "threshold" not in card
    with pytest.raises(DetectorRefused, match="--parent"):
        load_detector(start)
    assert Training().made(start).card["kind"] == "pretext"

    clean = write_training_folder(tmp_path / "clean", per_class=4)
    still = write_recipe(tmp_path, "lr = 1e-8", name="still.toml")
    child = train(still, clean, tmp_path / "child.safetensors", parent=start)
    header = read_header(start)
    assert child["lineage"] == [Training().made(start).reference.digest]
    assert child["trained"]["parent"]["data_digest"] == header.card["trained"]["data_digest"]
    taken = child["trained"]["taken_over"]
    assert taken["kind"] == "pretext"
    assert taken["begun_anew"] == ["classification_head.1.bias", "classification_head.1.weight"]
    assert (taken["tensors"], taken["of"]) == (56, 58)
    assert taken["same_preprocess"]
    before, after = load_parent(start)[0], load_parent(tmp_path / "child.safetensors")[0]
    for name in before.keys() - set(taken["begun_anew"]):
        if name.endswith(("weight", "bias")):
            assert torch.allclose(before[name], after[name], rtol=0, atol=1e-6), name
    (tmp_path / "child.safetensors").rename(tmp_path / "kept.safetensors")
    with pytest.raises(BadInput, match="which has to be named again"):
        train(still, clean, tmp_path / "child.safetensors", resume=True)
    with pytest.raises(BadInput, match="started with another --parent"):
        train(still, clean, tmp_path / "child.safetensors", resume=True, parent=tmp_path / "kept.safetensors")
    (tmp_path / "kept.safetensors").rename(tmp_path / "child.safetensors")
    # The next generation knows them all, and what they were trained on.
    grandchild = train(still, clean, tmp_path / "next.safetensors", parent=tmp_path / "child.safetensors")
    assert grandchild["lineage"] == [
        Training().made(tmp_path / "child.safetensors").reference.digest,
        *child["lineage"],
    ]
    assert grandchild["trained"]["taken_over"]["begun_anew"] == []
    assert shared_sources(grandchild["trained"], list_data(data, labelled=False))


def test_a_run_goes_on_only_with_the_same_recipe_data_and_parent(tmp_path, data, tiny_detector):
    out, recipe = tmp_path / "made.safetensors", write_recipe(tmp_path)
    stop = Progress(lambda tick: stop.cancel() if tick.unit == "steps" and tick.done == 2 else None)
    with pytest.raises(Cancelled, match=r"The run in .*made\.run is kept; add --resume to go on"):
        train(recipe, data, out, progress=stop)
    assert not out.exists()
    with pytest.raises(BadInput, match="earlier run"):
        train(recipe, data, out)
    with pytest.raises(BadInput, match="started with no --parent"):
        train(recipe, data, out, resume=True, parent=tiny_detector)
    with pytest.raises(BadInput, match="another recipe"):
        train(write_recipe(tmp_path, "lr = 0.5", name="other.toml"), data, out, resume=True)
    with pytest.raises(BadInput, match="another recipe"):
        train(recipe, data, out, resume=True, held_sources=[])
    Image.fromarray(picture(5)).save(data / "real" / "lab" / "new.png")
    with pytest.raises(BadInput, match="another data set"):
        train(recipe, data, out, resume=True)
    (data / "real" / "lab" / "new.png").unlink()
    train(recipe, data, out, resume=True)
    record = json.loads((tmp_path / "made.run" / "run.json").read_text())
    assert len(record["went_on"]) == 1
    assert record["finished"]
    whole = train(recipe, data, tmp_path / "whole.safetensors")
    assert whole["trained"]["steps"] == 4
    assert read_header(out).weights_digest == read_header(tmp_path / "whole.safetensors").weights_digest
    out.unlink()
    (tmp_path / "made.run" / "run.json").write_text("{")
    with pytest.raises(BadInput, match="Delete the folder"):
        train(recipe, data, out, resume=True)


def test_a_file_that_stands_in_the_way_is_refused_before_any_work(tmp_path, data):
    recipe, nowhere = write_recipe(tmp_path), tmp_path / "nowhere"
    for name in ("made", "made.pt", "made.run"):
        with pytest.raises(BadInput, match=r"made.* must end in \.safetensors"):
            train(recipe, nowhere, tmp_path / name)
    out = tmp_path / "made.safetensors"
    out.write_bytes(b"kept")
    with pytest.raises(BadInput, match=r"made\.safetensors exists\. Give another --out, or move it away"):
        train(recipe, nowhere, out)
    assert out.read_bytes() == b"kept"
    out.unlink()
    train(recipe, data, out)
    with pytest.raises(BadInput, match=r"run in .*made\.run is finished: raise schedule\.steps"):
        train(recipe, nowhere, out, resume=True)
    recipe.write_text(recipe.read_text().replace("steps = 4", "steps = 5"))
    assert train(recipe, data, out, resume=True)["trained"]["steps"] == 5


def test_a_run_cancelled_while_its_detector_is_calibrated_goes_on(tmp_path, data):
    out, recipe = tmp_path / "made.safetensors", write_recipe(tmp_path)
    stop = Progress(lambda tick: stop.cancel() if out.exists() else None)
    with pytest.raises(Cancelled, match="add --resume"):
        train(recipe, data, out, progress=stop)
    assert out.exists()
    assert train(recipe, data, out, resume=True)["held_out"]


def broken(data):
    for path in (data / "real" / "lab").iterdir():
        path.write_bytes(b"no image " + path.name.encode())


def alone(data):
    shutil.rmtree(data / "real")
    shutil.rmtree(data / "nearest")


def unknown(data):
    shutil.move(data / "real", data / "unknown")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (broken, r"'real' has no readable training image \(4 files were left out, for instance .*png"),
        (alone, "images of 1 class; a detector needs two"),
        (unknown, "cannot be trained on"),
    ],
)
def test_data_that_cannot_be_trained_on_is_refused_before_a_run_begins(tmp_path, data, spoil, words):
    spoil(data)
    with pytest.raises(BadInput, match=words):
        train(write_recipe(tmp_path), data, tmp_path / "made.safetensors")
    assert not (tmp_path / "made.run").exists()


def test_a_pretext_recipe_holds_out_no_sources_and_needs_images_large_enough(tmp_path):
    recipe = write_recipe(tmp_path, "task = 'pretext'", "sources = ['real/lab']")
    data = write_training_folder(tmp_path / "data", per_class=2)
    with pytest.raises(BadInput, match="not sources"):
        train(recipe, data, tmp_path / "made.safetensors")
    for path in data.glob("*/*/*"):
        with Image.open(path) as image:
            image.resize((100, 100)).save(path)
    with pytest.raises(BadInput, match=r"No training image can be used .*smaller than 128 px"):
        train(write_recipe(tmp_path, "task = 'pretext'"), data, tmp_path / "made.safetensors")
