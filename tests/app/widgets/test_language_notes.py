"""Notes under a text: found after a pause, placed to the letter, and never in the way."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.widgets.language_notes import LanguageNotes


@pytest.fixture
def field(qtbot):
    owner = QWidget()
    made = QPlainTextEdit()
    made.notes = LanguageNotes(made)
    layout = QVBoxLayout(owner)
    layout.addWidget(made)
    layout.addWidget(made.notes)
    qtbot.addWidget(owner)
    owner.show()
    made.owner = owner
    return made


def write(field, text):
    field.setPlainText(text)
    field.notes.check()
    QApplication.processEvents()  # what was added to a layout is shown by then


def underlined(field):
    return [mark.cursor.selectedText() for mark in field.extraSelections()]


def told(field):
    return [label.text() for label in field.notes.findChildren(QLabel) if label.isVisibleTo(field.owner)]


def buttons(field):
    return [button for button in field.notes.findChildren(QPushButton) if button.isVisibleTo(field.owner)]


def test_typing_is_not_interrupted_and_a_pause_brings_the_notes(field, qtbot):
    field.notes._idle.setInterval(60)
    with qtbot.waitSignal(field.notes.checked) as found:
        field.setPlainText("The heat map pro")
        field.setPlainText("The heat map proves it.")
        assert field.notes.remarks == ()
        assert not field.notes.isVisible()
    assert found.signal_triggered
    assert [remark.rule for remark in field.notes.remarks] == ["proof"]
    assert field.notes.isVisible()
    assert "they do not prove it" in told(field)[0]
    assert field.toPlainText() == "The heat map proves it."


def test_the_words_are_underlined_to_the_letter_also_behind_an_emoji(field):
    write(field, "😀𝔘 It proves\nthat the image is fake 😀. A match.")
    assert underlined(field) == ["proves", "the image is fake", "match"]
    second = buttons(field)[1]
    second.click()
    assert field.textCursor().selectedText() == "the image is fake"


def test_a_note_about_words_that_changed_meanwhile_selects_nothing(field):
    write(field, "It proves it.")
    (button,) = buttons(field)
    field.setPlainText("Nothing of the sort.")
    button.click()
    assert field.textCursor().selectedText() == ""


def test_the_same_kind_is_told_once_and_many_kinds_are_cut(field):
    write(field, "It proves it. That is proof. It proves & proves.")
    assert len(told(field)) == 1
    assert [button.text() for button in buttons(field)] == ["“proves”", "“proof”", "“proves”", "“proves”"]
    write(
        field,
        "A match. It proves it. This is certain. No doubt. I am 100 % right. The traces are identical. It is fake.",
    )
    assert told(field)[-1] == "And 3 more."


def test_notes_go_when_the_words_go_and_a_fine_text_may_be_told_so(field, qtbot):
    write(field, "It proves it.")
    write(field, "It supports it.")
    assert underlined(field) == []
    assert not field.notes.isVisible()
    other = LanguageNotes(field, said_fine=True)
    qtbot.addWidget(other)
    other.check()
    assert other.isVisibleTo(None) or not other.isHidden()
    write(field, "")
    other.check()
    assert other.isHidden()


def test_hostile_words_are_shown_literally_and_a_long_text_is_cut(field):
    write(field, "It is 100 % <b>sure</b>\u202e & a match.")
    assert all("\u202e" not in text for text in told(field))
    write(field, "x " * 10_000 + "match")
    assert field.notes.remarks == ()


def test_the_language_is_guessed_or_set(field):
    write(field, "Das ist der Beweis für die Fälschung.")
    assert [remark.rule for remark in field.notes.remarks] == ["proof"]
    field.notes.set_language("en")
    assert field.notes.remarks == ()
