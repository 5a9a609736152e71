"""What Examine reads in the background: records, pixels and heat maps; an answer that came too late is dropped."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs import Job, Jobs, Lane
from app.widgets.finding_words import NO_CONTEXT, RatioContext, made_by, why_no_ratio
from app.widgets.heat_map_layer import MergedMap, merge_patches
from app.widgets.picture import Picture, build_picture
from app.wording import class_titles
from core.domain import Exhibit, Finding, HeatMap, MapQuestion
from core.errors import Cancelled, CoreError
from core.paths import resources
from core.progress import Progress
from core.verbal_scale import read_scale

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_SCALE = "enfsi-2015.toml"
_NO_CARD = "the detector that made this finding is not on this computer in the form it had then"
_OTHERWISE = "it was made by another process of those named below"
_KEPT_BYTES = 320 << 20
_DEBOUNCE_MS = 120
_PATIENCE_MS = 2500
_FAULT = "A fault of the program; the report says more."
_WAITING = (
    "Waiting for the network. Heat maps and the analysis of exhibits share it, one after the other; "
    "the map appears as soon as it is free."
)


@dataclass(frozen=True, slots=True)
class Records:
    """Everything the case knows about one exhibit.

    `titles` are the class titles of the finding's detector, `ratio` is what stands around its likelihood ratio.
    """

    exhibit: Exhibit
    finding: Finding | None
    titles: Mapping[str, str]
    read_only: bool
    ratio: RatioContext = NO_CONTEXT


@dataclass(frozen=True, slots=True)
class ShownMap:
    """A heat map with its merged patches, and what it was asked for."""

    heat_map: HeatMap
    merged: MergedMap


class ExhibitLoader(QObject):
    """Reads the records and the pixels of one exhibit, and the pixels of the next one ahead."""

    records_read = Signal(object)  # Records
    records_refused = Signal(str)
    picture_read = Signal(object)  # Picture
    picture_refused = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._current: int | None = None
        self._pictures: OrderedDict[int, Picture] = OrderedDict()
        self._jobs_of: dict[int, Job] = {}
        self._cards: dict[str, Mapping[str, Any]] | None = None

    def load(self, exhibit_id: int) -> None:
        """Read another exhibit; what is still on its way for the one before is dropped."""
        self._current = exhibit_id
        self._drop_others(exhibit_id)
        self.reread()
        ready = self._pictures.get(exhibit_id)
        if ready is not None:
            self._pictures.move_to_end(exhibit_id)
            self.picture_read.emit(ready)
        elif exhibit_id not in self._jobs_of:
            self._decode(exhibit_id)

    def reread(self, *, detectors: bool = False) -> None:
        """Read the current exhibit's records again; `detectors`: their cards too."""
        if detectors:
            self._cards = None
        if self._current is not None:
            self._read_records(self._current)

    def prefetch(self, exhibit_id: int | None) -> None:
        """Decode the exhibit that will probably be asked for next."""
        known = exhibit_id in self._pictures or exhibit_id in self._jobs_of
        if exhibit_id is not None and not known:
            self._decode(exhibit_id)

    def clear(self) -> None:
        """Forget everything; another case may use the same numbers."""
        self._current = None
        self._drop_others(None)
        self._pictures.clear()
        self._cards = None

    def _read_records(self, exhibit_id: int) -> None:
        cards = self._cards

        def read(_: Progress) -> tuple[Records, dict[str, Mapping[str, Any]]]:
            known = cards if cards is not None else _all_cards(self._workspace)
            exhibit = self._workspace.exhibits.get(exhibit_id)
            finding = self._workspace.analysis.finding(exhibit_id)
            case = self._workspace.cases.current
            card = known.get(finding.detector.digest) if finding is not None else None
            titles, read_only = class_titles(card or {}), case is not None and case.read_only
            ratio = _ratio_context(finding, card, titles) if finding is not None else NO_CONTEXT
            return Records(exhibit, finding, titles, read_only, ratio), known

        def done(answer: tuple[Records, dict[str, Mapping[str, Any]]]) -> None:
            records, self._cards = answer
            if records.exhibit.id == self._current:
                self.records_read.emit(records)

        def failed(error: Exception) -> None:
            if exhibit_id == self._current and not isinstance(error, Cancelled):
                self.records_refused.emit(sentence(error))

        self._jobs.start(read, done, failed, lane=Lane.DISK, quiet=True, token=(id(self), "records"))

    def _decode(self, exhibit_id: int) -> None:
        def done(picture: Picture) -> None:
            self._jobs_of.pop(exhibit_id, None)
            self._keep(exhibit_id, picture)
            if exhibit_id == self._current:
                self.picture_read.emit(picture)

        def failed(error: Exception) -> None:
            self._jobs_of.pop(exhibit_id, None)
            if exhibit_id == self._current and not isinstance(error, Cancelled):
                self.picture_refused.emit(sentence(error))

        self._jobs_of[exhibit_id] = self._jobs.start(
            lambda _: build_picture(self._workspace.exhibits.display(exhibit_id)),
            done,
            failed,
            lane=Lane.DISK,
            quiet=True,
        )

    def _keep(self, exhibit_id: int, picture: Picture) -> None:
        self._pictures[exhibit_id] = picture
        while len(self._pictures) > 1 and sum(kept.size_bytes for kept in self._pictures.values()) > _KEPT_BYTES:
            oldest = next(kept for kept in self._pictures if kept != self._current)
            del self._pictures[oldest]

    def _drop_others(self, exhibit_id: int | None) -> None:
        for other in [known for known in self._jobs_of if known != exhibit_id]:
            self._jobs_of.pop(other).drop()


