from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app.widgets.drop_area import DropArea, DropVeil, dropped_paths


def dragged(*urls):
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    return data


def enter(window, data):
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    event = QDragEnterEvent(QPoint(5, 5), actions, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(window, event)
    return event


def drop(window, data):
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    event = QDropEvent(QPoint(5, 5), actions, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, event)
    return event


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.setAcceptDrops(True)
    made.show()
    made.words, made.got = "Drop to take it in", []
    made.veil = DropVeil(made, lambda _paths: made.words)
    made.veil.dropped.connect(made.got.append)
    return made


def test_only_local_files_are_taken():
    data = dragged("file:///a/b%20c.jpg", "https://example.org/x.jpg", "file:///d")
    assert dropped_paths(data) == (Path("/a/b c.jpg"), Path("/d"))


def test_files_are_invited_and_taken_as_copies_only(window):
    data = dragged("file:///a.jpg")
    event = enter(window, data)
    assert event.isAccepted()
    assert event.dropAction() == Qt.DropAction.CopyAction  # a move would take the original away
    assert window.veil.isVisible()
    event = drop(window, data)
    assert event.dropAction() == Qt.DropAction.CopyAction
    assert window.got == [(Path("/a.jpg"),)]
    assert not window.veil.isVisible()


def test_leaving_takes_the_invitation_back(window):
    enter(window, dragged("file:///a.jpg"))
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.veil.isVisible()
    assert window.got == []


def test_text_and_what_is_not_wanted_is_refused(window):
    text = QMimeData()
    text.setText("hello")
    assert not enter(window, text).isAccepted()
    window.words = ""
    assert not enter(window, dragged("file:///a.jpg")).isAccepted()
    assert not window.veil.isVisible()


def test_an_empty_page_offers_its_actions(qtbot):
    area, done = DropArea("Nothing here", "Drop something."), []
    qtbot.addWidget(area)
    action = QAction("&Add files…")
    action.triggered.connect(lambda: done.append(1))
    area.set_actions([action])
    button = area.findChild(QPushButton)
    assert button.text() == "Add files…"
    action.setEnabled(False)
    assert not button.isEnabled()
    action.setEnabled(True)
    button.click()
    assert done == [1]
    area.grab()
