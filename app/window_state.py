"""The layout of the window, remembered between runs beside the settings."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QWidget

from core.settings import Settings

_KEY = "layout"
_VERSION = 1  # raise it when the pieces change, so that an old layout is not forced on a new window


def recall_window(window: QWidget, settings: Settings) -> None:
    """Give the window the size and place it had."""
    if not window.restoreGeometry(_bytes(_kept(settings).get("window"))):
        _centre(window)


def recall_splitters(part: QWidget, settings: Settings) -> None:
    """Give the named splitters of a page the sizes they had."""
    sizes = _kept(settings).get("splitters")
    for splitter in part.findChildren(QSplitter):
        if isinstance(sizes, dict) and splitter.objectName() in sizes:
            splitter.restoreState(_bytes(sizes[splitter.objectName()]))


def remember_layout(window: QWidget, settings: Settings) -> None:
    """Keep the sizes of the window and of its named splitters."""
    before = _kept(settings).get("splitters")
    splitters = dict(before) if isinstance(before, dict) else {}
    for splitter in window.findChildren(QSplitter):
        if splitter.objectName():
            splitters[splitter.objectName()] = _text(splitter.saveState())
    kept = {"version": _VERSION, "window": _text(window.saveGeometry()), "splitters": splitters}
    settings.remember(_KEY, kept)


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
