import dataclasses
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from core.dna import run_folder
from core.dna.dataset import list_data
from core.dna.detector import write_detector
from core.dna.encoder import Net
from core.dna.evaluate import Judged
from core.dna.recipe import read_recipe
from core.domain import Verdict
from core.errors import BadInput, Cancelled
from core.progress import Progress
from core.services.cross_validation import CrossValidation, _text_with_steps
from core.services.fold_figures import Fold, by_architecture, by_source, from_plain, to_plain
from core.services.training import Training
from core.services.training_data import read_training_data
from tests.conftest import picture, plain_card, upsampled

RECIPE = """
[card]
name = "tiny"
[preprocess]
kind = "paper"
channels = "rgb"
first_px = 64
side_px = 64
[schedule]
steps = 9
images_per_class = 2
crops = 2
crop_px = 32
averaging = 0.0
validate_every = 3
validate_images = 2
[holdout]
sources = ["real/a"]
share = 0.3
"""
MAKERS = {
    "real": lambda seed: picture(seed, 128, 128),
    "nearest": lambda seed: upsampled(seed, Image.Resampling.NEAREST, 128),
    "bilinear": lambda seed: upsampled(seed, Image.Resampling.BILINEAR, 128),
}


@pytest.fixture
def data(tmp_path):
    """Two sources of real and nearest, one of bilinear; a picture stands in both sources of nearest."""
    folder = tmp_path / "data"
    for name, sources in (("real", "ab"), ("nearest", "ab"), ("bilinear", "a")):
        for source in sources:
            place = folder / name / source
            place.mkdir(parents=True)
            for index in range(4):
                Image.fromarray(MAKERS[name](len(name) * 1000 + ord(source) * 10 + index)).save(place / f"{index}.png")
    shutil.copy(folder / "nearest" / "a" / "0.png", folder / "nearest" / "b" / "copy.png")
    return folder


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    return path


class Watched(Training):
    """Training that notes what it was asked."""

    def __init__(self):
        self.calls = []

    def train(self, recipe, data, out, **options):
        self.calls.append((read_recipe(recipe).schedule.steps, out, options))
        return super().train(recipe, data, out, **options)


class Quick(Watched):
    """All of a training but learning: the split, its records, and a network that knows nothing."""

    def train(self, recipe, data, out, *, held_sources, without, progress, **options):
        plan = read_recipe(recipe)
        self.calls.append((plan.schedule.steps, out, {"held_sources": held_sources, "without": without, **options}))
        plan = dataclasses.replace(plan, holdout=dataclasses.replace(plan.holdout, sources=tuple(held_sources)))
        images = read_training_data(plan, data, Progress(), without)
        out.with_suffix(".run").mkdir(exist_ok=True, parents=True)
        progress.start("Training", plan.schedule.steps, "steps")
        facts = {"data_digest": "", "parent": None, "held_out_sources": [], "device": "", "processes": 1, "command": ""}
        run_folder.begin(out.with_suffix(".run"), plan, facts, images.sides(), images.skipped)
        names = [{"name": name} for name in images.classes]
        write_detector(out, Net(len(names)), plain_card(classes=names, preprocess=plan.preprocess.to_card()))


def test_every_source_of_a_class_with_two_is_left_out_and_tested_on(data, recipe, tmp_path):
    training = Quick()
    table = CrossValidation(training).leave_sources_out(recipe, data, tmp_path / "out", steps=2, device="cpu")
    assert [row["held"] for row in table["rows"]] == ["real/a", "real/b", "nearest/a", "nearest/b"]
    assert [call[2]["without"] for call in training.calls] == [(row["held"],) for row in table["rows"]]
    # A source that the recipe holds out is no source to choose by in the folds of its class.
    assert [call[2]["held_sources"] for call in training.calls] == [[], [], ["real/a"], ["real/a"]]
    assert {call[0] for call in training.calls} == {2}
    assert [row["n"] for row in table["rows"]] == [4, 4, 3, 4]  # the copy was trained on, from either side
    assert table["copies"] == 2
    assert [row["false_accusation"] is None for row in table["rows"]] == [False, False, True, True]
    assert {name: row["sources"] for name, row in table["classes"].items()} == {"real": 2, "nearest": 2, "bilinear": 1}
    assert table["classes"]["bilinear"]["false_alarms"]["n"] == 15
    assert table["accuracy_by_source"] == pytest.approx(np.mean([row["correct"] / row["n"] for row in table["rows"]]))
    assert table["steps"] == 2
    kept = sorted(path.name for path in (tmp_path / "out" / "sources").iterdir())
    assert len(kept) == 6
    assert {"recipe.toml", "series.json"} < set(kept)

    again = CrossValidation(Refuses()).leave_sources_out(recipe, data, tmp_path / "out", steps=2, device="cpu")
    assert json.dumps(again) == json.dumps(table)
    with pytest.raises(BadInput, match="folds of another number of training steps"):
        CrossValidation(Refuses()).leave_sources_out(recipe, data, tmp_path / "out", steps=3)


