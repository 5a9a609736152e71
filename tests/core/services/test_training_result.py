import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.dna.card import read_header, reference_of
from core.dna.dataset import list_data
from core.dna.detector import load_detector, write_detector
from core.dna.encoder import Net
from core.dna.rehearsal import Rehearsal, rehearsal_path, write_rehearsal
from core.errors import BadInput, Cancelled, NotFound
from core.progress import Progress
from core.retraining import Draft, Side, Split, TrainingImage
from core.services.processes import Processes
from core.services.training import record
from core.services.training_gate import gate
from core.services.training_result import DETECTOR, RESULT, TrainingResults
from core.services.training_split import freeze
from core.services.workspace import Workspace
from tests.conftest import CLASSES, picture, plain_card, write_training_folder

FRESH = (*CLASSES, "fresh")
SMALL_PAPER = {"kind": "paper", "channels": "rgb", "first_px": 64, "side_px": 64}  # quick to read


def write(path, classes, encoder=None, seed=5, **card):
    """A detector of some classes, with the encoder of another or with random weights."""
    torch.manual_seed(seed)
    net = Net(len(classes))
    if encoder is not None:
        net.main.load_state_dict(load_detector(encoder).net.main.state_dict())
    names = [{"name": name} for name in classes]
    said = {"name": path.stem, "threshold": {"value": 0.0}, "classes": names, "preprocess": SMALL_PAPER}
    write_detector(path, net, plain_card(**{**said, **card}))
    return path


class Folders:
    """Where drafts keep their files."""

    def __init__(self, place):
        self.place = place

    def folder(self, draft_id):
        return self.place / draft_id


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A parent, images that were split, a folder of test images, and a draft whose detector is made."""
    root = tmp_path_factory.mktemp("results")
    write(root / "parent.safetensors", CLASSES, seed=3)
    write_training_folder(root / "tests", per_class=2)
    for name, count in (("fresh/new", 4), ("unknown/other", 2)):
        (root / name).mkdir(parents=True)
        for number in range(count):
            seed = len(name) * 50 + number
            Image.fromarray(picture(seed, 128, 128)).save(root / name / f"{number}.png")
    shutil.copytree(root / "unknown", root / "tests" / "unknown")
    folder = root / "drafts" / "one"
    folder.mkdir(parents=True)
    write(folder / DETECTOR, FRESH, encoder=root / "parent.safetensors", calibration={"net": 1.0})
    return root


def reference(path):
    return reference_of(path, read_header(path))


@pytest.fixture(scope="module")
def draft(place):
    """Two images of the new class to learn from, two to test on."""
    items = list_data([place / "only"] if (place / "only").exists() else _only(place)).items
    sides = (Side.TRAINING, Side.HELD_OUT, Side.TEST, Side.TEST)
    images = tuple(
        TrainingImage(item.path, "fresh", "new", item.sha256, 1, side=side)
        for item, side in zip(items, sides, strict=True)
    )
    parent = place / "parent.safetensors"
    made = Draft(
        "one", datetime.now(UTC), parent=reference(parent), parent_path=parent, test_data=place / "tests", device="cpu"
    )
    return freeze(made, Split(images, (), "0" * 64), place / "drafts" / "one")


def _only(place):
    (place / "only").mkdir()
    shutil.move(place / "fresh", place / "only" / "fresh")
    return [place / "only"]


@pytest.fixture(scope="module")
def results(place):
    """The service, with an analysis process that all tests share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DNADET_HOME", str(place / "home"))
        workspace = Workspace()
        processes = Processes(workspace.settings)
        yield TrainingResults(processes, workspace.detectors, Folders(place / "drafts"))
        processes.close()
        workspace.close()


@pytest.fixture
def briefly(monkeypatch):
    """Draws and processes one image only."""
    monkeypatch.setattr("core.services.training_mistakes.MOST", 1)
    monkeypatch.setattr("core.services.training_robustness.MOST", 1)


@pytest.fixture(scope="module")
def measured(results, draft):
    return results.measure(draft)


