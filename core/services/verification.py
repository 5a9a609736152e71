"""Is every byte of a case and every entry of its log still what it was? Claim by claim, in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from core import installation
from core.custody import Claim, Verification
from core.errors import NotFound
from core.paths import CASE_SUFFIX
from core.progress import Progress
from core.services import bundle_claims, log_claims, time_stamps
from core.services.log_claims import claim_of, unchecked
from core.services.log_standing import AS_LOGGED, Found, as_logged, guarded
from core.store import origin_check
from core.store.chain import FIRST_REVISION
from core.store.connect import DATABASE
from core.store.inspection import Inspection, inspect, stated_uid, uid_of
from core.store.journal import connection_of
from core.store.log_check import check_log
from core.store.session import CaseSession

READABLE = "case readable"
OF_THE_LOG = (log_claims.UNBROKEN, log_claims.SIGNED, log_claims.ANCHORED, log_claims.AS_CLOSED, AS_LOGGED)
OF_THE_FILES = (
    bundle_claims.INTACT,
    bundle_claims.NOTHING_ADDED,
    bundle_claims.REPORTS_INTACT,
    time_stamps.CLAIM,
)


class CaseVerification:
    """Verifies cases, open or not; it opens them by itself and changes no byte."""

    def case(self, path: Path, *, evidence: bool = True, progress: Progress | None = None) -> Verification:
        """Put every claim of a case to the test; a damaged or made-up case fails claims and raises nothing.

        Args:
            path: the bundle; ``.dnacase`` may be left out.
            evidence: whether every exhibit is hashed too.
            progress: report and cancel point.

        Raises:
            NotFound: there is no such folder.
            Cancelled: it was cancelled.
        """
        folder = _folder(path.absolute())
        # Anchors are read before the case: a program that works on it meanwhile adds to the case first.
        anchors = installation.anchor_file(uid_of(folder))
        with inspect(folder) as found:
            run = _Run(found, anchors, progress or Progress(), evidence=evidence)
            return Verification(str(folder), tuple(run.claims()), datetime.now(UTC))


class _Run:
    """One verification while it goes on."""

    def __init__(
        self, found: Inspection, anchors: installation.AnchorFile, progress: Progress, *, evidence: bool
    ) -> None:
        self._found, self._anchors, self._progress, self._evidence = found, anchors, progress, evidence
        self._folder = found.folder

    def claims(self) -> Iterator[Claim]:
        """Every claim, in the order in which they are told."""
        found = self._found
        yield claim_of(
            READABLE,
            found.faults,
            "The database is not a sound case." if found.session is None else "The database is damaged or was edited.",
            f"{DATABASE} is a sound case of this program.",
        )
        if found.session is None:
            why = "Not checked, because nothing in the database can be believed."
            yield from (unchecked(name, why) for name in (*OF_THE_LOG, *OF_THE_FILES))
            return
        connection = connection_of(found.session)
        yield from self._of_the_log(connection, found.session)
        yield self._guarded(bundle_claims.INTACT, lambda: self._intact(connection))
        yield self._guarded(bundle_claims.NOTHING_ADDED, lambda: bundle_claims.nothing_added(connection, self._folder))
        if found.revision < FIRST_REVISION:
            why = "This case was made by an older program, which issued no reports and asked for no time stamps."
            yield from (unchecked(name, why) for name in OF_THE_FILES[2:])
            return
        yield self._guarded(
            bundle_claims.REPORTS_INTACT, lambda: bundle_claims.reports_intact(connection, self._folder)
        )
        session = found.session
        yield self._guarded(time_stamps.CLAIM, lambda: time_stamps.claim(session))
        of_origin = self._guarded(
            origin_check.CLAIM, lambda: origin_check.claim(session) if origin_check.is_extract(session) else None
        )
        if of_origin is not None:
            yield of_origin

    def _of_the_log(self, connection: sqlite3.Connection, session: CaseSession) -> Iterator[Claim]:
        if self._found.revision < FIRST_REVISION:
            why = (
                "This case was made by an older program, whose log is not sealed. Opened for writing, it is sealed as "
                "it is found."
            )
            yield from (unchecked(name, why) for name in OF_THE_LOG)
            return
        total = self._count(connection, "audit")
        self._progress.start("Following the log", total, "entries")
        log = check_log(connection, stated_uid(session), self._progress)
        yield log_claims.unbroken(log)
        yield self._guarded(log_claims.SIGNED, lambda: log_claims.signed(log))
        yield self._guarded(log_claims.ANCHORED, lambda: log_claims.anchored(log, self._anchors))
        database, at_rest = self._folder / DATABASE, self._found.at_rest
        yield self._guarded(
            log_claims.AS_CLOSED, lambda: log_claims.as_closed(log, self._anchors, database, at_rest=at_rest)
        )
        yield self._guarded(AS_LOGGED, lambda: as_logged(connection, log, self._progress))

    def _intact(self, connection: sqlite3.Connection) -> Claim:
        if not self._evidence:
            return unchecked(bundle_claims.INTACT, "The exhibits were not to be hashed this time.")
        return bundle_claims.evidence_intact(connection, self._folder, self._progress)

    def _count(self, connection: sqlite3.Connection, table: str) -> int | None:
        try:
            return int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
        except sqlite3.Error:
            return None

    def _guarded(self, name: str, test: Callable[[], Found]) -> Found | Claim:
        return guarded(self._folder, name, test)


def _folder(path: Path) -> Path:
    suffixed = path.with_name(path.name + CASE_SUFFIX)
    if not path.exists() and suffixed.is_dir():
        return suffixed
    if not path.is_dir():
        raise NotFound(f"{path} is not the folder of a case. Choose a folder whose name ends in {CASE_SUFFIX}.")
    return path