class Refuses(Training):
    """No fold may be trained."""

    def train(self, *arguments, **options):
        raise AssertionError(arguments)


def test_a_cancelled_series_goes_on_with_the_fold_it_was_in(data, recipe, tmp_path):
    out, training = tmp_path / "out", Quick()
    stop = Progress(lambda tick: stop.cancel() if len(training.calls) == 2 and tick.unit == "steps" else None)
    with pytest.raises(Cancelled, match="give the same command to go on"):
        CrossValidation(training).leave_sources_out(recipe, data, out, steps=2, device="cpu", progress=stop)
    assert len(list((out / "sources").glob("real*.json"))) == 1
    again = Quick()
    CrossValidation(again).leave_sources_out(recipe, data, out, steps=2, device="cpu")
    assert [call[2]["without"] for call in again.calls] == [("real/b",), ("nearest/a",), ("nearest/b",)]
    assert [call[2]["resume"] for call in again.calls] == [True, False, False]


def test_an_architecture_left_out_is_unknown_to_its_fold(data, recipe, tmp_path):
    training = Quick()
    table = CrossValidation(training).leave_architectures_out(recipe, data, tmp_path / "out", steps=2, device="cpu")
    assert [row["held"] for row in table["rows"]] == ["bilinear", "nearest"]
    assert [call[2]["without"] for call in training.calls] == [("bilinear/a",), ("nearest/a", "nearest/b")]
    assert [row["n"] for row in table["rows"]] == [4, 9]
    assert all(row["known"] >= 5 for row in table["rows"])  # real/a is held out whole, and shares of the others
    assert all(0 <= row["auroc"] <= 1 and 0 <= row["oscr"] <= row["accuracy"] for row in table["rows"])
    assert table["auroc"] == pytest.approx(np.mean([row["auroc"] for row in table["rows"]]))
    stored = json.loads(next((tmp_path / "out" / "architectures").glob("nearest*.json")).read_text())
    assert "nearest" not in stored["classes"]


def test_data_that_cannot_be_left_out_of_is_refused(data, recipe, tmp_path):
    series = CrossValidation(Refuses())
    with pytest.raises(BadInput, match="cannot have 0 steps"):
        series.leave_sources_out(recipe, data, tmp_path / "out", steps=0)
    shutil.rmtree(data / "bilinear")
    with pytest.raises(BadInput, match="three or more"):
        series.leave_architectures_out(recipe, data, tmp_path / "out")
    for name in ("real", "nearest"):
        shutil.rmtree(data / name / "b")
    with pytest.raises(BadInput, match="two or more sources"):
        series.leave_sources_out(recipe, data, tmp_path / "out")
    (data / "nearest").rename(data / "unknown")
    with pytest.raises(BadInput, match="'unknown'"):
        series.leave_sources_out(recipe, data, tmp_path / "out")


