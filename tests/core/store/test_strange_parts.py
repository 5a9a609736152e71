"""A stranger's case whose parts are no files: it is refused before anything of it is opened, and fills no disk."""

import os
import shutil
import time
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import BadInput, CaseDamaged, CoreError, DiskFull, NotACase
from core.services.verification import CaseVerification
from core.store import copies, lock, opening
from core.store.copies import PrivateCopy
from core.store.inspection import uid_of
from core.store.lock import CaseLock
from tests.core.services.tampering import told
from tests.core.store.bundles import fingerprint, image_of

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes and links")

FILES = ("case.sqlite", "case.sqlite-journal", "case.sqlite-wal", "case.sqlite-shm", "case.lock")
FOLDERS = ("evidence", "derived", "reports", "evidence/.incoming", "derived/.partial")
_Usage = namedtuple("_Usage", "total used free")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where private copies are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def refused(case, words, kind=NotACase):
    """Nobody opens it, and verification says why in its first claim."""
    for read_only in (False, True):
        with pytest.raises(kind, match=words):
            opening.open_case(case, read_only=read_only, actor="A. Moreau")
    assert uid_of(case) == ""
    assert words in told(case, "case readable")


def gone(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_in_place_of_a_file_is_refused_at_once(closed_case, name):
    gone(closed_case / name)
    os.mkfifo(closed_case / name)
    refused(closed_case, f"its {name} is no ordinary file")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("target", ["/dev/zero", "nowhere"])
def test_a_link_in_place_of_a_file_is_refused(closed_case, place, name, target):
    gone(closed_case / name)
    (closed_case / name).symlink_to(target)
    refused(closed_case, f"its {name} is a link")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("name", FOLDERS)
def test_a_link_in_place_of_a_folder_is_refused_and_nothing_behind_it_is_swept_away(closed_case, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "letter.txt").write_text("of the user")
    gone(closed_case / name)
    (closed_case / name).symlink_to(elsewhere)
    refused(closed_case, f"its {name} is a link")
    assert (elsewhere / "letter.txt").exists()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_in_place_of_a_folder_is_refused(closed_case, name):
    gone(closed_case / name)
    (closed_case / name).write_text("no folder")
    refused(closed_case, f"its {name} is no folder")


@pytest.mark.parametrize("name", ["case.sqlite-wal", "case.sqlite-journal"])
def test_side_files_larger_than_any_are_never_copied(closed_case, place, name):
    side = closed_case / name
    side.touch()
    os.truncate(side, 400 << 30)
    with pytest.raises(CaseDamaged, match="more than can belong to it"):
        PrivateCopy.of_files(closed_case)
    assert list(place.iterdir()) == []
    began = time.monotonic()
    CaseVerification().case(closed_case)
    assert time.monotonic() - began < 10
    assert list(place.iterdir()) == []


def test_a_copy_takes_at_most_half_of_the_space_left(database, tmp_path, place, monkeypatch):
    case = image_of(database.folder, tmp_path / "image.dnacase")
    (case / "case.sqlite-shm").unlink()
    size = sum((case / name).stat().st_size for name in ("case.sqlite", "case.sqlite-wal"))
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage(0, 0, 2 * size - 1))
    with pytest.raises(DiskFull, match="at most half of the"):
        opening.open_case(case, read_only=True, actor="A. Moreau")
    assert "at most half of the" in told(case, "case readable")
    assert list(place.iterdir()) == []
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage(0, 0, 2 * size))
    with closing(opening.open_case(case, read_only=True, actor="A. Moreau")) as opened:
        assert opened.case.details.title == "Missing heiress"


def test_a_file_that_becomes_a_link_or_grows_while_it_is_copied_adds_nothing(closed_case, place, tmp_path):
    (tmp_path / "target").write_bytes(b"")
    copies._copy(closed_case / "case.sqlite", tmp_path / "target", 100)
    assert (tmp_path / "target").stat().st_size == 100
    (closed_case / "case.sqlite-wal").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="symbolic links"):
        copies._copy(closed_case / "case.sqlite-wal", tmp_path / "target", 1 << 20)
    with pytest.raises(CaseDamaged, match="no ordinary file"):
        PrivateCopy.of_files(closed_case)
    assert list(place.iterdir()) == []


def test_copies_that_a_killed_program_left_are_swept_away_a_day_later(place):
    def left(name, age_h):
        folder = place / name
        folder.mkdir()
        (folder / "case.sqlite").write_bytes(b"x")
        os.utime(folder, (time.time() - age_h * 3600,) * 2)
        return folder

    old, young, other = left("dnacase-old", 25), left("dnacase-young", 23), left("somebody-else", 99)
    link = place / "dnacase-link"
    link.symlink_to(other)
    with closing(PrivateCopy()) as held:
        assert not old.exists()
        assert young.exists()
        assert other.exists()
        os.utime(held.database.parent, (time.time() - 99 * 3600,) * 2)
        with closing(PrivateCopy()):
            assert held.database.parent.exists(), "it is in use"
    assert not held.database.parent.exists()


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_a_lock_file_of_another_kind_is_refused_at_once(tmp_path, kind):
    path = tmp_path / lock.FILE_NAME
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    with pytest.raises(CoreError):
        CaseLock.acquire(tmp_path, "A. Moreau")
    assert path.exists()
    assert lock._read(path) is None


def test_a_refused_case_is_left_as_it_was(closed_case):
    os.mkfifo(closed_case / "case.sqlite-journal")
    before = fingerprint(closed_case)
    with pytest.raises(BadInput):
        opening.open_case(closed_case, actor="A. Moreau")
    assert fingerprint(closed_case) == before
    assert Path(closed_case / "case.sqlite-journal").is_fifo()
