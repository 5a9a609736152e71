"""The retraining wizard: eight pages over one draft, which is saved at every change and outlives the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QWidget, QWizard

from app.errors import Notice
from app.jobs import Jobs, Lane
from app.widgets.message_bar import MessageBar
from app.widgets.retraining_words import STEPS
from app.widgets.step_list import StepList
from app.wizards.retraining_checks import ChecksPage
from app.wizards.retraining_goal import GoalPage
from app.wizards.retraining_images import ImagesPage
from app.wizards.retraining_page import RetrainingPage
from app.wizards.retraining_split import SplitPage
from core.domain import DetectorSummary
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.retraining import PAGES, Draft, GoalKind

if TYPE_CHECKING:
    from core.services.workspace import Workspace

SAVE_MS = 1000
_SIZE = (1120, 740)


class RetrainingWizard(QWizard):
    """Leads from a goal to a detector in use; not modal, and closing it loses nothing.

    Args:
        workspace: the door to the services.
        jobs: where everything slow runs.
        parent: the window.
        draft_id: the draft to go on with; None begins on the first page, which lists the drafts that are there.

    Attributes:
        draft: what is being made; None before the first page was left.

    Signals:
        activated: the `Draft` whose detector was put to use.
        message: a sentence for the analyst that came when the wizard was closing.
    """

    activated = Signal(object)
    message = Signal(str)

    def __init__(
        self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None, draft_id: str | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self.draft: Draft | None = None
        self._saved: Draft | None = None  # as it was last handed to the disk
        self._jumping = self._closed = False
        self._goal = GoalPage(workspace, jobs)
        self.steps, self.said = StepList(STEPS), MessageBar()
        self._pages = self._make_pages()
        self._save_soon = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._arrange()
        self._connect()
        self.restart()
        if draft_id is not None:
            self.open_draft(draft_id)

    def page_of(self, page_id: str) -> RetrainingPage:
        """One of the pages."""
        return self._pages[page_id]

    def open_draft(self, draft_id: str) -> None:
        """Go on with a kept draft, on the page it was left on."""
        self._take_hold(lambda _: self._workspace.retraining.open(draft_id), lambda draft: self._jump(draft.page))

    def begin(self, goal: GoalKind, parent: DetectorSummary | None) -> None:
        """Make a draft and go to the second page."""
        self._take_hold(lambda _: self._workspace.retraining.begin(goal, parent), lambda _draft: self.next())

    def validateCurrentPage(self) -> bool:
        """Pages that are only passed are not asked whether they may be left."""
        return self._jumping or bool(super().validateCurrentPage())

    def reject(self) -> None:
        """Close; the draft is kept."""
        self._end()
        super().reject()

    def accept(self) -> None:
        """The last page is done."""
        self._end()
        super().accept()

    def save(self) -> None:
        """Have the draft saved now, if it was changed."""
        self._save_soon.stop()
        draft = self.draft
        if draft is None or draft == self._saved:
            return
        self._saved = draft
        self._jobs.start(
            lambda _: self._workspace.retraining.save(draft), failed=self._save_failed, lane=Lane.WRITE, quiet=True
        )

    def say(self, sentence: str) -> None:
        """Show a sentence below the page, or take the last one away."""
        if sentence and not self._closed:
            self.said.show_notice(Notice(sentence, "note", key="said"))
        elif sentence:
            self.message.emit(sentence)
        else:
            self.said.clear()

    def _make_pages(self) -> dict[str, RetrainingPage]:
        from app.wizards.retraining_card import CardPage
        from app.wizards.retraining_gate import GatePage
        from app.wizards.retraining_result import ResultPage
        from app.wizards.retraining_training import TrainingPage

        kinds = (ImagesPage, ChecksPage, SplitPage, TrainingPage, ResultPage, GatePage, CardPage)
        pages: tuple[RetrainingPage, ...] = (self._goal, *(kind(self._workspace, self._jobs) for kind in kinds))
        return dict(zip(PAGES, pages, strict=True))

    def _arrange(self) -> None:
        self.setWindowTitle("Retraining")
        self.setModal(False)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        for option in (QWizard.WizardOption.NoBackButtonOnStartPage, QWizard.WizardOption.NoCancelButtonOnLastPage):
            self.setOption(option)
        self.setButtonText(QWizard.WizardButton.CancelButton, "Close")
        self.button(QWizard.WizardButton.CancelButton).setToolTip(
            "Everything is kept; the retraining can be gone on with from its first page."
        )
        self.setSideWidget(self.steps)
        for place, page in enumerate(self._pages.values()):
            self.setPage(place, page)
        self.resize(*_SIZE)

    def _connect(self) -> None:
        for page in self._pages.values():
            page.draft_changed.connect(self._take_change)
            page.message.connect(self.say)
            page.page_wished.connect(self._jump)
        self._goal.open_wished.connect(self.open_draft)
        self._goal.begin_wished.connect(self.begin)
        self._save_soon.timeout.connect(self.save)
        self.currentIdChanged.connect(self._enter)

    def _take_hold(self, task: Callable[[Progress], Draft], then: Callable[[Draft], None]) -> None:
        """Have a draft made or opened, and go on with it."""
        self._goal.set_busy(True)

        def done(draft: Draft) -> None:
            if self._closed:
                self._let_go(draft.id)
                return
            self._goal.set_busy(False)
            self.draft = self._saved = draft
            self._goal.show_draft(draft)
            then(draft)

        def failed(error: Exception) -> None:
            if not self._closed:
                self._goal.set_busy(False)
                self._tell(error)

        self._jobs.start(task, done, failed, lane=Lane.WRITE, quiet=True)

    def _take_change(self, draft: Draft) -> None:
        before, self.draft = self.draft, draft
        self._save_soon.start()
        if draft.activated_at is not None and (before is None or before.activated_at is None):
            self.save()
            self.activated.emit(draft)

    def _enter(self, place: int) -> None:
        if self._jumping or place < 0 or self._closed:
            return
        page_id = PAGES[place]
        self.steps.show_step(page_id)
        self.say("")
        for each in self._pages.values():
            if each is not self._pages[page_id]:
                each.leave()
        self._place_message(self._pages[page_id])
        if self.draft is not None:
            self.draft = replace(self.draft, page=page_id)
            self._pages[page_id].show_draft(self.draft)
            self.save()

    def _place_message(self, page: RetrainingPage) -> None:
        layout = page.layout()
        if isinstance(layout, QBoxLayout):
            layout.addWidget(self.said)

    def _jump(self, page_id: str) -> None:
        """Go to a page as if every page between had been passed."""
        wanted = PAGES.index(page_id) if page_id in PAGES else 0
        if wanted == self.currentId():
            self._enter(wanted)
            return
        self._jumping = True
        while self.currentId() != wanted:
            self.next() if self.currentId() < wanted else self.back()
        self._jumping = False
        self._enter(wanted)

    def _end(self) -> None:
        if self._closed:
            return
        for page in self._pages.values():
            page.leave()
        self.save()
        self._closed = True
        if self.draft is not None:
            self._let_go(self.draft.id)

    def _let_go(self, draft_id: str) -> None:
        self._jobs.start(lambda _: self._workspace.retraining.close(draft_id), lane=Lane.WRITE, quiet=True)

    def _save_failed(self, error: Exception) -> None:
        self._saved = None  # the next change, or leaving the page, tries again
        self._tell(error)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.say(str(error))
