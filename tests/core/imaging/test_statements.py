"""What files say of themselves, container by container."""

import io
import json

import pytest
from PIL import ExifTags, Image

from core.errors import EvidenceChanged
from core.imaging.digest import digests_of
from core.imaging.problems import Undecodable
from core.imaging.sources import file_chunks
from core.imaging.statements import GROUPS, evidence_statements, read_statements
from tests.core.imaging.claiming_files import (
    TRAINED,
    XMP,
    chunk,
    exif_with_thumbnail,
    iptc_set,
    photoshop_segment,
    profile,
    resource,
    small_jpeg,
    text_chunk,
    with_chunks,
    with_segments,
    xmp_segment,
)

LIMIT = 2_000_000


@pytest.fixture
def said(stored):
    """What a file of these bytes says, as {group: {name: text}}, and the whole answer."""

    def read(data):
        found = read_statements(stored(data), LIMIT)
        groups = {}
        for line in found.statements:
            groups.setdefault(line.group, {}).setdefault(line.name, line.text)
        assert [line.group for line in found.statements] == sorted(
            (line.group for line in found.statements), key=GROUPS.index
        )
        return groups, found

    return read


def _exif():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Maker & Sons"
    exif[ExifTags.Base.Orientation] = 6
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2024:02:03 04:05:06"
    details[ExifTags.Base.FNumber] = 2.8
    details[ExifTags.Base.MakerNote] = b"\1\2secret" * 100
    details[ExifTags.Base.ExifVersion] = b"0232"
    details[ExifTags.Base.ComponentsConfiguration] = b"\1\2\3\0"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (52.0, 30.0, 0.0)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "W", (13.0, 0.0, 36.0)
    exif[ExifTags.IFD.Exif] = exif[ExifTags.IFD.GPSInfo] = 1  # or no directories are written into a TIFF file
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "AVIF"])
def test_all_exif_entries_are_listed_by_name_in_every_container(kind, said, photo, encode):
    groups, found = said(encode(photo(), kind, exif=_exif()))
    exif = groups["EXIF"]
    assert exif["Make"] == "Maker & Sons"
    if kind != "AVIF":  # its orientation becomes a property of the image
        assert exif["Orientation"] == "6"
    assert exif["DateTimeOriginal"] == "2024:02:03 04:05:06"
    assert exif["FNumber"] == "2.8"
    assert exif["ExifVersion"] == "0232"
    assert exif["ComponentsConfiguration"] == "01 02 03 00"
    assert exif["GPSLatitude"] == "52, 30, 0"
    assert exif["GPS position"] == "52.500000, -13.010000"
    assert exif["MakerNote"] == "800 bytes"
    assert "secret" not in str(found.statements)
    assert found.remarks == ()


def test_iptc_in_a_jpeg(said):
    block = iptc_set(1, 90, b"\x1b%G") + iptc_set(2, 80, "Zoë".encode()) + iptc_set(2, 25, b"a") + iptc_set(2, 25, b"b")
    groups, found = said(with_segments(small_jpeg(), photoshop_segment(resource(0x0404, block))))
    assert groups["IPTC"]["By-line"] == "Zoë"
    assert [line.text for line in found.statements if line.name == "Keywords"] == ["a", "b"]


def test_iptc_without_a_stated_encoding(said):
    block = iptc_set(2, 80, "Zoë".encode("latin-1")) + iptc_set(2, 120, "Zoë".encode()) + iptc_set(2, 250, b"x")
    groups, _ = said(with_segments(small_jpeg(), photoshop_segment(resource(0x0404, block))))
    assert groups["IPTC"] == {"By-line": "Zoë", "Caption": "Zoë", "Data set 2:250": "x"}


def test_iptc_in_a_tiff(said, photo, encode):
    groups, _ = said(encode(photo(), "TIFF", tiffinfo={33723: iptc_set(2, 105, b"A headline")}))
    assert groups["IPTC"] == {"Headline": "A headline"}


@pytest.mark.parametrize("kind", ["JPEG", "WebP", "AVIF", "TIFF", "PNG"])
def test_xmp_properties_and_the_digital_source_type(kind, said, photo, encode):
    if kind == "PNG":
        data = with_chunks(encode(photo(), kind), text_chunk("XML:com.adobe.xmp", XMP))
    elif kind == "TIFF":
        data = encode(photo(), kind, tiffinfo={700: XMP.encode()})
    else:
        data = encode(photo(), kind, xmp=XMP.encode())
    groups, found = said(data)
    assert found.source_type == TRAINED
    assert groups["XMP"]["xmp:CreatorTool"] == "Brush 3"
    assert [line.text for line in found.statements if line.name == "dc:creator"] == ["Ada", "Grace"]


