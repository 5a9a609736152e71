"""Thumbnails of the exhibits that are looked at: decoded by workers, newest wish first, within a bound of memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QImageReader

from app.jobs import Jobs, Lane
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_MOST_BYTES = 96 * 1024 * 1024
_MOST_WISHES = 400  # more tiles than any screen shows; older wishes are for tiles that were scrolled away
_AT_ONCE = 2  # leaves most of the disk lane to reads of records
_BATCH = 8


class Thumbnails(QObject):
    """A bounded cache of decoded thumbnails, keyed by the SHA-256 of the exhibit.

    Args:
        workspace: the door to the services.
        jobs: where decoding runs.

    Signals:
        arrived: SHA-256 digests whose thumbnail can be had now.
    """

    arrived = Signal(object)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._images: OrderedDict[str, QImage] = OrderedDict()
        self._bytes = 0
        self._wishes: OrderedDict[str, None] = OrderedDict()
        self._loading: set[str] = set()
        self._generation = 0
        self._busy = 0

    def get(self, sha256: str) -> QImage | None:
        """The thumbnail, a null image when there is none to be had, or None while it is being fetched."""
        image = self._images.get(sha256)
        if image is not None:
            self._images.move_to_end(sha256)
            return image
        if sha256 not in self._loading:
            self._wishes[sha256] = None
            self._wishes.move_to_end(sha256)
            if len(self._wishes) > _MOST_WISHES:
                self._wishes.popitem(last=False)
            self._load()
        return None

    def clear(self) -> None:
        """Forget every image and wish; answers on their way are thrown away."""
        self._generation += 1
        self._images.clear()
        self._wishes.clear()
        self._loading.clear()
        self._bytes = self._busy = 0

    def retry_missing(self) -> None:
        """Ask again for thumbnails that could not be had."""
        for sha256 in [sha256 for sha256, image in self._images.items() if image.isNull()]:
            del self._images[sha256]

    @property
    def size_bytes(self) -> int:
        """Memory held by decoded images."""
        return self._bytes

    def _load(self) -> None:
        while self._wishes and self._busy < _AT_ONCE:
            batch = [self._wishes.popitem()[0] for _ in range(min(_BATCH, len(self._wishes)))]
            self._loading.update(batch)
            self._busy += 1
            self._start(batch, self._generation)

    def _start(self, batch: list[str], generation: int) -> None:
        def read(_progress: Progress) -> dict[str, QImage]:
            return {sha256: _read(str(self._workspace.exhibits.thumbnail(sha256))) for sha256 in batch}

        def take(images: dict[str, QImage]) -> None:
            if generation == self._generation:
                self._take(images)

        def give_up(_error: Exception) -> None:
            take({sha256: QImage() for sha256 in batch})

        self._jobs.start(read, take, give_up, lane=Lane.DISK, quiet=True)

    def _take(self, images: dict[str, QImage]) -> None:
        self._busy -= 1
        self._loading.difference_update(images)
        for sha256, image in images.items():
            self._images[sha256] = image
            self._bytes += image.sizeInBytes()
        while self._bytes > _MOST_BYTES:
            self._bytes -= self._images.popitem(last=False)[1].sizeInBytes()
        self.arrived.emit(tuple(images))
        self._load()


def _read(path: str) -> QImage:
    image = QImageReader(path).read()
    wanted = QImage.Format.Format_ARGB32_Premultiplied if image.hasAlphaChannel() else QImage.Format.Format_RGB32
    return image if image.isNull() else image.convertToFormat(wanted)
