"""The examiner's own part of Examine: views of the exhibit, and annotations drawn on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal

from app.edits import Edits
from app.examiner_edits import ChangeAnnotation, DrawAnnotation, RemoveAnnotation
from app.jobs import Jobs, Lane
from app.pages.examine_loading import sentence
from app.pages.examine_pane import PaneDesk
from app.pages.examine_panes import PaneDesks
from app.widgets import finding_words
from app.widgets.annotation_bar import AnnotationBar
from app.widgets.annotation_layer import AnnotationLayer
from app.widgets.exhibit_view import ExhibitView
from app.widgets.view_panel import ViewPanel
from core.domain import Table, Written
from core.errors import BadInput, Cancelled
from core.examine import Annotation, AnnotationKind, ExaminerView
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_MINE = frozenset({Table.VIEWS, Table.ANNOTATIONS, Table.CASE})
_NO_WORDS = "Type the words first, then click where they shall stand."
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Own:
    """What examiners wrote and drew on one exhibit, as the one at work may see it."""

    views: tuple[ExaminerView, ...]
    annotations: tuple[Annotation, ...]
    hidden: bool
    examiner: str
    writable: bool


class ExaminerDesk(QObject):
    """Fills the sections "View" and "Annotations" for the active pane, and lays the annotations over every pane.

    Args:
        view: gets the two sections and the layers.
        panes: which exhibits are shown.
        workspace: the door to the services.
        jobs: where reading and writing run.
        edits: where annotations go, so that the window can take them back.
        parent: the page.

    Attributes:
        panel, bar, layers: what is filled; a layer for each pane.

    Signals:
        message: a sentence for the analyst.
    """

    message = Signal(str)

    def __init__(
        self, view: ExhibitView, panes: PaneDesks, workspace: Workspace, jobs: Jobs, edits: Edits, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view, self._panes, self._workspace, self._jobs, self._edits = view, panes, workspace, jobs, edits
        self.panel, self.bar = ViewPanel(), AnnotationBar()
        self.layers = tuple(AnnotationLayer() for _ in panes.desks)
        self._own: dict[int, _Own] = {}
        self._current: int | None = None
        self._led = False  # to the section "View", once for this exhibit, because its answer is hidden
        view.add_tab(self.panel, "View", "What examiners think of the exhibit themselves")
        view.add_tab(self.bar, "Annotations", "Rectangles, arrows and words on the image")
        for desk, layer in zip(panes.desks, self.layers, strict=True):
            desk.pane.canvas.add_layer(layer)
        self._connect()

    def reload(self, touched: frozenset[Table]) -> None:
        """Read again what a write has touched."""
        if touched & _MINE:
            self._read()

    def clear(self) -> None:
        """Another case follows."""
        self._own.clear()
        self._current = None
        self.panel.clear()
        self.bar.set_annotations((), examiner="", writable=False)
        self._lay()

    def write_view(self) -> None:
        """Lead to where an own view is written."""
        self._view.tabs.show_section(self.panel)
        self.panel.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _connect(self) -> None:
        self._panes.turned.connect(self._turn)
        self.panel.view_wished.connect(self._write)
        self.bar.tool_changed.connect(self._use)
        self.bar.chosen.connect(self._choose)
        self.bar.change_wished.connect(lambda annotation: self._edits.apply(ChangeAnnotation(annotation)))
        self.bar.remove_wished.connect(lambda annotation: self._edits.apply(RemoveAnnotation(annotation)))
        self.bar.shown_toggled.connect(self._show_layers)
        for desk, layer in zip(self._panes.desks, self.layers, strict=True):
            desk.changed.connect(self._read)
            layer.drawn.connect(lambda kind, points, desk=desk: self._draw(desk, kind, points))
            layer.chosen.connect(self._choose)

    def _turn(self) -> None:
        """The side panel is about another exhibit now."""
        exhibit_id = self._panes.active.exhibit_id
        if exhibit_id == self._current:
            return
        self._current, self._led = exhibit_id, False
        self.bar.choose(None)
        self.bar.say("")
        if exhibit_id is None:
            return
        self.panel.start(exhibit_id)
        self._show()
        self._read()

    def _read(self) -> None:
        """Read what is shown in any pane."""
        shown = tuple({desk.exhibit_id for desk in self._panes.used if desk.exhibit_id is not None})
        if not shown:
            return

        def read(_progress: Progress) -> dict[int, _Own]:
            return {exhibit_id: self._read_one(exhibit_id) for exhibit_id in shown}

        def failed(error: Exception) -> None:
            if not isinstance(error, Cancelled):
                self.message.emit(sentence(error))

        self._jobs.start(read, self._take, failed, lane=Lane.DISK, quiet=True, token=(id(self), "own"))

    def _read_one(self, exhibit_id: int) -> _Own:
        views, case = self._workspace.views, self._workspace.cases.current
        return _Own(
            views.of(exhibit_id),
            self._workspace.annotations.of(exhibit_id),
            views.hidden(exhibit_id),
            views.examiner,
            writable=case is not None and not case.read_only,
        )

    def _take(self, found: dict[int, _Own]) -> None:
        self._own = found
        self._lay()
        self._show()

    def _lay(self) -> None:
        """Lay the annotations over the panes; none where the exhibit is not read yet."""
        for desk, layer in zip(self._panes.desks, self.layers, strict=True):
            own = self._own.get(desk.exhibit_id) if desk.exhibit_id is not None else None
            facts = desk.records.exhibit.facts if desk.records is not None else None
            size = QSize(facts.width, facts.height) if facts is not None else QSize()
            layer.set_annotations(own.annotations if own is not None and facts is not None else (), size)

    def _show(self) -> None:
        """Fill the sections for the active exhibit."""
        own = self._own.get(self._current) if self._current is not None else None
        if own is None:
            self.bar.set_annotations((), examiner="", writable=False)
            return
        self.panel.set_views(own.views, hidden=own.hidden, examiner=own.examiner, writable=own.writable)
        self.panel.set_answer(self._answer() if not own.hidden else "")
        self.bar.set_annotations(own.annotations, examiner=own.examiner, writable=own.writable)
        if own.hidden and not self._led:
            self._led = True
            self._view.tabs.show_section(self.panel)

    def _answer(self) -> str:
        records = self._panes.active.records
        finding = records.finding if records is not None and records.exhibit.id == self._current else None
        return finding_words.headline(finding, records.titles) if finding is not None and records is not None else ""

    def _write(self, opinion: str, text: str) -> None:
        exhibit_id, case = self._current, self._workspace.cases.current
        if exhibit_id is None or case is None:
            return
        path = case.path

        def write(_progress: Progress) -> Written[ExaminerView]:
            current = self._workspace.cases.current
            if current is None or current.path != path:
                raise BadInput(f"The case {path} was closed before the view could be written down.")
            return self._workspace.views.write(exhibit_id, opinion, text)

        def failed(error: Exception) -> None:
            if exhibit_id == self._current:
                self.panel.say(sentence(error))
            else:
                self.message.emit(sentence(error))

        self.panel.set_busy()
        self._jobs.start(write, lambda _written: self.panel.written(exhibit_id), failed, lane=Lane.WRITE, quiet=True)

    def _use(self, tool: AnnotationKind | None) -> None:
        self.bar.say("")
        for layer in self.layers:
            layer.set_tool(tool)

    def _show_layers(self, shown: bool) -> None:
        for layer in self.layers:
            layer.setVisible(shown)

    def _choose(self, number: int | None) -> None:
        self.bar.choose(number)
        for layer in self.layers:
            layer.choose(number)

    def _draw(self, desk: PaneDesk, kind: AnnotationKind, points: Points) -> None:
        if desk.exhibit_id is None:
            return
        if kind is AnnotationKind.TEXT and not self.bar.words:
            self.bar.say(_NO_WORDS)
            self.bar.text.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        wish = DrawAnnotation(desk.exhibit_id, kind, points, self.bar.words, self.bar.in_report.isChecked())
        self.bar.say("")
        self.bar.start_next()
        self._edits.apply(wish)
