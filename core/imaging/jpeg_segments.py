"""The segments of a JPEG file before its pixels, and what they say of how it was written."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.imaging.jpeg_quality import estimate_quality
from core.imaging.statement_lines import StatementLines

Data = bytes | mmap.mmap

_MOST_SEGMENTS = 5_000
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_START_OF_SCAN, _END_OF_IMAGE, _RESTART_INTERVAL, _COMMENT = 0xDA, 0xD9, 0xDD, 0xFE
_NAMES = {0xC4: "DHT", 0xCC: "DAC", 0xDB: "DQT", 0xDC: "DNL", 0xDD: "DRI", 0xDA: "SOS", 0xD9: "EOI", 0xFE: "COM"}
_PROCESSES = {
    0xC0: "baseline",
    0xC1: "extended sequential",
    0xC2: "progressive",
    0xC3: "lossless",
    0xC9: "extended sequential, arithmetic coding",
    0xCA: "progressive, arithmetic coding",
}
_SUBSAMPLINGS: dict[tuple[tuple[int, int], ...], str] = {
    ((1, 1), (1, 1), (1, 1)): "4:4:4",
    ((2, 1), (1, 1), (1, 1)): "4:2:2",
    ((2, 2), (1, 1), (1, 1)): "4:2:0",
    ((1, 2), (1, 1), (1, 1)): "4:4:0",
    ((4, 1), (1, 1), (1, 1)): "4:1:1",
}
_SIGNATURE_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its marker's second byte, where its data begins and its length."""

    marker: int
    start: int
    length: int


def jpeg_segments(data: Data) -> Iterator[Segment]:
    """The segments from the start of the file to the first scan; stops where the file makes no sense."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if data[at : at + 1] != b"\xff" or at + 4 > len(data):
            return
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _END_OF_IMAGE or length < 2 or at + 2 + length > len(data):
            return
        yield Segment(marker, at + 4, length - 2)
        if marker == _START_OF_SCAN:
            return
        at += 2 + length


def read_jpeg_lines(data: Data, tables: Mapping[int, Sequence[int]], lines: StatementLines) -> None:
    """Add the lines of a JPEG file.

    Args:
        data: the file.
        tables: quantisation tables by number, 64 values each in row order (Pillow's `quantization`).
        lines: where to add them.
    """
    segments = tuple(jpeg_segments(data))
    for segment in segments:
        if segment.marker in _FRAMES:
            _add_frame(segment.marker, data[segment.start : segment.start + segment.length], lines)
            break
    quality = estimate_quality(tables)
    if quality is not None:
        how = "exactly these tables" if quality.exact else "nearest match, the tables are others"
        lines.add("JPEG", "Estimated quality", f"{quality.quality} of 100 ({how})")
    lines.add("JPEG", "Segments", _in_a_row([_segment_name(segment, data) for segment in segments]))
    for segment in segments:
        _add_small(segment.marker, data[segment.start : segment.start + segment.length], lines)
    for number, table in sorted(tables.items()):
        lines.add("JPEG", f"Quantisation table {number}", _rows(table))


def jpeg_comments(data: Data) -> tuple[bytes, ...]:
    """The comments of a file; some image generators keep their parameters there."""
    found = (segment for segment in jpeg_segments(data) if segment.marker == _COMMENT)
    return tuple(data[segment.start : segment.start + segment.length] for segment in found)


def _add_small(marker: int, body: bytes, lines: StatementLines) -> None:
    if marker == _COMMENT:
        lines.add("JPEG", "Comment", body)
    elif marker == _RESTART_INTERVAL:
        lines.add("JPEG", "Restart interval", int.from_bytes(body[:2], "big"))
    elif marker == 0xE0 and body[:5] == b"JFIF\0" and len(body) >= 12:
        lines.add("JPEG", "JFIF version", f"{body[5]}.{body[6]:02d}")
    elif marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
        lines.add("JPEG", "Adobe colour transform", body[11])


def _add_frame(marker: int, body: bytes, lines: StatementLines) -> None:
    lines.add("JPEG", "Coding", _PROCESSES.get(marker, f"SOF{marker - 0xC0}"))
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        return
    lines.add("JPEG", "Sample precision", f"{body[0]} bits")
    factors = tuple((body[at] >> 4, body[at] & 15) for at in range(7, 6 + 3 * body[5], 3))
    lines.add("JPEG", "Components", len(factors))
    if len(factors) > 1:
        shown = " ".join(f"{across}×{down}" for across, down in factors)
        lines.add("JPEG", "Chroma subsampling", _SUBSAMPLINGS.get(factors, f"sampling factors {shown}"))


def _segment_name(segment: Segment, data: Data) -> str:
    if 0xE0 <= segment.marker <= 0xEF:
        signature = bytes(data[segment.start : segment.start + min(segment.length, _SIGNATURE_LENGTH)])
        word = signature.partition(b"\0")[0].decode("ascii", "replace")
        shown = word if word.isascii() and word.isprintable() else ""
        return f"APP{segment.marker - 0xE0} {shown}".strip()
    if segment.marker in _FRAMES:
        return f"SOF{segment.marker - 0xC0}"
    return _NAMES.get(segment.marker, f"0xFF{segment.marker:02X}")


def _in_a_row(names: list[str]) -> str:
    counted = ((name, sum(1 for _ in same)) for name, same in groupby(names))
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in counted)


def _rows(table: Sequence[int]) -> str:
    rows = (table[at : at + 8] for at in range(0, len(table), 8))
    return "\n".join(" ".join(f"{value:<3d}" for value in row).rstrip() for row in rows)
