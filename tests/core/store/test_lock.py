"""A case open twice: the second one is told by whom, and no crash keeps anybody out."""

import json
import os
import socket
from contextlib import closing

import pytest

from core.errors import CaseInUse, CoreError, DiskFull, NoPermission
from core.store import audit, lock, opening
from core.store.lock import CaseLock
from tests.core.store.bundles import fingerprint
from tests.core.store.other_process import other_program


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lock, "_PATIENCE_S", 0.02)


def test_a_second_opener_in_another_process_is_told_by_whom(database):
    with other_program() as other:
        kind, sentence = other.ask("open", str(database.folder))
        assert kind == "CaseInUse"
        assert f"A. Moreau on {socket.gethostname()} (process {os.getpid()}), since 20" in sentence
        assert "read-only" in sentence
        assert other.ask("open", str(database.folder), "B. Other", True) == "open"
        assert other.ask("title", str(database.folder)) == "Missing heiress"


def test_a_kill_frees_the_case_and_the_log_says_so(closed_case):
    folder = str(closed_case)
    with other_program() as other:
        assert other.ask("open", folder, "B. Other") == "open"
        assert other.ask("state", folder, 7) == "written"
        with pytest.raises(CaseInUse, match=r"B\. Other on") as caught:
            opening.open_case(closed_case, actor="A. Moreau")
        assert caught.value.holder.startswith("B. Other on ")
        other.kill()
    assert (closed_case / "case.lock").exists()
    with closing(opening.open_case(closed_case, actor="A. Moreau")) as database:
        assert database.case.details.title == "7"
        with database.reading() as session:
            assert audit.newest(session)[0].payload["not_closed_by"].startswith("B. Other on ")
    assert not (closed_case / "case.lock").exists()


def test_a_second_opener_in_the_same_process_is_refused_and_changes_nothing(database):
    before = fingerprint(database.folder)
    with pytest.raises(CaseInUse, match=r"A\. Moreau"):
        opening.open_case(database.folder, actor="A. Moreau")
    assert fingerprint(database.folder) == before


def test_closing_frees_the_case(database):
    database.close()
    opening.open_case(database.folder, actor="B. Other").close()


def test_a_refused_opening_frees_the_case(closed_case, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("core.store.blobs.sweep", full)
        with pytest.raises(DiskFull):
            opening.open_case(closed_case, actor="A. Moreau")
    opening.open_case(closed_case, actor="A. Moreau").close()


def test_a_waiting_opener_gets_a_case_that_is_just_being_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "_PATIENCE_S", 5)
    first = CaseLock.acquire(tmp_path, "A. Moreau")
    monkeypatch.setattr("time.sleep", lambda _: first.release())
    CaseLock.acquire(tmp_path, "B. Other").release()


def test_a_lock_on_a_file_that_was_removed_meanwhile_does_not_count(tmp_path, monkeypatch):
    seize = lock._seize

    def remove_first(descriptor):
        seize(descriptor)
        if not removed:
            removed.append(True)
            (tmp_path / lock.FILE_NAME).unlink()

    removed = []
    monkeypatch.setattr(lock, "_seize", remove_first)
    held = CaseLock.acquire(tmp_path, "A. Moreau")
    with pytest.raises(CaseInUse):
        CaseLock.acquire(tmp_path, "B. Other")
    held.release()
    held.release()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "\x00\xff", json.dumps({"who": 1}), json.dumps({"who": "x", "host": "y", "pid": "z", "since": ""})],
)
def test_a_lock_file_of_any_content_is_no_obstacle(tmp_path, text):
    (tmp_path / lock.FILE_NAME).write_text(text)
    held = CaseLock.acquire(tmp_path, "A. Moreau")
    assert held.left_behind is None
    held.release()


def test_hostile_text_in_a_lock_file_stays_on_its_line(tmp_path):
    held = CaseLock.acquire(tmp_path, "Eve\n\u202edrowssap\x1b[31m" + "x" * 5000)
    with pytest.raises(CaseInUse) as caught:
        CaseLock.acquire(tmp_path, "A. Moreau")
    held.release()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_a_drive_that_knows_no_locks_is_a_sentence(tmp_path, monkeypatch):
    def unsupported(_):
        raise OSError(next(iter(lock._UNSUPPORTED)), "No locks available")

    monkeypatch.setattr(lock, "_seize", unsupported)
    with pytest.raises(CoreError, match="read-only"):
        CaseLock.acquire(tmp_path, "A. Moreau")


def test_another_failure_of_the_lock_is_a_sentence(tmp_path, monkeypatch):
    def failing(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(lock, "_seize", failing)
    with pytest.raises(CoreError, match="locking the case"):
        CaseLock.acquire(tmp_path, "A. Moreau")


def test_a_lock_file_that_cannot_be_made_or_written_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / lock.FILE_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CoreError, match="opening the case for writing"):
        CaseLock.acquire(tmp_path, "A. Moreau")
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / lock.FILE_NAME).unlink()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(DiskFull):
            CaseLock.acquire(tmp_path, "A. Moreau")
    CaseLock.acquire(tmp_path, "A. Moreau").release()


def test_a_folder_that_may_not_be_written_is_a_sentence(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(NoPermission):
        CaseLock.acquire(tmp_path, "A. Moreau")
