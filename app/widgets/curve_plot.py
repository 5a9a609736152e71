"""Curves over training steps; the only module that needs pyqtgraph, so it is imported when a curve is first shown."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.theme import Colours, colours
from app.widgets.curve_words import PLOTS, Curve, sentence
from core.domain import Verdict

# Lines differ by dash as well as by colour.
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
_MOST_MARKS = 60  # points further apart than that are marked
_LEAST_HEIGHT_PX = 170
_AXIS_PX = 46  # alike in both plots, so that a step stands at the same place
_LEGEND_AT = {"loss": (-12, 8), "held-out": (-12, -8)}  # where these curves seldom run


class CurvePlot(QWidget):
    """One plot for the losses and one for what was held out, over the same steps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots = {key: pyqtgraph.PlotWidget() for key, _ in PLOTS}
        self._curves: tuple[Curve, ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for key, title in PLOTS:
            self._prepare(key, title)
            layout.addWidget(self.plots[key], 1)
        self.plots["held-out"].setXLink(self.plots["loss"])

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Show other curves; a plot without any is hidden."""
        self._curves = tuple(curves)
        self.setAccessibleDescription(" ".join(map(sentence, self._curves)))
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Follow light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_curves"):
            self._draw()

    def _prepare(self, key: str, title: str) -> None:
        plot = self.plots[key]
        plot.setMinimumHeight(_LEAST_HEIGHT_PX)
        # The library wishes for more than there is; where the plots scroll, they are to fill the room and no more.
        plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setAccessibleName(title)
        plot.setToolTip("Turn the wheel to enlarge, drag to move, double-click to see everything again")
        plot.addLegend(offset=_LEGEND_AT[key])
        plot.getAxis("left").setWidth(_AXIS_PX)
        plot.scene().sigMouseClicked.connect(lambda click: plot.autoRange() if click.double() else None)
        plot.getPlotItem().showGrid(x=True, y=True, alpha=0.18)

    def _draw(self) -> None:
        chosen = colours(self.palette())
        for key, title in PLOTS:
            plot, own = self.plots[key], [curve for curve in self._curves if curve.plot == key]
            plot.setVisible(bool(own))
            _paint_frame(plot, title, chosen)
            plot.getPlotItem().clear()
            for place, curve in enumerate(own):
                _paint_curve(plot, curve, place, chosen)
            if key == "held-out":
                plot.setYRange(0.0, 1.0)
            plot.enableAutoRange(x=True, y=key == "loss")


def line_colours(chosen: Colours) -> tuple[str, ...]:
    """Colours of the lines of one plot, in order."""
    return chosen.accent, chosen.verdicts[Verdict.INCONCLUSIVE][0], chosen.verdicts[Verdict.UNKNOWN][0]


def _paint_frame(plot: pyqtgraph.PlotWidget, title: str, chosen: Colours) -> None:
    plot.setBackground(QColor(chosen.base))
    plot.setTitle(title, color=chosen.text, size="10pt")
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(chosen.outline)
        axis.setTextPen(chosen.text)
        axis.enableAutoSIPrefix(enable=False)
    plot.setLabel("bottom", "Training step", color=chosen.text)
    plot.getPlotItem().legend.setLabelTextColor(chosen.text)


def _paint_curve(plot: pyqtgraph.PlotWidget, curve: Curve, place: int, chosen: Colours) -> None:
    palette = line_colours(chosen)
    colour = palette[place % len(palette)]
    steps, values = zip(*curve.points, strict=True)
    few = len(curve.points) <= _MOST_MARKS
    plot.plot(
        list(steps),
        list(values),
        name=curve.caption,
        pen=pyqtgraph.mkPen(colour, width=2, style=_DASHES[place % len(_DASHES)]),
        symbol="o" if few else None,
        symbolSize=5,
        symbolBrush=colour,
        symbolPen=colour,
    )
