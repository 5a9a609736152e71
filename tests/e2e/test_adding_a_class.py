"""A user's story on the command line: a detector learns a further class, and is asked whether it may take over."""

import pytest
from PIL import Image

from tests.conftest import upsampled, write_training_folder
from tests.core.services.test_training_extension import ADDING, PARENT
from tests.e2e.verbs import run, run_json

REASON = "A made-up class, to try the verb."


@pytest.fixture
def parent(tmp_path):
    """A detector of three classes that remembers its images."""
    (tmp_path / "parent.toml").write_text(PARENT)
    (tmp_path / "adding.toml").write_text(ADDING)
    data, out = write_training_folder(tmp_path / "old", per_class=6), tmp_path / "parent.safetensors"
    run("train", tmp_path / "parent.toml", "--data", data, "--out", out, "--device", "cpu")
    made = run_json("detectors", "remember", out, "--data", data, "--device", "cpu")
    assert made["images"]["training"] >= 9
    return out


def write_class(folder, sources, each):
    for source in range(sources):
        place = folder / f"publisher-{source}"
        place.mkdir(parents=True)
        for index in range(each):
            Image.fromarray(upsampled(5000 + 100 * source + index, Image.Resampling.LANCZOS)).save(
                place / f"{source}-{index}.png"
            )
    return folder


def write_test(folder, new):
    """Images of all four classes that nothing was trained on."""
    write_training_folder(folder, per_class=12)
    for name in ("real", "nearest", "bilinear"):
        for path in sorted((folder / name / "lab").iterdir()):
            image = Image.open(path)
            image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(path)
        (folder / name / "lab").rename(folder / name / "other-lab")
    place = folder / new / "elsewhere"
    place.mkdir(parents=True)
    for index in range(12):
        Image.fromarray(upsampled(9000 + index, Image.Resampling.LANCZOS)).save(place / f"{index}.png")
    return folder


@pytest.mark.slow  # seven programs one after the other, each of which loads torch: a minute and more
def test_a_class_is_added_gated_and_its_descent_told(parent, tmp_path):
    new, out = write_class(tmp_path / "fresh", 3, 14), tmp_path / "more.safetensors"
    wish = ["train", tmp_path / "adding.toml", "--parent", parent, "--add", f"lanczos={new}", "--device", "cpu"]

    # The checks speak first, and nothing is trained in spite of them without a reason.
    said, why = run(*wish, "--out", out, expect=1)
    assert "Warning: " in said
    assert "--go-on" in why
    assert not out.exists()

    made = run_json(*wish, "--out", out, "--go-on", REASON)
    card = made["card"]
    assert [row["name"] for row in card["classes"]][-1] == "lanczos"
    assert REASON in str(card["retraining"])
    assert made["checks"]

    # On images that neither has met: the answer is the exit, and the numbers are told.
    test = write_test(tmp_path / "test", "lanczos")
    found = run_json("detectors", "gate", out, "--against", parent, "--data", test, "--device", "cpu", expect=None)
    rows = {row["name"]: row for row in found["result"]["classes"]}
    assert rows["lanczos"]["added"] is True
    assert rows["lanczos"]["new"]["n"] == 12
    assert rows["lanczos"]["parent"] is None
    assert len(found["lines"]) >= 6
    assert found["passed"] is all(line["met"] is True for line in found["lines"])

    line = run_json("detectors", "lineage", out)
    assert [one["digest"] for one in line] == [made["digest"], card["lineage"][0]]
    assert "lanczos" in line[0]["classes"]
    assert "lanczos" not in line[1]["classes"]


def test_a_verb_without_memory_says_what_it_needs(parent, tmp_path):
    parent.with_suffix(".rehearsal").unlink()
    new = write_class(tmp_path / "fresh", 1, 12)
    out = tmp_path / "more.safetensors"
    wish = ["train", tmp_path / "adding.toml", "--parent", parent, "--add", f"lanczos={new}", "--out", out]
    _, why = run(*wish, "--go-on", REASON, expect=3)
    assert "--data" in why
    assert not out.exists()
