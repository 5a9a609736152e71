import hashlib
import os
import zipfile
import zlib
from pathlib import Path

import pytest

from core.domain import IntakeOutcome
from core.errors import CoreError
from core.imaging import intake_worker
from core.imaging.archive import forget_archives, list_members
from core.imaging.intake_worker import examine, hash_only
from core.imaging.sources import Source

KINDS = ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"]


@pytest.fixture
def look(tmp_path, limits):
    """Examine a path or source; a copy must be there exactly when it was taken in."""

    def examined(source):
        source = Source(str(source)) if isinstance(source, Path) else source
        copy = tmp_path / "incoming.part"
        found = examine(source, copy, limits)
        assert (found.outcome is IntakeOutcome.TAKEN) == copy.exists() == (found.copy == copy)
        assert (found.facts is None) == (found.thumbnail is None) == (found.copy is None)
        copy.unlink(missing_ok=True)
        return found

    yield examined
    forget_archives()


@pytest.mark.parametrize("kind", KINDS)
def test_images_are_taken_in(kind, photo, encode, stored, look):
    data = encode(photo(), kind)
    path = stored(data, f"photo.{kind.lower()}".replace("jpeg", "jpg"))
    found = look(path)
    assert found.outcome is IntakeOutcome.TAKEN
    assert found.reason == ""
    assert found.digest.sha256 == hashlib.sha256(data).hexdigest()
    assert found.digest.size_bytes == len(data)
    assert found.facts.width == 64
    assert found.thumbnail.startswith(b"\xff\xd8")
    assert path.read_bytes() == data


def test_the_copy_is_exact(photo, encode, stored, tmp_path, limits):
    data = encode(photo(), "PNG")
    found = examine(Source(str(stored(data))), tmp_path / "copy", limits)
    assert found.copy.read_bytes() == data


def test_zero_bytes(stored, look):
    found = look(stored(b"", "empty.jpg"))
    assert found.outcome is IntakeOutcome.EMPTY
    assert found.digest.sha256 == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "data", [b"just words, no image", b"%PDF-1.4", b"\0" * 500, b"<svg/>", b"PK\x03\x04" + b"\0" * 60]
)
def test_no_image_under_an_image_name(data, stored, look):
    found = look(stored(data, "photo.jpg"))
    assert found.outcome is IntakeOutcome.NOT_AN_IMAGE
    assert "photo.jpg" in found.reason
    assert found.digest.md5 == hashlib.md5(data).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keep", [0.1, 0.3, 0.5, 0.9, 0.99])
def test_cut_files(kind, keep, encode, stored, look):
    from PIL import Image

    image = Image.effect_noise((96, 96), 90).convert("RGB")
    data = encode(image, kind)
    found = look(stored(data[: int(len(data) * keep)]))
    if found.outcome is IntakeOutcome.TAKEN:  # only where every pixel is there all the same
        assert keep == 0.99
        assert "end of the file is missing" in found.reason
    else:
        assert found.outcome is IntakeOutcome.TRUNCATED
        assert found.digest is not None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [0.05, 0.5])
def test_overwritten_files_never_raise(kind, at, photo, encode, stored, look):
    data = bytearray(encode(photo(), kind))
    start = max(40, int(len(data) * at))
    data[start : start + 40] = bytes(range(40))
    assert look(stored(bytes(data))).outcome in (
        IntakeOutcome.TAKEN,
        IntakeOutcome.DAMAGED,
        IntakeOutcome.TRUNCATED,
        IntakeOutcome.TOO_LARGE,
    )


def test_wrong_suffix_is_taken_in_with_a_remark(photo, encode, stored, look):
    found = look(stored(encode(photo(), "PNG"), "photo.jpg"))
    assert found.outcome is IntakeOutcome.TAKEN
    assert "Wrong extension" in found.reason


def _png(width, height, pixels=b""):
    def chunk(kind, body):
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(60_000, 60_000), (1_000_001, 1), (2**31 - 1, 2**31 - 1)])
def test_huge_declared_dimensions(size, stored, look):
    found = look(stored(_png(*size)))
    assert found.outcome is IntakeOutcome.TOO_LARGE
    assert found.digest is not None


def test_a_decompression_bomb(stored, look):
    """Thirty megabytes of zeros in thirty kilobytes, with a header that admits to it."""
    found = look(stored(_png(10_000, 1_000, bytes(30_001_000))))
    assert found.outcome is IntakeOutcome.TOO_LARGE
    assert "megapixels" in found.reason


def test_more_data_than_the_header_says(stored, look):
    assert look(stored(_png(10, 10, bytes(5_000_000)))).outcome is IntakeOutcome.TAKEN


def test_memory_that_runs_out_is_an_outcome(photo, encode, stored, look, monkeypatch):
    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr(intake_worker, "thumbnail_of", exhausted)
    found = look(stored(encode(photo(), "PNG")))
    assert found.outcome is IntakeOutcome.TOO_LARGE
    assert "memory" in found.reason
    assert found.digest is not None


def test_vanished_and_odd_sources(tmp_path, look):
    assert look(tmp_path / "gone.jpg").outcome is IntakeOutcome.VANISHED
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    assert look(tmp_path / "loop.jpg").outcome is IntakeOutcome.UNREADABLE
    assert look(tmp_path).outcome is IntakeOutcome.UNREADABLE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_no_permission(photo, encode, stored, look):
    path = stored(encode(photo(), "PNG"))
    path.chmod(0)
    assert look(path).outcome is IntakeOutcome.NO_PERMISSION


def test_members_of_archives(photo, encode, tmp_path, look, limits):
    image = encode(photo(), "PNG")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {
            "deep/a.png": image,
            "b.jpg": image,
            "c.txt": b"words",
            "d.zip": b"PK",
            "../e": image,
        }.items():
            archive.writestr(name, data)
    found = {member.source.member: look(member.source) for member in list_members(tmp_path / "a.zip", limits)}
    assert {name: one.outcome for name, one in found.items()} == {
        "deep/a.png": IntakeOutcome.TAKEN,
        "b.jpg": IntakeOutcome.TAKEN,
        "c.txt": IntakeOutcome.NOT_AN_IMAGE,
        "d.zip": IntakeOutcome.NOT_AN_IMAGE,
        "../e": IntakeOutcome.UNSAFE_ARCHIVE,
    }
    assert found["deep/a.png"].digest.sha256 == hashlib.sha256(image).hexdigest()
    assert "Wrong extension" in found["b.jpg"].reason


def test_hashes_without_a_decoder(stored, limits, outcome_of, tmp_path):
    assert hash_only(Source(str(stored(b"abc"))), limits).md5 == hashlib.md5(b"abc").hexdigest()
    assert outcome_of(hash_only, Source(str(tmp_path / "gone")), limits) is IntakeOutcome.VANISHED


def test_a_target_that_cannot_be_written_stops_the_intake(photo, encode, stored, tmp_path, limits):
    with pytest.raises(CoreError, match="missing folder"):
        examine(Source(str(stored(encode(photo(), "PNG")))), tmp_path / "missing folder" / "copy", limits)
