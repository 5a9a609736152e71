import pytest
from PySide6.QtCore import Qt

from app.dialogs.quick_look import QuickLook, line_text
from core.errors import NotFound


@pytest.fixture
def look(stand_in, jobs, qtbot):
    stand_in.open_case()
    made = QuickLook(stand_in, jobs)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    return made


def test_it_shows_the_words_at_once_and_the_pixels_when_they_come(look, stand_in):
    look.show_line(stand_in.lines[1], {"ProGAN": "ProGAN 2017"})
    assert look._name.text() == "photo_00000.jpg"
    assert look._verdict.text() == line_text(stand_in.lines[1], {"ProGAN": "ProGAN 2017"})
    look.idle()
    assert not look._canvas.empty


def test_keys_close_it_or_go_on(look, stand_in, qtbot):
    with qtbot.waitSignal(look.step_wished) as step:
        qtbot.keyClick(look, Qt.Key.Key_Right)
    assert step.args == [1]
    with qtbot.waitSignal(look.step_wished) as step:
        qtbot.keyClick(look, Qt.Key.Key_Up)
    assert step.args == [-1]
    qtbot.keyClick(look, Qt.Key.Key_Space)
    assert not look.isVisible()


def test_an_image_that_cannot_be_shown_says_why(look, stand_in):
    stand_in.fail["exhibits.display"] = NotFound("/x does not exist (any more).")
    look.show_line(stand_in.lines[2], {})
    look.idle()
    assert "does not exist" in look._canvas._message.text()
