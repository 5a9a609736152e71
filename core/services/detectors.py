"""The detectors at hand: the one that ships, and those the analyst installed or trained."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import paths
from core.dna.card import SUFFIX, read_header, reference_of, verify_shapes, verify_weights
from core.domain import DetectorReference, DetectorSummary, Table, Written
from core.errors import BadInput, CoreError, NotFound, error_from_os
from core.progress import Progress
from core.services.engine import judge
from core.settings import Settings

if TYPE_CHECKING:
    from core.dna.evaluate import Judged
    from core.services.processes import Processes

_CHOICE = "analysis.detector"
_CHUNK = 8


class Detectors:
    """Lists, installs, chooses and measures detectors; reads cards only, never loads a network in this process.

    Args:
        settings: keeps the choice.
        processes: where measuring runs.
    """

    def __init__(self, settings: Settings, processes: Processes) -> None:
        self._settings = settings
        self._processes = processes
        self._known: dict[tuple[Path, int, int], DetectorSummary] = {}

    def all(self) -> tuple[DetectorSummary, ...]:
        """Every detector file at hand, shipped ones first; refused files carry the reason."""
        folders = (paths.resources() / "detectors", paths.installed_detectors())
        files = [path for folder in folders if folder.is_dir() for path in sorted(folder.glob(f"*{SUFFIX}"))]
        return tuple(self._summary(path) for path in files)

    def current(self) -> DetectorSummary:
        """The chosen detector, or the one that ships; raises `NotFound` when there is none."""
        usable = [one for one in self.all() if not one.problem]
        chosen = self._settings.get(_CHOICE)
        for one in usable:
            if one.reference.digest == chosen:
                return one
        if not usable:
            raise NotFound("No usable detector was found. Install one on the Detectors page.")
        return usable[0]

    def find(self, wanted: str | None) -> DetectorSummary:
        """A detector by file path, digest (or its beginning), or name; None gives the current one."""
        if not wanted:
            return self.current()
        if Path(wanted).suffix == SUFFIX:
            return _checked(self._summary(Path(wanted).resolve()))
        for one in self.all():
            if one.reference.name == wanted or (len(wanted) >= 6 and one.reference.digest.startswith(wanted)):
                return _checked(one)
        names = ", ".join(one.reference.name for one in self.all()) or "none"
        raise NotFound(f"There is no detector {wanted!r}. At hand: {names}. A path to a {SUFFIX} file works too.")

    def choose(self, digest: str) -> Written[None]:
        """Use this detector from now on."""
        self._settings.set(_CHOICE, self.find(digest).reference.digest)
        return Written(None, frozenset({Table.DETECTORS}))

    def install(self, path: Path) -> Written[DetectorSummary]:
        """Check a detector file and copy it to the installed ones.

        Raises:
            DetectorRefused: wrong kind of file, digest, shapes, classes or schema.
        """
        header = read_header(path)
        verify_shapes(path, header)
        verify_weights(path, header)
        reference = reference_of(path, header)
        for known in self.all():
            if known.reference.digest == reference.digest:
                return Written(known, frozenset({Table.DETECTORS}))
        target = paths.installed_detectors() / f"{_plain(reference.name)}-{reference.digest[:12]}{SUFFIX}"
        temporary = target.with_suffix(".tmp")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, temporary)
            os.replace(temporary, target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise error_from_os(error, target, doing="installing the detector") from error
        return Written(self._summary(target), frozenset({Table.DETECTORS}))

    def evaluate(
        self, wanted: str | None, data: Path, *, device: str = "auto", progress: Progress | None = None
    ) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """Figures of a detector on ``DATA/<class>/<source>/*``, and a sentence for each file that was skipped.

        Raises:
            BadInput: the data has a class the detector does not know (other than ``unknown``).
        """
        from core.dna.dataset import UNKNOWN, list_data
        from core.dna.evaluate import figures

        progress = progress or Progress()
        detector, manifest = self.find(wanted), list_data(data)
        strange = sorted(set(manifest.classes) - set(detector.classes))
        if strange:
            raise BadInput(
                f"{data} has classes that {detector.reference.name} cannot name: {', '.join(strange)}. "
                f"Put them into a folder named '{UNKNOWN}' to test what it does with them."
            )
        judged: list[Judged] = []
        skipped: list[str] = []
        progress.start("Measuring", len(manifest.items), "images")
        for start in range(0, len(manifest.items), _CHUNK):
            items = manifest.items[start : start + _CHUNK]
            said, unread = self._processes.analyse(judge, detector.path, device, items, progress=progress)
            judged += said
            skipped += unread
            progress.step(len(items))
        out = figures(judged, detector.classes)
        return {"detector": _reference(detector), "data_digest": manifest.digest, **out}, tuple(skipped)

    def record(self, wanted: str, name: str, figures: Mapping[str, Any], command: str) -> Written[None]:
        """Write measured figures onto a detector's card, replacing earlier ones of the same test set."""
        from core.services.training import record

        record(self.find(wanted).path, name, figures, command)
        return Written(None, frozenset({Table.DETECTORS}))

    def _summary(self, path: Path) -> DetectorSummary:
        try:
            stat = path.stat()
        except OSError as error:
            raise error_from_os(error, path, doing="looking for the detector") from error
        key = (path, stat.st_size, stat.st_mtime_ns)
        if key not in self._known:
            self._known[key] = _read(path)
        return self._known[key]


def _read(path: Path) -> DetectorSummary:
    try:
        header = read_header(path)
        verify_shapes(path, header)
        verify_weights(path, header)
    except CoreError as error:
        return DetectorSummary(DetectorReference(path.stem, "", ""), path, (), {}, str(error))
    return DetectorSummary(reference_of(path, header), path, header.classes, header.card)


def _checked(summary: DetectorSummary) -> DetectorSummary:
    if summary.problem:
        raise BadInput(summary.problem)
    return summary


def _reference(detector: DetectorSummary) -> dict[str, str]:
    reference = detector.reference
    return {"name": reference.name, "version": reference.version, "digest": reference.digest}


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)[:60] or "detector"
