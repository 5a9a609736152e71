"""Where files can be dropped: the invitation on an empty page, and the veil while something is dragged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.theme import colours, icon_pixmap
from app.widgets.action_button import ActionButton


def dropped_paths(data: QMimeData) -> tuple[Path, ...]:
    """The local files and folders in something dragged; what is only on the network is left out."""
    return tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())


class DropArea(QWidget):
    """An empty page that says what to do: a sign, a sentence, an explanation and buttons.

    Args:
        title: the sentence.
        text: the explanation.
        sign: an icon of ours.
    """

    def __init__(self, title: str, text: str, *, sign: str = "drop", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = sign
        self._sign, self._title, self._text = QLabel(), QLabel(title), QLabel(text)
        self._buttons = QHBoxLayout()
        self._build()

    def set_actions(self, actions: Sequence[QAction]) -> None:
        """Offer these actions as buttons, the usual one first."""
        for action in actions:
            self._buttons.addWidget(ActionButton(action))

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dashed frame that invites a drop."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours(self.palette()).border), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(16, 16, -16, -16), 14, 14)

    def _build(self) -> None:
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        self._title.setFont(font)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(48, 48, 48, 48)
        layout.setSpacing(12)
        layout.addStretch(2)
        for label in (self._sign, self._title, self._text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(label is not self._sign)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        self._text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        layout.addSpacing(8)
        row = QHBoxLayout()
        row.addStretch()
        row.addLayout(self._buttons)
        row.addStretch()
        layout.addLayout(row)
        layout.addStretch(3)
        self.setAccessibleName(self._title.text())
        self._tint()

    def _tint(self) -> None:
        chosen = colours(self.palette())
        self._sign.setPixmap(icon_pixmap(self._icon, chosen.accent, 56, self.devicePixelRatioF()))


class DropVeil(QWidget):
    """Covers a window while files are dragged over it, says what dropping them will do, and takes them.

    Args:
        window: the window; must accept drops.
        invite: what dropping these paths will do, in words; empty refuses them.

    Signals:
        dropped: the paths.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget, invite: Callable[[Sequence[Path]], str]) -> None:
        super().__init__(window)
        self._window, self._invite, self._text = window, invite, ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is dragged over the window."""
        if watched is not self._window:
            return False
        if isinstance(event, QDragEnterEvent):
            return self._enter(event)
        if isinstance(event, QDragLeaveEvent):
            self.hide()
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.hide()
            _copy(event)
            self.dropped.emit(dropped_paths(event.mimeData()))
            return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the veil, its frame and its sentence."""
        chosen = colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wash = QColor(chosen.window)
        wash.setAlpha(225)
        painter.fillRect(event.rect(), wash)
        painter.setPen(QPen(QColor(chosen.accent), 3, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(14, 14, -14, -14), 14, 14)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        painter.setFont(font)
        painter.setPen(QColor(chosen.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)

    def _enter(self, event: QDragEnterEvent) -> bool:
        paths = dropped_paths(event.mimeData())
        self._text = self._invite(paths) if paths else ""
        if self._text:
            _copy(event)
            self.setGeometry(self._window.rect())
            self.raise_()
            self.show()
        return bool(self._text)


def _copy(event: QDropEvent) -> None:
    """Accept as a copy, so that no file manager moves an original away."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
