"""Taking dropped files, folders and archives into the open case: queued first, so that nothing is lost or doubled."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.domain import IntakeOutcome, IntakeReport, PendingIntake, Table, Written
from core.errors import BadInput, NotFound
from core.imaging.archive import is_archive, list_members
from core.imaging.examination import submit_examination
from core.imaging.intake_worker import Examined
from core.imaging.problems import Undecodable
from core.imaging.sources import Limits, Source
from core.imaging.walk import files_below
from core.progress import Progress
from core.services.cases import Cases
from core.services.processes import Processes
from core.store import audit, blobs, exhibits
from core.store import intake as queue
from core.store.database import Database
from core.store.intake import Dropped, QueuedItem
from core.store.session import Transaction

_COMMIT_EVERY = 16
_NAMED = 5  # of the paths that are not there
_ESCAPED = re.compile(r"\\u(dc[89a-f][0-9a-f])")
_TOUCHED = frozenset({Table.EXHIBITS, Table.INTAKE})


class Intake:
    """Takes images into the open case.

    Args:
        cases: holds the open case.
        processes: the reader processes.
    """

    def __init__(self, cases: Cases, processes: Processes) -> None:
        self._cases = cases
        self._processes = processes

    def take(self, paths: Sequence[Path], *, progress: Progress | None = None) -> Written[IntakeReport]:
        """Queue everything below the paths, then take it in; a cancelled or killed intake can be resumed.

        A path that is not there is told in the report's notes, and nothing is kept of it.

        Raises:
            NotFound: none of the paths is there.
            Cancelled: what was finished is kept, the rest waits in the queue.
            DiskFull, NoPermission: the case cannot be written; likewise.
        """
        progress = progress or Progress()
        database = self._cases.database
        missing = [path for path in paths if _is_missing(path)]
        there = [path for path in paths if path not in missing]
        if missing and not there:
            raise NotFound(f"{_not_there(missing)} Nothing was recorded.")
        batch = self._queue(there, database, progress)
        written = self._work(batch, database, progress)
        if not missing:
            return written
        return replace(
            written, value=replace(written.value, notes=(f"{_not_there(missing)} The others were taken in.",))
        )

    def pending(self) -> PendingIntake | None:
        """An intake of this case that was cut short, if any."""
        with self._cases.database.reading() as session:
            return queue.pending(session)

    def resume(self, *, progress: Progress | None = None) -> Written[IntakeReport]:
        """Finish what was cut short; raises `NotFound` when nothing was."""
        waiting = self.pending()
        if waiting is None:
            raise NotFound("No intake of this case is waiting to be finished.")
        return self._work(waiting.batch_id, self._cases.database, progress or Progress())

    def discard(self) -> Written[None]:
        """Give up the rest of an intake that was cut short; what was taken in stays."""
        waiting = self.pending()
        if waiting is not None:
            with self._cases.database.writing() as transaction:
                queue.discard(transaction, waiting.batch_id)
        return Written(None, frozenset({Table.INTAKE}))

    def report(self, batch_id: int | None = None) -> IntakeReport | None:
        """What became of a drop (None: the newest), or None when there was none."""
        with self._cases.database.reading() as session:
            return queue.report(session, batch_id)

    def _limits(self) -> Limits:
        return Limits(pixel_limit=self._processes.pixel_limit)

    def _queue(self, paths: Sequence[Path], database: Database, progress: Progress) -> int:
        """Write down every file before the first is read; what cannot even be listed is a line at once."""
        if not paths:
            raise BadInput("Nothing was dropped.")
        progress.start("Looking for files", None, "files")
        inside = Path(os.path.realpath(database.folder))
        refused: dict[str, tuple[IntakeOutcome, str]] = {}
        with database.writing() as transaction:
            batch = queue.begin(transaction, ())
            waiting: list[Dropped] = []
            for found in (item for path in paths for item in files_below(path.absolute())):
                if Path(os.path.realpath(found.path)).is_relative_to(inside):
                    continue  # the case's own files are no evidence
                label = Source(str(found.path)).label
                waiting.append(Dropped(label))
                if found.outcome is not IntakeOutcome.PENDING:
                    refused[label] = (found.outcome, found.reason)
                progress.step(text=found.path.name)
            queue.extend(transaction, batch, waiting)
            _refuse(transaction, batch, refused)
        return batch

    def _work(self, batch: int, database: Database, progress: Progress) -> Written[IntakeReport]:
        with database.reading() as session:
            items = list(queue.unfinished(session, batch))
        items = self._unpack(items, batch, database, progress)
        progress.start("Taking in", len(items), "files")
        done: list[tuple[QueuedItem, Examined]] = []
        try:
            for item, examined in self._examined(items, database, progress):
                done.append((item, examined))
                if len(done) >= _COMMIT_EVERY:
                    # Handed over first: when keeping fails, its copies are gone and must not be kept a second time.
                    full, done = done, []
                    self._keep(full, database)
                progress.step(text=Path(item.source.member or item.source.path).name)
        finally:
            self._keep(done, database)
        with database.reading() as session:
            report = queue.report(session, batch)
        if report is None:
            raise NotFound("The intake's record is gone.")
        return Written(report, _TOUCHED)

    def _unpack(self, items: list[QueuedItem], batch: int, database: Database, progress: Progress) -> list[QueuedItem]:
        """Replace archives in the queue by their members, each in one transaction; returns what is to be read."""
        archives = [item for item in items if item.source.member is None and is_archive(Path(_source(item).path))]
        if not archives:
            return items
        for item in archives:
            progress.start("Opening the archive", None, "files")
            try:
                path = Path(_source(item).path)
                members = self._processes.read(list_members, path, self._limits(), progress=progress)
            except Undecodable as problem:
                with database.writing() as transaction:
                    queue.finish_item(transaction, item.id, problem.outcome, reason=problem.sentence)
                continue
            with database.writing() as transaction:
                queue.extend(
                    transaction, batch, [Dropped(item.source.path, member.source.member) for member in members]
                )
                refused = {
                    m.source.label: (m.outcome, m.reason) for m in members if m.outcome is not IntakeOutcome.PENDING
                }
                _refuse(transaction, batch, refused)
                inside = f"{len(members)} files inside." if members else "There is no file inside."
                queue.finish_item(transaction, item.id, IntakeOutcome.OPENED, reason=inside)
        with database.reading() as session:
            return list(queue.unfinished(session, batch))

    def _examined(
        self, items: Sequence[QueuedItem], database: Database, progress: Progress
    ) -> Iterator[tuple[QueuedItem, Examined]]:
        """Examine items in reader processes, a few ahead of the one that is waited for."""
        pool, limits = self._processes.readers(), self._limits()
        flying: deque[tuple[QueuedItem, Path, Future[Examined]]] = deque()
        rest = iter(items)
        try:
            while True:
                while len(flying) < 3 * pool.workers and (item := next(rest, None)) is not None:
                    copy = blobs.incoming_path(database.folder)
                    flying.append((item, copy, submit_examination(pool, _source(item), copy, limits)))
                if not flying:
                    return
                item, copy, future = flying[0]
                examined = self._processes.result(future, progress)
                flying.popleft()
                yield item, examined
        finally:
            _call_off(flying)

    def _keep(self, done: Sequence[tuple[QueuedItem, Examined]], database: Database) -> None:
        """Move the copies into the evidence and write rows, queue and log in one transaction."""
        if not done:
            return
        missing: set[str] = set()
        try:
            for _, examined in done:
                missing |= _keep_copy(database.folder, examined)
            with database.writing() as transaction:
                for item, examined in done:
                    _write(transaction, item, examined, missing)
        finally:
            for _, examined in done:
                if examined.copy is not None:
                    examined.copy.unlink(missing_ok=True)


def _is_missing(path: Path) -> bool:
    """Whether there is nothing at a path; False where the system does not tell, so that the reading says why."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _not_there(paths: Sequence[Path]) -> str:
    """A sentence that names the paths, as far as a sentence can, with the way out."""
    named = ", ".join(Source(str(path)).label for path in paths[:_NAMED])
    more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
    one = len(paths) == 1
    way = f"Check how {'it is' if one else 'they are'} written, or whether the drive is still connected."
    return f"{named}{more} {'does' if one else 'do'} not exist. {way}"


