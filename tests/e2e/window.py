"""A real window on the real services, as `app.bootstrap.run` builds it, without its event loop."""

from contextlib import contextmanager

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.bootstrap import PAGES
from app.jobs import Jobs
from app.main_window import MainWindow
from core.paths import settings_file
from core.services.workspace import Workspace
from core.settings import Settings

LONG_MS = 120_000


@contextmanager
def open_window(qtbot, size=(1280, 800)):
    """The window with all its pages; everything is closed afterwards."""
    workspace, jobs = Workspace(Settings(settings_file())), Jobs()
    window = MainWindow(workspace, jobs, PAGES)
    window.resize(*size)
    window.show()
    window.build_pages()
    try:
        yield window
    finally:
        window.close()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG_MS)
        assert jobs.close(20)
        workspace.close()
        window.deleteLater()
        QApplication.processEvents()


def settle(qtbot, window, timeout=LONG_MS):
    """Wait until no job runs."""
    jobs = window._jobs
    qtbot.waitUntil(lambda: not jobs.running(quiet=True), timeout=timeout)
    QApplication.processEvents()
    qtbot.waitUntil(lambda: not jobs.running(quiet=True), timeout=timeout)


def drop(target, paths):
    """Drop files on a widget, as a file manager would."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys, action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(200, 200), action, mime, buttons, keys)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(200, 200), action, mime, buttons, keys))


def triage(window):
    """The Triage page."""
    return window.pages.page("triage")


def shown_ids(window):
    """Ids of the exhibits Triage shows."""
    return triage(window).table.ids
