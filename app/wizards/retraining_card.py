"""The last page: what stands on the card, where the detector comes from, what it would change, signing, and use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget, QWizard

from app.jobs import Jobs, Lane
from app.widgets.banner import Banner
from app.widgets.card_form import CardForm
from app.widgets.card_state import CardState, state_words
from app.widgets.consequence_words import lineage_blocks
from app.widgets.heading import heading
from app.widgets.scrolling import scrolling
from app.widgets.text_sheet import TextSheet
from app.wizards.retraining_consequences import LookingAhead
from app.wizards.retraining_gate import SHORTEST_REASON
from app.wizards.retraining_origin import Origin, origin_of, suggested
from app.wizards.retraining_outcome import Outcome, OutcomePage
from core.domain import DetectorSummary, Written
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.retraining import CardWishes, Draft

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_WRITING, _USING = "Writing and signing the card …", "Putting the detector to use …"
_FAULT = "A fault in the program stopped it; a report of the error was opened."


class CardPage(OutcomePage):
    """Finishes the card, tells what would change, and puts the detector to use."""

    page_id = "card"

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.setTitle("Card and use")
        self.setSubTitle(
            "Write what colleagues should know, look what would change, sign, and put the detector to use."
        )
        self.setButtonText(QWizard.WizardButton.FinishButton, "&Close")
        self.form, self.lineage, self.banner = CardForm(), TextSheet(whole=True), Banner("State of the new detector")
        self.write, self.use = QPushButton("Write the card and &sign"), QPushButton("&Put it to use")
        self.ahead = LookingAhead(workspace, jobs)
        self._origin, self._body = Origin(), QWidget()
        self._busy, self._problem, self._stale, self._said_busy = "", "", False, False
        self._arrange()
        self._connect()
        self.show_nothing()

    def show_draft(self, draft: Draft) -> None:
        """Show what stands on the card; of a new draft, what could stand there."""
        if self.draft is None or self.draft.id != draft.id:
            self._origin, self._problem, self._stale = Origin(), "", False
        if not draft.made and not draft.card.name:
            draft = replace(draft, card=suggested(draft, str(self.workspace.settings.get("examiner"))))
            self.change(draft)
        self.form.set_wishes(draft.card)
        super().show_draft(draft)
        self._say()

    def leave(self) -> None:
        """Looking ahead ends; what is being written is written."""
        super().leave()
        self.ahead.leave()

    def isComplete(self) -> bool:
        """The window may be closed whenever nothing is being written."""
        return not self._busy

    def show_nothing(self) -> None:
        """Only the waiting is seen."""
        self._body.hide()

    def show_outcome(self, outcome: Outcome) -> None:
        """Show where the detector comes from, and offer what can be done with it."""
        if self.draft is not None:
            self.ahead.show_outcome(self.draft, outcome)
        self._body.show()
        self._read_origin()
        self._say()

    @property
    def state(self) -> CardState:
        """What decides what can be done."""
        draft, outcome = self.draft, self.outcome
        if draft is None or outcome is None:
            return CardState(busy="Measuring …")
        allowed = outcome.answer.passed or len(draft.override) >= SHORTEST_REASON
        signature = self._origin.signature if draft.made else ""
        return CardState(
            draft.activated_at, bool(draft.made), self._stale, allowed, signature, self._busy, self._problem
        )

    def _say(self) -> None:
        state = self.state
        headline, sentence, kind = state_words(state)
        self.banner.say(headline, sentence, kind=kind)
        self.form.setEnabled(state.can_write)
        self.write.setEnabled(state.can_write)
        self.use.setEnabled(state.can_use)
        if self._said_busy != bool(self._busy):
            self._said_busy = bool(self._busy)
            self.completeChanged.emit()

    def _edit(self, wishes: CardWishes) -> None:
        if self.draft is not None and wishes != self.draft.card:
            self._stale, self._problem = bool(self.draft.made), ""
            self.change(replace(self.draft, card=wishes))
            self._say()

    def _write(self) -> None:
        draft, outcome, activation = self.draft, self.outcome, self.workspace.activation
        if draft is None or outcome is None:
            return

        def task(_: Progress) -> Written[Draft]:
            written = activation.finish(draft, outcome.result, outcome.answer)
            signed = activation.sign(outcome.detector)
            return Written(written.value, written.touched | signed.touched)

        self._begin(_WRITING, task, self._written)

    def _written(self, written: Written[Draft]) -> None:
        self._busy, self._stale = "", False
        if self.draft is not None and self.draft.id == written.value.id:
            self.change(replace(self.draft, made=written.value.made))
            self._read_origin()
            self._say()
            self.use.setFocus()

    def _put_to_use(self) -> None:
        draft, activation = self.draft, self.workspace.activation
        if draft is not None:
            self._begin(_USING, lambda _: activation.activate(draft), self._used)

    def _used(self, written: Written[DetectorSummary]) -> None:
        self._busy = ""
        if self.draft is not None:
            digest, now = written.value.reference.digest, datetime.now(UTC)
            self.change(replace(self.draft, made=digest, activated_at=now))
        self._say()

    def _begin(self, words: str, task: Callable[[Progress], Any], done: Callable[[Any], None]) -> None:
        self._busy, self._problem = words, ""
        self._say()
        self.jobs.start(task, done, self._refuse, lane=Lane.WRITE, title=words.removesuffix(" …"))

    def _refuse(self, error: Exception) -> None:
        self._busy = ""
        if not isinstance(error, Cancelled):
            self._problem = str(error) if isinstance(error, CoreError) else _FAULT
        self._say()

    def _read_origin(self) -> None:
        outcome, workspace = self.outcome, self.workspace
        if outcome is None:
            return
        self.jobs.start(
            lambda _: origin_of(workspace, outcome.detector),
            self._show_origin,
            self._tell,
            lane=Lane.DISK,
            quiet=True,
            token=(id(self), "origin"),
        )

    def _show_origin(self, origin: Origin) -> None:
        self._origin = origin
        titles = self.outcome.titles if self.outcome is not None else {}
        self.lineage.set_blocks(tuple(lineage_blocks(origin.line, titles)))
        self._say()

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))

    def _open_folder(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.message.emit(f"No program opened {folder}. Look there with your file manager.")

    def _connect(self) -> None:
        self.form.edited.connect(self._edit)
        self.write.clicked.connect(self._write)
        self.use.clicked.connect(self._put_to_use)
        self.ahead.message.connect(self.message)
        self.ahead.folder_wished.connect(self._open_folder)

    def _arrange(self) -> None:
        inside, top, left, right = QWidget(), QHBoxLayout(), QVBoxLayout(), QVBoxLayout()
        left.addWidget(heading("Card", scale=1.1))
        left.addWidget(self.form)
        left.addStretch(1)
        right.addWidget(heading("Where it comes from", scale=1.1))
        right.addWidget(self.lineage)
        right.addStretch(1)
        top.setSpacing(24)
        top.addLayout(left, 1)
        top.addLayout(right, 1)
        self.lineage.setAccessibleName("Where the detector comes from")
        column, body, buttons = QVBoxLayout(inside), QVBoxLayout(self._body), QHBoxLayout()
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(14)
        column.addLayout(top)
        column.addWidget(self.ahead.view)
        column.addStretch(1)
        for button in (self.write, self.use):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        body.setContentsMargins(0, 0, 0, 0)
        body.addWidget(scrolling(inside), 1)
        body.addWidget(self.banner)
        body.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.addWidget(self.waiting)
        layout.addWidget(self._body, 1)
        layout.addStretch(0)
