from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.widgets.card_state import CardState, state_words
from app.widgets.consequence_words import answer_words, consequence_sentence, lineage_blocks, report_sentence
from app.widgets.result_words import class_rates, pair, robustness_sentence, summary
from app.widgets.text_sheet import Facts, Heading
from app.widgets.training_words import banner_words, estimate_words, far_words, refused
from app.widgets.wrong_examples import mistake_words
from core.descent import Ancestor, Consequences, IssuedWithParent
from core.domain import Verdict
from core.retraining import Draft, Effort, Estimate, GoalKind, RunState, RunStatus

_DRAFT = Draft("1", datetime(2026, 11, 21, tzinfo=UTC))
_READY = CardState(written=True, allowed=True, signature="Signed.")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState(RunStatus.RUNNING, done=18, total=40, seconds_left=95), "18 of 40 steps · about 1 min 35 s left"),
        (RunState(RunStatus.RUNNING, done=12, unit="views", patches_per_second=3.21), "12 views · 3.2 patches/s"),
        (RunState(RunStatus.RUNNING, done=1, total=2, patches_per_second=1480), "1 of 2 steps · 1,480 patches/s"),
        (RunState(RunStatus.PAUSED, done=1, total=2, unit="steps", seconds_left=9), "1 of 2 steps"),
        (RunState(RunStatus.NOT_STARTED), ""),
    ],
)
def test_how_far_a_training_is(state, words):
    assert far_words(state) == words


def test_a_run_that_failed_gives_its_sentence_and_the_way_on():
    headline, sentence, kind = banner_words(RunState(RunStatus.FAILED, problem="The disk is full."))
    assert (headline, kind) == ("Stopped with an error", "problem")
    assert sentence.startswith("The disk is full. “Go on”")


def test_an_estimate_tells_its_range():
    assert estimate_words(Estimate(400, 300, 500, "Measured.")) == (
        "About 6 min 40 s (5 min 00 s to 8 min 20 s) on this computer. Measured."
    )
    assert estimate_words(Estimate(20, 20, 20, "")) == "About 20 s on this computer."


@pytest.mark.parametrize(
    ("draft", "allowed"),
    [
        (_DRAFT, {Effort.QUICK}),
        (replace(_DRAFT, known_data=(Path("/old"),)), set(Effort)),
        (replace(_DRAFT, goal=GoalKind.ANEW), {Effort.PAPER}),
    ],
)
def test_what_can_be_trained_with_the_images_at_hand(draft, allowed):
    assert {effort for effort in Effort if not refused(effort, draft)} == allowed


@pytest.mark.parametrize(
    ("state", "headline", "use"),
    [
        (CardState(allowed=True), "Not written yet", False),
        (_READY, "Ready to be put to use", True),
        (replace(_READY, stale=True), "Changed since it was written", False),
        (replace(_READY, allowed=False), "The gate was not passed", False),
        (replace(_READY, busy="Writing …"), "Writing …", False),
        (replace(_READY, problem="No."), "That did not work", True),
        (replace(_READY, used_at=datetime(2026, 11, 21, 9, tzinfo=UTC)), "In use since 2026-11-21", False),
    ],
)
def test_a_detector_is_used_only_when_written_and_allowed(state, headline, use):
    assert state_words(state)[0].startswith(headline)
    assert state.can_use is use


def test_intervals_that_are_missing_are_computed():
    row = class_rates({"classes": [{"name": "a", "new": {"n": 10, "correct": 9}}]}, {})[0]
    assert row.second.words == "9 of 10: 90.0 % (59.6 to 98.2 %)"
    assert row.first is None


def test_a_class_without_test_images_has_no_share():
    row = class_rates({"classes": [{"name": "a", "parent": {"n": 0, "correct": 0}, "new": None}]}, {})[0]
    assert (row.first, row.second, row.why) == (None, None, "no test image")


def test_figures_of_both_are_found_in_either_place():
    assert pair({"ece": {"parent": 0.1, "new": 0.2}}, "ece") == (0.1, 0.2)
    assert pair({"parent": {"ece": 0.1}, "new": {}}, "ece") == (0.1, None)


def test_several_added_classes_are_counted_together():
    rows = [{"name": name, "added": True, "new": {"n": 10, "correct": hits}} for name, hits in (("a", 9), ("b", 7))]
    assert summary({"classes": rows})[0] == "Added classes: 80.0 % right"


def test_no_image_for_other_processing_is_said():
    assert robustness_sentence({}).startswith("No test image is at hand as a file")


@pytest.mark.parametrize(
    ("row", "called"),
    [
        ({"said": "b", "score": 0.9, "verdict": "attributed"}, "called b, score 0.90"),
        ({"said": "b", "score": 0.4, "verdict": "inconclusive"}, "called b, score 0.40 (inconclusive)"),
        ({"said": None, "verdict": "out of scope"}, "out of scope"),
        ({}, "–"),
    ],
)
def test_a_mistake_in_words(row, called):
    assert mistake_words({"truth": "a", **row}, {"a": "Class A"}) == ("Is Class A", called)


def test_consequences_in_a_sentence():
    assert "none would be answered otherwise" in consequence_sentence(Consequences(2, 5, (), ()))
    report = IssuedWithParent(Path("/c"), "Portraits", "7", 1, 0)
    assert report_sentence(report) == "Report 7 of “Portraits”: none of its 1 exhibit would be answered otherwise."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((Verdict.ATTRIBUTED, "a"), "attributed: Class A"),
        ((Verdict.INCONCLUSIVE, "a"), "inconclusive, closest: Class A"),
        ((Verdict.UNKNOWN, "a"), "unknown architecture"),
        ((Verdict.OUT_OF_SCOPE, None), "out of scope"),
    ],
)
def test_an_unknown_architecture_names_none(answer, words):
    assert answer_words(answer, {"a": "Class A"}) == words


def test_a_line_of_descent_tells_what_is_known_and_what_is_not_at_hand():
    line = (
        Ancestor("field", "3", "ef" * 32, ("a",), True, {"gate": False, "override": "it must", "images": 1350}),
        Ancestor("field", "2", "", (), False, {"sources": 4, "date": "2026-01-01"}),
    )
    blocks = tuple(lineage_blocks(line, {"a": "Class A"}))
    assert [block.text for block in blocks if isinstance(block, Heading)] == [
        "This detector: field, version 3",
        "Made from: field, version 2",
    ]
    first, second = (dict(block.rows) for block in blocks if isinstance(block, Facts))
    assert first["Gate"] == "not passed"
    assert first["Gate overruled"] == "it must"
    assert first["Images"] == "1,350"
    assert second == {"Trained": "2026-01-01"}
    assert blocks[-1].text == "Its file is not on this computer."
