"""The finding in figures: scores of all classes, tile agreement, and what a repetition needs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.widgets import finding_words
from app.widgets.plain_text import tooltip
from app.widgets.score_bars import ScoreBars
from app.widgets.verdict_header import plain_label
from core.domain import Finding

# (key, caption, tooltip) of the rows under the bars.
_ROWS = (
    ("agreement", "Tile agreement", finding_words.AGREEMENT_MEANING),
    ("likelihood", "Likelihood ratio", finding_words.LIKELIHOOD_MEANING),
    ("detector", "Detector", "Name, version and the first digits of the SHA-256 of the detector's file."),
    ("device", "Computed on", "Processor or GPU, time taken for this image, and when."),
)


class FindingPanel(QScrollArea):
    """Shows the figures of one finding."""

    class_picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = ScoreBars()
        self.bars.class_picked.connect(self.class_picked)
        self.values = {key: plain_label(caption) for key, caption, _ in _ROWS}
        self._figures = QWidget()
        self._caption = QLabel("Score of each class")
        self._nothing = plain_label("Scores")
        self._build()
        self.set_finding(None, {})

    def set_finding(self, finding: Finding | None, titles: finding_words.Titles) -> None:
        """Show a finding's figures, or say that there are none."""
        scored = finding is not None and bool(finding.scores)
        self._figures.setVisible(finding is not None)
        self._caption.setVisible(scored)
        self.bars.setVisible(scored)
        self._nothing.setVisible(not scored)
        self._nothing.setText(_NO_FINDING if finding is None else _NO_SCORES)
        if finding is None:
            return
        self.bars.set_scores(finding.scores, finding.threshold, titles)
        for key, words in (
            ("agreement", finding_words.agreement(finding)),
            ("likelihood", finding_words.likelihood(finding)),
            ("detector", finding_words.detector(finding)),
            ("device", finding_words.device(finding)),
        ):
            self.values[key].setText(words)
        self.values["detector"].setToolTip(tooltip(f"SHA-256 of the file: {finding.detector.digest}"))

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        self._caption.setToolTip(tooltip(finding_words.SCORE_MEANING))
        form = QFormLayout(self._figures)
        form.setContentsMargins(0, 8, 0, 0)
        form.setVerticalSpacing(8)
        for key, text, meaning in _ROWS:
            label = QLabel(text)
            label.setToolTip(tooltip(meaning))
            self.values[key].setToolTip(tooltip(meaning))
            form.addRow(label, self.values[key])
        for part in (self._caption, self.bars, self._nothing, self._figures):
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(inside)


_NO_FINDING = "No scores yet: no detector has looked at this exhibit."
_NO_SCORES = "No scores: an image out of the detector's scope is not compared with any class."
