"""Every table is watched without its doing anything, and a row has one digest whichever way it is read."""

import hashlib
import sqlite3
import struct
from contextlib import closing

import pytest

from core.store import exhibits, journal, opening
from core.store.connect import DATABASE, open_for_reading, open_new
from core.store.schema import Base, NoteRow
from tests.core.store.bundles import run_sql
from tests.core.store.generated import add_exhibit

TABLES = """
CREATE TABLE plain (id INTEGER NOT NULL PRIMARY KEY, word TEXT, number FLOAT, bytes BLOB);
CREATE TABLE named (name TEXT NOT NULL PRIMARY KEY, word TEXT);
CREATE TABLE pair (one INTEGER NOT NULL, two TEXT NOT NULL, word TEXT, PRIMARY KEY (one, two));
CREATE TABLE audit (sequence INTEGER PRIMARY KEY);
"""


@pytest.fixture
def connection():
    with closing(open_new(":memory:")) as made:
        made.executescript(TABLES)
        made.executescript("INSERT INTO plain VALUES (1, 'a', 1.5, x'00'), (2, 'b', NULL, NULL)")
        made.executescript("INSERT INTO pair VALUES (1, 'x', 'a'); INSERT INTO named VALUES ('n', 'a')")
        journal.watch(made)
        yield made


def touched(connection, *statements):
    for statement in statements:
        connection.execute(statement)
    return [(table, key, digest and "row") for table, key, digest in journal.take_touched(connection)]


def test_all_tables_of_a_case_but_the_log_itself_are_sealed(database):
    sealed = {table.name for table in journal.sealed_tables(database._connection)}
    assert sealed == {*Base.metadata.tables, "alembic_version"} - {"audit", "chain"}


def test_what_is_inserted_changed_and_removed_is_noted_once(connection):
    found = touched(
        connection,
        "INSERT INTO plain VALUES (3, 'c', NULL, NULL)",
        "UPDATE plain SET word = word || '!'",
        "UPDATE plain SET word = word || '!'",
        "DELETE FROM plain WHERE id = 1",
        "UPDATE pair SET word = 'b'",
        "DELETE FROM named",
        "INSERT INTO audit VALUES (1)",
    )
    assert found == [
        ("named", "n", None),
        ("pair", [1, "x"], "row"),
        ("plain", 1, None),
        ("plain", 2, "row"),
        ("plain", 3, "row"),
    ]
    assert journal.take_touched(connection) == []


def test_a_changed_key_is_noted_as_one_gone_and_one_come(connection):
    assert touched(connection, "UPDATE plain SET id = 9 WHERE id = 2") == [("plain", 2, None), ("plain", 9, "row")]
    assert touched(connection, "UPDATE pair SET two = 'y'") == [("pair", [1, "x"], None), ("pair", [1, "y"], "row")]


def test_a_replaced_row_is_noted(connection):
    assert touched(connection, "REPLACE INTO plain VALUES (2, 'z', NULL, NULL)") == [("plain", 2, "row")]


def test_what_is_taken_back_was_never_touched(connection):
    assert touched(connection, "BEGIN", "DELETE FROM plain", "ROLLBACK") == []


def test_the_number_of_a_new_row_is_that_of_the_row(connection):
    assert connection.execute("INSERT INTO plain (word) VALUES ('d')").lastrowid == 3


def test_nothing_of_it_is_in_the_file(database):
    with closing(open_for_reading(database.folder / DATABASE)) as reader:
        assert not journal.is_watched(reader)
        names = reader.execute("SELECT name FROM sqlite_schema WHERE name LIKE '%touched%'").fetchall()
    assert journal.is_watched(database._connection)
    assert names == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NULL", "''"),
        ("'1'", "x'31'"),
        ("'a'", "'a '"),
        ("'a' || char(0)", "'a'"),
        ("''", "x''"),
        ("'é'", "CAST(x'c3' AS TEXT)"),
    ],
)
def test_values_that_differ_have_other_digests(connection, one, other):
    digests = []
    for value in (one, other):
        connection.execute(f"UPDATE plain SET bytes = {value} WHERE id = 2")
        digests += [digest for table, key, digest in journal.take_touched(connection)]
    assert len(set(digests)) == 2


def test_columns_do_not_run_into_one_another(connection):
    connection.execute("UPDATE pair SET two = 'xa', word = ''")
    (_, (_, _, one)) = journal.take_touched(connection)
    connection.execute("UPDATE pair SET two = 'x', word = 'a'")
    (two, _) = [digest for *_, digest in journal.take_touched(connection)]
    assert one != two


def test_the_digest_of_a_row_can_be_made_by_hand(connection):
    def part(content):
        return struct.pack(">Q", len(content)) + content

    names = b"".join(map(part, (b"dna-det row 1", b"plain", b"id", b"word", b"number", b"bytes")))
    values = b"".join(map(part, (b"i1", b"ta", b"f" + struct.pack(">d", 1.5), b"b\0")))
    found = {(table, str(key)): digest for table, key, digest in journal.every_row(connection)}
    assert found[("plain", "1")] == hashlib.sha256(names + values).hexdigest()


def test_a_table_without_a_key_is_refused():
    with closing(open_new(":memory:")) as made:
        made.execute("CREATE TABLE keyless (word TEXT)")
        with pytest.raises(RuntimeError, match="keyless has no primary key"):
            journal.watch(made)


def test_texts_are_read_as_ever_afterwards(connection):
    connection.execute("UPDATE plain SET word = 'x'")
    journal.take_touched(connection)
    assert connection.execute("SELECT word FROM plain").fetchone() == ("x",)


def test_a_change_without_an_entry_in_the_log_is_a_mistake_of_ours_and_is_taken_back(database):
    with database.writing() as transaction:
        add_exhibit(transaction, 1)
    before = database.case
    with pytest.raises(RuntimeError, match="note was changed without an entry"), database.writing() as transaction:
        transaction.add_row(NoteRow, exhibit_id=1, text="?", made_by="x", made_at=before.created_at)
    with database.reading() as session:
        assert exhibits.get(session, 1).note == ""
    with database.writing() as transaction:  # the note of it was taken back too
        exhibits.set_note(transaction, 1, "Said.")


def test_a_table_that_a_later_program_adds_is_watched_too(closed_case):
    run_sql(closed_case, "CREATE TABLE later (id INTEGER PRIMARY KEY, word TEXT)")
    with closing(sqlite3.connect(closed_case / DATABASE, isolation_level=None)) as connection:
        journal.watch(connection)
        assert touched(connection, "INSERT INTO later VALUES (4, 'w')") == [("later", 4, "row")]


def test_a_case_is_watched_from_the_moment_it_is_open(closed_case):
    with closing(opening.open_case(closed_case, actor="A. Moreau")) as database:
        assert journal.is_watched(database._connection)
