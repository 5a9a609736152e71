"""The line between two pictures that lie over one another: what is left of it is the one, what is right the other."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import colours

WIDTH_PX = 13
_GRIP_PX = 34
_STEP, _LARGE_STEP = 0.01, 0.1


class SplitHandle(QWidget):
    """Can be dragged, and moved with the arrow keys (with Shift in large steps), Home and End.

    Attributes:
        place: where it stands, 0–1 of the width.

    Signals:
        moved: to another place.
    """

    moved = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.place = 0.5
        self._room = QRect()
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Line between the two pictures")
        self.setToolTip("Drag, or move with the arrow keys")

    def set_room(self, room: QRect) -> None:
        """Where it may stand, in its parent."""
        self._room = room
        self._put()

    def move_to(self, place: float) -> None:
        """Stand somewhere else."""
        place = min(1.0, max(0.0, place))
        if place != self.place:
            self.place = place
            self._put()
            self.setAccessibleDescription(f"{place * 100:.0f} %")
            self.moved.emit(place)

    @property
    def across(self) -> int:
        """Where the line is, in pixels from the left edge of the room."""
        return round(self.place * self._room.width())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys move it."""
        step = _LARGE_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        places = {
            Qt.Key.Key_Left: self.place - step,
            Qt.Key.Key_Right: self.place + step,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        if Qt.Key(event.key()) in places:
            self.move_to(places[Qt.Key(event.key())])
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if self._room.width() > 0:
            inside = self.mapToParent(event.position().toPoint()) - self._room.topLeft()
            self.move_to(inside.x() / self._room.width())
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it is gone."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the line and a grip."""
        painter, middle = QPainter(self), WIDTH_PX // 2
        for colour, width in ((QColor(0, 0, 0, 190), 3), (QColor(255, 255, 255), 1)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPoint(middle, 0), QPoint(middle, self.height()))
        chosen = colours(self.palette())
        grip = QRect(1, (self.height() - _GRIP_PX) // 2, WIDTH_PX - 2, _GRIP_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(chosen.focus if self.hasFocus() else chosen.outline), 2))
        painter.setBrush(QColor(chosen.raised))
        painter.drawRoundedRect(grip, 4, 4)

    def _put(self) -> None:
        left = self._room.left() + self.across - WIDTH_PX // 2
        self.setGeometry(left, self._room.top(), WIDTH_PX, self._room.height())
