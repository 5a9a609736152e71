"""The sixteen tiles as small buttons: solid frame where a tile agrees with the image, broken frame where not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QSizePolicy, QWidget

from app.theme import colours
from app.widgets.plain_text import tooltip
from app.wording import score_text, visible

_SIDE = 4
_GAP_PX = 4


class TileButton(QAbstractButton):
    """One tile: its score, and whether it names the same as the whole image."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.agrees = False
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_tile(self, score: float, words: str, *, agrees: bool) -> None:
        """Show another tile; `words` say everything about it."""
        self.agrees = agrees
        self.setText(score_text(score))
        self.setAccessibleName(visible(words))
        self.setToolTip(tooltip(words))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for a score."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance("0.00") + 22, metrics.height() + 14)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the frame by line style, not by colour alone."""
        chosen, painter = colours(self.palette()), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setBrush(QColor(chosen.chosen if self.isChecked() else chosen.raised))
        style = Qt.PenStyle.SolidLine if self.agrees else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(chosen.accent if self.agrees else chosen.outline), 1.6, style))
        painter.drawRoundedRect(inner, 3, 3)
        if self.hasFocus() or self.underMouse():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(chosen.focus), 1))
            painter.drawRoundedRect(inner.adjusted(2, 2, -2, -2), 2, 2)
        painter.setPen(QColor(chosen.text if self.agrees else chosen.muted))
        painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, self.text())


class TileButtons(QWidget):
    """Sixteen tiles in four rows.

    Signals:
        picked: the number of the tile that was chosen, row by row from 0.
    """

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = tuple(TileButton() for _ in range(_SIDE * _SIDE))
        self._group = QButtonGroup(self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP_PX)
        for number, button in enumerate(self.buttons):
            self._group.addButton(button, number)
            layout.addWidget(button, number // _SIDE, number % _SIDE)
        self._group.idClicked.connect(self.picked)
        self.setAccessibleName("Tiles of the consistency grid")

    def set_tiles(self, tiles: Sequence[tuple[float, str, bool]]) -> None:
        """Show (score, words, agrees) of each tile; nothing is chosen afterwards."""
        self.choose(None)
        for button, (score, words, agrees) in zip(self.buttons, tiles, strict=False):
            button.set_tile(score, words, agrees=agrees)

    def choose(self, number: int | None) -> None:
        """Mark a tile as chosen, or none."""
        self._group.setExclusive(False)
        for place, button in enumerate(self.buttons):
            button.setChecked(place == number)
        self._group.setExclusive(True)
