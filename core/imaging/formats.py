"""The formats that can become exhibits, and names for other files, as tables; bytes decide, never the suffix."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass

HEAD_BYTES = 4096  # enough for every signature below

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_TIFF_STARTS = (b"II\x2a\x00", b"MM\x00\x2a", b"II\x2b\x00", b"MM\x00\x2b")


@dataclass(frozen=True, slots=True)
class Format:
    """A file format that can be decoded.

    Attributes:
        container: the name shown to the analyst and kept in `ImageFacts.container`.
        pillow: identifier of the one Pillow plug-in that may open it.
        suffixes: usual endings of file names, in lower case.
        matches: whether the first bytes of a file are this format's.
    """

    container: str
    pillow: str
    suffixes: tuple[str, ...]
    matches: Callable[[bytes], bool]


def _starts(*prefixes: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(prefixes)


def _brands(head: bytes) -> frozenset[bytes]:
    """Major and compatible brands of an ISO base media file, empty for anything else."""
    if head[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return frozenset({head[8:12]} | {head[at : at + 4] for at in range(16, end - 3, 4)})


def _is_avif(head: bytes) -> bool:
    return bool(_brands(head) & _AVIF_BRANDS)


def _is_heic(head: bytes) -> bool:
    brands = _brands(head)
    return bool(brands & _HEVC_BRANDS) or (head[8:12] in (b"mif1", b"msf1") and not brands & _AVIF_BRANDS)


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _is_bmp(head: bytes) -> bool:
    sizes_of_headers = (12, 16, 40, 52, 56, 64, 108, 124)
    return head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in sizes_of_headers


FORMATS: tuple[Format, ...] = (
    Format("JPEG", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), _starts(b"\xff\xd8\xff")),
    Format("PNG", "PNG", (".png", ".apng"), _starts(b"\x89PNG\r\n\x1a\n")),
    Format("WebP", "WEBP", (".webp",), _is_webp),
    Format("TIFF", "TIFF", (".tif", ".tiff", ".dng"), _starts(*_TIFF_STARTS)),
    Format("BMP", "BMP", (".bmp", ".dib"), _is_bmp),
    Format("GIF", "GIF", (".gif",), _starts(b"GIF87a", b"GIF89a")),
    Format("AVIF", "AVIF", (".avif", ".avifs"), _is_avif),
    Format("HEIC", "HEIF", (".heic", ".heics", ".heif", ".heifs", ".hif"), _is_heic),
)
CONTAINERS = ", ".join(row.container for row in FORMATS)

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (b"\x00\x00\x01\x00", "a Windows icon"),
    (b"qoif", "a QOI image"),
    (b"gimp xcf", "a GIMP document"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
ARCHIVE_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_ARCHIVE_SUFFIXES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".cab", ".iso")


def format_of(head: bytes) -> Format | None:
    """The format whose signature the first bytes of a file carry, or None."""
    return next((row for row in FORMATS if row.matches(head)), None)


def foreign_name(head: bytes) -> str:
    """What a file that is none of `FORMATS` seems to be, for a sentence; "" when nothing can be said."""
    for start, name in _FOREIGN:
        if head.startswith(start):
            return name
    if head[4:8] == b"ftyp":
        return "a video or audio file"
    return _text_name(head)


def _text_name(head: bytes) -> str:
    if b"\x00" in head or not head:
        return ""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # a character may be cut at the end of the head
    except UnicodeDecodeError:
        return ""
    return "an SVG drawing" if "<svg" in text.lower() else "text"


def is_archive_name(name: str) -> bool:
    """Whether a file name ends like an archive's."""
    return name.lower().endswith(_ARCHIVE_SUFFIXES)
