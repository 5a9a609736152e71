"""Attributing the exhibits of the open case and explaining the findings."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.domain import AttributionReport, DetectorSummary, Finding, Table, Written
from core.errors import BadInput, NotFound
from core.examine import HeatMap, MapQuestion
from core.progress import Progress
from core.services import engine
from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.engine import Answer, Task
from core.services.processes import Processes
from core.services.views import require_visible
from core.settings import Settings
from core.store import blobs, exhibits, findings, heat_maps
from core.store.database import Database

_CHUNK = 8
_IN_FLIGHT = 2
_FINDINGS = frozenset({Table.FINDINGS})
_PAPERS = MapQuestion()  # layer 4, the top class, Grad-CAM of the logit


@dataclass(slots=True)
class _Run:
    """What an attribution run gathers."""

    made: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    device: str = ""


class Analysis:
    """Runs the detector over exhibits in the analysis process and keeps what it says.

    Args:
        settings: which device.
        cases: holds the open case.
        detectors: which detector.
        processes: the analysis process.
    """

    def __init__(self, settings: Settings, cases: Cases, detectors: Detectors, processes: Processes) -> None:
        self._settings = settings
        self._cases = cases
        self._detectors = detectors
        self._processes = processes
        self._device = ""

    def waiting(self, detector: str | None = None) -> int:
        """How many exhibits have no finding of this detector (None: the current one)."""
        digest = self._detectors.find(detector).reference.digest
        with self._cases.database.reading() as session:
            return len(exhibits.without_finding(session, digest))

    def attribute(
        self,
        exhibit_ids: Sequence[int] | None = None,
        detector: str | None = None,
        *,
        device: str | None = None,
        progress: Progress | None = None,
    ) -> Written[AttributionReport]:
        """Attribute exhibits batch by batch; each batch is kept as soon as it is done.

        Args:
            exhibit_ids: None takes all without a finding of the detector.
            detector: path, digest or name; None the current one.
            device: "auto", "cpu" or "cuda"; None the setting.
            progress: report and cancel point.
        """
        progress = progress or Progress()
        chosen = self._detectors.find(detector)
        database = self._cases.database
        with database.reading() as session:
            ids = exhibits.without_finding(session, chosen.reference.digest) if exhibit_ids is None else exhibit_ids
        run = _Run()
        progress.start("Attributing", len(ids), "exhibits")
        for chunk, answer in self._answers(chosen.path, device or self._wanted(), ids, progress):
            self._keep(chunk, answer, run, database)
            progress.step(len(chunk))
        report = AttributionReport(run.made, run.failed, tuple(dict.fromkeys(run.remarks)), run.device or self.device())
        return Written(report, _FINDINGS)

    def finding(self, exhibit_id: int, detector: str | None = None) -> Finding | None:
        """The newest finding of an exhibit: of the given detector, else of any.

        Raises:
            AnswerHidden: the case is blind, and this examiner has not written down a view of the exhibit.
        """
        require_visible(self._cases.database, exhibit_id)
        with self._cases.database.reading() as session:
            if detector is not None:
                return findings.latest(session, exhibit_id, self._detectors.find(detector).reference.digest)
            return findings.latest(session, exhibit_id)

    def heat_map(
        self,
        exhibit_id: int,
        question: MapQuestion = _PAPERS,
        *,
        detector: str | None = None,
        progress: Progress | None = None,
    ) -> HeatMap:
        """A heat map of an exhibit, kept in the case's ``derived/`` once it was computed.

        Args:
            exhibit_id: which exhibit.
            question: layer, class (None takes the finding's top class), method, and what is differentiated.
            detector: None takes the one that made the finding.
            progress: cancel point.

        Raises:
            BadInput: the exhibit is out of scope, so there is nothing to explain; no such layer or class.
            NotFound: the detector that made the finding is not on this computer.
            AnswerHidden: the case is blind, and this examiner has not written down a view of the exhibit.
        """
        chosen, asked = self.to_explain(exhibit_id, question, detector)
        database = self._cases.database
        task = self.task_of(exhibit_id)
        if asked.target and (kept := heat_maps.read(database.folder, task.sha256, chosen.reference.digest, asked)):
            return kept
        made = self._processes.analyse(
            engine.heat_map, chosen.path, task, asked, self._processes.pixel_limit, progress=progress
        )
        if not database.read_only:
            heat_maps.write(database.folder, made)
        return made

    def to_explain(
        self, exhibit_id: int, question: MapQuestion = _PAPERS, detector: str | None = None
    ) -> tuple[DetectorSummary, MapQuestion]:
        """The detector whose answer about an exhibit is to be explained, and the question with the class filled in.

        Without a finding it is the current detector, and the class stays open.

        Raises:
            BadInput: the exhibit is out of scope, so there is nothing to explain.
            NotFound: the detector that made the finding is not on this computer.
        """
        found = self.finding(exhibit_id, detector)
        if found is not None and found.architecture is None:
            raise BadInput(f"There is nothing to explain: {found.reason}")
        chosen = self._maker(found) if found is not None and detector is None else self._detectors.find(detector)
        return chosen, replace(question, target=question.target or (found.architecture if found else None))

    def task_of(self, exhibit_id: int) -> Task:
        """Hash and place of an exhibit's bytes, for the analysis process."""
        database = self._cases.database
        with database.reading() as session:
            sha256 = exhibits.get(session, exhibit_id).sha256
        return Task(sha256, blobs.evidence_path(database.folder, sha256))

    def _maker(self, found: Finding) -> DetectorSummary:
        try:
            return self._detectors.find(found.detector.digest)
        except NotFound as error:
            name, digest = f"{found.detector.name} {found.detector.version}", found.detector.digest[:12]
            raise NotFound(
                f"The detector that made this finding, {name} (digest {digest} …), is not on this computer. Install "
                "it, or analyse the exhibit again with a detector that is."
            ) from error

    def device(self) -> str:
        """The device in use, or "" before the analysis process told it."""
        return self._device

    def _answers(
        self, detector: Path, device: str, ids: Sequence[int], progress: Progress
    ) -> Iterator[tuple[list[tuple[int, str]], Answer]]:
        """Answers chunk by chunk, with the next chunk already on its way."""
        database = self._cases.database
        chunks = (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
        flying: deque[tuple[list[tuple[int, str]], Future[Answer]]] = deque()
        try:
            for chunk in chunks:
                known = self._hashes(chunk, database)
                tasks = [Task(sha256, blobs.evidence_path(database.folder, sha256)) for _, sha256 in known]
                future = self._processes.start_analysis(
                    engine.attribute, detector, device, tasks, self._processes.pixel_limit
                )
                flying.append((known, future))
                if len(flying) >= _IN_FLIGHT:
                    first, future = flying.popleft()
                    yield first, self._processes.result(future, progress)
            while flying:
                first, future = flying.popleft()
                yield first, self._processes.result(future, progress)
        finally:
            for _, future in flying:
                future.cancel()

    def _hashes(self, ids: Sequence[int], database: Database) -> list[tuple[int, str]]:
        with database.reading() as session:
            return [(line.id, line.sha256) for line in exhibits.lines(session, ids)]

    def _keep(self, chunk: Sequence[tuple[int, str]], answer: Answer, run: _Run, database: Database) -> None:
        made: list[Finding] = []
        for (exhibit_id, _), finding in zip(chunk, answer.findings, strict=True):
            if isinstance(finding, str):
                run.failed[exhibit_id] = finding
            else:
                made.append(replace(finding, exhibit_id=exhibit_id))
        if made:
            with database.writing() as transaction:
                findings.add_all(transaction, made)
        run.made += len(made)
        run.remarks += answer.remarks
        run.device = self._device = answer.device

    def _wanted(self) -> str:
        return str(self._settings.get("analysis.device"))
