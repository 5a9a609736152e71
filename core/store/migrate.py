"""The schema's revisions: which one a case has, which ones we know, and the way up; Alembic without settings files."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, StaticPool

from core.store.connect import APPLICATION_ID, engine_of, open_new

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
    from alembic.script import ScriptDirectory

SCRIPTS = Path(__file__).resolve().parent / "migrations"
_NOT_OURS = ("alembic_version", "sqlite_autoindex_alembic_version_", "sqlite_stat")
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps the migration that runs in globals of its own
SchemaObject = tuple[str, str, str, str]  # type, name, table, normalised SQL


def head(scripts: Path | None = None) -> str:
    """The newest revision this program knows."""
    newest = _script_directory(scripts or SCRIPTS).get_current_head()
    if newest is None:
        raise ValueError(f"There is no migration in {scripts or SCRIPTS}.")
    return newest


def known(scripts: Path | None = None) -> frozenset[str]:
    """All revisions this program can bring up to date."""
    return frozenset(script.revision for script in _script_directory(scripts or SCRIPTS).walk_revisions())


def revision_of(connection: sqlite3.Connection) -> str | None:
    """The revision of an open database, None when it carries none."""
    named = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'alembic_version'"
    if connection.execute(named).fetchone()[0] != 1:
        return None
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchmany(2)
    return str(rows[0][0]) if len(rows) == 1 else None


def upgrade(
    connection: sqlite3.Connection,
    scripts: Path | None = None,
    to: str = "head",
    then: Callable[[Connection], object] | None = None,
) -> None:
    """Bring a database, an empty one too, up to revision `to`, in one transaction: wholly or not at all.

    Args:
        connection: open for writing, with no transaction begun.
        scripts: folder of the migrations, ours by default.
        to: the revision wanted.
        then: called at the end, within the same transaction.

    Raises:
        sqlite3.Error, sqlalchemy.exc.DBAPIError: the database refused; it is as it was before.
    """
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    logging.getLogger("alembic").setLevel(logging.WARNING)
    directory = _script_directory(scripts or SCRIPTS)

    def steps(revision: Any, _: MigrationContext) -> list[RevisionStep | MigrationStep]:  # noqa: ANN401 - Alembic's own type
        return list(directory._upgrade_revs(to, revision))

    connection.execute("PRAGMA foreign_keys = OFF")  # a rebuilt table must not take its children along
    engine = engine_of(lambda: connection, StaticPool, "BEGIN EXCLUSIVE")
    with (
        _ONE_AT_A_TIME,
        engine.connect() as bound,
        bound.begin(),
        EnvironmentContext(Config(), directory, fn=steps) as environment,
    ):
        environment.configure(connection=bound, transactional_ddl=True, render_as_batch=True)
        environment.run_migrations()
        bound.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        if orphan := bound.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise sqlite3.IntegrityError(f"The migration to {to} left a row without its parent: {tuple(orphan)}")
        if then is not None:
            then(bound)
    connection.execute("PRAGMA foreign_keys = ON")


def schema_of(connection: sqlite3.Connection) -> frozenset[SchemaObject]:
    """Everything the schema of a database holds, but for what Alembic and SQLite keep for themselves."""
    rows = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema").fetchall()
    return frozenset(
        (kind, name, table, _normal(sql))
        for kind, name, table, sql in rows
        if not (kind in ("table", "index") and name.startswith(_NOT_OURS))
    )


def schema_at(revision: str, scripts: Path | None = None) -> frozenset[SchemaObject]:
    """What `schema_of` answers for a sound case of this revision."""
    return _schema_at(revision, scripts or SCRIPTS)


@lru_cache(maxsize=8)
def _schema_at(revision: str, scripts: Path) -> frozenset[SchemaObject]:
    connection = open_new(Path(":memory:"))
    try:
        upgrade(connection, scripts, revision)
        return schema_of(connection)
    finally:
        connection.close()


def _normal(sql: str) -> str:
    """SQL without what `ALTER TABLE` of different SQLite versions writes differently."""
    return "".join(character for character in sql if not character.isspace() and character not in '"`[]')


@lru_cache(maxsize=8)
def _script_directory(scripts: Path) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(scripts))