def test_extended_xmp_is_told_not_read(said):
    packet = XMP.replace(
        'xmp:CreatorTool="Brush 3"', 'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="A"'
    )
    _, found = said(with_segments(small_jpeg(), xmp_segment(packet.encode())))
    assert found.remarks == ("The XMP packet announces an extension, which was not read.",)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF"])
def test_a_colour_profile_by_its_header(kind, said, photo, encode):
    groups, _ = said(encode(photo(), kind, icc_profile=profile()))
    icc = groups["ICC"]
    assert icc["Description"] == "Test colours"
    assert icc["Colour space"] == "RGB"
    assert icc["Class"] == "mntr"
    assert icc["Version"] == "4.3.0"
    assert icc["Created"] == "2024-02-03 04:05:06"
    assert icc["Size"] == f"{len(profile())} bytes"


def test_an_old_description_of_a_colour_profile(said, photo, encode):
    old = profile().replace(b"mluc", b"desc")
    at = old.index(b"desc", 140)
    old = old[: at + 8] + (5).to_bytes(4, "big") + b"sRGB\0" + old[at + 17 :]
    assert said(encode(photo(), "PNG", icc_profile=old))[0]["ICC"]["Description"] == "sRGB"


@pytest.mark.parametrize(("subsampling", "word"), [("4:4:4", "4:4:4"), ("4:2:2", "4:2:2"), ("4:2:0", "4:2:0")])
def test_how_a_jpeg_was_coded(subsampling, word, said, photo, encode):
    groups, _ = said(encode(photo(), "JPEG", quality=83, subsampling=subsampling, progressive=True, comment=b"hello"))
    jpeg = groups["JPEG"]
    assert jpeg["Chroma subsampling"] == word
    assert jpeg["Coding"] == "progressive"
    assert jpeg["Estimated quality"] == "83 of 100 (exactly these tables)"
    assert jpeg["Comment"] == "hello"
    assert jpeg["Components"] == "3"
    assert jpeg["Segments"].startswith("APP0 JFIF, COM, DQT")
    assert jpeg["Segments"].endswith("SOS")
    assert len(jpeg["Quantisation table 0"].split()) == 64


def test_a_grey_baseline_jpeg(said, photo, encode):
    jpeg = said(encode(photo().convert("L"), "JPEG", quality=50, restart_marker_rows=1))[0]["JPEG"]
    assert jpeg["Coding"] == "baseline"
    assert "Chroma subsampling" not in jpeg
    assert jpeg["Restart interval"] == "8"


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_thumbnail_in_the_exif_data_is_decoded(order, said, photo, encode):
    block = exif_with_thumbnail(small_jpeg(32, 24), order)
    groups, found = said(encode(photo(64, 48), "JPEG", exif=block))
    (picture,) = found.thumbnails
    assert picture.pixels.shape == (24, 32, 3)
    assert abs(picture.pixels[12, 16].astype(int) - (200, 30, 30)).max() < 6
    assert groups["Thumbnail"]["Size (EXIF)"] == "32 × 24 pixels"
    assert groups["Thumbnail"]["Shape (EXIF)"].startswith("the same proportions")
    assert groups["EXIF"]["Model"] == "Cam"


@pytest.mark.parametrize(
    ("size", "says"), [((48, 64), "turned by 90°"), ((64, 64), "other proportions"), ((65, 48), "the same")]
)
def test_the_shape_of_a_thumbnail_is_compared_with_the_image(size, says, said, photo, encode):
    groups, _ = said(encode(photo(*size), "JPEG", exif=exif_with_thumbnail(small_jpeg(32, 24))))
    assert says in groups["Thumbnail"]["Shape (EXIF)"]


def test_the_thumbnail_in_photoshop_resources(said):
    kept = b"\0\0\0\1" + bytes(24) + small_jpeg(20, 10)
    _, found = said(with_segments(small_jpeg(40, 20), photoshop_segment(resource(0x040C, kept))))
    assert [picture.pixels.shape for picture in found.thumbnails] == [(10, 20, 3)]


