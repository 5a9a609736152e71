"""The training curves of a detector; the plot is only made when somebody looks, because its library takes a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.widgets.card_fields import Card
from app.widgets.curve_words import NO_CURVES, Curve, curves_of, sentence
from app.widgets.verdict_header import plain_label

if TYPE_CHECKING:
    from app.widgets.curve_plot import CurvePlot

_WAITING = "Preparing the plot …"


class CurvesView(QWidget):
    """Shows curves as a plot and as sentences.

    Signals:
        plot_wanted: curves are to be seen; `add_plot` is to be called once `app.widgets.curve_plot` is imported.
    """

    plot_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[Curve, ...] = ()
        self._asked = False
        self.plot: CurvePlot | None = None
        self.words, self.state = plain_label("Training curves in words"), plain_label("State of the plot")
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self.state)
        self._layout.addWidget(self.words)
        self._layout.addStretch(1)
        self.state.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.set_card({})

    def set_card(self, card: Card) -> None:
        """Show the curves of a card, or that it has none."""
        self._curves = curves_of(card)
        self.words.setText("\n".join(map(sentence, self._curves)))
        self._show()

    def add_plot(self) -> None:
        """Make the plot; its module was imported in the meantime."""
        from app.widgets.curve_plot import CurvePlot

        self.plot = CurvePlot()
        self.plot.setAccessibleName("Training curves")
        self._layout.takeAt(self._layout.count() - 1)
        self._layout.insertWidget(1, self.plot, 1)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """The first look asks for the plot."""
        super().showEvent(event)
        self._ask()

    def _show(self) -> None:
        self.words.setVisible(bool(self._curves))
        self.state.setText(_WAITING if self._curves else NO_CURVES)
        self.state.setVisible(not self._curves or self.plot is None)
        if self.plot is not None:
            self.plot.setVisible(bool(self._curves))
            self.plot.set_curves(self._curves)
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        if self._curves and not self._asked:
            self._asked = True
            self.plot_wanted.emit()
