"""Two detectors on the same images: what to compare, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from app.widgets.card_fields import Card, part
from app.widgets.comparison_words import differing, names_of, opening_blocks, source_blocks
from app.widgets.confusion_grid import ConfusionGrid, read_confusion
from app.widgets.heading import heading
from app.widgets.measurement_words import Titles
from app.widgets.measurements_view import ALLOW_MEANING, ALLOW_TRAINED
from app.widgets.plain_text import tooltip
from app.widgets.text_sheet import TextSheet
from app.widgets.verdict_header import plain_label
from app.wording import counted, visible

_EMPTY = (
    "Choose another detector and a folder of images whose origin you know: one folder for each class, and in it one "
    "for each source. Both detectors look at the same images."
)
_ALONE = "There is no other detector to compare this one with. Install one on the left."
_WIDEST_PX = 860
_LIST_PX = 260


class ComparisonView(QWidget):
    """Lets one choose the other detector, and shows the comparison.

    Args:
        images: the list of images about which the two differ; filled by the page.
        parent: the page.

    Signals:
        compare_wished: compare with the detector of this key; whether on sources they were trained on as well.
    """

    compare_wished = Signal(str, bool)

    def __init__(self, images: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.other, self.compare = QComboBox(), QPushButton("Compare…")
        self.allow = QCheckBox(ALLOW_TRAINED)
        self.state, self.nothing = plain_label("State of comparing"), plain_label("Nothing compared")
        self.opening = TextSheet(widest_px=_WIDEST_PX, whole=True)
        self.sources = TextSheet(widest_px=_WIDEST_PX, whole=True)
        self.grids = (ConfusionGrid(), ConfusionGrid())
        self._grids_title = heading("What each image was called", scale=1.1)
        self._images, self._images_title = images, heading("", scale=1.1)
        self._scroll, self._busy = QScrollArea(), False
        self._arrange()
        self.set_others(())
        self.set_comparison({}, {})

    def set_others(self, others: Sequence[tuple[str, str]]) -> None:
        """Offer (key, title) pairs to compare with; the one chosen before stays chosen."""
        before = self.other.currentData()
        self.other.clear()
        for key, title in others:
            self.other.addItem(visible(title, longest=80), key)
        self.other.setCurrentIndex(max(0, self.other.findData(before)))
        self._offer()

    def set_busy(self, words: str) -> None:
        """Say what is being compared; empty: nothing is."""
        self.state.setText(words)
        self.state.setVisible(bool(words))
        self._busy = bool(words)
        self._offer()

    def set_comparison(self, comparison: Card, titles: Titles) -> None:
        """Show a comparison, or with an empty one how to make it."""
        self.nothing.setVisible(not comparison)
        self._scroll.setVisible(bool(comparison))
        if not comparison:
            return
        self.opening.set_blocks(tuple(opening_blocks(comparison)))
        self.sources.set_blocks(tuple(source_blocks(comparison, titles)))
        for grid, key, name in zip(self.grids, ("a", "b"), names_of(comparison), strict=True):
            figures = part(part(comparison, key), "confusion")
            grid.set_confusion(read_confusion(figures), titles, caption=visible(name, longest=80))
        count = len(differing(comparison))
        self._images_title.setText(
            f"{counted(count, 'image', 'images')} about which they differ" if count else "They differ about no image"
        )
        self._images.setVisible(bool(count))
        self._scroll.verticalScrollBar().setValue(0)

    def _offer(self) -> None:
        possible = self.other.count() > 0
        self.other.setEnabled(possible and not self._busy)
        self.compare.setEnabled(possible and not self._busy)
        self.nothing.setText(_EMPTY if possible else _ALONE)

    def _arrange(self) -> None:
        outer = QVBoxLayout(self)
        outer.addLayout(self._top())
        outer.addWidget(self.state)
        outer.addWidget(self.nothing, 1)
        outer.addWidget(self._scroll, 1)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.state.hide()
        inside, both = QWidget(), QWidget()
        side = QFlowLayout(both)
        side.setContentsMargins(0, 0, 0, 0)
        side.setHorizontalSpacing(24)
        for grid in self.grids:
            side.addWidget(grid)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 8, 12, 8)
        column.setSpacing(12)
        for block in (self.opening, self._grids_title, both, self.sources, self._images_title, self._images):
            column.addWidget(block)
        column.addStretch(1)
        self._images.setMinimumHeight(_LIST_PX)
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)

    def _top(self) -> QHBoxLayout:
        top, caption = QHBoxLayout(), QLabel("Compare &with")
        caption.setBuddy(self.other)
        self.other.setAccessibleName("Detector to compare with")
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.compare.setToolTip("Let both detectors look at the same images whose origin you know")
        self.allow.setToolTip(tooltip(ALLOW_MEANING))
        self.compare.clicked.connect(self._wish)
        top.addWidget(caption)
        top.addWidget(self.other, 1)
        top.addWidget(self.allow)
        top.addWidget(self.compare)
        return top

    def _wish(self) -> None:
        self.compare_wished.emit(str(self.other.currentData()), self.allow.isChecked())
