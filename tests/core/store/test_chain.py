"""Every transaction ends with a seal: chained to the one before, signed, noted outside."""

import json
import shutil
from contextlib import closing, suppress

import pytest

from core import installation
from core.domain import CaseDetails
from core.log_chain import genesis, link, text_digest
from core.store import audit, cases, chain, exhibits, migrate, opening
from core.store.journal import connection_of
from tests.core.store.bundles import as_of, ask_sql, run_sql
from tests.core.store.generated import add_exhibit
from tests.core.store.test_migrate import HEAD, NEXT, PLANTED


def note(database, text):
    with database.writing() as transaction:
        exhibits.set_note(transaction, 1, text)


@pytest.fixture
def noted(database):
    with database.writing() as transaction:
        add_exhibit(transaction, 1)
        add_exhibit(transaction, 2)
    note(database, "The hands are odd.")
    return database


def test_every_entry_is_chained_to_the_one_before(noted):
    with noted.reading() as session:
        entries = chain.entry_digests(session)
        previous = genesis(noted.case.uid)
        for entry in entries:
            assert entry.previous == previous
            assert entry.payload_digest == text_digest(entry.payload)
            previous = link(
                previous,
                entry.sequence,
                entry.at,
                entry.actor,
                entry.action,
                entry.payload_digest,
                entry.changes_digest,
            )
            assert entry.digest == previous
        assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
        assert chain.head(session).digest == previous


def test_only_the_last_entry_of_a_transaction_carries_rows_and_a_signature(noted):
    with noted.reading() as session:
        made, first, second, last = chain.entry_digests(session)
    assert (first.changes, first.key, first.signature) == ("[]", "", "")
    tables = [change[0] for change in json.loads(second.changes)]
    assert tables == [
        "chain",
        *(name for name in ("exhibit", "exhibit_facts", "exhibit_text", "occurrence") for _ in "ab"),
    ]
    assert [change[:2] for change in json.loads(last.changes)] == [
        ["chain", 4],
        ["exhibit", 1],
        ["exhibit_text", 1],
        ["note", 1],
    ]
    assert {made.key, second.key, last.key} == {installation.signer().key}


def test_the_head_is_signed_and_noted_outside_the_case(noted):
    with noted.reading() as session:
        head = chain.head(session)
    assert installation.head_is_signed(head)
    newest = installation.anchors_of(noted.case.uid)[-1]
    assert (newest.sequence, newest.digest, newest.signature, newest.why) == (4, head.digest, head.signature, "note")


def test_within_a_transaction_the_head_is_the_one_before(noted):
    with noted.reading() as session:
        before = chain.head(session)
    with noted.writing() as transaction:
        exhibits.set_note(transaction, 1, "Changed.")
        assert chain.head(transaction) == before


def test_a_digest_is_found_by_its_number(noted):
    with noted.reading() as session:
        third = chain.entry_digests(session, after=2, limit=1)[0]
        assert chain.digest_at(session, 3) == third.digest
        assert chain.digest_at(session, 0) == genesis(noted.case.uid)
        assert chain.digest_at(session, 99) is None


def test_what_was_done_in_a_transaction_that_failed_is_not_in_the_chain(noted):
    with suppress(ZeroDivisionError), noted.writing() as transaction:
        exhibits.set_note(transaction, 1, "No.")
        chain.seal(transaction)
        raise ZeroDivisionError
    assert len(installation.anchors_of(noted.case.uid)) == 3
    note(noted, "Yes.")
    with noted.reading() as session:
        assert chain.head(session).sequence == 5
        assert chain.differences(connection_of(session)) == []


def test_an_entry_without_changed_rows_is_sealed_too(closed_case):
    with closing(opening.open_case(closed_case, actor="A. Moreau")) as database, database.reading() as session:
        entry = chain.entry_digests(session)[-1]
    assert entry.action == "case.open"
    assert json.loads(entry.changes) == [["chain", entry.sequence, installation.signer().key]]
    assert entry.signature


