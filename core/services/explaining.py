"""Looking closely at an answer: its tiles in full, and whether a heat map of it means anything."""

from __future__ import annotations

from core.examine import Consistency, MapQuestion, MapSanity
from core.progress import Progress
from core.services import engine
from core.services.analysis import Analysis
from core.services.cases import Cases
from core.services.processes import Processes
from core.store import map_sanity

_PAPERS = MapQuestion()


class Explaining:
    """Explains answers about the exhibits of the open case, in the analysis process.

    Args:
        cases: holds the open case.
        analysis: knows what was found, and by which detector.
        processes: the analysis process.
    """

    def __init__(self, cases: Cases, analysis: Analysis, processes: Processes) -> None:
        self._cases = cases
        self._analysis = analysis
        self._processes = processes

    def consistency(
        self, exhibit_id: int, *, detector: str | None = None, progress: Progress | None = None
    ) -> Consistency:
        """The consistency grid of an exhibit in full, with the verdict when tiles are left out.

        Args:
            exhibit_id: which exhibit.
            detector: None takes the one that made the finding.
            progress: cancel point.

        Raises:
            BadInput: the exhibit is out of scope.
            NotFound: the detector that made the finding is not on this computer.
            AnswerHidden: the case is blind, and this examiner has not written down a view of the exhibit.
            EvidenceChanged, CoreError: the exhibit's bytes are others than those taken in, or gone.
        """
        chosen, _ = self._analysis.to_explain(exhibit_id, _PAPERS, detector)
        progress = progress or Progress()
        progress.start("Examining the tiles", None, "steps")
        task = self._analysis.task_of(exhibit_id)
        return self._processes.analyse(
            engine.consistency, chosen.path, task, self._processes.pixel_limit, progress=progress
        )

    def sanity(
        self,
        exhibit_id: int,
        question: MapQuestion = _PAPERS,
        *,
        detector: str | None = None,
        progress: Progress | None = None,
    ) -> MapSanity:
        """Whether a heat map of an exhibit means anything; kept in the case's ``derived/`` once it was computed.

        Args:
            exhibit_id: which exhibit.
            question: which map; a target of None takes the finding's top class.
            detector: None takes the one that made the finding.
            progress: cancel point.

        Raises:
            BadInput: the exhibit is out of scope; no such layer or class.
            NotFound, AnswerHidden, EvidenceChanged, CoreError: as for `consistency`.
        """
        chosen, asked = self._analysis.to_explain(exhibit_id, question, detector)
        database, task = self._cases.database, self._analysis.task_of(exhibit_id)
        digest = chosen.reference.digest
        if asked.target and (kept := map_sanity.read(database.folder, task.sha256, digest, asked)):
            return kept
        progress = progress or Progress()
        progress.start("Checking the heat map", None, "steps")
        made = self._processes.analyse(
            engine.map_sanity, chosen.path, task, asked, self._processes.pixel_limit, progress=progress
        )
        if not database.read_only:
            map_sanity.write(database.folder, task.sha256, digest, made)
        return made

    def kept_sanity(
        self, exhibit_id: int, question: MapQuestion = _PAPERS, *, detector: str | None = None
    ) -> MapSanity | None:
        """What an earlier check of this map found, None when it was not checked; raises as `sanity` does."""
        chosen, asked = self._analysis.to_explain(exhibit_id, question, detector)
        if not asked.target:
            return None
        sha256 = self._analysis.task_of(exhibit_id).sha256
        return map_sanity.read(self._cases.database.folder, sha256, chosen.reference.digest, asked)
