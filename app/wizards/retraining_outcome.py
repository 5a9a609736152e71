"""What came of a training, as the last three pages of the wizard need it, and the page that waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from app.jobs import Job, Jobs, Lane
from app.widgets.waiting_strip import WaitingStrip
from app.wizards.retraining_page import RetrainingPage
from app.wording import class_titles, visible
from core.errors import Cancelled, CoreError, NotFound
from core.progress import Progress, Tick
from core.retraining import Draft, GateAnswer

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_MEASURING = "Measuring the new detector and its parent on the frozen test images"
_STOPPED = "Measuring was stopped", "Nothing can be said about the new detector before it is measured."


@dataclass(frozen=True, slots=True)
class Outcome:
    """A measured result and what is needed to show it.

    Attributes:
        result: see `TrainingResults.measure`.
        answer: what the gate says of it.
        detector: the new file.
        names: what the parent and the new detector are called.
        titles: of the classes of both.
        card: of the new detector.
    """

    result: Mapping[str, Any]
    answer: GateAnswer
    detector: Path
    names: tuple[str, str]
    titles: Mapping[str, str]
    card: Mapping[str, Any]


def outcome_of(workspace: Workspace, draft: Draft, progress: Progress) -> Outcome:
    """Measure, ask the gate, and read the cards; for a worker thread."""
    from core.services.training_gate import gate

    result = workspace.training_results.measure(draft, progress)
    detector = workspace.training_runs.state(draft.id).detector
    if detector is None:
        raise NotFound("The new detector is not there. Train it on the page “Training” first.")
    card = workspace.detectors.find(str(detector)).card
    titles = {**_parent_titles(workspace, draft), **class_titles(card)}
    return Outcome(result, gate(result, card), detector, names_of(draft), titles, card)


def names_of(draft: Draft) -> tuple[str, str]:
    """What parent and new detector are called on the pages."""
    parent = draft.parent
    first = visible(f"{parent.name} {parent.version}".strip(), longest=40) if parent is not None else "No parent"
    return first, "New detector"


def _parent_titles(workspace: Workspace, draft: Draft) -> Mapping[str, str]:
    """A parent whose file is gone since takes its titles along; the names of the classes stay."""
    if draft.parent is None:
        return {}
    try:
        return class_titles(workspace.detectors.find(draft.parent.digest).card)
    except CoreError:
        return {}


class OutcomePage(RetrainingPage):
    """A page that measures when it is entered, unless that was done, and then shows what came of it."""

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.outcome: Outcome | None = None
        self.waiting = WaitingStrip("Measuring")
        self._job: Job | None = None
        self._entered = False
        self.waiting.stop_wished.connect(self._stop)
        self.waiting.again_wished.connect(self._load)
        jobs.ticked.connect(self._tick)

    def show_draft(self, draft: Draft) -> None:
        """Show a draft, and measure when that is to be seen."""
        if self.draft is not None and self.draft.id != draft.id:
            self.outcome = None
        super().show_draft(draft)
        if not self._entered:
            self._entered = True
            self._load()

    def leave(self) -> None:
        """Nobody waits for the figures any more; the next entering looks again, for a training may have ended."""
        self._entered = False
        if self._job is not None:
            self._job.drop()
            self._job = None

    def show_outcome(self, outcome: Outcome) -> None:
        """Fill the page; for the pages themselves."""
        raise NotImplementedError

    def show_nothing(self) -> None:
        """Empty the page while there is nothing to show."""
        raise NotImplementedError

    def _load(self) -> None:
        draft, workspace = self.draft, self.workspace
        if draft is None:
            return
        if self.outcome is None:
            self.show_nothing()
        self.waiting.begin(f"{_MEASURING} …", "What was measured before is not measured again.")
        self._job = self.jobs.start(
            lambda progress: outcome_of(workspace, draft, progress),
            self._arrive,
            self._fail,
            lane=Lane.DEVICE,
            title="Measuring the new detector",
            token=(id(self), "outcome"),
        )

    def _arrive(self, outcome: Outcome) -> None:
        self._job, self.outcome = None, outcome
        self.waiting.end()
        self.show_outcome(outcome)
        self.completeChanged.emit()

    def _fail(self, error: Exception) -> None:
        self._job, self.outcome = None, None
        self.show_nothing()
        if isinstance(error, Cancelled):
            self.waiting.fail(*_STOPPED, kind="note")
        elif isinstance(error, CoreError):
            self.waiting.fail("The new detector could not be measured", str(error))
        else:
            self.waiting.fail("The new detector could not be measured", "A report of the error was opened.")
        self.completeChanged.emit()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _tick(self, job: Job, tick: Tick) -> None:
        if job is self._job:
            self.waiting.show_tick(tick)
