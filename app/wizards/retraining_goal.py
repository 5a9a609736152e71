"""The first page of a retraining: go on with one that was begun, or say what a new one is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QButtonGroup, QComboBox, QGridLayout, QLabel, QRadioButton, QVBoxLayout, QWidget

from app.jobs import Jobs, Lane
from app.widgets.card_words import title_of
from app.widgets.draft_list import DraftList
from app.widgets.heading import heading
from app.widgets.retraining_words import GOALS, PARENTS
from app.wizards.retraining_page import RetrainingPage
from app.wording import class_title, class_titles, visible
from core.domain import DetectorSummary
from core.errors import Cancelled, CoreError, NotFound
from core.progress import Progress
from core.retraining import Draft, GoalKind, RunStatus

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_FROZEN = "The split of this retraining is frozen, so its goal stays. Begin another retraining for another goal."
_NO_DETECTOR = "There is no detector on this computer, so nothing can be added to one."
_NOTHING = "none"


@dataclass(frozen=True, slots=True)
class _State:
    drafts: tuple[Draft, ...]
    damaged: Mapping[str, str]
    runs: dict[str, RunStatus]
    detectors: tuple[DetectorSummary, ...]
    in_use: str


class GoalPage(RetrainingPage):
    """Asks for a goal and a parent.

    Signals:
        open_wished: id of a kept draft to go on with.
        begin_wished: the `GoalKind` and the parent's `DetectorSummary`, or None.
    """

    page_id = "goal"
    open_wished = Signal(str)
    begin_wished = Signal(object, object)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.kept, self.parents, self.knows = DraftList(), QComboBox(), QLabel()
        self.goals = {goal: QRadioButton(GOALS[goal][0]) for goal in GoalKind}
        self._group, self._caption, self._frozen = QButtonGroup(self), QLabel(), QLabel(_FROZEN)
        self._kept_heading, self._new_heading = heading("Go on with a retraining that was begun"), heading("")
        self._summaries: tuple[DetectorSummary, ...] = ()
        self._read_once = self._busy = False
        self._build()

    def initializePage(self) -> None:
        """Read what there is."""
        self._read()

    def show_draft(self, draft: Draft) -> None:
        """Show the goal of a draft that is being worked on."""
        with QSignalBlocker(self._group):
            self.goals[draft.goal].setChecked(True)
        super().show_draft(draft)
        self._read()

    def isComplete(self) -> bool:
        """A goal that begins from a detector needs one."""
        needs = self.goal is not GoalKind.ANEW
        return self._read_once and not self._busy and not (needs and self.detector is None)

    def validatePage(self) -> bool:
        """Without a draft, wish for one; the wizard goes on when it is there."""
        if self.draft is None:
            if self.isComplete():
                self.begin_wished.emit(self.goal, self.detector)
            return False
        return True

    def set_busy(self, busy: bool) -> None:
        """A draft is on its way."""
        self._busy = busy
        self.kept.setEnabled(not busy)
        self.completeChanged.emit()

    @property
    def goal(self) -> GoalKind:
        """The goal that is chosen."""
        return next(goal for goal, button in self.goals.items() if button.isChecked())

    @property
    def detector(self) -> DetectorSummary | None:
        """The detector that is chosen."""
        digest = self.parents.currentData()
        return next((one for one in self._summaries if one.reference.digest == digest), None)

    def leave(self) -> None:
        """Nothing runs here that must be stopped."""

    def _read(self) -> None:
        services = self.workspace

        def read(_progress: Progress) -> _State:
            drafts = services.retraining.drafts()
            runs = {one.id: services.training_runs.state(one.id).status for one in drafts if one.split_digest}
            try:
                in_use = services.detectors.current().reference.digest
            except NotFound:
                in_use = ""
            sound = tuple(one for one in services.detectors.all() if not one.problem)
            return _State(drafts, services.retraining.damaged(), runs, sound, in_use)

        self.jobs.start(read, self._show, self._tell, lane=Lane.DISK, quiet=True, token=(id(self), "goal"))

    def _show(self, state: _State) -> None:
        self._summaries = state.detectors
        begun = self.draft is not None
        self.kept.set_drafts(state.drafts, state.runs, state.damaged)
        for part in (self.kept, self._kept_heading):
            part.setVisible(not begun and bool(state.drafts or state.damaged))
        self._new_heading.setText("What this retraining is for" if begun else "Begin a new one")
        wanted = self._wanted(state.in_use)
        self._fill()
        self._choose(wanted)
        self._read_once = True
        self._offer()

    def _wanted(self, in_use: str) -> str:
        """The detector to show: the draft's, the one that was chosen, or the one in use."""
        if self.draft is not None:
            return self.draft.parent.digest if self.draft.parent is not None else ""
        return str(self.parents.currentData() or "") if self._read_once else in_use

    def _fill(self) -> None:
        with QSignalBlocker(self.parents):
            self.parents.clear()
            if self.goal is GoalKind.ANEW:
                self.parents.addItem(_NOTHING, "")
            for one in self._summaries:
                title = f"{visible(title_of(one), longest=70)} ({one.reference.digest[:8]})"
                self.parents.addItem(title, one.reference.digest)

    def _choose(self, digest: str) -> None:
        with QSignalBlocker(self.parents):
            self.parents.setCurrentIndex(max(0, self.parents.findData(digest)))

    def _offer(self) -> None:
        """Say what the chosen goal and detector mean."""
        frozen = self.draft is not None and bool(self.draft.split_digest)
        self._frozen.setVisible(frozen)
        for button in self.goals.values():
            button.setEnabled(not frozen)
        self.parents.setEnabled(not frozen and bool(self.parents.count()))
        self._caption.setText(PARENTS[self.goal])
        self.knows.setText(self._knows())
        self.completeChanged.emit()

    def _knows(self) -> str:
        detector = self.detector
        if detector is None:
            return "" if self.goal is GoalKind.ANEW else _NO_DETECTOR
        titles = class_titles(detector.card)
        return f"It knows: {', '.join(class_title(name, titles) for name in detector.classes)}."

    def _change_goal(self) -> None:
        chosen = str(self.parents.currentData() or "")
        self._fill()
        self._choose(chosen)
        self._change()

    def _change(self) -> None:
        self._offer()
        if self.draft is None:
            return
        one = self.detector
        reference, path = (one.reference, one.path) if one is not None else (None, None)
        changed = replace(self.draft, goal=self.goal, parent=reference, parent_path=path)
        if changed != self.draft:  # what was accepted was about another parent
            self.change(replace(changed, accepted={}))

    def _discard(self, draft_id: str) -> None:
        def remove(_progress: Progress) -> None:
            self.workspace.retraining.discard(draft_id)

        self.jobs.start(remove, lambda _: self._read(), self._tell, lane=Lane.WRITE, quiet=True)

    def _build(self) -> None:
        self.setTitle("What is to be trained?")
        self.setSubTitle("Every step is kept. You can close this window at any time and go on later.")
        self.goals[GoalKind.ADD].setChecked(True)
        rows = QGridLayout()
        rows.setColumnMinimumWidth(0, 20)
        rows.setColumnStretch(1, 1)
        rows.setVerticalSpacing(2)
        for place, (goal, button) in enumerate(self.goals.items()):
            meaning = _quiet(GOALS[goal][1])
            button.setAccessibleDescription(GOALS[goal][1])
            self._group.addButton(button)
            rows.addWidget(button, 3 * place, 0, 1, 2)
            rows.addWidget(meaning, 3 * place + 1, 1)
            rows.setRowMinimumHeight(3 * place + 2, 8)
        self._caption.setBuddy(self.parents)
        self.parents.setAccessibleName("Detector")
        self.knows.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self.knows, self._frozen):
            label.setWordWrap(True)
        self.knows.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._frozen.hide()
        self._lay_out(rows)
        self._group.buttonToggled.connect(lambda _button, on: self._change_goal() if on else None)
        self.parents.currentIndexChanged.connect(lambda _row: self._change())
        self.kept.open_wished.connect(self.open_wished)
        self.kept.discard_wished.connect(self._discard)

    def _lay_out(self, rows: QGridLayout) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for part in (self._kept_heading, self.kept):
            part.hide()
            column.addWidget(part)
        column.addSpacing(8)
        column.addWidget(self._new_heading)
        column.addLayout(rows)
        for label in (self._caption, self.parents, self.knows, self._frozen):
            column.addWidget(label)
        column.addStretch(1)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label
