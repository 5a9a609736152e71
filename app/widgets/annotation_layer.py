"""Annotations laid over the canvas: drawn and chosen with the mouse, and as thick on the screen at every zoom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPainterPath, QTransform
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsObject,
    QGraphicsSceneMouseEvent,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.widgets.annotation_shapes import is_met, outline, paint_annotation, paint_handles, plate
from core.examine import Annotation, AnnotationKind

_SMALLEST_PX = 4.0  # a shorter pull was a click
Points = tuple[tuple[float, float], ...]


class AnnotationLayer(QGraphicsObject):
    """An item in stored pixels; points of annotations are fractions of the stored image.

    Signals:
        drawn: an `AnnotationKind` and its points, when the mouse was let go.
        chosen: the id of the annotation that was clicked, or None beside all of them.
    """

    drawn = Signal(object, object)
    chosen = Signal(object)

    def __init__(self, parent: QGraphicsItem | None = None) -> None:
        super().__init__(parent)
        self._annotations: tuple[Annotation, ...] = ()
        self._size, self._chosen = QSize(), -1
        self._tool: AnnotationKind | None = None
        self._pulled: tuple[QPointF, QPointF] | None = None

    def set_annotations(self, annotations: Sequence[Annotation], size: QSize) -> None:
        """Show the annotations of an image with so many stored pixels."""
        self.prepareGeometryChange()
        self._annotations, self._size = tuple(annotations), size
        if all(annotation.id != self._chosen for annotation in self._annotations):
            self._chosen = -1
        self.update()

    def choose(self, number: int | None) -> None:
        """Show one annotation as the chosen one, without announcing it."""
        self._chosen = -1 if number is None else number
        self.update()

    def set_tool(self, tool: AnnotationKind | None) -> None:
        """What the mouse draws; None: it chooses annotations and moves the image."""
        self._tool, self._pulled = tool, None
        if tool is None:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()

    def boundingRect(self) -> QRectF:
        """The whole image."""
        return QRectF(0, 0, self._size.width(), self._size.height())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Draw in pixels of the screen, so that no zoom makes a line thicker or a word turned."""
        to_view, font = painter.worldTransform(), _font(widget)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        seen = _seen(widget)
        for annotation in sorted(self._annotations, key=lambda annotation: annotation.id == self._chosen):
            is_chosen = annotation.id == self._chosen
            places, path = self._looks(annotation.kind, annotation.points, to_view)
            words = self._words(annotation, path, places, font, seen)
            paint_annotation(painter, path, words, annotation.text, chosen=is_chosen, dashed=not annotation.in_report)
            if is_chosen and annotation.kind is not AnnotationKind.TEXT:
                paint_handles(painter, places)
        if self._pulled is not None and self._tool in (AnnotationKind.RECTANGLE, AnnotationKind.ARROW):
            _, path = self._looks(self._tool, tuple(map(self._fraction, self._pulled)), to_view)
            paint_annotation(painter, path, QRectF(), "", chosen=True, dashed=False)
        painter.restore()

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Begin to draw, or choose what is under the mouse; else the image behind has the click."""
        if event.button() != Qt.MouseButton.LeftButton or self._size.isEmpty():
            event.ignore()
        elif self._tool is not None:
            self._pulled = (event.pos(), event.pos())
        else:
            met = self._met(event)
            self.choose(met)
            self.chosen.emit(met)
            event.setAccepted(met is not None)

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Pull the second point."""
        if self._pulled is not None:
            self._pulled = (self._pulled[0], event.pos())
            self.update()

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """Announce what was drawn; a pull that was no more than a click draws nothing but a text."""
        pulled, self._pulled = self._pulled, None
        self.update()
        if pulled is None or self._tool is None:
            return
        start, end = (self._fraction(point) for point in (pulled[0], event.pos()))
        to_view = _to_view(self, event.widget())
        far = to_view.map(event.pos()) - to_view.map(pulled[0])
        flat = start[0] == end[0] or start[1] == end[1]
        if self._tool is AnnotationKind.TEXT:
            self.drawn.emit(self._tool, (start,))
        elif far.manhattanLength() >= _SMALLEST_PX and not (flat and self._tool is AnnotationKind.RECTANGLE):
            self.drawn.emit(self._tool, (start, end))

    def _met(self, event: QGraphicsSceneMouseEvent) -> int | None:
        to_view, font = _to_view(self, event.widget()), _font(event.widget())
        place = to_view.map(event.pos())
        for annotation in reversed(self._annotations):
            places, path = self._looks(annotation.kind, annotation.points, to_view)
            if is_met(path, self._words(annotation, path, places, font, _seen(event.widget())), place):
                return annotation.id
        return None

    def _looks(self, kind: AnnotationKind, points: Points, to_view: QTransform) -> tuple[list[QPointF], QPainterPath]:
        """The places and lines of an annotation in pixels of the view."""
        if kind is AnnotationKind.RECTANGLE and len(points) == 2:
            (left, top), (right, bottom) = points
            points = ((left, top), (right, top), (right, bottom), (left, bottom))
        width, height = self._size.width(), self._size.height()
        places = [to_view.map(QPointF(x * width, y * height)) for x, y in points]
        return places, outline(kind, places)

    def _words(
        self, annotation: Annotation, path: QPainterPath, places: Sequence[QPointF], font: QFont, seen: QRectF
    ) -> QRectF:
        """Where its words stand: under a rectangle, at the start of an arrow, which points away from them."""
        anchor = {
            AnnotationKind.RECTANGLE: path.boundingRect().bottomLeft() + QPointF(0, 5),
            AnnotationKind.ARROW: places[0] + QPointF(6, 6),
            AnnotationKind.TEXT: places[0],
        }[annotation.kind]
        return plate(annotation.text, anchor, font, seen)

    def _fraction(self, place: QPointF) -> tuple[float, float]:
        x, y = place.x() / max(1, self._size.width()), place.y() / max(1, self._size.height())
        return min(1.0, max(0.0, x)), min(1.0, max(0.0, y))


def _to_view(item: QGraphicsItem, viewport: QWidget | None) -> QTransform:
    """From the item to pixels of the view that was clicked."""
    view = viewport.parent() if viewport is not None else None
    if isinstance(view, QGraphicsView):
        return item.sceneTransform() * view.viewportTransform()
    return item.sceneTransform()


def _seen(widget: QWidget | None) -> QRectF:
    return QRectF(widget.rect()) if widget is not None else QRectF()


def _font(widget: QWidget | None) -> QFont:
    return widget.font() if widget is not None else QApplication.font()
