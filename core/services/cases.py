"""Making, opening and describing cases; holds the one that is open."""

from __future__ import annotations

import getpass
from contextlib import suppress
from pathlib import Path

from core import paths
from core.domain import AuditEntry, Case, CaseCounts, CaseDetails, Table, Written
from core.errors import BadInput, CoreError, error_from_os
from core.settings import Settings
from core.store import audit, blindness, cases, opening
from core.store.database import Database

_RECENT = "recent_cases"
_RECENT_KEPT = 12
_EVERYTHING = frozenset(Table)
_SHOWN = frozenset({Table.CASE, Table.FINDINGS, Table.VIEWS})  # hiding and showing verdicts changes all of these


class Cases:
    """The case that is open, and the ones that were.

    Args:
        settings: the analyst's name, and the list of recent cases.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database: Database | None = None

    @property
    def current(self) -> Case | None:
        """The open case, or None."""
        return self._database.case if self._database else None

    @property
    def database(self) -> Database:
        """The open case's database, for the other services; raises `BadInput` when no case is open.

        Whoever the settings name at that moment reads and writes it.
        """
        if self._database is None:
            raise BadInput("No case is open. Make a new case or open one first.")
        self._database.actor = self.examiner
        return self._database

    @property
    def examiner(self) -> str:
        """Who is at work: the name in the settings, else that of the login; who the case states is no part of it."""
        return str(self._settings.get("examiner")).strip() or getpass.getuser()

    def create(self, path: Path, details: CaseDetails) -> Written[Case]:
        """Make a case and open it; whatever case was open is closed only once the new one exists.

        Raises:
            BadInput: no title, or something exists at the path already.
            NoPermission, DiskFull: the folder cannot be written.
        """
        if not details.title.strip():
            raise BadInput("A case needs a title.")
        named = path if path.suffix == paths.CASE_SUFFIX else path.with_name(path.name + paths.CASE_SUFFIX)
        try:
            named.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise error_from_os(error, named.parent, doing="making the folder for the case") from error
        made = opening.create(named, details, self.examiner)
        return self._switch(made)

    def open(self, path: Path, *, read_only: bool = False) -> Case:
        """Open a case; a failed opening keeps the case that was open.

        Raises:
            CaseInUse: somebody else has it open; `read_only` is possible.
            NotACase, CaseDamaged, CaseTooNew, NoPermission: it cannot be opened; nothing was changed.
        """
        current = self.current
        if current is not None and current.path == path.resolve() and current.read_only == read_only:
            return current
        return self._switch(opening.open_case(path, read_only=read_only, actor=self.examiner)).value

    def close(self) -> None:
        """Close the open case, if any."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def update(self, details: CaseDetails) -> Written[Case]:
        """Change what is stated about the case."""
        if not details.title.strip():
            raise BadInput("A case needs a title.")
        with self.database.writing() as transaction:
            before = cases.get(transaction).details
            made = cases.update(transaction, details)
        return Written(made, _SHOWN if before.blind != made.details.blind else frozenset({Table.CASE}))

    def counts(self) -> CaseCounts:
        """How far the work on the open case is."""
        database = self.database
        with database.reading() as session:
            return cases.counts(session, blindness.hidden_from(session, database.actor))

    def log(self, limit: int = 200) -> tuple[AuditEntry, ...]:
        """The newest entries of the case's log, newest first, without what is hidden from this examiner."""
        database = self.database
        with database.reading() as session:
            return blindness.concealed(session, audit.newest(session, limit=limit), database.actor)

    def recent(self) -> tuple[Path, ...]:
        """Cases opened lately that still exist, newest first."""
        return tuple(path for path in self.remembered() if path.is_dir())

    def remembered(self) -> tuple[Path, ...]:
        """Cases opened lately, newest first, with those that are gone or on a drive that is not connected."""
        return tuple(map(Path, self._settings.recall(_RECENT, [])))

    def forget(self, path: Path) -> None:
        """Take a case off the list of recent ones."""
        kept = [str(other) for other in self.recent() if other != path]
        self._settings.remember(_RECENT, kept)

    def _switch(self, made: Database) -> Written[Case]:
        self.close()
        self._database = made
        kept = [str(made.case.path), *(str(path) for path in self.recent() if path != made.case.path)]
        with suppress(CoreError):  # a user folder that cannot be written must not keep a case shut
            self._settings.remember(_RECENT, kept[:_RECENT_KEPT])
        return Written(made.case, _EVERYTHING)
