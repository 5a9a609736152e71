"""Examine: exhibits side by side, what the detector says about them, and where in the image that came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget

from app.edits import Edits, NoteEdit, ReviewEdit
from app.jobs import Jobs, Lane
from app.pages.examine_conclusion import ConclusionSection
from app.pages.examine_examiner import ExaminerDesk
from app.pages.examine_loading import Records
from app.pages.examine_panes import PaneDesks
from app.pages.examine_repeat import RepeatDesk
from app.pages.examine_sections import NearSection, RobustnessSection, SectionDesk, StatementsSection
from app.pages.exhibit_order import ExhibitOrder
from app.pages.explaining_sections import MapCheckSection, TilesSection
from app.widgets.arrangement import Arrangement
from app.widgets.exhibit_view import ExhibitView
from core.domain import AttributionReport, ExhibitFilter, SortKey, Table, Written
from core.errors import Cancelled, CoreError
from core.examine import LayerKind
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

T = TypeVar("T")
_EMPTY = "No exhibit is open.\nChoose one in Triage and press Enter."
_ABOUT_EXHIBITS = frozenset({Table.EXHIBITS, Table.FINDINGS, Table.TAGS, Table.NOTES, Table.REVIEWS, Table.VIEWS})
_ABOUT_CARDS = frozenset({Table.CASE, Table.DETECTORS})


class ExaminePage(QWidget):
    """Shows exhibits of the open case; the side panel is about the one in the active pane.

    Args:
        workspace: the door to the services.
        jobs: where everything slow runs.
        parent: the window.
        edits: where notes and reviews go, so that the window can take them back; without it the page has its own.

    Attributes:
        view: the parts that are seen; further tabs go into it with `view.add_tab`.
        panes: what is shown in the panes.
        sections: those parts of the side panel that read by themselves.
        examiner: own views, and annotations on the image.

    Signals:
        exhibit_changed: another exhibit (its id) is the one that the side panel is about.
        message: a sentence for the analyst.
    """

    exhibit_changed = Signal(int)
    message = Signal(str)

    def __init__(
        self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None, *, edits: Edits | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._edits = edits if edits is not None else Edits(workspace, jobs, self)
        self._order = ExhibitOrder()
        self._context: tuple[ExhibitFilter, SortKey, bool] = (ExhibitFilter(), SortKey.TAKEN, False)
        self._forward = True
        self._shown: tuple[int, int] | None = None  # pane and exhibit that the side panel is about
        self._name = ""  # of that exhibit
        self._told: tuple[object, ...] = ()
        self.view, self._nothing = ExhibitView(), QLabel(_EMPTY)
        self.panes = PaneDesks(self.view, workspace, jobs, self._order.near, self)
        self.sections = self._build_sections()
        self.repeat = RepeatDesk(self.view.figures.repeat, self.panes, workspace, jobs, self)
        self.examiner = ExaminerDesk(self.view, self.panes, workspace, jobs, self._edits, self)
        self._verbs = self._build_verbs()
        self._arrange()
        self._connect()
        self.clear()

    @property
    def records(self) -> Records | None:
        """What is known of the exhibit in the active pane."""
        return self.panes.active.records

    def show_exhibit(self, exhibit_id: int) -> None:
        """Show another exhibit of the case in the active pane."""
        self.save_note()
        self._layout.setCurrentWidget(self.view)
        self.panes.show(exhibit_id)
        self._after_show()

    def show_together(self, exhibit_ids: Sequence[int]) -> None:
        """Show up to four exhibits side by side."""
        if exhibit_ids:
            self.save_note()
            self._layout.setCurrentWidget(self.view)
            self.panes.show_together(exhibit_ids)
            self._after_show()

    def set_context(self, filter: ExhibitFilter, sort: SortKey, descending: bool) -> None:  # noqa: A002
        """Take over the filter and order of Triage; previous and next stay within it."""
        self._context = (filter, sort, descending)
        self._read_order()

    def reload(self, touched: frozenset[Table]) -> None:
        """Read again what a write has touched."""
        if self._current is None:
            return
        if touched & _ABOUT_EXHIBITS:
            self._read_order()
        if touched & (_ABOUT_EXHIBITS | _ABOUT_CARDS):
            self.panes.reread(detectors=bool(touched & _ABOUT_CARDS))
        self.sections.reload(touched)
        self.examiner.reload(touched)

    def clear(self) -> None:
        """Forget the exhibits, the note and everything read ahead; another case may use the same numbers."""
        self.panes.clear()
        self._shown, self._told = None, ()
        self.view.start()
        self._order.set_ids((), None)
        self.sections.show(None)
        self.examiner.clear()
        self._layout.setCurrentWidget(self._nothing)

    def save_note(self) -> None:
        """Have a note that is being written saved now."""
        if self._shown is not None:
            self.view.work.flush()

    def actions_used(self) -> tuple[str, ...]:
        """Ids of the actions this page answers."""
        return tuple(self._verbs)

    def trigger(self, action_id: str) -> None:
        """Carry out an action; without an exhibit there is nothing to do."""
        if self._current is not None:
            self._verbs[action_id]()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leaving the page saves the note."""
        super().hideEvent(event)
        self.save_note()

    def showEvent(self, event: QShowEvent) -> None:
        """A note that could not be saved when the page was left comes back."""
        super().showEvent(event)
        self._restore_note()

    @property
    def _current(self) -> int | None:
        return self.panes.active.exhibit_id

    def _arrange(self) -> None:
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._layout = QStackedLayout(self)
        self._layout.addWidget(self._nothing)
        self._layout.addWidget(self.view)
        self.setFocusProxy(self.view.compare)

    def _connect(self) -> None:
        view, panes = self.view, self.panes
        panes.turned.connect(self._turn)
        panes.told.connect(self._take_records)
        panes.shown.connect(self._prefetch)
        for desk in panes.desks:
            desk.drawn.connect(self._look_again)
        panes.message.connect(self.message)
        self.examiner.message.connect(self.message)
        panes.analysis_wished.connect(self._analyse)
        view.bar.wished.connect(self.trigger)
        view.compare.looked.connect(lambda *_: view.bar.set_zoom(view.canvas.zoom))
        view.header.analysis_wished.connect(self._analyse_current)
        view.work.review_wished.connect(self._review)
        view.work.note_wished.connect(self._write_note)
        self._edits.message.connect(self._tell_failed_edit)
        self._edits.note_kept.connect(self._restore_note)

    def _build_sections(self) -> SectionDesk:
        near = NearSection(self._workspace, self._jobs, self)
        near.exhibit_wished.connect(self.show_exhibit)
        tiles = TilesSection(self._workspace, self._jobs, lambda: self.panes.active.pixels, self)
        check = MapCheckSection(
            self._workspace,
            self._jobs,
            lambda: self.view.pane.stack.question,
            lambda: self.panes.active.refusal,
            self,
        )
        check.judged.connect(self.panes.judge)
        conclusion = ConclusionSection(self._workspace, self._jobs, self)
        conclusion.message.connect(self.message)
        parts = (
            tiles,
            check,
            RobustnessSection(self._workspace, self._jobs, self),
            StatementsSection(self._workspace, self._jobs, self),
            near,
            conclusion,
        )
        return SectionDesk(self.view.tabs, parts, self)

    def _build_verbs(self) -> dict[str, Callable[[], object]]:
        view, layers, compare = self.view, self.view.layers, self.view.compare
        verbs: dict[str, Callable[[], object]] = {
            "examine.previous": lambda: self._go(forward=False),
            "examine.next": lambda: self._go(forward=True),
            "examine.next_unreviewed": self._go_unreviewed,
            "examine.mark_reviewed": view.work.reviewed.click,
            "examine.write_view": self.examiner.write_view,
            "examine.remove_annotation": self.examiner.bar.remove_chosen,
            "examine.other_pane": compare.activate_next,
            "examine.in_step": compare.get_in_step,
            "examine.opacity_up": lambda: layers.step_opacity(1),
            "examine.opacity_down": lambda: layers.step_opacity(-1),
            "examine.next_colours": layers.next_colours,
            "examine.lock_scale": layers.lock.toggle,
            "examine.everywhere": layers.everywhere.click,
            "examine.fit": compare.fit,
            "examine.full_size": lambda: view.canvas.set_zoom(1.0),
            "examine.double_size": lambda: view.canvas.set_zoom(2.0),
            "examine.zoom_in": lambda: view.canvas.zoom_by(1),
            "examine.zoom_out": lambda: view.canvas.zoom_by(-1),
            "examine.navigator": compare.toggle_navigators,
        }
        for name, kind in _LAYERS.items():
            verbs[f"examine.toggle_{name}"] = partial(layers.switch, kind)
        for arrangement in Arrangement:
            verbs[f"examine.{arrangement}"] = partial(self.panes.arrange, arrangement)
        return verbs

    def _after_show(self) -> None:
        if not self._order:
            self._read_order()
        self._show_place()

    def _turn(self) -> None:
        """Another pane is active, or another exhibit is in it: the side panel is about that one now."""
        desk = self.panes.active
        shown = None if desk.exhibit_id is None else (self.panes.desks.index(desk), desk.exhibit_id)
        if shown == self._shown:
            return
        self.save_note()
        before, self._shown, self._told, self._name = self._shown, shown, (), ""
        if before is None or shown is None or before[1] != shown[1]:
            self.view.start()
            self.sections.show(None)
        self._show_place()
        if desk.exhibit_id is not None:
            self.exhibit_changed.emit(desk.exhibit_id)

    def _take_records(self) -> None:
        records, view = self.records, self.view
        if records is None:
            return
        self._name = records.exhibit.name
        view.show_exhibit(records.exhibit, read_only=records.read_only)
        self._restore_note()
        told = (records.finding, records.titles, records.ratio, records.hidden)
        if told != self._told:
            self._told = told
            view.show_finding(records.finding, records.titles, records.ratio)
        if records.hidden:
            view.header.set_hidden()
        self.sections.show(records)
        self._mark_class()

    def _look_again(self) -> None:
        """The map that is checked may be another one."""
        if self.records is not None:
            self.sections.show(self.records)

    def _mark_class(self) -> None:
        """Mark the bar of the class that the heat map is about."""
        records, stack = self.records, self.panes.active.pane.stack
        finding = records.finding if records is not None else None
        mapped = stack.shows(LayerKind.HEAT_MAP) and not self.panes.active.refusal
        shown = finding is not None and bool(finding.scores) and mapped
        top = (finding.architecture or "") if finding is not None else ""
        self.view.figures.bars.set_target((stack.question.target or top) if shown else "")

    def _prefetch(self) -> None:
        self._mark_class()
        if not self.view.pane.canvas.empty:
            self.panes.pictures.prefetch(self._neighbour(forward=self._forward))

    def _read(self, task: Callable[[Progress], T], done: Callable[[T], None], token: str) -> None:
        self._jobs.start(task, done, self._tell, lane=Lane.DISK, quiet=True, token=(id(self), token))

    def _read_order(self) -> None:
        wanted, sort, descending = self._context
        self._read(
            lambda _: self._workspace.exhibits.ids(wanted, sort, descending=descending), self._take_order, "order"
        )

    def _take_order(self, ids: tuple[int, ...]) -> None:
        self._order.set_ids(ids, self._current)
        self._show_place()
        self.panes.offer_neighbours()
        self._prefetch()

    def _show_place(self) -> None:
        if self._current is not None:
            self.view.bar.set_exhibit(self._order.words(self._current))
            before, after = self._neighbour(forward=False), self._neighbour(forward=True)
            self.view.bar.set_ends(first=before is None, last=after is None)

    def _neighbour(self, *, forward: bool) -> int | None:
        if self._current is None:
            return None
        return self._order.after(self._current) if forward else self._order.before(self._current)

    def _go(self, *, forward: bool) -> None:
        self._forward = forward
        there = self._neighbour(forward=forward)
        if there is None:
            self.message.emit("This is the last exhibit." if forward else "This is the first exhibit.")
        else:
            self.show_exhibit(there)

    def _go_unreviewed(self) -> None:
        current, (wanted, sort, descending) = self._current, self._context
        assert current is not None  # `trigger` asks for nothing without an exhibit

        def find(_: Progress) -> int | None:
            return self._workspace.exhibits.next_unreviewed(current, wanted, sort, descending=descending)

        self._read(find, self._show_unreviewed, "unreviewed")

    def _show_unreviewed(self, exhibit_id: int | None) -> None:
        if exhibit_id is None:
            self.message.emit("No exhibit after this one is waiting for review.")
        else:
            self.show_exhibit(exhibit_id)

    def _review(self, reviewed: bool) -> None:
        if self._shown is not None:
            self._edits.apply(ReviewEdit((self._shown[1],), reviewed))

    def _write_note(self, text: str) -> None:
        if self._shown is not None:  # another pane may be active already
            self._edits.apply(NoteEdit(self._shown[1], text, self._name))

    def _restore_note(self) -> None:
        """Put a note that could not be saved back where it can be seen and is saved with the next occasion."""
        if self._current is not None and self.records is not None and self.isVisible():
            text = self._edits.take_kept_note(self._current)
            if text is not None:
                self.view.work.restore(text)

    def _tell_failed_edit(self, words: str) -> None:
        if self._edits.parent() is self:  # the window tells what its own edits say
            self.message.emit(words)
        self.panes.reread()

    def _analyse_current(self) -> None:
        if self._current is not None:
            self.view.header.set_busy()
            self._analyse(self._current, self.panes.active.detector)

    def _analyse(self, exhibit_id: int, detector: str | None) -> None:
        def done(written: Written[AttributionReport]) -> None:
            if exhibit_id in written.value.failed:
                self._end_analysis(exhibit_id, written.value.failed[exhibit_id])

        def failed(error: Exception) -> None:
            self._end_analysis(exhibit_id, str(error) if isinstance(error, CoreError) else "")

        def attribute(progress: Progress) -> Written[AttributionReport]:
            return self._workspace.analysis.attribute((exhibit_id,), detector, progress=progress)

        self._jobs.start(attribute, done, failed, lane=Lane.DEVICE, title="Analysing one exhibit")

    def _end_analysis(self, exhibit_id: int, words: str) -> None:
        if words:
            self.message.emit(words)
        if exhibit_id == self._current and (self.records is None or self.records.finding is None):
            self.view.header.set_finding(None, {})
        self.panes.renew_notes()

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))


_LAYERS = {
    "original": LayerKind.ORIGINAL,
    "heat_map": LayerKind.HEAT_MAP,
    "grid": LayerKind.GRID,
    "residual": LayerKind.RESIDUAL,
    "spectrum": LayerKind.SPECTRUM,
}
