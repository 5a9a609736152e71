"""The section "Conclusion": propositions, the weight of the findings, what others conclude, and the own conclusion."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.widgets import conclusion_words as words
from app.widgets.conclusion_form import ConclusionDraft, ConclusionForm
from app.widgets.heading import heading
from app.widgets.propositions_form import PropositionsDraft, PropositionsForm
from app.widgets.statement_card import StatementCard
from app.widgets.verdict_header import plain_label
from app.widgets.weighing_view import WeighingView
from app.wording import visible
from core.reporting import Conclusion, Propositions

_READ_ONLY = "The case is open read-only, so nothing can be written."


class ConclusionView(QWidget):
    """Puts the parts under one another; what is being typed waits with its exhibit.

    Attributes:
        propositions, weight, form: the parts; what is wished they say themselves.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.propositions, self.weight, self.form = PropositionsForm(), WeighingView(), ConclusionForm()
        self._title, self._list = heading("Conclusions", scale=1.1), QVBoxLayout()
        self._state = plain_label("State of the section")
        self._key: Hashable = None
        self._drafts: dict[Hashable, tuple[PropositionsDraft | None, ConclusionDraft]] = {}
        self._build()
        self.start(None)

    def start(self, key: Hashable) -> None:
        """Another exhibit follows (its key), or none; what was typed about the one before is kept."""
        if self._key is not None:
            proposed = self.propositions.draft if self.propositions.touched else None
            draft = proposed, self.form.draft
            self._drafts[self._key] = draft
            if draft == (None, ConclusionDraft()):
                del self._drafts[self._key]
        self._key = key
        proposed, concluded = self._drafts.get(key, (None, None))
        self.propositions.start(proposed)
        self.form.start(concluded)
        for part in (self.propositions, self.weight, self.form, self._title):
            part.hide()
        self._fill((), None)
        self.say("")

    def forget_drafts(self) -> None:
        """Another case follows: nothing of this one survives."""
        self._key = None
        self._drafts.clear()

    def forget_draft(self, key: Hashable, *, of_propositions: bool) -> None:
        """What was typed about an exhibit that is no longer shown is written down by now."""
        proposed, concluded = self._drafts.pop(key, (None, ConclusionDraft()))
        left = (None, concluded) if of_propositions else (proposed, ConclusionDraft())
        if left != (None, ConclusionDraft()):
            self._drafts[key] = left

    def set_state(self, *, hidden: bool, writable: bool) -> None:
        """What is seen: in a blind case before the own view only the propositions."""
        self.propositions.show()
        self.weight.setVisible(not hidden)
        self.say(words.HIDDEN if hidden else "" if writable else _READ_ONLY)

    def set_conclusions(self, every: Sequence[Conclusion], current: Propositions | None) -> None:
        """Show all conclusions, those that stand first."""
        self._title.setVisible(bool(every))
        self._fill(every, current)

    def say(self, sentence: str) -> None:
        """Show a sentence between the parts; an empty one takes it away."""
        self._state.setText(visible(sentence))
        self._state.setVisible(bool(sentence))

    def _fill(self, every: Sequence[Conclusion], current: Propositions | None) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for one in every:
            told = (
                words.conclusion_headline(one, every),
                words.conclusion_circumstances(one, every, current),
                words.conclusion_text(one),
            )
            faded = words.is_changed(one, every)
            self._list.addWidget(StatementCard(*told, kind="Conclusion", faded=faded))

    def _build(self) -> None:
        self._list.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(12)
        for part in (self.propositions, self._state, self.weight, self._title):
            layout.addWidget(part)
        layout.addLayout(self._list)
        layout.addWidget(self.form)
        layout.addStretch()
        self.setAccessibleName("Conclusion")
        self.setFocusProxy(self.form.outcome)
