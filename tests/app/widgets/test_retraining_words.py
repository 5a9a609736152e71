from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.widgets.retraining_words import draft_state, draft_title, known_data_reason, missing, name_problem
from app.widgets.retraining_words import test_data_reason as reason_for_tests
from core.domain import DetectorReference
from core.retraining import Draft, GoalKind, ImageGroup, RunStatus

_DRAFT = Draft("d", datetime(2026, 11, 21, 12, tzinfo=UTC), parent=DetectorReference("field", "2", "a" * 64))
_KNOWN = ("real", "progan")


def with_groups(*labels, goal=GoalKind.ADD, known=()):
    groups = tuple(ImageGroup(label, "lab", Path("/x") / str(place)) for place, label in enumerate(labels))
    return replace(_DRAFT, goal=goal, groups=groups, known_data=tuple(map(Path, known)))


@pytest.mark.parametrize(
    ("draft", "rehearses", "begins"),
    [
        (with_groups(), True, "Add images of the architecture"),
        (with_groups(""), True, "Name architecture and source of 1 row."),
        (with_groups("", "a/b"), True, "Name architecture and source of 2 rows."),
        (with_groups("progan"), True, "The detector knows every architecture"),
        (with_groups("newgan"), False, "Add images of the architectures that the detector knows"),
        (with_groups("newgan"), True, ""),
        (with_groups("newgan", "real"), True, ""),
        (with_groups("newgan", "Real"), True, "The class 'Real' is called like 'real', but for capital letters"),
        (with_groups("newgan", known=["/field"]), False, ""),
        (with_groups("newgan", goal=GoalKind.ANEW), True, "Add images of at least two"),
        (with_groups("newgan", "real", goal=GoalKind.ANEW), False, ""),
        (with_groups(goal=GoalKind.ANEW, known=["/field"]), False, ""),
        (with_groups("newgan", goal=GoalKind.CALIBRATE), True, "The detector does not know “newgan”"),
        (with_groups(goal=GoalKind.CALIBRATE), False, "Add images of architectures that the detector knows"),
        (with_groups(goal=GoalKind.CALIBRATE), True, ""),
        (with_groups("real", goal=GoalKind.CALIBRATE), False, ""),
    ],
)
def test_what_is_missing(draft, rehearses, begins):
    said = missing(draft, _KNOWN, rehearses=rehearses)
    assert said.startswith(begins)
    assert bool(said) == bool(begins)


@pytest.mark.parametrize("name", ["newgan", "Stable Diffusion 1.5", "ユニコード", "a-b_c", "x" * 80])
def test_names_that_can_be_used(name):
    assert name_problem(name) == ""


@pytest.mark.parametrize("name", ["", "  ", "Unknown", "a/b", "a\tb", "..", "con", "x" * 81, "a\u202eb"])
def test_names_that_cannot(name):
    assert name_problem(name)


def test_a_source_may_be_called_unknown():
    assert name_problem("unknown", source=True) == ""


def test_a_title_names_what_is_added_and_to_what():
    assert draft_title(with_groups("newgan", "oldgan", "newgan")) == "Adding newgan, oldgan – field 2"
    assert draft_title(_DRAFT) == "Adding architectures – field 2"
    assert draft_title(replace(_DRAFT, parent=None, goal=GoalKind.ANEW)) == "Training from the start"


def test_a_title_shows_nothing_hostile():
    assert "⟨U+202E⟩" in draft_title(with_groups("new\u202egan"))


@pytest.mark.parametrize(
    ("run", "says"),
    [(None, "left on “Checks”"), (RunStatus.NOT_STARTED, "left on “Checks”"), (RunStatus.PAUSED, "is paused")],
)
def test_a_state_says_where_it_stands(run, says):
    assert says in draft_state(replace(_DRAFT, page="checks"), run)


def test_why_known_images_are_asked_for_depends_on_the_parent():
    assert known_data_reason(GoalKind.ADD, rehearses=True).startswith("Not needed for a quick training")
    assert known_data_reason(GoalKind.ADD, rehearses=False).startswith("Needed")


def test_what_is_not_known_without_test_images_is_said():
    assert "what the detector remembers" in reason_for_tests(GoalKind.ADD, rehearses=True)
    assert "whether it forgot anything cannot be known" in reason_for_tests(GoalKind.ADD, rehearses=False)
    assert "a share of the images listed above" in reason_for_tests(GoalKind.ANEW, rehearses=False)
