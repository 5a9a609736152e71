"""The verdict on top of the side panel: one line in words and the sentence that gives the reason."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.widgets import finding_words
from app.widgets.plain_text import PlainLabel
from core.domain import Finding, Verdict

_ICONS = {
    Verdict.ATTRIBUTED: "verdict-attributed",
    Verdict.UNKNOWN: "verdict-unknown",
    Verdict.INCONCLUSIVE: "verdict-inconclusive",
    Verdict.OUT_OF_SCOPE: "verdict-out-of-scope",
    None: "verdict-waiting",
}
_ICON_PX, _EDGE_PX, _TEXT_AT_PX = 22, 4, 48
_OFFER = "Analyse this exhibit"


class VerdictHeader(QFrame):
    """Shows what a finding says; without one it offers to make it.

    The colours are those of the verdict badges in Triage; symbol and words say the same without them.
    """

    analysis_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: Verdict | None = None
        self._sign = _ICONS[None]
        self.headline = plain_label("Verdict")
        self.reason = plain_label("Reason for the verdict")
        self.offer = QPushButton(_OFFER)
        self.offer.setToolTip("Let the detector in use look at this image")
        self.offer.clicked.connect(self.analysis_wished)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_TEXT_AT_PX, 12, 12, 12)
        layout.setSpacing(4)
        for part in (self.headline, self.reason):
            layout.addWidget(part)
        layout.addWidget(self.offer, 0, Qt.AlignmentFlag.AlignLeft)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setWeight(QFont.Weight.DemiBold)
        self.headline.setFont(font)

    def set_waiting(self) -> None:
        """Nothing is known yet."""
        self._verdict, self._sign = None, _ICONS[None]
        self.headline.setText("…")
        self.reason.setText("")
        self.offer.hide()
        self.update()

    def set_finding(self, finding: Finding | None, titles: finding_words.Titles) -> None:
        """Show a finding, or that there is none yet."""
        self._verdict = finding.verdict if finding is not None else None
        self._sign = _ICONS[self._verdict]
        self.headline.setText(finding_words.headline(finding, titles))
        self.reason.setText(finding_words.reason(finding))
        self.offer.setText(_OFFER)
        self.offer.setEnabled(True)
        self.offer.setVisible(finding is None)
        self.update()

    def set_hidden(self) -> None:
        """A blind case hides the answer until there is an own view."""
        self._verdict, self._sign = None, "hidden"
        self.headline.setText("Hidden until you write your view")
        self.reason.setText(
            "This case is examined blind. Write down what you think of the exhibit, and the detector's answer appears."
        )
        self.offer.hide()
        self.update()

    def set_busy(self) -> None:
        """The wish was heard; another click would only queue it twice."""
        self.offer.setEnabled(False)
        self.offer.setText("Analysing …")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the verdict's colours and symbol behind the words."""
        writing, background = theme.colours(self.palette()).verdicts[self._verdict]
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(background))
        painter.fillRect(0, 0, _EDGE_PX, self.height(), QColor(writing))
        icon = theme.icon_pixmap(self._sign, writing, _ICON_PX, self.devicePixelRatioF())
        top = self.headline.y() + (self.headline.fontMetrics().height() - _ICON_PX) // 2
        painter.drawPixmap((_EDGE_PX + _TEXT_AT_PX - _ICON_PX) // 2, max(4, top), icon)


def plain_label(accessible_name: str) -> QLabel:
    """A label for hostile text: never markup, wrapped anywhere, selectable."""
    return PlainLabel(accessible_name)
