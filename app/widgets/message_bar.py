"""One bar on top of the page for what the analyst must know or decide; never a dialog, never two at once."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from app.errors import Choice, Notice
from app.theme import colours, icon_pixmap
from app.wording import visible

_SIGNS = {"problem": "problem", "offer": "help", "done": "done", "note": "info"}
_DONE_MS = 6000
_MOST = 20


class MessageBar(QFrame):
    """Shows the newest notice; the others wait behind it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices: list[Notice] = []
        self._sign, self._text, self._more = QLabel(), QLabel(), QLabel()
        self._buttons = QHBoxLayout()
        self._close = QToolButton()
        self._leave = QTimer(self, singleShot=True, interval=_DONE_MS)
        self._leave.timeout.connect(self.close_current)
        self._build()
        self.hide()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is shown (the last one) and what waits behind it."""
        return tuple(self._notices)

    def show_notice(self, notice: Notice) -> None:
        """Show a notice in front of the others; one with the same key or text is replaced."""
        self._notices = [
            held for held in self._notices if held.text != notice.text and (not notice.key or held.key != notice.key)
        ][-_MOST:]
        self._notices.append(notice)
        self._show_last()
        QAccessible.updateAccessibility(QAccessibleEvent(self._text, QAccessible.Event.Alert))

    def withdraw(self, key: str) -> None:
        """Take back a notice that is no longer true."""
        self._notices = [held for held in self._notices if held.key != key]
        self._show_last()

    def clear(self) -> None:
        """Forget every notice; they were about a case that is closed."""
        self._notices.clear()
        self._show_last()

    def close_current(self) -> None:
        """Close the notice that is shown; the one behind it appears."""
        if self._notices:
            self._notices.pop()
        self._show_last()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._notices:
            self._colour(self._notices[-1])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the bar with the colour of its kind."""
        if self._notices:
            _writing, ground = colours(self.palette()).notices[self._notices[-1].kind]
            QPainter(self).fillRect(event.rect(), QColor(ground))

    def _build(self) -> None:
        self.setAccessibleName(self.tr("Message"))
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # A path or digest has nowhere to break; it must not push the window off the screen.
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._close.setAutoRaise(True)
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self.close_current)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.setSpacing(10)
        layout.addWidget(self._sign)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._more)
        layout.addLayout(self._buttons)
        layout.addWidget(self._close)

    def _show_last(self) -> None:
        self._leave.stop()
        while (item := self._buttons.takeAt(0)) is not None:
            if (button := item.widget()) is not None:
                button.hide()
                button.deleteLater()
        self.setVisible(bool(self._notices))
        if not self._notices:
            return
        notice = self._notices[-1]
        self._text.setText(visible(notice.text))
        waiting = len(self._notices) - 1
        self._more.setText(self.tr("{} more").format(waiting) if waiting else "")
        self._more.setVisible(bool(waiting))
        for choice in notice.choices:
            self._buttons.addWidget(self._button(choice, notice))
        self._colour(notice)
        self.update()
        if notice.kind == "done":
            self._leave.start()

    def _button(self, choice: Choice, notice: Notice) -> QPushButton:
        def act() -> None:
            self._notices = [held for held in self._notices if held is not notice]
            self._show_last()
            choice.act()

        button = QPushButton(choice.text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where it was
        button.clicked.connect(act)
        return button

    def _colour(self, notice: Notice) -> None:
        writing, _ground = colours(self.palette()).notices[notice.kind]
        self._sign.setPixmap(icon_pixmap(_SIGNS[notice.kind], writing, 20, self.devicePixelRatioF()))
        self._close.setIcon(icon_pixmap("close", writing, 16, self.devicePixelRatioF()))
        for label in (self._text, self._more):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(writing))
            label.setPalette(palette)
