import os
import socket
import sys
from pathlib import Path

import pytest

from core.domain import IntakeOutcome
from core.imaging.sources import CHUNK_BYTES, Source, file_chunks


def _read(path):
    return b"".join(file_chunks(path, str(path)))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_every_byte_in_order(size, stored):
    data = os.urandom(size)
    assert _read(stored(data)) == data


def test_labels_and_names():
    assert Source("/a/b.jpg").label == "/a/b.jpg"
    assert Source("/a/b.jpg").name == "b.jpg"
    assert Source("/a/b.zip", "c/d.png").label == "/a/b.zip!c/d.png"
    assert Source("/a/b.zip", "c/d.png").name == "d.png"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_text_can_be_read_and_stored(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")
    with open(path, "wb") as stream:  # noqa: PTH123
        stream.write(b"x")
    source = Source(path)
    assert b"".join(file_chunks(Path(source.path), source.label)) == b"x"
    assert source.label.encode("utf-8").endswith(b"caf\\udce9.png")


def test_a_vanished_file(tmp_path, stored, outcome_of):
    assert outcome_of(_read, tmp_path / "gone") is IntakeOutcome.VANISHED
    assert outcome_of(_read, stored(b"x") / "below a file") is IntakeOutcome.VANISHED


def test_a_link_that_leads_nowhere(tmp_path, outcome_of):
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert outcome_of(_read, tmp_path / "link") is IntakeOutcome.VANISHED


def test_a_link_to_itself(tmp_path, outcome_of):
    (tmp_path / "link").symlink_to(tmp_path / "link")
    assert outcome_of(_read, tmp_path / "link") is IntakeOutcome.UNREADABLE


@pytest.mark.skipif(os.name != "posix", reason="needs named pipes")
def test_what_is_no_ordinary_file_never_blocks(tmp_path, outcome_of):
    os.mkfifo(tmp_path / "pipe")
    assert outcome_of(_read, tmp_path / "pipe") is IntakeOutcome.UNREADABLE
    assert outcome_of(_read, tmp_path) is IntakeOutcome.UNREADABLE
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        assert outcome_of(_read, tmp_path / "socket") is IntakeOutcome.UNREADABLE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_no_permission(stored, outcome_of):
    path = stored(b"x")
    path.chmod(0)
    assert outcome_of(_read, path) is IntakeOutcome.NO_PERMISSION


def test_a_refused_permission_is_an_outcome(stored, outcome_of, monkeypatch):
    path = stored(b"x")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert outcome_of(_read, path) is IntakeOutcome.NO_PERMISSION


def test_a_failing_drive(stored, outcome_of, monkeypatch):
    path = stored(b"x")

    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", fail)
    assert outcome_of(_read, path) is IntakeOutcome.UNREADABLE


@pytest.mark.parametrize("change", [b"more", b"less"])
def test_a_file_that_changes_while_it_is_read(change, stored, outcome_of):
    path = stored(b"x" * 100)

    def read_and_change(path):
        for chunk in file_chunks(path, str(path)):
            path.write_bytes(chunk + b"y" if change == b"more" else b"z")

    assert outcome_of(read_and_change, path) is IntakeOutcome.UNREADABLE


def test_names_no_system_can_open(tmp_path, outcome_of):
    assert outcome_of(_read, tmp_path / "a\0b") is IntakeOutcome.UNREADABLE
    assert outcome_of(_read, tmp_path / ("a" * 300)) is IntakeOutcome.UNREADABLE


@pytest.mark.skipif(not hasattr(os, "O_NOATIME"), reason="needs O_NOATIME")
def test_the_access_time_of_the_original_stays(stored):
    path = stored(b"evidence")
    os.utime(path, ns=(1, path.stat().st_mtime_ns))
    before = path.stat()
    assert _read(path) == b"evidence"
    assert path.stat().st_atime_ns == before.st_atime_ns
