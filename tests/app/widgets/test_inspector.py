import pytest
from PySide6.QtWidgets import QCheckBox, QToolButton

from app.widgets.inspector import Inspector


@pytest.fixture
def inspector(qtbot, stand_in):
    made = Inspector()
    qtbot.addWidget(made)
    made.set_tag_names(stand_in.settings.get("triage.tags"))
    made.show()
    made.put = lambda number, writable=True: made.show_exhibit(
        stand_in.exhibits.get(number), stand_in.analysis.finding(number), {}, writable=writable
    )
    return made


def tag_button(inspector, tag):
    return next(button for button in inspector.findChildren(QToolButton) if button.text().startswith(f"{tag} "))


def test_it_shows_what_is_known(inspector, stand_in):
    stand_in.exhibits.tag([1], 3, True) if stand_in.open_case() else None
    inspector.put(1)
    assert inspector._name.text() == "photo_00000.jpg"
    assert "score 0.9" in inspector._figures.text()
    assert tag_button(inspector, 3).isChecked()
    assert not tag_button(inspector, 4).isChecked()


def test_wishes_are_told(inspector, qtbot):
    inspector.put(1)
    with qtbot.waitSignal(inspector.tag_wished) as tag:
        tag_button(inspector, 5).click()
    assert tag.args == [5]
    with qtbot.waitSignal(inspector.review_wished) as review:
        inspector._work.findChild(QCheckBox).click()
    assert review.args == [True]
    inspector.edit_note()
    inspector._work.note.setPlainText("a note")
    with qtbot.waitSignal(inspector.note_wished) as note:
        inspector.flush()
    assert note.args == ["a note"]


def test_a_note_is_saved_before_another_exhibit_is_shown(inspector, qtbot, stand_in):
    inspector.put(1)
    inspector._work.note.setPlainText("unsaved")
    with qtbot.waitSignal(inspector.note_wished) as note:
        inspector.start_exhibit(stand_in.lines[2])
    assert note.args == ["unsaved"]


def test_a_read_only_case_cannot_be_changed(inspector):
    inspector.put(1, writable=False)
    assert not tag_button(inspector, 1).isEnabled()
    assert inspector._work.note.isReadOnly()
    assert not inspector._work.reviewed.isEnabled()


def test_many_and_none(inspector):
    inspector.put(1)
    inspector.show_many(7, frozenset({1}), frozenset({1, 2}), writable=True)
    assert inspector._name.text() == "7 exhibits selected"
    assert tag_button(inspector, 1).isChecked()
    assert not tag_button(inspector, 2).isChecked()
    assert inspector._work.isHidden()
    inspector.show_nothing()
    assert inspector._tags.isHidden()
