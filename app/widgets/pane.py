"""One pane of Examine: a header, a canvas with its layers, a spectrum, and a sentence when something is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QSize, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.widgets.consistency_grid import ConsistencyGridLayer
from app.widgets.finding_words import Titles
from app.widgets.heat_map_layer import HeatMapLayer, MergedMap
from app.widgets.image_canvas import ImageCanvas
from app.widgets.layer_stack import LayerStack, MapLook
from app.widgets.navigator import Navigator
from app.widgets.pane_header import PaneHeader
from app.widgets.pane_note import PaneNote
from app.widgets.picture import Picture, PictureItem
from app.widgets.pixel_inspector import Reading
from app.widgets.sanity_words import stamp
from app.widgets.spectrum_view import ShownSpectrum, SpectrumCanvas
from app.widgets.view_state import ViewState
from core.domain import Exhibit, Finding
from core.examine import HeatMap, LayerKind, MapQuestion, MapSanity

RESIDUAL_ZERO, RESIDUAL_GAIN = 128, 8  # grey level of residual 0, and grey levels for one level of the image


@dataclass(frozen=True, slots=True)
class ShownMap:
    """A heat map with its merged patches, and what a check of it found, if there was one."""

    heat_map: HeatMap
    merged: MergedMap
    sanity: MapSanity | None = None

    def is_of(self, question: MapQuestion) -> bool:
        """Whether this is the map that a question asks for, its class filled in."""
        made = self.heat_map
        asked = (question.layer, question.target, question.method, question.score)
        return asked == (made.layer, made.target, made.method, made.score)


class Pane(QObject):
    """Puts the parts of a pane together; whoever arranges panes places `header` and `stage`.

    Args:
        letter: "A" to "D".
        places, frequencies: what images, and what spectra, stay in step with.
        parent: the widget that header and stage stand in.

    Attributes:
        canvas, spectrum: one of the two is on the `stage`.
        residual, heat_map, grid: the layers on the canvas.
        note: the sentence of this pane.
        stack: which layers are shown.
        shown_map: the heat map at hand.

    Signals:
        pressed: the pane is meant.
        pointed: a place under the mouse (`QPointF` of upright pixels, or of the spectrum), or None.
        moved: another part is in view.
    """

    pressed = Signal()
    pointed = Signal(object)
    moved = Signal()

    def __init__(self, letter: str, places: ViewState, frequencies: ViewState, parent: QWidget) -> None:
        super().__init__(parent)
        self.letter, self.stack = letter, LayerStack()
        self.header, self.stage = PaneHeader(letter, parent), QWidget(parent)
        self.canvas, self.spectrum = ImageCanvas(), SpectrumCanvas()
        self.residual, self.heat_map, self.grid = PictureItem(), HeatMapLayer(), ConsistencyGridLayer()
        self.navigator = Navigator(self.canvas)
        self.shown_map: ShownMap | None = None
        self.canvas.add_layer(self.residual, upright=True)
        self.canvas.add_layer(self.heat_map)
        self.canvas.add_layer(self.grid)
        self.canvas.follow(places)
        self.spectrum.follow(frequencies)
        self._layers = QStackedLayout(self.stage)
        for canvas in (self.canvas, self.spectrum):
            self._layers.addWidget(canvas)
        self.note = PaneNote(self.stage)
        self._connect()
        self.set_stack(self.stack)

    @property
    def shown_canvas(self) -> ImageCanvas:
        """The canvas that is on the stage."""
        return self.spectrum if self.stack.shows(LayerKind.SPECTRUM) else self.canvas

    def start(self) -> None:
        """Empty everything for another exhibit."""
        self.set_map(None)
        self.set_residual(None)
        self.set_spectrum(None)
        self.grid.set_finding(None, QSize(), {})
        self.canvas.show_message("")
        self.note.say("")
        self.header.set_exhibit("")

    def show_picture(self, picture: Picture, exhibit: Exhibit, *, stay: bool = False) -> None:
        """Show the pixels, upright; with `stay` the part that was looked at before."""
        facts = exhibit.facts
        self.canvas.show_picture(picture, QSize(facts.width, facts.height), facts.orientation, stay=stay)

    def show_finding(self, finding: Finding | None, exhibit: Exhibit, titles: Titles) -> None:
        """Show what the tiles say."""
        self.grid.set_finding(finding, QSize(exhibit.facts.width, exhibit.facts.height), titles)

    def set_stack(self, stack: LayerStack) -> None:
        """Show other layers."""
        self.stack = stack
        original, residual, heat_map = (
            stack[kind] for kind in (LayerKind.ORIGINAL, LayerKind.RESIDUAL, LayerKind.HEAT_MAP)
        )
        self.canvas.set_look(original.strength if stack.shows(LayerKind.ORIGINAL) else 0.0)
        self.residual.setVisible(stack.shows(LayerKind.RESIDUAL))
        self.residual.set_look(residual.strength, residual.blend)
        self.heat_map.setVisible(stack.shows(LayerKind.HEAT_MAP))
        self.heat_map.set_strength(heat_map.strength, heat_map.blend)
        self.grid.setVisible(stack.shows(LayerKind.GRID))
        self.grid.setOpacity(stack[LayerKind.GRID].strength)
        self._layers.setCurrentWidget(self.shown_canvas)
        self.note.raise_()
        self.header.set_layer(stack.top)
        self._follow_canvas()

    def set_look(self, look: MapLook, top: float | None) -> None:
        """Colour the heat map; `top` is the raw value of the last colour, None the map's own peak."""
        peak = self.shown_map.heat_map.peak if self.shown_map is not None else 0.0
        self.heat_map.set_share(min(1.0, peak / top) if top else 1.0)
        if look.colours is not self.heat_map.colours:
            self.heat_map.set_colours(look.colours)

    def set_map(self, shown: ShownMap | None) -> None:
        """Lay a heat map over the image, or take it away."""
        self.shown_map = shown
        informative = shown is not None and shown.heat_map.informative
        self.heat_map.set_map(shown.merged if shown is not None and informative else None)
        self.heat_map.set_stamp(stamp(shown.sanity) if shown is not None else "")

    def set_residual(self, picture: Picture | None) -> None:
        """Lay the noise residual over the image, or take it away."""
        self.residual.show_picture(picture, self.canvas.size_shown)

    def set_spectrum(self, shown: ShownSpectrum | None) -> None:
        """Have the spectrum at hand, or none."""
        if shown is None:
            self.spectrum.show_message("")
        else:
            self.spectrum.show_spectrum(shown)

    def middle(self) -> QPointF | None:
        """The place in the middle of the view, in upright pixels."""
        return middle_of(self.shown_canvas)

    def reading(self, place: QPointF, *, middle: bool = False, alone: bool = True) -> Reading:
        """What stands at a place in upright pixels."""
        place = _inside(place, self.canvas.size_shown)
        stored = self.canvas.to_stored(QPointF(math.floor(place.x()) + 0.5, math.floor(place.y()) + 0.5))
        x, y = math.floor(stored.x()), math.floor(stored.y())
        colour, exact = self._colour(place)
        value = self.heat_map.value_at(stored.x(), stored.y()) if self.heat_map.isVisible() else None
        peak = self.shown_map.heat_map.peak if self.shown_map is not None else 0.0
        return Reading(
            "" if alone else self.letter,
            (x, y),
            colour,
            exact,
            self._residual(place),
            None if value is None else (value, value * peak),
            self._tile(x, y),
            middle,
        )

    def _connect(self) -> None:
        self.header.pressed.connect(self.pressed)
        self.header.step_wished.connect(self.get_in_step)
        for canvas in (self.canvas, self.spectrum):
            canvas.pressed.connect(self.pressed)
            canvas.pointed.connect(self.pointed)
            canvas.moved.connect(self._follow_canvas)

    def get_in_step(self) -> None:
        """Show the same part as the other panes again."""
        self.canvas.get_in_step()
        self.spectrum.get_in_step()

    def _follow_canvas(self) -> None:
        canvas = self.shown_canvas
        self.header.set_zoom(canvas.zoom)
        self.header.set_in_step(canvas.in_step)
        self.moved.emit()

    def _colour(self, place: QPointF) -> tuple[tuple[int, int, int] | None, bool]:
        """Red, green and blue, and whether they are those of the stored pixel."""
        picture = self.canvas.picture_item.picture
        if picture is None or self.canvas.empty:
            return None, False
        tile = self.canvas.picture_item.tiles.pixel(math.floor(place.x()), math.floor(place.y()))
        if tile is not None:
            colour = QColor.fromRgb(tile)
            return (colour.red(), colour.green(), colour.blue()), True
        colour = _pixel(picture, place, self.canvas.size_shown)
        return (colour.red(), colour.green(), colour.blue()), picture.scale == 1.0

    def _residual(self, place: QPointF) -> tuple[float, float, float] | None:
        picture = self.residual.picture
        if picture is None or not self.residual.isVisible():
            return None
        colour = _pixel(picture, place, self.canvas.size_shown)
        red, green, blue = (
            (part - RESIDUAL_ZERO) / RESIDUAL_GAIN for part in (colour.red(), colour.green(), colour.blue())
        )
        return red, green, blue

    def _tile(self, x: int, y: int) -> tuple[int, str] | None:
        index = self.grid.tile_at(x, y)
        return None if index is None else (index + 1, self.grid.tiles[index].mark.name)


def _pixel(picture: Picture, place: QPointF, size: QSize) -> QColor:
    first = picture.levels[0]
    x = min(first.width() - 1, max(0, math.floor(place.x() * first.width() / size.width())))
    y = min(first.height() - 1, max(0, math.floor(place.y() * first.height() / size.height())))
    return first.pixelColor(x, y)


def _inside(place: QPointF, size: QSize) -> QPointF:
    """The nearest place that lies in a pixel; the far edges of an image are in none."""
    return QPointF(
        min(max(0.0, place.x()), max(0.0, size.width() - 0.5)),
        min(max(0.0, place.y()), max(0.0, size.height() - 0.5)),
    )


def middle_of(canvas: ImageCanvas) -> QPointF | None:
    """The place in the middle of a canvas, in a pixel of its image; None when there is no image.

    The middle of the viewport is a whole screen pixel, which may lie just beside an image that is very narrow.
    """
    if canvas.empty:
        return None
    place, beside = canvas.mapToScene(canvas.viewport().rect().center()), 1.0 / canvas.transform().m11()
    near = canvas.sceneRect().adjusted(-beside, -beside, beside, beside).contains(place)
    return _inside(place, canvas.size_shown) if near else None
