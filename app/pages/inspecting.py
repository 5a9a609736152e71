"""What Triage's inspector shows: reads the selected exhibits, and says so when that fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.edits import Edits, NoteEdit, ReviewEdit
from app.jobs import Jobs, Lane
from app.pages.examine_loading import sentence
from app.tables.exhibit_table import ExhibitTable
from app.widgets.inspector import Inspector
from app.wording import exhibits_text
from core.domain import Exhibit, ExhibitLine, Finding
from core.errors import Cancelled
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace


class Inspecting(QObject):
    """Fills the inspector, and writes what the analyst notes in it.

    Args:
        workspace: the door to the services.
        jobs: where the reading runs.
        edits: where notes and reviews go.
        table: the exhibits that are listed.
        inspector: what is filled.

    Attributes:
        titles: what the analyst reads instead of the names of classes.
        writable: whether the case may be changed.

    Signals:
        message: a sentence for the analyst.
    """

    message = Signal(str)

    def __init__(
        self, workspace: Workspace, jobs: Jobs, edits: Edits, table: ExhibitTable, inspector: Inspector
    ) -> None:
        super().__init__(inspector)
        self._workspace, self._jobs, self._edits = workspace, jobs, edits
        self._table, self._inspector = table, inspector
        self.titles: Mapping[str, str] = {}
        self.writable = False
        self._current: int | None = None
        self._read: int | None = None  # the inspector holds what the case says of this one
        inspector.review_wished.connect(self._review)
        inspector.note_wished.connect(self._write_note)
        edits.note_kept.connect(self.restore_note)

    def forget(self) -> None:
        """Another case comes; nothing of this one may be shown or written."""
        self._current = self._read = None
        self._inspector.show_nothing()

    def show(self, targets: tuple[int, ...]) -> None:
        """Show these exhibits: one with everything, several with what they have in common."""
        if len(targets) == 1:
            self._show_one(targets[0])
            return
        self._inspector.flush()
        self._current = self._read = None
        if targets:
            self._show_many(targets)
        else:
            self._inspector.show_nothing()

    def restore_note(self) -> None:
        """Put a note that could not be saved back where it can be seen and is saved with the next occasion."""
        around = self._inspector.parentWidget()  # the inspector itself may be folded away
        if around is None or not around.isVisible() or not self.writable:
            return
        if self._current is None or self._read != self._current:
            return
        text = self._edits.take_kept_note(self._current)
        if text is not None:
            self._inspector.restore_note(text)

    def _show_one(self, exhibit_id: int) -> None:
        if exhibit_id != self._current:
            self._inspector.start_exhibit(self._table.line(exhibit_id))
            self._current, self._read = exhibit_id, None

        def read(_progress: Progress) -> tuple[Exhibit, Finding | None, bool]:
            exhibit, hidden = self._workspace.exhibits.get(exhibit_id), self._workspace.views.hidden(exhibit_id)
            return exhibit, None if hidden else self._workspace.analysis.finding(exhibit_id), hidden

        def show(answer: tuple[Exhibit, Finding | None, bool]) -> None:
            if self._current == exhibit_id:
                self._read = exhibit_id
                exhibit, finding, hidden = answer
                self._inspector.show_exhibit(exhibit, finding, self.titles, writable=self.writable, hidden=hidden)
                self.restore_note()

        def failed(error: Exception) -> None:
            if self._current == exhibit_id and not isinstance(error, Cancelled):
                self._refuse(exhibit_id, sentence(error))

        self._jobs.start(read, show, failed, lane=Lane.DISK, quiet=True, token=(id(self), "inspect"))

    def _refuse(self, exhibit_id: int, words: str) -> None:
        if self._read == exhibit_id:  # what is shown is about this exhibit, and a note may be on its way into it
            self.message.emit(words)
        else:
            self._inspector.show_refusal(self._name(exhibit_id) or self.tr("This exhibit"), words)

    def _show_many(self, targets: tuple[int, ...]) -> None:
        def read(_progress: Progress) -> tuple[ExhibitLine, ...]:
            return self._workspace.exhibits.lines(targets)

        def show(lines: tuple[ExhibitLine, ...]) -> None:
            tags = [frozenset(line.tags) for line in lines] or [frozenset[int]()]
            everywhere, somewhere = frozenset.intersection(*tags), frozenset[int]().union(*tags)
            self._inspector.show_many(len(targets), everywhere, somewhere, writable=self.writable)

        def failed(error: Exception) -> None:
            if not isinstance(error, Cancelled):
                selected = self.tr("{} selected").format(exhibits_text(len(targets)))
                self._inspector.show_refusal(selected, sentence(error))

        self._jobs.start(read, show, failed, lane=Lane.DISK, quiet=True, token=(id(self), "inspect"))

    def _review(self, reviewed: bool) -> None:
        if self._current is not None:
            self._edits.apply(ReviewEdit((self._current,), reviewed))

    def _write_note(self, text: str) -> None:
        if self._current is not None:
            self._edits.apply(NoteEdit(self._current, text, self._name(self._current)))

    def _name(self, exhibit_id: int) -> str:
        line = self._table.line(exhibit_id)
        return line.name if line is not None else ""
