import io
import os
import stat
import struct
import warnings
import zipfile
import zlib

import pytest

from core.domain import IntakeOutcome
from core.imaging.archive import forget_archives, is_archive, list_members, member_chunks
from core.imaging.sources import Limits, Source

LIMITS = Limits()


@pytest.fixture(autouse=True)
def _closed():
    yield
    forget_archives()


@pytest.fixture
def zipped(tmp_path):
    """A ZIP archive of (name or ZipInfo, bytes) pairs."""

    def path_of(*members, name="a.zip", method=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as archive:
            warnings.simplefilter("ignore")  # repeated names are meant
            for member, data in members:
                archive.writestr(member, data)
        return path

    return path_of


def _names(members):
    return [member.source.member for member in members]


def _bytes(source, limits=LIMITS):
    return b"".join(member_chunks(source, limits))


def _only(path):
    (member,) = list_members(path, LIMITS)
    return member


def _link(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_come_back_as_they_were(method, zipped):
    data = os.urandom(100_000) + bytes(3_000_000)
    path = zipped(("one.jpg", data), ("deep/er/two.png", b"2"), ("empty/", b""), ("three", b""), method=method)
    members = list_members(path, Limits())
    assert _names(members) == ["one.jpg", "deep/er/two.png", "three"]
    assert [member.size_bytes for member in members] == [3_100_000, 1, 0]
    assert all(member.outcome is IntakeOutcome.PENDING for member in members)
    assert _bytes(members[0].source) == data
    assert members[1].source.label == f"{path}!deep/er/two.png"
    assert members[1].source.name == "two.png"


def test_signature_makes_an_archive(zipped, stored):
    assert is_archive(zipped(("a", b"")).rename(zipped(("a", b"")).with_suffix(".dat")))
    assert is_archive(zipped(name="empty.zip"))
    assert not is_archive(stored(b"\xff\xd8\xff", "photo.zip"))
    assert not is_archive(stored(b"", "nothing.zip").with_name("missing.zip"))
    assert not is_archive(stored(b"").parent)


def test_an_empty_archive_has_no_members(zipped):
    assert list_members(zipped(), Limits()) == ()


def test_members_of_one_name_are_told_apart(zipped):
    path = zipped(("a.png", b"first"), ("a.png", b"second"), ("a.png#2", b"third"), ("a.png", b"fourth"))
    members = list_members(path, Limits())
    assert len(set(_names(members))) == 4
    assert [_bytes(member.source) for member in members] == [b"first", b"second", b"third", b"fourth"]
    assert _names(list_members(path, Limits())) == _names(members)


@pytest.mark.parametrize(
    "name", ["../up.png", "a/../../up.png", "/etc/passwd", "\\\\server\\share", "..\\up.png", "C:\\up.png", "c:up.png"]
)
def test_names_that_lead_outside(name, zipped):
    member = _only(zipped((zipfile.ZipInfo(name), b"x")))
    assert member.outcome is IntakeOutcome.UNSAFE_ARCHIVE
    assert "leads out" in member.reason


@pytest.mark.parametrize("name", ["a..b.png", "...png", "dir.with.dots/..hidden.png"])
def test_dots_alone_are_harmless(name, zipped):
    assert _only(zipped((name, b"x"))).outcome is IntakeOutcome.PENDING


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices(kind, zipped, outcome_of, limits):
    member = _only(zipped((_link("link.png", kind | 0o777), b"/etc/passwd")))
    assert member.outcome is IntakeOutcome.UNSAFE_ARCHIVE
    assert outcome_of(_bytes, member.source, limits) is IntakeOutcome.UNSAFE_ARCHIVE


def _patched(path, offset, value):
    """The archive with the 16-bit field at `offset` of every directory entry overwritten."""
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + offset : at + offset + 2] = struct.pack("<H", value)
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(data)
    return path


def test_encrypted_members(zipped):
    member = _only(_patched(zipped(("a.png", b"secret")), 8, 1))
    assert member.outcome is IntakeOutcome.UNSAFE_ARCHIVE
    assert "encrypted" in member.reason


def test_unknown_compression(zipped):
    member = _only(_patched(zipped(("a.png", b"data")), 10, 98))
    assert member.outcome is IntakeOutcome.UNREADABLE


def test_an_archive_inside_an_archive(zipped):
    member = _only(zipped(("inner.zip", b"PK\x03\x04")))
    assert member.outcome is IntakeOutcome.NOT_AN_IMAGE
    assert "inside an archive" in member.reason


def test_a_member_that_unpacks_to_too_much(zipped, outcome_of):
    path = zipped(("a.png", bytes(2_000_000)), ("b.png", b"fine"))
    ratio = Limits(ratio_from_bytes=1_000_000)
    assert [member.outcome for member in list_members(path, ratio)] == [
        IntakeOutcome.UNSAFE_ARCHIVE,
        IntakeOutcome.PENDING,
    ]
    size = Limits(member_bytes=1_000_000)
    assert list_members(path, size)[0].outcome is IntakeOutcome.UNSAFE_ARCHIVE
    assert outcome_of(_bytes, Source(str(path), "a.png"), size) is IntakeOutcome.UNSAFE_ARCHIVE
    assert len(_bytes(Source(str(path), "a.png"))) == 2_000_000


def test_archives_that_are_bombs_as_a_whole(zipped, outcome_of):
    path = zipped(("a.png", bytes(600_000)), ("b.png", bytes(600_000)))
    assert outcome_of(list_members, path, Limits(archive_bytes=1_000_000)) is IntakeOutcome.UNSAFE_ARCHIVE
    assert outcome_of(list_members, path, Limits(archive_members=1)) is IntakeOutcome.UNSAFE_ARCHIVE


def test_overlapping_members_are_a_bomb(zipped, outcome_of):
    path = zipped(("a.png", b"x" * 5000), ("b.png", b"y" * 5000), method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)  # both entries point to the first member
    path.write_bytes(data)
    assert outcome_of(list_members, path, Limits()) is IntakeOutcome.UNSAFE_ARCHIVE


def test_a_member_that_lies_about_its_size_is_cut_there_and_noticed(zipped, outcome_of):
    path = zipped(("a.png", bytes(5_000_000)))
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.find(signature)
        data[start + at : start + at + 4] = struct.pack("<I", 100)
    path.write_bytes(data)
    assert outcome_of(_bytes, Source(str(path), "a.png")) is IntakeOutcome.DAMAGED


def test_damaged_and_cut_archives(zipped, outcome_of, stored):
    path = zipped(("a.png", os.urandom(5000)), method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[1000] ^= 255
    assert outcome_of(_bytes, Source(str(stored(bytes(data), "b.zip")), "a.png")) is IntakeOutcome.DAMAGED
    assert outcome_of(list_members, stored(bytes(data[:3000]), "c.zip"), Limits()) is IntakeOutcome.DAMAGED
    assert outcome_of(list_members, stored(b"PK\x03\x04" + bytes(50), "d.zip"), Limits()) is IntakeOutcome.DAMAGED


def test_vanished_archives_and_members(zipped, tmp_path, outcome_of):
    assert outcome_of(list_members, tmp_path / "gone.zip", Limits()) is IntakeOutcome.VANISHED
    assert outcome_of(_bytes, Source(str(tmp_path / "gone.zip"), "a")) is IntakeOutcome.VANISHED
    path = zipped(("a.png", b"x"))
    assert outcome_of(_bytes, Source(str(path), "b.png")) is IntakeOutcome.VANISHED


def test_an_archive_that_changes_is_read_anew(zipped, tmp_path):
    path = zipped(("a.png", b"old"))
    assert _bytes(Source(str(path), "a.png")) == b"old"
    newer = zipped(("a.png", b"newer"), name="b.zip")
    newer.replace(path)
    assert _bytes(Source(str(path), "a.png")) == b"newer"


def test_many_members_do_not_read_the_directory_again_and_again(zipped, monkeypatch):
    path = zipped(*((f"{number}.png", b"x") for number in range(50)))
    members, opened = list_members(path, Limits()), []
    real = zipfile.ZipFile.__init__
    monkeypatch.setattr(zipfile.ZipFile, "__init__", lambda self, *a, **k: (opened.append(a), real(self, *a, **k))[1])
    for member in members:
        assert _bytes(member.source) == b"x"
    assert len(opened) == 1


def test_hostile_names_stay_labels(zipped):
    members = list_members(zipped(("a\u202egnp.exe", b"x"), ("new\nline.png", b"y")), Limits())
    assert [_bytes(member.source) for member in members] == [b"x", b"y"]


def test_data_in_front_of_the_archive(zipped, stored):
    path = stored(b"MZ self-extracting" + zipped(("a.png", b"x")).read_bytes(), "b.zip")
    assert _bytes(_only(path).source) == b"x"


def test_a_zip_built_by_hand_without_sizes_in_front(stored):
    """Streaming writers leave the sizes of the local header zero; only the directory has them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(_Unseekable(stream), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", b"data" * 1000)
    assert zlib.crc32(_bytes(_only(stored(stream.getvalue(), "s.zip")).source)) == zlib.crc32(b"data" * 1000)


class _Unseekable(io.RawIOBase):
    def __init__(self, stream):
        self._stream = stream

    def writable(self):
        return True

    def write(self, data):
        return self._stream.write(data)

    def seekable(self):
        return False
