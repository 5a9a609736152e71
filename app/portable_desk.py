"""Archives, restores and exports for the window: asks where, starts the work, says how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.errors import Choice, Notice
from app.jobs import Jobs, Lane
from app.wording import bytes_text, exhibits_text, visible
from core.custody import PackedCase
from core.domain import Written
from core.errors import CoreError
from core.paths import CASE_SUFFIX

if TYPE_CHECKING:
    from core.services.workspace import Workspace

_SUFFIX = ".dnacase.zip"
_FOLDER = "portable_folder"


class PortableDesk(QObject):
    """Cases that travel.

    Args:
        workspace: the door to the services.
        jobs: where the work runs.
        window: over which the questions open.

    Signals:
        noticed: a `Notice` for the analyst.
        open_wished: the path of a case to open.
    """

    noticed = Signal(object)
    open_wished = Signal(object)

    def __init__(self, workspace: Workspace, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._jobs, self._window = workspace, jobs, window

    def verbs(self) -> dict[str, Callable[[], object]]:
        """What it answers, by the id of the action."""
        return {"case.archive": self.ask_archive, "case.restore": self.ask_restore}

    def ask_archive(self) -> None:
        """Ask for a file, and write the open case into it."""
        current = self._workspace.cases.current
        if current is not None:
            title = self.tr("Archive the case in one file")
            start = str(self._folder() / f"{current.path.stem}{_SUFFIX}")
            name, _kind = QFileDialog.getSaveFileName(
                self._window, title, start, f"{self.tr('Archived cases')} (*{_SUFFIX})", "", _NO_OVERWRITE_QUESTION
            )
            if name:
                self.archive(Path(name))

    def ask_restore(self) -> None:
        """Ask for an archive and a folder, and bring the case back."""
        kinds = f"{self.tr('Archived cases')} (*{_SUFFIX} *.zip)"
        name, _kind = QFileDialog.getOpenFileName(self._window, self.tr("Restore a case"), str(self._folder()), kinds)
        if not name:
            return
        title = self.tr("The folder that the case is to lie in")
        if place := QFileDialog.getExistingDirectory(self._window, title, str(Path(name).parent)):
            self.restore(Path(name), Path(place))

    def ask_export(self, exhibit_ids: Sequence[int]) -> None:
        """Ask for a name, and make a case of its own of these exhibits."""
        title = self.tr("Export {} as a case").format(exhibits_text(len(exhibit_ids)))
        start = str(self._folder() / f"extract{CASE_SUFFIX}")
        name, _kind = QFileDialog.getSaveFileName(
            self._window, title, start, f"{self.tr('Cases')} (*{CASE_SUFFIX})", "", _NO_OVERWRITE_QUESTION
        )
        if name:
            self.export(exhibit_ids, Path(name))

    def archive(self, target: Path) -> None:
        """Write the open case into one file."""
        self._remember(target)
        self._jobs.start(
            lambda progress: self._workspace.portable.archive(target, progress=progress),
            self._tell_archive,
            lane=Lane.INTAKE,
            title=self.tr("Archiving the case"),
        )

    def restore(self, archive: Path, parent: Path) -> None:
        """Bring a case back out of an archive."""
        self._remember(archive)
        self._jobs.start(
            lambda progress: self._workspace.portable.restore(archive, parent, progress=progress),
            self._tell_restore,
            lane=Lane.INTAKE,
            title=self.tr("Restoring a case"),
        )

    def export(self, exhibit_ids: Sequence[int], target: Path) -> None:
        """Make a case of its own of some exhibits."""
        chosen = tuple(exhibit_ids)
        self._remember(target)
        self._jobs.start(
            lambda progress: self._workspace.portable.export(target, chosen, progress=progress),
            partial(self._tell_export, len(chosen)),
            lane=Lane.INTAKE,
            title=self.tr("Exporting {}").format(exhibits_text(len(chosen))),
        )

    def _tell_archive(self, written: Written[PackedCase]) -> None:
        packed = written.value
        text = self.tr("The case is archived in {} ({}, SHA-256 {}).")
        self._say(text.format(visible(str(packed.path)), bytes_text(packed.size), packed.sha256))

    def _tell_restore(self, made: Path) -> None:
        choice = Choice(self.tr("Open it"), partial(self.open_wished.emit, made))
        self._say(self.tr("The case is back in {}.").format(visible(str(made))), (choice,))

    def _tell_export(self, count: int, written: Written[Path]) -> None:
        choice = Choice(self.tr("Open it"), partial(self.open_wished.emit, written.value))
        text = (
            self.tr("{} are a case of their own now: {}.") if count > 1 else self.tr("{} is a case of its own now: {}.")
        )
        self._say(text.format(exhibits_text(count), visible(str(written.value))), (choice,))

    def _say(self, text: str, choices: tuple[Choice, ...] = ()) -> None:
        self.noticed.emit(Notice(text, "done", choices, key="portable"))

    def _folder(self) -> Path:
        return Path(self._workspace.settings.recall(_FOLDER) or Path.home())

    def _remember(self, path: Path) -> None:
        def write(_progress: object) -> None:
            try:
                self._workspace.settings.remember(_FOLDER, str(path.parent))
            except CoreError:
                return  # a user folder that cannot be written must not keep anybody from archiving

        self._jobs.start(write, lane=Lane.WRITE, quiet=True)


# The service refuses a place that is taken, in words; the system's question would promise to replace it.
_NO_OVERWRITE_QUESTION = QFileDialog.Option.DontConfirmOverwrite
