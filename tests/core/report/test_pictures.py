"""Pictures that are missing, changed or no pictures never stop a report."""

import hashlib
import struct
import zlib
from dataclasses import replace

import pytest

from core.report.pictures import CHANGED, MISSING, NO_PICTURE, TOO_LARGE, looked_at
from core.report.record import Asset
from tests.core.report.records import full_record, picture_bytes


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def record_with(name, data, digest=None):
    record = full_record(count=1)
    logo = Asset(name, "logo", digest or hashlib.sha256(data).hexdigest())
    bare = replace(record.exhibits[0], thumbnail=None, annotated=None, finding=None)
    return replace(record, laboratory=replace(record.laboratory, logo=logo), exhibits=(bare,))


def seen(folder, name, data, *, write=True, thorough=False, **changes):
    if write:
        (folder / name).write_bytes(data)
    return looked_at(record_with(name, data, **changes), folder, thorough=thorough)


def test_a_good_picture_has_its_size(tmp_path):
    pictures = seen(tmp_path, "logo.png", picture_bytes(1, 160, 120))
    assert pictures.sizes == {"logo.png": (160, 120)}
    assert pictures.unusable == {}


def test_why_a_picture_cannot_be_printed(tmp_path):
    good = picture_bytes(1)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
        + chunk(b"IEND", b"")
    )
    assert seen(tmp_path, "gone.png", good, write=False).unusable == {"gone.png": MISSING}
    assert seen(tmp_path, "other.png", good, digest="0" * 64).unusable == {"other.png": CHANGED}
    assert seen(tmp_path, "text.jpg", b"<script>").unusable == {"text.jpg": NO_PICTURE}
    assert seen(tmp_path, "bomb.png", bomb).unusable == {"bomb.png": TOO_LARGE}
    assert seen(tmp_path, "drawing.svg", b"<svg/>").unusable == {"drawing.svg": NO_PICTURE}


@pytest.mark.parametrize("name", ["../logo.png", "/etc/logo.png", "a/b.png", "..\\logo.png", ".png", "a\n.png"])
def test_a_name_that_leaves_the_folder_is_never_opened(tmp_path, name):
    inside = tmp_path / "assets" / "deep"
    inside.mkdir(parents=True)
    (tmp_path / "assets" / "logo.png").write_bytes(picture_bytes(1))
    assert looked_at(record_with(name, picture_bytes(1)), inside).unusable == {name: NO_PICTURE}


def test_a_cut_picture_is_found_by_the_thorough_look(tmp_path):
    cut = picture_bytes(1, 400, 400)[:-2000]
    assert seen(tmp_path, "cut.png", cut).unusable == {}
    assert seen(tmp_path, "cut.png", cut, thorough=True).unusable == {"cut.png": NO_PICTURE}