def test_large_thumbnails_are_shown_small(said, photo, encode):
    _, found = said(encode(photo(64, 48), "JPEG", exif=exif_with_thumbnail(small_jpeg(1600, 1200))))
    assert found.thumbnails[0].pixels.shape == (384, 512, 3)
    assert found.thumbnails[0].scale == 0.32


def test_a_thumbnail_larger_than_any_camera_makes_is_not_decoded(said, photo, encode):
    _, found = said(encode(photo(64, 48), "JPEG", exif=exif_with_thumbnail(small_jpeg(1600, 1300))))
    assert found.thumbnails == ()
    assert found.remarks == ("The thumbnail kept in EXIF is unusually large and was not decoded.",)


def test_the_second_page_of_a_tiff_is_no_thumbnail(said, photo):
    stream = io.BytesIO()
    photo().save(stream, "TIFF", save_all=True, append_images=[photo(8, 8)])
    groups, found = said(stream.getvalue())
    assert found.thumbnails == ()
    assert not any(name.startswith("Thumbnail") for name in groups["EXIF"])


def test_png_texts_and_chunks(said, photo, encode):
    data = with_chunks(encode(photo(), "PNG"), text_chunk("Title", "A title"), text_chunk("Title", "Another"))
    groups, found = said(data)
    assert [line.text for line in found.statements if line.name == "Text Title"] == ["A title", "Another"]
    assert groups["PNG"]["Chunks"] == "IHDR, iTXt ×2, IDAT, IEND"
    assert groups["PNG"]["Pixels"] == "RGB, 8 bits a sample"


def test_exif_and_text_behind_the_pixels_of_a_png(said, photo, encode):
    png = encode(photo(), "PNG")
    behind = text_chunk("parameters", "a cat\nSteps: 20, Sampler: Euler, Seed: 1")
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Late"
    data = png[:-12] + behind + chunk(b"eXIf", exif.tobytes()[6:]) + png[-12:]
    groups, _ = said(data)
    assert groups["EXIF"]["Make"] == "Late"
    assert groups["Generator"]["Seed"] == "1"


def test_generator_parameters_are_lines_of_their_own(said, photo, encode):
    text = "a red cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 123, Model: dream"
    png = with_chunks(encode(photo(), "PNG"), text_chunk("parameters", text))
    groups, found = said(png)
    assert groups["Generator"]["Prompt"] == "a red cat"
    assert groups["Generator"]["Model"] == "dream"
    assert groups["PNG"]["Text parameters"] == text
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"UNICODE\0" + text.encode("utf-16-be")
    for kind in ("JPEG", "WebP"):
        assert said(encode(photo(), kind, exif=exif))[0]["Generator"] == groups["Generator"]
    assert said(encode(photo(), "JPEG", comment=text.encode()))[0]["Generator"] == groups["Generator"]
    assert found.remarks == ()


def test_comfy_graph_in_a_webp(said, photo, encode):
    exif = Image.Exif()
    graph = {"3": {"class_type": "KSampler", "inputs": {"seed": 77, "steps": 9}}}
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = 'workflow:{"nodes": []}', "prompt:" + json.dumps(graph)
    generator = said(encode(photo(), "WebP", exif=exif))[0]["Generator"]
    assert (generator["Program"], generator["Seed"], generator["Steps"]) == ("ComfyUI", "77", "9")


def test_a_plain_file_says_next_to_nothing(said, photo, encode):
    groups, found = said(encode(photo(), "BMP"))
    assert groups == {}
    assert (found.source_type, found.thumbnails, found.remarks) == ("", (), ())


def test_hostile_text_is_kept_as_it_is(said, photo, encode):
    text = "<b>bold</b>\u202egnp.exe\x1b[31m"
    groups, _ = said(with_chunks(encode(photo(), "PNG"), text_chunk("Comment", text)))
    assert groups["PNG"]["Text Comment"] == text


def test_evidence_is_compared_with_its_hash_first(stored, photo, encode):
    path = stored(encode(photo(), "JPEG"))
    sha256 = digests_of(file_chunks(path, str(path))).sha256
    assert evidence_statements(path, sha256, LIMIT).statements
    with pytest.raises(EvidenceChanged):
        evidence_statements(path, "0" * 64, LIMIT)
    path.unlink()
    with pytest.raises(Undecodable, match="is not there any more"):
        evidence_statements(path, sha256, LIMIT)
