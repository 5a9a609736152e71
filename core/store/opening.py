"""Making and opening cases: every check comes before the first byte is written."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, StaticPool

from core import installation
from core.domain import CaseDetails
from core.errors import BadInput, NoPermission
from core.paths import CASE_SUFFIX
from core.store import audit, blobs, cases, chain, journal, migrate, report_folders, reports, soundness
from core.store.chain import Sealed
from core.store.connect import DATABASE, engine_of, open_for_reading, open_for_writing, open_new
from core.store.copies import PrivateCopy, back_up, has_lost_its_log
from core.store.database import Database
from core.store.drive import is_network_drive
from core.store.faults import primary_code, sentences
from core.store.lock import CaseLock
from core.store.session import Transaction

_TOLD = 1000  # rows that are not as the log says, named at a migration
_NEEDS_WRITER = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})


def create(path: Path, details: CaseDetails, actor: str) -> Database:
    """Make a case and open it; it appears under its name only when it is complete.

    Args:
        path: the bundle to make; ``.dnacase`` is appended when it is missing.
        details: what the case is about; a title is needed.
        actor: who makes it, for the log.

    Raises:
        BadInput: the path is taken, or the title is missing.
        NotFound, NoPermission, DiskFull: the folder it shall lie in cannot take it.
    """
    folder = _with_suffix(path.absolute())
    if os.path.lexists(folder):
        raise BadInput(f"{folder} exists already. Open it, or choose another name for the new case.")
    partial = folder.with_name(f".{secrets.token_hex(4)}{CASE_SUFFIX}.partial")
    with sentences(folder, doing="making the case"):
        try:
            sealed = _fill(partial, details, actor)
            os.rename(partial, folder)  # noqa: PTH104 - beside os.replace elsewhere: this one must not replace
            _remember(sealed)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return _open_for_writing(folder, actor, is_new=True)


def open_case(path: Path, *, read_only: bool = False, actor: str) -> Database:
    """Open a case.

    Args:
        path: the bundle; ``.dnacase`` may be left out.
        read_only: change no byte of the bundle, migrate nothing, take no lock.
        actor: who opens it, for the log and for whoever finds it in use.

    Raises:
        NotACase, CaseDamaged, CaseTooNew: the case cannot be opened; nothing was changed.
        CaseInUse: somebody else has it open for writing; read-only is possible.
        NoPermission: the bundle may not be written to; read-only is possible.
        DiskFull: there is no space for the backup that a migration needs; nothing was changed.
    """
    folder = _existing(path.absolute())
    with sentences(folder, doing="opening the case"):
        soundness.require_bundle(folder)
        return _open_read_only(folder, actor) if read_only else _open_for_writing(folder, actor)


def _with_suffix(path: Path) -> Path:
    return path if path.suffix == CASE_SUFFIX else path.with_name(path.name + CASE_SUFFIX)


def _existing(path: Path) -> Path:
    return path if path.exists() or not _with_suffix(path).is_dir() else _with_suffix(path)


def _fill(folder: Path, details: CaseDetails, actor: str) -> Sealed:
    folder.mkdir()
    blobs.make_folders(folder)
    with closing(open_new(folder / DATABASE)) as connection:
        migrate.upgrade(connection)
        engine = engine_of(lambda: connection, StaticPool, "BEGIN IMMEDIATE")
        with Transaction(engine, folder=folder, actor=actor) as transaction:
            cases.add(transaction, details)
            sealed = chain.seal_as_found(transaction)
            transaction.commit()
    return sealed


def _open_read_only(folder: Path, actor: str) -> Database:
    with ExitStack() as undo:
        connection, copy = readable(folder)
        undo.callback(_close, copy)
        with closing(connection):
            revision = soundness.check(connection, _read_file(folder, copy), folder)
            if revision != migrate.head():
                copy = _migrated(connection, copy)
        undo.pop_all()
    return Database(folder, _read_file(folder, copy), actor=actor, copy=copy)


def readable(folder: Path) -> tuple[sqlite3.Connection, PrivateCopy | None]:
    """A connection that has read something; on a private copy where SQLite could not read without writing."""
    if not has_lost_its_log(folder):
        try:
            return _proven(folder / DATABASE), None
        except sqlite3.OperationalError as error:
            if primary_code(error) not in _NEEDS_WRITER:
                raise
    with ExitStack() as undo:
        copy = undo.enter_context(closing(PrivateCopy.of_files(folder)))
        connection = _proven(copy.database)
        undo.pop_all()
    return connection, copy


def _proven(database: Path) -> sqlite3.Connection:
    with ExitStack() as undo:
        connection = undo.enter_context(closing(open_for_reading(database)))
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        undo.pop_all()
    return connection


def _read_file(folder: Path, copy: PrivateCopy | None) -> Path:
    return folder / DATABASE if copy is None else copy.database


def _migrated(connection: sqlite3.Connection, copy: PrivateCopy | None) -> PrivateCopy:
    """An older case opened read-only is brought up to date in a private copy."""
    with ExitStack() as undo:
        current = undo.enter_context(closing(PrivateCopy.through(connection)))
        with closing(open_for_writing(current.database)) as writer:
            migrate.upgrade(writer)
        undo.pop_all()
    _close(copy)
    return current


def _open_for_writing(folder: Path, actor: str, *, is_new: bool = False) -> Database:
    _require_rights(folder)
    if not is_new:
        _check(folder)
    with ExitStack() as undo:
        lock = CaseLock.acquire(folder, actor)
        undo.callback(lock.release)
        writer = undo.enter_context(closing(open_for_writing(folder / DATABASE)))
        _migrate(folder, writer, actor)
        journal.watch(writer)
        _use_log(folder, writer)
        blobs.make_folders(folder)
        blobs.sweep(folder)
        database = Database(folder, folder / DATABASE, actor=actor, writer=writer, lock=lock)
        swept = _sweep_reports(database)
        if not is_new:
            _log_opening(database, lock, swept)
        undo.pop_all()
    return database


def _sweep_reports(database: Database) -> int:
    """Remove the folders of reports that were never finished."""
    with database.reading() as session:
        issued = reports.uids(session)
    return report_folders.sweep(database.folder, issued)


def _log_opening(database: Database, lock: CaseLock, swept: int) -> None:
    with database.writing() as transaction:
        left: dict[str, Any] = {"not_closed_by": str(lock.left_behind)} if lock.left_behind else {}
        if swept:
            left["unfinished_reports_removed"] = swept
        audit.append(transaction, audit.Act.CASE_OPEN, left)


def _check(folder: Path) -> None:
    connection, copy = readable(folder)
    try:
        with closing(connection):
            soundness.check(connection, _read_file(folder, copy), folder)
    finally:
        _close(copy)


def _require_rights(folder: Path) -> None:
    for path in (folder, folder / DATABASE):
        if not os.access(path, os.W_OK):
            raise NoPermission(
                f"You may not write to {path}. Open the case read-only, or ask for the right to write to its folder."
            )


def _migrate(folder: Path, writer: sqlite3.Connection, actor: str) -> None:
    """Bring an older case up to date, a copy of it first; the log says so in the same transaction."""
    before, newest = migrate.revision_of(writer), migrate.head()
    if before == newest:
        return
    strange = chain.differences(writer)[:_TOLD] if before and before >= chain.FIRST_REVISION else []
    backup = back_up(writer, folder, newest)
    sealed: list[Sealed] = []

    def log(connection: Connection) -> None:
        with Transaction(connection, folder=folder, actor=actor) as transaction:
            payload: dict[str, Any] = {"from": before, "to": newest, "backup": backup.name}
            if strange:  # sealed as found below, so this is the last time that it can be told
                payload["not_as_logged"] = [[table, key] for table, key, _ in strange]
            audit.append(transaction, audit.Act.CASE_MIGRATE, payload)
            sealed.append(chain.seal_as_found(transaction))
            transaction.commit()

    migrate.upgrade(writer, then=log)
    _remember(*sealed)


def _remember(*sealed: Sealed) -> None:
    for one in sealed:
        installation.remember(one.head, one.why, before=one.before)


def _use_log(folder: Path, writer: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; where the drive or a reader prevents it, the rollback journal does as well."""
    mode = "DELETE" if is_network_drive(folder) else "WAL"
    try:
        writer.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    except sqlite3.OperationalError:
        writer.execute("PRAGMA journal_mode = DELETE").fetchone()
    writer.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # makes the log's files, which readers never make


def _close(copy: PrivateCopy | None) -> None:
    if copy is not None:
        copy.close()
