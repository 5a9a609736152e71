"""The examiner first: an own view is written down, and only then is the detector's answer shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import icon
from app.widgets import view_words
from app.widgets.heading import heading
from app.widgets.statement_card import StatementCard
from app.widgets.verdict_header import plain_label
from app.wording import visible
from core.examine import OPINIONS, ExaminerView

_TEXT_LINES = 5
_WAIT = "This case is examined blind. What the detector says appears when your own view is written down."
_FREE = "What do you think of this exhibit yourself?"
_READ_ONLY = "The case is open read-only, so no view can be written."
_FOR_EVER = "A view is kept for ever. If you change your mind, write another one; both are shown."


@dataclass(frozen=True, slots=True)
class _Draft:
    opinion: str = ""
    text: str = ""


class ViewPanel(QWidget):
    """Takes an own view down and shows the ones that are there; what is being typed waits with its exhibit.

    Signals:
        view_wished: the opinion and the text to be written down.
    """

    view_wished = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exhibit: int | None = None
        self._drafts: dict[int, _Draft] = {}
        self._hidden, self._writable, self._busy = False, False, False
        self._group = QButtonGroup(self)
        self.choices = {opinion: QRadioButton(view_words.CHOICES[opinion]) for opinion in OPINIONS}
        self.text, self.write = QPlainTextEdit(), QPushButton()
        self.again = QPushButton("Write another view…")
        self._title, self._lead = heading("Your view first", scale=1.1), plain_label("What a view is")
        self._who, self._said, self._answer = QLabel(), plain_label("What went wrong"), plain_label("The detector")
        self._form, self._list = QWidget(), QVBoxLayout()
        self._build()
        self.clear()

    def start(self, exhibit_id: int) -> None:
        """Another exhibit follows; its views come by `set_views`."""
        self._keep_draft()
        self._exhibit = exhibit_id
        draft = self._drafts.get(exhibit_id, _Draft())
        self._choose(draft.opinion)
        self.text.setPlainText(draft.text)
        self._hidden = self._writable = False
        self._show((), first=True)

    def clear(self) -> None:
        """Another case follows: nothing of this one survives, drafts neither."""
        self._exhibit = None
        self._drafts.clear()
        self._choose("")
        self.text.clear()
        self._show((), first=True)

    def set_views(self, views: Sequence[ExaminerView], *, hidden: bool, examiner: str, writable: bool) -> None:
        """Show the views of the exhibit.

        Args:
            views: all that this examiner may see, oldest first.
            hidden: a blind case hides the detector's answer until this examiner has written down a view.
            examiner: in whose name a view is written.
            writable: whether the case may be changed.
        """
        self._hidden, self._writable = hidden, writable
        own = any(view.examiner == examiner for view in views)
        self._who.setText(f"You write as {visible(examiner, longest=80)}. You can change your name in Settings.")
        self._title.setText("Your view first" if hidden else "Views of examiners" if views else "Your view")
        self._lead.setText(_WAIT if hidden else _FREE)
        self._lead.setVisible(hidden or not own)
        self.write.setText("&Write down and show the detector's answer" if hidden else "&Write down")
        self._show(views, first=not own)

    def set_answer(self, words: str) -> None:
        """What the detector says, beside the views; nothing for an empty text or while it is hidden."""
        self._answer.setText(f"The detector: {words}" if words else "")
        self._answer.setVisible(bool(words) and not self._hidden)

    def set_busy(self) -> None:
        """The wish was heard; another click would write the view twice."""
        self._busy = True
        self._offer()

    def say(self, words: str) -> None:
        """Why a view was not written down; what was typed is still there."""
        self._busy = False
        self._said.setText(visible(words))
        self._said.setVisible(bool(words))
        self._offer()

    def written(self, exhibit_id: int) -> None:
        """The view of an exhibit is written down: its draft is no longer needed."""
        self._drafts.pop(exhibit_id, None)
        if exhibit_id == self._exhibit:
            self._choose("")
            self.text.clear()
            self.say("")

    @property
    def opinion(self) -> str:
        """What is chosen, or nothing."""
        return next((opinion for opinion, button in self.choices.items() if button.isChecked()), "")

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.write.setIcon(icon("eye", self.palette()))

    def _keep_draft(self) -> None:
        if self._exhibit is not None:
            draft = _Draft(self.opinion, self.text.toPlainText())
            self._drafts[self._exhibit] = draft
            if draft == _Draft():
                del self._drafts[self._exhibit]

    def _choose(self, opinion: str) -> None:
        self._group.setExclusive(False)
        for name, button in self.choices.items():
            button.setChecked(name == opinion)
        self._group.setExclusive(True)

    def _show(self, views: Sequence[ExaminerView], *, first: bool) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for view in views:
            told = (view_words.headline(view), view_words.circumstances(view), view_words.reasons(view))
            self._list.addWidget(StatementCard(*told, kind="View"))
        typed = bool(self.opinion or self.text.toPlainText())
        self._form.setVisible((first or typed) and self._writable)
        self.again.setVisible(not (first or typed) and self._writable)
        self._answer.setVisible(bool(self._answer.text()) and not self._hidden)
        self.say("")

    def _offer(self) -> None:
        can = self._writable and not self._busy
        for part in (*self.choices.values(), self.text):
            part.setEnabled(can)
        self.write.setEnabled(can and bool(self.opinion))
        self.write.setToolTip("" if self._writable else _READ_ONLY)
        self._who.setVisible(self._writable)
        if not self._writable and self._hidden:
            self._said.setText(_READ_ONLY)
            self._said.setVisible(True)

    def _open_form(self) -> None:
        self._form.setVisible(True)
        self.again.setVisible(False)
        self.choices[OPINIONS[0]].setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        self.text.setPlaceholderText("Why? What in the image speaks for it?")
        self.text.setAccessibleName("Why you think so")
        self.text.setTabChangesFocus(True)
        self.text.setAcceptDrops(False)  # dropped files belong to the window
        self.text.setFixedHeight(self.fontMetrics().lineSpacing() * _TEXT_LINES + 12)
        self.write.setIcon(icon("eye", self.palette()))
        self.write.clicked.connect(lambda: self.view_wished.emit(self.opinion, self.text.toPlainText().strip()))
        self.again.clicked.connect(self._open_form)
        for button in self.choices.values():
            self._group.addButton(button)
            button.toggled.connect(lambda _on: self._offer())
        for_ever = QLabel(_FOR_EVER)
        for label in (self._who, for_ever):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        form = QVBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        for part in (*self.choices.values(), self.text, self.write, self._who, for_ever):
            form.addWidget(part)
        self._list.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        for part in (self._title, self._lead):
            layout.addWidget(part)
        layout.addLayout(self._list)
        for part in (self._answer, self._form, self._said, self.again):
            layout.addWidget(part)
        layout.addStretch()
        self.setAccessibleName("Views of examiners")
        self.setFocusProxy(self.choices[OPINIONS[0]])
