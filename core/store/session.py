"""What the functions of the store are given: a consistent view of one case, or the right to change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Engine, Executable, Insert, Table, insert
from sqlalchemy.orm import Session

from core.store.schema import Base


class CaseSession(Session):
    """One consistent view of a case, from `Database.reading`.

    Attributes:
        folder: the case bundle.
        read_only: whether the case is open read-only.
    """

    def __init__(self, bind: Engine | Connection, *, folder: Path, read_only: bool) -> None:
        super().__init__(bind, autoflush=False, expire_on_commit=False)
        self.folder = folder
        self.read_only = read_only

    def run(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Execute on the connection itself; the bookkeeping of rows as objects costs more than SQLite does."""
        return self.connection().execute(statement, parameters)


class Transaction(CaseSession):
    """One change of a case that happens whole or not at all, from `Database.writing`.

    Attributes:
        actor: who changes the case, for the audit log.
    """

    def __init__(self, bind: Engine | Connection, *, folder: Path, actor: str) -> None:
        super().__init__(bind, folder=folder, read_only=False)
        self.actor = actor

    def add_row(self, kind: type[Base], /, **values: Any) -> int:  # noqa: ANN401 - the columns decide
        """Insert one row; answers its row number."""
        return self.connection().execute(_insert_into(kind), values).lastrowid

    def add_rows(self, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows that fill the same columns."""
        if rows:
            self.connection().execute(_insert_into(kind), rows)


@cache
def _insert_into(kind: type[Base]) -> Insert:
    return insert(cast("Table", kind.__table__))
