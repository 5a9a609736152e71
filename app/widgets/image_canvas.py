"""The canvas of Examine: one upright image with zoom and pan, and layers laid over it in stored pixels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPalette, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsRectItem, QGraphicsScene, QGraphicsView, QLabel, QWidget

from app.widgets.picture import Picture, PictureItem
from app.widgets.stored_space import display_size, to_display

LARGEST_ZOOM = 32.0
_FIT_AT_MOST = 8.0  # tiny images are enlarged to be seen, but not to a wall of squares
_STEP = 1.25
_NOTCH = 120.0  # eighths of a degree of one click of a wheel
_PAN_PX = 64
_MARGIN_PX = 8  # around a fitted image, so that no scroll bar appears by rounding
_DARK, _LIGHT = QColor(0x1C, 0x1C, 0x1E), QColor(0xD4, 0xD4, 0xD6)


class ImageCanvas(QGraphicsView):
    """Shows one image; scene units are stored pixels of the upright image.

    Zoom counts screen pixels per stored pixel: 1.0 is one to one also on screens with scaling.
    """

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = QGraphicsScene(self)
        self._picture = PictureItem()
        self._scene.addItem(self._picture)
        # Hidden while there is no image; the layers on it keep whether they were switched on.
        self._ground = QGraphicsRectItem()
        self._ground.setZValue(1)
        self._ground.hide()
        self._scene.addItem(self._ground)
        self._layers: list[QGraphicsItem] = []
        self._orientation, self._stored = 1, QSize()
        self._fitted = True
        self._message = QLabel(self.viewport())
        self._set_up()

    def _set_up(self) -> None:
        self.setScene(self._scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.setAcceptDrops(False)  # dropped files belong to the window
        self.setAccessibleName("Image")
        self.setMinimumSize(160, 120)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self._message.setMargin(24)
        self._message.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._message.hide()
        self._adopt_palette()

    def add_layer(self, layer: QGraphicsItem) -> None:
        """Lay an item over the image; it draws in stored pixels and follows the image's orientation."""
        layer.setZValue(len(self._layers) + 1)
        layer.setTransform(to_display(self._orientation, self._stored))
        self._layers.append(layer)
        layer.setParentItem(self._ground)

    def show_picture(self, picture: Picture, stored: QSize, orientation: int) -> None:
        """Show an upright picture of an image whose stored pixels are `stored`, as a whole."""
        self._orientation, self._stored = orientation, stored
        size = display_size(orientation, stored)
        self._picture.show_picture(picture, size)
        self._scene.setSceneRect(QRectF(0, 0, size.width(), size.height()))
        for layer in self._layers:
            layer.setTransform(to_display(orientation, stored))
        self._ground.setVisible(True)
        self._message.hide()
        self.fit()

    def show_message(self, text: str) -> None:
        """Take the image away and show a sentence, or nothing for an empty one."""
        self._picture.show_picture(None, QSize())
        self._ground.setVisible(False)
        self._stored = QSize()
        self._message.setText(text)
        self._message.setVisible(bool(text))

    @property
    def empty(self) -> bool:
        """Whether no image is shown."""
        return self._stored.isEmpty()

    @property
    def fitted(self) -> bool:
        """Whether the whole image is kept in view when the window changes."""
        return self._fitted

    @property
    def zoom(self) -> float:
        """Screen pixels per stored pixel."""
        return self.transform().m11() * self.devicePixelRatioF()

    def fit(self) -> None:
        """Show the whole image, and keep it so when the window changes."""
        if self.empty:
            return
        self._fitted = True
        self._apply(self._fit_zoom())
        self.centerOn(self.sceneRect().center())

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom so that what lies under the viewport point `at` (default: the middle) stays there."""
        if self.empty:
            return
        self._fitted = False
        anchor = at if at is not None else QRectF(self.viewport().rect()).center()
        inverted, _ = self.viewportTransform().inverted()
        under = inverted.map(anchor)
        self._apply(min(LARGEST_ZOOM, max(min(self._fit_zoom(), 1.0) / 2, zoom)))
        moved = self.viewportTransform().map(under) - anchor
        self._scroll(moved)

    def zoom_by(self, steps: float, at: QPointF | None = None) -> None:
        """Zoom in (or out, for negative steps) by a quarter a step."""
        self.set_zoom(self.zoom * _STEP**steps, at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse."""
        self.zoom_by(event.angleDelta().y() / _NOTCH, event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; the window behind must not see half of a click."""
        super().mouseReleaseEvent(event)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, the arrows pan; everything else is the window's."""
        zoom = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}.get(Qt.Key(event.key()))
        pan = _ARROWS.get(Qt.Key(event.key()))
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            event.ignore()
        elif zoom is not None:
            self.zoom_by(zoom)
        elif pan is not None:
            self._scroll(QPointF(*pan) * _PAN_PX)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted image fitted."""
        super().resizeEvent(event)
        self._message.setGeometry(self.viewport().rect())
        if self._fitted:
            self.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._adopt_palette()

    def _adopt_palette(self) -> None:
        dark = self.palette().color(QPalette.ColorRole.Window).lightness() < 128
        self.setBackgroundBrush(_DARK if dark else _LIGHT)

    def _fit_zoom(self) -> float:
        room = self.maximumViewportSize() - QSize(_MARGIN_PX, _MARGIN_PX)
        view, image = room * self.devicePixelRatioF(), self.sceneRect().size()
        whole = min(view.width() / image.width(), view.height() / image.height(), _FIT_AT_MOST)
        return max(whole, 1.0 / min(image.width(), image.height()))  # a one-pixel line stays visible

    def _apply(self, zoom: float) -> None:
        scale = zoom / self.devicePixelRatioF()
        self.setTransform(QTransform.fromScale(scale, scale))
        self.zoom_changed.emit(zoom)

    def _scroll(self, by: QPointF) -> None:
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        horizontal.setValue(horizontal.value() + round(by.x()))
        vertical.setValue(vertical.value() + round(by.y()))


_ARROWS: dict[Qt.Key, tuple[float, float]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