class HeatMapLoader(QObject):
    """Asks for one heat map at a time; a new question drops the one before."""

    answered = Signal(object)  # ShownMap
    waiting = Signal(str)
    refused = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._question: tuple[int, MapQuestion] | None = None
        self._job: Job | None = None
        self._debounce = QTimer(self, singleShot=True, interval=_DEBOUNCE_MS)
        self._debounce.timeout.connect(self._start)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.waiting.emit(_WAITING))

    def ask(self, exhibit_id: int, wanted: MapQuestion) -> None:
        """Ask for a map of an exhibit."""
        self.cancel()
        self._question = (exhibit_id, wanted)
        self.waiting.emit("Computing the heat map …")
        self._debounce.start()

    def cancel(self) -> None:
        """Nothing is wanted any more."""
        self._question = None
        self._debounce.stop()
        self._patience.stop()
        if self._job is not None:
            self._job.drop()
            self._job = None

    def _start(self) -> None:
        question = self._question
        if question is None:
            return
        exhibit_id, wanted = question

        def compute(progress: Progress) -> ShownMap:
            heat_map = self._workspace.analysis.heat_map(exhibit_id, wanted, progress=progress)
            return ShownMap(heat_map, merge_patches(heat_map))

        def done(shown: ShownMap) -> None:
            if question == self._question:
                self._end()
                self.answered.emit(shown)

        def failed(error: Exception) -> None:
            if question == self._question and not isinstance(error, Cancelled):
                self._end()
                self.refused.emit(sentence(error))

        self._patience.start()
        self._job = self._jobs.start(compute, done, failed, lane=Lane.DISK, title="Heat map", quiet=True)

    def _end(self) -> None:
        self._patience.stop()
        self._job = None


def sentence(error: Exception) -> str:
    """What is shown in place of something that could not be made."""
    return str(error) if isinstance(error, CoreError) else _FAULT


def _all_cards(workspace: Workspace) -> dict[str, Mapping[str, Any]]:
    return {known.reference.digest: known.card for known in workspace.detectors.all()}


def _ratio_context(finding: Finding, card: Mapping[str, Any] | None, titles: Mapping[str, str]) -> RatioContext:
    """What stands around the likelihood ratio of a finding; reads the verbal scale, so it belongs into a job."""
    ratio, name = finding.likelihood_ratio, finding.architecture or ""
    if ratio is None:
        return RatioContext(why_not=_NO_CARD if card is None else why_no_ratio(card, name))
    try:
        scale = read_scale(resources() / "scales" / _SCALE)
    except CoreError:  # the figure stands without words
        return NO_CONTEXT
    return RatioContext(verbal=scale.in_words(ratio.value, made_by(name, titles), _OTHERWISE), source=scale.source)
