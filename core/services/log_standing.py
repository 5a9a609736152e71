"""Does an open case still say what its log says? Asked before a report is issued, and when one is verified."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from core.custody import Claim, ClaimState
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.services import log_claims
from core.services.log_claims import claim_of, share
from core.store.database import Database
from core.store.faults import sentences
from core.store.inspection import stated_uid
from core.store.journal import connection_of
from core.store.log_check import LogCheck, check_log
from core.store.row_check import row_faults
from core.store.session import CaseSession

Found = TypeVar("Found", Claim, Claim | None)
AS_LOGGED = "records as logged"


def as_logged(connection: sqlite3.Connection, log: LogCheck, progress: Progress) -> Claim:
    """Whether every row is what the log says that it became."""
    progress.start("Comparing records", len(log.rows), "records")
    faults = [*row_faults(connection, log, progress)]
    rows = sum(digest is not None for digest, _ in log.rows.values())
    failed = f"{share(len(faults), rows, 'records')} not what the log says."
    return claim_of(AS_LOGGED, faults, failed, f"All {rows} records are what the log says.")


def claims_of_log(session: CaseSession, folder: Path, progress: Progress) -> tuple[Claim, Claim, Claim]:
    """Whether the log of a case is unbroken and signed, and whether its records are what the log says.

    Raises:
        Cancelled: it was cancelled.
    """
    connection = connection_of(session)
    progress.start("Following the log", None, "entries")
    log = check_log(connection, stated_uid(session), progress)
    return (
        log_claims.unbroken(log),
        guarded(folder, log_claims.SIGNED, lambda: log_claims.signed(log)),
        guarded(folder, AS_LOGGED, lambda: as_logged(connection, log, progress)),
    )


def guarded(folder: Path, name: str, test: Callable[[], Found]) -> Found | Claim:
    """A claim that cannot be tested, because what it reads is damaged, fails."""
    try:
        with sentences(folder, doing="verifying the case"):
            return test()
    except Cancelled:
        raise
    except (CoreError, sqlite3.Error) as error:
        why = str(error)
    except (ValueError, TypeError, OverflowError) as error:  # a value that this program never writes
        why = f"The case holds a value that cannot be read: {error}."
    return Claim(name, ClaimState.FAILED, "It cannot be checked, because the case is damaged.", (why,))


def log_problem(database: Database, progress: Progress) -> str:
    """What is wrong with the log of an open case or with its records, in words with the way out; "" where nothing is.

    Raises:
        Cancelled: it was cancelled.
    """
    with database.reading() as session:
        made = claims_of_log(session, database.folder, progress)
    return _told(database.folder, [claim for claim in made if claim.state is ClaimState.FAILED])


def _told(folder: Path, failed: Sequence[Claim]) -> str:
    if not failed:
        return ""
    details = [detail for claim in failed for detail in claim.details]
    more = f" {len(details) - 1} more differ." if details[1:] else ""
    first = f" {details[0]}" if details else ""
    return (
        f"The case is not what its log says. {failed[0].sentence}{first}{more} No report can be issued of it. Verify "
        f"the case (verify {folder}) to see all that differs, and go on with a copy that holds."
    )


class LogStanding:
    """Remembers what was found of the log, as long as no other program has written to the case."""

    def __init__(self) -> None:
        self._known: tuple[Database, int, str] | None = None

    def problem(self, database: Database) -> str:
        """As `log_problem`; what this program wrote since the last time is known to be logged."""
        stamp, known = database.outside_changes(), self._known
        if known is None or known[:2] != (database, stamp):
            known = self._known = (database, stamp, log_problem(database, Progress()))
        return known[2]

    def problem_now(self, database: Database, progress: Progress) -> str:
        """As `log_problem`, looked at anew."""
        stamp = database.outside_changes()
        self._known = (database, stamp, log_problem(database, progress))
        return self._known[2]
