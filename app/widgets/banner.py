"""How a thing stands, on top of a page: symbol, one line in bold, and the sentences that explain it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.widgets.plain_text import PlainLabel, visible_lines

_SIGNS = {"done": "done", "problem": "problem", "note": "info", "offer": "help"}
_SIGN_PX, _EDGE_PX, _TEXT_AT_PX = 22, 4, 48


class Banner(QFrame):
    """Shows one state; the colour says nothing that symbol and words do not.

    Args:
        name: what it tells of, for who cannot see it.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = "note"
        self.headline, self.sentence = PlainLabel(name), PlainLabel(f"{name}: in words")
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.15)
        font.setWeight(QFont.Weight.DemiBold)
        self.headline.setFont(font)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_TEXT_AT_PX, 10, 12, 10)
        layout.setSpacing(4)
        flags = Qt.TextInteractionFlag
        for label in (self.headline, self.sentence):
            label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
            layout.addWidget(label)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(name)

    def say(self, headline: str, sentence: str = "", *, kind: str = "note") -> None:
        """Show a state; `kind` is done, problem, offer or note."""
        news = headline != self.headline.text()
        self.kind = kind
        self.headline.setText(visible_lines(headline))
        self.sentence.setText(visible_lines(sentence))
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleDescription(" ".join(filter(None, (headline, sentence))))
        self._tint()
        if news:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the ground, the edge and the symbol."""
        ink, ground = theme.colours(self.palette()).notices[self.kind]
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(ground))
        painter.fillRect(0, 0, _EDGE_PX, self.height(), QColor(ink))
        sign = theme.icon_pixmap(_SIGNS[self.kind], ink, _SIGN_PX, self.devicePixelRatioF())
        painter.drawPixmap(_EDGE_PX + 11, 10, sign)

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "headline"):
            self._tint()

    def _tint(self) -> None:
        ink, _ground = theme.colours(self.palette()).notices[self.kind]
        for label in (self.headline, self.sentence):
            palette = label.palette()
            if palette.windowText().color().name() != ink:
                palette.setColor(palette.ColorRole.WindowText, QColor(ink))
                label.setPalette(palette)
