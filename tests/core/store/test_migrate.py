"""Cases of older revisions: copied first, then brought up to date wholly or not at all."""

import logging
import shutil
import sqlite3
import threading
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.errors import CaseTooNew, DiskFull
from core.store import audit, copies, exhibits, migrate, opening
from core.store.connect import DATABASE, engine_of, open_new
from core.store.schema import Base
from tests.core.store.bundles import ask_sql, fingerprint, run_sql
from tests.core.store.generated import add_exhibit

HEAD = migrate.head()
NEXT = f"{int(HEAD) + 1:04d}"  # a revision that no program knows yet
PLANTED = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade():
    op.add_column("exhibit", sa.Column("origin", sa.Text(), nullable=True))
    op.execute("UPDATE exhibit SET origin = 'before it'")
    with op.batch_alter_table("note", recreate="always") as note:
        note.add_column(sa.Column("language", sa.Text(), nullable=True))
    {more}
"""


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Makes the program know one more revision; the text given is run at its end."""

    def learn(more="pass"):
        folder = tmp_path / f"migrations{len(list(tmp_path.iterdir()))}"
        shutil.copytree(migrate.SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        planted = PLANTED.format(revision=NEXT, before=HEAD, more=more)
        (folder / "versions" / f"r{NEXT}_more.py").write_text(planted)
        monkeypatch.setattr(migrate, "SCRIPTS", folder)

    return learn


@pytest.fixture
def noted_case(closed_case):
    """A case of today with a note, whose table the planted revision makes anew."""
    with closing(opening.open_case(closed_case, actor="A. Moreau")) as database, database.writing() as transaction:
        exhibits.set_note(transaction, 1, "The hands are odd.")
    return closed_case


def _backups(folder):
    return sorted(folder.glob("case-before-*"))


def test_an_older_case_is_copied_and_then_brought_up_to_date(noted_case, scripts):
    content = (noted_case / DATABASE).read_bytes()
    scripts()
    with closing(opening.open_case(noted_case, actor="B. Later")) as database:
        with database.writing() as transaction:
            assert exhibits.get(transaction, 1).note == "The hands are odd."
            add_exhibit(transaction, 9)
        with database.reading() as session:
            opened, migrated = audit.newest(session, limit=3)[1:]
    (backup,) = _backups(noted_case)
    assert (opened.action, migrated.action, migrated.actor) == ("case.open", "case.migrate", "B. Later")
    assert migrated.payload == {"from": HEAD, "to": NEXT, "backup": backup.name}
    assert backup.name.startswith(f"case-before-{NEXT}-2")
    assert ask_sql(noted_case, "SELECT DISTINCT origin FROM exhibit WHERE id < 4") == [("before it",)]
    assert ask_sql(noted_case, "SELECT * FROM alembic_version") == [(NEXT,)]
    assert _dump(backup) == _dump_bytes(content)


def _dump(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def _dump_bytes(content):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        return list(connection.iterdump())


def test_the_backup_is_a_case_database_of_the_older_program(noted_case, scripts, monkeypatch, tmp_path):
    older = migrate.SCRIPTS
    scripts()
    opening.open_case(noted_case, actor="A. Moreau").close()
    monkeypatch.setattr(migrate, "SCRIPTS", older)
    with pytest.raises(CaseTooNew):
        opening.open_case(noted_case, actor="A. Moreau")
    shutil.move(_backups(noted_case)[0], noted_case / DATABASE)
    with closing(opening.open_case(noted_case, actor="A. Moreau")) as database, database.reading() as session:
        assert exhibits.get(session, 1).note == "The hands are odd."


def test_an_older_case_is_read_without_changing_it(noted_case, scripts):
    before = fingerprint(noted_case)
    scripts()
    with closing(opening.open_case(noted_case, read_only=True, actor="A. Moreau")) as database:
        assert not database.live
        with database.reading() as session:
            assert exhibits.get(session, 1).note == "The hands are odd."
            assert session.connection().exec_driver_sql("SELECT origin FROM exhibit").first() == ("before it",)
    assert fingerprint(noted_case) == before


def test_a_migration_that_fails_changes_nothing(noted_case, scripts):
    content = (noted_case / DATABASE).read_bytes()
    scripts("raise RuntimeError('half-way')")
    for read_only in (True, False):
        with pytest.raises(RuntimeError, match="half-way"):
            opening.open_case(noted_case, read_only=read_only, actor="A. Moreau")
    assert _dump(noted_case / DATABASE) == _dump_bytes(content)
    assert not (noted_case / "case.lock").exists()


def test_a_migration_whose_entry_cannot_be_written_changes_nothing(noted_case, scripts, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    content = (noted_case / DATABASE).read_bytes()
    scripts()
    monkeypatch.setattr(audit, "append", full)
    with pytest.raises(DiskFull):
        opening.open_case(noted_case, actor="A. Moreau")
    assert _dump(noted_case / DATABASE) == _dump_bytes(content)


def test_a_migration_that_orphans_a_row_changes_nothing(noted_case, scripts):
    content = (noted_case / DATABASE).read_bytes()
    scripts("op.execute('DELETE FROM exhibit')")
    with pytest.raises(sqlite3.IntegrityError, match="without its parent"):
        opening.open_case(noted_case, actor="A. Moreau")
    assert _dump(noted_case / DATABASE) == _dump_bytes(content)


def test_no_space_for_the_backup_means_no_migration(noted_case, scripts, monkeypatch):
    def nearly_full(target):
        connection = open_new(target)
        connection.execute("PRAGMA max_page_count = 5")
        return connection

    before = fingerprint(noted_case)
    scripts()
    monkeypatch.setattr(copies, "open_new", nearly_full)
    with pytest.raises(DiskFull, match="no space"):
        opening.open_case(noted_case, actor="A. Moreau")
    after = fingerprint(noted_case)
    assert {name: fact[1] for name, fact in after.items()} == {name: fact[1] for name, fact in before.items()}


def test_an_older_case_is_compared_with_the_schema_of_its_own_revision(noted_case, scripts):
    run_sql(noted_case, "CREATE TRIGGER evil AFTER UPDATE ON exhibit BEGIN DELETE FROM note; END")
    scripts()
    with pytest.raises(Exception, match="evil"):
        opening.open_case(noted_case, actor="A. Moreau")
    assert _backups(noted_case) == []


def test_the_rows_are_declared_as_the_migrations_make_them():
    with closing(open_new(":memory:")) as connection:
        migrate.upgrade(connection)
        engine = engine_of(lambda: connection, migrate.StaticPool, "BEGIN")
        with engine.connect() as bound:
            differences = compare_metadata(MigrationContext.configure(bound), Base.metadata)
    assert [difference for difference in differences if _is_real(difference)] == []


def _is_real(difference):
    """Unique constraints without a name come back nameless from SQLite; everything else counts."""
    return isinstance(difference, list) or difference[0] not in ("add_constraint", "remove_constraint")


def test_migrating_says_nothing(caplog, capsys):
    caplog.set_level(logging.INFO, "alembic")
    with closing(open_new(":memory:")) as connection:
        migrate.upgrade(connection)
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


def test_threads_migrate_one_after_the_other():
    found = []

    def make():
        with closing(open_new(":memory:")) as connection:
            migrate.upgrade(connection)
            found.append(migrate.revision_of(connection))

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [migrate.head()] * 6
