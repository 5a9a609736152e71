"""Files made to hurt: whatever is in them costs a remark, never the other lines, much time, or the program."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from core.imaging.problems import Undecodable
from core.imaging.statement_lines import GROUP_LIMIT, VALUE_LIMIT, StatementLines
from core.imaging.statements import read_statements
from tests.core.imaging.claiming_files import (
    XMP,
    chunk,
    exif_with_thumbnail,
    iptc_set,
    photoshop_segment,
    profile,
    resource,
    segment,
    small_jpeg,
    text_chunk,
    with_chunks,
    with_segments,
    xmp_segment,
)

LIMIT = 1_000_000
BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>"""


@pytest.fixture
def png(photo, encode):
    return encode(photo(), "PNG")


@pytest.fixture
def read(stored):
    return lambda data: read_statements(stored(data), LIMIT)


def names(found, group):
    return [line.name for line in found.statements if line.group == group]


@pytest.mark.parametrize("bomb", [BILLION_LAUGHS, OUTSIDE])
def test_an_xml_bomb_is_refused_and_the_rest_is_read(bomb, read):
    found = read(with_segments(small_jpeg(), xmp_segment(bomb)))
    assert found.remarks == ("The XMP packet defines entities, as attacks on readers do. It was not read.",)
    assert "Estimated quality" in names(found, "JPEG")
    assert names(found, "XMP") == []


@pytest.mark.parametrize("packet", [b"<a>", b"\xff\xfe\0", b"no xml", b"<?xml version='1.0' encoding='klingon'?><a/>"])
def test_damaged_xmp_is_a_remark(packet, read):
    found = read(with_segments(small_jpeg(), xmp_segment(packet)))
    assert found.remarks == ("The XMP packet is damaged and could not be read.",)


def test_deeply_nested_xml_is_walked_without_recursion(read, png):
    nested = "<a>" * 50_000 + "deep" + "</a>" * 50_000
    found = read(with_chunks(png, text_chunk("XML:com.adobe.xmp", nested)))
    (line,) = [line for line in found.statements if line.group == "XMP"]
    assert line.text == "deep"
    assert len(line.name) < 100


def test_ten_megabytes_of_metadata_are_listed_in_part(read, png):
    texts = [text_chunk(f"Key {number}", "x" * 5_000) for number in range(2_000)]
    began = time.process_time()
    found = read(with_chunks(png, *texts, text_chunk("Last", "y" * 3_000_000)))
    assert time.process_time() - began < 5
    assert len(names(found, "PNG")) == GROUP_LIMIT
    assert any("only the first 1,000 entries" in sentence for sentence in found.remarks)


def test_a_long_value_is_cut_with_a_remark(read, png):
    found = read(with_chunks(png, text_chunk("Long", "z" * 1_000_000)))
    (text,) = [line.text for line in found.statements if line.name == "Text Long"]
    assert text == "z" * VALUE_LIMIT + "…"
    assert found.remarks == (
        "PNG: the value of Text Long is longer than 20,000 characters and is cut there; the original keeps all of it.",
    )


def test_ten_megabytes_of_exif(read, photo, encode):
    parts = [b"Exif\0\0" + bytes([65 + number % 26]) * 65_000 for number in range(160)]
    found = read(with_segments(small_jpeg(), *(segment(0xE1, part) for part in parts)))
    assert "Estimated quality" in names(found, "JPEG")


def test_a_text_that_unpacks_to_a_gigabyte_is_left_out(read, png):
    packed = zlib.compress(bytes(50_000_000), 9)
    bombs = chunk(b"zTXt", b"Bomb\0\0" + packed), chunk(b"iTXt", b"B\0\1\0\0\0" + packed)
    found = read(with_chunks(png, *bombs, text_chunk("Kept", "this")))
    assert found.remarks == ("A text or colour profile in the file unpacks to a suspicious size and was not read.",)
    assert names(found, "PNG")[-1] == "Text Kept"


def _directories(*, points_to_itself):
    """An EXIF block whose first directory is also its details, its position, and the directory after itself."""
    entries = ((0x0110, 2, 4, int.from_bytes(b"Cam\0", "big")), (0x8769, 4, 1, 8), (0x8825, 4, 1, 8))
    body = struct.pack(">H", 3) + b"".join(struct.pack(">HHII", *entry) for entry in entries)
    return b"Exif\0\0MM\0\x2a\0\0\0\x08" + body + struct.pack(">I", 8 if points_to_itself else 0)


def test_directories_that_point_at_themselves_are_read_once_each(read):
    found = read(with_segments(small_jpeg(), segment(0xE1, _directories(points_to_itself=True))))
    exif = names(found, "EXIF")
    assert exif.count("Model") <= 3
    assert len(exif) < 12


def test_a_thumbnail_that_is_no_image_is_a_remark(read, photo, encode):
    found = read(encode(photo(), "JPEG", exif=exif_with_thumbnail(b"\xff\xd8\xff junk" * 9)))
    assert found.thumbnails == ()
    assert found.remarks == ("The thumbnail kept in EXIF is damaged and could not be decoded.",)


