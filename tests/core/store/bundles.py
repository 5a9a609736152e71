"""What the tests do to the files of a case behind the program's back."""

import hashlib
import shutil
import sqlite3
from contextlib import closing

from core.store import migrate
from core.store.connect import DATABASE, open_new


def fingerprint(folder):
    """Every name below a folder with its bytes and its time of change, the folders' too."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder",
        )
        for path in (folder, *folder.rglob("*"))
    }


def run_sql(folder, *statements):
    """Change the database of a case at rest."""
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def ask_sql(folder, query):
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        return connection.execute(query).fetchall()


def image_of(folder, target):
    """A copy of a case that is open, as a kill or a power failure would leave it; no lock comes along."""
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("case.lock"))
    return target


def with_hot_journal(folder, target):
    """A copy of a case whose writer ended in the middle of writing a large transaction without a write-ahead log."""
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 5")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE \"case\" SET title = 'half', notes = ?", ("x" * 500_000,))
        connection.execute("UPDATE exhibit SET name = 'half'")
        image_of(folder, target)
        connection.execute("ROLLBACK")
    assert (target / "case.sqlite-journal").stat().st_size > 0
    return target


def as_of(folder, revision):
    """Turn a case at rest into what the program of an older revision would have left behind."""
    older = folder / "older.sqlite"
    with closing(open_new(older)) as connection:
        migrate.upgrade(connection, to=revision)
    with closing(sqlite3.connect(older, isolation_level=None)) as connection:  # ours attaches nothing
        connection.execute("ATTACH ? AS today", (str(folder / DATABASE),))
        for (table,) in connection.execute(_TABLES).fetchall():
            columns = ", ".join(f'"{row[1]}"' for row in connection.execute(f'PRAGMA table_info("{table}")'))
            connection.execute(f'INSERT INTO main."{table}" ({columns}) SELECT {columns} FROM today."{table}"')
        connection.execute("PRAGMA journal_mode = DELETE")
    older.replace(folder / DATABASE)
    return folder


_TABLES = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT IN ('alembic_version', 'sqlite_stat1')"
