from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.widgets.check_words import TITLES, carried, ordered, settled, summary, treated_text, waits_for, way_text
from core.retraining import CheckFinding, CheckKind, Draft, Severity, WayOut

_DRAFT = Draft("d", datetime(2026, 11, 21, tzinfo=UTC))
_IMAGES = CheckFinding(CheckKind.SUSPECT_LABEL, Severity.WARNING, "", "", images=("a", "b"))
_PAIRS = CheckFinding(
    *(CheckKind.NEAR_DUPLICATE, Severity.STOP, "", ""), images=("a", "b", "c"), pairs=(("a", "b"), ("b", "c"))
)
_FORMAT = CheckFinding(
    *(CheckKind.FORMAT_IS_LABEL, Severity.WARNING, "", ""), ways=(WayOut.COMMON_PROCESSING, WayOut.GO_ON)
)


def out(*images):
    return replace(_DRAFT, left_out=dict.fromkeys(images, "because"))


def test_every_kind_of_finding_has_a_title():
    assert set(TITLES) == set(CheckKind)


@pytest.mark.parametrize(
    ("finding", "draft", "done"),
    [
        (_IMAGES, _DRAFT, False),
        (_IMAGES, out("a"), False),
        (_IMAGES, out("a", "b"), True),
        (_IMAGES, replace(out("a"), moved={"b": "x"}), True),
        (_PAIRS, out("a"), False),
        (_PAIRS, out("b"), True),
        (_PAIRS, out("a", "c"), True),
        (_FORMAT, _DRAFT, False),
        (_FORMAT, replace(_DRAFT, common_processing=True), True),
        (_IMAGES, replace(_DRAFT, common_processing=True), False),
        (_IMAGES, replace(_DRAFT, accepted={_IMAGES.key: "so"}), True),
        (_IMAGES, replace(_DRAFT, accepted={_FORMAT.key: "so"}), False),
        (CheckFinding(CheckKind.FEW_IMAGES, Severity.STOP, "", ""), out("a"), False),
    ],
)
def test_when_a_finding_is_settled(finding, draft, done):
    assert bool(settled(finding, draft)) == done
    assert waits_for(finding, draft) != done


def test_an_accepted_stop_of_other_images_is_open_again():
    accepted = replace(_DRAFT, accepted={_IMAGES.key: "so"})
    more = replace(_IMAGES, images=("a", "b", "c"))
    assert settled(_IMAGES, accepted)
    assert not settled(more, accepted)


def test_a_note_never_waits():
    assert not waits_for(replace(_IMAGES, severity=Severity.NOTE), _DRAFT)


def test_a_reason_with_hostile_signs_is_shown_harmless():
    assert "⟨U+202E⟩" in settled(_IMAGES, replace(_DRAFT, accepted={_IMAGES.key: "a\u202eb"}))


def test_what_was_done_is_counted():
    draft = replace(out("a"), moved={"b": "x"})
    assert treated_text(_IMAGES, draft) == "1 image is left out and 1 image is moved to another class."
    assert treated_text(_IMAGES, _DRAFT) == ""


def test_what_must_be_dealt_with_stands_first():
    note = replace(_IMAGES, severity=Severity.NOTE)
    assert ordered((note, _IMAGES, _PAIRS)) == (_PAIRS, _IMAGES, note)


@pytest.mark.parametrize(
    ("findings", "draft", "says"),
    [
        ((), _DRAFT, "The checks found nothing to object to."),
        ((_PAIRS, _IMAGES), _DRAFT, "The checks found 2 things. 1 must be dealt with and 1 needs your decision."),
        ((_PAIRS, _IMAGES), out("b"), "The checks found 2 things. 1 needs your decision."),
        ((_PAIRS, _IMAGES), out("a", "b"), "The checks found 2 things. Nothing stands in the way."),
    ],
)
def test_the_summary_says_what_is_still_to_be_done(findings, draft, says):
    assert summary(findings, draft) == says


def test_a_way_names_its_target_where_there_is_one():
    one, two = replace(_IMAGES, suggested={"a": "x", "b": "x"}), replace(_IMAGES, suggested={"a": "x", "b": "y"})
    assert way_text(WayOut.MOVE, one, 2) == "Move 2 images to “x”"
    assert way_text(WayOut.MOVE, two, 2) == "Move 2 images to the class each looks like"
    assert way_text(WayOut.LEAVE_OUT, one, 1) == "Leave out 1 image"


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        (replace(_IMAGES, images=("a",)), True),
        (replace(_IMAGES, images=("a", "c")), False),  # one that nobody has looked at
        (replace(_IMAGES, images=("a",), labels=("other",)), False),
        (replace(_IMAGES, images=()), False),
        (replace(_IMAGES, images=("a",), kind=CheckKind.OUT_OF_SCOPE), False),
    ],
)
def test_a_reason_given_for_more_images_holds_for_fewer(now, kept):
    draft = replace(_DRAFT, accepted={_IMAGES.key: "looked at"})
    assert carried([_IMAGES], [now], draft) == ({now.key: "looked at"} if kept else {_IMAGES.key: "looked at"})


def test_a_reason_that_still_fits_stays():
    draft = replace(_DRAFT, accepted={_IMAGES.key: "looked at"})
    assert carried([_IMAGES], [_IMAGES], draft) == draft.accepted
    assert carried([_IMAGES], [], _DRAFT) == {}