def test_both_detectors_are_measured_on_images_that_neither_learned_from(measured, draft, place):
    told = measured["set"]
    assert (told["n"], told["images"], told["from_features"]) == (10, 10, 0)
    assert "2 images of the split's test side; 8 images in the folder" in told["words"]
    assert (measured["new"]["n"], measured["parent"]["n"]) == (8, 6)
    assert (measured["new"]["unknown"]["n"], measured["parent"]["unknown"]["n"]) == (2, 4)
    assert [(row["name"], row["added"], row["new"]["n"]) for row in measured["classes"]] == [
        ("real", False, 2), ("nearest", False, 2), ("bilinear", False, 2), ("fresh", True, 2),
    ]  # fmt: skip
    assert measured["detector"]["digest"] == reference(place / "drafts" / "one" / DETECTOR).digest
    assert measured["against"]["digest"] == draft.parent.digest
    assert measured["same_encoder"] is True
    assert measured["skipped"] == []


def test_the_same_images_are_judged_as_evaluating_judges_them(measured, results, place):
    alone, _ = results._detectors.evaluate(str(place / "parent.safetensors"), place / "tests", device="cpu")
    assert measured["parent"]["accuracy"] == pytest.approx(alone["accuracy"])
    assert measured["parent"]["confusion"] == alone["confusion"]
    assert measured["alike"]["parent"]["ece"] == pytest.approx(alone["ece"], abs=1e-4)


def test_everything_is_plain_json_and_read_again(measured, results, draft, place):
    path = place / "drafts" / "one" / RESULT
    assert json.loads(path.read_text()) == measured
    stop = Progress()
    stop.cancel()
    assert results.measure(draft, stop) == measured  # nothing is computed, so nothing is cancelled


def test_processing_and_the_map_cover_the_images_at_hand(measured):
    steps = measured["robustness"]["steps"]
    assert measured["robustness"]["n"] == 8
    assert [row["name"] for row in steps][:3] == ["untouched", "JPEG quality 85", "JPEG quality 60"]
    assert all(row["new"]["n"] == 8 and row["parent"]["n"] == 6 for row in steps)
    right = sum(row["new"]["correct"] for row in measured["classes"])
    assert steps[0]["new"]["correct"] == right
    assert (len(measured["map"]["before"]), len(measured["map"]["after"])) == (10, 10)
    assert {row["label"] for row in measured["map"]["after"]} == {*FRESH, "unknown"}


def test_mistakes_are_shown_with_what_drew_the_detector_there(measured, place):
    wrong = measured["wrong"]
    right = sum(row["new"]["correct"] for row in measured["classes"])
    named = sum(row["said"] != "" and row["truth"] == "unknown" for row in wrong)
    assert len(wrong) == measured["wrong_in_all"] == 8 - right + named
    assert wrong
    for row in wrong:
        assert row["said"] in FRESH
        assert row["said"] != row["truth"]
        with Image.open(row["picture"]) as drawn, Image.open(row["path"]) as image:
            assert drawn.size == image.size
            assert np.abs(np.asarray(drawn, int) - np.asarray(image, int)).max() > 20
        assert Path(row["picture"]).parent == place / "drafts" / "one" / "wrong"


def test_what_the_images_cannot_tell_is_said(measured):
    said = "\n".join(measured["unknowable"])
    assert "All images of 'fresh' come from one source" in said  # the split said so
    assert "2 real photographs cannot rule out" in said
    assert "no image of an unknown architecture" not in said


def test_the_gate_finds_too_few_images(measured, place):
    card = read_header(place / "drafts" / "one" / DETECTOR).card
    answer = gate(measured, card)
    assert not answer.passed
    assert [line.met for line in answer.lines][:4] == [True, None, True, None]
    assert answer.set == measured["set"]["words"]


def changed(place, draft, name, **changes):
    """The draft under another id, with a folder of its own."""
    from dataclasses import replace

    shutil.copytree(place / "drafts" / "one", place / "drafts" / name, ignore=shutil.ignore_patterns(RESULT, "wrong"))
    return replace(draft, id=name, **changes)


