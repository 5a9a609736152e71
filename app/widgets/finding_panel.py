"""The finding in figures: scores of all classes, tile agreement, and what a repetition needs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.widgets import finding_words
from app.widgets.plain_text import tooltip
from app.widgets.repeat_row import RepeatRow
from app.widgets.score_bars import ScoreBars
from app.widgets.verdict_header import plain_label
from core.domain import Finding, Verdict

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
        self._nothing, self.repeat = plain_label("Scores"), RepeatRow()
        self._build()
        self.set_finding(None, {})

    def set_finding(
        self,
        finding: Finding | None,
        titles: finding_words.Titles,
        ratio: finding_words.RatioContext = finding_words.NO_CONTEXT,
    ) -> None:
        """Show a finding's figures, or say that there are none."""
        scored = finding is not None and bool(finding.scores)
        self._figures.setVisible(finding is not None)
        self.repeat.setVisible(finding is not None)
        self._caption.setVisible(scored)
        self.bars.setVisible(scored)
        self._nothing.setText(_remark(finding))
        self._nothing.setVisible(bool(self._nothing.text()))
        if finding is None:
            return
        self.bars.set_scores(finding.scores, finding.threshold, titles, finding.verdict)
        for key, words in (
            ("agreement", finding_words.agreement(finding)),
            ("likelihood", finding_words.likelihood(finding, titles, ratio)),
            ("detector", finding_words.detector(finding)),
            ("device", finding_words.device(finding)),
        ):
            self.values[key].setText(words)
        self.values["likelihood"].setToolTip(tooltip(finding_words.likelihood_meaning(ratio)))
        self.values["detector"].setToolTip(tooltip(f"SHA-256 of the file: {finding.detector.digest}"))

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        self._caption.setToolTip(tooltip(finding_words.SCORE_MEANING))
        # Not a form layout: that keeps the height of a row although its words need more lines now.
        grid = QGridLayout(self._figures)
        grid.setContentsMargins(0, 8, 0, 0)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (key, text, meaning) in enumerate(_ROWS):
            label = QLabel(text)
            label.setToolTip(tooltip(meaning))
            label.setBuddy(self.values[key])
            self.values[key].setToolTip(tooltip(meaning))
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self.values[key], row, 1)
        for part in (self._caption, self._nothing, self.bars, self._figures, self.repeat):
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(inside)


def _remark(finding: Finding | None) -> str:
    if finding is None:
        return _NO_FINDING
    if not finding.scores:
        return _NO_SCORES
    return _NO_CLASS if finding.verdict is Verdict.UNKNOWN else ""


_NO_CLASS = (
    "None of these classes is named: the image resembles none of them. The scores only say which comes closest, "
    "whatever their height."
)
_NO_FINDING = "No scores yet: no detector has looked at this exhibit."
_NO_SCORES = "No scores: an image out of the detector's scope is not compared with any class."
