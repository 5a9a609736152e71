"""The fourth page of a retraining: which images are learned from, and which the result is measured on; then frozen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.jobs import Jobs, Lane
from app.widgets.heading import heading
from app.widgets.plain_text import PlainLabel, visible_lines
from app.widgets.verdict_header import plain_label
from app.widgets.work_line import WorkLine
from app.wizards.page_work import PageWork
from app.wizards.retraining_page import RetrainingPage
from app.wizards.split_table import SplitTable
from core.errors import BadInput
from core.progress import Progress
from core.retraining import Draft, RunStatus, Split

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_MEANS = (
    "Training: the network learns from these. Held out: they choose weights, thresholds and the calibration. "
    "Test: the result is measured on these alone."
)
_OPEN = (
    "Freezing writes down which image stands where, with a SHA-256 over all of it, before anything is learned. "
    "Afterwards the test images can no longer be chosen to please."
)
_RUNNING = "A training of this split was begun. Discard it on the page “Training” before you open the split again."


class SplitPage(RetrainingPage):
    """Shows the split, and freezes it."""

    page_id = "split"

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(workspace, jobs, parent)
        self.table, self.state = SplitTable(), plain_label("State of the split")
        self.unknowable, self._unknowable_heading = (
            PlainLabel("What cannot be known"),
            heading("What cannot be known then"),
        )
        self.left, self._left_heading = PlainLabel("What takes no part"), heading("What takes no part")
        self.freeze, self.thaw = QPushButton("Free&ze the split"), QPushButton("&Open it again…")
        self._line = WorkLine()
        self._work = PageWork(jobs, self._line, self)
        self._split: Split | None = None
        self._build()

    def show_draft(self, draft: Draft) -> None:
        """Show the frozen split of a draft, or make one."""
        super().show_draft(draft)
        if draft.split_digest:
            self._read_frozen()
        else:
            self._make()

    def isComplete(self) -> bool:
        """Nothing is trained before the split is frozen."""
        return self.draft is not None and bool(self.draft.split_digest) and self._split is not None

    def leave(self) -> None:
        """Nobody waits for the split any more."""
        self._work.drop()

    def _make(self) -> None:
        draft, services = self.draft, self.workspace
        if draft is None:
            return

        def make(progress: Progress) -> Split:
            from core.services.training_split import parent_sides, split

            folder = services.retraining.folder(draft.id)
            images = services.training_images.read(draft.groups, folder, progress)
            known = services.training_images.known(draft, folder, progress) if draft.known_data else ()
            return split((*images, *known), draft, kept=parent_sides(draft.parent_path))

        self._run(make, "Splitting the images")

    def _read_frozen(self) -> None:
        draft, services = self.draft, self.workspace
        if draft is None:
            return

        def read(_progress: Progress) -> Split:
            from core.services.training_split import read_frozen

            return read_frozen(services.retraining.folder(draft.id), draft.split_digest)

        self._run(read, "Reading the frozen split")

    def _run(self, task: Callable[[Progress], Split], title: str) -> None:
        self._split = None
        self._work.run(task, self._take, self._show, title=title)
        self._show()

    def _take(self, made: Split) -> None:
        self._split = made
        self._show()

    def _freeze(self) -> None:
        draft, made, services = self.draft, self._split, self.workspace
        if draft is None or made is None:
            return

        def freeze(_progress: Progress) -> Draft:
            from core.services.training_split import freeze as write

            return write(draft, made, services.retraining.folder(draft.id))

        self._work.run(freeze, self._take_draft, self._show, title="Freezing the split", lane=Lane.WRITE)
        self._show()

    def _take_draft(self, draft: Draft) -> None:
        if self.draft is not None:
            self.change(replace(self.draft, split_digest=draft.split_digest))
        self._show()

    def _thaw(self) -> None:
        draft, services = self.draft, self.workspace
        if draft is None:
            return

        def look(_progress: Progress) -> Draft:
            if services.training_runs.state(draft.id).status is not RunStatus.NOT_STARTED:
                raise BadInput(_RUNNING)
            return replace(draft, split_digest="")

        self._work.run(look, self._take_thawed, self._show, title="Opening the split")

    def _take_thawed(self, draft: Draft) -> None:
        if self.draft is not None:
            self.change(replace(self.draft, split_digest=draft.split_digest))
        self._make()

    def _show(self) -> None:
        draft, made = self.draft, self._split
        frozen = draft is not None and bool(draft.split_digest)
        self.table.set_rows(made.rows if made is not None else ())
        _list(made.unknowable if made is not None else (), self._unknowable_heading, self.unknowable)
        _list(made.remarks if made is not None else (), self._left_heading, self.left)
        busy = self._work.busy
        self.freeze.setVisible(not frozen)
        self.freeze.setEnabled(made is not None and not busy)
        self.thaw.setVisible(frozen)
        self.thaw.setEnabled(not busy)
        self.state.setText(self._state(draft, made, frozen=frozen))
        self.completeChanged.emit()

    def _state(self, draft: Draft | None, made: Split | None, *, frozen: bool) -> str:
        if draft is None or self._work.busy:
            return ""
        if made is None:
            return "There is no split. Go back, mend what the sentence below says, and come here again."
        return f"Frozen. SHA-256 of the split: {draft.split_digest}" if frozen else _OPEN

    def _build(self) -> None:
        self.setTitle("Which images are kept for the test?")
        self.setSubTitle(
            "Whole sources are set aside where there are enough: only they show how it does on new images."
        )
        means = QLabel(_MEANS)
        means.setWordWrap(True)
        means.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        for button in (self.freeze, self.thaw):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.thaw.setToolTip("Change images or checks; the split is made again and has to be frozen again.")
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.table, 1)
        below = (self._unknowable_heading, self.unknowable, self._left_heading, self.left)
        for part in (self._line, means, *below):
            column.addWidget(part)
        column.addLayout(row)
        self.freeze.clicked.connect(self._freeze)
        self.thaw.clicked.connect(self._thaw)
        self._work.message.connect(self.message)
        self._show()


def _list(sentences: Sequence[str], above: QLabel, label: PlainLabel) -> None:
    """Show sentences below their heading, or neither."""
    label.setText(visible_lines("\n".join(f"• {sentence}" for sentence in sentences)))
    for part in (above, label):
        part.setVisible(bool(sentences))