def test_a_thumbnail_beyond_the_block_is_none(read, photo, encode):
    block = exif_with_thumbnail(small_jpeg())
    moved = block.replace(
        struct.pack(">HHII", 0x0202, 4, 1, len(small_jpeg())), struct.pack(">HHII", 0x0202, 4, 1, 2**31)
    )
    found = read(encode(photo(), "JPEG", exif=moved))
    assert len(found.thumbnails) == 1  # what is there is enough for the decoder
    away = block.replace(b"\x02\x01\x00\x04\x00\x00\x00\x01", b"\x02\x01\x00\x04\x00\x00\x00\x01\x7f", 1)[:-1]
    assert read(encode(photo(), "JPEG", exif=away)).thumbnails == ()


@pytest.mark.parametrize("damaged", [b"", b"x" * 200, profile()[:60], profile()[:140]])
def test_damaged_colour_profiles(damaged, read, png):
    body = b"p\0\0" + zlib.compress(damaged)
    found = read(with_chunks(png, chunk(b"iCCP", body)))
    assert names(found, "PNG")
    assert all(sentence.endswith(".") for sentence in found.remarks)


def test_iptc_with_lengths_that_lie(read):
    lying = iptc_set(2, 5, b"fine") + b"\x1c\x02\x05\xff\xff" + b"\x1c\x02\x05\x80\x04\xff\xff\xff\xff"
    found = read(with_segments(small_jpeg(), photoshop_segment(resource(0x0404, lying))))
    assert names(found, "IPTC") == ["Object name"]


def test_names_and_remarks_have_limits_too():
    lines = StatementLines()
    for number in range(GROUP_LIMIT + 50):
        lines.add("PNG", "n" * 10_000, number)
        lines.say(f"Sentence {number}.")
    assert len(lines.of("PNG")) == GROUP_LIMIT
    assert max(len(line.name) for line in lines.of("PNG")) <= 201
    assert len(lines.remarks) <= GROUP_LIMIT + 1


TEXTS = {
    "parameters": "a cat\nSteps: 20, Sampler: Euler, Seed: 1",
    "prompt": '{"1": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["1", 0]}}}',
    "XML:com.adobe.xmp": XMP,
}


def jpeg_of(change):
    """A JPEG file with every kind of statement, each block changed on its way in."""
    thumbnail = b"\0\0\0\1" + bytes(24) + small_jpeg(16, 12)
    return with_segments(
        small_jpeg(),
        segment(0xE1, b"Exif\0\0" + change(exif_with_thumbnail(small_jpeg(16, 12))[6:])),
        xmp_segment(change(XMP.encode())),
        photoshop_segment(
            resource(0x0404, change(iptc_set(2, 80, b"Ada") + iptc_set(2, 25, b"one"))),
            resource(0x040C, change(thumbnail)),
        ),
        segment(0xE2, b"ICC_PROFILE\0\1\1" + change(profile())),
        segment(0xFE, change(TEXTS["parameters"].encode())),
    )


def png_of(change):
    """The same as a PNG file, with checksums that fit."""
    texts = [chunk(b"iTXt", key.encode() + b"\0\0\0\0\0" + change(text.encode())) for key, text in TEXTS.items()]
    return with_chunks(
        small_png(),
        chunk(b"eXIf", change(exif_with_thumbnail(small_jpeg(16, 12))[6:])),
        chunk(b"zTXt", b"Comment\0\0" + change(zlib.compress(b"packed"))),
        chunk(b"iCCP", b"p\0\0" + zlib.compress(change(profile()))),
        *texts,
    )


def small_png():
    stream = io.BytesIO()
    Image.new("RGB", (16, 12), (1, 2, 3)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("make", "groups"),
    [
        (jpeg_of, {"Generator", "EXIF", "IPTC", "XMP", "ICC", "JPEG", "Thumbnail"}),
        (png_of, {"Generator", "EXIF", "XMP", "ICC", "PNG", "Thumbnail"}),
    ],
)
def test_whole_blocks_say_everything(make, groups, read):
    found = read(make(bytes))
    assert {line.group for line in found.statements} == groups
    assert found.remarks == ()


@pytest.mark.parametrize(("make", "kept"), [(jpeg_of, "Estimated quality"), (png_of, "Chunks")])
@pytest.mark.parametrize("seed", range(4))
def test_blocks_cut_and_changed_anywhere_cost_remarks_only(make, kept, seed, read):
    rng = np.random.default_rng(seed)

    def spoilt(block):
        bad = bytearray(block)
        if rng.random() < 0.5:
            del bad[int(rng.integers(len(bad))) :]
        for at in rng.integers(0, max(1, len(bad)), 4) if bad and rng.random() < 0.7 else ():
            bad[at] = int(rng.integers(256))
        return bytes(bad)

    remarks = set()
    for _ in range(30):
        found = read(make(spoilt))
        assert kept in {line.name for line in found.statements}
        remarks.update(found.remarks)
    assert len(remarks) >= 2
    assert all(sentence.endswith(".") for sentence in remarks)


@pytest.mark.parametrize("make", [jpeg_of, png_of])
def test_cut_files_are_read_or_refused_with_a_sentence(make, read):
    rng = np.random.default_rng(4)
    data = make(bytes)
    for _ in range(40):
        part = data[: int(rng.integers(8, len(data)))]
        sentences = _sentences(read, part)
        assert all(sentence.endswith(".") for sentence in sentences)
    assert _sentences(read, data) == ()
    assert "is cut off" in _sentences(read, data[:40])[0]


def _sentences(read, data):
    try:
        return read(data).remarks
    except Undecodable as error:
        return (str(error),)
