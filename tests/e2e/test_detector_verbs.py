"""Story: an examiner gets a detector, finds out how far to trust it, and compares it with another, by verbs only."""

import json
import os
import shlex

import numpy as np
import pytest
from PIL import Image

from tests.conftest import CLASSES, picture, plain_card, upsampled, write_training_folder
from tests.e2e.verbs import run, run_json

RECIPE = """
[card]
name = "small"
[preprocess]
kind = "paper"
channels = "rgb"
first_px = 64
side_px = 64
[schedule]
steps = 4
images_per_class = 2
crops = 2
crop_px = 32
averaging = 0.0
validate_every = 2
validate_images = 2
[holdout]
share = 0.34
"""
SMALL_PAPER = {"kind": "paper", "channels": "rgb", "first_px": 64, "side_px": 64}
BITES = {"trained": {"date": "2026-11-21", "sources": ["real/lab"], "held_out_sources": ["nearest/lab"], "steps": 4}}


def write(path, seed=1, lean=0.0, **card):
    """A small detector file with random weights, leaning towards its first class."""
    import torch

    from core.dna.detector import write_detector
    from core.dna.encoder import Net

    torch.manual_seed(seed)
    names = card.get("classes", [{"name": name} for name in CLASSES])
    net = Net(len(names))
    net.classification_head[1].bias.data[0] += lean
    write_detector(path, net, plain_card(preprocess=SMALL_PAPER, **card))
    return path


