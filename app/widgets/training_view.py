"""How far a training is: state, progress, remarks, curves, and the buttons that begin, pause and discard it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.widgets.banner import Banner
from app.widgets.curves_view import CurvesView
from app.widgets.plain_text import PlainLabel, visible_lines
from app.widgets.scrolling import scrolling
from app.widgets.text_sheet import TextSheet
from app.widgets.training_words import banner_words, far_words, plan_blocks
from core.retraining import Draft, RunState, RunStatus

_STOPPED = frozenset({RunStatus.PAUSED, RunStatus.INTERRUPTED, RunStatus.FAILED})
_LOST = "Discard this training? All that was learned in it is lost; the images and the split stay."
_WIDEST_PX = 760
_NO_CURVES = "The curves appear here once the first steps are done."


class TrainingView(QWidget):
    """Shows one run and says what is wished of it.

    Signals:
        start_wished: begin, or go on where it stopped.
        pause_wished: stop, and keep everything.
        discard_wished: forget the run; was asked for twice.
    """

    start_wished = Signal()
    pause_wished = Signal()
    discard_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = RunState(RunStatus.NOT_STARTED)
        self._possible, self._busy = True, ""
        self.banner, self.bar, self.far = Banner("State of the training"), QProgressBar(), QLabel()
        self.plan = TextSheet(widest_px=_WIDEST_PX, whole=True)
        self.remarks, self.curves, self.no_curves = PlainLabel("Remarks"), CurvesView(), PlainLabel("Curves")
        self.start, self.pause = QPushButton("&Start training"), QPushButton("&Pause")
        self.discard, self.sure, self.keep = (
            QPushButton("Disca&rd…"),
            QPushButton("Discard &it"),
            QPushButton("&Keep it"),
        )
        self._room = scrolling(self.curves)  # a small window cuts no axis off
        self.question, self._asking = PlainLabel("Question"), QWidget()
        self._arrange()
        self.start.clicked.connect(self.start_wished)
        self.pause.clicked.connect(self.pause_wished)
        self.discard.clicked.connect(lambda: self._ask(True))
        self.keep.clicked.connect(lambda: self._ask(False))
        self.sure.clicked.connect(self._discard)
        self.show_state(self.state)

    def show_plan(self, draft: Draft) -> None:
        """Show what is about to be trained."""
        self.plan.set_blocks(plan_blocks(draft))

    def show_state(self, state: RunState) -> None:
        """Show how far the run is."""
        news, self.state = state != self.state, state
        headline, sentence, kind = banner_words(state)
        self.banner.say(headline, sentence, kind=kind)
        if state.status is RunStatus.RUNNING:
            self.bar.setRange(0, state.total or 0)
            self.bar.setValue(state.done)
        self.bar.setVisible(state.status is RunStatus.RUNNING)
        self.far.setText(far_words(state))
        self.far.setVisible(bool(self.far.text()))
        self.remarks.setText("\n".join(map(visible_lines, state.remarks)))
        self.remarks.setVisible(bool(state.remarks))
        if news or not state.curves:
            self.curves.set_card({"curves": state.curves})
        self._room.setVisible(bool(state.curves))
        self.plan.setVisible(state.status is RunStatus.NOT_STARTED)
        self.no_curves.setVisible(not state.curves and state.status is RunStatus.RUNNING)
        self._offer()

    def set_possible(self, possible: bool) -> None:
        """Whether a training may begin with what was chosen."""
        self._possible = possible
        self._offer()

    def set_busy(self, words: str) -> None:
        """A wish is being carried out ("Pausing …"); empty: none is."""
        self._busy = words
        self._offer()

    def _offer(self) -> None:
        status, busy = self.state.status, bool(self._busy)
        running = status is RunStatus.RUNNING
        self.start.setText("&Go on" if status in _STOPPED else "&Start training")
        self.start.setVisible(not running and status is not RunStatus.FINISHED)
        self.start.setEnabled(self._possible and not busy)
        self.pause.setVisible(running)
        self.pause.setText(self._busy or "&Pause")
        self.pause.setEnabled(not busy)
        gone = status is RunStatus.NOT_STARTED or running
        self.discard.setVisible(not gone and self._asking.isHidden())
        self.discard.setEnabled(not busy)
        if gone:
            self._asking.hide()

    def _ask(self, asking: bool) -> None:
        self._asking.setVisible(asking)
        self._offer()
        (self.keep if asking else self.discard).setFocus()

    def _discard(self) -> None:
        self._asking.hide()
        self._offer()
        self.discard_wished.emit()

    def _arrange(self) -> None:
        buttons, asking = QHBoxLayout(), QHBoxLayout(self._asking)
        buttons.setSpacing(8)
        for button in (self.start, self.pause, self.discard):
            buttons.addWidget(button)
        buttons.addStretch(1)
        asking.setContentsMargins(0, 0, 0, 0)
        self.question.setText(_LOST)
        asking.addWidget(self.question, 1)
        asking.addWidget(self.sure)
        asking.addWidget(self.keep)
        self._asking.hide()
        self.no_curves.setText(_NO_CURVES)
        self.plan.setAccessibleName("What is trained, and what happens")
        self.far.setTextFormat(Qt.TextFormat.PlainText)
        self.far.setAccessibleName("How far the training is")
        self.bar.setAccessibleName("Progress of the training")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        for button in (self.start, self.pause, self.discard, self.sure, self.keep):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.banner)
        layout.addLayout(buttons)
        for part in (self._asking, self.bar, self.far, self.remarks, self.no_curves):
            layout.addWidget(part)
        layout.addSpacing(6)
        layout.addWidget(self.plan)
        layout.addWidget(self._room, 1)
        layout.addStretch(0)
