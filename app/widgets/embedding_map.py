"""The map: reference classes as clouds, exhibits as marks; pan, zoom, lasso, and proposed groups to be made real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.theme import Colours, colours
from app.widgets import embedding_paint as paint
from app.widgets.embedding_paint import Card
from app.widgets.embedding_plane import Density, Plane, Points, bounds_of, closest, density, fitted, hull, inside
from app.widgets.embedding_words import chip_text, status
from app.wording import class_title
from core.domain import Verdict
from core.examine import EmbeddingMap

_REACH_PX = 10.0
_CLICK_PX = 4  # a drag shorter than that is a click
_OUTLINE_PX = 14.0
_STEP, _ZOOM, _NOTCH = 0.12, 1.3, 120
_LEAST_ZOOM, _MOST_ZOOM = 0.2, 400.0
_CIRCLE = np.array([(np.cos(angle), np.sin(angle)) for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False)])


class EmbeddingMapView(QWidget):
    """Shows where exhibits lie among reference classes.

    Signals:
        selected: ids of the exhibits that were lassoed or clicked, in order of intake; empty when taken back.
        chosen: an exhibit was clicked or stepped to: it is the current one now.
        opened: an exhibit was double-clicked, or Enter was pressed on the current one.
        pointed: the exhibit under the pointer, -1 when there is none; `set_card` tells the map more about it.
        group_wished: ids of the members of a proposed group whose button was pressed.
    """

    selected = Signal(object)
    chosen = Signal(int)
    opened = Signal(int)
    pointed = Signal(int)
    group_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawn: EmbeddingMap | None = None
        self._titles: Mapping[str, str] = {}
        self._plane, self._fits = Plane(), True
        self._rows: dict[int, int] = {}
        self._classes: dict[str, Density] = {}
        self._bounds = (0.0, 0.0, 1.0)
        self._clouds: QImage | None = None
        self._places: Points | None = None  # of the exhibits on the screen
        self._chosen_rows: NDArray[np.bool_] = np.zeros(0, bool)
        self._current, self._hovered = -1, -1
        self._card: Card | None = None
        self._chips: list[QRectF] = []
        self._lasso: list[QPointF] | None = None
        self._lasso_tool = False
        self._pressed: QPointF | None = None
        self._last, self._pointer = QPointF(), QPointF()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(280, 220)
        self.setAccessibleName("Map")

    def set_map(self, drawn: EmbeddingMap | None, titles: Mapping[str, str]) -> None:
        """Show a map, or a further picture of the same one; selection and current exhibit stay."""
        kept = set(self.selection)
        self._drawn, self._titles = drawn, titles
        ids = drawn.exhibit_ids if drawn is not None else ()
        self._rows = {exhibit: row for row, exhibit in enumerate(ids)}
        self._chosen_rows = np.array([exhibit in kept for exhibit in ids], bool)
        self._count_classes()
        if self._fits:
            self.fit()
        self._place()
        self.setAccessibleDescription(status(drawn) if drawn is not None else "")

    def set_current(self, exhibit_id: int) -> None:
        """Mark the exhibit that is being looked at."""
        self._current = exhibit_id
        self.update()

    def set_selection(self, ids: Iterable[int]) -> None:
        """Select exhibits without announcing it."""
        wanted = set(ids)
        self._chosen_rows = np.array([exhibit in wanted for exhibit in self._rows], bool)
        self.update()

    def set_card(self, card: Card) -> None:
        """Say more about the exhibit under the pointer; of another one it is not shown."""
        if self._card is not None and card.exhibit_id == self._card.exhibit_id:
            verdict = self._card.verdict  # the map's detector may not be the list's
            self._card = replace(card, verdict=verdict, detail="" if verdict is Verdict.UNKNOWN else card.detail)
            self.update()

    def set_lasso(self, on: bool) -> None:
        """Whether dragging draws a lasso (on) or moves the map; with Ctrl it always draws one."""
        self._lasso_tool = on
        self._follow_pointer(self._pointer)

    @property
    def selection(self) -> tuple[int, ...]:
        """The selected exhibits in order of intake."""
        return tuple(exhibit for exhibit, row in self._rows.items() if self._chosen_rows[row])

    @property
    def hovered(self) -> int:
        """The exhibit under the pointer, -1 when there is none."""
        return self._hovered

    @property
    def plane(self) -> Plane:
        """What part of the map is seen."""
        return self._plane

    def fit(self) -> None:
        """Show everything."""
        self._fits = True
        size = (float(self.width()), float(self.height()))
        drawn = self._drawn
        self._plane = Plane(size=size) if drawn is None else fitted(_all_points(drawn), size)
        self._place()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge around a spot, the middle when none is given."""
        spot = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        base = fitted(_all_points(self._drawn), self._plane.size).scale if self._drawn is not None else 1.0
        wanted = min(max(self._plane.scale * factor, base * _LEAST_ZOOM), base * _MOST_ZOOM)
        self._plane, self._fits = self._plane.zoomed(wanted / self._plane.scale, spot.x(), spot.y()), False
        self._place()

    def pan(self, right: float, down: float) -> None:
        """Move the content by so many pixels."""
        self._plane, self._fits = self._plane.moved(right, down), False
        self._place()

    def spot_of(self, exhibit_id: int) -> QPointF:
        """Where an exhibit's mark stands in the widget."""
        assert self._places is not None
        return QPointF(*self._places[self._rows[exhibit_id]].tolist())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Clouds, names, outlines, marks, legend, card."""
        painter, look = QPainter(self), colours(self.palette())
        area = QRectF(self.rect())
        painter.fillRect(self.rect(), QColor(look.base))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawn, places = self._drawn, self._places
        if drawn is not None and places is not None:
            if self._classes:
                paint.paint_clouds(painter, self._cloud_picture(look), self._plane, self._bounds)
            covered = [paint.paint_outline(painter, outline, look) for outline in self._outlines(drawn, places)]
            names = {class_title(name, self._titles): known for name, known in self._classes.items()}
            taken = paint.paint_names(painter, self._plane, names, look, places)
            paint.paint_marks(painter, places, self._verdicts(drawn), self._chosen_rows, look)
            if self._current in self._rows:
                paint.paint_current(painter, self.spot_of(self._current), look)
            self._paint_chips(painter, drawn, covered, taken, look)
            paint.paint_legend(painter, area, Counter(self._verdicts(drawn)), look)
        if self._lasso:
            paint.paint_lasso(painter, self._lasso, look)
        elif self._card is not None and self._hovered == self._card.exhibit_id:
            paint.paint_card(painter, self._card, self._pointer, area, look)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(look.focus), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep showing everything, or the same middle."""
        super().resizeEvent(event)
        if self._fits:
            self.fit()
        else:
            size = (float(self.width()), float(self.height()))
            self._plane = Plane(self._plane.centre, self._plane.scale, size)
            self._place()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._clouds = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move the map, or a lasso."""
        self._pressed = self._last = event.position()
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.button() == Qt.MouseButton.LeftButton and (ctrl or self._lasso_tool):
            self._lasso = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the map, draw the lasso, or tell what is under the pointer."""
        self._pointer = event.position()
        if self._pressed is None:
            self._follow_pointer(self._pointer)
        elif self._lasso is not None:
            self._lasso.append(self._pointer)
            self.update()
        elif (self._pointer - self._pressed).manhattanLength() > _CLICK_PX:
            moved, self._last = self._pointer - self._last, self._pointer
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the lasso, or take the press for a click."""
        pressed, lasso = self._pressed, self._lasso
        self._pressed = self._lasso = None
        if pressed is None:
            return
        way = [*(lasso or ()), event.position()]
        clicked = max((spot - pressed).manhattanLength() for spot in way) <= _CLICK_PX
        if clicked and event.button() == Qt.MouseButton.LeftButton:
            self._click(event)
        elif lasso is not None:
            self._close_lasso(lasso, add=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        self._follow_pointer(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the exhibit, or show everything."""
        exhibit = self._exhibit_at(event.position())
        if exhibit >= 0:
            self.opened.emit(exhibit)
        elif self._chip_at(event.position()) is None:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        self.zoom(_ZOOM ** (event.angleDelta().y() / _NOTCH), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        super().leaveEvent(event)
        self._point_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, + and - zoom, 0 shows everything, Page Up and Down step, Enter opens, Esc lets go."""
        steps = {
            Qt.Key.Key_Left: lambda: self.pan(self.width() * _STEP, 0),
            Qt.Key.Key_Right: lambda: self.pan(-self.width() * _STEP, 0),
            Qt.Key.Key_Up: lambda: self.pan(0, self.height() * _STEP),
            Qt.Key.Key_Down: lambda: self.pan(0, -self.height() * _STEP),
            Qt.Key.Key_Plus: lambda: self.zoom(_ZOOM),
            Qt.Key.Key_Equal: lambda: self.zoom(_ZOOM),
            Qt.Key.Key_Minus: lambda: self.zoom(1 / _ZOOM),
            Qt.Key.Key_0: self.fit,
            Qt.Key.Key_Home: self.fit,
            Qt.Key.Key_PageDown: lambda: self._step_to(1),
            Qt.Key.Key_PageUp: lambda: self._step_to(-1),
            Qt.Key.Key_Escape: self._let_go,
        }
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current in self._rows:
            self.opened.emit(self._current)
        elif event.key() in steps:
            steps[Qt.Key(event.key())]()
        else:
            super().keyPressEvent(event)

    def _click(self, event: QMouseEvent) -> None:
        chip = self._chip_at(event.position())
        if chip is not None and self._drawn is not None:
            self.group_wished.emit(self._drawn.clusters[chip])
            return
        exhibit = self._exhibit_at(event.position())
        adds = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        if exhibit < 0:
            if not adds:
                self._select(np.zeros(len(self._rows), bool))
            return
        row = self._rows[exhibit]
        wanted = self._chosen_rows.copy() if adds else np.zeros(len(self._rows), bool)
        wanted[row] = not wanted[row]
        self._select(wanted)
        self._make_current(exhibit)

    def _close_lasso(self, corners: list[QPointF], *, add: bool) -> None:
        if self._places is not None:
            caught = inside(np.array([(corner.x(), corner.y()) for corner in corners]), self._places)
            self._select(caught | self._chosen_rows if add else caught)

    def _select(self, rows: NDArray[np.bool_]) -> None:
        changed = not np.array_equal(rows, self._chosen_rows)
        self._chosen_rows = rows
        self.update()
        if changed:
            self.selected.emit(self.selection)

    def _let_go(self) -> None:
        if self._lasso is not None:
            self._lasso = self._pressed = None
            self.update()
        else:
            self._select(np.zeros(len(self._rows), bool))

    def _step_to(self, by: int) -> None:
        ids = tuple(self._rows)
        if ids:
            row = self._rows.get(self._current, -1 if by > 0 else len(ids))
            self._make_current(ids[min(max(row + by, 0), len(ids) - 1)])

    def _make_current(self, exhibit: int) -> None:
        self.set_current(exhibit)
        self.chosen.emit(exhibit)

    def _follow_pointer(self, at: QPointF) -> None:
        exhibit = self._exhibit_at(at)
        over = exhibit >= 0 or self._chip_at(at) is not None
        shapes = Qt.CursorShape
        self.setCursor(
            shapes.PointingHandCursor if over else shapes.CrossCursor if self._lasso_tool else shapes.OpenHandCursor
        )
        self._point_at(exhibit)
        self.update()

    def _point_at(self, exhibit: int) -> None:
        if exhibit == self._hovered:
            return
        self._hovered, drawn = exhibit, self._drawn
        self._card = None
        if exhibit >= 0 and drawn is not None:
            self._card = Card(exhibit, self._verdicts(drawn)[self._rows[exhibit]])
        self.update()
        self.pointed.emit(exhibit)

    def _exhibit_at(self, at: QPointF) -> int:
        if self._places is None:
            return -1
        row = closest(self._places, at.x(), at.y(), _REACH_PX)
        return -1 if row is None or self._drawn is None else self._drawn.exhibit_ids[row]

    def _chip_at(self, at: QPointF) -> int | None:
        return next((place for place, chip in enumerate(self._chips) if chip.contains(at)), None)

    def _place(self) -> None:
        self._places = self._plane.to_screen(self._drawn.points) if self._drawn is not None else None
        self.update()

    def _count_classes(self) -> None:
        self._classes, self._clouds = {}, None
        drawn = self._drawn
        if drawn is None or not len(drawn.reference):
            return
        self._bounds = bounds_of(_all_points(drawn))
        labels = np.array(drawn.reference_labels)
        for name, count in Counter(drawn.reference_labels).most_common():
            if count:
                self._classes[name] = density(drawn.reference[labels == name], self._bounds)

    def _cloud_picture(self, look: Colours) -> QImage:
        if self._clouds is None:
            self._clouds = paint.clouds([self._classes[name] for name in sorted(self._classes)], look)
        return self._clouds

    def _outlines(self, drawn: EmbeddingMap, places: Points) -> list[Points]:
        out = []
        for members in drawn.clusters:
            own = places[[self._rows[exhibit] for exhibit in members]]
            out.append(hull((own[:, None] + _CIRCLE * _OUTLINE_PX).reshape(-1, 2)))
        return out

    def _paint_chips(
        self, painter: QPainter, drawn: EmbeddingMap, covered: list[QRectF], taken: list[QRectF], look: Colours
    ) -> None:
        self._chips = []
        for members, outline in zip(drawn.clusters, covered, strict=True):
            chip, area = QRectF(), QRectF(self.rect())
            if outline.intersects(area):
                chip = paint.paint_chip(painter, chip_text(len(members)), outline, taken, area, look)
                taken.append(chip)
            self._chips.append(chip)

    def _verdicts(self, drawn: EmbeddingMap) -> tuple[Verdict | None, ...]:
        return drawn.verdicts or (None,) * len(drawn.exhibit_ids)


def _all_points(drawn: EmbeddingMap) -> NDArray[np.float32]:
    return np.vstack([drawn.points, drawn.reference])
