"""Where a named person concludes: an outcome, an opinion in own words with notes on its language, and limitations."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.widgets import conclusion_words as words
from app.widgets.heading import heading
from app.widgets.language_notes import LanguageNotes
from app.widgets.text_field import TextField
from app.widgets.verdict_header import plain_label
from app.wording import visible
from core.reporting import Conclusion, Outcome

_CHOOSE = "Choose an outcome …"
_FOR_EVER = "A conclusion is kept for ever. If you change your mind, write another one; all are printed."


@dataclass(frozen=True, slots=True)
class ConclusionDraft:
    """What stands in the form; `agrees` is None for a first examiner, and as long as nothing is chosen."""

    outcome: Outcome | None = None
    opinion: str = ""
    limitations: str = ""
    agrees: bool | None = None


class ConclusionForm(QWidget):
    """Takes a conclusion down; a second examiner says on which side as well.

    Signals:
        conclusion_wished: a `ConclusionDraft` with an outcome, to be written down.
    """

    conclusion_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._second = self._writable = self._busy = False
        self.outcome = QComboBox()
        self.agree, self.disagree = QRadioButton("I &agree with the first examiner"), QRadioButton("I &disagree")
        self._sides, self._none = QButtonGroup(self), QRadioButton()
        self.opinion = TextField(
            "&Opinion, in your own words", 6, "What do you conclude, and why? What speaks against it?"
        )
        self.limitations = TextField("&Limitations", 3, "What the conclusion does not cover")
        self.notes = tuple(LanguageNotes(field.edit) for field in (self.opinion, self.limitations))
        self.write = QPushButton("Write down the &conclusion")
        self._who, self._said = plain_label("In whose name"), plain_label("What went wrong")
        self._build()
        self.set_role(None, examiner="", writable=False)

    @property
    def draft(self) -> ConclusionDraft:
        """What stands in the form now."""
        chosen = self.agree.isChecked() or self.disagree.isChecked()
        side = self.agree.isChecked() if self._second and chosen else None
        return ConclusionDraft(self.outcome.currentData(), self.opinion.text, self.limitations.text, side)

    def set_role(self, first: Conclusion | None, *, examiner: str, writable: bool) -> None:
        """Say in which role the one at work writes.

        Args:
            first: the conclusion of the first examiner, where the one at work is the second; else None.
            examiner: in whose name a conclusion is written.
            writable: whether the case may be changed, and the answer is seen.
        """
        self._second, self._writable = first is not None, writable
        self._who.setText(words.second_words(first, examiner))
        for button in (self.agree, self.disagree):
            button.setVisible(self._second)
        self.setVisible(writable)
        self._offer()

    def start(self, draft: ConclusionDraft | None) -> None:
        """Another exhibit follows; what was being written about it, or nothing."""
        draft = draft or ConclusionDraft()
        self.outcome.setCurrentIndex(max(0, self.outcome.findData(draft.outcome)))
        self.opinion.set_text(draft.opinion)
        self.limitations.set_text(draft.limitations)
        {True: self.agree, False: self.disagree, None: self._none}[draft.agrees].setChecked(True)
        self.say("")

    def set_busy(self) -> None:
        """The wish was heard; another click would write it twice."""
        self._busy = True
        self._offer()

    def say(self, sentence: str) -> None:
        """Why nothing was written down; what was typed is still there."""
        self._busy = False
        self._said.setText(visible(sentence))
        self._said.setVisible(bool(sentence))
        self._offer()

    def _offer(self) -> None:
        can = self._writable and not self._busy
        for part in (self.outcome, self.agree, self.disagree, self.opinion, self.limitations):
            part.setEnabled(can)
        draft = self.draft
        whole = draft.outcome is not None and bool(draft.opinion) and (draft.agrees is not None or not self._second)
        self.write.setEnabled(can and whole)

    def _build(self) -> None:
        self.outcome.setAccessibleName("Outcome")
        self.outcome.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.outcome.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.outcome.addItem(_CHOOSE, None)
        for outcome, text in words.CHOICES.items():
            self.outcome.addItem(text, outcome)
        for button in (self.agree, self.disagree, self._none):
            self._sides.addButton(button)
        self._none.setParent(self)
        self._none.hide()
        self._sides.buttonToggled.connect(lambda *_: self._offer())
        self.outcome.currentIndexChanged.connect(lambda _: self._offer())
        self.opinion.edit.textChanged.connect(self._offer)
        self.write.clicked.connect(lambda: self.conclusion_wished.emit(self.draft))
        for_ever = QLabel(_FOR_EVER)
        for_ever.setWordWrap(True)
        for label in (self._who, for_ever):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        opinion_notes, limitation_notes = self.notes
        for part in (
            heading("Your conclusion", scale=1.1),
            *(self._who, self.outcome, self.agree, self.disagree, self.opinion, opinion_notes),
            *(self.limitations, limitation_notes, self.write, self._said, for_ever),
        ):
            layout.addWidget(part)
        self._said.hide()
        self.setAccessibleName("Your conclusion")
