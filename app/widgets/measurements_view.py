"""What was measured of a detector, one set of test images at a time; it says what is wished and measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.widgets.card_fields import Card, part
from app.widgets.confusion_grid import ConfusionGrid, read_confusion
from app.widgets.measurement_words import Titles, detail_blocks, headline_rates, set_title, warnings
from app.widgets.plain_text import tooltip
from app.widgets.rate_bars import RateBars
from app.widgets.text_sheet import TextSheet
from app.widgets.verdict_header import plain_label
from app.wording import visible

_EMPTY = (
    "Nothing was measured with this detector, or its card does not say so. Until it is measured, treat what it says as "
    "a hint.\n\nWith “Measure…” you choose a folder of images whose origin you know: one folder for each class, "
    "and in it one for each source."
)
ALLOW_TRAINED = "&Also on sources it was trained on"
ALLOW_MEANING = (
    "Figures on sources that the detector has seen in training flatter it. Without this, such images are refused; "
    "with it, the figures say so in their first line."
)
_WIDEST_PX = 860


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """Figures of one set of test images.

    Attributes:
        figures: as on a card.
        skipped: a sentence for every file that could not be used.
        problem: why the figures cannot be written onto the card; empty when they can.
        recorded: whether they are on the card.
    """

    figures: Card
    skipped: tuple[str, ...] = ()
    problem: str = ""
    recorded: bool = True


class MeasurementsView(QWidget):
    """Lets one choose a measured set and shows it.

    Signals:
        measure_wished: measure on other images; whether on sources it was trained on as well.
        record_wished: write the shown set onto the card, with its place in the list and the name it is to have.
    """

    measure_wished = Signal(bool)
    record_wished = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sets: tuple[MeasuredSet, ...] = ()
        self._titles: Titles = {}
        self.choice, self.measure = QComboBox(), QPushButton("Measure…")
        self.allow = QCheckBox(ALLOW_TRAINED)
        self.state = plain_label("State of measuring")
        self.note, self.name, self.record = plain_label("Remark"), QLineEdit(), QPushButton("Write onto the card")
        self.rates, self.grid = RateBars(), ConfusionGrid()
        self.warning, self.details = TextSheet(whole=True), TextSheet(widest_px=_WIDEST_PX, whole=True)
        self.nothing = plain_label("Nothing measured")
        self._scroll, self._unrecorded = QScrollArea(), QFrame()
        self._arrange()
        self._connect()
        self.set_sets((), {})

    def set_sets(self, sets: Sequence[MeasuredSet], titles: Titles, *, shown: int = 0) -> None:
        """Show the sets of another detector, this one of them first."""
        self._sets, self._titles = tuple(sets), titles
        with QSignalBlocker(self.choice):
            self.choice.clear()
            for one in self._sets:
                title = visible(set_title(one.figures), longest=120)
                self.choice.addItem(title if one.recorded else f"{title} – not on the card")
            self.choice.setCurrentIndex(shown if shown < len(self._sets) else 0)
        self.choice.setEnabled(bool(self._sets))
        self._show()

    def set_busy(self, words: str) -> None:
        """Say what is being measured; nothing else can be asked for meanwhile. Empty: nothing is."""
        self.state.setText(words)
        self.state.setVisible(bool(words))
        self.measure.setEnabled(not words)

    def _show(self) -> None:
        chosen = self.choice.currentIndex()
        filled = 0 <= chosen < len(self._sets)
        self.nothing.setVisible(not filled)
        self._scroll.setVisible(filled)
        self._unrecorded.setVisible(filled and not self._sets[chosen].recorded)
        if filled:
            self._fill(self._sets[chosen])

    def _fill(self, one: MeasuredSet) -> None:
        found = warnings(one.figures)
        self.warning.setVisible(bool(found))
        self.warning.set_blocks(found)
        self.rates.set_rates(headline_rates(one.figures))
        self.grid.set_confusion(read_confusion(part(one.figures, "confusion")), self._titles)
        self.details.set_blocks(tuple(detail_blocks(one.figures, self._titles, one.skipped)))
        self.note.setText(one.problem or "These figures are not on the card yet. Name of the set:")
        self.name.setVisible(not one.problem)
        self.record.setVisible(not one.problem)
        self.name.setText(str(one.figures.get("set", "")))
        self._scroll.verticalScrollBar().setValue(0)

    def _arrange(self) -> None:
        top, bar, inside = QHBoxLayout(), QHBoxLayout(self._unrecorded), QWidget()
        caption = QLabel("Test &set")
        caption.setBuddy(self.choice)
        top.addWidget(caption)
        top.addWidget(self.choice, 1)
        top.addWidget(self.allow)
        top.addWidget(self.measure)
        bar.addWidget(self.note, 3)
        bar.addWidget(self.name, 2)
        bar.addWidget(self.record)
        bar.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 8, 12, 8)
        column.setSpacing(14)
        for block in (self.warning, self.rates, self.grid, self.details):
            column.addWidget(block)
        column.addStretch(1)
        self.rates.setMaximumWidth(_WIDEST_PX)
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        outer = QVBoxLayout(self)
        outer.addLayout(top)
        outer.addWidget(self.state)
        outer.addWidget(self._unrecorded)
        outer.addWidget(self.nothing, 1)
        outer.addWidget(self._scroll, 1)

    def _connect(self) -> None:
        self.choice.setAccessibleName("Test set")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.measure.setToolTip("Try this detector on images whose origin you know")
        self.nothing.setText(_EMPTY)
        self.name.setAccessibleName("Name of the test set on the card")
        self.record.setToolTip("The card is a part of the file: writing changes the file and so its SHA-256")
        self.state.hide()
        self.choice.currentIndexChanged.connect(lambda _: self._show())
        self.allow.setToolTip(tooltip(ALLOW_MEANING))
        self.measure.clicked.connect(lambda: self.measure_wished.emit(self.allow.isChecked()))
        self.name.textChanged.connect(lambda words: self.record.setEnabled(bool(words.strip())))
        self.record.clicked.connect(self._wish_record)

    def _wish_record(self) -> None:
        self.record_wished.emit(self.choice.currentIndex(), self.name.text().strip())
