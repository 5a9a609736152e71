"""The small map in the corner of a canvas: the whole image, and a frame around the part in view that can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.image_canvas import ImageCanvas

_LARGEST_PX, _SMALLEST_PX, _EDGE_PX = 150, 80, 8
_SMALLEST_CANVAS_PX = 260  # in a smaller one it would cover what it is meant to explain
_NEARLY_ALL = 0.999


class Navigator(QWidget):
    """Stands in the right lower corner of a canvas while a part of its image is out of view.

    Args:
        canvas: what it shows the whole of.

    Attributes:
        wanted: the analyst wants to see it at all.
    """

    def __init__(self, canvas: ImageCanvas) -> None:
        super().__init__(canvas.viewport())
        self._canvas, self._small = canvas, QImage()
        self._drawn: QImage | None = None
        self.wanted = True
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.setAccessibleName("Navigator: the part of the image in view")
        canvas.moved.connect(self.follow)
        canvas.viewport().installEventFilter(self)
        self.hide()

    def set_wanted(self, wanted: bool) -> None:
        """Show it when there is a reason to, or never."""
        self.wanted = wanted
        self.follow()

    def follow(self) -> None:
        """Show the part that is in view now."""
        picture = self._canvas.picture_item.picture
        seen, room = self._canvas.seen, self._canvas.viewport().size()
        parted = not seen.isEmpty() and min(seen.width(), seen.height()) < _NEARLY_ALL
        roomy = min(room.width(), room.height()) >= _SMALLEST_CANVAS_PX
        shown = self.wanted and parted and roomy and picture is not None
        self.setVisible(shown)
        if shown and picture is not None:
            side = min(_LARGEST_PX, max(_SMALLEST_PX, min(room.width(), room.height()) // 4))
            size = self._canvas.size_shown.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio)
            size = size.expandedTo(QSize(4, 4))
            self.setGeometry(
                room.width() - size.width() - _EDGE_PX,
                room.height() - size.height() - _EDGE_PX,
                size.width(),
                size.height(),
            )
            if self._drawn is not picture.levels[-1] or self._small.size() != size:
                self._drawn = picture.levels[-1]
                mode = Qt.TransformationMode.SmoothTransformation
                self._small = self._drawn.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
            self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize:
            self.follow()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at the place that is pressed."""
        self._look(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the frame."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the image, darker where it is out of view, and the frame."""
        painter, seen = QPainter(self), self._canvas.seen
        painter.drawImage(self.rect(), self._small)
        frame = QRectF(
            seen.x() * self.width(),
            seen.y() * self.height(),
            seen.width() * self.width(),
            seen.height() * self.height(),
        )
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110))
        part = QRectF(
            seen.x() * self._small.width(),
            seen.y() * self._small.height(),
            seen.width() * self._small.width(),
            seen.height() * self._small.height(),
        )
        painter.drawImage(frame, self._small, part)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        for colour, width in ((QColor(0, 0, 0, 190), 3.0), (QColor(255, 255, 255), 1.5)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(frame.adjusted(1, 1, -1, -1))

    def _look(self, event: QMouseEvent) -> None:
        at = event.position()
        self._canvas.pressed.emit()
        self._canvas.look_at(QPointF(at.x() / self.width(), at.y() / self.height()))
        event.accept()
