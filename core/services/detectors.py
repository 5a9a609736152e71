"""The detectors at hand: the one that ships, and those the analyst installed or trained."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core import paths
from core.dna.card import SUFFIX, answers_digest_of, read_header, reference_of, verify_shapes, verify_weights
from core.domain import DetectorReference, DetectorSummary, Table, Written
from core.errors import BadInput, CoreError, NotFound, error_from_os
from core.progress import Progress
from core.services.card_signature import sign, signature_of
from core.services.comparison import compared, read_pairs
from core.services.engine import judge
from core.services.recalibration import Recalibrated, recalibrate
from core.services.unseen_data import unseen_data
from core.settings import Settings
from core.whole_file import replace_file

if TYPE_CHECKING:
    from core.dna.evaluate import Judged
    from core.services.processes import Processes

Value = TypeVar("Value")
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
        """A detector by file path, digest (or its beginning), or name; None gives the current one.

        Raises:
            NotFound: there is none.
            BadInput: its file is refused, or several detectors go by that name.
        """
        if not wanted:
            return self.current()
        if Path(wanted).suffix == SUFFIX:
            return _checked(self._summary(Path(wanted).resolve()))
        fitting = [one for one in self.all() if _fits(one, wanted)]
        fitting = [one for one in fitting if not one.problem] or fitting
        digests = sorted({one.reference.digest for one in fitting})
        if len(digests) > 1:
            given = ", ".join(digest[:12] for digest in digests)
            raise BadInput(f"There are {len(digests)} detectors named {wanted}: give the digest: {given}.")
        if fitting:
            return _checked(fitting[0])
        names = ", ".join(one.reference.name for one in self.all()) or "none"
        raise NotFound(f"There is no detector {wanted!r}. At hand: {names}. A path to a {SUFFIX} file works too.")

    def rewritable(self, wanted: str | None) -> DetectorSummary:
        """The detector that `find` gives, if its file may be changed: to be asked before a long measurement.

        Raises:
            BadInput: it ships with the program.
            NoPermission: its folder cannot be written to.
        """
        detector = self.find(wanted)
        path = detector.path.resolve()
        if path.is_relative_to((paths.resources() / "detectors").resolve()):
            name = detector.reference.name
            raise BadInput(f"{name} ships with the program and stays as it is. Copy {path} and name the copy.")
        if not os.access(path.parent, os.W_OK):
            refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            raise error_from_os(refused, path, doing="writing the detector")
        return detector

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
        replace_file(target, path.read_bytes(), doing="installing the detector")
        return Written(self._summary(target), frozenset({Table.DETECTORS}))

    def evaluate(
        self,
        wanted: str | None,
        data: Path,
        *,
        device: str = "auto",
        allow_trained: bool = False,
        progress: Progress | None = None,
    ) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """Figures of a detector on ``DATA/<class>/<source>/*``, and a sentence for each file that was skipped.

        Args:
            wanted: see `find`.
            data: the test set.
            device: auto, cpu or cuda.
            allow_trained: measure on sources that the detector was trained or calibrated on as well; the figures
                then name them under "on_training_sources".
            progress: report and cancel point.

        Raises:
            BadInput: the data has a class the detector does not know (other than ``unknown``), or a source or an
                image that it was trained or calibrated on.
        """
        from core.dna.evaluate import figures

        progress = progress or Progress()
        detector = self.find(wanted)
        manifest, seen = unseen_data((detector,), data, allow_trained, progress)
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
        marked = {"on_training_sources": list(seen)} if seen else {}
        return {"detector": _reference(detector), "data_digest": manifest.digest, **marked, **out}, tuple(skipped)

    def compare(
        self,
        wanted: str | None,
        other: str | None,
        data: Path,
        *,
        device: str = "auto",
        allow_trained: bool = False,
        progress: Progress | None = None,
    ) -> Mapping[str, Any]:
        """Two detectors on the same images.

        Returns:
            ``a`` and ``b``: the figures of each as `evaluate` gives them, with "detector".
            ``paired``: top class right by both, only_a, only_b, neither; mcnemar_p (exact, two-sided).
            ``sources``: rows of source, n, and how many top classes a and b have right, with mcnemar_p.
            ``differing``: images whose verdicts differ: path (class/source/name), truth, and of a and b each
            verdict, architecture and score.
            ``data_digest``, ``skipped``, and "on_training_sources" where there are such.

        Raises:
            BadInput: see `evaluate`; both detectors must be able to name every class of the data.
        """
        progress = progress or Progress()
        detectors = self.find(wanted), self.find(other)
        manifest, seen = unseen_data(detectors, data, allow_trained, progress)
        pairs, skipped = read_pairs(self._processes, detectors, manifest, device, progress)
        out = compared(pairs, detectors[0].classes, detectors[1].classes)
        for side, detector in zip("ab", detectors, strict=True):
            out[side] = {"detector": _reference(detector), **out[side]}
        marked = {"on_training_sources": list(seen)} if seen else {}
        return {**marked, **out, "data_digest": manifest.digest, "skipped": skipped}

    def record(self, wanted: str, name: str, figures: Mapping[str, Any], command: str) -> Written[None]:
        """Write measured figures onto a detector's card, replacing earlier ones of the same test set."""
        from core.services.training import record

        # Rewriting needs torch, and loading it would make the window stutter.
        self._rewritten(
            self.rewritable(wanted), lambda path: self._processes.analyse(record, path, name, dict(figures), command)
        )
        return Written(None, frozenset({Table.DETECTORS}))

    def record_left_out(self, wanted: str, table: Mapping[str, Any], command: str) -> Written[None]:
        """Write a table of sources or of architectures left out onto the card of a detector of the same classes.

        Args:
            wanted: see `find`.
            table: as `CrossValidation` gives it; a table of the other kind stays on the card.
            command: how to repeat it.

        Raises:
            BadInput: the series was of other classes.
        """
        from core.dna.card import read_header
        from core.dna.detector import rewrite_card

        detector = self.rewritable(wanted)
        if set(table["class_names"]) != set(detector.classes):
            raise BadInput(
                f"{detector.reference.name} names other classes than the series had, so it has no place there."
            )
        trained = detector.card.get("trained") or {}
        own = all(trained.get(key) == table[key] for key in ("recipe_digest", "steps"))
        entry = {**table, "command": command, "own_recipe": own}

        def write(path: Path) -> None:
            card = dict(read_header(path).card)
            earlier = card.get("cross_validated") or {}
            if table["left_out"] == "architectures":
                card["cross_validated"] = {**earlier, "architectures": entry}
            else:
                kept = {"architectures": earlier["architectures"]} if "architectures" in earlier else {}
                card["cross_validated"] = {**kept, **entry}
            rewrite_card(path, card)

        self._rewritten(detector, write)
        return Written(None, frozenset({Table.DETECTORS}))

    def calibrate(
        self, wanted: str, data: Path, command: str, *, device: str = "auto", progress: Progress | None = None
    ) -> Written[Recalibrated]:
        """Calibrate a detector on labelled images, in the calling process; see `recalibrate`."""
        made = self._rewritten(
            self.rewritable(wanted), lambda path: recalibrate(path, data, command, device, progress or Progress())
        )
        return Written(made, frozenset({Table.DETECTORS}))

    def _rewritten(self, detector: DetectorSummary, write: Callable[[Path], Value]) -> Value:
        """Change a detector's file, which gets another digest by it; a chosen detector stays chosen.

        What this installation had signed it signs again. A signature of another one no longer fits, and says so.
        """
        chosen = self._settings.get(_CHOICE) == detector.reference.digest
        own = signature_of(detector.path).own
        value = write(detector.path)
        if own:
            sign(detector.path)
        if chosen:
            self._settings.set(_CHOICE, self._summary(detector.path).reference.digest)
        return value

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
    said = reference_of(path, header), path, header.classes, header.card
    return DetectorSummary(*said, answers_digest=answers_digest_of(header), signature=signature_of(path).sentence)


def _fits(one: DetectorSummary, wanted: str) -> bool:
    return one.reference.name == wanted or (len(wanted) >= 6 and one.reference.digest.startswith(wanted))


def _checked(summary: DetectorSummary) -> DetectorSummary:
    if summary.problem:
        raise BadInput(summary.problem)
    return summary


def _reference(detector: DetectorSummary) -> dict[str, str]:
    reference = detector.reference
    return {"name": reference.name, "version": reference.version, "digest": reference.digest}


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)[:60] or "detector"
