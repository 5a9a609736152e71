"""A case that an older program made: opened, brought up to date, and not blind."""

from contextlib import closing

import pytest

from core.store import audit, exhibits, findings, opening
from core.store.connect import DATABASE
from tests.core.store.bundles import as_of, ask_sql, fingerprint


@pytest.fixture
def old_case(closed_case):
    """A case of revision 0001 with three exhibits, a finding and a note."""
    with closing(opening.open_case(closed_case, actor="A. Moreau")) as database, database.writing() as transaction:
        exhibits.set_note(transaction, 1, "The hands are odd.")
    return as_of(closed_case, "0001")


def test_the_case_made_for_these_tests_is_an_old_one(old_case):
    assert ask_sql(old_case, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert ask_sql(old_case, "SELECT count(*) FROM sqlite_schema WHERE name = 'examiner_view'") == [(0,)]
    assert "blind" not in [row[1] for row in ask_sql(old_case, 'PRAGMA table_info("case")')]
    assert ask_sql(old_case, "SELECT text FROM note") == [("The hands are odd.",)]


def test_opened_for_writing_it_is_copied_and_brought_up_to_date(old_case):
    before = (old_case / DATABASE).read_bytes()
    with closing(opening.open_case(old_case, actor="B. Later")) as database:
        _holds_what_it_held(database)
        with database.reading() as session:
            migrated = audit.newest(session, limit=2)[1]
    (backup,) = old_case.glob("case-before-0003-*")
    assert (migrated.action, migrated.actor) == ("case.migrate", "B. Later")
    assert migrated.payload["from"] == "0001"
    assert migrated.payload["backup"] == backup.name
    assert ask_sql(old_case, "SELECT count(*) FROM examiner_view") == [(0,)]
    assert len(backup.read_bytes()) == len(before)


def test_opened_for_reading_no_byte_of_it_changes(old_case):
    before = fingerprint(old_case)
    with closing(opening.open_case(old_case, read_only=True, actor="B. Later")) as database:
        assert not database.live
        _holds_what_it_held(database)
    assert fingerprint(old_case) == before


def _holds_what_it_held(database):
    assert not database.case.details.blind
    with database.reading() as session:
        assert exhibits.get(session, 1).note == "The hands are odd."
        assert findings.latest(session, 2).architecture == "StyleGAN"