def test_a_card_that_says_more_is_no_other_detector(measured, results, draft, place):
    other = changed(place, draft, "recorded")
    shutil.copyfile(place / "drafts" / "one" / RESULT, place / "drafts" / "recorded" / RESULT)
    record(place / "drafts" / "recorded" / DETECTOR, "a set", {"n": 1}, "again")
    assert results.measure(other) == measured
    calibrated = write(place / "drafts" / "recorded" / DETECTOR, FRESH, encoder=place / "parent.safetensors", seed=9)
    stop = Progress()
    stop.cancel()
    assert calibrated.is_file()
    with pytest.raises(Cancelled):
        results.measure(other, stop)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"asked": {}}', "[" * 100_000])
def test_a_damaged_result_is_measured_again(results, draft, place, content):
    name = f"damaged{len(content)}"
    other = changed(place, draft, name)
    (place / "drafts" / name / RESULT).write_text(content)
    stop = Progress()
    stop.cancel()
    with pytest.raises(Cancelled):
        results.measure(other, stop)
    assert (place / "drafts" / name / RESULT).read_text() == content


def test_without_a_detector_or_test_images_there_is_a_sentence(results, draft, place):
    other = changed(place, draft, "nothing", split_digest="", test_data=None)
    with pytest.raises(BadInput, match="no test image to measure on"):
        results.measure(other)
    (place / "drafts" / "nothing" / DETECTOR).unlink()
    with pytest.raises(NotFound, match="Nothing was trained yet"):
        results.measure(other)
    with pytest.raises(NotFound, match="gone does not exist"):
        results.measure(changed(place, draft, "gone", test_data=place / "gone"))


def test_a_split_that_was_changed_is_refused(results, draft, place):
    other = changed(place, draft, "tampered")
    path = place / "drafts" / "tampered" / "split.tsv"
    path.write_text(path.read_text().replace("held out", "test"))
    with pytest.raises(BadInput):
        results.measure(other)


def test_what_the_parent_remembers_is_judged_without_images(results, draft, place, monkeypatch):
    parent = shutil.copyfile(place / "parent.safetensors", place / "remembering.safetensors")
    rng = np.random.default_rng(1)
    sides = [Side.TEST] * 12 + [Side.TRAINING] * 3
    images = tuple(
        TrainingImage(Path("x"), CLASSES[n % 3], "lab", f"{n:012x}", 1, side=side) for n, side in enumerate(sides)
    )
    rows = rng.normal(size=(len(images) + 1, 512)).astype(np.float32)
    places, views = np.array([*range(len(images)), 0]), np.array([0] * len(images) + [1])
    write_rehearsal(parent, Rehearsal(rows, np.zeros((len(rows), 0), np.float32), places, views, images, {}))
    other = changed(place, draft, "remembered", parent=reference(parent), parent_path=parent, test_data=None)
    found = results.measure(other)
    assert (found["set"]["n"], found["set"]["from_features"]) == (14, 12)
    assert "12 images that the parent remembers by their features" in found["set"]["words"]
    assert (found["old_classes"]["n"], found["robustness"]["n"]) == (12, 2)
    assert all(row["path"] for row in found["wrong"])
    assert "12 test images known by features only" in "\n".join(found["unknowable"])
    assert gate(found, {}).lines[1].met is not None
    rehearsal_path(parent).write_bytes(b"damaged")
    with pytest.raises(BadInput, match="damaged"):
        results.measure(changed(place, other, "unreadable"))


@pytest.mark.usefixtures("briefly")
def test_a_detector_with_another_encoder_does_not_speak_for_remembered_images(results, draft, place):
    other = changed(place, draft, "standard")
    write(place / "drafts" / "standard" / DETECTOR, FRESH, seed=6)
    found = results.measure(other)
    assert (found["same_encoder"], found["set"]["from_features"]) == (False, 0)
    assert found["map"]["before"] != found["map"]["after"]