def test_another_installation_introduces_its_key(closed_case, tmp_path, monkeypatch):
    first = installation.signer().key
    monkeypatch.setenv("DNADET_HOME", str(tmp_path / "other user"))
    with closing(opening.open_case(closed_case, actor="B. Other")) as database, database.reading() as session:
        entry = chain.entry_digests(session)[-1]
    assert entry.key == installation.signer().key != first
    assert ["signing_key", entry.key] in [change[:2] for change in json.loads(entry.changes)]
    assert {row[0] for row in ask_sql(closed_case, "SELECT key FROM signing_key")} == {first, entry.key}


def test_an_actor_whose_name_is_no_unicode_is_sealed(closed_case):
    with closing(opening.open_case(closed_case, actor="\udcff")) as database, database.reading() as session:
        entry = chain.entry_digests(session)[-1]
        assert entry.actor == "\udcff"
        assert entry.digest == link(
            entry.previous, entry.sequence, entry.at, "\udcff", entry.action, entry.payload_digest, entry.changes_digest
        )


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_an_older_case_is_sealed_as_it_is_found(closed_case, revision):
    as_of(closed_case, revision)
    with closing(opening.open_case(closed_case, actor="B. Later")) as database, database.reading() as session:
        *older, migrated, opened = chain.entry_digests(session)
        assert [entry.changes for entry in older] == ["[]"] * len(older)
        assert (migrated.action, opened.action) == ("case.migrate", "case.open")
        named = {tuple(map(str, change[:2])) for change in json.loads(migrated.changes)}
        assert {("case", "1"), ("finding", "1"), ("exhibit", "3"), ("sqlite_schema", "finding")} <= named
        assert chain.differences(connection_of(session)) == []
    assert installation.anchors_of(_uid(closed_case))[0].why == "case.migrate"


def test_a_large_case_is_sealed_in_several_entries(closed_case, monkeypatch):
    monkeypatch.setattr(chain, "_AT_ONCE", 20)
    as_of(closed_case, "0002")
    with closing(opening.open_case(closed_case, actor="B. Later")) as database, database.reading() as session:
        actions = [entry.action for entry in chain.entry_digests(session)]
        assert actions.count("case.seal") > 3
        assert chain.differences(connection_of(session)) == []


def test_rows_that_were_edited_before_a_migration_are_told_in_its_entry(closed_case, monkeypatch):
    run_sql(closed_case, "UPDATE exhibit SET name = 'edited.jpg' WHERE id = 2")
    folder = closed_case.parent / "migrations"
    shutil.copytree(migrate.SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "more.py").write_text(PLANTED.format(revision=NEXT, before=HEAD, more="pass"))
    monkeypatch.setattr(migrate, "SCRIPTS", folder)
    with closing(opening.open_case(closed_case, actor="B. Later")) as database, database.reading() as session:
        entry = next(one for one in audit.newest(session) if one.action == "case.migrate")
        assert entry.payload["not_as_logged"] == [["exhibit", 2]]
        assert chain.differences(connection_of(session)) == []


def test_closing_notes_the_bytes_of_the_file(closed_case):
    anchor = installation.anchors_of(_uid(closed_case))[-1]
    assert anchor.why == "closing"
    assert anchor.file.size == (closed_case / "case.sqlite").stat().st_size


def test_a_case_that_is_only_read_notes_nothing(closed_case):
    before = installation.anchors_of(_uid(closed_case))
    opening.open_case(closed_case, read_only=True, actor="C. Reader").close()
    assert installation.anchors_of(_uid(closed_case)) == before


@pytest.mark.parametrize(
    "text", ["", "[", "{}", "[1]", "[[1,2,3]]", '[["a",1]]', '[["a",{},null]]', '[["a",1,1]]', "[" * 9999, "null"]
)
def test_a_list_of_rows_that_we_did_not_write_is_refused(text):
    with pytest.raises(ValueError, match="The list of changed rows"):
        chain.changes_in(text)


def test_replaying_the_log_says_what_every_row_became(noted):
    note(noted, "")
    with noted.writing() as transaction:
        cases.update(transaction, CaseDetails("Another title"))
    with noted.reading() as session:
        rows = chain.replay(connection_of(session)).rows
    assert rows[("note", 1)] == (None, 5)
    assert rows[("case", 1)][1] == 6
    assert rows[("exhibit", 2)][1] == 3


def _uid(folder):
    return ask_sql(folder, 'SELECT uid FROM "case"')[0][0]
