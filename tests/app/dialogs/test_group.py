import pytest
from PySide6.QtCore import Qt

from app.dialogs.group import GroupDialog


@pytest.fixture
def dialog(qtbot):
    made = GroupDialog(12, ("Same camera",))
    qtbot.addWidget(made)
    made.wished = []
    made.group_wished.connect(lambda *wish: made.wished.append(wish))
    made.show()
    return made


def test_a_name_is_needed_and_the_dialog_closes_with_it(dialog, qtbot):
    for name in ("", "   "):
        dialog.name.setText(name)
        assert not dialog.make.isEnabled()
    qtbot.keyClicks(dialog.name, "Same phone ")
    dialog.note.setPlainText(" By the noise. ")
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    assert dialog.wished == [("Same phone", "By the noise.")]
    assert not dialog.isVisible()


def test_a_name_that_is_taken_is_said_to_be(dialog):
    dialog.name.setText(" same CAMERA")
    assert not dialog.make.isEnabled()
    assert "already" in dialog._problem.text()
    dialog.name.setText("same camera 2")
    assert dialog.make.isEnabled()
    assert dialog._problem.text() == ""


def test_cancelling_wishes_for_nothing(dialog):
    dialog.name.setText("Same phone")
    dialog.reject()
    assert dialog.wished == []
