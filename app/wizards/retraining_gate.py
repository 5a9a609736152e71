"""The page of the gate: whether the new detector may take its parent's place, and the reason to overrule that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.jobs import Jobs
from app.widgets.banner import Banner
from app.widgets.gate_lines import GateLines
from app.widgets.plain_text import PlainLabel
from app.widgets.scrolling import scrolling
from app.widgets.text_field import TextField
from app.wizards.retraining_outcome import Outcome, OutcomePage
from app.wording import counted
from core.retraining import Draft, GateAnswer

if TYPE_CHECKING:
    from core.services.workspace import Workspace

SHORTEST_REASON = 20  # characters
_WARNING = (
    "The detector can be put to use all the same. Write why: the reason and what was not met stay on its card for "
    "good, for everybody to read. Without a reason this stays a draft, and the parent stays in use."
)
_HINT = "for instance: only two photographs from one camera were called generated; that camera is not in our casework"


class GatePage(OutcomePage):
    """Shows what is asked for and what was found, and takes a reason where that is not met."""

    page_id = "gate"

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.setTitle("Gate")
        self.setSubTitle("A new detector replaces its parent only if it is not worse where it counts.")
        self.banner, self.lines = Banner("Answer of the gate"), GateLines()
        self.warning, self.count = PlainLabel("What overruling means"), PlainLabel("Length of the reason")
        self.reason = TextField("&Reason for using it all the same", 3, _HINT)
        self._override, inside = QWidget(), QWidget()
        self.warning.setText(_WARNING)
        self.count.setForegroundRole(self.count.palette().ColorRole.PlaceholderText)
        column, rows = QVBoxLayout(self._override), QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.warning, self.reason, self.count):
            column.addWidget(part)
        rows.setContentsMargins(0, 0, 12, 0)
        rows.addWidget(self.lines)
        rows.addStretch(1)
        self._scroll = scrolling(inside)
        layout = QVBoxLayout(self)
        layout.addWidget(self.waiting)
        layout.addWidget(self.banner)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self._override)
        layout.addStretch(0)
        self.reason.edit.textChanged.connect(self._take_reason)
        self.show_nothing()

    def show_draft(self, draft: Draft) -> None:
        """Show the reason that was written before."""
        self.reason.set_text(draft.override)
        super().show_draft(draft)

    def isComplete(self) -> bool:
        """The gate is passed, or overruled with a reason."""
        if self.outcome is None:
            return False
        return self.outcome.answer.passed or len(self.reason.text) >= SHORTEST_REASON

    def show_nothing(self) -> None:
        """Only the waiting is seen."""
        for part in (self.banner, self._scroll, self._override):
            part.hide()

    def show_outcome(self, outcome: Outcome) -> None:
        """Show the answer."""
        answer = outcome.answer
        headline = "The new detector may be put to use" if answer.passed else "The new detector may not be put to use"
        self.banner.say(headline, gate_sentence(answer), kind="done" if answer.passed else "problem")
        self.lines.set_lines(answer.lines)
        for part in (self.banner, self._scroll):
            part.show()
        self._override.setVisible(not answer.passed)
        self._count()
        if answer.passed and self.draft is not None and self.draft.override:
            self.reason.set_text("")
            self.change(replace(self.draft, override=""))

    def _take_reason(self) -> None:
        self._count()
        if self.draft is not None and self.reason.text != self.draft.override:
            self.change(replace(self.draft, override=self.reason.text))

    def _count(self) -> None:
        missing = SHORTEST_REASON - len(self.reason.text)
        words = f"{counted(missing, 'character is', 'characters are')} missing" if missing > 0 else "long enough"
        self.count.setText(f"At least {SHORTEST_REASON} characters; {words}.")


def gate_sentence(answer: GateAnswer) -> str:
    """How many demands are met, and on which images that rests."""
    met = sum(line.met is True for line in answer.lines)
    unknown = sum(line.met is None for line in answer.lines)
    words = f"{met} of {len(answer.lines)} demands are met"
    words += f", {unknown} could not be found out" if unknown else ""
    return f"{words}. {answer.set}"
