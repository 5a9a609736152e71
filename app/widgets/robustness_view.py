"""How far the answer about an exhibit survives processing: a wish, small plots, sentences, and all steps as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.widgets import robustness_words as words
from app.widgets.heading import heading
from app.widgets.plain_text import tooltip
from app.widgets.record_view import RecordView
from app.widgets.robustness_plot import MarkLegend, RobustnessPlot
from app.widgets.verdict_header import plain_label
from app.wording import score_text, verdict_text, visible
from core.examine import Robustness, RobustnessStep
from core.survival import PRESETS, curves_of, survives

_CHECK, _AGAIN, _CANCEL = "Check", "Check again", "Cancel"
_TABLE_ROWS = 9
_COLUMNS = ("Step", "Verdict", "Score", "On top")


class RobustnessView(QScrollArea):
    """Shows one robustness check, or offers to make it.

    Signals:
        check_wished: the name of the preset that is to be checked.
        preset_chosen: another preset was chosen; an earlier check with it may be shown.
        cancel_wished: the check that is running is to stop.
    """

    check_wished = Signal(str)
    preset_chosen = Signal(str)
    cancel_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._robustness: Robustness | None = None
        self._titles: words.Titles = {}
        self._busy, self._why_not, self._said = False, "", ""
        self.presets, self.button = QComboBox(), QPushButton(_CHECK)
        self.meaning, self.state = plain_label("What this preset does"), plain_label("State of the check")
        self.working, self.progress = plain_label("The check that is running"), QProgressBar()
        self.summary, self.details = plain_label("How many steps the answer survives"), plain_label("Made with")
        self.caution = QLabel(words.MEANING)
        self.legend = MarkLegend()
        self.plots: dict[str, RobustnessPlot] = {}
        self.sentences: dict[str, QLabel] = {}
        self.fold = QToolButton()
        self.table = QStandardItemModel(0, len(_COLUMNS))
        self.rows = RecordView(self.table, stretched=3)
        self._curves = QWidget()
        self._build()
        self._connect()
        self.set_robustness(None, {})

    @property
    def preset(self) -> str:
        """The chosen preset."""
        return str(self.presets.currentData())

    def set_robustness(self, robustness: Robustness | None, titles: words.Titles) -> None:
        """Show a check, with its preset chosen; None: there is none yet."""
        self._robustness, self._titles = robustness, titles
        if robustness is not None:
            with QSignalBlocker(self.presets):
                self.presets.setCurrentIndex(max(0, self.presets.findData(robustness.preset)))
        self.meaning.setText(words.meaning(self.preset))
        for part in (self.summary, self.details, self.legend, self._curves, self.caution, self.fold):
            part.setVisible(robustness is not None)
        self.rows.setVisible(robustness is not None and self.fold.isChecked())
        self.summary.setText("" if robustness is None else words.summary(robustness, titles))
        self.details.setText("" if robustness is None else visible(words.details(robustness)))
        self._fill_rows(() if robustness is None else robustness.steps)
        self._draw()
        self.say("" if robustness is not None else words.NOTHING)

    def set_possible(self, why_not: str) -> None:
        """Offer a check, or say why there is none to be made (no answer yet, out of scope, …)."""
        self._why_not = why_not
        self._switch()

    def set_busy(self, said: str) -> None:
        """A check is running, and how far it is; empty: none is."""
        self._busy = bool(said)
        self.working.setText(visible(said))
        for part in (self.working, self.progress):
            part.setVisible(self._busy)
        self._switch()

    def say(self, sentence: str) -> None:
        """Show a sentence above the plots; an empty one takes it away."""
        self._said = sentence
        self._switch()

    def _connect(self) -> None:
        self.button.clicked.connect(self._wish)
        self.presets.currentIndexChanged.connect(self._choose)
        self.fold.toggled.connect(self._unfold)

    def _wish(self) -> None:
        if self._busy:
            self.cancel_wished.emit()
        else:
            self.check_wished.emit(self.preset)

    def _choose(self) -> None:
        self.meaning.setText(words.meaning(self.preset))
        self._switch()
        self.preset_chosen.emit(self.preset)

    def _unfold(self, open_: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self.rows.setVisible(open_ and self._robustness is not None)

    def _switch(self) -> None:
        shown = self._robustness is not None and self._robustness.preset == self.preset
        self.button.setText(_CANCEL if self._busy else _AGAIN if shown else _CHECK)
        self.button.setEnabled(self._busy or not self._why_not)
        self.presets.setEnabled(not self._busy)
        self.state.setText(visible(self._why_not or self._said))
        self.state.setVisible(bool(self.state.text()) and not (self._busy and self._robustness is None))

    def _draw(self) -> None:
        layout = self._curves.layout()
        while layout is not None and (item := layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
                old.deleteLater()
        self.plots, self.sentences = {}, {}
        if self._robustness is None or layout is None:
            return
        marks: list[words.Point] = []
        for curve in curves_of(self._robustness):
            marks += self._add_curve(self._robustness, curve)
            for part in (
                _caption(curve, words.unit(self._robustness, curve)),
                self.plots[curve],
                self.sentences[curve],
            ):
                layout.addWidget(part)
        self.legend.set_points(marks)

    def _add_curve(self, robustness: Robustness, curve: str) -> tuple[words.Point, ...]:
        marks, plot = words.points(robustness, curve, self._titles), RobustnessPlot()
        plot.set_points(marks, f"{visible(curve)}: score after each step")
        told = plain_label(f"{visible(curve)}: how far the answer survives")
        told.setText(visible(survives(robustness, curve, self._titles)))
        self.plots[curve], self.sentences[curve] = plot, told
        return marks

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setSpacing(8)
        self._fill_choice()
        choice = QHBoxLayout()
        choice.addWidget(self.presets, 1)
        choice.addWidget(self.button)
        layout.addLayout(choice)
        curves = QVBoxLayout(self._curves)
        curves.setContentsMargins(0, 0, 0, 0)
        curves.setSpacing(3)
        font = self.summary.font()
        font.setBold(True)
        self.summary.setFont(font)
        for part in (self.meaning, self.working, self.progress, self.state, self.summary, self.legend, self._curves):
            layout.addWidget(part)
        for part in (self.caution, self.details, self.fold, self.rows):
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(inside)
        self._fill_table()

    def _fill_choice(self) -> None:
        self.setAccessibleName("Robustness of the answer")
        self.presets.setAccessibleName("Which processing")
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.presets.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for row, preset in enumerate(PRESETS):
            self.presets.addItem(preset.title, preset.name)
            self.presets.setItemData(row, tooltip(preset.meaning), Qt.ItemDataRole.ToolTipRole)
        self.button.setToolTip(tooltip(words.BUTTON))
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(5)
        self.set_busy("")
        self.caution.setWordWrap(True)
        for label in (self.meaning, self.details):
            label.setForegroundRole(self.palette().ColorRole.PlaceholderText)

    def _fill_table(self) -> None:
        self.fold.setText("All steps as a table")
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setArrowType(Qt.ArrowType.RightArrow)
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        self.rows.setAccessibleName("All steps of the check")
        self.rows.setFixedHeight(self.rows.verticalHeader().defaultSectionSize() * (_TABLE_ROWS + 1))
        self.rows.set_widths((13, 12, 5))
        for column in (1, 3):
            self.rows.cut_at_end(column)
        self.rows.hide()

    def _fill_rows(self, steps: Sequence[RobustnessStep]) -> None:
        self.table.setRowCount(0)
        for step in steps:
            top = words.top_short(step, self._titles), words.top_text(step, self._titles)
            verdict, score = verdict_text(step.verdict), score_text(step.score)
            cells = ((words.step_short(step), words.step_text(step)), (verdict, verdict), (score, score), top)
            self.table.appendRow([_item(*cell) for cell in cells])


def _item(shown: str, whole: str) -> QStandardItem:
    item = QStandardItem(visible(shown))
    item.setToolTip(tooltip(whole))
    item.setAccessibleText(visible(whole))
    return item


def _caption(curve: str, unit: str) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 6, 0, 0)
    name = heading(visible(curve))
    name.setTextFormat(Qt.TextFormat.PlainText)
    of = QLabel(unit)
    of.setForegroundRole(of.palette().ColorRole.PlaceholderText)
    row.addWidget(name)
    row.addStretch(1)
    row.addWidget(of)
    return line
