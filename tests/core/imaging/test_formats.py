import pytest

from core.imaging.formats import FORMATS, foreign_name, format_of, is_archive_name


def _box(*brands):
    body = b"ftyp" + brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return (len(body) + 4).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"II\x2a\0", "TIFF"),
        (b"MM\0\x2a", "TIFF"),
        (b"II\x2b\0", "TIFF"),
        (b"BM" + b"\0" * 12 + b"\x28\0\0\0", "BMP"),
        (b"GIF89a", "GIF"),
        (_box(b"avif", b"mif1"), "AVIF"),
        (_box(b"mif1", b"mif1", b"avif"), "AVIF"),
        (_box(b"heic", b"mif1"), "HEIC"),
        (_box(b"mif1", b"heic"), "HEIC"),
        (_box(b"mif1"), "HEIC"),
    ],
)
def test_the_first_bytes_name_the_format(head, container):
    row = format_of(head)
    assert row is not None
    assert row.container == container


@pytest.mark.parametrize(
    "head", [b"", b"\x89PN", b"RIFF\0\0\0\0WAVE", b"BMW is a car", _box(b"isom", b"mp42"), b"\xff\xd8"]
)
def test_what_only_resembles_a_format_is_none(head):
    assert format_of(head) is None


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"8BPS", "Photoshop"),
        (_box(b"isom"), "video"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"just some words", "text"),
        ("café ".encode() * 900, "text"),
        (b"\x00\x01\x02", ""),
        (b"\x80\x81\x82", ""),
        (b"", ""),
    ],
)
def test_other_files_are_named_where_that_helps(head, words):
    name = foreign_name(head[:4096])
    assert (words in name) if words else (name == "")


def test_a_character_cut_at_the_end_of_the_head_is_still_text():
    assert foreign_name(("a" + "é" * 4096).encode()[:4096]) == "text"


def test_suffixes_belong_to_one_format_each():
    suffixes = [suffix for row in FORMATS for suffix in row.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_archive_names():
    assert is_archive_name("a/B.ZIP")
    assert is_archive_name("x.tar.gz")
    assert not is_archive_name("zip.jpg")
