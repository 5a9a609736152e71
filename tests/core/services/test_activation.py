"""The end of a retraining: a finished, signed card, a gate that holds, and a detector that is put to use whole."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch

from core import installation
from core.dna.card import answers_digest_of, read_header
from core.dna.card_file import replace_card
from core.dna.detector import load_detector, write_detector
from core.dna.encoder import Net
from core.dna.rehearsal import Rehearsal, read_rehearsal, rehearsal_path, write_rehearsal
from core.domain import CaseDetails, Table
from core.errors import BadInput, CoreError, DetectorRefused, DiskFull, NotFound
from core.retraining import (
    CardWishes,
    GateAnswer,
    GateLimits,
    GateLine,
    GoalKind,
    ImageGroup,
    Side,
    Split,
    TrainingImage,
)
from core.services.activation import Activation
from core.services.card_signature import PART as SIGNED
from core.services.card_signature import SignatureState, signature_of
from core.services.retrained_card import MEASURED_ON, PART
from core.services.retraining import Retraining
from core.services.training_split import freeze, read_frozen
from core.services.workspace import Workspace
from tests.conftest import CLASSES, picture, plain_card
from tests.core.services.test_robustness import InThisProcess, take

REASON = "The court needs an answer about this generator by Monday."
FIGURES = {"n": 12, "accuracy": 0.75, "accuracy_ci": [0.5, 0.9], "per_class": {}, "detector": {"digest": "old"}}
RESULT = {
    "set": {"n": 12, "images": 12, "from_features": 0, "digest": "d1" * 32, "sources": ["a/b"], "words": "12 images."},
    "new": FIGURES,
}
PASSED = GateAnswer(True, (GateLine("old classes lose at most 2 %", "they lose 0 %", True),), GateLimits(), "12 images")
FAILED = GateAnswer(
    False,
    (*PASSED.lines, GateLine("false accusations at most 2 %", "5 %", False), GateLine("calibrated", "unknown", None)),
    GateLimits(),
    "12 images",
)


@pytest.fixture
def workspace(installed):
    with Workspace() as made:
        made.settings.set("examiner", "A. Moreau")
        made.settings.set("analysis.device", "cpu")
        yield made


@pytest.fixture
def retraining(workspace):
    made = Retraining(workspace.cases, workspace.detectors, workspace.settings)
    yield made
    made.close_all()


@pytest.fixture
def activation(workspace, retraining):
    return Activation(workspace.settings, workspace.detectors, retraining, InThisProcess(), workspace.cases)


@pytest.fixture
def draft(workspace, retraining, activation):
    """A draft whose training is done: a detector with one class more, and what it remembers."""
    made = retraining.begin(GoalKind.ADD, workspace.detectors.current())
    groups = (ImageGroup("newgan", "lab", retraining.folder(made.id) / "newgan"),)
    made = replace(made, groups=groups, card=CardWishes("extended", "2", "Extended", "Names more.", "Made for a test."))
    retraining.save(made)
    torch.manual_seed(5)
    names = [*CLASSES, "newgan"]
    classes = [{"name": name, "title": name.title(), "description": ""} for name in names]
    card = plain_card(classes=classes, name="recipe", limits=["It fails on screenshots."])
    write_detector(activation.detector_of(made), Net(len(names)), card)
    image = TrainingImage(Path("a" * 12), "newgan", "lab", "a" * 12, 0, side=Side.TRAINING)
    none = np.zeros(1, np.int64)
    kept = Rehearsal(np.zeros((1, 512), np.float32), np.zeros((1, 0), np.float32), none, none, (image,))
    write_rehearsal(activation.detector_of(made), kept)
    return made


def card_of(activation, draft):
    return read_header(activation.detector_of(draft)).card


def test_from_a_passed_gate_to_a_detector_in_use(workspace, retraining, activation, draft):
    before = workspace.detectors.current()
    written = activation.finish(draft, RESULT, PASSED)
    assert written.touched == {Table.RETRAINING}
    assert workspace.detectors.current() == before
    answers = answers_digest_of(read_header(activation.detector_of(draft)))
    activated = activation.activate(written.value)
    assert activated.touched == {Table.DETECTORS, Table.RETRAINING}
    current = workspace.detectors.current()
    assert current == activated.value
    assert (current.reference.name, current.reference.version) == ("extended", "2")
    assert current.classes == (*CLASSES, "newgan")
    assert current.answers_digest == answers
    remembered = rehearsal_path(activation.detector_of(draft)).read_bytes()
    assert rehearsal_path(current.path).read_bytes() == remembered
    assert read_rehearsal(current.path) is not None
    assert load_detector(current.path).reference == current.reference
    assert signature_of(current.path).state is SignatureState.VALID
    (kept,) = retraining.drafts()
    assert kept.made == current.reference.digest == written.value.made
    assert (datetime.now(UTC) - kept.activated_at).total_seconds() < 60


def test_the_card_tells_how_the_detector_came_about(workspace, activation, draft):
    changed = replace(
        draft,
        left_out={"a" * 64: "unreadable", "b" * 64: "unreadable", "c" * 64: "a screenshot"},
        moved={"d" * 64: "newgan"},
        accepted={"one source only: newgan (0)": "There is no other source yet."},
    )
    activation.finish(changed, RESULT, PASSED)
    card = card_of(activation, draft)
    assert (card["name"], card["version"], card["title"]) == ("extended", "2", "Extended")
    assert (card["summary"], card["notes"]) == ("Names more.", "Made for a test.")
    said = card[PART]
    parent = workspace.detectors.current()
    assert said["parent"] == {
        "name": "tiny",
        "version": "1",
        "digest": parent.reference.digest,
        "answers_digest": parent.answers_digest,
    }
    assert (said["goal"], said["added"], said["draft"]) == ("add architectures", ["newgan"], draft.id)
    assert said["groups"] == [{"label": "newgan", "source": "lab", "images": 0, "origin": ""}]
    assert (said["left_out"], said["moved"]) == ({"unreadable": 2, "a screenshot": 1}, {"newgan": 1})
    assert said["accepted"] == changed.accepted
    assert (said["gate"]["passed"], said["gate"]["lines"][0]["met"], said["override"]) == (True, True, "")
    assert said["gate"]["limits"]["false_accusation"] == 0.02
    assert (said["trained_by"], said["date"]) == ("A. Moreau", datetime.now(UTC).date().isoformat())
    (row,) = card["measured"]
    assert (row["set"], row["n"], row["accuracy"], row["about"]) == (MEASURED_ON, 12, 0.75, "12 images.")
    assert "detector" not in row
    assert card["limits"] == [
        "It fails on screenshots.",
        ("It was trained although a check warned (one source only: newgan (0)). Reason: There is no other source yet."),
    ]


def test_finishing_again_leaves_no_trace_of_the_first_time(activation, draft):
    overruled = replace(draft, override=REASON)
    activation.finish(overruled, RESULT, FAILED)
    first = card_of(activation, draft)
    renamed = replace(overruled, card=replace(draft.card, name="better", notes=""), override="")
    activation.finish(renamed, {**RESULT, "new": {**FIGURES, "accuracy": 0.8}}, PASSED)
    card = card_of(activation, draft)
    assert len(first["limits"]) == 2
    assert card["limits"] == ["It fails on screenshots."]
    assert [row["accuracy"] for row in card["measured"]] == [0.8]
    assert (card["name"], card["notes"]) == ("better", "")
    assert signature_of(activation.detector_of(draft)).state is SignatureState.VALID


def frozen(retraining, draft, tmp_path):
    """The draft with a frozen split of three new images, one of them out of a case, and four known ones."""
    folder = retraining.folder(draft.id)
    places = {
        ("newgan", "lab"): tmp_path / "newgan",
        ("newgan", "case 17"): folder / "images",
        ("real", "x"): tmp_path / "known",
    }
    sides = (Side.TRAINING, Side.HELD_OUT, Side.TEST, Side.TRAINING)
    images = [
        TrainingImage(place / f"{number}.png", label, source, f"{number}{label}".encode().hex().zfill(64)[:64], 1)
        for ((label, source), place), count in zip(places.items(), (2, 1, 4), strict=True)
        for number in range(count)
    ]
    images = tuple(replace(image, side=sides[place % 4]) for place, image in enumerate(images))
    groups = (
        ImageGroup("newgan", "lab", tmp_path / "newgan"),
        ImageGroup("newgan", "case 17", folder / "images", "From the case 2026/17, agreed to by C. Haddad."),
    )
    changed = replace(draft, groups=groups, known_data=(tmp_path / "known",))
    made = Split(images, (), "")
    return retraining.save(freeze(changed, made, folder)).value


def test_the_card_counts_the_images_of_the_frozen_split(retraining, activation, draft, tmp_path):
    made = activation.finish(frozen(retraining, draft, tmp_path), RESULT, PASSED).value
    said = card_of(activation, draft)[PART]
    assert [(row["source"], row["images"], row["origin"]) for row in said["groups"]] == [
        ("lab", 2, ""),
        ("case 17", 1, "From the case 2026/17, agreed to by C. Haddad."),
    ]
    assert [row["images"] for row in said["known_data"]] == [4]
    assert said["split_digest"] == made.split_digest == card_of(activation, draft)["measured"][0]["split_digest"]
    assert str(tmp_path) not in str(said)
    unknowable = read_frozen(retraining.folder(draft.id), made.split_digest).unknowable
    assert unknowable
    assert set(unknowable) <= set(card_of(activation, draft)["limits"])
    assert activation.activate(made).value.card[PART] == said


def test_a_split_that_was_changed_after_freezing_is_no_ground_for_a_card(retraining, activation, draft, tmp_path):
    made = frozen(retraining, draft, tmp_path)
    path = retraining.folder(draft.id) / "split.tsv"
    path.write_text(path.read_text().replace("\ttest", "\ttraining"))
    with pytest.raises(BadInput, match="frozen"):
        activation.finish(made, RESULT, PASSED)
    assert PART not in card_of(activation, draft)


def test_a_failed_gate_is_no_way_in(workspace, retraining, activation, draft):
    before = workspace.detectors.current()
    made = activation.finish(draft, RESULT, FAILED).value
    with pytest.raises(BadInput, match="did not pass its gate"):
        activation.activate(made)
    assert workspace.detectors.current() == before
    assert len(workspace.detectors.all()) == len({one.path for one in workspace.detectors.all()})
    assert not any(one.reference.name == "extended" for one in workspace.detectors.all())
    assert retraining.drafts()[0].activated_at is None
    assert "It did not pass its gate (2 of 3 demands not met)." in card_of(activation, draft)["limits"]


def test_a_failed_gate_is_overruled_with_a_reason_that_stays_on_the_card(workspace, activation, draft):
    made = activation.finish(replace(draft, override=f"  {REASON} "), RESULT, FAILED).value
    assert made.override == REASON
    summary = activation.activate(made).value
    assert summary.card[PART]["override"] == REASON
    assert summary.card[PART]["gate"]["passed"] is False
    assert summary.card["limits"][-1] == (
        f"It did not pass its gate (2 of 3 demands not met). It was overruled. Reason: {REASON}"
    )
    assert workspace.detectors.current() == summary


@pytest.mark.parametrize("reason", ["because", "x" * 19, "  short reason      ", "." * 40, "a b c d e f g h i j k l"])
def test_a_short_reason_is_none(activation, draft, reason):
    with pytest.raises(BadInput, match="at least 20 letters"):
        activation.finish(replace(draft, override=reason), RESULT, FAILED)
    assert PART not in card_of(activation, draft)


def test_a_reason_written_after_signing_does_not_count_until_it_is_on_the_card(activation, draft):
    made = activation.finish(draft, RESULT, FAILED).value
    with pytest.raises(BadInput, match="did not pass its gate"):
        activation.activate(replace(made, override=REASON))


def test_a_passed_gate_needs_no_reason_and_keeps_none(activation, draft):
    made = activation.finish(replace(draft, override=REASON), RESULT, PASSED).value
    assert made.override == ""
    assert card_of(activation, draft)[PART]["override"] == ""


def test_a_gate_that_is_made_to_pass_on_the_card_breaks_the_signature(activation, draft):
    made = activation.finish(draft, RESULT, FAILED).value
    path = activation.detector_of(draft)
    card = dict(read_header(path).card)
    forged = {**card[PART], "gate": {**card[PART]["gate"], "passed": True}}
    replace_card(path, {**card, PART: forged})
    with pytest.raises(BadInput, match="does not fit"):
        activation.activate(made)
    without = {name: value for name, value in card.items() if name != SIGNED}
    replace_card(path, {**without, PART: forged})
    with pytest.raises(BadInput, match="changed after it was finished"):
        activation.activate(made)


def test_without_a_finished_card_there_is_no_activation(activation, draft):
    with pytest.raises(BadInput, match="not finished"):
        activation.activate(draft)
    made = activation.finish(draft, RESULT, PASSED).value
    with pytest.raises(BadInput, match="before the last changes"):
        activation.activate(replace(made, card=replace(made.card, notes="One more word.")))
    other = replace(made, split_digest="ff" * 32)
    with pytest.raises(BadInput, match="before the last changes"):
        activation.activate(other)


def test_a_card_of_another_draft_does_not_count(retraining, activation, draft):
    made = activation.finish(draft, RESULT, PASSED).value
    another = retraining.begin(GoalKind.ADD)
    shutil.copyfile(activation.detector_of(made), activation.detector_of(another))
    with pytest.raises(BadInput, match="not finished"):
        activation.activate(replace(made, id=another.id))


def test_what_was_put_to_use_is_not_finished_again(activation, draft):
    made = activation.finish(draft, RESULT, PASSED).value
    activation.activate(made)
    with pytest.raises(BadInput, match="put to use on"):
        activation.finish(replace(made, activated_at=datetime.now(UTC)), RESULT, PASSED)


def test_activating_twice_does_nothing_new(workspace, activation, draft):
    made = activation.finish(draft, RESULT, PASSED).value
    first = activation.activate(made).value
    count = len(workspace.detectors.all())
    assert activation.activate(made).value == first
    assert len(workspace.detectors.all()) == count


def test_a_stale_draft_in_the_window_does_not_keep_a_signed_detector_out(activation, draft):
    activation.finish(draft, RESULT, PASSED)
    assert activation.activate(draft).value.reference.name == "extended"


def test_without_a_trained_detector_nothing_is_finished(activation, draft):
    path = activation.detector_of(draft)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DetectorRefused):
        activation.finish(draft, RESULT, PASSED)
    path.unlink()
    with pytest.raises(NotFound):
        activation.finish(draft, RESULT, PASSED)


def test_a_full_disk_keeps_the_detector_in_use(workspace, activation, draft, monkeypatch):
    made = activation.finish(draft, RESULT, PASSED).value
    before = workspace.detectors.current()

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr("core.whole_file.os.fsync", full)
        with pytest.raises(DiskFull):
            activation.activate(made)
    assert workspace.detectors.current() == before
    assert activation.activate(made).value == workspace.detectors.current()


def test_without_a_key_it_is_put_to_use_unsigned(activation, draft, monkeypatch):
    monkeypatch.setattr(installation, "signer", lambda: None)
    monkeypatch.setattr(installation, "key_problem", lambda: "No key can be kept.")
    made = activation.finish(draft, RESULT, PASSED).value
    assert signature_of(activation.detector_of(draft)).state is SignatureState.NONE
    written = activation.sign(activation.detector_of(draft))
    assert (written.value.state, written.touched) == (SignatureState.NONE, frozenset())
    assert written.value.sentence.endswith("No key can be kept.")
    assert activation.activate(made).value.reference.digest == made.made


def test_signing_once_more_changes_nothing(activation, draft):
    made = activation.finish(draft, RESULT, PASSED).value
    written = activation.sign(activation.detector_of(draft))
    assert written.value.own
    assert activation.activate(made).value.reference.digest == made.made


def test_what_would_change_is_found_with_the_network_itself(workspace, activation, draft, tmp_path):
    case = workspace.cases.create(tmp_path / "one.dnacase", CaseDetails("One")).value.path
    take(workspace, picture(1))
    take(workspace, picture(2))
    found = activation.consequences(draft.parent, activation.detector_of(draft))
    assert (found.cases, found.findings, found.unread) == (1, 2, ())
    before = {change.sha256: change.before for change in found.changed}
    for exhibit_id in (1, 2):
        kept = workspace.analysis.finding(exhibit_id)
        assert before.get(kept.exhibit_sha256, (kept.verdict, kept.architecture)) == (kept.verdict, kept.architecture)
    with_itself = activation.consequences(draft.parent_path, draft.parent_path)
    assert (with_itself.findings, with_itself.changed) == (2, ())
    assert activation.consequences(draft.parent, activation.detector_of(draft), cases=()).findings == 0
    assert activation.consequences(None, activation.detector_of(draft)).findings == 0
    assert case in workspace.cases.recent()


def test_a_parent_that_is_gone_is_looked_for_by_its_digest_and_said(workspace, activation, draft, tmp_path):
    workspace.cases.create(tmp_path / "one.dnacase", CaseDetails("One"))
    take(workspace, picture(1))
    draft.parent_path.unlink()
    found = activation.consequences(draft.parent, activation.detector_of(draft))
    assert found.findings == 1
    assert "not on this computer" in found.unread[0]


def test_a_case_that_was_opened_lately_and_is_gone_is_said(workspace, activation, draft, tmp_path):
    workspace.cases.create(tmp_path / "one.dnacase", CaseDetails("One"))
    workspace.cases.close()
    shutil.rmtree(tmp_path / "one.dnacase")
    found = activation.consequences(draft.parent, activation.detector_of(draft))
    assert len(found.unread) == 1
    assert "one.dnacase" in found.unread[0]


def test_a_new_detector_that_is_none_is_refused_before_any_case_is_opened(activation, draft):
    activation.detector_of(draft).write_bytes(b"nothing")
    with pytest.raises(CoreError):
        activation.consequences(draft.parent, activation.detector_of(draft))
