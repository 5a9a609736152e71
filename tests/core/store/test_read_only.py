"""A case open read-only: not a byte of the bundle changes, and what is seen holds together whatever others do."""

import time
from contextlib import closing

import pytest

from core.errors import CoreError, ReadOnlyCase
from core.store import audit, exhibits, opening
from tests.core.store.bundles import fingerprint, image_of, run_sql, with_hot_journal
from tests.core.store.other_process import other_program


def _read_only(folder):
    return closing(opening.open_case(folder, read_only=True, actor="A. Moreau"))


def _look_around(database):
    with database.reading() as session:
        assert exhibits.get(session, 2).name == "IMG_1.jpg"
        assert len(exhibits.lines(session, (1, 2, 3))) == 3
        assert audit.entries(session)


def test_reading_changes_no_byte(closed_case):
    before = fingerprint(closed_case)
    with _read_only(closed_case) as database:
        assert database.read_only
        assert database.live
        assert database.case.read_only
        _look_around(database)
        assert fingerprint(closed_case) == before
    assert fingerprint(closed_case) == before


def test_a_write_is_refused_in_a_sentence(closed_case):
    with _read_only(closed_case) as database, pytest.raises(ReadOnlyCase, match="read-only"), database.writing():
        pytest.fail("The block of a refused write must not run.")


def test_a_session_cannot_write_either(closed_case):
    with _read_only(closed_case) as database, pytest.raises(CoreError), database.reading() as session:
        session.connection().exec_driver_sql("DELETE FROM note")


def test_nor_can_the_reading_session_of_a_case_open_for_writing(database):
    with pytest.raises(CoreError), database.reading() as session:
        session.connection().exec_driver_sql("DELETE FROM note")


@pytest.mark.parametrize("shared_memory", [True, False])
def test_what_a_killed_writer_left_is_read_without_touching_it(database, tmp_path, shared_memory):
    with database.writing() as transaction:
        audit.append(transaction, "only in the log", {})
    image = image_of(database.folder, tmp_path / "image.dnacase")
    if not shared_memory:
        (image / "case.sqlite-shm").unlink()
    before = fingerprint(image)
    with _read_only(image) as reader, reader.reading() as session:
        assert reader.live is shared_memory
        assert audit.newest(session)[0].action == "only in the log"
    assert fingerprint(image) == before


def test_a_transaction_cut_short_is_undone_in_a_private_copy(closed_case, tmp_path):
    image = with_hot_journal(closed_case, tmp_path / "image.dnacase")
    before = fingerprint(image)
    with _read_only(image) as reader:
        assert not reader.live
        _look_around(reader)
        private = reader._copy.database
        assert private.exists()
    assert fingerprint(image) == before
    assert not private.exists()


def test_a_case_whose_log_was_lost_on_the_way_is_read(closed_case):
    run_sql(closed_case, "PRAGMA journal_mode = WAL")
    before = fingerprint(closed_case)
    with _read_only(closed_case) as reader:
        _look_around(reader)
    assert fingerprint(closed_case) == before


def test_a_view_stays_as_it_was_while_another_process_writes(closed_case):
    folder = str(closed_case)
    with other_program() as writer:
        assert writer.ask("open", folder) == "open"
        assert writer.ask("state", folder, 1) == "written"
        with _read_only(closed_case) as reader:
            with reader.reading() as session:
                before = audit.newest(session)
                assert writer.ask("state", folder, 2) == "written"
                assert audit.newest(session) == before
            assert reader.case.details.title == "2"
            assert writer.ask("close", folder) == "closed"
            assert reader.case.details.title == "2"
            assert writer.ask("open", folder) == "open"
            assert writer.ask("state", folder, 3) == "written"
            writer.kill()
            assert reader.case.details.title == "3"
            _look_around(reader)


def test_no_view_is_torn_while_another_process_opens_writes_and_closes(closed_case):
    with other_program() as writer, _read_only(closed_case) as reader:
        seen, end = set(), time.monotonic() + 30  # a busy machine may start the writer late
        writer.send("churn", str(closed_case), 1.5)
        while len(seen) <= 2 and time.monotonic() < end:
            stated = reader.case.details
            assert stated.number in (stated.title, "2026/17")
            seen.add(stated.title)
        assert writer.answer() >= 1
    assert len(seen) > 2
