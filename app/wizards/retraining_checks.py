"""The third page of a retraining: what is wrong with the images, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.jobs import Jobs
from app.widgets import check_words as words
from app.widgets.check_card import CheckCard
from app.widgets.scrolling import scrolling
from app.widgets.verdict_header import plain_label
from app.widgets.work_line import WorkLine
from app.wizards.page_work import PageWork
from app.wizards.retraining_page import RetrainingPage
from app.wizards.training_thumbnails import TrainingThumbnails
from core.progress import Progress
from core.retraining import Checked, CheckFinding, Draft, TrainingImage, WayOut

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_STOPPED = "The images are not checked. Press “Check again”; nothing is trained unchecked."
_FROZEN = "The split is frozen, so these decisions stay. It can be opened again on the page “Split”."
_MORE = "With these changes the checks found something new. Look at what still needs a decision."


@dataclass(frozen=True, slots=True)
class _Found:
    images: dict[str, TrainingImage]
    findings: tuple[CheckFinding, ...]


class ChecksPage(RetrainingPage):
    """A card for each finding; the wizard goes on when each is settled."""

    page_id = "checks"

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.summary, self.again = plain_label("What the checks found"), QPushButton("Check a&gain")
        self.cards: tuple[CheckCard, ...] = ()
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._line = WorkLine()
        self._work = PageWork(jobs, self._line, self)
        self._thumbnails = TrainingThumbnails(workspace, jobs, self)
        self._checked: tuple[object, ...] | None = None  # what of the draft the findings rest on
        self._going = False  # Next was pressed, and waits for the checks
        self._build()

    def show_draft(self, draft: Draft) -> None:
        """Check the images, unless that was done for the same ones."""
        super().show_draft(draft)
        if self._checked == _basis(draft):
            self._show_state()
            self._load_pictures()
        else:
            self._check()

    def isComplete(self) -> bool:
        """Whether every finding that stands in the way is settled."""
        draft = self.draft
        if draft is None or self._checked is None or self._work.busy:
            return False
        return not any(words.waits_for(card.finding, draft) for card in self.cards)

    def validatePage(self) -> bool:
        """Images that were left out or moved change what the checks find: they are made once more before going on."""
        if self.draft is None or not self.isComplete():
            return False
        if self._checked == _basis(self.draft):
            return True
        self._check(going=True)
        return False

    def leave(self) -> None:
        """Nobody waits for the checks any more."""
        self._going = False
        self._work.drop()
        self._thumbnails.forget()

    def take_way(self, finding: CheckFinding, way: WayOut, images: Sequence[str], reason: str = "") -> None:
        """Settle a finding, or some of its images."""
        draft = self.draft
        if draft is None:
            return
        if way is WayOut.ADD_IMAGES:
            self.page_wished.emit("images")
            return
        if way is WayOut.LEAVE_OUT:
            why = dict.fromkeys(images, words.reason_of(finding))
            draft = replace(draft, left_out={**draft.left_out, **why})
        elif way is WayOut.MOVE:
            draft = replace(draft, moved={**draft.moved, **{one: finding.suggested[one] for one in images}})
        elif way is WayOut.COMMON_PROCESSING:
            draft = replace(draft, common_processing=True)
        else:
            draft = replace(draft, accepted={**draft.accepted, finding.key: reason})
        self._settle(draft)

    def take_back(self, finding: CheckFinding) -> None:
        """Have a finding open again."""
        draft = self.draft
        if draft is None:
            return
        images = {*finding.images, *(one for pair in finding.pairs for one in pair)}
        common = draft.common_processing and WayOut.COMMON_PROCESSING not in finding.ways
        self._settle(
            replace(
                draft,
                left_out={one: why for one, why in draft.left_out.items() if one not in images},
                moved={one: to for one, to in draft.moved.items() if one not in images},
                accepted={key: why for key, why in draft.accepted.items() if key != finding.key},
                common_processing=common,
            )
        )

    def _settle(self, draft: Draft) -> None:
        self.change(draft)
        self._show_state()

    def _check(self, *, going: bool = False) -> None:
        draft, services = self.draft, self.workspace
        if draft is None:
            return
        self._going = going

        def check(progress: Progress) -> _Found:
            folder = services.retraining.folder(draft.id)
            images = services.training_images.read(draft.groups, folder, progress)
            checked: Checked = services.training_checks.check(draft, images, progress)
            tests = services.training_images.tests(draft, folder, progress)
            facts = {one.sha256 or str(one.path): one for one in (*tests, *checked.images, *images)}
            return _Found(facts, words.ordered(checked.findings))

        def done(found: _Found) -> None:
            self._checked = _basis(draft)
            self._show(found)
            self._go_on()

        self._checked = None if not going else self._checked
        self._work.run(check, done, self._take_stopped, title="Checking the images")
        self._show_state()

    def _go_on(self) -> None:
        going, self._going = self._going, False
        if not going:
            return
        if self.isComplete():
            self.wizard().next()
        else:
            self.message.emit(_MORE)

    def _take_stopped(self) -> None:
        self._going = False
        self._show_state()

    def _show(self, found: _Found) -> None:
        if self.draft is not None:
            accepted = words.carried([card.finding for card in self.cards], found.findings, self.draft)
            if accepted != self.draft.accepted:
                self.change(replace(self.draft, accepted=accepted))
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = tuple(CheckCard(finding, found.images) for finding in found.findings)
        for place, card in enumerate(self.cards):
            self._column.insertWidget(place, card)
            card.way_taken.connect(self.take_way)
            card.back_wished.connect(self.take_back)
        self._show_state()
        self._load_pictures()

    def _load_pictures(self) -> None:
        self._thumbnails.forget()
        for card in self.cards:
            if self.draft is not None:
                self._thumbnails.load(self.draft.id, card.pictures.wanted, card.pictures.add_images)

    def _show_state(self) -> None:
        draft = self.draft
        if draft is None:
            return
        changeable = not draft.split_digest and not self._work.busy
        for card in self.cards:
            card.show_draft(draft, changeable=changeable)
        self.again.setEnabled(not self._work.busy)
        self.summary.setText(self._summary(draft))
        self.completeChanged.emit()

    def _summary(self, draft: Draft) -> str:
        if self._work.busy:
            return "The images are being checked …"
        if self._checked is None:
            return _STOPPED
        said = words.summary([card.finding for card in self.cards], draft)
        return f"{said} {_FROZEN}" if draft.split_digest else said

    def _build(self) -> None:
        self.setTitle("Would it learn the right thing?")
        self.setSubTitle(
            "A detector learns whatever tells the classes apart, also what has nothing to do with the generator. "
            "Each finding has its pictures and a way out."
        )
        self.again.setAutoDefault(False)
        self.again.clicked.connect(lambda _on: self._check())
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(10)
        self._column.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.summary, 1)
        row.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._line)
        area = scrolling(self._inside)
        area.setAccessibleName("Findings of the checks")
        column.addWidget(area, 1)
        self._work.message.connect(self.message)


def _basis(draft: Draft) -> tuple[object, ...]:
    """What of a draft the findings depend on."""
    settled = tuple(sorted(draft.left_out)), tuple(sorted(draft.moved.items()))
    return draft.id, draft.parent, draft.groups, draft.known_data, draft.test_data, draft.common_processing, *settled