def test_several_processes_are_refused(data, recipe, tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(BadInput, match="in one process"):
        CrossValidation(Refuses()).leave_sources_out(recipe, data, tmp_path / "out")


def test_the_fold_at_work_is_told(data, recipe, tmp_path):
    told = []
    progress = Progress(lambda tick: told.append(tick.text))
    CrossValidation(Quick()).leave_architectures_out(
        recipe, data, tmp_path / "out", steps=1, device="cpu", progress=progress
    )
    assert told[0] == "Hashing images"
    trained = [text for text in told if text.endswith("Training")]
    assert trained == ["Fold 1 of 2, without bilinear: Training", "Fold 2 of 2, without nearest: Training"]


def test_a_parent_that_saw_what_is_left_out_is_refused(data, recipe, tmp_path):
    parent = tmp_path / "parent.safetensors"
    write_detector(parent, Net(3), plain_card(trained={"sources": ["real/b"]}))
    with pytest.raises(BadInput, match="was trained on real/b"):
        CrossValidation(Quick()).leave_sources_out(recipe, data, tmp_path / "out", steps=1, parent=parent, device="cpu")


def test_a_damaged_fold_is_said_to_be_damaged(data, recipe, tmp_path):
    table = CrossValidation(Quick()).leave_architectures_out(recipe, data, tmp_path / "out", steps=1, device="cpu")
    assert table["rows"]
    fold = next((tmp_path / "out" / "architectures").glob("nearest*.json"))
    fold.write_text(fold.read_text()[:-40])
    with pytest.raises(BadInput, match="Delete it"):
        CrossValidation(Refuses()).leave_architectures_out(recipe, data, tmp_path / "out", steps=1)


@pytest.mark.parametrize(
    "text",
    [
        "[schedule]\nsteps = 5\nlr = 1e-3\n[augment]\nflip = 0.5\n",
        "[schedule]  # how\nlr = 1e-3\n\n[augment]\nflip = 0.5\n",
        "[augment]\nflip = 0.5\n",
        "[schedule]\nlr = 1e-3\nsteps   =   7 # many\n",
    ],
)
def test_only_the_number_of_steps_changes_in_a_recipe(tmp_path, text):
    before, after = tmp_path / "before.toml", tmp_path / "after.toml"
    before.write_text(text)
    after.write_text(_text_with_steps(text, 123))
    one, two = read_recipe(before), read_recipe(after)
    assert two.schedule == dataclasses.replace(one.schedule, steps=123)
    assert (two.augment, two.preprocess, two.holdout, two.classes) == (
        one.augment, one.preprocess, one.holdout, one.classes,
    )  # fmt: skip


def said(truth, source, scores, verdict=Verdict.ATTRIBUTED, **more):
    return Judged(truth, f"{truth}/{source}", verdict, np.array(scores), **more)


def test_figures_of_folds_by_hand(data):
    classes = ("real", "bilinear", "nearest")
    no = Verdict.INCONCLUSIVE
    folds = [
        Fold("real/a", classes, (said("real", "a", [0.2, 0.7, 0.1]), said("real", "a", [0.6, 0.2, 0.2])), (), 0),
        Fold("real/b", classes, (said("real", "b", [0.2, 0.7, 0.1], no),), (), 0),
        Fold("nearest/a", classes, (said("nearest", "a", [0.1, 0.6, 0.3]), said("nearest", "a", [])), (), 1),
        Fold("nearest/b", classes, (said("nearest", "b", [0.1, 0.1, 0.8]),), ("x: broken",), 0),
    ]
    folds[2] = dataclasses.replace(
        folds[2], judged=(folds[2].judged[0], dataclasses.replace(folds[2].judged[1], verdict=Verdict.OUT_OF_SCOPE))
    )
    table = by_source(folds, list_data(data))
    assert [(row["correct"], row["n"]) for row in table["rows"]] == [(1, 2), (0, 1), (0, 2), (1, 1)]
    assert table["accuracy_by_source"] == pytest.approx(0.375)
    assert table["accuracy_by_class"] == pytest.approx((0.25 + 0.5) / 2)
    alarms = table["classes"]["bilinear"]["false_alarms"]
    assert (alarms["n"], alarms["count"], alarms["top_class"]) == (6, 2, 3)
    assert (table["false_accusation"]["n"], table["false_accusation"]["count"]) == (3, 1)
    assert (table["copies"], table["skipped"]) == (1, 1)


def test_open_set_figures_of_a_fold_by_hand():
    known = (said("real", "a", [0.9, 0.1]), said("real", "a", [0.7, 0.3]), said("gan", "a", [0.6, 0.4]))
    unknown = (said("unknown", "x", [0.2, 0.8], Verdict.INCONCLUSIVE), said("unknown", "x", [0.5, 0.5]))
    table = by_architecture([Fold("other", ("real", "gan"), (*known, *unknown), (), 0)])
    row = table["rows"][0]
    assert row["auroc"] == pytest.approx(4 / 6)  # of six pairs 0.7 and 0.8, 0.6 and 0.8 are the wrong way round
    assert (row["n"], row["known"], row["attributed"]["count"]) == (2, 3, 1)


def test_a_fold_survives_being_kept():
    ratios = np.array([1.5, np.nan])
    fold = Fold(
        "real/a", ("real", "gan"), (said("real", "a", [0.25, 0.75], unfamiliarity=2.5, log_ratios=ratios),), ("y",), 3
    )
    again = from_plain(json.loads(json.dumps(to_plain(fold), allow_nan=False)))
    assert (again.held, again.classes, again.skipped, again.copies) == ("real/a", ("real", "gan"), ("y",), 3)
    one = again.judged[0]
    assert (one.truth, one.source, one.verdict, one.unfamiliarity) == ("real", "real/a", Verdict.ATTRIBUTED, 2.5)
    assert one.scores.tolist() == [0.25, 0.75]
    assert one.log_ratios[0] == 1.5
    assert np.isnan(one.log_ratios[1])
