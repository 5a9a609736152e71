"""The legend of a heat map: its colours on a fixed scale from 0 to 1."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.colour_map import COLOUR_MAPS, ColourMap

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_BAR_PX = 12


class ColourBar(QWidget):
    """Draws one colour map from 0 to 1; the scale never adapts, so that two maps can be compared."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = COLOUR_MAPS[0]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colour scale of the heat map, from 0 to 1")

    def set_colours(self, colours: ColourMap) -> None:
        """Show another table."""
        self._colours = colours
        self.setAccessibleDescription(colours.note)
        self.update()

    def sizeHint(self) -> QSize:
        """A bar with its numbers under it."""
        return QSize(190, _BAR_PX + self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the bar, its frame and the numbers."""
        painter = QPainter(self)
        margin = self.fontMetrics().horizontalAdvance("0.25") / 2
        bar = QRectF(margin, 1, self.width() - 2 * margin, _BAR_PX)
        row = np.ascontiguousarray(self._colours.table)  # must outlive the view on it
        painter.drawImage(bar, QImage(row.data, len(row), 1, 3 * len(row), QImage.Format.Format_RGB888))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        painter.drawRect(bar)
        for tick in TICKS:
            x = bar.left() + tick * bar.width()
            painter.drawLine(QPointF(x, bar.bottom()), QPointF(x, bar.bottom() + 3))
            place = QRectF(x - 30, bar.bottom() + 3, 60, self.fontMetrics().height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{tick:g}")
