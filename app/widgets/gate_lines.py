"""What the gate asks of a new detector, line by line: symbol, word, what was asked for and what was found."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app import theme
from app.widgets.plain_text import PlainLabel, visible_lines
from core.retraining import GateLine

_WORDS = {True: "Met", False: "Not met", None: "Could not be found out, which counts as not met"}
_SIGNS = {True: "done", False: "problem", None: "help"}
_KINDS: dict[bool | None, str] = {True: "done", False: "problem"}
_SIGN_PX, _EDGE_PX, _TEXT_AT_PX = 20, 4, 44


def line_words(line: GateLine) -> str:
    """A line as one sentence."""
    return f"{_WORDS[line.met]}: {line.asks}. {line.found}"


class GateLines(QWidget):
    """A card for each line, those that are not met first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self.cards: tuple[_LineCard, ...] = ()
        self.setAccessibleName("What the gate asks for")

    def set_lines(self, lines: Sequence[GateLine]) -> None:
        """Show other lines."""
        for card in self.cards:
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        ordered = sorted(lines, key=lambda line: (line.met is True, line.met is None))
        self.cards = tuple(map(_LineCard, ordered))
        for card in self.cards:
            self._layout.addWidget(card)


class _LineCard(QFrame):
    def __init__(self, line: GateLine) -> None:
        super().__init__()
        self._met = line.met
        self.headline, self.found = PlainLabel("What is asked for"), PlainLabel("What was found")
        self.headline.setText(visible_lines(f"{_WORDS[line.met]} – {line.asks}"))
        self.found.setText(visible_lines(line.found))
        self.found.setVisible(bool(line.found))
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        self.headline.setFont(font)
        self.setAccessibleName(line_words(line))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_TEXT_AT_PX, 8, 12, 8)
        layout.setSpacing(2)
        flags = Qt.TextInteractionFlag
        for label in (self.headline, self.found):
            label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
            layout.addWidget(label)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the ground, the edge and the symbol."""
        colours = theme.colours(self.palette())
        ink, ground = colours.notices.get(_KINDS.get(self._met, ""), (colours.muted, colours.raised))
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(ground if self._met is False else colours.raised))
        painter.fillRect(0, 0, _EDGE_PX, self.height(), QColor(ink))
        sign = theme.icon_pixmap(_SIGNS[self._met], ink, _SIGN_PX, self.devicePixelRatioF())
        painter.drawPixmap(_EDGE_PX + 10, 8, sign)
