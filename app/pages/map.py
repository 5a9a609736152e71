"""Map: where the exhibits of the case lie among others, and what is done with those that lie together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.edits import Edits, TagEdit
from app.jobs import Jobs, Lane
from app.pages.grouping import Grouping
from app.pages.map_loading import MapLoader
from app.pages.neighbour_loading import NeighbourLoader
from app.tables.thumbnails import Thumbnails
from app.widgets.embedding_paint import Card
from app.widgets.embedding_words import DRAWING, NO_CASE, NOTHING, groups_text, status
from app.widgets.map_view import MapView
from app.wording import named_class, score_text, titles_of, visible
from core.domain import Case, ExhibitLine, Table
from core.examine import EmbeddingMap
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

METHODS = ("PCA", "t-SNE", "t-SNE, the paper's preset")
_REDRAW_MS = 1500  # an analysis that is running writes again and again
_CHANGING = frozenset({Table.EXHIBITS, Table.FINDINGS, Table.DETECTORS, Table.VIEWS, Table.CASE})


class MapPage(QWidget):
    """Draws the map of the open case when it is looked at.

    Args:
        workspace: the door to the services.
        jobs: where everything slow runs.
        parent: the window.
        edits: where tags go, so that the window can take them back.

    Signals:
        examine_wished: an exhibit (its id) is to be examined.
        triage_wished: exhibits (a tuple of ids) are to be selected in Triage.
        message: a sentence for the analyst.
    """

    examine_wished = Signal(int)
    triage_wished = Signal(object)
    message = Signal(str)

    def __init__(
        self, workspace: Workspace, jobs: Jobs, parent: QWidget | None = None, *, edits: Edits | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._edits = edits if edits is not None else Edits(workspace, jobs, self)
        self._case: Case | None = None
        self._current: int | None = None
        self._drawn: EmbeddingMap | None = None
        self._titles: Mapping[str, str] = {}
        self._lines: dict[int, ExhibitLine] = {}
        self._found: tuple[tuple[tuple[int, ...], ...], str] = ((), "")
        self._stale = False
        self.view = MapView()
        self._maps = MapLoader(workspace, jobs, self)
        self._neighbours = NeighbourLoader(workspace, jobs, self.view.panel.neighbours)
        self._grouping = Grouping(workspace, jobs, self._edits, self)
        self._thumbnails = Thumbnails(workspace, jobs, self)
        self._redraw_soon = QTimer(self, singleShot=True, interval=_REDRAW_MS)
        self.view.set_methods(METHODS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
        self._connect()
        self.adopt_settings()

    def adopt_settings(self) -> None:
        """Take over the names of tags."""
        self.view.panel.set_tag_names(self._workspace.settings.get("triage.tags"))

    def set_case(self, case: Case | None) -> None:
        """Another case is open now, or none; the same case again only takes over its details."""
        same = case is not None and self._case is not None and case.path == self._case.path
        self._case = case
        self.view.panel.set_writable(case is not None and not case.read_only)
        if same:
            return
        self.clear()
        self._stale = case is not None
        if self._stale and self.isVisible():
            self._draw()

    def clear(self) -> None:
        """Forget the map and everything read."""
        self._maps.cancel()
        self._grouping.forget()
        self._redraw_soon.stop()
        self._stale, self._current, self._drawn, self._found = False, None, None, ((), "")
        self._lines.clear()
        self._thumbnails.clear()
        self._neighbours.clear()
        self.view.map.set_map(None, {})
        self.view.map.set_current(-1)
        self.view.map.fit()
        self.view.panel.set_selected(0)
        self.view.panel.set_clusters((), "")
        self.view.again.hide()
        self.view.say(NO_CASE if self._case is None else DRAWING)

    def reload(self, touched: frozenset[Table]) -> None:
        """The case was written to: draw a quick map again, and offer it for a slow one."""
        if self._case is None or not touched & _CHANGING:
            return
        self._stale = True
        self._lines.clear()
        if self.isVisible():
            self._redraw_soon.start()

    def actions_used(self) -> tuple[str, ...]:
        """Ids of the actions this page answers: none."""
        return ()

    def trigger(self, action_id: str) -> None:
        """Carry out an action; the page has none."""

    def set_current(self, exhibit_id: int) -> None:
        """Mark the exhibit that is examined; what lies near it is said when the page is shown."""
        self._current = exhibit_id
        self.view.map.set_current(exhibit_id)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while the page was hidden."""
        super().showEvent(event)
        if self._current is not None:
            self._neighbours.show(self._current)
        if self._stale:
            self._redraw_soon.stop()
            self._draw_again()

    def _connect(self) -> None:
        view, drawn, panel = self.view, self.view.map, self.view.panel
        self._maps.pictured.connect(self._show)
        self._maps.stopped.connect(self._tell_stopped)
        self._maps.refused.connect(self._refuse)
        self._grouping.message.connect(self.message)
        self._redraw_soon.timeout.connect(self._draw_again)
        self._thumbnails.arrived.connect(lambda _digests: self._tell_pointed(drawn.hovered))
        view.method.activated.connect(lambda _place: self._draw())
        view.again.clicked.connect(self._draw)
        drawn.selected.connect(lambda ids: panel.set_selected(len(ids)))
        drawn.chosen.connect(self._choose)
        drawn.opened.connect(self.examine_wished)
        drawn.pointed.connect(self._point)
        drawn.group_wished.connect(self._make_proposed)
        panel.triage_wished.connect(lambda: self.triage_wished.emit(drawn.selection))
        panel.tag_wished.connect(lambda tag: self._edits.apply(TagEdit(drawn.selection, tag)))
        panel.group_wished.connect(lambda: self._grouping.ask(drawn.selection, note=self._note()))
        panel.cluster_wished.connect(self._select_cluster)
        panel.neighbours.exhibit_wished.connect(self.examine_wished)

    def _choose(self, exhibit_id: int) -> None:
        self._current = exhibit_id
        self._neighbours.show(exhibit_id)

    def _draw_again(self) -> None:
        """Draw by the method chosen if that is quick or nothing is shown yet; otherwise only offer it."""
        if self._case is None:
            return
        if self._drawn is None or self.view.method.currentText() == METHODS[0]:
            self._draw()
        else:
            self.view.again.show()

    def _draw(self) -> None:
        if self._case is None:
            return
        self._stale = False
        self.view.again.hide()
        if self._drawn is None:
            self.view.say(DRAWING)
        self._read_titles()
        self._maps.draw(self.view.method.currentText())

    def _show(self, drawn: EmbeddingMap) -> None:
        if self._case is None:
            return
        self._drawn = drawn
        if not drawn.exhibit_ids:
            self.view.say("\n".join([NOTHING, *_why_nothing(drawn)]))
            return
        self.view.map.set_map(drawn, self._titles)
        found = drawn.clusters, groups_text(drawn)
        if found != self._found:
            self._found = found
            self.view.panel.set_clusters([len(members) for members in drawn.clusters], found[1])
        self.view.panel.set_selected(len(self.view.map.selection))
        self.view.show_map(status(drawn))

    def _tell_stopped(self) -> None:
        if self._drawn is not None and self._drawn.exhibit_ids:
            self.view.show_map(status(self._drawn, stopped=True))

    def _refuse(self, words: str) -> None:
        if self._drawn is not None and self._drawn.exhibit_ids:  # what is there stays
            self._tell_stopped()
            self.message.emit(words)
        else:
            self._stale = self._case is not None  # the next look at the page tries again
            self.view.say(words)

    def _select_cluster(self, place: int) -> None:
        if self._drawn is not None and place < len(self._drawn.clusters):
            members = self._drawn.clusters[place]
            self.view.map.set_selection(members)
            self.view.panel.set_selected(len(members))

    def _make_proposed(self, members: tuple[int, ...]) -> None:
        self.view.map.set_selection(members)
        self.view.panel.set_selected(len(members))
        if self._case is not None and self._case.read_only:
            self.message.emit("This case is open read-only, so no group can be made in it.")
        else:
            self._grouping.ask(members, note=f"Proposed: they resemble each other. {self._note()}")

    def _note(self) -> str:
        """How a group came about, to be kept with it."""
        if self._drawn is None:
            return ""
        seen_by = self._drawn.detector
        name = visible(f"{seen_by.name} {seen_by.version}", longest=80)
        return f"Chosen on the map of the features of {name} ({seen_by.digest[:12]})."

    def _point(self, exhibit_id: int) -> None:
        if exhibit_id in self._lines:
            self._tell_pointed(exhibit_id)
        elif exhibit_id >= 0:

            def read(_progress: Progress) -> tuple[ExhibitLine, ...]:
                return self._workspace.exhibits.lines((exhibit_id,))

            self._jobs.start(read, self._take_lines, lane=Lane.DISK, quiet=True, token=(id(self), "pointed"))

    def _take_lines(self, lines: Sequence[ExhibitLine]) -> None:
        for line in lines:
            self._lines[line.id] = line
            self._tell_pointed(line.id)

    def _tell_pointed(self, exhibit_id: int) -> None:
        line = self._lines.get(exhibit_id)
        if line is not None:
            image = self._thumbnails.get(line.sha256)
            detail = _detail(line, self._titles)
            self.view.map.set_card(Card(line.id, line.verdict, visible(line.name, longest=120), detail, image))

    def _read_titles(self) -> None:
        def read(_progress: Progress) -> dict[str, str]:
            return titles_of(self._workspace.detectors.all())

        self._jobs.start(read, self._take_titles, lane=Lane.DISK, quiet=True, token=(id(self), "titles"))

    def _take_titles(self, titles: dict[str, str]) -> None:
        changed = titles != self._titles
        self._titles = self._neighbours.titles = titles
        if changed and self._drawn is not None:
            self._show(self._drawn)


def _detail(line: ExhibitLine, titles: Mapping[str, str]) -> str:
    named = named_class(line, titles)
    return f"{named} · {score_text(line.score)}" if named else ""


def _why_nothing(drawn: EmbeddingMap) -> list[str]:
    hidden = f"{drawn.hidden:,} stay hidden until you have written down your own view." if drawn.hidden else ""
    return [text for text in (hidden,) if text]
