"""A case opened to be examined: no byte is changed, and what cannot be believed is said instead of raised."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import StaticPool

from core.errors import CoreError, error_from_os
from core.store import opening, soundness
from core.store.columns import Malformed
from core.store.connect import DATABASE, engine_of
from core.store.file_mark import header_faults, is_at_rest
from core.store.journal import connection_of
from core.store.session import CaseSession


@dataclass(frozen=True, slots=True)
class Inspection:
    """A case while it is examined.

    Attributes:
        session: one view of the database, unmoved by writes that happen meanwhile; None where nothing in it may be
            read, because it is not there, or holds what this program never made.
        revision: of its schema, "" without a session.
        faults: sentences on the file as a whole.
        at_rest: whether the database is one file; only then its bytes can be compared.
    """

    folder: Path
    session: CaseSession | None
    revision: str
    faults: tuple[str, ...]
    at_rest: bool


@contextmanager
def inspect(folder: Path) -> Iterator[Inspection]:
    """Open a case to examine it; whatever is wrong with it is in `faults`."""
    with ExitStack() as closing:
        yield _opened(folder, closing)


def uid_of(folder: Path) -> str:
    """The identity that a case states, "" where it states none that can be read; nothing else of it is looked at."""
    with ExitStack() as closing:
        try:
            soundness.require_bundle(folder)
            return stated_uid(_session(folder, closing)[0])
        except (CoreError, sqlite3.Error, OSError, UnicodeDecodeError):
            return ""


def stated_uid(session: CaseSession) -> str:
    """The identity in the case's own row, "" where there is none that can be read, or none yet."""
    try:
        row = connection_of(session).execute('SELECT uid FROM "case"').fetchone()
    except (sqlite3.Error, UnicodeDecodeError):
        return ""
    return str(row[0]) if row else ""


def _opened(folder: Path, closing: ExitStack) -> Inspection:
    try:
        soundness.require_bundle(folder)
        at_rest = is_at_rest(folder)
        session, database = _session(folder, closing)
        connection = connection_of(session)
        revision = soundness.check_form(connection, folder)
        faults = [*header_faults(folder / DATABASE, at_rest=at_rest), *_pages(connection, database)]
    except CoreError as error:
        return Inspection(folder, None, "", (str(error),), at_rest=False)
    except (sqlite3.Error, Malformed, UnicodeDecodeError) as error:  # the last from SQLite's own words
        return Inspection(folder, None, "", (f"SQLite cannot read {folder / DATABASE}: {error}.",), at_rest=False)
    except OSError as error:
        told = error_from_os(error, folder / DATABASE, doing="reading the case")
        return Inspection(folder, None, "", (str(told),), at_rest=False)
    return Inspection(folder, session, revision, tuple(faults), at_rest)


def _session(folder: Path, closing: ExitStack) -> tuple[CaseSession, Path]:
    """A session whose view of the case has begun, and the file that it reads: the case's, or a private copy."""
    connection, copy = opening.readable(folder)
    closing.callback(connection.close)
    if copy is not None:
        closing.callback(copy.close)
    engine = engine_of(lambda: connection, StaticPool, "BEGIN")
    session = closing.enter_context(CaseSession(engine, folder=folder, read_only=True))
    connection_of(session).execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return session, folder / DATABASE if copy is None else copy.database


def _pages(connection: sqlite3.Connection, database: Path) -> list[str]:
    try:
        problem = soundness.pages_problem(connection, database, thorough=True)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        problem = f"SQLite's check cannot be made: {error}"
    return [f"The database does not hold together: {problem}."] if problem else []
