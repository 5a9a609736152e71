"""Everything an image file says of itself, read without decoding its pixels: hostile text, kept as it is."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from PIL import Image

from core.domain import RgbImage
from core.examine import FileStatement
from core.imaging.embedded_pictures import read_thumbnail
from core.imaging.evidence import require_unchanged
from core.imaging.exif_lines import read_exif_lines, thumbnail_bytes
from core.imaging.generator_claims import generator_claims
from core.imaging.icc import read_icc_lines
from core.imaging.jpeg_segments import jpeg_comments, read_jpeg_lines
from core.imaging.opening import OpenImage, opened_image
from core.imaging.photoshop import (
    IPTC_RESOURCE,
    THUMBNAIL_RESOURCE,
    photoshop_resources,
    read_iptc_lines,
    thumbnail_in,
)
from core.imaging.png_chunks import Chunk, Data, png_chunks, png_texts
from core.imaging.statement_lines import VALUE_LIMIT, StatementLines
from core.imaging.xmp import read_xmp_lines

GROUPS = ("Generator", "EXIF", "IPTC", "XMP", "ICC", "JPEG", "PNG", "Thumbnail")
_XMP_KEYWORD = "XML:com.adobe.xmp"
_TIFF_IPTC, _TIFF_PHOTOSHOP = 33723, 34377
_BOMB = "A text or colour profile in the file unpacks to a suspicious size and was not read."
_PNG_COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}


@dataclass(frozen=True, slots=True)
class SelfDescription:
    """What a file says of itself, but for its Content Credentials; the fields are those of `FileStatements`."""

    statements: tuple[FileStatement, ...]
    source_type: str
    thumbnails: tuple[RgbImage, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The parts of a file that have readers of their own."""

    exif: Image.Exif
    xmp: bytes
    icc: bytes
    photoshop: dict[int, bytes]
    texts: tuple[tuple[str, str], ...]  # of a PNG file
    comments: tuple[bytes, ...]  # of a JPEG file


def evidence_statements(path: Path, sha256: str, pixel_limit: int) -> SelfDescription:
    """What an unchanged evidence file says of itself.

    Raises:
        CoreError: the file is gone, was changed, or is no image. Anything wrong inside it becomes a remark.
    """
    require_unchanged(path, sha256)
    return read_statements(path, pixel_limit)