@pytest.mark.usefixtures("briefly")
def test_without_a_parent_the_detector_stands_alone(results, draft, place):
    other = changed(place, draft, "anew", parent=None, parent_path=None)
    found = results.measure(other)
    assert (found["parent"], found["against"], found["old_classes"]) == (None, None, None)
    assert all(row["added"] for row in found["classes"])
    assert found["robustness"]["steps"][0]["parent"] is None
    assert gate(found, {}).lines[1].met is True


@pytest.mark.usefixtures("briefly")
def test_images_that_were_changed_or_are_gone_take_no_part(results, draft, place):
    copy = place / "tests2"
    shutil.copytree(place / "tests", copy)
    split = [item.path for item in list_data(place / "only").items]
    kept = [path.read_bytes() for path in split[2:]]
    other = changed(place, draft, "moved", test_data=copy)
    try:
        split[2].write_bytes(split[0].read_bytes())
        split[3].unlink()
        found = results.measure(other)
    finally:
        for path, content in zip(split[2:], kept, strict=True):
            path.write_bytes(content)
    assert found["set"]["n"] == 8
    assert len(found["skipped"]) == 2
    assert "was changed since it was listed" in found["skipped"][0]
    assert "does not exist" in found["skipped"][1]
    assert "no test image of fresh" in "\n".join(found["unknowable"])
    assert gate(found, {}).lines[0].met is None


def test_a_parent_at_another_place_is_found_by_its_digest(measured, results, draft, place):
    installed = results._detectors.install(place / "parent.safetensors").value
    other = changed(place, draft, "elsewhere", parent_path=place / "gone.safetensors")
    shutil.copyfile(place / "drafts" / "one" / RESULT, place / "drafts" / "elsewhere" / RESULT)
    assert results.measure(other) == measured
    installed.path.unlink()
    with pytest.raises(NotFound):
        results.measure(other)


@pytest.mark.usefixtures("briefly")
def test_a_parent_that_was_changed_since_is_measured_as_it_is_and_told(results, draft, place):
    parent = write(place / "changed.safetensors", CLASSES, seed=12)
    other = changed(place, draft, "changed", parent_path=parent)
    assert "is not the file any more" in "\n".join(results.measure(other)["unknowable"])


def test_the_gate_of_the_command_line(results, place):
    new, old = place / "drafts" / "one" / DETECTOR, place / "parent.safetensors"
    data = place / "gate"
    shutil.copytree(place / "tests", data)
    shutil.copytree(place / "only" / "fresh", data / "fresh")
    found, answer = results.gate(str(new), str(old), data, device="cpu")
    assert (found["set"]["n"], found["new"]["n"], found["parent"]["n"]) == (12, 10, 6)
    assert found["set"]["words"].startswith("12 images of 5 sources")
    assert not answer.passed
    assert found["data_digest"] == list_data(data).digest
    assert [line.asks for line in answer.lines] == [line.asks for line in gate(found, {}).lines]
    back, answer = results.gate(str(old), str(new), data, device="cpu")
    assert back["classes"][-1]["name"] == "fresh"
    assert back["classes"][-1]["new"]["correct"] == 0  # the older one cannot name it
    (data / "third" / "x").mkdir(parents=True)
    Image.fromarray(picture(900, 96, 96)).save(data / "third" / "x" / "a.png")
    with pytest.raises(BadInput, match="cannot name: third"):
        results.gate(str(new), str(old), data)


def test_the_gate_refuses_what_was_learned_from(results, place):
    new = write(place / "learned.safetensors", FRESH, trained={"sources": ["real/lab"]})
    with pytest.raises(BadInput, match="learned was trained or calibrated on real/lab"):
        results.gate(str(new), str(place / "parent.safetensors"), place / "tests")
    found, _ = results.gate(
        str(new), str(place / "parent.safetensors"), place / "tests", allow_trained=True, device="cpu"
    )
    assert found["on_training_sources"] == ["real/lab"]
    assert "NO FAIR TEST because training has seen real/lab" in found["set"]["words"]


def test_the_lineage_of_what_was_made(results, place):
    line = results.lineage(str(place / "drafts" / "one" / DETECTOR))
    assert [(one.name, one.classes) for one in line] == [("detector", FRESH)]
