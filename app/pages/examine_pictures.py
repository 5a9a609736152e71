"""Pictures of exhibits: decoded in the background, kept within a limit, sharper pieces of very large ones on demand."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import Job, Jobs, Lane
from app.pages.examine_loading import sentence
from app.widgets.picture import Picture, as_image, build_picture
from app.widgets.tile_board import Detail, Tiles, cut
from core.errors import Cancelled
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

WHOLE_UP_TO_PX = 8000  # pictures with a longer side than this are never held as a whole
OVERVIEW_PX = 4096
_KEPT_BYTES = 320 << 20


class PictureStore(QObject):
    """Gives pictures to whoever shows them; an answer nobody waits for any more is dropped.

    Signals:
        ready: exhibit id and its `Picture`.
        refused: exhibit id and a sentence why there is none.
        sharpened: exhibit id and the `Tiles` of a region of it.
    """

    ready = Signal(int, object)
    refused = Signal(int, str)
    sharpened = Signal(int, object)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._kept: OrderedDict[int, Picture] = OrderedDict()
        self._running: dict[int, Job] = {}
        self._shown: frozenset[int] = frozenset()

    def __contains__(self, exhibit_id: int) -> bool:
        return exhibit_id in self._kept

    def get(self, exhibit_id: int) -> Picture | None:
        """The picture, if it is at hand."""
        return self._kept.get(exhibit_id)

    def show_only(self, exhibit_ids: frozenset[int]) -> None:
        """Say which exhibits are shown: these are kept, and what is on its way for others is dropped."""
        self._shown = exhibit_ids
        for other in [known for known in self._running if known not in exhibit_ids]:
            self._running.pop(other).drop()

    def ask(self, exhibit_id: int) -> None:
        """Have a picture sent; at once if it is at hand."""
        picture = self._kept.get(exhibit_id)
        if picture is not None:
            self._kept.move_to_end(exhibit_id)
            self.ready.emit(exhibit_id, picture)
        elif exhibit_id not in self._running:
            self._decode(exhibit_id)

    def prefetch(self, exhibit_id: int | None) -> None:
        """Decode the exhibit that will probably be asked for next."""
        if exhibit_id is not None and exhibit_id not in self._kept and exhibit_id not in self._running:
            self._decode(exhibit_id)

    def sharpen(self, exhibit_id: int, detail: Detail, who: QObject) -> None:
        """Have a region of a very large image sent; a newer wish of the same pane drops this one."""

        def read(progress: Progress) -> Tiles:
            region = self._workspace.exhibits.region(exhibit_id, detail.box, detail.halvings, progress=progress)
            return cut(detail, as_image(region.pixels))

        def done(tiles: Tiles) -> None:
            self.sharpened.emit(exhibit_id, tiles)

        # Without a word: the reduced picture stays, and what is wrong with the file was said when that was read.
        self._jobs.start(read, done, lambda _: None, lane=Lane.DISK, quiet=True, token=(id(self), "detail", id(who)))

    def clear(self) -> None:
        """Forget everything; another case may use the same numbers."""
        self.show_only(frozenset())
        self._kept.clear()

    def _decode(self, exhibit_id: int) -> None:
        def read(_: Progress) -> Picture:
            exhibits = self._workspace.exhibits
            facts = exhibits.get(exhibit_id).facts
            whole = max(facts.width, facts.height) <= WHOLE_UP_TO_PX
            return build_picture(exhibits.display(exhibit_id, WHOLE_UP_TO_PX if whole else OVERVIEW_PX))

        def done(picture: Picture) -> None:
            self._running.pop(exhibit_id, None)
            self._keep(exhibit_id, picture)
            self.ready.emit(exhibit_id, picture)

        def failed(error: Exception) -> None:
            self._running.pop(exhibit_id, None)
            if not isinstance(error, Cancelled):
                self.refused.emit(exhibit_id, sentence(error))

        self._running[exhibit_id] = self._jobs.start(read, done, failed, lane=Lane.DISK, quiet=True)

    def _keep(self, exhibit_id: int, picture: Picture) -> None:
        self._kept[exhibit_id] = picture
        self._kept.move_to_end(exhibit_id)
        for other in [known for known in self._kept if known not in self._shown and known != exhibit_id]:
            if sum(kept.size_bytes for kept in self._kept.values()) <= _KEPT_BYTES:
                break
            del self._kept[other]