def sentence(*arguments):
    """The one line that a failing verb says."""
    lines = run(*arguments, "--quiet", expect=3)[1].strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three classes of one source, and something unknown."""
    folder = write_training_folder(tmp_path_factory.mktemp("sets") / "bench", per_class=2)
    (folder / "unknown" / "else").mkdir(parents=True)
    Image.fromarray(picture(77, 160, 160)).save(folder / "unknown" / "else" / "1.png")
    return folder


def test_two_detectors_on_the_same_images(tmp_path, data):
    a, b = write(tmp_path / "a.safetensors", 1), write(tmp_path / "b.safetensors", 2, threshold={"value": 0.2})
    out = tmp_path / "found.json"
    text, _ = run("detectors", "compare", a, b, "--data", data, "--device", "cpu", "--json", out)
    found = json.loads(out.read_text())
    assert set(found) == {"a", "b", "paired", "sources", "differing", "data_digest", "skipped"}
    assert found["a"]["detector"]["digest"] != found["b"]["detector"]["digest"]
    paired = found["paired"]
    assert paired["both"] + paired["only_a"] + paired["only_b"] + paired["neither"] == 6
    assert sum(row["a"] for row in found["sources"]) == paired["both"] + paired["only_a"]
    assert paired["both"] + paired["only_b"] == round(found["b"]["accuracy"] * found["b"]["n"])
    assert set(found["sources"][0]) == {"source", "n", "a", "b", "mcnemar_p"}
    assert found["differing"]  # one of them is always sure, the other is not
    first = found["differing"][0]
    assert set(first) == {"path", "truth", "a", "b"}
    assert (data / first["path"]).is_file()
    assert first["b"]["verdict"] == "attributed"
    assert "McNemar's exact test" in text
    assert "Verdicts differ on" in text


def test_what_training_has_seen_is_no_test(tmp_path, data):
    seen = write(tmp_path / "seen.safetensors", **BITES)
    said = sentence("detectors", "evaluate", seen, "--data", data)
    assert "trained or calibrated on nearest/lab, real/lab" in said
    assert "--allow-trained" in said
    fresh = write(tmp_path / "fresh.safetensors")
    assert "real/lab" in sentence("detectors", "compare", fresh, seen, "--data", data)

    arguments = (
        "detectors",
        "evaluate",
        seen,
        "--data",
        data,
        "--allow-trained",
        "--record",
        "bench",
        "--device",
        "cpu",
    )
    text, _ = run(*arguments)
    assert text.startswith("NOT A FAIR TEST: training has seen nearest/lab, real/lab")
    measured = run_json("detectors", "show", seen)["card"]["measured"][0]
    assert measured["on_training_sources"] == ["nearest/lab", "real/lab"]
    assert measured["set"] == "bench"
    assert str(tmp_path) not in json.dumps(measured)
    words = shlex.split(measured["command"])
    assert words == ["main.py", "detectors", "evaluate", "seen.safetensors", "--data", "bench", "--record", "bench",
                     "--allow-trained"]  # fmt: skip
    shown, _ = run("detectors", "show", seen)
    assert "NOT A FAIR TEST" in shown
    assert f"Again with: {measured['command']}" in shown


def test_published_weights_are_converted_listed_and_calibrated(tmp_path, own_user_folder):
    import torch

    from core.dna.encoder import Net

    torch.manual_seed(5)
    torch.save({"state_dict": Net(3).state_dict()}, tmp_path / "paper.pth")
    made = run_json(
        "detectors", "import-reference", tmp_path / "paper.pth", "--classes", ",".join(CLASSES), "--resize", "64",
        "--first", "64",
    )  # fmt: skip
    assert made["reference"]["name"] == "paper"
    listed = run_json("detectors", "list")
    assert [row["reference"]["name"] for row in listed if row["path"] == made["path"]] == ["paper"]
    shown, _ = run("detectors", "show", "paper")
    assert "Threshold: none, so every answer is inconclusive" in shown
    assert "the card does not say what it was trained on" in shown

    held = write_training_folder(tmp_path / "held", per_class=4)
    text, _ = run("detectors", "calibrate", "paper", "--data", held, "--device", "cpu")
    assert "Calibrated paper on 12 images" in text
    card = run_json("detectors", "show", "paper")["card"]
    assert card["calibration"]["net"] > 0
    assert card["calibrated_on"]["sources"] == ["bilinear/lab", "nearest/lab", "real/lab"]
    assert card["calibrated_on"]["command"] == "main.py detectors calibrate paper --data held"
    assert "trained or calibrated on" in sentence("detectors", "evaluate", "paper", "--data", held)
    assert "Calibrated 20" in run("detectors", "show", "paper")[0]


class Runs:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def test_a_pickle_that_runs_code_is_refused_with_a_sentence(tmp_path, own_user_folder):
    import torch

    torch.save(Runs(tmp_path / "marker"), tmp_path / "evil.pth")
    said = sentence("detectors", "import-reference", tmp_path / "evil.pth", "--classes", "real,a")
    assert "asks for program code to be run" in said
    assert not (tmp_path / "marker").exists()
    assert not (own_user_folder / "detectors").exists() or not list((own_user_folder / "detectors").iterdir())


def test_a_source_left_out_stands_on_the_card(tmp_path):
    recipe, folder = tmp_path / "recipe.toml", tmp_path / "lots"
    recipe.write_text(RECIPE)
    for name, sources in (("real", ("one", "two")), ("nearest", ("one",)), ("bilinear", ("one",))):
        for source in sources:
            (folder / name / source).mkdir(parents=True)
            for index in range(5):
                seed = len(name) * 100 + len(source) * 1000 + ord(source[0]) * 10 + index
                how = getattr(Image.Resampling, name.upper(), None)
                pixels = picture(seed, 128, 128) if how is None else upsampled(seed, how, 128)
                Image.fromarray(pixels).save(folder / name / source / f"{index}.png")
    detector = write(tmp_path / "mine.safetensors")
    series = ("detectors", "leave-one-out", recipe, "--data", folder, "--out", tmp_path / "folds", "--steps", "2")
    table = run_json(*series, "--device", "cpu", "--record", detector)
    assert [row["held"] for row in table["rows"]] == ["real/one", "real/two"]
    assert all(row["n"] == 5 for row in table["rows"])
    card = run_json("detectors", "show", detector)["card"]
    assert card["cross_validated"]["rows"] == table["rows"]
    assert card["cross_validated"]["own_recipe"] is False
    again = "main.py detectors leave-one-out recipe.toml --data lots --out folds --steps 2"
    assert card["cross_validated"]["command"] == again
    shown, _ = run("detectors", "show", detector)
    assert "Each source in turn kept out of training" in shown
    assert "with another recipe or length for 2 steps" in shown
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / "folds" / "sources").glob("real*.json")}
    assert len(finished) == 2
    text, _ = run(*series)  # nothing is trained again
    assert "real/two" in text
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert "another number of training steps" in sentence(*series[:-1], "3")


def test_a_source_is_held_out_by_the_command(tmp_path):
    recipe, first, second = tmp_path / "recipe.toml", tmp_path / "first", tmp_path / "second"
    recipe.write_text(RECIPE)
    write_training_folder(first, per_class=6)
    (second / "real" / "away").mkdir(parents=True)
    for index in range(5):
        Image.fromarray(picture(500 + index, 160, 160)).save(second / "real" / "away" / f"{index}.png")
    card = run_json(
        "train", recipe, "--data", first, "--data", second, "--held", "real/away", "--out",
        tmp_path / "d.safetensors", "--device", "cpu",
    )["card"]  # fmt: skip
    assert card["trained"]["held_out_sources"] == ["real/away"]
    assert "real/away" not in card["trained"]["sources"]
    assert "real/lab" in card["trained"]["sources"]
    assert "real/nowhere" in sentence(
        "train", recipe, "--data", first, "--held", "real/nowhere", "--out", tmp_path / "e.safetensors"
    )


def test_a_pretext_network_is_no_detector(tmp_path, data, own_user_folder):
    import torch

    from core.dna.detector import write_detector
    from core.dna.encoder import Net

    torch.manual_seed(2)
    names = [{"name": f"jpeg {index}"} for index in range(170)]
    path = own_user_folder / "detectors" / "pretext.safetensors"
    write_detector(path, Net(170), plain_card(kind="pretext", classes=names, name="pretext"))
    for verb in (("show", path), ("install", path), ("evaluate", path, "--data", data)):
        said = sentence("detectors", *verb)
        assert "pretext network" in said
        assert "--parent" in said
    assert [bool(row["problem"]) for row in run_json("detectors", "list") if row["path"] == str(path)] == [True]


def test_a_likelihood_ratio_is_told_with_its_bounds(tmp_path, own_user_folder):
    draws = [[1.0, 0.0, 20.0, 0.1]] * 20
    ratio = {
        "slope": 1.0, "intercept": 0.0, "ceiling": 20.0, "floor": 0.1, "own_images": 30, "own_sources": 3,
        "other_images": 90, "other_sources": 9, "bootstrap": draws,
    }  # fmt: skip
    part = {"against": "another process of the test", "set": "a set", "classes": dict.fromkeys(CLASSES, ratio)}
    part["classes"] = {**part["classes"], "nearest": {"why_not": "Too few sources."}}
    calibration = {"net": 1.0, "rule": "", "set": "a set", "n": 90}
    path = write(
        tmp_path / "told.safetensors", lean=2.0, name="told", schema=2, likelihood_ratio=part, calibration=calibration
    )
    run("detectors", "install", path)
    shown, _ = run("detectors", "show", "told")
    assert "between 0.1 and 20; validated on 30 images of 3 sources of it and 90 images of 9 sources of others" in shown
    assert "nearest: none. Too few sources." in shown
    case, image = tmp_path / "one.dnacase", tmp_path / "a.png"
    Image.fromarray(picture(3, 200, 200)).save(image)
    run("case", "new", case, "--title", "One")
    row = run_json("analyze", case, image, "--detector", "told", "--device", "cpu")[0]
    assert row["architecture"] == "real"
    assert set(row["likelihood_ratio"]) >= {"value", "low", "high", "ceiling", "against"}
    assert 0.1 <= row["likelihood_ratio"]["low"] <= row["likelihood_ratio"]["value"] <= 20.0
    assert row["likelihood_ratio"]["against"] == "another process of the test"
    assert ", at most 20)" in run("analyze", case, "--detector", "told", "--device", "cpu")[0]


def test_a_strange_card_is_shown_without_falling_over(tmp_path):
    path = write(
        tmp_path / "odd.safetensors",
        measured=[{"set": "x\x1b[31m", "accuracy": "high", "per_source": {"a": 3}, "conclusive": {"n": "many"}}, 7],
        cross_validated={"rows": [{"held": 3}], "classes": {"a": {}}},
        trained={"sources": "no list", "parent": {"parent": []}},
        likelihood_ratio={"classes": {"real": {}}},
        open_set=None,
        limits="none",
        scope={"smallest_side": 64, "seen": 4},
    )
    shown, _ = run("detectors", "show", path)
    assert "\x1b" not in shown
    assert "Measured on x" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("compare", "nosuch", "nosuch", "--data", "."), "no detector 'nosuch'"),
        (("calibrate", "nosuch", "--data", "."), "no detector 'nosuch'"),
        (("calibrate", "field", "--data", "nowhere"), "field ships with the program and stays as it is"),
        (("evaluate", "field", "--data", "nowhere", "--record", "x"), "ships with the program"),
        (("leave-one-out", "nowhere.toml", "--data", ".", "--out", "folds", "--record", "field"), "ships with"),
        (("import-reference", "nowhere.pth", "--classes", "real,a"), "does not exist"),
        (("import-reference", "nowhere.pth", "--classes", "real"), "two or more"),
        (("leave-one-out", "nowhere.toml", "--data", ".", "--out", "folds"), "nowhere.toml cannot be read"),
        (("leave-one-out", "nowhere.toml", "--data", ".", "--out", "folds", "--record", "nosuch"), "no detector"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(arguments, words, own_user_folder):
    assert words in sentence("detectors", *arguments)


def test_data_that_does_not_fit_is_said_in_a_sentence(tmp_path, data):
    detector = write(tmp_path / "a.safetensors")
    two = write(tmp_path / "two.safetensors", classes=[{"name": "real"}, {"name": "nearest"}], name="two")
    assert "cannot name: bilinear" in sentence("detectors", "compare", detector, two, "--data", data)
    assert "does not exist" in sentence("detectors", "compare", detector, detector, "--data", tmp_path / "nowhere")
    lone = tmp_path / "lone"
    (lone / "real" / "x").mkdir(parents=True)
    Image.fromarray(np.asarray(picture(1, 160, 160))).save(lone / "real" / "x" / "1.png")
    assert "two or more classes" in sentence("detectors", "calibrate", detector, "--data", lone, "--device", "cpu")
    before = detector.read_bytes()
    assert detector.read_bytes() == before
    assert list(tmp_path.glob(".calibrating*")) == []
    run("detectors", "compare", detector, expect=2)
    run("detectors", "leave-one-out", "x.toml", "--data", data, expect=2)
