"""What the likelihood ratio says about the propositions, in the words of a verbal scale, or why it says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from app.widgets import conclusion_words as words
from app.widgets.heading import heading
from app.widgets.plain_text import tooltip
from app.widgets.verdict_header import plain_label
from app.wording import visible
from core.reporting import Weighing


class WeighingView(QWidget):
    """Shows one weighing and lets another scale be chosen.

    Signals:
        scale_chosen: file name of a verbal scale.
    """

    scale_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scales = QComboBox()
        self.sentence, self.figures = plain_label("Weight of the findings"), plain_label("Likelihood ratio in figures")
        self.source = plain_label("Source of the verbal scale")
        self._build()
        self.set_weighing(None)

    @property
    def scale(self) -> str:
        """File name of the chosen scale, or nothing."""
        return str(self.scales.currentData() or "")

    def set_scales(self, scales: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer scales: file name and title of each."""
        with QSignalBlocker(self.scales):
            self.scales.clear()
            for name, title in scales:
                self.scales.addItem(visible(title, longest=60), name)
            self.scales.setCurrentIndex(max(0, self.scales.findData(chosen)))

    def set_weighing(self, weighing: Weighing | None, source: str = "") -> None:
        """Show a weighing, with the source of its scale; None: it is not known yet."""
        ratio = weighing.ratio if weighing is not None else None
        self.sentence.setText("" if weighing is None else visible(weighing.sentence or weighing.why_not))
        self.figures.setText("" if weighing is None else words.weight_figures(weighing))
        self.source.setText(f"Words from: {visible(source)}." if ratio is not None and source else "")
        for label in (self.figures, self.source):
            label.setVisible(bool(label.text()))
        self.scales.setVisible(ratio is not None)
        font = self.sentence.font()
        font.setBold(ratio is not None)
        self.sentence.setFont(font)

    def _build(self) -> None:
        self.scales.setAccessibleName("Verbal scale")
        self.scales.setToolTip("The verbal scale that puts the likelihood ratio into words")
        self.scales.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.scales.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.scales.activated.connect(lambda _: self.scale_chosen.emit(self.scale))
        self.source.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        title = heading("Weight of the findings", scale=1.1)
        title.setToolTip(tooltip(words.NOT_PROBABLE))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for part in (title, self.sentence, self.figures, self.scales, self.source):
            layout.addWidget(part)
        self.setAccessibleName("Weight of the findings")
