"""Which characters a font file has a glyph for."""

from __future__ import annotations

import struct
from pathlib import Path

from core.errors import NotFound


def characters_of(path: Path) -> frozenset[int]:
    """Code points of a TrueType file of the program, from its character map.

    Source: OpenType specification 1.9, table "cmap", formats 4 and 12.

    Raises:
        NotFound: the file is missing.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotFound(
            f"A font of the reports cannot be read: {path}. Reinstall the program, then make the report again."
        ) from error
    tables = struct.unpack_from(">H", data, 4)[0]
    rows = (struct.unpack_from(">4sIII", data, 12 + 16 * index) for index in range(tables))
    start = next(offset for tag, _, offset, _ in rows if tag == b"cmap")
    found: set[int] = set()
    for index in range(struct.unpack_from(">H", data, start + 2)[0]):
        subtable = start + struct.unpack_from(">HHI", data, start + 4 + 8 * index)[2]
        kind = struct.unpack_from(">H", data, subtable)[0]
        if kind == 4:
            found |= _segments(data, subtable)
        elif kind == 12:
            found |= _groups(data, subtable)
    return frozenset(found)


def _segments(data: bytes, at: int) -> set[int]:
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends, starts, deltas, offsets = (
        struct.unpack_from(f">{count}H", data, at + 14 + place)
        for place in (0, 2 * count + 2, 4 * count + 2, 6 * count + 2)
    )
    found: set[int] = set()
    for index, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, last + 1):
            glyph = code
            if offsets[index]:
                place = at + 16 + 6 * count + 2 * index + offsets[index] + 2 * (code - first)
                glyph = struct.unpack_from(">H", data, place)[0]
                if not glyph:
                    continue
            if (glyph + deltas[index]) & 0xFFFF:
                found.add(code)
    found.discard(0xFFFF)
    return found


def _groups(data: bytes, at: int) -> set[int]:
    count = struct.unpack_from(">I", data, at + 12)[0]
    rows = (struct.unpack_from(">III", data, at + 16 + 12 * index) for index in range(count))
    return {code for first, last, glyph in rows for code in range(first, last + 1) if glyph + code - first}
