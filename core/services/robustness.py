"""Robustness checks of the exhibits of the open case: does the answer survive what happens to images?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.dna.processing import seed_of, steps_of
from core.domain import Finding, Table, Verdict, Written
from core.errors import BadInput, Cancelled, CoreError
from core.examine import Robustness, RobustnessStep
from core.progress import Progress
from core.services.analysis import Analysis
from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.engine import Task
from core.services.processes import Processes
from core.services.robustness_engine import read_steps
from core.services.views import require_visible
from core.settings import Settings
from core.store import blindness, findings, robustness
from core.store.database import Database

_AT_ONCE = 3  # steps: few enough for a lively progress, and the image is decoded once for them
_DIGEST = re.compile("[0-9a-f]{64}")
_KEPT = frozenset({Table.ROBUSTNESS})


@dataclass(frozen=True, slots=True)
class _Question:
    """One check to be made."""

    case: Database
    finding: Finding
    architecture: str
    detector: Path
    task: Task
    preset: str
    count: int


class _Count:
    """The steps of one check as a part of a longer progress."""

    def __init__(self, progress: Progress, steps: int) -> None:
        self.progress = progress
        self._left = steps

    def step(self, count: int, text: str) -> None:
        self._left -= count
        self.progress.step(count, text)

    def give_up(self) -> None:
        self.progress.step(self._left)


class RobustnessChecks:
    """Lets a detector read exhibits again after each step of a preset, and keeps what it says with the finding.

    Args:
        settings: which device.
        cases: holds the open case.
        analysis: the findings.
        detectors: which detector.
        processes: the analysis process.
    """

    def __init__(
        self, settings: Settings, cases: Cases, analysis: Analysis, detectors: Detectors, processes: Processes
    ) -> None:
        self._settings = settings
        self._cases = cases
        self._analysis = analysis
        self._detectors = detectors
        self._processes = processes

    def run(
        self,
        exhibit_id: int,
        preset: str = "standard",
        *,
        detector: str | None = None,
        device: str | None = None,
        progress: Progress | None = None,
    ) -> Written[Robustness]:
        """Check the answer of one exhibit.

        Args:
            exhibit_id: which exhibit.
            preset: "standard", "yu2019" or "dnadet2021".
            detector: whose finding; None takes the newest finding and the detector that made it.
            device: "auto", "cpu" or "cuda"; None the setting.
            progress: report and cancel point; a check that is cancelled leaves nothing.

        Returns:
            The check; it touched nothing when the case is open read-only, for then it is not kept.

        Raises:
            BadInput: there is no such preset, no finding yet, or the exhibit is out of scope.
            NotFound: the detector of the finding is not at hand, or the exhibit is not in the case.
            AnswerHidden: the case is blind, and this examiner has not written down a view.
            Undecodable, EvidenceChanged: the bytes of the exhibit are gone, or others.
        """
        progress = progress or Progress()
        question = self._question(exhibit_id, preset, detector)
        progress.start("Checking robustness", question.count, "steps")
        return _kept(question, self._checked(question, device, _Count(progress, question.count)))

    def run_missing(
        self,
        preset: str = "standard",
        *,
        detector: str | None = None,
        device: str | None = None,
        progress: Progress | None = None,
    ) -> Written[Mapping[int, str]]:
        """Check every exhibit that this detector named a class for and that has no check of this preset yet.

        Each check is kept as soon as it is done, so that a cancelled run can be gone on with. Exhibits that a blind
        case hides from this examiner are left out.

        Returns:
            A sentence for each exhibit that could not be checked.
        """
        progress = progress or Progress()
        chosen = self._detectors.find(detector)
        digest = chosen.reference.digest
        steps = len(steps_of(preset, 0))
        database = self._cases.database
        with database.reading() as session:
            found = robustness.missing(session, digest, preset)
            hidden = blindness.hidden_among(session, found, database.actor)
        waiting = [exhibit_id for exhibit_id in found if exhibit_id not in hidden]
        progress.start("Checking robustness", len(waiting) * steps, "steps")
        failed: dict[int, str] = {}
        for exhibit_id in waiting:
            count = _Count(progress, steps)
            try:
                question = self._question(exhibit_id, preset, detector or digest)
                _kept(question, self._checked(question, device, count))
            except Cancelled:
                raise
            except CoreError as error:
                failed[exhibit_id] = str(error)
                count.give_up()
        return Written(failed, _KEPT)

    def latest(self, exhibit_id: int, *, detector: str | None = None, preset: str | None = None) -> Robustness | None:
        """The newest check of an exhibit.

        Args:
            exhibit_id: which exhibit.
            detector: path, name or digest; None takes the detector of the newest finding. A whole digest needs no
                detector at hand.
            preset: None takes any.
        """
        digest = self._digest(detector)
        require_visible(self._cases.database, exhibit_id)
        with self._cases.database.reading() as session:
            if digest is None and (finding := findings.latest(session, exhibit_id)):
                digest = finding.detector.digest
            return robustness.latest(session, exhibit_id, digest, preset)

    def all_of(self, exhibit_id: int) -> tuple[Robustness, ...]:
        """Every check of an exhibit, newest first."""
        require_visible(self._cases.database, exhibit_id)
        with self._cases.database.reading() as session:
            return robustness.all_of(session, exhibit_id)

    def _question(self, exhibit_id: int, preset: str, detector: str | None) -> _Question:
        count, database = len(steps_of(preset, 0)), self._cases.database
        require_visible(database, exhibit_id)
        task = self._analysis.task_of(exhibit_id)
        found = self._analysis.finding(exhibit_id, detector)
        if found is None:
            raise BadInput("This exhibit is not analysed yet, so there is no answer to check. Analyse it first.")
        if found.architecture is None or found.verdict is Verdict.OUT_OF_SCOPE:
            raise BadInput(f"There is no answer to check: {found.reason}")
        chosen, _ = self._analysis.to_explain(exhibit_id, detector=detector)
        return _Question(database, found, found.architecture, chosen.path, task, preset, count)

    def _checked(self, question: _Question, device: str | None, count: _Count) -> Robustness:
        steps: list[RobustnessStep] = []
        used = ""
        for start in range(0, question.count, _AT_ONCE):
            places = range(start, min(start + _AT_ONCE, question.count))
            answer = self._processes.analyse(
                read_steps,
                question.detector,
                device or str(self._settings.get("analysis.device")),
                question.task,
                question.preset,
                places,
                question.architecture,
                self._processes.pixel_limit,
                progress=count.progress,
            )
            steps += answer.steps
            used = answer.device
            count.step(len(places), answer.steps[-1].text)
        return _record(question, tuple(steps), used)

    def _digest(self, detector: str | None) -> str | None:
        if detector is None or _DIGEST.fullmatch(detector):
            return detector
        return self._detectors.find(detector).reference.digest


def _kept(question: _Question, made: Robustness) -> Written[Robustness]:
    """Keep a check in the case that it was asked in, whichever is open by now."""
    if question.case.read_only:
        return Written(made, frozenset())
    with question.case.writing() as transaction:
        robustness.add(transaction, made)
    return Written(made, _KEPT)


def _record(question: _Question, steps: tuple[RobustnessStep, ...], device: str) -> Robustness:
    found = question.finding
    return Robustness(
        exhibit_sha256=question.task.sha256,
        detector=found.detector,
        finding_id=found.id,
        preset=question.preset,
        architecture=question.architecture,
        verdict=found.verdict,
        score=dict(found.scores).get(question.architecture, 0.0),
        steps=steps,
        made_at=datetime.now(UTC),
        device=device,
        seed=seed_of(question.task.sha256),
    )
