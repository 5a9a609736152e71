"""The canvas of Examine: one upright image with zoom and pan, and layers laid over it in stored pixels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsRectItem, QGraphicsScene, QGraphicsView, QLabel, QWidget

from app.widgets.blending import Blend
from app.widgets.picture import Picture, PictureItem
from app.widgets.stored_space import display_size, to_display
from app.widgets.tile_board import Tiles
from app.widgets.view_state import MIDDLE, ViewState

LARGEST_ZOOM = 32.0
_FIT_AT_MOST = 8.0  # tiny images are enlarged to be seen, but not to a wall of squares
_STEP = 1.25
_NOTCH = 120.0  # eighths of a degree of one click of a wheel
_PAN_PX = 64
_MARGIN_PX = 8  # around a fitted image, so that it does not touch the frame
_DETAIL_AFTER_MS = 80  # a view that is still moving needs no sharper pixels
_DARK, _LIGHT = QColor(0x1C, 0x1C, 0x1E), QColor(0xD4, 0xD4, 0xD6)
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class ImageCanvas(QGraphicsView):
    """Shows one image; scene units are stored pixels of the upright image.

    Zoom counts screen pixels per stored pixel: 1.0 is one to one also on screens with scaling. Which part is shown is
    the business of a `ViewState`, which other canvases may follow too; what moves one canvas alone (Shift) is kept
    here, as a distance from that state.

    Attributes:
        leading: the percentage of this canvas is kept when the window changes; one of several canvases leads.
        detachable: whether Shift moves it alone; a canvas that is the only one has nothing to be apart from.

    Signals:
        zoom_changed: screen pixels per stored pixel.
        moved: another part is in view, or the canvas fell out of step or back into it.
        pointed: the place under the mouse in pixels of the upright image, None when the mouse left.
        pressed: the mouse was pressed or the keyboard came here.
        detail_wished: a `Detail` (see `tile_board`) of a large image would be shown sharper.
    """

    zoom_changed = Signal(float)
    moved = Signal()
    pointed = Signal(object)
    pressed = Signal()
    detail_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.leading, self.detachable = True, False
        self._scene = QGraphicsScene(self)
        self._picture = PictureItem()
        self._scene.addItem(self._picture)
        # Hidden while there is no image; the layers on it keep whether they were switched on.
        self._ground = QGraphicsRectItem()
        self._ground.setZValue(1)
        self._ground.hide()
        self._scene.addItem(self._ground)
        self._layers: list[tuple[QGraphicsItem, bool]] = []
        self._orientation, self._stored, self._size = 1, QSize(), QSize()
        self._offset, self._factor = QPointF(), 1.0  # from the shared state
        self._grip: QPointF | None = None
        self._message = QLabel(self.viewport())
        self._sharpen = QTimer(self, singleShot=True, interval=_DETAIL_AFTER_MS)
        self._sharpen.timeout.connect(self._ask_detail)
        self.state = ViewState(self)
        self.state.changed.connect(self._apply)
        self._set_up()

    def _set_up(self) -> None:
        self.setScene(self._scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.setAcceptDrops(False)  # dropped files belong to the window
        self.setMouseTracking(True)
        self.setAccessibleName("Image")
        self.setMinimumSize(120, 90)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self._message.setMargin(24)
        self._message.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._message.hide()
        self._adopt_palette()

    def follow(self, state: ViewState) -> None:
        """Stay in step with every other canvas that follows this state."""
        self.state.changed.disconnect(self._apply)
        self.state = state
        state.changed.connect(self._apply)
        self._apply()

    def add_layer(self, layer: QGraphicsItem, *, upright: bool = False) -> None:
        """Lay an item over the image.

        Args:
            layer: draws in stored pixels.
            upright: those of the upright image; else those of the file, and it is turned with the image.
        """
        layer.setZValue(len(self._layers) + 1)
        self._layers.append((layer, upright))
        layer.setParentItem(self._ground)
        self._turn_layers()

    def show_picture(self, picture: Picture, stored: QSize, orientation: int, *, stay: bool = False) -> None:
        """Show an upright picture of an image whose stored pixels are `stored`.

        As a whole, or with `stay` the part of it that was looked at in the one before.
        """
        self._orientation, self._stored = orientation, stored
        self._size = display_size(orientation, stored)
        self._picture.show_picture(picture, self._size)
        self._scene.setSceneRect(QRectF(0, 0, self._size.width(), self._size.height()))
        self._turn_layers()
        self._ground.setVisible(True)
        self._message.hide()
        if not stay:
            self.state.fit()
        self._apply()

    def show_message(self, text: str) -> None:
        """Take the image away and show a sentence, or nothing for an empty one."""
        self._picture.show_picture(None, QSize())
        self._ground.setVisible(False)
        self._stored = self._size = QSize()
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self.moved.emit()

    def set_look(self, strength: float, blend: Blend = Blend.NORMAL) -> None:
        """How strongly the image itself is shown, 0–1; the layers stay as they are."""
        self._picture.set_look(strength, blend)

    def add_detail(self, tiles: Tiles) -> None:
        """Show a region of a large image sharply."""
        if not self.empty:
            self._picture.tiles.put(tiles)
            self.viewport().update()
            self.moved.emit()

    @property
    def picture_item(self) -> PictureItem:
        """What draws the image."""
        return self._picture

    @property
    def empty(self) -> bool:
        """Whether no image is shown."""
        return self._stored.isEmpty()

    @property
    def message(self) -> str:
        """The sentence that stands in place of an image."""
        return "" if self._message.isHidden() else self._message.text()

    @property
    def size_shown(self) -> QSize:
        """Width and height of the upright image in stored pixels."""
        return self._size

    @property
    def orientation(self) -> int:
        """EXIF orientation of the image that is shown."""
        return self._orientation

    @property
    def fitted(self) -> bool:
        """Whether the whole image is kept in view when the window changes."""
        return self.in_step and self.state.whole

    @property
    def in_step(self) -> bool:
        """Whether it shows the same part as the others."""
        return self._offset.isNull() and self._factor == 1.0

    @property
    def zoom(self) -> float:
        """Screen pixels per stored pixel."""
        return self.transform().m11() * self.devicePixelRatioF()

    @property
    def seen(self) -> QRectF:
        """The part in view, in fractions of the upright image; empty without one."""
        if self.empty:
            return QRectF()
        corner = self.mapToScene(0, 0)
        scale, room = self.transform().m11(), self.viewport().size()
        part = QRectF(corner.x(), corner.y(), room.width() / scale, room.height() / scale).intersected(self.sceneRect())
        width, height = self._size.width(), self._size.height()
        return QRectF(part.x() / width, part.y() / height, part.width() / width, part.height() / height)

    def fit(self) -> None:
        """Show the whole image, and keep it so when the window changes."""
        if not self.empty:
            self.state.fit()

    def set_zoom(self, zoom: float, at: QPointF | None = None, *, alone: bool = False) -> None:
        """Zoom so that what lies under the viewport point `at` (default: the middle) stays there."""
        if self.empty:
            return
        away = at - QRectF(self.viewport().rect()).center() if at is not None else QPointF()
        ratio = self.devicePixelRatioF()
        before = self._wanted_zoom() / ratio
        after = min(LARGEST_ZOOM, max(min(self._fit_zoom(), 1.0) / 2, zoom)) / ratio
        self._go(self._centre() + self._fraction(away / before - away / after), after * ratio, alone=alone)

    def zoom_by(self, steps: float, at: QPointF | None = None, *, alone: bool = False) -> None:
        """Zoom in (or out, for negative steps) by a quarter a step."""
        self.set_zoom(self._wanted_zoom() * _STEP**steps, at, alone=alone)

    def pan_by(self, by: QPointF, *, alone: bool = False) -> None:
        """Move the view by screen pixels."""
        if not self.empty:
            moved = self._fraction(by * self.devicePixelRatioF() / self._wanted_zoom())
            self._go(self._centre() + moved, self._wanted_zoom(), alone=alone)

    def look_at(self, centre: QPointF) -> None:
        """Bring a place (fractions of the upright image) into the middle."""
        if not self.empty:
            self._go(centre, self._wanted_zoom(), alone=False)

    def get_in_step(self) -> None:
        """Show the same part as the others again."""
        self._offset, self._factor = QPointF(), 1.0
        self._apply()

    def to_stored(self, place: QPointF) -> QPointF:
        """A place in pixels of the upright image in pixels of the file."""
        return to_display(self._orientation, self._stored).inverted()[0].map(place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse; with Shift this canvas alone."""
        turned = event.angleDelta().y() or event.angleDelta().x()  # some systems turn the wheel sideways with Shift
        self.zoom_by(turned / _NOTCH, event.position(), alone=self._alone(event.modifiers()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let a layer have the mouse, or else take hold of the image."""
        self.pressed.emit()
        super().mousePressEvent(event)
        if not event.isAccepted() and event.button() == Qt.MouseButton.LeftButton:
            self._grip = event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the image; with Shift this canvas alone."""
        if self._grip is not None:
            by, self._grip = self._grip - event.position(), event.position()
            self.pan_by(by, alone=self._alone(event.modifiers()))
        else:
            super().mouseMoveEvent(event)
        self._point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; the window behind must not see half of a click."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self._grip is not None:
            self._grip = None
            self.viewport().unsetCursor()
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Notice that the mouse leaves."""
        if event.type() == QEvent.Type.Leave:
            self.pointed.emit(None)
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, the arrows pan, this canvas alone with Ctrl or Shift; the rest is the window's."""
        key, held = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        zoom, pan = _ZOOMS.get(key), _ARROWS.get(key)
        if zoom is not None and not held & ~(_SHIFT | _CONTROL):  # plus needs Shift on many keyboards
            self.zoom_by(zoom, alone=self.detachable and bool(held & _CONTROL))
        elif pan is not None and not held & ~_SHIFT:
            self.pan_by(QPointF(*pan) * _PAN_PX, alone=self._alone(held))
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted image fitted, and the percentage of any other."""
        zoom, fitted = self.zoom, self.fitted
        super().resizeEvent(event)
        self._message.setGeometry(self.viewport().rect())
        if self.leading and not fitted and not self.empty:
            self.state.look_at(self.state.centre, zoom / self._fit_zoom() / self._factor)
        self._apply()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._adopt_palette()

    def _alone(self, held: Qt.KeyboardModifier) -> bool:
        return self.detachable and bool(held & _SHIFT)

    def _adopt_palette(self) -> None:
        dark = self.palette().color(QPalette.ColorRole.Window).lightness() < 128
        self.setBackgroundBrush(_DARK if dark else _LIGHT)

    def _turn_layers(self) -> None:
        turned = to_display(self._orientation, self._stored)
        for layer, upright in self._layers:
            layer.setTransform(QTransform() if upright else turned)

    def _centre(self) -> QPointF:
        return self.state.centre + self._offset

    def _wanted_zoom(self) -> float:
        return self._fit_zoom() * self.state.magnification * self._factor

    def _fraction(self, by: QPointF) -> QPointF:
        """A distance in stored pixels as fractions of the image."""
        return QPointF(by.x() / self._size.width(), by.y() / self._size.height())

    def _go(self, centre: QPointF, zoom: float, *, alone: bool) -> None:
        """Show another part, without leaving the image; alone, or with every canvas that follows the same state."""
        room = QSize(self.viewport().width(), self.viewport().height()) * self.devicePixelRatioF()
        half = QPointF(
            room.width() / zoom / self._size.width() / 2,
            room.height() / zoom / self._size.height() / 2,
        )
        centre = QPointF(_within(centre.x(), half.x()), _within(centre.y(), half.y()))
        magnification = zoom / self._fit_zoom()
        if alone:
            self._offset = centre - self.state.centre
            self._factor = magnification / self.state.magnification
            self._apply()
        else:
            self.state.look_at(centre - self._offset, magnification / self._factor)

    def _fit_zoom(self) -> float:
        room = self.viewport().size() - QSize(_MARGIN_PX, _MARGIN_PX)
        view, image = room.expandedTo(QSize(1, 1)) * self.devicePixelRatioF(), self._size
        whole = min(view.width() / image.width(), view.height() / image.height(), _FIT_AT_MOST)
        return max(whole, 1.0 / min(image.width(), image.height()))  # a one-pixel line stays visible

    def _apply(self) -> None:
        if self.empty:
            return
        zoom = self._wanted_zoom()
        scale = zoom / self.devicePixelRatioF()
        if scale != self.transform().m11():
            self.setTransform(QTransform.fromScale(scale, scale))
            self.zoom_changed.emit(zoom)
        centre = self._centre()
        self.centerOn(QPointF(centre.x() * self._size.width(), centre.y() * self._size.height()))
        self._sharpen.start()
        self.moved.emit()

    def _point(self, at: QPointF) -> None:
        place = self.viewportTransform().inverted()[0].map(at)
        self.pointed.emit(place if self.sceneRect().contains(place) and not self.empty else None)

    def _ask_detail(self) -> None:
        picture = self._picture.picture
        if picture is None or self.empty or not self.isVisible() or self.zoom <= picture.scale:
            return
        seen, width, height = self.seen, self._size.width(), self._size.height()
        part = QRectF(seen.x() * width, seen.y() * height, seen.width() * width, seen.height() * height)
        detail = self._picture.tiles.missing(part, (width, height), self.zoom)
        if detail is not None:
            self.detail_wished.emit(detail)


def _within(centre: float, half: float) -> float:
    """The middle of a view of this half width that does not look beyond the image."""
    return MIDDLE.x() if half >= 0.5 else min(1.0 - half, max(half, centre))


_ZOOMS = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}
_ARROWS: dict[Qt.Key, tuple[float, float]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
