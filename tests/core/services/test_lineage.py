from pathlib import Path

import pytest

from core.domain import DetectorReference, DetectorSummary
from core.services.lineage import lineage, lineage_at_hand
from core.services.workspace import Workspace
from tests.conftest import CLASSES

OLDEST = {"date": "2026-01-01", "sources": ["real/a", "gan/a"], "images": 20, "steps": 5}
MIDDLE = {
    "date": "2026-02-01", "sources": ["real/a", "gan/a", "gan/b"], "images": 30, "parent": OLDEST,
    "taken_over": {"from": "first steps 0.1", "kind": "pretext", "classes": 9},
}  # fmt: skip
YOUNGEST = {"date": "2026-03-01", "sources": ["new/a"], "images": 40, "parent": MIDDLE,
            "taken_over": {"from": "field 0.2", "kind": "detector"}}  # fmt: skip


def summary(digest, card, classes=("real", "gan", "new"), answers="", name="mine"):
    reference = DetectorReference(name, "1", digest)
    return DetectorSummary(reference, Path("nowhere.safetensors"), classes, card, answers_digest=answers)


def youngest(**card):
    return summary("c" * 64, {"lineage": ["b" * 64, "a" * 64], "trained": YOUNGEST, **card})


def test_a_line_is_told_from_one_card_alone():
    line = lineage(youngest())
    assert [one.digest[:1] for one in line] == ["c", "b", "a"]
    assert [(one.name, one.version) for one in line] == [("mine", "1"), ("field", "0.2"), ("first steps", "0.1")]
    assert [one.classes for one in line] == [("real", "gan", "new"), ("gan", "real"), ("gan", "real")]
    assert [one.at_hand for one in line] == [False, False, False]
    assert [one.facts["date"] for one in line] == ["2026-03-01", "2026-02-01", "2026-01-01"]
    assert (line[1].facts["kind"], line[2].facts["kind"]) == ("detector", "pretext")
    assert (line[1].facts["sources"], line[2].facts["images"]) == (3, 20)


def test_what_is_at_hand_speaks_for_itself(installed, tmp_path):
    card = {
        "retraining": {"trained_by": "A. Moreau", "gate": {"passed": False}, "override": "for a test", "added": ["gan"]}
    }
    parent = DetectorSummary(DetectorReference("field", "0.2", "b" * 64), installed.path, ("real", "gan"), {**card})
    line = lineage(youngest(), [parent])
    assert (line[1].classes, line[1].at_hand) == (("real", "gan"), True)
    facts = line[1].facts
    assert (facts["trained_by"], facts["gate"], facts["override"]) == ("A. Moreau", False, "for a test")
    assert facts["signature"].startswith("Not signed")
    assert (line[2].name, line[2].at_hand) == ("first steps", False)


def test_a_parent_that_was_measured_again_is_known_by_its_answers(installed):
    now = DetectorSummary(
        DetectorReference("field", "0.2", "d" * 64), installed.path, CLASSES, {}, answers_digest="same"
    )
    child = youngest(retraining={"parent": {"digest": "b" * 64, "answers_digest": "same"}})
    assert lineage(child, [now])[1].digest == "d" * 64
    assert lineage(youngest(), [now])[1].digest == "b" * 64
    other = summary("e" * 64, {}, answers="")
    assert lineage(youngest(), [other])[1].digest == "b" * 64


@pytest.mark.parametrize(
    "card",
    [{}, {"lineage": None, "trained": None}, {"lineage": [], "trained": {}}, {"lineage": "b", "trained": ["x"]}],
)
def test_a_detector_trained_from_nothing_stands_alone(card):
    assert len(lineage(summary("c" * 64, card))) == 1


def test_a_card_that_says_less_or_nonsense_is_told_as_far_as_it_goes():
    line = lineage(
        summary("c" * 64, {"lineage": ["b" * 64, 7], "trained": {"parent": {"sources": [3, "x/y"], "date": []}}})
    )
    assert [(one.name, one.digest) for one in line[1:]] == [("not named", "b" * 64), ("not named", "7")]
    assert line[1].classes == ("x",)
    assert "date" not in line[1].facts
    assert len(lineage(summary("c" * 64, {"lineage": ["b"] * 500}))) == 101


def test_the_installed_detector_has_its_line(installed):
    with Workspace() as workspace:
        line = lineage_at_hand(workspace.detectors.find("tiny"), workspace.detectors)
    assert [(one.name, one.at_hand, one.classes) for one in line] == [("tiny", True, CLASSES)]


def test_a_file_that_is_gone_has_no_signature_to_check(tmp_path):
    assert "does not exist" in lineage(summary("c" * 64, {}))[0].facts["signature"]
