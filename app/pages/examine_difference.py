"""The difference of the first two panes: made in the background when it is looked at, dropped when it is too late."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.jobs import Job, Jobs, Lane
from app.pages.examine_loading import sentence
from app.pages.examine_pane import PaneDesk
from app.widgets.arrangement import Arrangement
from app.widgets.compare_view import CompareView
from app.widgets.difference import Difference, difference, in_words, why_not
from app.widgets.picture import Picture
from core.errors import Cancelled

_SOON_MS = 60


class DifferenceDesk(QObject):
    """Fills the canvas of the arrangement of this name.

    Args:
        compare: where it is shown.
        jobs: where it is made.
        one, other: the desks whose pictures are compared.
        parent: who owns it.
    """

    def __init__(
        self, compare: CompareView, jobs: Jobs, one: PaneDesk, other: PaneDesk, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._compare, self._jobs, self._one, self._other = compare, jobs, one, other
        self._job: Job | None = None
        self._made: tuple[Picture, Picture, int] | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._start)
        compare.difference_wished.connect(self.ask)

    def ask(self) -> None:
        """Compare what the panes show now, if that is what is looked at."""
        if self._compare.arrangement is Arrangement.DIFFERENCE:
            self._soon.start()

    def clear(self) -> None:
        """Forget everything."""
        self._soon.stop()
        self._drop()
        self._made = None
        self._compare.difference.show_message("")

    def _drop(self) -> None:
        if self._job is not None:
            self._job.drop()
            self._job = None

    def _start(self) -> None:
        one, other, gain = self._one.picture, self._other.picture, self._compare.bar.gain.currentData()
        if one is None or other is None:
            self._say(self._one.pane.canvas.message or self._other.pane.canvas.message)
            return
        refusal = why_not(one, other, (_upright_size(self._one), _upright_size(self._other)))
        if refusal:
            self._say(refusal)
        elif self._made != (one, other, gain):
            self._make(one, other, gain)

    def _make(self, one: Picture, other: Picture, gain: int) -> None:
        def show(found: Difference) -> None:
            self._made = (one, other, gain)
            size = self._one.pane.canvas.size_shown
            self._compare.difference.show_picture(found.picture, size, 1, stay=True)
            kinds = dict.fromkeys((self._one.compared.value, self._other.compared.value))
            self._compare.bar.say(in_words(found, one.scale, " and ".join(kinds)))

        def failed(error: Exception) -> None:
            if not isinstance(error, Cancelled):
                self._say(sentence(error))

        self._drop()
        self._made = None
        self._compare.bar.say("Comparing …")
        self._job = self._jobs.start(lambda _: difference(one, other, gain), show, failed, lane=Lane.LAYER, quiet=True)

    def _say(self, words: str) -> None:
        self._drop()
        self._made = None
        self._compare.difference.show_message(words)
        self._compare.bar.say("")


def _upright_size(desk: PaneDesk) -> tuple[int, int]:
    size = desk.pane.canvas.size_shown
    return size.width(), size.height()
