"""The spectrum of the noise residual with axes, colour scale, marked peaks, and the peaks as a table."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.colour_map import COLOUR_MAPS, ColourMap
from app.widgets.text_sheet import Grid, TextSheet
from core.examine import SpectrumPicture

LOW_DB, HIGH_DB = 0.0, 30.0  # fixed, so that two spectra can be compared
_FREQUENCIES = (-0.5, -0.25, 0.0, 0.25, 0.5)
_LEVELS = (0, 10, 20, 30)
_BAR_PX, _GAP_PX, _TICK_PX, _RING_PX, _NUMBERED = 12, 6, 4, 7.0, 9
_MIDDLE = Qt.AlignmentFlag.AlignCenter
EXPLAINED = (
    "Peaks are periodic traces, as upsampling in a generator leaves them. JPEG compression, resizing and demosaicing "
    "in a camera leave peaks too (JPEG at multiples of 0.125). A spectrum proves nothing by itself."
)
NO_PEAKS = "No frequency stands out of its neighbourhood. That does not show that the image is a photograph."
NO_EXHIBIT = "No exhibit is chosen."
COMPUTING = "Computing the spectrum …"


class SpectrumPanel(QScrollArea):
    """Shows one spectrum."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = SpectrumPlot()
        self.status, self.explained = (QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText) for _ in range(2))
        self.table = TextSheet(whole=True)
        self.table.setAccessibleName("Strongest peaks")
        self.explained.setText(EXPLAINED)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        for part in (self.status, self.plot, self.table, self.explained):
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.set_spectrum(None)

    def set_spectrum(self, spectrum: SpectrumPicture | None) -> None:
        """Show a spectrum, or that no exhibit is chosen."""
        peaks = () if spectrum is None else spectrum.peaks
        self.plot.set_spectrum(spectrum)
        for part in (self.plot, self.explained):
            part.setVisible(spectrum is not None)
        self.table.set_blocks((Grid(("Peak", "across", "down", "period", "above"), _rows(peaks)),) if peaks else ())
        self.table.setVisible(bool(peaks))
        self.say(NO_EXHIBIT if spectrum is None else "" if peaks else NO_PEAKS)

    def set_colours(self, colours: ColourMap) -> None:
        """Use another colour map."""
        self.plot.set_colours(colours)

    def set_busy(self, text: str = COMPUTING) -> None:
        """A spectrum is being computed; the one of another image is taken away."""
        self.set_spectrum(None)
        self.say(text)

    def say(self, text: str) -> None:
        """Show a sentence above the spectrum, "" for none."""
        self.status.setText(text)
        self.status.setVisible(bool(text))


