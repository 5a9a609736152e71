"""The neighbours of the exhibit that is examined, as a strip of thumbnails."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.theme import Colours, colours, icon_pixmap
from app.widgets.thumbnail_grid import ExhibitRows
from app.widgets.tile_delegate import line_icon
from core.domain import ExhibitLine

_SIDE_PX, _GAP_PX, _EDGE_PX = 68, 4, 6
_STEP_PX = _SIDE_PX + 2 * _GAP_PX
_NOTCH = 120


class Filmstrip(QWidget):
    """Paints the rows around one exhibit; only those are asked for.

    Args:
        table: rows with the named roles ``line`` and ``thumbnail``.
        rows: the same table seen as exhibits.

    Signals:
        chosen: an exhibit was clicked, or the wheel was turned.
    """

    chosen = Signal(int)

    def __init__(self, table: QAbstractItemModel, rows: ExhibitRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        roles = {name.data(): role for role, name in table.roleNames().items()}
        self._line_role, self._thumbnail_role = roles[b"line"], roles[b"thumbnail"]
        self._table, self._rows, self._exhibit = table, rows, -1
        self.setFixedHeight(_SIDE_PX + 2 * _EDGE_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Neighbours"))
        for changed in (table.dataChanged, table.modelReset, table.rowsInserted):
            changed.connect(self._repaint)

    def show_exhibit(self, exhibit_id: int) -> None:
        """Put an exhibit into the middle."""
        self._exhibit = exhibit_id
        self._repaint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter, chosen = QPainter(self), colours(self.palette())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), QColor(chosen.base))
        for row in range(self._row_at(0), self._row_at(self.width()) + 1):
            if 0 <= row < len(self._rows.ids):
                self._paint(painter, row, chosen)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is clicked."""
        self._choose(self._row_at(event.position().toPoint().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go from neighbour to neighbour."""
        if abs(event.angleDelta().y()) >= _NOTCH:
            self._choose(self._current() + (1 if event.angleDelta().y() < 0 else -1))
        event.accept()

    def _repaint(self) -> None:
        row, count = self._rows.row_of(self._exhibit), len(self._rows.ids)
        self.setAccessibleDescription(self.tr("{} of {}").format(row + 1, count) if row >= 0 else "")
        self.update()

    def _current(self) -> int:
        return max(0, self._rows.row_of(self._exhibit))

    def _row_at(self, x: int) -> int:
        return self._current() + (x - self.width() // 2 + _STEP_PX // 2) // _STEP_PX

    def _place(self, row: int) -> QRect:
        middle = self.width() // 2 + (row - self._current()) * _STEP_PX
        return QRect(middle - _SIDE_PX // 2, _EDGE_PX, _SIDE_PX, _SIDE_PX)

    def _choose(self, row: int) -> None:
        ids = self._rows.ids
        if 0 <= row < len(ids) and ids[row] != self._exhibit:
            self.chosen.emit(ids[row])

    def _paint(self, painter: QPainter, row: int, chosen: Colours) -> None:
        index, place = self._table.index(row, 0), self._place(row)
        line, image = index.data(self._line_role), index.data(self._thumbnail_role)
        if isinstance(image, QImage) and not image.isNull():
            spot = QRect(place.topLeft(), image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio))
            spot.moveCenter(place.center())
            painter.drawImage(spot, image)
        if self._rows.ids[row] == self._exhibit:
            painter.setPen(QPen(QColor(chosen.accent), 3))
            painter.drawRoundedRect(QRectF(place).adjusted(-2, -2, 2, 2), 4, 4)
        if isinstance(line, ExhibitLine):
            _paint_verdict(painter, place, line, chosen)


def _paint_verdict(painter: QPainter, place: QRect, line: ExhibitLine, chosen: Colours) -> None:
    writing, ground = chosen.verdicts[line.verdict]
    spot = QRectF(place.left() + 2, place.bottom() - 18, 16, 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawEllipse(spot)
    ratio = painter.device().devicePixelRatio()
    painter.drawPixmap(spot.adjusted(3, 3, -3, -3).topLeft(), icon_pixmap(line_icon(line), writing, 10, ratio))
    painter.setBrush(Qt.BrushStyle.NoBrush)