def _keep_copy(folder: Path, examined: Examined) -> set[str]:
    """Move one copy into the evidence; answers its hash when nothing was there under it."""
    if examined.copy is None or examined.digest is None:
        return set()
    sha256 = examined.digest.sha256
    missing = not blobs.evidence_path(folder, sha256).exists()
    blobs.keep(folder, examined.copy, sha256)
    if examined.thumbnail is not None:
        blobs.write_thumbnail(folder, sha256, examined.thumbnail)
    return {sha256} if missing else set()


def _source(item: QueuedItem) -> Source:
    """Where a queued item's bytes are; names that are no text are queued with escapes and turned back here."""
    path = item.source.path
    if not os.path.lexists(path):
        path = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), path)
    return Source(path, item.source.member)


def _write(transaction: Transaction, item: QueuedItem, examined: Examined, missing: set[str]) -> None:
    """Write one file's row; `missing` are the hashes whose evidence was not there before, each said once."""
    digest, facts = examined.digest, examined.facts
    sha256 = digest.sha256 if digest else None
    if examined.outcome is not IntakeOutcome.TAKEN or digest is None or facts is None:
        queue.finish_item(transaction, item.id, examined.outcome, reason=examined.reason, sha256=sha256)
        return
    taken = exhibits.add(
        transaction,
        sha256=digest.sha256,
        md5=digest.md5,
        size_bytes=digest.size_bytes,
        name=Source(examined.source.name).label,
        path=examined.source.label,
        facts=facts,
    )
    outcome, reason = IntakeOutcome.TAKEN, examined.reason
    if not taken.new:
        outcome = IntakeOutcome.DUPLICATE
        reason = "The same bytes are in the case already; this path was noted as a further occurrence."
        if digest.sha256 in missing:
            audit.append(
                transaction, audit.Act.EVIDENCE_RESTORE, {"sha256": digest.sha256, "path": examined.source.label}
            )
            reason = f"The evidence file of these bytes was missing from the case and was put back. {reason}"
    missing.discard(digest.sha256)
    queue.finish_item(transaction, item.id, outcome, reason=reason, sha256=digest.sha256, exhibit_id=taken.exhibit_id)


def _refuse(transaction: Transaction, batch: int, refused: Mapping[str, tuple[IntakeOutcome, str]]) -> None:
    """Finish at once the queued lines that are known not to be readable."""
    if not refused:
        return
    for item in queue.unfinished(transaction, batch):
        if str(item.source) in refused:
            outcome, reason = refused[str(item.source)]
            queue.finish_item(transaction, item.id, outcome, reason=reason)


def _call_off(flying: deque[tuple[QueuedItem, Path, Future[Examined]]]) -> None:
    """Cancel what was not awaited and remove the copies that were made meanwhile."""
    for _, copy, future in flying:
        if not future.cancel():
            future.add_done_callback(partial(_forget, copy))


def _forget(copy: Path, _: Future[Examined]) -> None:
    copy.unlink(missing_ok=True)
