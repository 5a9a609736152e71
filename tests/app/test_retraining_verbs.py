import json

import pytest
import typer

from app.retraining_verbs import answer_fields, gate, gate_text, lineage, lineage_text
from core.descent import Ancestor
from core.dna.detector import write_detector
from core.dna.encoder import Net
from core.errors import BadInput
from core.retraining import GateAnswer, GateLimits, GateLine
from tests.conftest import CLASSES, plain_card, write_training_folder

SMALL_PAPER = {"kind": "paper", "channels": "rgb", "first_px": 64, "side_px": 64}
LINES = (GateLine("Old classes stay", "88 of 100.", True), GateLine("New ones come", "1 of 10.", False),
         GateLine("Scores mean something", "Not known.", None))  # fmt: skip
ANSWER = GateAnswer(False, LINES, GateLimits(), "110 images of 3 sources.")
RESULT = {
    "detector": {"name": "mine", "version": "2"},
    "against": {"name": "field", "version": "1"},
    "classes": [
        {"name": "real", "added": False, "parent": {"n": 50, "correct": 45}, "new": {"n": 50, "correct": 44}},
        {"name": "fresh", "added": True, "parent": None, "new": {"n": 10, "correct": 1}},
    ],
    "old_classes": {"parent": {"n": 50, "correct": 45}, "new": {"n": 50, "correct": 44}},
    "false_accusation": {"parent": {"n": 50, "count": 0}, "new": {"n": 50, "count": 1}},
    "ece": {"parent": 0.051, "new": None},
    "skipped": ["a.png: damaged"],
}


def detector(path, classes=CLASSES, **card):
    """A small detector file with random weights."""
    names = [{"name": name} for name in classes]
    write_detector(path, Net(len(classes)), plain_card(preprocess=SMALL_PAPER, classes=names, name=path.stem, **card))
    return str(path)


@pytest.fixture
def verbs():
    """The two verbs on a command line of their own; returns the exit."""
    app = typer.Typer()
    app.command()(gate)
    app.command()(lineage)

    def run(*arguments):
        return typer.main.get_command(app)(list(map(str, arguments)), standalone_mode=False)

    return run


def test_the_gate_is_told_line_by_line():
    text = gate_text(RESULT, ANSWER)
    assert "Measured on 110 images of 3 sources." in text
    assert "met: Old classes stay. 88 of 100." in text
    assert "NOT MET: New ones come. 1 of 10." in text
    assert "NOT KNOWN, so not met: Scores mean something. Not known." in text
    assert "NOT PASSED: the new detector may not replace the old one." in text
    assert "fresh (added)" in text
    assert "45 of 50, 90.0%" in text
    assert "field 1" in text
    assert "a.png: damaged" in text
    passed = GateAnswer(True, LINES[:1], GateLimits(), "1 image.")
    assert "\nPASSED: the new detector may replace the old one." in gate_text({}, passed)


def test_hostile_names_do_not_reach_the_terminal():
    found = {**RESULT, "classes": [{"name": "a\x1b[2J", "added": True, "new": {"n": 1, "correct": 1}}]}
    line = GateLine("a\x1b[2J", "b\x1b[2J", True)
    assert "\x1b" not in gate_text(found, GateAnswer(True, (line,), GateLimits(), "c\x1b[2J"))
    one = Ancestor("a\x1b[2J", "1\x1b", "\x1b" * 12, ("b\x1b",), True, {"override": "c\x1b", "added": ["d\x1b"]})
    assert "\x1b" not in lineage_text([one])


def test_a_gate_as_json_keeps_what_is_not_known():
    fields = answer_fields(ANSWER)
    assert [line["met"] for line in fields["lines"]] == [True, False, None]
    assert (fields["passed"], fields["limits"]["old_class_loss"]) == (False, 0.02)


def test_a_lineage_is_told_youngest_first():
    facts = {
        "date": "2026-11-21",
        "trained_by": "A. Moreau",
        "gate": False,
        "override": "needed for a test",
        "added": ["x", "y"],
        "data_digest": "f" * 64,
        "images": 40,
        "recipe": {"no": "text"},
    }
    line = (
        Ancestor("mine", "2", "c" * 64, ("real", "fresh"), True, facts),
        Ancestor("field", "1", "b" * 64, (), False, {"gate": "odd"}),
        Ancestor("not named", "", "", (), False),
    )
    assert lineage_text(line).splitlines() == [
        "mine 2 (cccccccccccc)",
        "  classes: real, fresh",
        "  trained on: 2026-11-21",
        "  by: A. Moreau",
        "  images: 40",
        "  data: ffffffffffff",
        "  added: x, y",
        "  gate: not passed",
        "  gate overruled: needed for a test",
        "  from field 1 (bbbbbbbbbbbb), not on this computer",
        "    from not named, not on this computer",
    ]


def test_a_detector_that_fails_exits_with_one_and_says_why(verbs, tmp_path, capsys):
    data = write_training_folder(tmp_path / "data", per_class=1)
    new, old = detector(tmp_path / "new.safetensors"), detector(tmp_path / "old.safetensors")
    words = (new, "--against", old, "--data", data, "--device", "cpu", "--quiet")
    assert verbs("gate", *words, "--json", tmp_path / "gate.json") == 1
    found = json.loads((tmp_path / "gate.json").read_text())
    assert found["passed"] is False
    assert [line["met"] for line in found["lines"]] == [True, None, True, None, False, None]
    assert found["result"]["set"]["n"] == 3
    assert capsys.readouterr().out == ""
    verbs("gate", *words[:-1])
    assert "NOT PASSED" in capsys.readouterr().out
    with pytest.raises(BadInput, match="nowhere"):
        verbs("gate", new, "--against", old, "--data", tmp_path / "nowhere", "--quiet")
    trained = detector(tmp_path / "trained.safetensors", trained={"sources": ["real/lab"]})
    with pytest.raises(BadInput, match="trained or calibrated on real/lab"):
        verbs("gate", trained, "--against", old, "--data", data, "--quiet")


def test_the_lineage_of_a_file(verbs, tmp_path, capsys):
    path = detector(tmp_path / "mine.safetensors", lineage=["b" * 64], trained={"taken_over": {"from": "field 0.3"}})
    verbs("lineage", path)
    out = capsys.readouterr().out
    assert out.startswith("mine 1 (")
    assert "  from field 0.3 (bbbbbbbbbbbb), not on this computer" in out
    verbs("lineage", path, "--json", tmp_path / "line.json")
    found = json.loads((tmp_path / "line.json").read_text())
    assert [(one["name"], one["at_hand"]) for one in found] == [("mine", True), ("field", False)]
    assert found[0]["classes"] == list(CLASSES)
