"""Heat maps, residuals and spectra: made in the background when they are looked at, kept, and dropped when too late."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs import Job, Jobs, Lane
from app.pages.examine_loading import sentence
from app.pages.examine_pictures import OVERVIEW_PX, WHOLE_UP_TO_PX
from app.widgets.colour_map import ColourMap
from app.widgets.heat_map_layer import merge_patches
from app.widgets.pane import ShownMap
from app.widgets.picture import Picture, build_picture
from app.widgets.spectrum_view import ShownSpectrum, coloured_spectrum
from core.errors import Cancelled
from core.examine import LayerKind, MapQuestion, MapSanity
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

Make = Callable[[Any, Progress], Any]
_KEPT = {LayerKind.HEAT_MAP: 64, LayerKind.RESIDUAL: 4, LayerKind.SPECTRUM: 8}
_DEBOUNCE_MS = 120
_PATIENCE_MS = 2500
_COMPUTING = {
    LayerKind.HEAT_MAP: "Computing the heat map …",
    LayerKind.RESIDUAL: "Computing the noise residual …",
    LayerKind.SPECTRUM: "Computing the spectrum …",
}
_WAITING = {
    LayerKind.HEAT_MAP: "Waiting for the network. Heat maps and the analysis of exhibits share it, one after the "
    "other; the map appears as soon as it is free.",
}


@dataclass(frozen=True, slots=True)
class MapKey:
    """What a heat map depends on; `detector` is the digest of the one that is asked."""

    exhibit_id: int
    detector: str
    question: MapQuestion


@dataclass(frozen=True, slots=True)
class SpectrumKey:
    """What a coloured spectrum depends on."""

    exhibit_id: int
    colours: str


class LayerStore:
    """How layers are made, and those that were made of late; belongs to one case at a time.

    Args:
        workspace: the door to the services.
        jobs: where layers are made.
        colours: the colour maps by their id.
    """

    def __init__(self, workspace: Workspace, jobs: Jobs, colours: dict[str, ColourMap]) -> None:
        self._workspace, self.jobs, self._colours = workspace, jobs, colours
        self._kept: dict[LayerKind, OrderedDict[Hashable, Any]] = {kind: OrderedDict() for kind in _KEPT}

    def get(self, kind: LayerKind, key: Hashable) -> Any:  # noqa: ANN401 - a map, a picture or a spectrum
        """What was made for a key, or None."""
        return self._kept[kind].get(key)

    def keep(self, kind: LayerKind, key: Hashable, value: object) -> None:
        """Remember what was made."""
        kept = self._kept[kind]
        kept[key] = value
        kept.move_to_end(key)
        while len(kept) > _KEPT[kind]:
            kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        for kept in self._kept.values():
            kept.clear()

    def make(self, kind: LayerKind, key: Any, progress: Progress) -> Any:  # noqa: ANN401
        """Make what a key asks for; runs in a job."""
        match kind:
            case LayerKind.HEAT_MAP:
                return self._map(key, progress)
            case LayerKind.RESIDUAL:
                return self._residual(key, progress)
            case _:
                return self._spectrum(key, progress)

    def _map(self, key: MapKey, progress: Progress) -> ShownMap:
        heat_map = self._workspace.analysis.heat_map(
            key.exhibit_id, key.question, detector=key.detector, progress=progress
        )
        checked = self._workspace.explaining.kept_sanity(key.exhibit_id, key.question, detector=key.detector)
        return ShownMap(heat_map, merge_patches(heat_map), checked)

    def judge(self, exhibit_id: int, sanity: MapSanity) -> None:
        """A map was checked; those that were made of late are to know it."""
        kept = self._kept[LayerKind.HEAT_MAP]
        for key, shown in kept.items():
            if isinstance(key, MapKey) and key.exhibit_id == exhibit_id and shown.is_of(sanity.question):
                kept[key] = replace(shown, sanity=sanity)

    def _residual(self, exhibit_id: int, progress: Progress) -> Picture:
        facts = self._workspace.exhibits.get(exhibit_id).facts
        most = WHOLE_UP_TO_PX if max(facts.width, facts.height) <= WHOLE_UP_TO_PX else OVERVIEW_PX
        return build_picture(self._workspace.files.residual(exhibit_id, most, progress=progress), thinned=True)

    def _spectrum(self, key: SpectrumKey, progress: Progress) -> ShownSpectrum:
        for colours in self._colours:
            kept = self.get(LayerKind.SPECTRUM, SpectrumKey(key.exhibit_id, colours))
            if kept is not None:  # only to be coloured anew
                return coloured_spectrum(kept.spectrum, self._colours[key.colours])
        spectrum = self._workspace.files.spectrum(key.exhibit_id, progress=progress)
        return coloured_spectrum(spectrum, self._colours[key.colours])


class LayerAsker(QObject):
    """Asks for one layer of one pane at a time; a new question drops the one before.

    Args:
        store: makes and keeps layers.
        kind: which layer.
        parent: the pane's desk.

    Signals:
        answered: the layer is there.
        waiting: it is being made, in words; the second time it takes long.
        refused: a sentence why there is none.
    """

    answered = Signal(object)
    waiting = Signal(str, bool)
    refused = Signal(str)

    def __init__(self, store: LayerStore, kind: LayerKind, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._kind = store, kind
        self._key: Hashable | None = None
        self._job: Job | None = None
        self._debounce = QTimer(self, singleShot=True, interval=_DEBOUNCE_MS)
        self._debounce.timeout.connect(self._start)
        self.patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self.patience.timeout.connect(lambda: self.waiting.emit(_WAITING.get(kind, _COMPUTING[kind]), True))

    def ask(self, key: Hashable) -> None:
        """Ask for a layer; what was asked already is not asked again."""
        if key == self._key:
            return
        self.cancel()
        self._key = key
        kept = self._store.get(self._kind, key)
        if kept is not None:
            self.answered.emit(kept)
        else:
            self.waiting.emit(_COMPUTING[self._kind], False)
            self._debounce.start()

    def asks(self, key: Hashable) -> bool:
        """Whether this is what was asked for last."""
        return key == self._key

    def cancel(self) -> None:
        """Nothing is wanted any more."""
        self._key = None
        self._debounce.stop()
        self.patience.stop()
        if self._job is not None:
            self._job.drop()
            self._job = None

    def _start(self) -> None:
        key, kind = self._key, self._kind

        def done(value: object) -> None:
            self._store.keep(kind, key, value)
            if key == self._key:
                self._end()
                self.answered.emit(value)

        def failed(error: Exception) -> None:
            if key == self._key and not isinstance(error, Cancelled):
                self._end()
                self.refused.emit(sentence(error))

        self.patience.start()
        self._job = self._store.jobs.start(
            lambda progress: self._store.make(kind, key, progress),
            done,
            failed,
            lane=Lane.LAYER,
            title=kind.value,
            quiet=True,
        )

    def _end(self) -> None:
        self.patience.stop()
        self._job = None
