"""Up to four panes, side by side or over one another, all looking at the same place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.arrangement import ROWS, Arrangement
from app.widgets.compare_bar import CompareBar
from app.widgets.image_canvas import ImageCanvas
from app.widgets.layer_stack import MapLook
from app.widgets.pane import Pane
from app.widgets.split_handle import SplitHandle
from app.widgets.view_state import ViewState
from core.examine import LayerKind

_LETTERS = "ABCD"
_GAP_PX = 3


class CompareView(QWidget):
    """Arranges panes; one of them is active.

    Attributes:
        places, frequencies: what images, and what spectra, look at together.
        panes: all four; those in use come first.
        difference: the canvas of the arrangement of this name.
        bar: the strip under pictures that lie over one another.
        handle: the line of the split arrangement.

    Signals:
        arranged: another `Arrangement`.
        activated: another pane is active.
        difference_wished: the difference is shown and has to be made again.
        looked: the active pane shows another place, or the mouse points at one (a pane and a `QPointF` or None).
    """

    arranged = Signal(object)
    activated = Signal(object)
    difference_wished = Signal()
    looked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.places, self.frequencies = ViewState(self), ViewState(self)
        self.panes = tuple(Pane(letter, self.places, self.frequencies, self) for letter in _LETTERS)
        self.difference, self.bar, self.handle = ImageCanvas(self), CompareBar(self), SplitHandle(self)
        self.difference.setAccessibleName("Difference of two pictures")
        self.difference.follow(self.places)
        self.arrangement, self._active, self._other = Arrangement.ONE, self.panes[0], False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        for pane in self.panes:
            pane.pressed.connect(lambda pane=pane: self.activate(pane))
            pane.pointed.connect(lambda place, pane=pane: self.looked.emit(pane, place))
            pane.moved.connect(lambda pane=pane: self._tell_middle(pane))
        self.difference.pointed.connect(lambda place: self.looked.emit(self.panes[0], place))
        self.difference.moved.connect(lambda: self.looked.emit(self.panes[0], None))
        self.handle.moved.connect(lambda _: self._cut())
        self.bar.held.connect(self.show_other)
        self.bar.gain_changed.connect(lambda _: self.difference_wished.emit())
        self.arrange(Arrangement.ONE)

    @property
    def used(self) -> tuple[Pane, ...]:
        """The panes that are shown."""
        return self.panes[: ROWS[self.arrangement].panes]

    @property
    def active(self) -> Pane:
        """The pane that the side panel is about."""
        return self._active

    @property
    def canvas(self) -> ImageCanvas:
        """The canvas that the keyboard moves."""
        return self.difference if self.arrangement is Arrangement.DIFFERENCE else self._active.shown_canvas

    def arrange(self, arrangement: Arrangement) -> None:
        """Put the panes beside or over one another."""
        before, self.arrangement = self.arrangement, arrangement
        self._other = False
        self.bar.set_arrangement(arrangement)
        if self._active not in self.used:
            self.activate(self.panes[0])
        if arrangement is Arrangement.ONE:
            self.get_in_step()
        self._mark()
        self._place()
        if arrangement is not before:
            self.arranged.emit(arrangement)
        if arrangement is Arrangement.DIFFERENCE:
            self.difference_wished.emit()
        elif arrangement is Arrangement.SPLIT:
            self.handle.setFocus()

    def activate(self, pane: Pane) -> None:
        """Make a pane the one that the side panel and the keyboard are about."""
        if pane is not self._active and pane in self.used:
            self._active = pane
            self._mark()
            self.activated.emit(pane)
            self._tell_middle(pane)

    def activate_next(self) -> None:
        """Make the next pane the active one."""
        used = self.used
        self.activate(used[(used.index(self._active) + 1) % len(used)])

    def fit(self) -> None:
        """Show everything, in all panes."""
        self.canvas.fit()

    def get_in_step(self) -> None:
        """Let all panes show the same part again."""
        for pane in self.panes:
            pane.get_in_step()

    def toggle_navigators(self) -> None:
        """Show the small maps of whole images where they help, or never."""
        wanted = not self.panes[0].navigator.wanted
        for pane in self.panes:
            pane.navigator.set_wanted(wanted)

    def show_other(self, other: bool) -> None:
        """Show B instead of A while it is held, where the two flicker."""
        if self.arrangement is Arrangement.FLICKER:
            self._other = other
            self._cut()
            self.bar.show_other(other)

    def set_look(self, look: MapLook) -> float | None:
        """Colour all heat maps; gives the raw value of the last colour when they have one scale."""
        maps = [pane.shown_map for pane in self.used if pane.stack.shows(LayerKind.HEAT_MAP)]
        peaks = [shown.heat_map.peak for shown in maps if shown is not None and shown.heat_map.informative]
        top = max(peaks) if look.locked and peaks else None
        for pane in self.panes:
            pane.set_look(look, top)
        return top

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The space bar shows the other picture while it is held."""
        if event.key() == Qt.Key.Key_Space and self.arrangement is Arrangement.FLICKER:
            if not event.isAutoRepeat():
                self.show_other(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Back to the first picture."""
        if event.key() == Qt.Key.Key_Space and self.arrangement is Arrangement.FLICKER:
            if not event.isAutoRepeat():
                self.show_other(False)
        else:
            super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give every pane the same room."""
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        """A key that is let go while another window is active is never heard of."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.show_other(False)

    def minimumSizeHint(self) -> QSize:
        """Two panes side by side."""
        return QSize(420, 260)

    def _mark(self) -> None:
        used, stacked = self.used, ROWS[self.arrangement].stacked
        for pane in self.panes:
            active = pane is self._active
            pane.header.set_active(active=active, alone=len(used) == 1)
            for canvas in (pane.canvas, pane.spectrum):
                canvas.leading = active and self.arrangement is not Arrangement.DIFFERENCE
                canvas.detachable = len(used) > 1
            pane.header.setVisible(pane in used)
            pane.stage.setVisible(pane in used and self.arrangement is not Arrangement.DIFFERENCE)
        self.difference.leading = self.arrangement is Arrangement.DIFFERENCE
        self.difference.setVisible(self.arrangement is Arrangement.DIFFERENCE)
        self.handle.setVisible(self.arrangement is Arrangement.SPLIT)
        self.setFocusProxy(self.canvas)
        if stacked:
            self.panes[1].stage.raise_()
            self.handle.raise_()

    def _place(self) -> None:
        used, strip = self.used, self.bar.sizeHint().height() if not self.bar.isHidden() else 0
        head = used[0].header.sizeHint().height()
        height = self.height() - strip
        columns = 1 if len(used) == 1 else 2
        rows = len(used) // columns
        width = (self.width() - _GAP_PX * (columns - 1)) // columns
        row_height = (height - _GAP_PX * (rows - 1)) // rows
        room = QRect(0, head, self.width(), max(1, height - head))
        for index, pane in enumerate(used):
            left, top = index % columns * (width + _GAP_PX), index // columns * (row_height + _GAP_PX)
            pane.header.setGeometry(left, top, width, head)
            own = QRect(left, top + head, width, max(1, row_height - head))
            pane.stage.setGeometry(room if ROWS[self.arrangement].stacked else own)
        self.difference.setGeometry(room)
        self.bar.setGeometry(0, height, self.width(), strip)
        self.handle.set_room(room)
        self._cut()

    def _cut(self) -> None:
        """Show only the part of B that is to be seen, where it lies over A."""
        stage = self.panes[1].stage
        if self.arrangement is Arrangement.SPLIT:
            across = self.handle.across
            stage.setVisible(across < stage.width())
            stage.setMask(QRegion(QRect(across, 0, max(1, stage.width() - across), stage.height())))
        else:
            stage.clearMask()
            if self.arrangement is Arrangement.FLICKER:
                stage.setVisible(self._other)

    def _tell_middle(self, pane: Pane) -> None:
        if pane is self._active:
            self.looked.emit(pane, None)
