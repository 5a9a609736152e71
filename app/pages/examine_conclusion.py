"""The section "Conclusion" of Examine: propositions, their weighing, and what named people conclude."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.jobs import Jobs, Lane
from app.pages.examine_loading import Records, sentence
from app.pages.examine_sections import ANSWERS, Asking
from app.widgets.conclusion_form import ConclusionDraft
from app.widgets.conclusion_view import ConclusionView
from app.widgets.propositions_form import PropositionsDraft
from core.domain import Table, Written
from core.errors import BadInput
from core.progress import Progress
from core.reporting import Conclusion, Propositions, Role, Weighing, same_name, standing

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_SCALE = "examine.scale"
_DEFAULT = "enfsi-2015"


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is about one exhibit, as the examiner at work may see it."""

    current: Propositions | None
    suggested: Propositions
    classes: tuple[tuple[str, str], ...]
    scales: tuple[tuple[str, str], ...]
    weighing: Weighing | None
    source: str
    every: tuple[Conclusion, ...]
    examiner: str
    hidden: bool
    writable: bool


class ConclusionSection(QObject):
    """Reads and writes propositions and conclusions of the active exhibit.

    Args:
        workspace: the door to the services.
        jobs: where reading and writing run.
        parent: the page.

    Signals:
        message: why something could not be written down about an exhibit that is no longer shown.
    """

    message = Signal(str)
    caption = "Conclusion"
    meaning = "Propositions, what the findings weigh, and what examiners conclude"
    about = ANSWERS | {Table.CONCLUSIONS}

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self.view = ConclusionView()
        self.widget: QWidget = self.view
        self._shown: tuple[Path, int] | None = None  # case and exhibit
        self._case: Path | None = None  # to which the drafts belong
        self._reading = Asking(jobs, Lane.DISK, self.view.say, self)
        self._suggesting = Asking(jobs, Lane.DISK, self.view.propositions.say, self)
        self.view.propositions.propositions_wished.connect(self._propose)
        self.view.propositions.suggestion_wished.connect(self._suggest)
        self.view.form.conclusion_wished.connect(self._conclude)
        self.view.weight.scale_chosen.connect(self._choose_scale)

    def key(self, records: Records) -> Hashable:
        """The exhibit, its finding, and whether it is hidden."""
        return records.answer, records.hidden

    def ask(self, records: Records) -> None:
        """Read what there is about an exhibit."""
        case = self._workspace.cases.current
        if case is None:
            return
        shown = case.path, records.exhibit.id
        self._forget_another(case.path)
        if self._shown != shown:
            self.view.start(shown)
        self._shown = shown
        self._read()

    def clear(self) -> None:
        """No exhibit; what is being typed is kept for when it comes back."""
        self._reading.drop()
        self._suggesting.drop()
        case = self._workspace.cases.current
        self._forget_another(case.path if case is not None else None)
        self.view.start(None)
        self._shown = None

    def _forget_another(self, path: Path | None) -> None:
        """What was typed belongs to the case in which it was typed."""
        if path != self._case:
            self.view.forget_drafts()
        self._case = path

    def _read(self) -> None:
        if self._shown is None:
            return
        exhibit_id, scale = self._shown[1], self._scale
        self._reading.ask(lambda _: self._found(exhibit_id, scale), self._take)

    def _found(self, exhibit_id: int, scale: str) -> _Found:
        door, case = self._workspace.conclusions, self._workspace.cases.current
        hidden = self._workspace.views.hidden(exhibit_id)
        scales = door.scales()
        chosen = scale if scale in dict(scales) else _DEFAULT
        return _Found(
            current=door.propositions(exhibit_id),
            suggested=door.suggested(exhibit_id),
            classes=door.classes(exhibit_id),
            scales=scales,
            weighing=None if hidden else door.weigh(exhibit_id, chosen),
            source="" if hidden else door.scale(chosen).source,
            every=door.of(exhibit_id),
            examiner=self._workspace.views.examiner,
            hidden=hidden,
            writable=case is not None and not case.read_only,
        )

    def _take(self, found: _Found) -> None:
        view = self.view
        view.propositions.set_propositions(found.current, found.classes, writable=found.writable, hidden=found.hidden)
        if not view.propositions.touched:
            view.propositions.set_suggestion(found.suggested)
        view.weight.set_scales(found.scales, self._scale)
        view.weight.set_weighing(found.weighing, found.source)
        view.set_conclusions(found.every, found.current)
        first = _first_before(found.every, found.examiner)
        view.form.set_role(first, examiner=found.examiner, writable=found.writable and not found.hidden)
        view.set_state(hidden=found.hidden, writable=found.writable)

    @property
    def _scale(self) -> str:
        return str(self._workspace.settings.recall(_SCALE, _DEFAULT))

    def _choose_scale(self, name: str) -> None:
        self._workspace.settings.remember(_SCALE, name)
        self._read()

    def _suggest(self, architecture: str) -> None:
        if self._shown is None:
            return
        exhibit_id = self._shown[1]

        def suggest(_progress: Progress) -> Propositions:
            return self._workspace.conclusions.suggested(exhibit_id, architecture)

        self._suggesting.ask(suggest, self.view.propositions.set_suggestion)

    def _propose(self, draft: PropositionsDraft) -> None:
        def write(exhibit_id: int) -> Written[Propositions]:
            return self._workspace.conclusions.propose(
                exhibit_id, draft.first, draft.second, draft.population, draft.background, draft.architecture
            )

        self._write(write, self.view.propositions, self.view.propositions.written)

    def _conclude(self, draft: ConclusionDraft) -> None:
        if draft.outcome is None:
            return
        outcome, scale, role = draft.outcome, self._scale, Role.EXAMINER if draft.agrees is None else Role.SECOND

        def write(exhibit_id: int) -> Written[Conclusion]:
            door = self._workspace.conclusions
            return door.conclude(exhibit_id, outcome, draft.opinion, draft.limitations, scale, role, draft.agrees)

        self._write(write, self.view.form, lambda: self.view.form.start(None))

    def _write(self, write: Callable[[int], Written[Any]], form: Any, written: Callable[[], None]) -> None:  # noqa: ANN401
        shown = self._shown
        if shown is None:
            return
        path, exhibit_id = shown

        def run(_progress: Progress) -> Written[Any]:
            current = self._workspace.cases.current
            if current is None or current.path != path:
                raise BadInput(f"The case {path} was closed before this could be written down.")
            return write(exhibit_id)

        def done(_written: Written[Any]) -> None:
            if shown == self._shown:
                written()
            else:
                self.view.forget_draft(shown, of_propositions=form is self.view.propositions)

        def failed(error: Exception) -> None:
            if shown == self._shown:
                form.say(sentence(error))
            else:
                self.message.emit(sentence(error))

        form.set_busy()
        self._jobs.start(run, done, failed, lane=Lane.WRITE, quiet=True)


def _first_before(every: tuple[Conclusion, ...], examiner: str) -> Conclusion | None:
    """The conclusion of the first examiner where the one at work is another, and thus the second."""
    firsts = [one for one in standing(every) if one.role is Role.EXAMINER]
    mine = any(same_name(one.author) == same_name(examiner) for one in firsts)
    return None if mine or not firsts else firsts[0]
