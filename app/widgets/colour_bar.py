"""The legend of a map: its colours on a scale that is written beside them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.colour_map import COLOUR_MAPS, ColourMap

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_RAW_TICKS = (0.0, 0.5, 1.0)  # raw values have more digits
_BAR_PX = 12


class ColourBar(QWidget):
    """Draws one colour map from 0 to the top of its scale; the scale is never adapted without being told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = COLOUR_MAPS[0]
        self._top: float | None = None
        self._unit = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_top(None)

    def set_colours(self, colours: ColourMap) -> None:
        """Show another table."""
        self._colours = colours
        self.setAccessibleDescription(colours.note)
        self.update()

    def set_top(self, top: float | None, unit: str = "") -> None:
        """What the last colour stands for: a raw value, or None for 1, the strongest place of each map."""
        self._top, self._unit = top, unit
        self.setAccessibleName(f"Colour scale, from 0 to {self.captions[-1]}")
        self.update()

    @property
    def captions(self) -> tuple[str, ...]:
        """The numbers under the bar, left to right."""
        if self._top is None:
            return tuple(f"{tick:g}" for tick in TICKS)
        first, *rest = (f"{tick * self._top:.3g}" for tick in _RAW_TICKS)
        return (first, *rest[:-1], f"{rest[-1]}{self._unit}")

    def sizeHint(self) -> QSize:
        """A bar with its numbers under it."""
        return QSize(190, _BAR_PX + self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the bar, its frame and the numbers."""
        painter = QPainter(self)
        captions = self.captions
        margin = max(self.fontMetrics().horizontalAdvance(text) for text in (captions[0], captions[-1], "0.25")) / 2
        bar = QRectF(margin, 1, self.width() - 2 * margin, _BAR_PX)
        row = np.ascontiguousarray(self._colours.table)  # must outlive the view on it
        painter.drawImage(bar, QImage(row.data, len(row), 1, 3 * len(row), QImage.Format.Format_RGB888))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        painter.drawRect(bar)
        for place, text in enumerate(captions):
            x = bar.left() + place / (len(captions) - 1) * bar.width()
            painter.drawLine(QPointF(x, bar.bottom()), QPointF(x, bar.bottom() + 3))
            room = QRectF(x - 50, bar.bottom() + 3, 100, self.fontMetrics().height())
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
