"""A case that is open: many threads read it while one writes, and every write happens whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, StaticPool, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from core import installation
from core.custody import LogHead
from core.domain import Case
from core.errors import CoreError
from core.store import blobs, cases, chain, file_mark
from core.store.columns import Malformed
from core.store.connect import DATABASE, engine_of, open_for_reading
from core.store.copies import PrivateCopy
from core.store.faults import primary_code, read_only_refusal, sentences
from core.store.lock import CaseLock
from core.store.session import CaseSession, Transaction

CLOSING = "closing"  # why an anchor was noted
_PATIENCE_S = 2.0
_PASSING = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY})


class Database:
    """An open case; made by `core.store.opening`.

    A case at rest is one file in rollback-journal mode, so that it can be read from a write-protected drive; while it
    is open for writing it has a write-ahead log where the drive allows it.

    Attributes:
        folder, evidence, derived, incoming: the bundle and its parts.
        file: the database that is read; that of the case, or a private copy.
        actor: in whose name it is changed, and for whom a blind case hides what.
        read_only: whether it is open read-only.
        live: False when what is read is a private copy from the moment of opening (read-only, where the original needs
            a migration or a recovery that only a writer may do).
    """

    def __init__(
        self,
        folder: Path,
        database: Path,
        *,
        actor: str,
        writer: sqlite3.Connection | None = None,
        lock: CaseLock | None = None,
        copy: PrivateCopy | None = None,
    ) -> None:
        self.folder, self.file = folder, database
        self.evidence = folder / blobs.EVIDENCE
        self.derived = folder / blobs.DERIVED
        self.incoming = self.evidence / blobs.INCOMING
        self.read_only = writer is None
        self.live = copy is None
        self.actor = actor
        self._connection, self._lock, self._copy = writer, lock, copy
        self._readers = engine_of(lambda: open_for_reading(database), NullPool, "BEGIN")
        self._writer = None if writer is None else engine_of(lambda: writer, StaticPool, "BEGIN IMMEDIATE")
        self._turn = threading.Lock()
        self._writing_thread: int | None = None
        self._state = threading.Condition()
        self._active = 0
        self._closed = False

    @property
    def case(self) -> Case:
        """What is stated about the case at this moment."""
        with self.reading() as session:
            return cases.get(session)

    @contextmanager
    def reading(self) -> Iterator[CaseSession]:
        """One consistent view of the case, unmoved by writes that happen meanwhile; for any thread."""
        with self._at_work(), sentences(self.folder, doing="reading the case"):
            session = self._view()
            try:
                yield session
            finally:
                session.close()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """One change of the case, committed at the end of the block; any exception takes all of it back.

        Raises:
            ReadOnlyCase: the case is open read-only.
            DiskFull, NoPermission, CaseDamaged, CoreError: the drive or the file refused; nothing was changed.
            RuntimeError: rows were changed without an entry in the log; nothing was changed.
        """
        if self._writer is None:
            raise read_only_refusal(self.folder)
        with (
            self._at_work(),
            self._writers_turn(),
            sentences(self.folder, doing="writing to the case"),
            Transaction(self._writer, folder=self.folder, actor=self.actor) as transaction,
        ):
            transaction.connection()  # BEGIN IMMEDIATE now, not at the first statement
            yield transaction
            sealed = chain.seal(transaction)
            transaction.commit()
        if sealed is not None:
            installation.remember(sealed.head, sealed.why, before=sealed.before)

    def outside_changes(self) -> int:
        """A number that is another one after anybody but this program has changed the case.

        Open read-only, any change makes it another one.
        """
        with self._at_work(), self._writers_turn(), sentences(self.folder, doing="reading the case"):
            if self._connection is not None:
                return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
            return hash(tuple(map(_stamp, (self.file, self.file.with_name(f"{self.file.name}-wal")))))

    def close(self) -> None:
        """Let go of the case once everybody is done; a second call does nothing."""
        self._require_no_write_of_this_thread()
        with self._state:
            if self._closed:
                return
            self._closed = True
            self._state.wait_for(lambda: self._active == 0, timeout=_PATIENCE_S)
        try:
            if self._connection is not None:
                with self._writers_turn():
                    head = self._head()
                    _put_to_rest(self._connection)
                    self._connection.close()
                    self._anchor(head)
        finally:
            if self._lock is not None:
                self._lock.release()
            if self._copy is not None:
                self._copy.close()

    def _head(self) -> LogHead | None:
        """Where the log ends, for the anchor of a case that is closed; a case that cannot be read is closed too."""
        try:
            with CaseSession(self._writer or self._readers, folder=self.folder, read_only=True) as session:
                return chain.head(session)
        except (SQLAlchemyError, Malformed):
            return None

    def _anchor(self, head: LogHead | None) -> None:
        """Note outside of the case how it was left, to the last byte where it is one file."""
        if head is None:
            return
        try:
            mark = file_mark.mark_of(self.folder / DATABASE) if file_mark.is_at_rest(self.folder) else None
        except OSError:
            mark = None
        installation.remember(head, CLOSING, file=mark)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._state:
            if self._closed:
                raise CoreError(f"The case {self.folder} was closed. Open it again to go on.")
            self._active += 1
        try:
            yield
        finally:
            with self._state:
                self._active -= 1
                self._state.notify_all()

    @contextmanager
    def _writers_turn(self) -> Iterator[None]:
        self._require_no_write_of_this_thread()
        with self._turn:
            self._writing_thread = threading.get_ident()
            try:
                yield
            finally:
                self._writing_thread = None

    def _require_no_write_of_this_thread(self) -> None:
        if self._writing_thread == threading.get_ident():
            raise RuntimeError("A write or a close was begun inside a write of the same thread.")

    def _view(self) -> CaseSession:
        """A session whose view has begun. Another process that opens or closes the case is waited for."""
        give_up = time.monotonic() + _PATIENCE_S
        while True:
            session = CaseSession(self._readers, folder=self.folder, read_only=self.read_only)
            try:
                session.execute(text("SELECT 1 FROM sqlite_schema LIMIT 1"))
            except OperationalError as error:
                session.close()
                if primary_code(error.orig) not in _PASSING or not self.read_only:
                    raise
                if time.monotonic() > give_up:
                    raise self._interrupted() from error
                time.sleep(0.05)
                continue
            return session

    def _interrupted(self) -> CoreError:
        return CoreError(
            f"The program that was writing to the case {self.folder} ended in the middle of it, or its drive is gone. "
            "Close the case and open it again."
        )


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _put_to_rest(connection: sqlite3.Connection) -> None:
    """Leave one file behind. Somebody who is reading may keep us from it; the next opening copes with that."""
    try:
        connection.execute(f"PRAGMA busy_timeout = {int(_PATIENCE_S * 1000)}").close()
        connection.execute("PRAGMA journal_mode = DELETE").close()
    except sqlite3.Error:
        return