def read_statements(path: Path, pixel_limit: int) -> SelfDescription:
    """What a file says of itself; raises `Undecodable` when it is no image."""
    lines = StatementLines()
    with (
        opened_image(path, pixel_limit) as opened,
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        if opened.bombs_left_out:
            lines.say(_BOMB)
        _read_container(opened, data, lines)
        in_tiff = opened.row.container == "TIFF"
        blocks = _blocks_of(opened, data, lines)
        exif_texts = read_exif_lines(blocks.exif, lines, in_tiff=in_tiff)
        with lines.forgiving("The IPTC data is damaged and could not be read."):
            read_iptc_lines(blocks.photoshop.get(IPTC_RESOURCE, b""), lines)
        source_type = read_xmp_lines(blocks.xmp, lines) if blocks.xmp else ""
        if blocks.icc:
            read_icc_lines(blocks.icc, lines)
        _read_generator(blocks, exif_texts, lines)
        pictures = _pictures(blocks, opened.image.size, lines, in_tiff=in_tiff)
    return SelfDescription(lines.of(*GROUPS), source_type, pictures, lines.remarks)


def _read_container(opened: OpenImage, data: mmap.mmap, lines: StatementLines) -> None:
    with lines.forgiving(f"Part of the {opened.row.container} data is damaged and could not be read."):
        if opened.row.container == "JPEG":
            read_jpeg_lines(data, getattr(opened.image, "quantization", {}), lines)
        elif opened.row.container == "PNG":
            _read_png(data, lines)


def _read_png(data: mmap.mmap, lines: StatementLines) -> None:
    chunks = tuple(png_chunks(data))
    if chunks and chunks[0].kind == b"IHDR" and chunks[0].length >= 13:
        depth, colour, _, _, interlaced = data[chunks[0].start + 8 : chunks[0].start + 13]
        lines.add("PNG", "Pixels", f"{_PNG_COLOURS.get(colour, 'unknown')}, {depth} bits a sample")
        lines.add("PNG", "Interlaced", "yes" if interlaced else "no")
    lines.add("PNG", "Chunks", _in_a_row(chunks))


def _in_a_row(chunks: tuple[Chunk, ...]) -> str:
    counted = (
        (kind.decode("latin-1"), sum(1 for _ in same)) for kind, same in groupby(chunks, lambda chunk: chunk.kind)
    )
    parts = (kind if count == 1 else f"{kind} ×{count:,}" for kind, count in counted)
    return ", ".join(parts)


def _blocks_of(opened: OpenImage, data: mmap.mmap, lines: StatementLines) -> _Blocks:
    container, info = opened.row.container, opened.image.info
    texts: tuple[tuple[str, str], ...] = ()
    if container == "PNG":
        texts, too_large = png_texts(data)
        if too_large:
            lines.say(_BOMB)
        for key, text in texts:
            if key != _XMP_KEYWORD:
                lines.add("PNG", f"Text {key}", text)
    packets = [text.encode() for key, text in texts if key == _XMP_KEYWORD] or [_bytes(info.get("xmp"))]
    return _Blocks(
        _exif_of(opened, data, lines),
        packets[0],
        _bytes(info.get("icc_profile")),
        _photoshop_of(opened, lines),
        texts,
        jpeg_comments(data) if container == "JPEG" else (),
    )


def _exif_of(opened: OpenImage, data: Data, lines: StatementLines) -> Image.Exif:
    with lines.forgiving("The EXIF data is damaged and could not be read."):
        if opened.row.container == "TIFF":
            return opened.image.getexif()
        block = _bytes(opened.image.info.get("exif"))
        if opened.row.container == "PNG":  # it may stand behind the pixels, which Pillow would decode to get there
            found = (chunk for chunk in png_chunks(data) if chunk.kind == b"eXIf")
            block = next((data[chunk.start : chunk.start + chunk.length] for chunk in found), b"")
        exif = Image.Exif()
        exif.load(block)
        return exif
    return Image.Exif()


def _photoshop_of(opened: OpenImage, lines: StatementLines) -> dict[int, bytes]:
    """Photoshop resources by number; the IPTC data of a TIFF file, which has a tag of its own, among them."""
    with lines.forgiving("The Photoshop data is damaged and could not be read."):
        if opened.row.container != "TIFF":
            kept = opened.image.info.get("photoshop")
            found = kept if isinstance(kept, dict) else {}
            return {number: block for number, block in found.items() if isinstance(block, bytes)}
        tags = getattr(opened.image, "tag_v2", {})
        resources = dict(photoshop_resources(_bytes(tags.get(_TIFF_PHOTOSHOP))))
        iptc = _bytes(tags.get(_TIFF_IPTC))
        return {**resources, IPTC_RESOURCE: iptc} if iptc else resources
    return {}


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else b""


def _read_generator(blocks: _Blocks, exif_texts: tuple[tuple[str, str], ...], lines: StatementLines) -> None:
    comments = tuple(
        ("JPEG comment", comment[: 4 * VALUE_LIMIT].decode("utf-8", "replace")) for comment in blocks.comments
    )
    texts: dict[str, str] = {}
    for key, text in (*blocks.texts, *exif_texts, *comments):
        texts.setdefault(key, text)
    claims, remarks = generator_claims(texts)
    for name, text in claims:
        lines.add("Generator", name, text)
    for sentence in remarks:
        lines.say(sentence)


def _pictures(blocks: _Blocks, shape: tuple[int, int], lines: StatementLines, *, in_tiff: bool) -> tuple[RgbImage, ...]:
    kept = b""
    with lines.forgiving("The thumbnail of the EXIF data is damaged and could not be read."):
        kept = b"" if in_tiff else thumbnail_bytes(blocks.exif)  # a TIFF file's second directory is its second page
    found = (
        read_thumbnail("EXIF", kept, shape, lines),
        read_thumbnail("Photoshop", thumbnail_in(blocks.photoshop.get(THUMBNAIL_RESOURCE, b"")), shape, lines),
    )
    return tuple(picture for picture in found if picture is not None)
