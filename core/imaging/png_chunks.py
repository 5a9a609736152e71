"""The chunks of a PNG file: walked, checked, read for text under a cap, or left out."""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

Data = bytes | mmap.mmap

TEXT_KINDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
UNPACKED_CAP = 1 << 20  # Pillow's own limit for one packed text or profile
TEXT_CAP = 32 << 20  # half of Pillow's limit for all texts together


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its four-letter kind, where its data begins and its length."""

    kind: bytes
    start: int
    length: int

    @property
    def end(self) -> int:
        """Position behind the chunk's checksum."""
        return self.start + self.length + 4


def png_chunks(data: Data) -> Iterator[Chunk]:
    """The chunks that are wholly there, in order; stops at the first that is cut off."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        start = at + 8
        if start + length + 4 > len(data):
            return
        yield Chunk(data[at + 4 : start], start, length)
        at = start + length + 4


def checksum_fits(data: Data, chunk: Chunk) -> bool:
    """Whether the checksum stored behind a chunk is that of its kind and data."""
    stored = int.from_bytes(data[chunk.end - 4 : chunk.end], "big")
    return zlib.crc32(data[chunk.start - 4 : chunk.end - 4]) == stored


def png_texts(data: Data) -> tuple[tuple[tuple[str, str], ...], bool]:
    """The (keyword, text) pairs of a PNG file, and whether some text was left out for its size."""
    texts: list[tuple[str, str]] = []
    too_large, total = False, 0
    for chunk in png_chunks(data):
        if chunk.kind not in TEXT_KINDS or total + chunk.length > TEXT_CAP:
            too_large |= chunk.kind in TEXT_KINDS
            continue
        total += chunk.length
        pair = _text(chunk.kind, data[chunk.start : chunk.start + chunk.length])
        if pair is None:
            too_large = True
        else:
            texts.append(pair)
            total += len(pair[1])
    return tuple(texts), too_large


def without_bombs(data: Data) -> bytes | None:
    """The file without its texts and colour profile when one of them unpacks to too much, else None.

    The pixels do not depend on these chunks, so a text bomb need not cost an exhibit.
    """
    chunks = tuple(png_chunks(data))
    if not any(_is_bomb(chunk, data) for chunk in chunks) and _text_bytes(chunks) <= TEXT_CAP:
        return None
    kept = [data[:8]]
    kept += [data[chunk.start - 8 : chunk.end] for chunk in chunks if chunk.kind not in TEXT_KINDS | {b"iCCP"}]
    return b"".join(kept)


def _text_bytes(chunks: tuple[Chunk, ...]) -> int:
    return sum(chunk.length for chunk in chunks if chunk.kind in TEXT_KINDS)


def _is_bomb(chunk: Chunk, data: Data) -> bool:
    if chunk.kind == b"iCCP":
        _, _, packed = data[chunk.start : chunk.start + chunk.length].partition(b"\0")
        return _unpacked(packed[1:]) is None
    return chunk.kind in TEXT_KINDS and _text(chunk.kind, data[chunk.start : chunk.start + chunk.length]) is None


def _text(kind: bytes, body: bytes) -> tuple[str, str] | None:
    """Keyword and text of a chunk, None when the text unpacks to more than `UNPACKED_CAP` bytes."""
    keyword, _, rest = body.partition(b"\0")
    encoding, packed = "latin-1", kind == b"zTXt"
    if packed:
        rest = rest[1:]
    elif kind == b"iTXt":
        encoding, packed = "utf-8", rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    plain = _unpacked(rest) if packed else rest
    return None if plain is None else (keyword.decode("latin-1"), plain.decode(encoding, "replace"))


def _unpacked(packed: bytes) -> bytes | None:
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(packed, UNPACKED_CAP + 1)
    except zlib.error:
        return b""
    return None if len(plain) > UNPACKED_CAP else plain
