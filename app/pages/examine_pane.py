"""One pane's desk: what it shows, what is being read for it, and what it says when something is missing."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs import Jobs, Lane
from app.pages import pane_words
from app.pages.examine_layers import LayerAsker, LayerStore, MapKey, SpectrumKey
from app.pages.examine_loading import RecordReader, Records, sentence
from app.pages.examine_pictures import PictureStore
from app.widgets.layer_stack import LayerStack, MapLook
from app.widgets.pane import Pane, ShownMap
from app.widgets.picture import Picture
from app.widgets.spectrum_view import ShownSpectrum
from app.widgets.tile_board import Detail, Tiles
from core.domain import Finding
from core.errors import Cancelled
from core.examine import LayerKind, MapSanity

_LOADING_AFTER_MS = 150  # most images are there before the eye misses them
_ASKED = (LayerKind.HEAT_MAP, LayerKind.RESIDUAL, LayerKind.SPECTRUM)


class PaneDesk(QObject):
    """Fills one pane.

    Args:
        pane: what is filled.
        jobs: where reading runs.
        reader: reads records.
        pictures, layers: shared by all panes.
        parent: who owns the desks.

    Attributes:
        exhibit_id: what is shown, None for nothing.
        detector: digest of the detector whose answer is shown, None for that of the newest finding.
        records: what is known of the exhibit, once it was read.
        refusal: why the picture cannot be shown, empty when it can; then there is no heat map either.
        words, busy: what the legend says of this pane's map, and whether it is being made.

    Signals:
        changed: the records are others, or were refused.
        drawn: the picture or a layer on it is another one.
        spoken: `words` are others.
        message: a sentence for the analyst.
        analysis_wished: the exhibit is to be analysed with a detector (its digest, or None for the current one).
    """

    changed = Signal()
    drawn = Signal()
    spoken = Signal()
    message = Signal(str)
    analysis_wished = Signal(object)

    def __init__(
        self,
        pane: Pane,
        jobs: Jobs,
        reader: RecordReader,
        pictures: PictureStore,
        layers: LayerStore,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.pane, self._jobs, self._reader, self._pictures = pane, jobs, reader, pictures
        self.exhibit_id: int | None = None
        self.detector: str | None = None
        self.records: Records | None = None
        self.refusal, self.words, self.busy = "", "", False
        self._picture: Picture | None = None
        self._residual: Picture | None = None
        self._stay = False
        self._told: dict[LayerKind, tuple[str, bool]] = {}
        self._trouble: dict[LayerKind, str] = {}
        self._look = MapLook()
        self.askers = {kind: LayerAsker(layers, kind, self) for kind in _ASKED}
        self._loading = QTimer(self, singleShot=True, interval=_LOADING_AFTER_MS)
        self._loading.timeout.connect(self._say_loading)
        self._connect()

    @property
    def finding(self) -> Finding | None:
        """What the detector says, if it is known."""
        return self.records.finding if self.records is not None else None

    @property
    def compared(self) -> LayerKind:
        """What takes part in a difference: the residual when it is shown without the original, else the original."""
        stack = self.pane.stack
        alone = stack.shows(LayerKind.RESIDUAL) and not stack.shows(LayerKind.ORIGINAL)
        return LayerKind.RESIDUAL if alone else LayerKind.ORIGINAL

    @property
    def pixels(self) -> Picture | None:
        """The exhibit's own picture."""
        return self._picture

    @property
    def picture(self) -> Picture | None:
        """The picture that takes part in a difference."""
        return self._residual if self.compared is LayerKind.RESIDUAL else self._picture

    def show(self, exhibit_id: int, detector: str | None = None, *, stay: bool = False) -> None:
        """Show an exhibit; with `stay` the part of it that was looked at in the one before."""
        self._begin(exhibit_id, detector)
        self._stay = stay
        self._loading.start()
        self.reread()
        self._pictures.ask(exhibit_id)

    def clear(self) -> None:
        """Show nothing."""
        self._begin(None, None)
        self._loading.stop()

    def reread(self) -> None:
        """Read the records again."""
        exhibit_id, detector = self.exhibit_id, self.detector
        if exhibit_id is None:
            return

        def failed(error: Exception) -> None:
            if exhibit_id == self.exhibit_id and not isinstance(error, Cancelled):
                self._refuse_records(sentence(error))

        def done(records: Records) -> None:
            if (exhibit_id, detector) == (self.exhibit_id, self.detector):
                self._take_records(records)

        self._jobs.start(
            lambda _: self._reader.read(exhibit_id, detector),
            done,
            failed,
            lane=Lane.DISK,
            quiet=True,
            token=(id(self), "records"),
        )

    def set_detector(self, detector: str | None) -> None:
        """Show what another detector says."""
        if detector != self.detector:
            self.detector = detector
            self.reread()

    def set_stack(self, stack: LayerStack) -> None:
        """Show other layers."""
        self.pane.set_stack(stack)
        self._ask_layers()
        self.drawn.emit()

    def set_look(self, look: MapLook) -> None:
        """Other colours; a spectrum has to be coloured anew, a heat map is coloured where it is painted."""
        self._look = look
        self._ask_layers()

    def _begin(self, exhibit_id: int | None, detector: str | None) -> None:
        self.exhibit_id, self.detector, self.records = exhibit_id, detector, None
        self._picture = self._residual = None
        self.refusal, self._told, self._trouble = "", {}, {}
        for asker in self.askers.values():
            asker.cancel()
        self.pane.start()
        self.pane.set_stack(self.pane.stack.asking(replace(self.pane.stack.question, target=None)))
        self._speak()

    def _connect(self) -> None:
        self._pictures.ready.connect(self._take_picture)
        self._pictures.refused.connect(self._refuse_picture)
        self._pictures.sharpened.connect(self._take_detail)
        self.pane.canvas.detail_wished.connect(self._ask_detail)
        self.pane.note.accepted.connect(self._accept)
        takers = {
            LayerKind.HEAT_MAP: self._take_map,
            LayerKind.RESIDUAL: self._take_residual,
            LayerKind.SPECTRUM: self._take_spectrum,
        }
        for kind, asker in self.askers.items():
            asker.answered.connect(takers[kind])
            asker.waiting.connect(
                lambda words, long, kind=kind: self._tell(kind, words, busy=True, trouble=words if long else "")
            )
            asker.refused.connect(lambda words, kind=kind: self._tell(kind, words, trouble=f"{kind.value}: {words}"))

    def _take_records(self, records: Records) -> None:
        before, self.records = self.records, records
        self.pane.header.set_exhibit(records.exhibit.name)
        choices, current = pane_words.detectors(records, self.detector)
        self.pane.header.set_detectors(choices, current)
        if before is None or before.finding != records.finding or before.titles != records.titles:
            self.pane.show_finding(records.finding, records.exhibit, records.titles)
            self.askers[LayerKind.HEAT_MAP].cancel()
        self._place()
        self._ask_layers()
        self.changed.emit()

    def _refuse_records(self, words: str) -> None:
        if self.records is None:
            self._loading.stop()
            self.pane.canvas.show_message(f"This exhibit cannot be read.\n{words}")
            self.changed.emit()
        else:
            self.message.emit(words)

    def _take_picture(self, exhibit_id: int, picture: Picture) -> None:
        if exhibit_id == self.exhibit_id and self._picture is None:
            self._picture = picture
            self._place()

    def _refuse_picture(self, exhibit_id: int, words: str) -> None:
        if exhibit_id == self.exhibit_id:
            self._loading.stop()
            self.refusal = words
            self.pane.canvas.show_message(f"{pane_words.NOT_SHOWN}\n{words}")
            self._ask_layers()
            self.changed.emit()

    def _place(self) -> None:
        if self._picture is None or self.records is None or not self.pane.canvas.empty:
            return
        self._loading.stop()
        self.pane.show_picture(self._picture, self.records.exhibit, stay=self._stay)
        if self._residual is not None:
            self.pane.set_residual(self._residual)
        self.drawn.emit()

    def _say_loading(self) -> None:
        if self.pane.canvas.empty:
            self.pane.canvas.show_message("Loading the image …")

    def _ask_detail(self, detail: Detail) -> None:
        if self.exhibit_id is not None:
            self._pictures.sharpen(self.exhibit_id, detail, self)

    def _take_detail(self, exhibit_id: int, tiles: Tiles) -> None:
        if exhibit_id == self.exhibit_id:
            self.pane.canvas.add_detail(tiles)

    def _ask_layers(self) -> None:
        """Have made what is to be seen, and forget what is not."""
        wanted = self._wanted()
        for kind, asker in self.askers.items():
            key = wanted.get(kind)
            if key is None:
                asker.cancel()
                self._told.pop(kind, None)
                self._trouble.pop(kind, None)
            if kind is LayerKind.HEAT_MAP and (key is None or not asker.asks(key)):
                self.pane.set_map(None)
                self.drawn.emit()
            if key is not None:
                asker.ask(key)
        self._note()
        self._speak()

    def _wanted(self) -> dict[LayerKind, Hashable]:
        """What has to be made for what is shown."""
        stack, finding, wanted = self.pane.stack, self.finding, dict[LayerKind, Hashable]()
        if self.exhibit_id is None or self.records is None:
            return wanted
        explained = finding is not None and finding.scores and not self.records.orphaned and not self.refusal
        if finding is not None and explained and stack.shows(LayerKind.HEAT_MAP):
            question = replace(stack.question, target=stack.question.target or finding.architecture)
            wanted[LayerKind.HEAT_MAP] = MapKey(self.exhibit_id, finding.detector.digest, question)
        if stack.shows(LayerKind.RESIDUAL):
            wanted[LayerKind.RESIDUAL] = self.exhibit_id
        if stack.shows(LayerKind.SPECTRUM):
            wanted[LayerKind.SPECTRUM] = SpectrumKey(self.exhibit_id, self._look.colours.id)
        return wanted

    def judge(self, exhibit_id: int, sanity: MapSanity) -> None:
        """A map was checked; if it is the one that is shown, it gets its stamp or loses it."""
        shown = self.pane.shown_map
        if shown is not None and exhibit_id == self.exhibit_id and shown.is_of(sanity.question):
            self._take_map(replace(shown, sanity=sanity))

    def _take_map(self, shown: ShownMap) -> None:
        if self.finding is not None and self.records is not None:
            self.pane.set_map(shown)
            self._tell(LayerKind.HEAT_MAP, "")
            self.drawn.emit()

    def _take_residual(self, picture: Picture) -> None:
        self._residual = picture
        if not self.pane.canvas.empty:
            self.pane.set_residual(picture)
        self._tell(LayerKind.RESIDUAL, "")
        self.drawn.emit()

    def _take_spectrum(self, shown: ShownSpectrum) -> None:
        self.pane.set_spectrum(shown)
        self._tell(LayerKind.SPECTRUM, pane_words.spectrum(shown.spectrum))

    def _tell(self, kind: LayerKind, words: str, *, busy: bool = False, trouble: str = "") -> None:
        """Keep what is to be said of a layer, and say it where it is seen."""
        self._told[kind] = (words, busy)
        if trouble:
            self._trouble[kind] = trouble
        else:
            self._trouble.pop(kind, None)
        self._note()
        self._speak()

    def _speak(self) -> None:
        """Say in the legend what the map or spectrum on top shows, or why there is none."""
        stack = self.pane.stack
        kind = LayerKind.SPECTRUM if stack.shows(LayerKind.SPECTRUM) else LayerKind.HEAT_MAP
        nothing = pane_words.not_shown(self.refusal) or pane_words.no_map(self.records, stack)
        words, busy = self._told.get(kind, (nothing, False))
        shown = self.pane.shown_map
        if not words and kind is LayerKind.HEAT_MAP and shown and self.finding is not None and self.records is not None:
            words = pane_words.legend(shown, self.finding, self.records.titles, locked=self._look.locked)
        if (words, busy) != (self.words, self.busy):
            self.words, self.busy = words, busy
            self.spoken.emit()

    def renew_note(self) -> None:
        """Let what is offered be accepted again."""
        self.pane.note.offer.setEnabled(True)

    def _note(self) -> None:
        if self.records is None:
            return
        words, offer = pane_words.note(self.records, self.detector, self.pane.stack)
        self.pane.note.say(words or "\n".join(self._trouble.values()), offer if words else "")

    def _accept(self) -> None:
        self.pane.note.offer.setEnabled(False)
        self.analysis_wished.emit(self.detector)
