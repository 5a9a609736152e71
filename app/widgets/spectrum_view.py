"""The log-spectrum of the noise residual as a picture of its own, with rings around its strongest peaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.widgets.colour_map import ColourMap
from app.widgets.image_canvas import ImageCanvas
from app.widgets.picture import Picture, build_picture
from core.domain import RgbImage
from core.examine import SpectrumPicture

TOP_DB = 24.0  # the last colour; decibels over the median mean the same in every image
_RING_PX = 9.0


@dataclass(frozen=True, slots=True)
class ShownSpectrum:
    """A spectrum ready for painting, in one set of colours."""

    spectrum: SpectrumPicture
    colours: ColourMap
    picture: Picture


def coloured_spectrum(spectrum: SpectrumPicture, colours: ColourMap) -> ShownSpectrum:
    """Colour decibels from 0 to `TOP_DB`; meant for a worker."""
    index = np.nan_to_num(spectrum.values / TOP_DB * 255.0).clip(0, 255).round().astype(np.uint8)
    pixels: NDArray[np.uint8] = colours.table[index]
    return ShownSpectrum(spectrum, colours, build_picture(RgbImage(pixels, 1.0)))


class PeakLayer(QGraphicsItem):
    """Rings around the peaks, of one size at every zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._places: tuple[QPointF, ...] = ()
        self._side = 0

    @property
    def places(self) -> tuple[QPointF, ...]:
        """Middles of the rings, in pixels of the spectrum."""
        return self._places

    def set_spectrum(self, spectrum: SpectrumPicture | None) -> None:
        """Mark the peaks of a spectrum, or nothing."""
        self.prepareGeometryChange()
        self._side = 0 if spectrum is None else len(spectrum.values)
        peaks = () if spectrum is None else spectrum.peaks
        both = [(sign * x, sign * y) for x, y, _ in peaks for sign in (1, -1)]  # only one half is listed
        places = dict.fromkeys((_middle(x, self._side), _middle(y, self._side)) for x, y in both)
        self._places = tuple(QPointF(*place) for place in places)

    def boundingRect(self) -> QRectF:
        """The whole spectrum."""
        return QRectF(0, 0, self._side, self._side)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Draw in screen pixels."""
        to_screen = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((QColor(0, 0, 0, 190), 3.0), (QColor(255, 255, 255), 1.5)):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for place in self._places:
                painter.drawEllipse(to_screen.map(place), _RING_PX, _RING_PX)
        painter.restore()


class SpectrumCanvas(ImageCanvas):
    """A canvas of frequencies; it shows no places of an image and is in step with other spectra only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._peaks = PeakLayer()
        self.add_layer(self._peaks)
        self._shown: ShownSpectrum | None = None
        self.setAccessibleName("Spectrum of the noise residual")

    def show_spectrum(self, shown: ShownSpectrum) -> None:
        """Show a spectrum, the same part of it as before."""
        self._shown = shown
        side = len(shown.spectrum.values)
        self._peaks.set_spectrum(shown.spectrum)
        self.show_picture(shown.picture, QSize(side, side), 1, stay=True)

    def words_at(self, place: QPointF) -> str:
        """What stands at a place of the canvas: the frequency, its period, and how strong it is."""
        if self._shown is None or self.empty:
            return ""
        values = self._shown.spectrum.values
        column, row = (min(len(values) - 1, max(0, int(part))) for part in (place.x(), place.y()))
        across, down = ((part - len(values) // 2) / len(values) for part in (column, row))
        level = f"{values[row, column]:+.1f} dB over the median"
        frequency = float(np.hypot(across, down))
        period = f"period {1 / frequency:.2f} pixels · " if frequency * len(values) > 1 else ""
        return f"Frequency {across:+.3f}, {down:+.3f} cycles per pixel · {period}{level}"


def _middle(frequency: float, side: int) -> float:
    """The middle of the pixel that stands for a frequency in cycles per pixel; +0.5 is the same as -0.5."""
    return ((frequency + 0.5) % 1) * side + 0.5
