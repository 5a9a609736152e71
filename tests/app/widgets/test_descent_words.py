"""A detector made from another one, told in its card: what was added, the gate, the signature."""

from dataclasses import replace

import pytest

from app.detector_card import card_text
from app.widgets.card_words import card_blocks
from app.widgets.text_sheet import TextSheet
from tests.app.examine_fakes import a_summary

REASON = "The court needs an answer about this generator by Monday."
RETRAINING = {
    "goal": "add architectures",
    "added": ["newgan"],
    "parent": {"name": "field", "version": "1", "digest": "ab" * 32},
    "groups": [
        {"label": "newgan", "source": "lab", "images": 1150, "origin": ""},
        {"label": "newgan", "source": "case 17", "images": 12, "origin": "From the case 2026/17."},
    ],
    "left_out": {"unreadable": 2, "a screenshot": 1},
    "moved": {"stylegan": 3},
    "accepted": {"one source only: newgan (0)": "There is no other source yet."},
    "common_processing": True,
    "gate": {
        "passed": False,
        "set": "112 images of 9 sources.",
        "lines": [
            {"asks": "Old classes lose at most 2 %", "found": "they lose 1 %", "met": True},
            {"asks": "At most 2 % false accusations", "found": "5 %", "met": False},
            {"asks": "It is calibrated", "found": "the card does not say", "met": None},
        ],
    },
    "override": REASON,
    "trained_by": "A. Moreau",
    "date": "2026-11-21",
    "split_digest": "cd" * 32,
}
SIGNED = "Signed on 2026-11-21 by root on lab-3, key 0123456789abcdef (this installation)."


def shown_in(qtbot, summary):
    sheet = TextSheet()
    qtbot.addWidget(sheet)
    sheet.set_blocks(card_blocks(summary, in_use=False))
    return sheet.toPlainText()


def a_retrained(**changes):
    summary = a_summary({"title": "Extended", "notes": "Made for one case.", "retraining": {**RETRAINING, **changes}})
    return replace(summary, signature=SIGNED)


def test_the_window_and_the_terminal_tell_the_same(qtbot):
    sheet, terminal = shown_in(qtbot, a_retrained()), card_text(a_retrained())
    for words in (
        "Made for one case.",
        SIGNED,
        "add architectures",
        "field 1",
        "ab" * 32,
        "newgan/lab: 1,150 images",
        "newgan/case 17: 12 images (From the case 2026/17.)",
        "2: unreadable",
        "1: a screenshot",
        "3: stylegan",
        "one source only: newgan (0). Reason: There is no other source yet.",
        f"Not passed. It was overruled. Reason: {REASON} Test images: 112 images of 9 sources.",
        "Met: Old classes lose at most 2 % – they lose 1 %",
        "Not met: At most 2 % false accusations – 5 %",
        "Not known, which counts as not met: It is calibrated – the card does not say",
        "A. Moreau",
    ):
        assert words in sheet
        assert words in terminal


def test_a_passed_gate_is_said_without_alarm(qtbot):
    shown = shown_in(qtbot, a_retrained(gate={**RETRAINING["gate"], "passed": True}, override=""))
    assert "Passed: every demand was met. Test images: 112 images of 9 sources." in shown
    assert "overruled" not in shown


def test_a_detector_that_was_not_retrained_says_nothing_of_it(qtbot):
    summary = a_summary({"title": "Plain"})
    for shown in (shown_in(qtbot, summary), card_text(summary)):
        assert "gate" not in shown.lower()
        assert "Made from another detector" not in shown
        assert "How it was made from its parent" not in shown


@pytest.mark.parametrize(
    "part",
    [
        {"gate": None, "parent": 3, "groups": "many", "added": 7, "left_out": [], "accepted": 1},
        {"gate": {"passed": "yes", "lines": [3, {"met": 1}]}, "groups": [{}], "left_out": {"x": "y"}},
        {"gate": {"passed": True, "lines": [{"asks": "x"}]}, "left_out": 4},
        [],
        "retrained",
    ],
)
def test_a_part_with_holes_still_reads(qtbot, part):
    summary = a_summary({"title": "Holed", "retraining": part})
    assert "Holed" in shown_in(qtbot, summary)
    assert "Holed" in card_text(summary)


def test_a_gate_that_a_card_does_not_speak_of_was_not_passed(qtbot):
    shown = shown_in(qtbot, a_retrained(gate={}, override=""))
    assert "The card does not say that a gate was asked." in shown


def test_a_hostile_card_reaches_neither_the_terminal_nor_the_sheet(qtbot):
    summary = a_retrained(override="\x1b[31m<b>red</b>\u202e")
    assert "\x1b" not in card_text(summary)
    assert "<b>red</b>" in shown_in(qtbot, summary)
    assert "\u202e" not in shown_in(qtbot, summary)
