"""What a verification found, claim by claim, to be read and copied."""

from __future__ import annotations

from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from app.widgets.claim_card import ClaimCard
from app.widgets.claim_words import ending_text, verification_lines
from app.widgets.plain_text import PlainLabel, visible_lines
from app.widgets.scrolling import scrolling
from app.wording import visible
from core.custody import ClaimState, Verification

_LONGEST = 100_000


class VerificationDialog(QDialog):
    """Shows the claims of a case or a report, those that do not hold first.

    Args:
        verification: what was found.
    """

    def __init__(self, verification: Verification, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verification = verification
        self.ending, self.subject = PlainLabel("How it ends"), PlainLabel("What was verified")
        claims = sorted(verification.claims, key=lambda claim: claim.state is not ClaimState.FAILED)  # faults first
        self.cards = tuple(map(ClaimCard, claims))
        self.copy_button = QPushButton(self.tr("&Copy all"))
        self._build()

    def copy(self) -> None:
        """Put all of it on the clipboard as text."""
        QGuiApplication.clipboard().setText(self.text())

    def text(self) -> str:
        """All of it as text, a line for each line."""
        lines = verification_lines(self.verification)
        return "\n".join(visible(line, longest=_LONGEST) for line in lines)

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Verification"))
        self.resize(820, 640)
        self.ending.setText(ending_text(self.verification))
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setWeight(QFont.Weight.DemiBold)
        self.ending.setFont(font)
        when = f"{self.verification.at.astimezone():%Y-%m-%d %H:%M:%S %z}"
        self.subject.setText(f"{visible_lines(self.verification.subject)} · {when}")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for card in self.cards:
            column.addWidget(card)
        column.addStretch()
        area = scrolling(inside)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self.copy)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        for part in (self.ending, self.subject):
            layout.addWidget(part)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self.copy_button.setFocus()
