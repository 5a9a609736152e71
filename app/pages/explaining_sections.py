"""The sections of Examine that compute: the tiles in full, and whether the heat map means anything."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QSize, Signal
from PySide6.QtWidgets import QWidget

from app.jobs import Jobs, Lane
from app.pages import pane_words
from app.pages.examine_loading import Records
from app.pages.examine_sections import ANSWERS, Asking
from app.widgets.consistency_view import ConsistencyView
from app.widgets.explained_view import ExplainedView
from app.widgets.picture import Picture
from app.widgets.sanity_view import SanityView
from app.widgets.stored_space import to_display
from core.domain import Exhibit
from core.examine import Consistency, MapQuestion, MapSanity
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_NOT_ANALYSED = "The exhibit is not analysed yet."
_CANCELLED = "Cancelled; nothing was kept."


class TilesSection(QObject):
    """The consistency grid in full.

    Args:
        workspace: the door to the services.
        jobs: where it is computed.
        picture: gives the picture of the active pane, or None while there is none.
        parent: the page.
    """

    caption = "Tiles"
    meaning = "What each of the sixteen tiles says by itself, and the verdict without some of them"
    about = ANSWERS

    def __init__(
        self, workspace: Workspace, jobs: Jobs, picture: Callable[[], Picture | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._workspace, self._picture = workspace, picture
        self.view = ConsistencyView()
        self.widget: QWidget = self.view
        self._records: Records | None = None
        self._shown: Consistency | None = None
        self._asking = Asking(jobs, Lane.LAYER, lambda words: _refused(self.view, words), self)
        self.view.check_wished.connect(self._compute)
        self.view.cancel_wished.connect(self._asking.cancel)
        self.view.tile_picked.connect(self._cut)

    def key(self, records: Records) -> Hashable:
        """The exhibit and its finding."""
        return records.answer

    def ask(self, records: Records) -> None:
        """Compute at once: it takes less than a second on a free machine."""
        self._records = records
        why_not = records.unanswered(_NOT_ANALYSED)
        self.view.set_possible(why_not)
        if not why_not:
            self._compute()

    def clear(self) -> None:
        """No exhibit."""
        self._asking.drop()
        self._records = self._shown = None
        self.view.set_busy("")
        self.view.set_consistency(None, {})

    def _compute(self) -> None:
        records = self._records
        if records is None or records.finding is None:
            return
        exhibit_id, digest = records.exhibit.id, records.finding.detector.digest

        def compute(progress: Progress) -> Consistency:
            return self._workspace.explaining.consistency(exhibit_id, detector=digest, progress=progress)

        def done(found: Consistency) -> None:
            self._shown = found
            self.view.set_busy("")
            self.view.set_consistency(found, records.titles)

        self.view.set_busy("Examining the tiles …")
        self._asking.ask(compute, done)

    def _cut(self, index: int) -> None:
        """Show the pixels of a tile."""
        picture, records, shown = self._picture(), self._records, self._shown
        if picture is not None and records is not None and shown is not None:
            place = tile_place(shown.tiles[index].box, records.exhibit, picture.scale)
            self.view.set_tile_picture(picture.levels[0].copy(place.toAlignedRect()))


class MapCheckSection(QObject):
    """Whether the heat map of the active pane means anything.

    Args:
        workspace: the door to the services.
        jobs: where it is computed.
        question: gives what the heat map of the active pane is asked.
        refusal: gives why the picture of the active pane cannot be shown, empty when it can.
        parent: the page.

    Signals:
        judged: a map was checked (exhibit id, MapSanity).
    """

    judged = Signal(int, object)
    caption = "Map check"
    meaning = "Whether the heat map depends on what the detector learned"
    about = ANSWERS

    def __init__(
        self,
        workspace: Workspace,
        jobs: Jobs,
        question: Callable[[], MapQuestion],
        refusal: Callable[[], str],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._question, self._refusal = workspace, question, refusal
        self.view = SanityView()
        self.widget: QWidget = self.view
        self._records: Records | None = None
        self._asking = Asking(jobs, Lane.LAYER, lambda words: _refused(self.view, words), self)
        self.view.check_wished.connect(self._check)
        self.view.cancel_wished.connect(self._asking.cancel)

    def key(self, records: Records) -> Hashable:
        """The exhibit, its finding, the map that is shown, and whether there is an image to show it on."""
        finding_id = records.finding.id if records.finding is not None else None
        return records.exhibit.id, finding_id, self._question(), self._refusal()

    def ask(self, records: Records) -> None:
        """Show a check that was made before."""
        self._records = records
        why_not = pane_words.not_shown(self._refusal()) or records.unanswered(_NOT_ANALYSED)
        self.view.set_possible(why_not)
        finding, question = records.finding, self._question()
        if why_not or finding is None:
            return

        def read(_progress: Progress) -> MapSanity | None:
            return self._workspace.explaining.kept_sanity(
                records.exhibit.id, question, detector=finding.detector.digest
            )

        self._asking.ask(read, lambda found: self.view.set_sanity(found, records.titles))

    def clear(self) -> None:
        """No exhibit."""
        self._asking.drop()
        self._records = None
        self.view.set_busy("")
        self.view.set_sanity(None, {})

    def _check(self) -> None:
        records, question = self._records, self._question()
        if records is None or records.finding is None:
            return
        exhibit_id, digest = records.exhibit.id, records.finding.detector.digest

        def check(progress: Progress) -> MapSanity:
            return self._workspace.explaining.sanity(exhibit_id, question, detector=digest, progress=progress)

        def done(found: MapSanity) -> None:
            self.view.set_busy("")
            self.view.set_sanity(found, records.titles)
            self.judged.emit(exhibit_id, found)

        self.view.set_busy("Checking the heat map: it is made again many times …")
        self._asking.ask(check, done, title="Map check")


def tile_place(box: tuple[int, int, int, int], exhibit: Exhibit, scale: float) -> QRectF:
    """Where a tile, given in stored pixels, lies in the first level of an upright picture."""
    facts = exhibit.facts
    upright = to_display(facts.orientation, QSize(facts.width, facts.height)).mapRect(QRectF(*box))
    return QRectF(upright.x() * scale, upright.y() * scale, upright.width() * scale, upright.height() * scale)


def _refused(view: ExplainedView, words: str) -> None:
    view.set_busy("")
    view.say(words or _CANCELLED)
