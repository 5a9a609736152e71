"""Reading and writing an open case: whole or not at all, from many threads, on a drive that fills up."""

import errno
import sqlite3
import threading

import pytest
from sqlalchemy.exc import IntegrityError

from core.domain import CaseDetails, ExhibitFilter
from core.errors import CaseDamaged, CaseInUse, CoreError, DiskFull, NoPermission, NotFound
from core.store import audit, cases, exhibits
from core.store.faults import sentences
from tests.core.store.generated import add_exhibit, facts_of


def _actions(database):
    with database.reading() as session:
        return [entry.action for entry in audit.entries(session)]


def _count(database):
    with database.reading() as session:
        return len(exhibits.ids(session, ExhibitFilter()))


def _add_all(database, numbers):
    with database.writing() as transaction:
        for number in numbers:
            add_exhibit(transaction, number)


def test_an_exception_takes_everything_back(database):
    before = _actions(database)

    def write():
        with database.writing() as transaction:
            add_exhibit(transaction, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert _actions(database) == before
    assert _count(database) == 0


def test_our_own_errors_and_mistakes_pass_through_as_they_are(database):
    with pytest.raises(NotFound), database.writing() as transaction:
        exhibits.get(transaction, 99)
    with pytest.raises(IntegrityError), database.writing() as transaction:
        transaction.connection().exec_driver_sql("INSERT INTO note VALUES (99, '', '', '')")


def test_a_full_drive_takes_everything_back_and_the_case_goes_on(database):
    with database.writing() as transaction:
        add_exhibit(transaction, 0)
        pages = transaction.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
        transaction.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
    before = _actions(database)
    with pytest.raises(DiskFull, match="Free some space"):
        _add_all(database, range(1, 1000))
    assert _actions(database) == before
    assert _count(database) == 1
    with database.writing() as transaction:
        transaction.connection().exec_driver_sql("PRAGMA max_page_count = 1000000")
        add_exhibit(transaction, 1)
    assert _count(database) == 2


def test_an_operating_system_error_in_the_block_becomes_a_sentence(database):
    with pytest.raises(DiskFull, match="writing to the case"), database.writing():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(NotFound, match=r"lost\.png"), database.writing():
        raise FileNotFoundError(errno.ENOENT, "No such file", "lost.png")
    assert _count(database) == 0


def _error(code):
    error = sqlite3.OperationalError("made up")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_READONLY, NoPermission),
        (sqlite3.SQLITE_PERM, NoPermission),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, CaseInUse),
        (sqlite3.SQLITE_CORRUPT_INDEX, CaseDamaged),
        (sqlite3.SQLITE_NOTADB, CaseDamaged),
        (sqlite3.SQLITE_CANTOPEN, NotFound),
        (sqlite3.SQLITE_IOERR_WRITE, CoreError),
    ],
)
def test_failures_of_sqlite_are_sentences(tmp_path, code, kind):
    with pytest.raises(kind, match=str(tmp_path)) as caught, sentences(tmp_path, doing="writing"):
        raise _error(code)
    assert type(caught.value) is kind


def test_a_failing_drive_without_space_or_without_drive_is_told_apart(tmp_path, monkeypatch):
    monkeypatch.setattr("core.store.faults._NEARLY_FULL_BYTES", 1 << 62)
    with pytest.raises(DiskFull), sentences(tmp_path, doing="writing"):
        raise _error(sqlite3.SQLITE_IOERR)
    with pytest.raises(NotFound, match="drive"), sentences(tmp_path / "gone", doing="writing"):
        raise _error(sqlite3.SQLITE_IOERR)


def test_a_mistake_of_ours_is_no_sentence(tmp_path):
    with pytest.raises(sqlite3.OperationalError), sentences(tmp_path, doing="writing"):
        raise _error(sqlite3.SQLITE_ERROR)


def test_a_reading_view_does_not_move(database):
    with database.writing() as transaction:
        add_exhibit(transaction, 1)
    with database.reading() as session:
        before = exhibits.ids(session, ExhibitFilter())
        with database.writing() as transaction:
            add_exhibit(transaction, 2)
        assert exhibits.ids(session, ExhibitFilter()) == before
    assert _count(database) == 2


def _write_some(database, start):
    for number in range(start, start + 25):
        with database.writing() as transaction:
            add_exhibit(transaction, number)
            cases.update(transaction, CaseDetails(f"t{number}", f"t{number}"))


def _read_until(database, stop, torn):
    while not stop.is_set():
        with database.reading() as session:
            stated = cases.get(session).details
            taken = sum(entry.action == "exhibit.take" for entry in audit.entries(session))
            if stated.number not in (stated.title, "2026/17") or taken != cases.counts(session).exhibits:
                torn.append(stated)


def test_threads_read_while_others_write_and_nothing_is_lost_or_torn(database):
    torn, stop = [], threading.Event()
    writers = [threading.Thread(target=_write_some, args=(database, 100 * lane)) for lane in range(3)]
    readers = [threading.Thread(target=_read_until, args=(database, stop, torn)) for _ in range(3)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert torn == []
    assert _count(database) == 75
    with database.reading() as session:
        assert [entry.sequence for entry in audit.entries(session)] == list(range(1, 152))


def test_a_write_within_a_write_is_a_mistake_that_says_so(database):
    with pytest.raises(RuntimeError, match="inside a write"), database.writing(), database.writing():
        pass
    with pytest.raises(RuntimeError, match="inside a write"), database.writing():
        database.close()


def test_a_closed_case_says_that_it_was_closed(database):
    database.close()
    database.close()
    with pytest.raises(CoreError, match="was closed"), database.reading():
        pass
    with pytest.raises(CoreError, match="was closed"), database.writing():
        pass


def test_closing_waits_for_who_is_still_writing(database):
    inside, go_on = threading.Event(), threading.Event()

    def write():
        with database.writing() as transaction:
            inside.set()
            go_on.wait(10)
            add_exhibit(transaction, 1, facts=facts_of())

    writer = threading.Thread(target=write)
    writer.start()
    inside.wait(10)
    threading.Timer(0.05, go_on.set).start()
    database.close()
    writer.join()
    assert sorted(path.name for path in database.folder.iterdir()) == ["case.sqlite", "derived", "evidence"]


def test_the_connections_are_set_up_against_hostile_files(database):
    with database.writing() as transaction:
        asked = transaction.connection().exec_driver_sql
        settings = {
            name: asked(f"PRAGMA {name}").scalar_one()
            for name in ("trusted_schema", "cell_size_check", "foreign_keys", "journal_mode", "synchronous")
        }
    assert settings == {
        "trusted_schema": 0,
        "cell_size_check": 1,
        "foreign_keys": 1,
        "journal_mode": "wal",
        "synchronous": 2,
    }
