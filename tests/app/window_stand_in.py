"""Stand-ins for the pages that another room builds, and what the tests of the window do to it."""

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.bootstrap import PAGES
from app.pages.page_host import PageRow


class Examine(QWidget):
    exhibit_changed, message = Signal(int), Signal(str)

    def __init__(self):
        super().__init__()
        self.log = []

    def show_exhibit(self, exhibit_id):
        self.log.append(("show", exhibit_id))
        self.exhibit_changed.emit(exhibit_id)

    def set_context(self, *context):
        self.log.append(("context", *context))

    def reload(self, touched):
        self.log.append(("reload", touched))

    def clear(self):
        self.log.append(("clear",))

    def actions_used(self):
        return ("examine.fit",)

    def trigger(self, action_id):
        self.log.append((action_id,))


class Detectors(QWidget):
    message, retrain_wished = Signal(str), Signal()

    def reload(self, touched):
        pass

    def actions_used(self):
        return ()

    def trigger(self, action_id):
        pass


ROWS = tuple(
    {
        "examine": PageRow("examine", lambda *_: Examine()),
        "detectors": PageRow("detectors", lambda *_: Detectors()),
    }.get(row.id, row)
    for row in PAGES
)


def waits(window):
    triage = window.pages.page("triage")
    return triage._inspect_soon.isActive() or triage.table._fetch_soon.isActive()


def select(window, row):
    window.pages.page("triage").view.grid.select_row(row)
    window.idle()


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(400, 300), *how)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPoint(400, 300), *how))
        window.idle()
    return enter.isAccepted()


def texts(window):
    return [notice.text for notice in window.messages.notices]
