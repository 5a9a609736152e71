"""What is read off the files of exhibits for a report: pictures, heat maps, and what the files say of themselves.

Files are read in the reader processes, several at a time, in the order of the report. Pictures are written as files
into the folder of the assets; nothing of them stays in memory.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain import Verdict
from core.errors import Cancelled, CoreError, DiskFull
from core.examine import HeatMap, MapQuestion, Provenance
from core.imaging.provenance import evidence_provenance
from core.imaging.report_pictures import ReportPictures, report_pictures
from core.imaging.statements import SelfDescription, evidence_statements
from core.imaging.trust import TrustAnchors, trust_anchors
from core.progress import Progress
from core.report.record import Asset, Line
from core.services.analysis import Analysis
from core.services.cases import Cases
from core.services.processes import Processes
from core.services.report_assets import Picture, written
from core.services.report_exhibit import Shown
from core.services.report_material import Material
from core.services.report_sentences import Sentences
from core.settings import Settings
from core.store import blobs, heat_maps, map_sanity

_AHEAD = 6  # exhibits whose files are being read while the record of another one is made
_KEPT = 6_000  # readings that a preview remembers, three an exhibit
_MAPPED = frozenset({Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE})  # an unknown architecture names no class


@dataclass(frozen=True, slots=True)
class Job:
    """How a report is read.

    Attributes:
        assets: the folder that pictures are written to.
        sections: those that are printed.
        problems: sentences about exhibits whose bytes are not what they were, by SHA-256; their files are not read.
        say: the language of sentences.
        compute: whether heat maps that are not kept are computed.
        remember: whether readings are kept for the next preview.
    """

    assets: Path
    sections: frozenset[str]
    problems: Mapping[str, str]
    say: Sentences
    compute: bool
    remember: bool


@dataclass(frozen=True, slots=True)
class _Pictures:
    thumbnail: Picture | None = None
    overlay: Picture | None = None
    annotated: Picture | None = None


class _Flight:
    """One exhibit whose files are being read; what was remembered is a value, the rest a future."""

    def __init__(self, label: str, material: Material) -> None:
        self.label, self.material = label, material
        self.notes: list[str] = []
        self.heat_map: HeatMap | None = None
        self.keys: dict[str, tuple[object, ...]] = {}
        self.asked: dict[str, Any] = {}


class Readings:
    """Reads the files of exhibits for reports.

    Args:
        settings: trust anchors for Content Credentials.
        cases: holds the open case.
        analysis: computes heat maps.
        processes: the readers.
    """

    def __init__(self, settings: Settings, cases: Cases, analysis: Analysis, processes: Processes) -> None:
        self._settings = settings
        self._cases = cases
        self._analysis = analysis
        self._processes = processes
        self._known: OrderedDict[tuple[object, ...], object] = OrderedDict()

    def forget(self) -> None:
        """Forget what previews read."""
        self._known.clear()

    def shown(
        self, labelled: Sequence[tuple[str, Material]], job: Job, progress: Progress
    ) -> Iterator[tuple[str, Material, Shown]]:
        """What is shown of each exhibit, in order; what cannot be shown is a sentence among its notes.

        Raises:
            Cancelled: cancelling was asked for.
            DiskFull, NoPermission: a picture cannot be written.
        """
        anchors = trust_anchors(self._settings.get("provenance.trust_anchors"))
        flying: deque[_Flight] = deque()
        try:
            for label, material in labelled:
                progress.check()
                flying.append(self._begin(_Flight(label, material), job, anchors, progress))
                if len(flying) > _AHEAD:
                    yield self._end(flying.popleft(), job, progress)
            while flying:
                yield self._end(flying.popleft(), job, progress)
        finally:
            for future in [future for flight in flying for future in flight.asked.values()]:
                if isinstance(future, Future):
                    future.cancel()

    def map_of(self, material: Material) -> tuple[HeatMap | None, str]:
        """The kept heat map of the newest finding, and what its check said."""
        finding = material.finding
        if finding is None or finding.architecture is None or finding.verdict not in _MAPPED:
            return None, ""
        folder, question = self._cases.database.folder, MapQuestion(target=finding.architecture)
        sha256, digest = material.exhibit.sha256, finding.detector.digest
        found = heat_maps.read(folder, sha256, digest, question)
        checked = map_sanity.read(folder, sha256, digest, question)
        return found, "" if checked is None else " ".join(checked.failed) or "passed"

    def map_stamp(self, material: Material) -> tuple[float, float]:
        """When the kept heat map of the newest finding, and its check, were written; 0 where there is none."""
        finding = material.finding
        if finding is None or finding.architecture is None:
            return 0.0, 0.0
        folder, question = self._cases.database.folder, MapQuestion(target=finding.architecture)
        about = folder, material.exhibit.sha256, finding.detector.digest, question
        return _written_at(heat_maps.path_of(*about)), _written_at(map_sanity.path_of(*about))

    def _begin(self, flight: _Flight, job: Job, anchors: TrustAnchors, progress: Progress) -> _Flight:
        """Have the files of one exhibit read."""
        sha256 = flight.material.exhibit.sha256
        if sha256 in job.problems:
            return flight
        if "heat maps" in job.sections:
            flight.heat_map = self._heat_map(flight, job, progress)
        path, limit = blobs.evidence_path(self._cases.database.folder, sha256), self._processes.pixel_limit
        drawn = flight.material.annotations if "annotations" in job.sections else ()
        seen = (str(job.assets), _identity(flight.heat_map), repr(drawn))
        self._ask(flight, job, "pictures", seen, report_pictures, (path, sha256, flight.heat_map, drawn, limit))
        self._ask(flight, job, "credentials", (repr(anchors),), evidence_provenance, (path, sha256, anchors))
        if "metadata" in job.sections:
            self._ask(flight, job, "statements", (), evidence_statements, (path, sha256, limit))
        return flight

    def _ask(
        self,
        flight: _Flight,
        job: Job,
        what: str,
        about: tuple[object, ...],
        function: Callable[..., object],
        arguments: tuple[object, ...],
    ) -> None:
        key = (what, flight.material.exhibit.sha256, *about)
        known = self._known.get(key) if job.remember else None
        flight.keys[what] = key
        flight.asked[what] = known if known is not None else self._processes.readers().submit(function, *arguments)

    def _heat_map(self, flight: _Flight, job: Job, progress: Progress) -> HeatMap | None:
        material, finding = flight.material, flight.material.finding
        if finding is None or finding.architecture is None or finding.verdict not in _MAPPED:
            return None
        kept, _ = self.map_of(material)
        if kept is not None:
            return kept
        if not job.compute:
            flight.notes.append(job.say("map_later", label=flight.label))
            return None
        try:
            return self._analysis.heat_map(material.exhibit.id, detector=finding.detector.digest, progress=progress)
        except (Cancelled, DiskFull):
            raise
        except CoreError as error:
            flight.notes.append(job.say("no_map", label=flight.label, why=_within(error)))
            return None

    def _end(self, flight: _Flight, job: Job, progress: Progress) -> tuple[str, Material, Shown]:
        """What was read off the files of one exhibit."""
        label, say = flight.label, job.say
        if problem := job.problems.get(flight.material.exhibit.sha256, ""):
            return label, flight.material, Shown(problem=problem)
        pictures = self._pictures(flight, job, progress)
        read: SelfDescription | None = self._wait(flight, "statements", job, progress)
        checked: Provenance | None = self._wait(flight, "credentials", job, progress)
        if read is not None:
            flight.notes += [say("remark", label=label, why=remark) for remark in read.remarks]
        shown = Shown(
            thumbnail=_asset(pictures.thumbnail, say("exhibit", label=label)),
            overlay=_asset(pictures.overlay, ""),
            annotated=_asset(pictures.annotated, say("annotated", label=label)),
            heat_map=flight.heat_map,
            map_check=self.map_of(flight.material)[1] if flight.heat_map else "",
            statements=read.statements if read is not None else (),
            credentials=checked.state.value if checked is not None else "",
            credentials_lines=_credentials(checked) if checked is not None else (),
            notes=tuple(flight.notes),
        )
        return label, flight.material, shown

    def _pictures(self, flight: _Flight, job: Job, progress: Progress) -> _Pictures:
        """The pictures as files among the assets."""
        made: ReportPictures | _Pictures | None = self._wait(flight, "pictures", job, progress)
        if made is None or isinstance(made, _Pictures):
            return made or _Pictures()
        stem = f"exhibit-{flight.material.exhibit.id}"
        pictures = _Pictures(
            written(job.assets, f"{stem}.jpg", made.thumbnail),
            written(job.assets, f"{stem}-map.jpg", made.overlay),
            written(job.assets, f"{stem}-marks.jpg", made.annotated),
        )
        self._remember(flight, "pictures", pictures, job)
        return pictures

    def _wait(self, flight: _Flight, what: str, job: Job, progress: Progress) -> Any:  # noqa: ANN401 - as it was asked
        """What was asked for; what could not be read becomes a note."""
        asked = flight.asked.get(what)
        if not isinstance(asked, Future):
            return asked
        try:
            value = self._processes.result(asked, progress)
        except (Cancelled, DiskFull):
            raise
        except CoreError as error:
            flight.notes.append(job.say(f"no_{what}", label=flight.label, why=_within(error)))
            return None
        if what != "pictures":  # their bytes go into files first
            self._remember(flight, what, value, job)
        return value

    def _remember(self, flight: _Flight, what: str, value: object, job: Job) -> None:
        if job.remember:
            self._known[flight.keys[what]] = value
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)


def _asset(picture: Picture | None, alt: str) -> Asset | None:
    return None if picture is None else picture.asset(alt)


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _identity(heat_map: HeatMap | None) -> tuple[object, ...]:
    """What tells one map of an exhibit from another."""
    if heat_map is None:
        return ()
    return heat_map.detector.digest, heat_map.target, heat_map.layer, heat_map.peak


def _credentials(found: Provenance) -> tuple[Line, ...]:
    said = (("signer", found.signer), ("claim generator", found.claim_generator), ("signed at", found.signed_at))
    lines = [Line(name, text, "C2PA") for name, text in said if text]
    lines += [Line(one.name, one.text, one.group) for one in found.statements]
    return (*lines, *(Line("problem", problem, "C2PA") for problem in found.problems))


def _within(error: CoreError) -> str:
    """What an error says, without paths of this computer: a report is read elsewhere."""
    return " ".join(word for word in str(error).split() if "/" not in word and "\\" not in word)
