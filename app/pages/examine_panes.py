"""All panes of Examine: which exhibits they show, what they have in common, and how two of them differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal

from app.jobs import Jobs, Lane
from app.pages.examine_difference import DifferenceDesk
from app.pages.examine_layers import LayerStore
from app.pages.examine_loading import RecordReader
from app.pages.examine_pane import PaneDesk
from app.pages.examine_pictures import PictureStore
from app.widgets import map_words
from app.widgets.arrangement import ROWS, Arrangement
from app.widgets.colour_map import COLOUR_MAPS
from app.widgets.exhibit_view import ExhibitView
from app.widgets.layer_stack import LayerStack
from app.widgets.pane import Pane, middle_of
from app.widgets.pixel_inspector import two_colours
from app.widgets.spectrum_view import TOP_DB
from core.domain import ExhibitLine
from core.examine import LayerKind, MapSanity

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_NEAR = 8  # exhibits before and after that the menu of a pane offers


class PaneDesks(QObject):
    """The desks of the four panes.

    Args:
        view: what is filled.
        workspace: the door to the services.
        jobs: where everything slow runs.
        order: who comes before and after an exhibit: (exhibit, count) gives ids in order, the exhibit among them.

    Attributes:
        reader, pictures, layers: what the panes share.

    Signals:
        turned: another pane is active, or another exhibit is in it.
        told: the records of the active pane are others.
        shown: the picture of the active pane is drawn.
        message: a sentence for the analyst.
        analysis_wished: exhibit id and detector digest (or None).
    """

    turned = Signal()
    told = Signal()
    shown = Signal()
    message = Signal(str)
    analysis_wished = Signal(int, object)

    def __init__(
        self,
        view: ExhibitView,
        workspace: Workspace,
        jobs: Jobs,
        order: Callable[[int, int], tuple[int, ...]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._workspace, self._jobs, self._order = view, workspace, jobs, order
        self.reader, self.pictures = RecordReader(workspace), PictureStore(workspace, jobs, self)
        self.layers = LayerStore(workspace, jobs, {colours.id: colours for colours in COLOUR_MAPS})
        self.desks = tuple(
            PaneDesk(pane, jobs, self.reader, self.pictures, self.layers, self) for pane in view.compare.panes
        )
        self._panes = 1
        self._difference = DifferenceDesk(view.compare, jobs, self.desks[0], self.desks[1], self)
        self._connect()

    @property
    def active(self) -> PaneDesk:
        """The desk of the active pane."""
        return self._desk(self._view.compare.active)

    @property
    def used(self) -> tuple[PaneDesk, ...]:
        """The desks of the panes that are shown."""
        return self.desks[: len(self._view.compare.used)]

    def show(self, exhibit_id: int) -> None:
        """Show an exhibit in the active pane."""
        self._put(self.active, exhibit_id, None, stay=len(self.used) > 1)

    def show_together(self, exhibit_ids: Sequence[int]) -> None:
        """Show up to four exhibits side by side."""
        count = min(4, max(1, len(exhibit_ids)))
        wanted = {1: Arrangement.ONE, 2: Arrangement.TWO}.get(count, Arrangement.FOUR)
        self._view.compare.activate(self._view.compare.panes[0])
        self._panes = len(self.desks)  # nothing is to be filled up with neighbours
        self._view.compare.arrange(wanted)
        for place, desk in enumerate(self.used):
            self._put(desk, exhibit_ids[min(place, count - 1)], None, stay=True)
        self._view.compare.places.fit()

    def clear(self) -> None:
        """Forget everything; another case may use the same numbers."""
        for desk in self.desks:
            desk.clear()
        self._view.compare.arrange(Arrangement.ONE)
        self.pictures.clear()
        self.layers.clear()
        self.reader.forget_detectors()
        self._difference.clear()

    def reread(self, *, detectors: bool = False) -> None:
        """Read the records of every pane again; `detectors`: their cards too."""
        if detectors:
            self.reader.forget_detectors()
        for desk in self.used:
            desk.reread()

    def arrange(self, arrangement: Arrangement) -> None:
        """Put panes beside or over one another; those that come into view show the next exhibits."""
        active = self.active
        if arrangement is Arrangement.ONE and active is not self.desks[0] and active.exhibit_id is not None:
            self.desks[0].pane.set_stack(active.pane.stack)
            self._put(self.desks[0], active.exhibit_id, active.detector, stay=True)
            self._view.compare.activate(self._view.compare.panes[0])
        self._view.compare.arrange(arrangement)

    def judge(self, exhibit_id: int, sanity: MapSanity) -> None:
        """A heat map was checked."""
        self.layers.judge(exhibit_id, sanity)
        for desk in self.desks:
            desk.judge(exhibit_id, sanity)

    def offer_neighbours(self) -> None:
        """Fill the menus of the panes with the exhibits around theirs."""
        for desk in self.used:
            self._offer_neighbours(desk)

    def renew_notes(self) -> None:
        """Let what the panes say be accepted again, after it could not be done."""
        for desk in self.used:
            desk.renew_note()

    def point(self, pane: Pane, place: QPointF | None) -> None:
        """Tell what stands at a place, or in the middle of the active pane."""
        compare, inspector, middle = self._view.compare, self._view.inspector, place is None
        if place is None:
            pane = compare.active
            place = pane.middle() if compare.canvas is not compare.difference else middle_of(compare.difference)
        if place is None:
            inspector.show_reading(None)
        elif compare.arrangement is Arrangement.DIFFERENCE:
            one, other = (desk.pane.reading(place, middle=middle, alone=False) for desk in self.desks[:2])
            inspector.say(two_colours(one, other))
        elif pane.stack.shows(LayerKind.SPECTRUM):
            inspector.say(pane.spectrum.words_at(place))
        else:
            inspector.show_reading(pane.reading(place, middle=middle, alone=len(self.used) == 1))

    def _connect(self) -> None:
        compare, panel = self._view.compare, self._view.layers
        compare.arranged.connect(self._fill)
        compare.activated.connect(lambda _: self._turn())
        compare.looked.connect(self.point)
        panel.stack_changed.connect(self._restack)
        panel.look_changed.connect(lambda _: self._recolour())
        for desk in self.desks:
            header = desk.pane.header
            header.exhibit_wished.connect(lambda exhibit, desk=desk: self._put(desk, exhibit, desk.detector, stay=True))
            header.detector_wished.connect(desk.set_detector)
            header.layer_wished.connect(lambda kind, desk=desk: self._show_layer(desk, kind))
            desk.changed.connect(lambda desk=desk: self._pass_records(desk))
            desk.drawn.connect(lambda desk=desk: self._pass_drawn(desk))
            desk.spoken.connect(self._speak)
            desk.message.connect(self.message)
            desk.analysis_wished.connect(lambda detector, desk=desk: self._wish_analysis(desk, detector))

    def _desk(self, pane: Pane) -> PaneDesk:
        return self.desks[self._view.compare.panes.index(pane)]

    def _put(self, desk: PaneDesk, exhibit_id: int, detector: str | None, *, stay: bool) -> None:
        others = {other.exhibit_id for other in self.used if other is not desk and other.exhibit_id is not None}
        self.pictures.show_only(frozenset({exhibit_id, *others}))
        desk.show(exhibit_id, detector, stay=stay)
        self._offer_neighbours(desk)
        if desk is self.active:
            self._turn()

    def _fill(self, arrangement: Arrangement) -> None:
        """Give panes that came into view the exhibits after the last one shown."""
        before, self._panes = self._panes, ROWS[arrangement].panes
        first, active = self.desks[0], self.active
        for place in range(before, self._panes):
            shown = self.desks[place - 1].exhibit_id or first.exhibit_id
            if shown is None:
                continue
            near = self._order(shown, 1)
            following = near[-1] if near and near[-1] != shown else first.exhibit_id
            desk = self.desks[place]
            desk.pane.set_stack(active.pane.stack)
            self._put(desk, following or shown, active.detector, stay=True)
        for desk in self.desks[self._panes :]:
            desk.clear()
        self._view.layers.set_panes(self._panes)
        self._rescale()
        self._view.bar.set_arrangement(arrangement)

    def _turn(self) -> None:
        desk = self.active
        self._view.layers.set_stack(desk.pane.stack)
        self.turned.emit()
        self._speak()
        self.told.emit()

    def _restack(self, stack: LayerStack) -> None:
        everywhere = self._view.layers.everywhere.isChecked()
        for desk in self.used if everywhere else (self.active,):
            desk.set_stack(stack)
        self._rescale()

    def _show_layer(self, desk: PaneDesk, kind: LayerKind) -> None:
        desk.set_stack(desk.pane.stack.only(kind))
        if desk is self.active:
            self._view.layers.set_stack(desk.pane.stack)
        self._rescale()

    def _recolour(self) -> None:
        for desk in self.desks:
            desk.set_look(self._view.layers.look)
        self._rescale()

    def _rescale(self) -> None:
        """Give all maps their scale, and write it into the legend."""
        look, legend = self._view.layers.look, self._view.legend
        top = self._view.compare.set_look(look)
        legend.bar.set_colours(look.colours)
        if self.active.pane.stack.shows(LayerKind.SPECTRUM):
            legend.bar.set_top(TOP_DB, " dB")
        else:
            legend.bar.set_top(top)
        mapped = any(desk.pane.stack.shows(LayerKind.HEAT_MAP) and not desk.refusal for desk in self.used)
        coloured = mapped or self.active.pane.stack.shows(LayerKind.SPECTRUM)
        legend.bar.setEnabled(coloured and self._view.compare.arrangement is not Arrangement.DIFFERENCE)
        self._speak()

    def _speak(self) -> None:
        desk, panes = self.active, self._view.compare.used
        maps = {
            pane.letter: pane.shown_map.heat_map
            for pane in panes
            if pane.shown_map is not None and pane.stack.shows(LayerKind.HEAT_MAP)
        }
        if self._view.compare.arrangement is Arrangement.DIFFERENCE:
            self._view.legend.say("")  # its own strip says what is seen
            return
        locked = self._view.layers.look.locked and maps and not desk.pane.stack.shows(LayerKind.SPECTRUM)
        top = max(heat_map.peak for heat_map in maps.values()) if locked else None
        words = f"Pane {desk.pane.letter}: {desk.words}" if len(panes) > 1 and desk.words else desk.words
        self._view.legend.say(map_words.scale(maps, top or None) + words, busy=desk.busy)

    def _pass_records(self, desk: PaneDesk) -> None:
        if desk is self.active:
            self.told.emit()

    def _pass_drawn(self, desk: PaneDesk) -> None:
        if desk not in self.used:
            return
        self._rescale()
        self._difference.ask()
        if desk is self.active:
            self.shown.emit()
            self.point(desk.pane, None)

    def _wish_analysis(self, desk: PaneDesk, detector: str | None) -> None:
        if desk.exhibit_id is not None:
            self.analysis_wished.emit(desk.exhibit_id, detector)

    def _offer_neighbours(self, desk: PaneDesk) -> None:
        exhibit_id = desk.exhibit_id
        near = self._order(exhibit_id, _NEAR) if exhibit_id is not None else ()
        if exhibit_id is None or not near:
            return

        def show(lines: tuple[ExhibitLine, ...]) -> None:
            if desk.exhibit_id == exhibit_id:
                desk.pane.header.set_exhibits([(line.id, line.name) for line in lines], exhibit_id)

        self._jobs.start(
            lambda _: self._workspace.exhibits.lines(near),
            show,
            lambda _: None,
            lane=Lane.DISK,
            quiet=True,
            token=(id(desk), "neighbours"),
        )
