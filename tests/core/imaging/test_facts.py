import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.imaging.facts import METADATA_LIMIT, read_facts


def _chunk(kind, body):
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def _with_chunk(png, kind, body):
    """A PNG with one chunk more, right behind its header."""
    return png[:33] + _chunk(kind, body) + png[33:]


@pytest.mark.parametrize(
    ("kind", "mode", "container", "words"),
    [
        ("JPEG", "RGB", "JPEG", "RGB 8 bit"),
        ("JPEG", "L", "JPEG", "grey 8 bit"),
        ("JPEG", "CMYK", "JPEG", "CMYK 8 bit"),
        ("PNG", "RGBA", "PNG", "RGB with alpha 8 bit"),
        ("PNG", "LA", "PNG", "grey with alpha 8 bit"),
        ("PNG", "1", "PNG", "black and white 1 bit"),
        ("TIFF", "RGB", "TIFF", "RGB 8 bit"),
        ("BMP", "RGB", "BMP", "RGB 8 bit"),
        ("GIF", "P", "GIF", "palette 8 bit"),
        ("WEBP", "RGB", "WebP", "RGB 8 bit"),
        ("AVIF", "RGB", "AVIF", "RGB 8 bit"),
        ("HEIF", "RGB", "HEIC", "RGB 8 bit"),
    ],
)
def test_container_and_pixels_in_plain_words(kind, mode, container, words, photo, encode, stored):
    facts = read_facts(stored(encode(photo().convert(mode), kind)))
    assert (facts.container, facts.pixel_format) == (container, words)
    assert (facts.width, facts.height, facts.frames, facts.orientation) == (64, 48, 1, 1)


def test_bits_come_from_the_file_not_from_the_decoder(photo, encode, stored):
    wide = np.zeros((4, 4), np.uint16)
    assert read_facts(stored(cv2.imencode(".png", wide)[1].tobytes())).pixel_format == "grey 16 bit"
    colour = np.zeros((4, 4, 3), np.uint16)
    assert read_facts(stored(cv2.imencode(".tiff", colour)[1].tobytes())).pixel_format == "RGB 16 bit"
    assert read_facts(stored(encode(photo().quantize(16), "PNG", bits=4))).pixel_format == "palette 4 bit"


def test_ten_bit_heic(encode, stored):
    wide = Image.fromarray((np.arange(4096, dtype=np.uint32) * 16).astype(np.uint16).reshape(64, 64))
    facts = read_facts(stored(encode(wide, "HEIF")))
    assert facts.pixel_format.endswith("10 bit")
    assert any("10-bit" in remark for remark in facts.remarks)


def test_jpeg_quality(photo, encode, stored):
    assert read_facts(stored(encode(photo(), "JPEG", quality=73))).jpeg_quality == 73
    assert read_facts(stored(encode(photo(), "PNG"))).jpeg_quality is None
    flat = {0: [7] * 64, 1: [9] * 64}
    own = read_facts(stored(encode(photo(), "JPEG", qtables=flat)))
    assert any("nearest match" in remark for remark in own.remarks)


def test_wrong_suffix(photo, encode, stored):
    data = encode(photo(), "JPEG")
    assert read_facts(stored(data, "a.jpg")).remarks == ()
    assert read_facts(stored(data, "a.JPEG")).remarks == ()
    assert read_facts(stored(data, "a.png")).remarks == (
        "Wrong extension: the name ends in .png like PNG files, the content is JPEG.",
    )
    assert "like other files" in read_facts(stored(data, "a.exe")).remarks[0]
    assert "no ending" in read_facts(stored(data, "a")).remarks[0]


def test_exif_basics(photo, encode, stored):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "Maker", "Model 1", "Editor 2.0\0"
    exif[0x0112] = 6
    detail = {0x829A: 0.004, 0x829D: 2.8, 0x8827: 200, 0x9003: "2026:01:02 03:04:05"}
    comment = b"UNICODE\0" + "parameters: a cat ☂".encode("utf-16-be")
    exif.get_ifd(0x8769).update(detail | {0x9286: comment})
    exif.get_ifd(0x8825).update({1: "S", 2: (10.0, 30.0, 0.0), 3: "E", 4: (20.0, 15.0, 36.0)})
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        facts = read_facts(stored(encode(photo(), kind, exif=exif), f"a.{kind.lower()}"))
        found = dict(facts.metadata)
        assert facts.orientation == 6, kind
        assert (facts.width, facts.height) == (64, 48), kind
        assert found["Camera maker"] == "Maker"
        assert found["Software"] == "Editor 2.0"
        if kind == "TIFF":
            continue  # Pillow does not write the nested directories of a TIFF
        assert found["Exposure (s)"] == "1/250"
        assert found["Aperture (f/)"] == "2.8"
        assert found["Sensitivity (ISO)"] == "200"
        assert found["User comment"] == "parameters: a cat ☂"
        assert found["GPS position"] == "-10.500000, 20.260000"
        assert any("orientation 6" in remark for remark in facts.remarks)


