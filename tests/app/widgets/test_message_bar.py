import pytest
from PySide6.QtWidgets import QPushButton

from app.errors import Choice, Notice
from app.widgets.message_bar import MessageBar


@pytest.fixture
def bar(qtbot):
    made = MessageBar()
    qtbot.addWidget(made)
    return made


def shown(bar):
    return bar._text.text() if bar.isVisibleTo(None) else None


def test_the_newest_notice_is_shown_and_the_others_wait(bar):
    assert bar.isHidden()
    bar.show_notice(Notice("First."))
    bar.show_notice(Notice("Second."))
    assert shown(bar) == "Second."
    assert bar._more.text() == "1 more"
    bar.close_current()
    assert shown(bar) == "First."
    bar.close_current()
    assert bar.isHidden()


def test_the_same_thing_is_never_said_twice(bar):
    bar.show_notice(Notice("No space."))
    bar.show_notice(Notice("No space."))
    bar.show_notice(Notice("12 left.", key="pending"))
    bar.show_notice(Notice("10 left.", key="pending"))
    assert [notice.text for notice in bar.notices] == ["No space.", "10 left."]
    bar.withdraw("pending")
    assert shown(bar) == "No space."


def test_a_choice_acts_once_and_closes_its_notice(bar, qtbot):
    acted = []
    bar.show_notice(Notice("An intake was cut short.", "offer", (Choice("Finish it", lambda: acted.append(1)),)))
    bar.findChild(QPushButton).click()
    assert acted == [1]
    assert bar.isHidden()


def test_hostile_text_is_plain_and_visible(bar):
    bar.show_notice(Notice("<b>x</b> a\u202eb"))
    assert shown(bar) == "<b>x</b> a⟨U+202E⟩b"


def test_an_endless_word_does_not_widen_the_window(bar):
    before = bar.minimumSizeHint().width()
    bar.show_notice(Notice("There is no detector " + "f" * 500 + "."))
    assert bar.minimumSizeHint().width() < before + 100


def test_a_hundred_notices_do_not_pile_up(bar):
    for number in range(100):
        bar.show_notice(Notice(f"Problem {number}."))
    assert len(bar.notices) <= 21
    bar.clear()
    assert bar.isHidden()


def test_good_news_leaves_by_itself(bar, qtbot, monkeypatch):
    bar._leave.setInterval(1)
    bar.show_notice(Notice("Saved.", "done"))
    qtbot.waitUntil(bar.isHidden)
