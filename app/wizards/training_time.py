"""How long a training will take here, found out with a short probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.jobs import Job, Jobs, Lane
from app.widgets.heading import heading
from app.widgets.plain_text import PlainLabel, visible_lines
from app.widgets.training_words import estimate_words
from core.errors import Cancelled, CoreError
from core.retraining import Draft, Estimate

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_SOON_MS = 600  # the analyst may be on the way to another choice
_ESTIMATING = "Trying a few steps on this computer …"


class TrainingTime(QWidget):
    """Estimates the time of what is chosen, once for each choice."""

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._draft: Draft | None = None
        self._known: tuple[object, ...] = ()  # the choices that the words are of
        self._job: Job | None = None
        self.words, self.again = PlainLabel("Estimated time"), QPushButton("&Estimate again")
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._begin)
        self.again.clicked.connect(self._begin)
        self.again.setAutoDefault(False)
        self.again.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (heading("Time it takes"), self.words, self.again):
            layout.addWidget(part)

    def ask(self, draft: Draft) -> None:
        """Find out how long these choices take, unless that is known or under way."""
        self._draft = draft
        if self._known != _choices(draft):
            self._soon.start()

    def drop(self) -> None:
        """Stop probing; it would slow a training down."""
        self._soon.stop()
        if self._job is not None:
            self._job.drop()
            self._known = ()
            self._over("")

    def _begin(self) -> None:
        draft, runs = self._draft, self._workspace.training_runs
        if draft is None:
            return
        self.drop()
        self._known = _choices(draft)
        self.words.setText(_ESTIMATING)
        self.again.setEnabled(False)
        self._job = self._jobs.start(
            lambda progress: runs.estimate(draft, progress),
            self._show,
            self._fail,
            lane=Lane.DEVICE,
            title="Estimating the training time",
        )

    def _show(self, estimate: Estimate) -> None:
        self._over(estimate_words(estimate))

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self._over("Not estimated.")
        else:
            self._over(str(error) if isinstance(error, CoreError) else "The time could not be estimated.")

    def _over(self, words: str) -> None:
        self._job = None
        self.words.setText(visible_lines(words))
        self.again.setEnabled(True)


def _choices(draft: Draft) -> tuple[object, ...]:
    return draft.id, draft.goal, draft.effort, draft.device, draft.split_digest
