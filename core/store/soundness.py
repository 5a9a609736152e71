"""Whether a database is a case of ours and sound, asked before anything in it is believed, without changing a byte."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

from core.errors import CaseTooNew, NotACase
from core.store import migrate
from core.store.blobs import DERIVED, EVIDENCE, INCOMING, PARTIAL
from core.store.connect import APPLICATION_ID, DATABASE
from core.store.faults import damaged
from core.store.lock import FILE_NAME
from core.store.report_folders import REPORTS

_FILES = (DATABASE, f"{DATABASE}-journal", f"{DATABASE}-wal", f"{DATABASE}-shm", FILE_NAME)
_FOLDERS = (EVIDENCE, DERIVED, REPORTS, f"{EVIDENCE}/{INCOMING}", f"{DERIVED}/{PARTIAL}")
_SMALL_PAGES = 4096  # up to here, 16 MiB, indices are compared with their tables too


def require_bundle(folder: Path) -> None:
    """Raise `NotACase` unless the folder looks like a case from outside; links are not followed.

    Nothing is opened: a pipe would wait for ever, and a link or a device has no end.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise NotACase(f"{folder} {what}. Choose the folder of a case; its name ends in .dnacase.")
    for name in _FILES:
        _require_kind(folder, name, is_folder=False)
    for name in _FOLDERS:
        _require_kind(folder, name, is_folder=True)
    if not (folder / DATABASE).is_file():
        raise NotACase(f"{folder} is not a case: it has no {DATABASE}. Choose a folder whose name ends in .dnacase.")
    if (folder / DATABASE).stat().st_size == 0:
        raise damaged(folder, "the file is empty")


def check(connection: sqlite3.Connection, database: Path, folder: Path) -> str:
    """Check a database that is open for reading; answers its revision.

    Args:
        connection: open to read.
        database: its file; that of the case, or a private copy.
        folder: the case, named in sentences.

    Raises:
        NotACase: SQLite, but made by another program.
        CaseTooNew: made by a newer version of this one.
        CaseDamaged: its schema is not what we make, or its pages do not hold together.
        sqlite3.Error: not readable at all.
    """
    revision = check_form(connection, folder)
    problem = pages_problem(connection, database)
    if problem:
        raise damaged(folder, problem)
    return revision


def check_form(connection: sqlite3.Connection, folder: Path) -> str:
    """The part of `check` that decides whether anything in a database may be read at all; answers its revision."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        _require_readable(connection)
        raise NotACase(f"The {DATABASE} in {folder} was not made by this program. Choose the folder of a case.")
    revision = _known_revision(connection, folder)
    _check_schema(connection, folder, revision)
    return revision


def pages_problem(connection: sqlite3.Connection, database: Path, *, thorough: bool = False) -> str:
    """What keeps the pages of a database from holding together, or ""; `thorough` compares indices at any size."""
    if (
        database.stat().st_size % connection.execute("PRAGMA page_size").fetchone()[0]
    ):  # SQLite itself would read zeros there
        return "its end is missing"
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    pragma = "integrity_check" if thorough or pages <= _SMALL_PAGES else "quick_check"
    problem = str(connection.execute(f"PRAGMA {pragma}(1)").fetchone()[0])
    return "" if problem == "ok" else f"SQLite's check says: {problem.splitlines()[-1][:200]}"


def _require_kind(folder: Path, name: str, *, is_folder: bool) -> None:
    """Raise `NotACase` where a part that is there is not the kind of thing that a case has in its place."""
    try:
        mode = (folder / name).lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISLNK(mode):
        raise NotACase(f"{folder} is not a case: its {name} is a link to somewhere else. Copy the whole case instead.")
    if not (stat.S_ISDIR(mode) if is_folder else stat.S_ISREG(mode)):
        kind = "folder" if is_folder else "ordinary file"
        raise NotACase(f"{folder} is not a case: its {name} is no {kind}. Nothing of it was opened or changed.")


def _require_readable(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _known_revision(connection: sqlite3.Connection, folder: Path) -> str:
    revision = migrate.revision_of(connection)
    if revision is None:
        raise damaged(folder, "it does not say which version of the program made it")
    if revision in migrate.known():
        return revision
    if revision > migrate.head():
        raise CaseTooNew(
            f"The case {folder} was made by a newer version of this program (schema {revision[:20]}; this one knows "
            f"up to {migrate.head()}). Nothing was changed. Open it with the newer version."
        )
    raise damaged(folder, f"its schema number {revision[:20]!r} was never given out")


def _check_schema(connection: sqlite3.Connection, folder: Path, revision: str) -> None:
    """Compare with what our migrations make: a foreign trigger or view would run inside our own statements."""
    found, expected = migrate.schema_of(connection), migrate.schema_at(revision)
    foreign, missing = sorted(found - expected), sorted(expected - found)
    if foreign:
        kind, name, *_ = foreign[0]
        raise damaged(folder, f"it holds a {kind} named {name[:60]!r} that this program did not make")
    if missing:
        kind, name, *_ = missing[0]
        raise damaged(folder, f"its {kind} {name!r} is missing")
