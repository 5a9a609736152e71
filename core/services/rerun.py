"""Findings of the open case repeated from their records: equal, within tolerance, or different."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from core.custody import Repetition, Rerun
from core.domain import DetectorSummary, ExhibitFilter, Finding, Table, Written
from core.errors import BadInput, NotFound
from core.progress import Progress
from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.engine import Task
from core.services.processes import Processes
from core.services.repetition import SAME_ARITHMETIC, compared, conditions_of, tolerance_of
from core.services.rerun_engine import repeat
from core.services.views import require_visible
from core.store import blindness, blobs, exhibits, findings, reruns
from core.store.database import Database

_CHUNK = 8
_DIGEST = re.compile("[0-9a-f]{64}")
_RERUNS = frozenset({Table.RERUNS})


@dataclass(frozen=True, slots=True)
class _Question:
    """One finding to be repeated, the detector for it (None: not at hand), and what is to be said of that."""

    finding: Finding
    exhibit_id: int
    detector: DetectorSummary | None
    remark: str

    @property
    def exact(self) -> bool:
        return self.finding.conditions.get("precision") == "float32"


class Reruns:
    """Repeats findings in the analysis process and keeps what came of it.

    Args:
        cases: holds the open case.
        detectors: which detectors are at hand.
        processes: the analysis process.
    """

    def __init__(self, cases: Cases, detectors: Detectors, processes: Processes) -> None:
        self._cases = cases
        self._detectors = detectors
        self._processes = processes

    def run(
        self,
        exhibit_ids: Sequence[int] | None = None,
        *,
        detector: str | None = None,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Written[tuple[Rerun, ...]]:
        """Repeat the newest finding of each exhibit; batches are kept as soon as they are done.

        Args:
            exhibit_ids: which exhibits; None takes all that have a finding and are not hidden from this examiner.
            detector: whose findings (path, digest or name); None the newest of any.
            device: "auto", "cpu" or "cuda".
            progress: report and cancel point.

        Returns:
            What came of it, in order. Read-only nothing is kept or touched.

        Raises:
            BadInput: one of the exhibits has no such finding.
            NotFound: there is no such exhibit.
            AnswerHidden: the case is blind, and this examiner has not written down a view of one of the exhibits.
            DeviceUnavailable: there is no such device.
        """
        progress = progress or Progress()
        database = self._cases.database
        questions = self._questions(database, exhibit_ids, detector)
        progress.start("Repeating", len(questions), "findings")
        made: list[Rerun] = []
        for batch in _batches(questions):
            made += self._kept(database, self._repeated(database, batch, device, progress))
            progress.step(len(batch))
        order = {question.exhibit_id: place for place, question in enumerate(questions)}
        made.sort(key=lambda one: order[one.exhibit_id])
        return Written(tuple(made), frozenset() if database.read_only else _RERUNS)

    def of(self, exhibit_id: int) -> tuple[Rerun, ...]:
        """The repetitions of an exhibit's findings, newest first.

        Raises:
            AnswerHidden: the case is blind, and this examiner has not written down a view of the exhibit.
        """
        database = self._cases.database
        require_visible(database, exhibit_id)
        with database.reading() as session:
            return reruns.of(session, exhibit_id)

    def _questions(
        self, database: Database, exhibit_ids: Sequence[int] | None, detector: str | None
    ) -> list[_Question]:
        digest = detector
        if detector is not None and not _DIGEST.fullmatch(detector):  # a whole digest needs no detector at hand
            digest = self._detectors.find(detector).reference.digest
        for exhibit_id in exhibit_ids or ():
            require_visible(database, exhibit_id)
        with database.reading() as session:
            wanted = exhibits.ids(session, ExhibitFilter()) if exhibit_ids is None else tuple(exhibit_ids)
            hidden = blindness.hidden_among(session, wanted, database.actor)
            found = [(number, findings.latest(session, number, digest)) for number in wanted if number not in hidden]
            if exhibit_ids is not None and (missing := [number for number, finding in found if finding is None]):
                sha256 = exhibits.get(session, missing[0]).sha256
                raise BadInput(f"The exhibit {sha256[:12]} has no finding that could be repeated. Analyse it first.")
        at_hand = [one for one in self._detectors.all() if not one.problem]
        return [_question(finding, number, at_hand) for number, finding in found if finding is not None]

    def _repeated(
        self, database: Database, batch: Sequence[_Question], device: str, progress: Progress
    ) -> tuple[Rerun, ...]:
        chosen = batch[0].detector
        if chosen is None:
            return tuple(_not_repeated(one, one.remark, database.actor) for one in batch)
        tasks = [Task(sha, blobs.evidence_path(database.folder, sha)) for sha in (_sha(one) for one in batch)]
        again = partial(repeat, exact=batch[0].exact)
        limit = self._processes.pixel_limit
        answer = self._processes.analyse(again, chosen.path, device, tasks, limit, progress=progress)
        pairs = zip(batch, answer.findings, strict=True)
        return tuple(_rerun(one, now, _sharpening(chosen), database.actor) for one, now in pairs)

    @staticmethod
    def _kept(database: Database, made: tuple[Rerun, ...]) -> tuple[Rerun, ...]:
        if database.read_only:
            return made
        with database.writing() as transaction:
            return reruns.add_all(transaction, made)


def _question(finding: Finding, exhibit_id: int, at_hand: Sequence[DetectorSummary]) -> _Question:
    """The detector that is to repeat a finding: the very file, else one that gives the same answers."""
    reference, answers = finding.detector, finding.conditions.get("answers_digest")
    for one in at_hand:
        if one.reference.digest == reference.digest:
            return _Question(finding, exhibit_id, one, "")
    for one in at_hand:
        if answers and one.answers_digest == answers:
            remark = (
                f"Repeated with another file of this detector (digest {one.reference.digest[:12]} …), whose weights "
                "and rules are the same."
            )
            return _Question(finding, exhibit_id, one, remark)
    named = f"{reference.name} {reference.version} (digest {reference.digest[:12]} …)"
    remark = (
        f"Not repeated: the detector that made this finding, {named}, is not on this computer. Install it on the "
        "Detectors page and repeat the finding, or analyse the exhibit again with a detector that is here."
    )
    return _Question(finding, exhibit_id, None, remark)


def _batches(questions: Sequence[_Question]) -> Iterator[Sequence[_Question]]:
    """Questions that one call can answer: the same detector and precision, and not too many."""
    groups: dict[tuple[object, bool], list[_Question]] = {}
    for question in questions:
        path = question.detector.path if question.detector is not None else None
        groups.setdefault((path, question.exact), []).append(question)
    for group in groups.values():
        yield from (group[start : start + _CHUNK] for start in range(0, len(group), _CHUNK))


def _rerun(question: _Question, now: Finding | str, sharpening: float, by: str) -> Rerun:
    if isinstance(now, str):
        return _not_repeated(question, f"Not repeated: {now}", by)
    then = question.finding
    tolerance = tolerance_of(then, now, sharpening)
    result = compared(then, now, tolerance)
    return Rerun(
        **_about(question),
        outcome=result.outcome,
        sentence=" ".join(filter(None, (result.sentence, question.remark))),
        largest=result.largest,
        tolerance=tolerance,
        at=datetime.now(UTC),
        by=by,
        then=conditions_of(then),
        now=conditions_of(now),
    )


def _not_repeated(question: _Question, sentence: str, by: str) -> Rerun:
    return Rerun(
        **_about(question),
        outcome=Repetition.NOT_REPEATED,
        sentence=sentence,
        largest=None,
        tolerance=SAME_ARITHMETIC,
        at=datetime.now(UTC),
        by=by,
        then=conditions_of(question.finding),
    )


def _about(question: _Question) -> dict[str, Any]:
    finding = question.finding
    if finding.id is None:
        raise NotFound("This finding is not kept in the case, so it cannot be repeated from its record.")
    return {"finding_id": finding.id, "exhibit_id": question.exhibit_id, "exhibit_sha256": finding.exhibit_sha256}


def _sha(question: _Question) -> str:
    return question.finding.exhibit_sha256


def _sharpening(detector: DetectorSummary) -> float:
    part = detector.card.get("calibration") or {}
    return float(part.get("net", 1.0))
