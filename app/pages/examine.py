"""Examine: one exhibit, what the detector says about it, and where in the image that came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget

from app.edits import Edits, NoteEdit, ReviewEdit
from app.jobs import Jobs, Lane
from app.pages.examine_loading import ExhibitLoader, HeatMapLoader, Records, ShownMap
from app.pages.exhibit_order import ExhibitOrder
from app.widgets import map_words
from app.widgets.exhibit_view import ExhibitView
from app.widgets.picture import Picture
from core.domain import AttributionReport, ExhibitFilter, Finding, MapQuestion, SortKey, Table, Written
from core.errors import Cancelled, CoreError
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

T = TypeVar("T")
_EMPTY = "No exhibit is open.\nChoose one in Triage and press Enter."
_ABOUT_EXHIBITS = frozenset({Table.EXHIBITS, Table.FINDINGS, Table.TAGS, Table.NOTES, Table.REVIEWS})
_ABOUT_CARDS = frozenset({Table.CASE, Table.DETECTORS})
_LOADING_AFTER_MS = 150  # most images are there before the eye misses them


class ExaminePage(QWidget):
    """Shows one exhibit of the open case.

    Args:
        workspace: the door to the services.
        jobs: where everything slow runs.
        parent: the window.
        edits: where notes and reviews go, so that the window can take them back; without it the page has its own.

    Signals:
        exhibit_changed: another exhibit (its id) is shown.
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
        self._loader = ExhibitLoader(workspace, jobs, self)
        self._maps = HeatMapLoader(workspace, jobs, self)
        self._order = ExhibitOrder()
        self._context: tuple[ExhibitFilter, SortKey, bool] = (ExhibitFilter(), SortKey.TAKEN, False)
        self._current: int | None = None
        self._records: Records | None = None
        self._picture: Picture | None = None
        self._forward = True
        self._loading = QTimer(self, singleShot=True, interval=_LOADING_AFTER_MS)
        self._view, self._nothing = ExhibitView(), QLabel(_EMPTY)
        self._verbs = self._build_verbs()
        self._arrange()
        self._connect()
        self.clear()

    def show_exhibit(self, exhibit_id: int) -> None:
        """Show another exhibit of the case."""
        self.save_note()
        self._begin(exhibit_id)
        self._layout.setCurrentWidget(self._view)
        self._loading.start()
        self._loader.load(exhibit_id)
        if not self._order:
            self._read_order()
        self._show_place()
        self.exhibit_changed.emit(exhibit_id)

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
            self._loader.reread(detectors=bool(touched & _ABOUT_CARDS))

    def clear(self) -> None:
        """Forget the exhibit, its note and everything read ahead; another case may use the same numbers."""
        self._begin(None)
        self._loading.stop()
        self._loader.clear()
        self._order = ExhibitOrder()
        self._layout.setCurrentWidget(self._nothing)

    def save_note(self) -> None:
        """Have a note that is being written saved now."""
        if self._current is not None:
            self._view.work.flush()

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

    def _begin(self, exhibit_id: int | None) -> None:
        self._current, self._records, self._picture = exhibit_id, None, None
        self._maps.cancel()
        self._view.start()

    def _arrange(self) -> None:
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._layout = QStackedLayout(self)
        self._layout.addWidget(self._nothing)
        self._layout.addWidget(self._view)
        self.setFocusProxy(self._view.canvas)

    def _connect(self) -> None:
        view, loader, maps = self._view, self._loader, self._maps
        loader.records_read.connect(self._take_records)
        loader.records_refused.connect(self._refuse_records)
        loader.picture_read.connect(self._take_picture)
        loader.picture_refused.connect(self._refuse_picture)
        maps.answered.connect(self._take_map)
        maps.waiting.connect(lambda words: view.controls.say(words, busy=True))
        maps.refused.connect(view.controls.say)
        view.bar.wished.connect(self.trigger)
        view.controls.heat_map_switched.connect(lambda _: self._ask_map())
        view.controls.question_changed.connect(self._ask_map)
        view.header.analysis_wished.connect(self._analyse)
        view.work.review_wished.connect(self._review)
        view.work.note_wished.connect(self._write_note)
        self._edits.message.connect(self._tell_failed_edit)
        self._edits.note_kept.connect(self._restore_note)
        self._loading.timeout.connect(self._say_loading)

    def _build_verbs(self) -> dict[str, Callable[[], None]]:
        canvas, controls = self._view.canvas, self._view.controls
        return {
            "examine.previous": lambda: self._go(forward=False),
            "examine.next": lambda: self._go(forward=True),
            "examine.next_unreviewed": self._go_unreviewed,
            "examine.mark_reviewed": self._view.work.reviewed.click,
            "examine.toggle_heat_map": controls.heat_map.click,
            "examine.toggle_grid": controls.grid.click,
            "examine.fit": canvas.fit,
            "examine.full_size": lambda: canvas.set_zoom(1.0),
            "examine.double_size": lambda: canvas.set_zoom(2.0),
            "examine.opacity_up": lambda: controls.step_opacity(1),
            "examine.opacity_down": lambda: controls.step_opacity(-1),
        }

    def _take_records(self, records: Records) -> None:
        before, self._records = self._records, records
        self._show_place()
        self._view.show_exhibit(records.exhibit, read_only=records.read_only)
        self._restore_note()
        if before is None or _shown(before) != _shown(records):
            self._view.show_finding(records.finding, records.exhibit, records.titles, records.ratio)
            self._ask_map()
        self._place_picture()

    def _refuse_records(self, words: str) -> None:
        if self._records is None:
            self._loading.stop()
            self._view.canvas.show_message(f"This exhibit cannot be read.\n{words}")
        else:
            self.message.emit(words)

    def _take_picture(self, picture: Picture) -> None:
        self._picture = picture
        self._place_picture()

    def _place_picture(self) -> None:
        if self._picture is not None and self._records is not None and self._view.canvas.empty:
            self._loading.stop()
            self._view.show_picture(self._picture, self._records.exhibit)
            self._loader.prefetch(self._neighbour(forward=self._forward))

    def _refuse_picture(self, words: str) -> None:
        self._loading.stop()
        self._view.canvas.show_message(f"This image cannot be shown.\n{words}")

    def _say_loading(self) -> None:
        if self._view.canvas.empty:
            self._view.canvas.show_message("Loading the image …")

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
        if not self._view.canvas.empty:
            self._loader.prefetch(self._neighbour(forward=self._forward))

    def _show_place(self) -> None:
        if self._current is not None:
            name = self._records.exhibit.name if self._records is not None else ""
            self._view.bar.set_exhibit(name, self._order.words(self._current))
            before, after = self._neighbour(forward=False), self._neighbour(forward=True)
            self._view.bar.set_ends(first=before is None, last=after is None)

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

    @property
    def _finding(self) -> Finding | None:
        return self._records.finding if self._records is not None else None

    def _ask_map(self) -> None:
        finding, view = self._finding, self._view
        self._maps.cancel()
        view.heat_map.set_map(None)
        view.figures.bars.set_target("")
        if finding is None or not finding.scores or self._current is None:
            view.controls.say(map_words.NO_MAP if self._records is not None else "")
        elif not view.controls.heat_map.isChecked():
            view.controls.say(map_words.MAP_OFF)
        else:
            view.figures.bars.set_target(view.controls.target or "")
            self._maps.ask(self._current, MapQuestion(view.controls.layer, view.controls.target))

    def _take_map(self, shown: ShownMap) -> None:
        finding = self._finding
        if finding is not None and self._records is not None:
            self._view.heat_map.set_map(shown.merged if shown.heat_map.informative else None)
            self._view.controls.say(map_words.legend(shown.heat_map, shown.merged, finding, self._records.titles))

    def _review(self, reviewed: bool) -> None:
        if self._current is not None:
            self._edits.apply(ReviewEdit((self._current,), reviewed))

    def _write_note(self, text: str) -> None:
        if self._current is not None:
            name = self._records.exhibit.name if self._records is not None else ""
            self._edits.apply(NoteEdit(self._current, text, name))

    def _restore_note(self) -> None:
        """Put a note that could not be saved back where it can be seen and is saved with the next occasion."""
        if self._current is not None and self._records is not None and self.isVisible():
            text = self._edits.take_kept_note(self._current)
            if text is not None:
                self._view.work.restore(text)

    def _tell_failed_edit(self, words: str) -> None:
        if self._edits.parent() is self:  # the window tells what its own edits say
            self.message.emit(words)
        self._loader.reread()

    def _analyse(self) -> None:
        current = self._current
        if current is None:
            return

        def done(written: Written[AttributionReport]) -> None:
            if current in written.value.failed:
                self._end_analysis(current, written.value.failed[current])

        def failed(error: Exception) -> None:
            self._end_analysis(current, str(error) if isinstance(error, CoreError) else "")

        def attribute(progress: Progress) -> Written[AttributionReport]:
            return self._workspace.analysis.attribute((current,), progress=progress)

        self._view.header.set_busy()
        self._jobs.start(attribute, done, failed, lane=Lane.DEVICE, title="Analysing one exhibit")

    def _end_analysis(self, exhibit_id: int, words: str) -> None:
        if words:
            self.message.emit(words)
        if exhibit_id == self._current and self._finding is None:
            self._view.header.set_finding(None, {})

    def _tell(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.message.emit(str(error))


def _shown(records: Records) -> tuple[object, ...]:
    """What of the records the side panel shows of a finding."""
    return records.finding, records.titles, records.ratio
