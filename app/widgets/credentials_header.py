"""Content Credentials on top of what a file says: one of four states by word, symbol and colour, and its cautions."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app import theme
from app.widgets.plain_text import PlainLabel
from app.widgets.statement_section import LineSheet
from app.widgets.statement_words import ABSENCE, STATES, credential_rows, problem_text
from app.widgets.text_sheet import Bullets, TextSheet
from core.domain import Verdict
from core.examine import Provenance, ProvenanceState

_ICON_PX, _EDGE_PX, _TEXT_AT_PX = 22, 4, 44


class CredentialsHeader(QFrame):
    """Shows the state of a file's Content Credentials; None is "not checked", which is none of the four."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = STATES[None]
        self.title, self.headline, self.meaning, self.absence = (PlainLabel() for _ in range(4))
        self.rows, self.problems = LineSheet(), TextSheet(whole=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_TEXT_AT_PX, 10, 12, 10)
        layout.setSpacing(4)
        for part in (self.title, self.headline, self.meaning):
            layout.addWidget(part)
        layout.addSpacing(8)
        for sheet in (self.rows, self.problems):
            layout.addWidget(sheet)
        layout.addWidget(self.absence)
        self.title.setText("Content Credentials (C2PA)")
        self.absence.setText(ABSENCE)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setWeight(QFont.Weight.DemiBold)
        self.headline.setFont(font)
        self.rows.setAccessibleName("What the credentials say of their signer")
        self.problems.setAccessibleName("Problems of the credentials")

    def set_provenance(self, provenance: Provenance | None) -> None:
        """Show a state, who signed, and what is wrong."""
        self._words = STATES[provenance.state if provenance is not None else None]
        self.headline.setText(self._words.headline)
        self.meaning.setText(self._words.meaning)
        rows = credential_rows(provenance) if provenance is not None else ()
        problems = tuple(map(problem_text, provenance.problems)) if provenance is not None else ()
        self.absence.setVisible(provenance is not None and provenance.state is ProvenanceState.NONE)
        self.rows.set_rows(rows)
        self.rows.setVisible(bool(rows))
        self.problems.set_blocks((Bullets(problems),) if problems else ())
        self.problems.setVisible(bool(problems))
        self.setAccessibleName(f"Content Credentials: {self._words.headline}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the state's colours and symbol beside the words."""
        writing, background = _colours(self._words.kind, theme.colours(self.palette()))
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.colours(self.palette()).raised))
        painter.fillRect(0, 0, self.width(), self.meaning.geometry().bottom() + 6, QColor(background))
        painter.fillRect(0, 0, _EDGE_PX, self.height(), QColor(writing))
        icon = theme.icon_pixmap(self._words.icon, writing, _ICON_PX, self.devicePixelRatioF())
        top = self.headline.y() + (self.headline.height() - _ICON_PX) // 2
        painter.drawPixmap((_EDGE_PX + _TEXT_AT_PX - _ICON_PX) // 2, max(4, top), icon)


def _colours(kind: str, chosen: theme.Colours) -> tuple[str, str]:
    """(writing, background) of a kind of state."""
    if kind == "unsure":
        return chosen.verdicts[Verdict.INCONCLUSIVE]
    return chosen.notices[kind] if kind in chosen.notices else chosen.verdicts[Verdict.OUT_OF_SCOPE]
