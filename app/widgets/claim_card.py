"""One claim of a verification: symbol, word, sentence, and the details where there are any."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.widgets.claim_words import state_text
from app.widgets.plain_text import PlainLabel, visible_lines
from core.custody import Claim, ClaimState

_SIGNS = {ClaimState.PASSED: "done", ClaimState.FAILED: "problem", ClaimState.UNCHECKED: "help"}
_KINDS = {ClaimState.PASSED: "done", ClaimState.FAILED: "problem"}
_SIGN_PX, _EDGE_PX, _TEXT_AT_PX = 20, 4, 44


class ClaimCard(QFrame):
    """Shows a claim; the colour says nothing that symbol and word do not.

    The details of a claim that fails are open at first.
    """

    def __init__(self, claim: Claim, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = claim.state
        name = f"{claim.name[:1].upper()}{claim.name[1:]}"
        self.headline = _label(f"{name} – {state_text(claim.state)}", "Claim")
        self.sentence = _label(visible_lines(claim.sentence), f"What was found: {name}")
        self.more = QToolButton()
        self.details = _label("\n".join(map(visible_lines, claim.details)), f"Details: {name}")
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        self.headline.setFont(font)
        self._arrange(claim)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the edge and the symbol."""
        colours = theme.colours(self.palette())
        ink, ground = colours.notices.get(_KINDS.get(self._state, ""), (colours.muted, colours.raised))
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(ground if self._state is ClaimState.FAILED else colours.raised))
        painter.fillRect(0, 0, _EDGE_PX, self.height(), QColor(ink))
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(_EDGE_PX + 10, 11, theme.icon_pixmap(_SIGNS[self._state], ink, _SIGN_PX, ratio))
        painter.end()
        super().paintEvent(event)

    def _arrange(self, claim: Claim) -> None:
        count = len(claim.details)
        self.more.setText(f"Details ({count})")
        self.more.setAccessibleName(f"Details of {claim.name}")
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.toggled.connect(self._unfold)
        self.more.setVisible(count > 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_TEXT_AT_PX, 10, 12, 10)
        layout.setSpacing(4)
        for part in (self.headline, self.sentence):
            layout.addWidget(part)
        layout.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.details)
        self._unfold(False)
        self.more.setChecked(count > 0 and claim.state is ClaimState.FAILED)

    def _unfold(self, unfolded: bool) -> None:
        self.details.setVisible(unfolded)
        self.more.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)


def _label(text: str, name: str) -> PlainLabel:
    label = PlainLabel(name)
    label.setText(text)
    flags = Qt.TextInteractionFlag
    label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return label
