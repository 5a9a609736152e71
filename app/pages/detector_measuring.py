"""What the Detectors page asks the network for: figures of one detector, two compared, and writing onto a card."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from app.jobs import Jobs, Lane
from app.widgets.card_words import title_of
from app.widgets.measurements_view import MeasuredSet
from app.wording import visible
from core.domain import DetectorSummary, Table, Written
from core.errors import Cancelled, CoreError
from core.paths import resources
from core.progress import Progress

if TYPE_CHECKING:
    from core.services.workspace import Workspace

T = TypeVar("T")
_FOLDER = "test_images"
_SHIPPED = (
    "These figures are not on the card. The detector ships with the program and cannot be written to; "
    "they are kept until the program ends."
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures that were measured here; the card does not have them yet.

    Attributes:
        digest: of the detector's file.
        folder: name of the folder of images.
        trained: whether sources that it was trained on were allowed.
    """

    digest: str
    folder: str
    trained: bool
    figures: Mapping[str, Any]
    skipped: tuple[str, ...]


class DetectorMeasuring(QObject):
    """Runs on the device lane, one wish at a time, and keeps what was measured until it is on a card.

    Signals:
        measured: digest of a detector that has new figures.
        compared: digests of the two detectors, and what came of it.
        recorded: a card has new figures; a sentence.
        refused: a sentence.
        busy_changed: what is being done, empty when nothing is.
    """

    measured = Signal(str)
    compared = Signal(str, str, object)
    recorded = Signal(str)
    refused = Signal(str)
    busy_changed = Signal(str)

    def __init__(self, workspace: Workspace, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._jobs = workspace, jobs
        self._kept: dict[str, list[Measured]] = {}

    @property
    def folder(self) -> str:
        """The folder of test images chosen last."""
        return str(self._workspace.settings.recall(_FOLDER, ""))

    def kept(self, digest: str) -> tuple[Measured, ...]:
        """What was measured of a detector and is not on its card, newest first."""
        return tuple(reversed(self._kept.get(digest, [])))

    def sets(self, summary: DetectorSummary) -> tuple[MeasuredSet, ...]:
        """The same as the analyst sees it."""
        problem = _SHIPPED if is_shipped(summary) else ""
        shown = []
        for one in self.kept(summary.reference.digest):
            command = _command("evaluate", summary.reference.name, folder=one.folder, trained=one.trained)
            figures = {"set": one.folder, "command": command, **one.figures}
            shown.append(MeasuredSet(figures, one.skipped, problem, recorded=False))
        return tuple(shown)

    def measure(self, summary: DetectorSummary, folder: Path, *, trained: bool) -> None:
        """Measure a detector on ``folder/<class>/<source>/*``, with `trained` on sources of its training as well."""
        digest, device, detectors = summary.reference.digest, self._device(), self._workspace.detectors

        def task(progress: Progress) -> Measured:
            self._workspace.settings.remember(_FOLDER, str(folder))
            figures, skipped = detectors.evaluate(
                digest, folder, device=device, allow_trained=trained, progress=progress
            )
            return Measured(digest, folder.name, trained, figures, tuple(skipped))

        self._start(task, self._keep, f"Measuring {_name(summary)} on “{visible(folder.name, longest=60)}”")

    def compare(self, one: DetectorSummary, other: DetectorSummary, folder: Path, *, trained: bool) -> None:
        """Let two detectors look at the same images."""
        a, b, device, detectors = (
            one.reference.digest,
            other.reference.digest,
            self._device(),
            self._workspace.detectors,
        )

        def task(progress: Progress) -> Mapping[str, Any]:
            self._workspace.settings.remember(_FOLDER, str(folder))
            found = detectors.compare(a, b, folder, device=device, allow_trained=trained, progress=progress)
            names = _told_apart(one, other)
            return {"command": _command("compare", *names, folder=folder.name, trained=trained), **found}

        self._start(task, lambda found: self.compared.emit(a, b, found), f"Comparing {_name(one)} with {_name(other)}")

    def record(self, summary: DetectorSummary, measured: Measured, name: str) -> None:
        """Write figures onto the card, under the name that the test set is to have there."""
        detectors, before = self._workspace.detectors, summary.reference.digest

        def task(_: Progress) -> Written[str]:
            named = summary.reference.name
            command = _command("evaluate", named, folder=measured.folder, trained=measured.trained, record=name)
            detectors.record(before, name, measured.figures, command)
            now = next((one.reference.digest for one in detectors.all() if one.path == summary.path), before)
            return Written(now, frozenset({Table.DETECTORS}))

        def done(written: Written[str]) -> None:
            rest = [one for one in self._kept.pop(before, []) if one is not measured]
            self._kept[written.value] = [replace(one, digest=written.value) for one in rest]
            self.recorded.emit(
                f"“{visible(name, longest=60)}” is on the card now. The file has another SHA-256 since; findings that "
                "exist keep the earlier one."
            )

        self._jobs.start(task, done, self._refuse, lane=Lane.WRITE, title="Writing onto the card")

    def _start(self, task: Callable[[Progress], T], done: Callable[[T], None], title: str) -> None:
        self.busy_changed.emit(f"{title} … How far it is, and a way to stop it, stand at the bottom of the window.")

        def answered(answer: T) -> None:
            self.busy_changed.emit("")
            done(answer)

        def failed(error: Exception) -> None:
            self.busy_changed.emit("")
            self._refuse(error)

        self._jobs.start(task, answered, failed, lane=Lane.DEVICE, title=title)

    def _keep(self, measured: Measured) -> None:
        others = [one for one in self._kept.get(measured.digest, []) if one.folder != measured.folder]
        self._kept[measured.digest] = [*others, measured]
        self.measured.emit(measured.digest)

    def _refuse(self, error: Exception) -> None:
        if isinstance(error, CoreError) and not isinstance(error, Cancelled):
            self.refused.emit(str(error))

    def _device(self) -> str:
        return str(self._workspace.settings.get("analysis.device"))


def is_shipped(summary: DetectorSummary) -> bool:
    """Whether a detector came with the program; its file must stay as it is."""
    return summary.path.is_relative_to(resources())


def _command(verb: str, *names: str, folder: str, trained: bool, record: str = "") -> str:
    """What repeats a measurement on the command line, with the folder's name and no path of this machine."""
    arguments = ["main.py", "detectors", verb, *names, "--data", folder]
    arguments += ["--record", record] if record else []
    return shlex.join([*arguments, *(["--allow-trained"] if trained else [])])


def _told_apart(one: DetectorSummary, other: DetectorSummary) -> tuple[str, str]:
    """How the command line can name two detectors: by name, or by digest where they share the name."""
    first, second = one.reference, other.reference
    if first.name != second.name:
        return first.name, second.name
    return first.digest[:12], second.digest[:12]


def _name(summary: DetectorSummary) -> str:
    return visible(title_of(summary), longest=60)