class SpectrumPlot(QWidget):
    """The picture with its axes in cycles per pixel and its colour scale in decibels over the median."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spectrum: SpectrumPicture | None = None
        self._colours = COLOUR_MAPS[0]
        self._image = QImage()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Spectrum of the noise residual")

    def set_spectrum(self, spectrum: SpectrumPicture | None) -> None:
        """Show another spectrum."""
        self._spectrum = spectrum
        strongest = "" if spectrum is None or not spectrum.peaks else _place_words(*spectrum.peaks[0][:2])
        self.setAccessibleDescription(f"Strongest peak at {strongest}." if strongest else "No peaks.")
        self._colour()

    def set_colours(self, colours: ColourMap) -> None:
        """Use another colour map."""
        self._colours = colours
        self._colour()

    def sizeHint(self) -> QSize:
        """A square picture with its numbers below."""
        return QSize(360, self._height(360))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as its width asks for; a layout would ask only once."""
        super().resizeEvent(event)
        self.setFixedHeight(self._height(self.width()))

    def frame(self) -> QRect:
        """Where the picture stands."""
        return QRect(self._left(), self.fontMetrics().height() // 2, *(self._side(self.width()),) * 2)

    def words_at(self, place: QPointF) -> str:
        """Frequency, period and level at a point of the widget, "" outside the picture."""
        frame = QRectF(self.frame())
        if self._spectrum is None or not frame.contains(place):
            return ""
        side = len(self._spectrum.values)
        column = min(side - 1, int((place.x() - frame.left()) / frame.width() * side))
        row = min(side - 1, int((place.y() - frame.top()) / frame.height() * side))
        words = _place_words((column - side // 2) / side, (row - side // 2) / side)
        return f"{words}: {self._spectrum.values[row, column]:+.1f} dB over the median"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the mouse."""
        self.setToolTip(self.words_at(event.position()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the picture, its axes, its scale and its peaks."""
        if self._spectrum is None:
            return
        painter = QPainter(self)
        frame = self.frame()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, frame.width() < self._image.width())
        painter.drawImage(frame, self._image)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawRect(frame)
        self._paint_axes(painter, frame)
        self._paint_scale(painter, frame)
        self._paint_peaks(painter, frame)

    def _left(self) -> int:
        return self.fontMetrics().horizontalAdvance("-0.25") + _TICK_PX + _GAP_PX

    def _right(self) -> int:
        return _GAP_PX * 2 + _BAR_PX + _TICK_PX + self.fontMetrics().horizontalAdvance("30 dB") + 4

    def _height(self, width: int) -> int:
        line = self.fontMetrics().height()
        return self._side(width) + line // 2 + 2 * line + _TICK_PX + _GAP_PX

    def _side(self, width: int) -> int:
        return max(60, min(512, width - self._left() - self._right()))

    def _colour(self) -> None:
        if self._spectrum is not None:
            shares = (self._spectrum.values - LOW_DB) / (HIGH_DB - LOW_DB)
            index = (np.nan_to_num(shares).clip(0, 1) * (len(self._colours.table) - 1)).round().astype(np.uint8)
            pixels = np.ascontiguousarray(self._colours.table[index])  # must outlive the view on it
            side = len(pixels)
            self._image = QImage(pixels.data, side, side, 3 * side, QImage.Format.Format_RGB888).copy()
        self.update()

    def _paint_axes(self, painter: QPainter, frame: QRect) -> None:
        line = self.fontMetrics().height()
        for frequency in _FREQUENCIES:
            across = round(frame.left() + (frequency + 0.5) * frame.width())
            down = round(frame.top() + (frequency + 0.5) * frame.height())
            painter.drawLine(across, frame.bottom() + 1, across, frame.bottom() + _TICK_PX)
            painter.drawLine(frame.left() - _TICK_PX, down, frame.left() - 1, down)
            words = f"{frequency:g}"
            painter.drawText(QRect(across - 40, frame.bottom() + _TICK_PX, 80, line), _MIDDLE, words)
            beside = QRect(0, down - line // 2, frame.left() - _TICK_PX - 2, line)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        below = QRect(frame.left() - 40, frame.bottom() + _TICK_PX + line, frame.width() + 80, line)
        painter.drawText(below, _MIDDLE, "cycles per pixel")

    def _paint_scale(self, painter: QPainter, frame: QRect) -> None:
        bar = QRect(frame.right() + 2 * _GAP_PX, frame.top(), _BAR_PX, frame.height())
        column = np.ascontiguousarray(self._colours.table[::-1])  # must outlive the view on it
        painter.drawImage(bar, QImage(column.data, 1, len(column), 3, QImage.Format.Format_RGB888))
        painter.drawRect(bar)
        line = self.fontMetrics().height()
        for level in _LEVELS:
            down = round(bar.bottom() - (level - LOW_DB) / (HIGH_DB - LOW_DB) * bar.height())
            painter.drawLine(bar.right() + 1, down, bar.right() + _TICK_PX, down)
            place = QRect(bar.right() + _TICK_PX + 2, down - line // 2, 60, line)
            words = f"{level} dB" if level == _LEVELS[-1] else f"{level}"
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_peaks(self, painter: QPainter, frame: QRect) -> None:
        assert self._spectrum is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(frame)
        half_bin = 0.5 / len(self._spectrum.values)
        for number, (x, y, _) in enumerate(self._spectrum.peaks, start=1):
            for sign in (1, -1):
                across, down = ((sign * part + 0.5) % 1.0 + half_bin for part in (x, y))  # 0.5 is drawn at -0.5
                place = QPointF(frame.left() + across * frame.width(), frame.top() + down * frame.height())
                for colour, width in ((QColor(0, 0, 0, 190), 3.0), (QColor(255, 255, 255), 1.5)):
                    painter.setPen(QPen(colour, width))
                    painter.drawEllipse(place, _RING_PX, _RING_PX)
                if sign == 1 and number <= _NUMBERED:
                    _outlined(painter, place, f"{number}", frame)


def _outlined(painter: QPainter, ring: QPointF, text: str, frame: QRect) -> None:
    """Write a number beside a ring, inside the frame, readable on every colour."""
    beside = _RING_PX + 3
    left = ring.x() + beside if ring.x() < frame.right() - 24 else ring.x() - beside - 10
    place = QPointF(left, ring.y() + 4)
    painter.setPen(QColor(0, 0, 0))
    for across in (-1, 0, 1):
        for down in (-1, 0, 1):
            painter.drawText(place + QPointF(across, down), text)
    painter.setPen(QColor(255, 255, 255))
    painter.drawText(place, text)


def _rows(peaks: tuple[tuple[float, float, float], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (f"{number}", f"{x:.3f}", f"{y:.3f}", _period(x, y), f"{above:.1f} dB")
        for number, (x, y, above) in enumerate(peaks, start=1)
    )


def _period(x: float, y: float) -> str:
    frequency = float(np.hypot(x, y))
    return f"{1 / frequency:.2f} px" if frequency else "–"


def _place_words(x: float, y: float) -> str:
    return f"{x:+.3f} across, {y:+.3f} down (cycles per pixel, period {_period(x, y)})"
