"""Story: an examiner wants to know before signing how far each answer of a case survives, on the command line."""

import json

import numpy as np
import pytest
from PIL import Image

from app import cli
from core.dna.processing import STANDARD
from core.domain import CaseDetails
from core.services.workspace import Workspace
from tests.conftest import picture
from tests.e2e.test_detector_verbs import write
from tests.e2e.verbs import run, run_json

STEP = {"curve", "level", "text", "verdict", "score", "top", "top_score"}


@pytest.fixture
def case(tmp_path, own_user_folder):
    """A photograph-like image, a small one and a flat one, and a detector that calls everything real."""
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(picture(1, 200, 180)).save(folder / "large.png")
    Image.fromarray(picture(2, 100, 90)).save(folder / "small.png")
    Image.fromarray(np.full((200, 200, 3), 60, np.uint8)).save(folder / "flat.png")
    path = tmp_path / "one.dnacase"
    with Workspace() as workspace:
        workspace.detectors.install(write(tmp_path / "leaning.safetensors", lean=2.0, name="leaning"))
        workspace.cases.create(path, CaseDetails("One"))
    return path, folder


def by_name(rows):
    return {row["path"].rsplit("/", 1)[-1]: row for row in rows}


def test_every_answer_of_a_case_is_checked_once_and_what_cannot_be_is_said(case):
    path, folder = case
    arguments = ("analyze", path, "--detector", "leaning", "--device", "cpu")
    rows = by_name(run_json(*arguments, folder, "--robustness"))
    large, small, flat = (rows[f"{name}.png"]["robustness"] for name in ("large", "small", "flat"))
    assert set(large) == {"preset", "steps", "survived", "survives", "reason"}
    assert [(step["curve"], step["level"]) for step in large["steps"]] == [
        (step.curve, step.level) for step in STANDARD
    ]
    assert all(set(step) == STEP for step in large["steps"])
    assert large["survived"] == len(STANDARD)
    assert large["survives"]["JPEG"] == "The attribution to real survives every step, the last being JPEG quality 60."
    assert set(large["survives"]) == {"JPEG", "Resize", "Crop", "Blur", "Noise", "Screenshot", "Light"}
    # 90 pixels reduced to 75 % are 68 and still in the scope of 64; half of them are not, nor a screenshot at 67 %.
    assert small["survives"]["Resize"] == (
        "The attribution to real survives as far as a reduction to 75 %; with a reduction to 50 %, the detector cannot "
        "judge the image."
    )
    lost = [step for step in small["steps"] if step["verdict"] == "out of scope"]
    assert [(step["curve"], step["level"], step["score"], step["top"]) for step in lost] == [
        ("Resize", 50, 0.0, None), ("Screenshot", 67, 0.0, None),
    ]  # fmt: skip
    assert small["survived"] == len(STANDARD) - 2
    assert (flat["steps"], flat["survives"]) == ([], {})
    assert "out of scope" in flat["reason"]

    text, progress = run(*arguments, "--robustness")
    assert progress.splitlines()[-1].startswith("0 of 0 steps")  # there was nothing left to do
    assert f"{len(STANDARD) - 2} of {len(STANDARD)} steps" in text
    assert "survives" in text.splitlines()[0]

    evidence = path / "evidence" / rows["large.png"]["sha256"][:2] / rows["large.png"]["sha256"]
    evidence.chmod(0o600)
    evidence.unlink()
    out = folder / "rows.json"
    text, error = run(*arguments, "--robustness", "--preset", "dnadet2021", "--json", out, expect=3)
    assert error.splitlines()[-1] == "1 of 2 robustness checks could not be made."
    assert "Robustness not checked:" in text
    rows = by_name(json.loads(out.read_text()))
    gone, drawn = rows["large.png"]["robustness"], rows["small.png"]["robustness"]
    assert (gone["steps"], gone["survived"]) == ([], None)
    assert "is not there any more" in gone["reason"]
    assert (drawn["preset"], len(drawn["steps"]), drawn["reason"]) == ("dnadet2021", 20, "")
    qualities = [step["level"] for step in drawn["steps"] if step["curve"] == "JPEG"]
    assert qualities == sorted(qualities, reverse=True)
    assert all(10 <= quality <= 75 for quality in qualities)
    log = [entry["action"] for entry in run_json("case", "show", path)["log"]]
    assert log.count("robustness.add") == 3


def test_wrong_wishes_are_wrong_usage(tmp_path, capsys):
    case = tmp_path / "none.dnacase"
    assert cli.run(["analyze", str(case), "--robustness", "--preset", "x"]) == 2
    assert "none of standard, yu2019, dnadet2021" in capsys.readouterr().err
    assert cli.run(["analyze", str(case), "--preset", "yu2019"]) == 2
    assert "--preset: It needs --robustness" in capsys.readouterr().err
    assert cli.run(["explain", str(case), "--out", str(tmp_path / "out"), "--method", "x"]) == 2
    assert "'grad-cam', 'grad-cam++', 'layer-cam'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert not case.exists()
