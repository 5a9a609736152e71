"""Whether the evidence of the open case is still what was taken in: every byte is hashed again."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.custody import EvidenceProblem, EvidenceStanding, EvidenceState, Recheck
from core.domain import IntakeOutcome, Table, Written
from core.errors import BadInput, Cancelled, CoreError, NotFound
from core.imaging.problems import Undecodable
from core.imaging.sources import file_chunks
from core.progress import Progress
from core.services.cases import Cases
from core.store import blobs, rechecks
from core.store.database import Database
from core.store.rechecks import KeptBytes

REASONS = ("opening", "on demand", "report", "verify")
_LOG = logging.getLogger(__name__)
_MEGA = 1_000_000
_INTEGRITY = frozenset({Table.INTEGRITY})
_RESTORE = "Restore the file from a copy of the case, then verify again."
_PUT_BACK = "Take the original in again, or restore the file from a copy of the case; then verify again."


class Integrity:
    """Hashes exhibits again and keeps what came of it.

    Args:
        cases: holds the open case.
    """

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._unkept: tuple[Database, list[tuple[Recheck, int]]] | None = None  # of a case that is open read-only

    def recheck(
        self, reason: str = "on demand", exhibit_ids: Sequence[int] | None = None, *, progress: Progress | None = None
    ) -> Written[Recheck]:
        """Hash exhibits again, in pieces of a megabyte.

        Args:
            reason: one of `REASONS`.
            exhibit_ids: which exhibits; None takes all.
            progress: report (in megabytes) and cancel point. A check that is cancelled is kept, as incomplete, only
                where it has found something.

        Returns:
            What was found. Read-only nothing is written: it is remembered as long as the case is open, and touched
            nothing.

        Raises:
            BadInput: no such reason.
            NotFound: no such exhibit.
            Cancelled: it was cancelled.
        """
        if reason not in REASONS:
            raise BadInput(f"There is no reason {reason!r} for a check; it is one of {', '.join(REASONS)}.")
        database = self._cases.database  # the case that was asked about, whichever is open by the end
        run = _Run(database, reason, exhibit_ids)
        try:
            run.go(progress or Progress())
        except Cancelled:
            self._keep_cut_short(run)
            raise
        return self._kept(run)

    def latest(self) -> Recheck | None:
        """The newest check of the open case, of whichever exhibits."""
        database = self._cases.database
        if unkept := self._remembered(database):
            return unkept[-1][0]
        with database.reading() as session:
            return rechecks.latest(session)

    def standing(self) -> EvidenceStanding:
        """What is known now of the evidence of the open case."""
        database = self._cases.database
        with database.reading() as session:
            kept = rechecks.standing(session)
        unkept = self._remembered(database)
        whole = next((made for made, in_case in reversed(unkept) if made.complete and made.exhibits >= in_case), None)
        if whole is not None:
            return rechecks.joined(kept.exhibits, whole, [made for made, _ in unkept if made.at > whole.at])
        some = rechecks.joined(kept.exhibits, kept.whole, [made for made, _ in unkept])
        known = {one.sha256: one for one in (*kept.problems, *some.problems)}
        return EvidenceStanding(kept.exhibits, kept.whole, tuple(known.values()), some.reported_at or kept.reported_at)

    def _remembered(self, database: Database) -> list[tuple[Recheck, int]]:
        return self._unkept[1] if self._unkept is not None and self._unkept[0] is database else []

    def _kept(self, run: _Run) -> Written[Recheck]:
        made = run.record()
        if run.database.read_only:
            self._unkept = run.database, [*self._remembered(run.database), (made, run.in_case)]
            return Written(made, frozenset())
        with run.database.writing() as transaction:
            made = rechecks.add(transaction, made, in_case=run.in_case)
        return Written(made, _INTEGRITY)

    def _keep_cut_short(self, run: _Run) -> None:
        """Keep what was found, unless the case was closed meanwhile, which is why most checks are cancelled."""
        if not run.problems:
            return
        try:
            self._kept(run)
        except CoreError as error:
            _LOG.info("a check that was cut short is not kept: %s", error)


class _Run:
    """One check while it goes on."""

    def __init__(self, database: Database, reason: str, exhibit_ids: Sequence[int] | None) -> None:
        self.database, self.reason = database, reason
        wanted = None if exhibit_ids is None else tuple(sorted(set(exhibit_ids)))
        with database.reading() as session:
            self.exhibits = rechecks.to_check(session, wanted)
            self.in_case = len(self.exhibits) if wanted is None else len(rechecks.to_check(session))
        if wanted is not None and len(self.exhibits) < len(wanted):
            missing = min(set(wanted) - {one.exhibit_id for one in self.exhibits})
            raise NotFound(f"There is no exhibit {missing} in the case {database.folder}. Choose one from its list.")
        self.problems: list[EvidenceProblem] = []
        self.checked = 0
        self._began = time.monotonic()

    def go(self, progress: Progress) -> None:
        total = sum(one.size_bytes for one in self.exhibits)
        megabytes = Megabytes(progress, total)
        for exhibit in self.exhibits:
            problem = problem_of(exhibit, blobs.evidence_path(self.database.folder, exhibit.sha256), megabytes)
            if problem is not None:
                self.problems.append(problem)
            self.checked += 1
            megabytes.reach(exhibit.size_bytes)
        megabytes.finish()

    def record(self) -> Recheck:
        return Recheck(
            reason=self.reason,
            exhibits=len(self.exhibits),
            intact=self.checked - len(self.problems),
            problems=tuple(self.problems),
            complete=self.checked == len(self.exhibits),
            at=datetime.now(UTC),
            by=self.database.actor,
            seconds=time.monotonic() - self._began,
        )


class Megabytes:
    """Bytes as whole megabytes of a progress; a missing file counts as done with its size."""

    def __init__(self, progress: Progress, total_bytes: int) -> None:
        self._progress = progress
        self._total = max(1, -(-total_bytes // _MEGA))
        self._before = self._now = self._told = 0
        progress.start("Verifying evidence", self._total, "MB")

    def read(self, count: int) -> None:
        """So many bytes were read; raises `Cancelled` when cancelling was asked for."""
        self._now += count
        self._tell()

    def reach(self, size: int) -> None:
        """The next file begins `size` bytes after the beginning of this one, however many were read of it."""
        self._before += size
        self._now = self._before
        self._tell()

    def finish(self) -> None:
        """All of it is done."""
        self._progress.step(self._total - self._told)

    def _tell(self) -> None:
        whole = min(self._now // _MEGA, self._total)
        if whole > self._told:
            done, self._told = whole - self._told, whole
            self._progress.step(done)
        else:
            self._progress.check()


def problem_of(exhibit: KeptBytes, path: Path, megabytes: Megabytes) -> EvidenceProblem | None:
    """What is wrong with the bytes of one exhibit, in a sentence with the path and the way out."""
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in file_chunks(path, str(path)):
            digest.update(chunk)
            size += len(chunk)
            megabytes.read(len(chunk))
    except Undecodable as error:
        return _unread(exhibit.sha256, path, error)
    if digest.hexdigest() == exhibit.sha256:
        return None
    how = f"it has {size:,} bytes instead of {exhibit.size_bytes:,}, and " if size != exhibit.size_bytes else ""
    said = f"The evidence file {path} is not what was taken in: {how}its SHA-256 is {digest.hexdigest()} now."
    return EvidenceProblem(exhibit.sha256, EvidenceState.CHANGED, f"{said} {_RESTORE}")


def _unread(sha256: str, path: Path, error: Undecodable) -> EvidenceProblem:
    if error.outcome is IntakeOutcome.VANISHED:
        return EvidenceProblem(sha256, EvidenceState.MISSING, f"The evidence file {path} is not there. {_PUT_BACK}")
    if error.outcome is IntakeOutcome.NO_PERMISSION:
        why, way_out = "you have no right to read it", "Ask for the right to read the case's folder, then verify again."
    else:
        why = error.sentence.removeprefix(f"{path} ").removeprefix("cannot be read: ").partition(". ")[0].rstrip(".")
        way_out = f"Check the drive. {_RESTORE}"
    return EvidenceProblem(
        sha256, EvidenceState.UNREADABLE, f"The evidence file {path} cannot be read: {why}. {way_out}"
    )
