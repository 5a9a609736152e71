from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from app.widgets import view_words
from app.widgets.view_panel import ViewPanel
from core.examine import OPINIONS, ExaminerView

AT = datetime(2026, 11, 21, 9, 10, tzinfo=UTC)


def a_view(examiner="A. Moreau", opinion="generated", text="Six fingers.", *, blind=True):
    return ExaminerView(1, examiner, opinion, text, blind, AT)


@pytest.fixture
def panel(qtbot):
    made = ViewPanel()
    qtbot.addWidget(made)
    made.wished = []
    made.view_wished.connect(lambda *wish: made.wished.append(wish))
    made.start(1)
    made.show()
    return made


def show(panel, *views, hidden=False, examiner="A. Moreau", writable=True):
    panel.set_views(views, hidden=hidden, examiner=examiner, writable=writable)


def words(panel):
    QApplication.processEvents()  # what was added to a layout is shown by then
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))


def test_blind_an_opinion_is_needed_before_it_can_be_written_down(panel, qtbot):
    show(panel, hidden=True)
    assert not panel.write.isEnabled()
    assert "show the detector's answer" in panel.write.text()
    assert "A. Moreau" in words(panel)
    panel.text.setPlainText("Six fingers. ")
    assert not panel.write.isEnabled()
    for opinion in OPINIONS:
        panel.choices[opinion].click()
        assert panel.opinion == opinion
    qtbot.mouseClick(panel.write, Qt.MouseButton.LeftButton)
    assert panel.wished == [("undecided", "Six fingers.")]


def test_a_second_click_does_not_write_twice_and_a_failure_keeps_the_words(panel):
    show(panel, hidden=True)
    panel.choices["real"].click()
    panel.text.setPlainText("No trace.")
    panel.write.click()
    panel.set_busy()
    panel.write.click()
    assert len(panel.wished) == 1
    panel.say("There is no space left.")
    assert "no space left" in words(panel)
    assert (panel.opinion, panel.text.toPlainText()) == ("real", "No trace.")
    panel.write.click()
    assert len(panel.wished) == 2


def test_the_answer_is_not_shown_while_it_is_hidden(panel):
    panel.set_answer("attributed, StyleGAN")
    show(panel, hidden=True)
    assert "StyleGAN" not in words(panel)
    panel.set_answer("attributed, StyleGAN")
    assert "StyleGAN" not in words(panel)
    show(panel, a_view())
    assert "StyleGAN" in words(panel)


def test_after_the_own_view_every_view_is_shown_with_who_when_and_how(panel):
    show(panel, a_view(), a_view("B. Later", "undecided", "", blind=False))
    told = words(panel)
    for part in ("A. Moreau: generated", "B. Later: undecided", "2026-11-21 09:10 UTC", "Six fingers."):
        assert part in told
    assert view_words.BLIND in told
    assert view_words.NOT_BLIND in told
    assert not panel.write.isVisibleTo(panel)
    panel.again.click()
    assert panel.write.isVisibleTo(panel)
    assert "show the detector's answer" not in panel.write.text()


def test_the_view_of_another_is_no_own_view(panel):
    show(panel, a_view("B. Later"))
    assert panel.write.isVisibleTo(panel)


def test_what_is_typed_waits_with_its_exhibit(panel):
    show(panel, hidden=True)
    panel.choices["generated"].click()
    panel.text.setPlainText("The hand")
    panel.start(2)
    show(panel, hidden=True)
    assert (panel.opinion, panel.text.toPlainText()) == ("", "")
    panel.start(1)
    show(panel, hidden=True)
    assert (panel.opinion, panel.text.toPlainText()) == ("generated", "The hand")
    panel.written(1)
    panel.start(2)
    panel.start(1)
    assert (panel.opinion, panel.text.toPlainText()) == ("", "")


def test_a_view_written_for_the_exhibit_before_leaves_the_words_of_this_one(panel):
    panel.text.setPlainText("first")
    panel.start(2)
    panel.text.setPlainText("second")
    panel.written(1)
    assert panel.text.toPlainText() == "second"
    panel.start(1)
    assert panel.text.toPlainText() == ""


def test_another_case_begins_empty(panel):
    panel.text.setPlainText("secret")
    panel.start(2)
    panel.clear()
    panel.start(1)
    assert panel.text.toPlainText() == ""


def test_read_only_says_that_no_view_can_be_written(panel):
    show(panel, hidden=True, writable=False)
    assert "read-only" in words(panel)
    assert not panel.write.isVisibleTo(panel)
    show(panel, a_view(), writable=False)
    assert not panel.again.isVisibleTo(panel)
    assert "read-only" not in words(panel)


def test_hostile_text_is_plain(panel):
    show(panel, a_view("<b>A\u202e</b>", "odd\x00", "<img src=x>\u202egpj\nsecond line"), examiner="<i>me\u202e")
    for label in panel.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or "<" not in label.text()
    told = words(panel)
    assert "\u202e" not in told
    assert "⟨U+202E⟩gpj\nsecond line" in told
    assert "<i>me⟨U+202E⟩" in told
