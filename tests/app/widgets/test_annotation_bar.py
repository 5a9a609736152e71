from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt

from app.widgets.annotation_bar import AnnotationBar, annotation_text
from core.examine import Annotation, AnnotationKind

AT = datetime(2026, 11, 21, tzinfo=UTC)
BOX = Annotation(1, AnnotationKind.RECTANGLE, ((0.1, 0.1), (0.5, 0.5)), "hand", "A. Moreau", AT, id=5)
WORDS = Annotation(1, AnnotationKind.TEXT, ((0.1, 0.1),), "sign", "A. Moreau", AT, id=6)
OTHERS = Annotation(1, AnnotationKind.ARROW, ((0.1, 0.1), (0.2, 0.2)), "", "B. Later", AT, in_report=False, id=7)


@pytest.fixture
def bar(qtbot):
    made = AnnotationBar()
    qtbot.addWidget(made)
    made.told = []
    made.tool_changed.connect(lambda tool: made.told.append(("tool", tool)))
    made.chosen.connect(lambda number: made.told.append(("chosen", number)))
    made.change_wished.connect(lambda annotation: made.told.append(("change", annotation)))
    made.remove_wished.connect(lambda annotation: made.told.append(("remove", annotation)))
    made.show()
    show(made, BOX, WORDS, OTHERS)
    return made


def show(bar, *annotations, writable=True):
    bar.set_annotations(annotations, examiner="A. Moreau", writable=writable)


def test_tools_exclude_one_another_and_the_words_are_for_the_next_mark(bar, qtbot):
    assert bar.tool is None
    for kind in AnnotationKind:
        bar.tools[kind].click()
        assert bar.tool is kind
    assert bar.told == [("tool", kind) for kind in AnnotationKind]
    qtbot.keyClicks(bar.text, "  six fingers ")
    assert bar.words == "six fingers"
    bar.in_report.click()
    assert bar.told[3:] == []  # nothing is chosen, so nothing is changed
    bar.start_next()
    assert (bar.words, bar.in_report.isChecked()) == ("", True)


def test_a_chosen_mark_is_changed_by_its_words_and_its_check_box(bar, qtbot):
    bar.list.setCurrentRow(0)
    assert bar.told == [("chosen", 5)]
    assert (bar.text.text(), bar.in_report.isChecked()) == ("hand", True)
    bar.text.setText("left hand")
    qtbot.keyClick(bar.text, Qt.Key.Key_Return)
    bar.in_report.click()
    assert bar.told[1:] == [("change", replace(BOX, text="left hand")), ("change", replace(BOX, in_report=False))]


def test_a_text_keeps_words_and_an_unchanged_one_is_not_written(bar, qtbot):
    bar.choose(6)
    qtbot.keyClick(bar.text, Qt.Key.Key_Return)
    bar.text.clear()
    qtbot.keyClick(bar.text, Qt.Key.Key_Return)
    assert bar.told == []
    assert bar.text.text() == "sign"


def test_the_mark_of_another_can_only_be_taken_into_the_report(bar):
    bar.choose(7)
    assert bar.text.isReadOnly()
    assert not bar.remove.isEnabled()
    assert "B. Later" in bar.remove.toolTip()
    bar.in_report.click()
    assert bar.told == [("change", replace(OTHERS, in_report=True))]


def test_own_marks_can_be_removed_and_the_next_one_begins_empty(bar):
    bar.choose(5)
    bar.remove.click()
    assert bar.told == [("remove", BOX)]
    show(bar, WORDS)
    assert bar.text.text() == ""
    assert not bar.remove.isEnabled()


def test_taking_up_a_tool_lets_go_of_the_chosen_mark(bar):
    bar.choose(5)
    bar.tools[AnnotationKind.ARROW].click()
    assert bar.told == [("chosen", None), ("tool", AnnotationKind.ARROW)]
    assert bar.words == ""


def test_what_is_being_typed_survives_a_refresh(bar, qtbot):
    bar.activateWindow()
    bar.text.setFocus()
    qtbot.keyClicks(bar.text, "six fin")
    show(bar, BOX, WORDS, OTHERS)
    assert bar.text.text() == "six fin"
    bar.choose(5)
    bar.text.setText("left ha")
    show(bar, BOX, WORDS)
    assert bar.text.text() in ("left ha", "hand")  # kept where the cursor is still in it
    assert bar.told == []


def test_read_only_offers_nothing_that_writes(bar):
    bar.tools[AnnotationKind.TEXT].click()
    show(bar, BOX, writable=False)
    assert bar.tool is None
    assert not any(bar.tools[kind].isEnabled() for kind in AnnotationKind)
    bar.choose(5)
    assert bar.text.isReadOnly()
    assert not bar.in_report.isEnabled()
    assert not bar.remove.isEnabled()


def test_a_mark_in_a_line():
    assert annotation_text(BOX) == "Rectangle · “hand” · A. Moreau"
    assert annotation_text(OTHERS) == "Arrow · B. Later · not in the report"
    assert "\u202e" not in annotation_text(replace(BOX, text="a\u202eb", examiner="\u202eX"))
