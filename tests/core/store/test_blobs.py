"""Evidence is kept once, whole, read-only; derived files are there whole or not at all."""

import errno
import hashlib
import os
import stat
from pathlib import Path

import pytest

from core.errors import BadInput, CaseDamaged, CoreError, DiskFull, NoPermission, NotFound
from core.store import blobs

PICTURE = b"the bytes of a picture" * 100
SHA256 = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def folder(tmp_path):
    blobs.make_folders(tmp_path)
    return tmp_path


def _incoming(folder, content=PICTURE):
    path = blobs.incoming_path(folder)
    path.write_bytes(content)
    return path


def _files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def _failing(code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    return fail


def test_evidence_is_kept_under_its_hash_and_may_not_be_written(folder):
    incoming = _incoming(folder)
    kept = blobs.keep(folder, incoming, SHA256)
    assert kept == folder / "evidence" / SHA256[:2] / SHA256 == blobs.evidence_path(folder, SHA256)
    assert kept.read_bytes() == PICTURE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o444
    assert _files(folder) == [f"evidence/{SHA256[:2]}/{SHA256}"]
    assert kept.stat().st_nlink == 1


def test_the_same_bytes_again_leave_the_kept_file_alone(folder):
    kept = blobs.keep(folder, _incoming(folder), SHA256)
    before = kept.stat()
    blobs.keep(folder, _incoming(folder), SHA256)
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert _files(folder) == [f"evidence/{SHA256[:2]}/{SHA256}"]


def test_a_kept_file_of_another_size_is_damage_and_is_left_alone(folder):
    kept = blobs.keep(folder, _incoming(folder), SHA256)
    kept.chmod(0o644)
    kept.write_bytes(b"short")
    with pytest.raises(CaseDamaged, match=SHA256):
        blobs.keep(folder, _incoming(folder), SHA256)
    assert kept.read_bytes() == b"short"


def test_a_drive_without_hard_links_is_served_by_renaming(folder, monkeypatch):
    monkeypatch.setattr(os, "link", _failing(errno.EPERM))
    assert blobs.keep(folder, _incoming(folder), SHA256).read_bytes() == PICTURE
    assert blobs.keep(folder, _incoming(folder), SHA256).read_bytes() == PICTURE
    assert len(_files(folder)) == 1


def test_a_file_that_appears_in_the_last_moment_is_not_replaced(folder, monkeypatch):
    def somebody_was_faster(_, target):
        Path(target).write_bytes(PICTURE)
        raise FileExistsError(errno.EEXIST, "File exists")

    monkeypatch.setattr(os, "link", somebody_was_faster)
    assert blobs.keep(folder, _incoming(folder), SHA256).read_bytes() == PICTURE
    assert len(_files(folder)) == 1


@pytest.mark.parametrize(
    ("call", "code", "kind"),
    [
        ("fsync", errno.ENOSPC, DiskFull),
        ("fsync", errno.EDQUOT, DiskFull),
        ("fsync", errno.EIO, CoreError),
        ("open", errno.EACCES, NoPermission),
        ("open", errno.EROFS, NoPermission),
    ],
)
def test_a_drive_that_refuses_is_a_sentence_and_no_evidence_appears(folder, monkeypatch, call, code, kind):
    incoming = _incoming(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, _failing(code))
        with pytest.raises(kind, match="keeping the evidence copy") as caught:
            blobs.keep(folder, incoming, SHA256)
    assert type(caught.value) is kind
    assert not blobs.evidence_path(folder, SHA256).exists()
    assert blobs.keep(folder, incoming, SHA256).read_bytes() == PICTURE


def test_a_copy_that_vanished_is_a_sentence(folder):
    with pytest.raises(NotFound):
        blobs.keep(folder, folder / "gone", SHA256)


@pytest.mark.parametrize("sha256", ["", "../../../etc/passwd", SHA256.upper(), SHA256 + "\n", SHA256[:-1], "g" * 64])
def test_what_is_no_hash_never_becomes_a_path(folder, sha256):
    for path_of in (blobs.evidence_path, blobs.thumbnail_path):
        with pytest.raises(BadInput, match="not a SHA-256"):
            path_of(folder, sha256)


def test_a_thumbnail_is_written_and_replaced_whole(folder):
    path = blobs.write_thumbnail(folder, SHA256, b"first")
    assert path == blobs.thumbnail_path(folder, SHA256)
    assert blobs.write_thumbnail(folder, SHA256, b"second").read_bytes() == b"second"
    assert len(_files(folder)) == 1


def test_a_full_drive_leaves_the_thumbnail_as_it_was_and_nothing_half_written(folder, monkeypatch):
    path = blobs.write_thumbnail(folder, SHA256, b"first")
    write = os.write

    def nearly_full(descriptor, data):
        if len(data) < 600:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:500])

    monkeypatch.setattr(os, "write", nearly_full)
    with pytest.raises(DiskFull, match="derived file"):
        blobs.write_thumbnail(folder, SHA256, b"x" * 1000)
    assert path.read_bytes() == b"first"
    assert len(_files(folder)) == 1


def test_writing_in_pieces_writes_everything(folder, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    assert blobs.write_thumbnail(folder, SHA256, PICTURE).read_bytes() == PICTURE


def test_derived_folders_come_back_when_they_are_needed(folder):
    (folder / "derived" / ".partial").rmdir()
    assert blobs.write_thumbnail(folder, SHA256, b"x").exists()


def test_sweeping_removes_what_was_left_half_done_and_nothing_else(folder):
    blobs.keep(folder, _incoming(folder), SHA256)
    blobs.write_thumbnail(folder, SHA256, b"x")
    _incoming(folder).chmod(0o444)
    (folder / "derived" / ".partial" / "half").write_bytes(b"half")
    (folder / "evidence" / ".incoming" / "tree").mkdir()
    (folder / "evidence" / ".incoming" / "link").symlink_to(blobs.evidence_path(folder, SHA256))
    (folder / "evidence" / ".incoming" / "outside").symlink_to(folder / "derived", target_is_directory=True)
    assert blobs.sweep(folder) == 5
    assert blobs.sweep(folder) == 0
    assert len(_files(folder)) == 2


def test_incoming_names_never_meet(folder):
    assert len({blobs.incoming_path(folder) for _ in range(100)}) == 100
