import sys
import threading

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from app.dialogs.bug_report import BugReport
from app.errors import bug_text, install_hooks, keep_bug
from core.paths import crash_folder


@pytest.fixture
def hooks():
    from PySide6.QtCore import qInstallMessageHandler

    before = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = before
    qInstallMessageHandler(None)


def a_bug():
    secret = "/evidence/secret.jpg"
    try:
        return 1 / len(secret[:0])
    except ZeroDivisionError as error:
        return error


def test_the_report_shows_the_way_through_the_code_but_no_values():
    text = bug_text(a_bug())
    assert "ZeroDivisionError" in text
    assert "DNA-Det Workbench" in text
    assert "in a_bug" in text


def test_it_is_kept_on_this_machine(own_user_folder):
    path = keep_bug("report")
    assert path.parent == crash_folder()
    assert path.read_text() == "report"


def test_a_full_disk_does_not_hide_the_bug(own_user_folder):
    crash_folder().parent.mkdir(parents=True, exist_ok=True)
    crash_folder().write_text("in the way")
    assert keep_bug("report") is None


def test_bugs_join_one_dialog_that_can_be_copied(qtbot):
    dialog = BugReport()
    qtbot.addWidget(dialog)
    for number in range(50):
        dialog.add_bug(f"bug {number}", None)
    assert dialog.isVisible()
    assert dialog.text.count("bug") == 20
    next(button for button in dialog.findChildren(QPushButton) if "Copy" in button.text()).click()
    assert QApplication.clipboard().text() == dialog.text


def test_what_nobody_caught_is_reported(hooks):
    seen = []
    install_hooks(seen.append)
    sys.excepthook(ZeroDivisionError, a_bug(), None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert [type(error) for error in seen] == [ZeroDivisionError] * 2
