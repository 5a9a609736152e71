"""The page of the training: how much is trained, how long that takes here, and how far it is."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.jobs import Job, Jobs, Lane
from app.widgets.effort_choice import EffortChoice
from app.widgets.heading import heading
from app.widgets.plain_text import PlainLabel
from app.widgets.scrolling import scrolling
from app.widgets.training_view import TrainingView
from app.widgets.training_words import CALIBRATION, DEVICES, refused
from app.wizards.retraining_page import RetrainingPage
from app.wizards.training_jobs import start_training, training_job
from app.wizards.training_time import TrainingTime
from app.wording import visible
from core.errors import Cancelled, CoreError
from core.retraining import Draft, Effort, GoalKind, RunState, RunStatus

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_LOOK_MS = 1000
_CHOICES_PX = 380
_PLOT_MODULE = "app.widgets.curve_plot"
_FIXED = "What was chosen cannot be changed while there is a run. Discard the run to choose otherwise."
_BUG = "The training ended because of a fault in the program."
_ELSEWHERE = "This training was begun elsewhere. Pause it there."


class TrainingPage(RetrainingPage):
    """Begins, pauses and follows the training of the draft; it may be left while the training goes on."""

    page_id = "training"

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.setTitle("Training")
        self.setSubTitle("It runs in a process of its own: you can pause it, close this window, and go on later.")
        self.effort, self.device, self.view = EffortChoice(), QComboBox(), TrainingView()
        self.calibration, self.fixed = PlainLabel("What is done"), PlainLabel("Why nothing can be chosen")
        self.time = TrainingTime(workspace, jobs)
        self._effort_title = heading("How much is trained")
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._refusal, self._entered = "", False
        self._looking = self._look_again = False
        self._arrange()
        self._connect()

    def show_draft(self, draft: Draft) -> None:
        """Show the choices of a draft, and how its training stands."""
        if self.draft is None or self.draft.id != draft.id:
            self._refusal = ""
            self.view.show_state(RunState(RunStatus.NOT_STARTED))
        super().show_draft(draft)
        self._show_choices(draft)
        self._entered = True
        self._look()

    def leave(self) -> None:
        """Stop looking and estimating; a training goes on."""
        self._entered = False
        self._timer.stop()
        self.time.drop()

    def isComplete(self) -> bool:
        """The next page needs the trained detector."""
        return self.view.state.status is RunStatus.FINISHED

    def _show_choices(self, draft: Draft) -> None:
        calibrating = draft.goal is GoalKind.CALIBRATE
        why = {effort: "" if calibrating else refused(effort, draft) for effort in Effort}
        if why[draft.effort] and (allowed := [effort for effort in Effort if not why[effort]]):
            draft = replace(draft, effort=allowed[0])
            self.change(draft)
        self.effort.set_choice(draft.effort, why)
        for part in (self._effort_title, self.effort):
            part.setVisible(not calibrating)
        self.calibration.setVisible(calibrating)
        self.device.setCurrentIndex(max(0, self.device.findData(draft.device)))
        self.view.show_plan(draft)
        self.view.set_possible(not why[draft.effort])
        self._offer()

    def _offer(self) -> None:
        status = self.view.state.status
        for part in (self.effort, self.time):
            part.setEnabled(status is RunStatus.NOT_STARTED)
        self.device.setEnabled(status not in (RunStatus.RUNNING, RunStatus.FINISHED))
        self.time.setVisible(status is RunStatus.NOT_STARTED)
        self.fixed.setVisible(status is not RunStatus.NOT_STARTED)

    def _choose(self, **chosen: Any) -> None:  # noqa: ANN401 - fields of a draft
        if self.draft is None:
            return
        self.change(replace(self.draft, **chosen))
        self._show_choices(self.draft)
        if self.view.state.status is RunStatus.NOT_STARTED:
            self.time.ask(self.draft)

    def _start(self) -> None:
        draft = self.draft
        if draft is None or training_job(self.jobs, draft.id) is not None:
            return
        self.time.drop()
        self._refusal = ""
        start_training(self.jobs, self.workspace.training_runs, draft, f"Training {_name(draft)}", self._fail)
        self._show((draft.id, self.view.state))
        self.view.pause.setFocus()

    def _pause(self) -> None:
        job = training_job(self.jobs, self.draft.id) if self.draft is not None else None
        if job is None:
            self.message.emit(_ELSEWHERE)
            return
        self.view.set_busy("Pausing …")
        job.cancel()

    def _discard(self) -> None:
        if self.draft is None:
            return
        draft_id, runs = self.draft.id, self.workspace.training_runs
        self.view.set_busy("Discarding …")
        self.jobs.start(lambda _: runs.discard_run(draft_id), self._forget, self._tell, lane=Lane.WRITE, quiet=True)

    def _forget(self, _: object) -> None:
        self._refusal = ""
        self.view.set_busy("")
        if self.draft is not None and (self.draft.made or self.draft.override):
            self.change(replace(self.draft, made="", override=""))
        self._look()

    def _look(self) -> None:
        if self.draft is None or self._looking:
            self._look_again = self._looking  # what is under way may be older than what happened now
            return
        draft_id, runs = self.draft.id, self.workspace.training_runs
        self._looking, self._look_again = True, False
        self.jobs.start(
            lambda _: (draft_id, runs.state(draft_id)), self._arrive, self._tell, lane=Lane.DISK, quiet=True
        )

    def _arrive(self, found: tuple[str, RunState]) -> None:
        self._looking = False
        if self._look_again or self.draft is None or found[0] != self.draft.id:
            self._look()
        else:
            self._show(found)

    def _show(self, found: tuple[str, RunState]) -> None:
        draft_id, state = found
        job = training_job(self.jobs, draft_id)
        if job is not None and state.status is not RunStatus.RUNNING:
            state = replace(
                state, status=RunStatus.RUNNING, stage="waiting for its turn", problem="", seconds_left=None
            )
        elif job is None and self._refusal and state.status is not RunStatus.FINISHED:
            state = replace(state, problem=self._refusal)
        if job is None or state.status is not RunStatus.RUNNING:
            self.view.set_busy("")
        finished = self.isComplete()
        self.view.show_state(state)
        self._offer()
        if self.isComplete() != finished:  # the wizard lays its page out anew whenever it hears of it
            self.completeChanged.emit()
        self._follow(state)

    def _follow(self, state: RunState) -> None:
        if state.status is RunStatus.RUNNING and self._entered:
            self._timer.start()
        else:
            self._timer.stop()
        if state.status is RunStatus.NOT_STARTED and self.draft is not None and self._entered:
            self.time.ask(self.draft)

    def _fail(self, error: Exception) -> None:
        """The training ended before its time; what a run has to say of itself stands in its state."""
        if not isinstance(error, Cancelled):
            self._refusal = str(error) if isinstance(error, CoreError) else _BUG

    def _end(self, job: Job) -> None:
        """Any training is over, perhaps this one."""
        if job.lane is Lane.TRAINING:
            self._look()

    def _tell(self, error: Exception) -> None:
        self._looking = False
        self.view.set_busy("")
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))

    def _import_plot(self) -> None:
        self.jobs.start(lambda _: importlib.import_module(_PLOT_MODULE), self._add_plot, lane=Lane.DISK, quiet=True)

    def _add_plot(self, _: object) -> None:
        self.view.curves.add_plot()

    def _connect(self) -> None:
        self.effort.chosen.connect(lambda effort: self._choose(effort=effort))
        self.device.activated.connect(lambda _: self._choose(device=self.device.currentData()))
        self.view.start_wished.connect(self._start)
        self.view.pause_wished.connect(self._pause)
        self.view.discard_wished.connect(self._discard)
        self.view.curves.plot_wanted.connect(self._import_plot)
        self._timer.timeout.connect(self._look)
        self.jobs.ended.connect(self._end)

    def _arrange(self) -> None:
        for value, title in DEVICES:
            self.device.addItem(title, value)
        choices, caption = QWidget(), QLabel("De&vice")
        caption.setBuddy(self.device)
        self.device.setAccessibleName("Device")
        self.calibration.setText(CALIBRATION)
        self.fixed.setText(_FIXED)
        self.fixed.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        column, row, both = QVBoxLayout(choices), QHBoxLayout(), QHBoxLayout()
        column.setContentsMargins(0, 0, 12, 0)
        row.addWidget(caption)
        row.addWidget(self.device, 1)
        for part in (self._effort_title, self.effort, self.calibration):
            column.addWidget(part)
        column.addLayout(row)
        column.addWidget(self.time)
        column.addWidget(self.fixed)
        column.addStretch(1)
        left = scrolling(choices)
        left.setFixedWidth(_CHOICES_PX)
        both.setSpacing(16)
        both.addWidget(left)
        both.addWidget(self.view, 1)
        QVBoxLayout(self).addLayout(both, 1)


def _name(draft: Draft) -> str:
    """What is being trained, short enough for the strip of jobs."""
    named = draft.card.name or ", ".join(draft.added) or (draft.parent.name if draft.parent is not None else "")
    return visible(named or "a detector", longest=40)
