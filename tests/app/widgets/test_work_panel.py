import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication

from app.widgets.work_panel import WorkPanel


@pytest.fixture
def panel(qtbot):
    made = WorkPanel()
    qtbot.addWidget(made)
    made.wished = []
    made.note_wished.connect(made.wished.append)
    made.set_work(reviewed=False, note="before", read_only=False)
    return made


def test_a_changed_note_is_wished_once(panel):
    panel.flush()
    panel.note.setPlainText("after")
    panel.flush()
    panel.flush()
    assert panel.wished == ["after"]
    panel.set_work(reviewed=False, note="after", read_only=False)
    assert not panel.unsaved


def test_leaving_the_note_saves_it(panel):
    panel.note.setPlainText("after")
    QApplication.sendEvent(panel.note, QFocusEvent(QEvent.Type.FocusOut))
    assert panel.wished == ["after"]


def test_a_pause_saves_it(panel, qtbot):
    panel._idle.setInterval(5)
    with qtbot.waitSignal(panel.note_wished):
        panel.note.setPlainText("after")


def test_what_is_being_typed_survives_a_reload(panel):
    panel.note.setPlainText("half a sent")
    panel.set_work(reviewed=True, note="changed elsewhere", read_only=False)
    assert panel.note.toPlainText() == "half a sent"
    assert panel.reviewed.isChecked()
    panel.flush()
    assert panel.wished == ["half a sent"]


def test_an_undone_note_is_shown(panel):
    panel.note.setPlainText("after")
    panel.flush()
    panel.set_work(reviewed=False, note="after", read_only=False)
    panel.set_work(reviewed=False, note="before", read_only=False)
    assert panel.note.toPlainText() == "before"


def test_a_failed_write_is_tried_again(panel):
    panel.note.setPlainText("after")
    panel.flush()
    panel.restore("after")
    panel.set_work(reviewed=False, note="before", read_only=False)
    assert panel.note.toPlainText() == "after"
    panel.flush()
    assert panel.wished == ["after", "after"]


def test_a_read_only_case_takes_nothing(panel):
    panel.set_work(reviewed=False, note="before", read_only=True)
    assert panel.note.isReadOnly()
    assert not panel.reviewed.isEnabled()


def test_the_next_exhibit_starts_empty(panel):
    panel.note.setPlainText("after")
    panel.flush()
    panel.start()
    panel.flush()
    assert panel.wished == ["after"]
    assert panel.note.toPlainText() == ""
