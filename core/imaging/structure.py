"""Whether a file ends where its own structure says: cut-off and appended bytes are seen without decoding a pixel."""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.imaging.png_chunks import checksum_fits, png_chunks

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # anything but stuffing, fill bytes and restarts
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


@dataclass(frozen=True, slots=True)
class Structure:
    """What the outline of a file tells.

    Attributes:
        complete: False when the file ends before its structure does.
        trailing: bytes after the end of the image.
        false_checksums: parts whose stored checksum does not fit (PNG only).
        frames: images counted on the way (GIF only).
    """

    complete: bool = True
    trailing: int = 0
    false_checksums: int = 0
    frames: int | None = None


def structure_of(path: Path, container: str) -> Structure:
    """The outline of a stored file of at least one byte; `container` is a `Format.container`."""
    reader = _READERS[container]
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return reader(data)


def _ends_at(end: int | None, size: int) -> Structure:
    if end is None or end > size:
        return Structure(complete=False)
    return Structure(trailing=size - end)


def _jpeg(data: mmap.mmap) -> Structure:
    at = 2
    while (found := _JPEG_MARKER.search(data, at)) is not None:
        marker = data[found.start() + 1]
        if marker == _END_OF_IMAGE:
            return _ends_at(found.end(), len(data))
        # A scan's compressed data follows its header; the search goes on behind the header of any segment.
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        at = found.end() + max(length, 2)
    return Structure(complete=False)


def _png(data: mmap.mmap) -> Structure:
    wrong, end = 0, None
    for chunk in png_chunks(data):
        wrong += not checksum_fits(data, chunk)
        if chunk.kind == b"IEND":
            end = chunk.end
            break
    outline = _ends_at(end, len(data))
    return Structure(outline.complete, outline.trailing, wrong)


def _webp(data: mmap.mmap) -> Structure:
    length = int.from_bytes(data[4:8], "little") + 8
    return _ends_at(length, len(data)) if length != len(data) + 1 else Structure()  # a missing pad byte is harmless


def _bmp(data: mmap.mmap) -> Structure:
    declared = int.from_bytes(data[2:6], "little")
    return _ends_at(declared, len(data)) if declared > 26 else Structure()  # many writers leave it zero


def _gif(data: mmap.mmap) -> Structure:
    frames = 0
    for kind, end in _gif_blocks(data):
        frames += kind == 0x2C
        if kind == 0x3B:
            return Structure(trailing=len(data) - end, frames=frames)
    return Structure(complete=False, frames=frames)


def _gif_blocks(data: mmap.mmap) -> Iterator[tuple[int, int]]:
    """(kind, end) of every block up to the trailer; stops silently where the file does or makes no sense."""
    size = len(data)
    at = 13 + _table_bytes(data[10]) if size > 13 else size
    while at < size:
        kind = data[at]
        if kind == 0x3B:
            yield kind, at + 1
            return
        if kind == 0x2C and at + 10 < size:
            at = _after_sub_blocks(data, at + 11 + _table_bytes(data[at + 9]))
        elif kind == 0x21:
            at = _after_sub_blocks(data, at + 2)
        else:
            return
        if at > size:
            return
        yield kind, at


def _table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_sub_blocks(data: mmap.mmap, at: int) -> int:
    """Position behind a chain of length-prefixed sub-blocks, beyond the file when the chain is cut off."""
    while at < len(data):
        length = data[at]
        at += 1 + length
        if not length:
            return at
    return len(data) + 1


def _boxes(data: mmap.mmap) -> Structure:
    """AVIF and HEIC: top-level boxes, each with its length."""
    at, size = 0, len(data)
    while at + 8 <= size:
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length == 0:
            return Structure()  # the last box reaches to the end of the file
        if length < 8 or at + length > size:
            return Structure(complete=length < 8)
        at += length
    return Structure(trailing=size - at)


def _tiff(data: mmap.mmap) -> Structure:
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    is_big_tiff = 43 in data[2:4]
    first = int.from_bytes(data[8:16] if is_big_tiff else data[4:8], order)
    return Structure(complete=first + 2 <= len(data))


_READERS: dict[str, Callable[[mmap.mmap], Structure]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WebP": _webp,
    "TIFF": _tiff,
    "BMP": _bmp,
    "GIF": _gif,
    "AVIF": _boxes,
    "HEIC": _boxes,
}
