"""The layout of the window, remembered between runs beside the settings."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QWidget

from core.errors import CoreError
from core.settings import Settings

_KEY = "layout"
_SHOWN = "was-shown"
_VERSION = 1  # raise it when the pieces change, so that an old layout is not forced on a new window


def recall_window(window: QWidget, settings: Settings) -> None:
    """Give the window the size and place it had."""
    if not window.restoreGeometry(_bytes(_kept(settings).get("window"))):
        _centre(window)


def recall_splitters(part: QWidget, settings: Settings) -> None:
    """Give the named splitters of a page the sizes they had, once they are shown and know their width."""
    sizes = _kept(settings).get("splitters")
    for splitter in part.findChildren(QSplitter):
        if splitter.objectName():
            _AtFirstShow(splitter, sizes.get(splitter.objectName()) if isinstance(sizes, dict) else None)


def remember_layout(window: QWidget, settings: Settings) -> None:
    """Keep the sizes of the window and of its named splitters."""
    before = _kept(settings).get("splitters")
    splitters = dict(before) if isinstance(before, dict) else {}
    for splitter in window.findChildren(QSplitter):
        if splitter.property(_SHOWN):
            splitters[splitter.objectName()] = _text(splitter.saveState())
    kept = {"version": _VERSION, "window": _text(window.saveGeometry()), "splitters": splitters}
    with suppress(CoreError):  # the layout is not worth a failure while the window closes
        settings.remember(_KEY, kept)


class _AtFirstShow(QObject):
    def __init__(self, splitter: QSplitter, state: object) -> None:
        super().__init__(splitter)
        self._splitter, self._state = splitter, state
        splitter.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._splitter and event.type() == QEvent.Type.Show:
            self._splitter.removeEventFilter(self)
            QTimer.singleShot(0, self, self._recall)  # a page that is built while the window shows has no width yet
        return False

    def _recall(self) -> None:
        self._splitter.setProperty(_SHOWN, True)
        if self._state:
            self._splitter.restoreState(_bytes(self._state))


def _kept(settings: Settings) -> dict[str, Any]:
    kept = settings.recall(_KEY, {})
    return kept if isinstance(kept, dict) and kept.get("version") == _VERSION else {}


def _centre(window: QWidget) -> None:
    screen = QGuiApplication.primaryScreen().availableGeometry()
    window.resize(min(1440, round(screen.width() * 0.92)), min(900, round(screen.height() * 0.9)))
    window.move(screen.center() - window.rect().center())


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: object) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "replace")) if isinstance(text, str) else QByteArray()