def test_damaged_exif_costs_its_entries_only(photo, encode, stored):
    exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02" + struct.pack(">HHII", 0x8769, 4, 1, 0x7FFFFFFF) + b"\x01\x0f\0\x02\xff"
    facts = read_facts(stored(encode(photo(), "JPEG", exif=exif), "a.jpg"))
    assert facts.width == 64


def test_hostile_text_is_kept_but_storable(photo, encode, stored):
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a\u202eb\nc <b>bold</b>")
    text.add_itxt("workflow", "{}", zip=True)
    facts = read_facts(stored(encode(photo(), "PNG", pnginfo=text)))
    assert ("PNG parameters", "a\u202eb\nc <b>bold</b>") in facts.metadata
    assert ("PNG workflow", "{}") in facts.metadata
    bad = _with_chunk(encode(photo(), "PNG"), b"iTXt", b"key\0\0\0\0\0\xff\xfe\xed\xa0\x80")
    for name, value in read_facts(stored(bad)).metadata:
        (name + value).encode("utf-8")


def test_png_text_behind_the_pixels_is_found(photo, encode, stored):
    png = encode(photo(), "PNG")
    late = png[:-12] + _chunk(b"tEXt", b"prompt\0a dog") + png[-12:]
    assert ("PNG prompt", "a dog") in read_facts(stored(late)).metadata


@pytest.mark.parametrize(("kind", "head"), [(b"zTXt", b"k\0\0"), (b"iTXt", b"k\0\1\0\0\0"), (b"iCCP", b"k\0\0")])
@pytest.mark.parametrize("late", [False, True])
def test_a_text_bomb_costs_the_text_not_the_exhibit(kind, head, late, photo, encode, stored):
    png = encode(photo(), "PNG")
    bomb = _chunk(kind, head + zlib.compress(b"\0" * (30 << 20), 9))
    at = len(png) - 12 if late else 33
    facts = read_facts(stored(png[:at] + bomb + png[at:]))
    assert facts.width == 64
    assert any("suspicious size" in remark for remark in facts.remarks)
    assert all(len(text) < 1000 for _, text in facts.metadata)


def test_many_texts_are_bounded(photo, encode, stored):
    png = encode(photo(), "PNG")
    chunks = b"".join(_chunk(b"tEXt", b"k%d\0" % number + b"x" * 60_000) for number in range(20))
    facts = read_facts(stored(png[:33] + chunks + png[33:]))
    assert sum(len(name) + len(text) for name, text in facts.metadata) <= METADATA_LIMIT
    assert any("too long" in remark for remark in facts.remarks)


def test_one_long_text_is_cut(photo, encode, stored):
    png = _with_chunk(encode(photo(), "PNG"), b"tEXt", b"workflow\0" + b"x" * 100_000)
    facts = read_facts(stored(png))
    assert facts.metadata[0][1].endswith("x…")
    assert any("too long" in remark for remark in facts.remarks)


def test_comments_and_packets(photo, encode, stored):
    facts = read_facts(stored(encode(photo(), "JPEG", comment=b"made by hand", xmp=b"<x/>", icc_profile=b"profile")))
    assert ("File comment", "made by hand") in facts.metadata
    assert ("XMP packet", "4 bytes") in facts.metadata
    assert ("Colour profile", "7 bytes") in facts.metadata


@pytest.mark.parametrize(("kind", "name"), [("GIF", "a.gif"), ("TIFF", "a.tif"), ("WEBP", "a.webp"), ("PNG", "a.png")])
def test_frames(kind, name, photo, encode, stored):
    frames = [photo().rotate(angle) for angle in (0, 30, 60)]
    facts = read_facts(stored(encode(frames[0], kind, save_all=True, append_images=frames[1:]), name))
    assert facts.frames == 3
    assert "The file holds 3 images; only the first one is read." in facts.remarks


def test_a_tiff_whose_pages_form_a_loop(photo, encode, stored):
    data = bytearray(encode(photo(), "TIFF"))
    first = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[first : first + 2], "little")
    data[first + 2 + 12 * count : first + 6 + 12 * count] = data[4:8]
    assert read_facts(stored(bytes(data), "a.tif")).frames == 1


def test_appended_bytes_and_a_missing_end(photo, encode, stored):
    png = encode(photo(), "PNG")
    assert "8 further bytes follow the end of the image." in read_facts(stored(png + b"appended", "a.png")).remarks
    assert "The end of the file is missing" in read_facts(stored(png[:-12], "a.png")).remarks[0]


def test_a_preview_in_front_of_a_raw_image(photo, encode, stored):
    data = encode(photo(), "TIFF", tiffinfo={254: 1})
    assert any("preview" in remark for remark in read_facts(stored(data, "a.tif")).remarks)
