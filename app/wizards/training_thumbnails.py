"""Thumbnails of a draft's images, read from its folder behind the window."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage, QImageReader

from app.jobs import Jobs, Lane
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_AT_ONCE = 24
_DIGEST = re.compile(r"[0-9a-f]{64}")  # an unreadable file is named by its path, which must never be opened here


class TrainingThumbnails(QObject):
    """Reads thumbnails in small batches; images without one are left out.

    Args:
        workspace: the door to the services.
        jobs: where reading runs.
    """

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._generation = 0

    def forget(self) -> None:
        """What is on its way is no longer wanted."""
        self._generation += 1

    def load(self, draft_id: str, digests: Sequence[str], take: Callable[[dict[str, QImage]], None]) -> None:
        """Read thumbnails and hand them on as they come.

        Args:
            draft_id: whose folder holds them.
            digests: SHA-256 of the images.
            take: gets thumbnails by SHA-256, null for those that there are none of.
        """
        generation = self._generation

        def done(images: dict[str, QImage]) -> None:
            if generation == self._generation:
                take(images)

        known = [digest for digest in digests if _DIGEST.fullmatch(digest)]
        for first in range(0, len(known), _AT_ONCE):
            batch = tuple(known[first : first + _AT_ONCE])
            self._jobs.start(self._reading(draft_id, batch), done, _ignore, lane=Lane.DISK, quiet=True)

    def _reading(self, draft_id: str, batch: Sequence[str]) -> Callable[[Progress], dict[str, QImage]]:
        def read(progress: Progress) -> dict[str, QImage]:
            folder = self._workspace.retraining.folder(draft_id) / "thumbnails"
            images = {}
            for digest in batch:
                progress.check()
                images[digest] = QImageReader(str(folder / f"{digest}.jpg")).read()
            return images

        return read


def _ignore(_error: Exception) -> None:
    """A picture that cannot be had is drawn as a sign."""
