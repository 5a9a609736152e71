"""Which detector is in use and what it computes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import Jobs, Lane
from core.errors import CoreError
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_SETTING = "analysis.device"


class Equipment(QObject):
    """Reads and chooses.

    Args:
        workspace: the door to the services.
        jobs: where reading and choosing run.

    Signals:
        changed: name and version of the detector ("" without one), the device ("" until it is known), and the wish.
    """

    changed = Signal(str, str, str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs

    def read(self) -> None:
        """Ask what is in use now."""
        self._jobs.start(
            self._look, lambda found: self.changed.emit(*found), lane=Lane.DISK, quiet=True, token=(id(self), "look")
        )

    def choose_device(self, value: str) -> None:
        """Compute on another device from now on: "auto", "cpu" or "cuda"."""
        settings = self._workspace.settings
        self._jobs.start(
            lambda _progress: settings.set(_SETTING, value), lambda _nothing: self.read(), lane=Lane.WRITE, quiet=True
        )

    def _look(self, _progress: Progress) -> tuple[str, str, str]:
        wished = str(self._workspace.settings.get(_SETTING))
        device = self._workspace.analysis.device()
        try:
            reference = self._workspace.detectors.current().reference
        except CoreError:  # the Detectors page says why there is none
            return "", device, wished
        return f"{reference.name} {reference.version}", device, wished
