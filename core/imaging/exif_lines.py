"""Every EXIF entry of a file by its standard name; maker notes are only measured, the thumbnail is handed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PIL import ExifTags, Image

from core.imaging.exif import Pairs, entry_text, gps_position
from core.imaging.statement_lines import StatementLines

THUMBNAIL_LIMIT = 4 << 20  # bytes of an embedded picture; cameras write some ten thousand
_USER_COMMENT = 0x9286
_OFFSET, _LENGTH = 0x0201, 0x0202  # of the JPEG thumbnail, in the second directory
_POINTERS = frozenset({ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop, _OFFSET, _LENGTH})
# Only measured: maker notes and padding, blocks with a reader of their own (XMP, IPTC, Photoshop, colour profile), and
# the lists of places in a TIFF file.
_MEASURED = frozenset(
    {
        *(0x927C, 0xEA1C, 0xC4A5, 0x02BC, 0x83BB, 0x8649, 0x8773),
        *(0x014A, 0x0111, 0x0117, 0x0144, 0x0145, 0x015B, 0x0207, 0x0208, 0x0209),
    }
)
_INTEROP = {tag.value: tag.name for tag in ExifTags.Interop}
_GENERATOR_TAGS = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", _USER_COMMENT: "UserComment"}
_LONGEST_LIST, _LONGEST_BYTES = 16, 16
_DAMAGED = "Part of the EXIF data is damaged and could not be read."


def read_exif_lines(exif: Image.Exif, lines: StatementLines, *, in_tiff: bool) -> Pairs:
    """Add a line for every entry; the second directory is the thumbnail's, or in a TIFF file the second page's.

    Returns:
        (tag name, text) of the entries in which image generators keep their parameters.
    """
    _directory("", lambda: exif, ExifTags.TAGS, lines)
    _directory("", lambda: exif.get_ifd(ExifTags.IFD.Exif), ExifTags.TAGS, lines)
    _directory("", lambda: exif.get_ifd(ExifTags.IFD.Interop), _INTEROP, lines)
    _directory("", lambda: exif.get_ifd(ExifTags.IFD.GPSInfo), ExifTags.GPSTAGS, lines)
    with lines.forgiving(_DAMAGED):
        for name, text in gps_position(exif):
            lines.add("EXIF", name, text)
    if not in_tiff:
        _directory("Thumbnail ", lambda: exif.get_ifd(ExifTags.IFD.IFD1), ExifTags.TAGS, lines)
    return _generator_texts(exif, lines)


def thumbnail_bytes(exif: Image.Exif) -> bytes:
    """The JPEG thumbnail that the second directory points at, empty when there is none; may raise `DECODER_ERRORS`."""
    second = exif.get_ifd(ExifTags.IFD.IFD1)
    offset, length = second.get(_OFFSET), second.get(_LENGTH)
    if not isinstance(offset, int) or not isinstance(length, int) or offset <= 0 or length <= 0:
        return b""
    exif.fp.seek(offset)
    return exif.fp.read(min(length, THUMBNAIL_LIMIT))


def _directory(
    prefix: str, directory: Callable[[], Mapping[int, Any]], names: Mapping[int, str], lines: StatementLines
) -> None:
    tags: tuple[int, ...] = ()
    with lines.forgiving(_DAMAGED):
        values = directory()
        tags = tuple(values)
    for tag in tags:
        if tag in _POINTERS:
            continue
        with lines.forgiving(_DAMAGED):
            lines.add("EXIF", prefix + names.get(tag, f"Tag 0x{tag:04X}"), _value(tag, values[tag]))


def _value(tag: int, value: object) -> str:
    if isinstance(value, tuple) and (tag in _MEASURED or len(value) > _LONGEST_LIST) and not _is_windows_text(tag):
        return f"{len(value):,} values"
    if isinstance(value, (bytes, str)) and tag in _MEASURED:
        return f"{len(value):,} bytes"
    if isinstance(value, bytes) and tag != _USER_COMMENT and not _is_windows_text(tag) and not _is_text(value):
        shown = value[:_LONGEST_BYTES].hex(" ")
        return shown if len(value) <= _LONGEST_BYTES else f"{shown} … ({len(value):,} bytes)"
    return entry_text(tag, value)


def _is_windows_text(tag: int) -> bool:
    return 0x9C9B <= tag <= 0x9C9F


def _is_text(value: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n" for byte in value.rstrip(b"\0")[:1000])


def _generator_texts(exif: Image.Exif, lines: StatementLines) -> Pairs:
    found: list[tuple[str, str]] = []
    for directory in (lambda: exif, lambda: exif.get_ifd(ExifTags.IFD.Exif)):
        with lines.forgiving(_DAMAGED):
            values: Mapping[int, Any] = directory()
            for tag, name in _GENERATOR_TAGS.items():
                if tag in values:
                    found.append((name, entry_text(tag, values[tag])))
    return tuple(found)
