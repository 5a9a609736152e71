"""A range of scores, by two handles or by two numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from superqt import QDoubleRangeSlider


class ScoreRange(QWidget):
    """Lowest and highest score, 0–1; the numbers serve those who use the keyboard.

    Signals:
        range_changed: lowest and highest score wanted.
    """

    range_changed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = QDoubleRangeSlider(Qt.Orientation.Horizontal)  # type: ignore[no-untyped-call]
        self._low, self._high = QDoubleSpinBox(), QDoubleSpinBox()
        self._build()
        self.set_range(0.0, 1.0)
        self._slider.valueChanged.connect(lambda pair: self._follow(*pair))
        self._low.valueChanged.connect(lambda low: self._follow(low, max(low, self._high.value())))
        self._high.valueChanged.connect(lambda high: self._follow(min(high, self._low.value()), high))

    def score_range(self) -> tuple[float, float]:
        """Lowest and highest score wanted."""
        return round(self._low.value(), 2), round(self._high.value(), 2)

    def set_range(self, low: float, high: float) -> None:
        """Show a range without announcing it."""
        for part in (self._slider, self._low, self._high):
            part.blockSignals(True)
        self._slider.setValue((low, high))
        self._low.setValue(low)
        self._high.setValue(high)
        for part in (self._slider, self._low, self._high):
            part.blockSignals(False)

    def _follow(self, low: float, high: float) -> None:
        self.set_range(low, high)
        self.range_changed.emit(*self.score_range())

    def _build(self) -> None:
        self._slider.setRange(0.0, 1.0)
        self._slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for box, name in ((self._low, self.tr("Lowest score")), (self._high, self.tr("Highest score"))):
            box.setRange(0.0, 1.0)
            box.setSingleStep(0.05)
            box.setDecimals(2)
            box.setAccessibleName(name)
            box.setToolTip(name)
        row = QHBoxLayout()
        row.addWidget(self._low, 1)
        row.addWidget(QLabel("–"))
        row.addWidget(self._high, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.addWidget(self._slider)
        layout.addLayout(row)
