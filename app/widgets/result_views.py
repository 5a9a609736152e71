"""The parts of a retraining's result: figures, confusion matrices, robustness and maps, parent and new side by side."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from superqt import QFlowLayout

from app.widgets.card_fields import Card, part, rows, text
from app.widgets.confusion_grid import ConfusionGrid, read_confusion
from app.widgets.embedding_words import NOTES
from app.widgets.heading import heading
from app.widgets.label_scatter import LabelScatter, read_spots
from app.widgets.measurement_words import Titles
from app.widgets.paired_rates import PairedRates
from app.widgets.plain_text import PlainLabel
from app.widgets.result_words import (
    class_rates,
    confusions,
    figure_blocks,
    headline_rates,
    robustness_rates,
    robustness_sentence,
)
from app.widgets.text_sheet import TextSheet

Names = tuple[str, str]
_WIDEST_PX, _WIDEST_RATES_PX = 860, 1120
_SAME = "Both detectors see with the same network, so one and the same map serves for both; only what they say differs."
_NO_MAP = "There is no map: too few test images are at hand."


class FiguresView(QScrollArea):
    """Shares right by class, the headline figures, and what cannot be known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.headline, self.classes = PairedRates("Headline figures"), PairedRates("Right by class")
        self.others = TextSheet(widest_px=_WIDEST_PX, whole=True)
        self.others.setAccessibleName("Other figures")
        _fill(self, self.headline, heading("Best guess right, by class", scale=1.1), self.classes, self.others)
        for rates in (self.headline, self.classes):
            rates.setMaximumWidth(_WIDEST_RATES_PX)

    def set_result(self, result: Card, titles: Titles, names: Names) -> None:
        """Show a result."""
        self.headline.set_rates(headline_rates(result), *names)
        self.classes.set_rates(class_rates(result, titles), *names)
        self.headline.align_with(self.classes)
        self.others.set_blocks(tuple(figure_blocks(result, *names)))


class ConfusionPair(QScrollArea):
    """Which images were called what, by both."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grids, both = (ConfusionGrid(), ConfusionGrid()), QWidget()
        side = QFlowLayout(both)
        side.setContentsMargins(0, 0, 0, 0)
        side.setHorizontalSpacing(32)
        for grid in self.grids:
            side.addWidget(grid)
        _fill(self, both)

    def set_result(self, result: Card, titles: Titles, names: Names) -> None:
        """Show a result; a parent that there is not has no grid."""
        for grid, figures, name in zip(self.grids, confusions(result), names, strict=True):
            grid.set_confusion(read_confusion(figures), titles, caption=name)
        self.grids[0].setVisible(bool(confusions(result)[0]))


class RobustnessPair(QScrollArea):
    """How both take other processing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words, self.rates = PlainLabel("What was tried"), PairedRates("Right after each processing")
        self.rates.setMaximumWidth(_WIDEST_RATES_PX)
        _fill(self, self.words, self.rates)

    def set_result(self, result: Card, names: Names) -> None:
        """Show a result."""
        rates = robustness_rates(result)
        self.words.setText(robustness_sentence(result))
        self.rates.set_rates(rates, *names)
        self.rates.setVisible(bool(rates))


class MapPair(QWidget):
    """Where the test images lie for the parent and for the new detector."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = PlainLabel("How to read the maps")
        self.maps = (LabelScatter("Map of the parent"), LabelScatter("Map of the new detector"))
        self.captions = tuple(heading("") for _ in self.maps)
        self._sides = tuple(QWidget() for _ in self.maps)
        layout, both = QVBoxLayout(self), QHBoxLayout()
        layout.setContentsMargins(0, 10, 0, 0)
        both.setSpacing(16)
        for inside, caption, shown in zip(self._sides, self.captions, self.maps, strict=True):
            column = QVBoxLayout(inside)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(caption)
            column.addWidget(shown, 1)
            both.addWidget(inside, 1)
        layout.addWidget(self.words)
        layout.addLayout(both, 1)
        layout.addStretch(0)

    def set_result(self, result: Card, titles: Titles, names: Names) -> None:
        """Show a result."""
        told = part(result, "map")
        labels = tuple(dict.fromkeys(text(row, "name") for row in rows(result, "classes")))
        known = [read_spots(rows(told, key)) for key in ("before", "after")]
        labels += tuple(sorted({spot.label for spots in known for spot in spots} - set(labels)))
        for side, caption, shown, spots, name in zip(self._sides, self.captions, self.maps, known, names, strict=True):
            caption.setText(name)
            shown.set_spots(spots, labels, titles)
            side.setVisible(bool(spots))
        remark = text(told, "words") or (_SAME if told.get("same_encoder") else "")
        self.words.setText(f"{NOTES['t-SNE']} {remark}".strip() if any(known) else _NO_MAP)


def _fill(area: QScrollArea, *parts: QWidget) -> None:
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 10, 12, 8)
    column.setSpacing(14)
    for one in parts:
        column.addWidget(one)
    column.addStretch(1)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    area.setWidget(inside)
