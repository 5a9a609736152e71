"""Photoshop's image resources (8BIM) and the IPTC-IIM data sets kept in them."""

from __future__ import annotations

from collections.abc import Iterator

from core.imaging.statement_lines import StatementLines

IPTC_RESOURCE, THUMBNAIL_RESOURCE = 0x0404, 0x040C
_THUMBNAIL_HEADER = 28  # bytes before the JPEG data
_CODED_CHARACTER_SET = (1, 90)
_IN_UTF8 = b"\x1b%G"
_MARK = 0x1C
# IPTC-NAA Information Interchange Model 4.2, envelope and application record.
_NAMES = {
    (1, 0): "Model version",
    (1, 70): "Date sent",
    (1, 80): "Time sent",
    (1, 90): "Coded character set",
    (2, 0): "Record version",
    (2, 3): "Object type",
    (2, 4): "Object attribute",
    (2, 5): "Object name",
    (2, 7): "Edit status",
    (2, 10): "Urgency",
    (2, 12): "Subject reference",
    (2, 15): "Category",
    (2, 20): "Supplemental category",
    (2, 22): "Fixture identifier",
    (2, 25): "Keywords",
    (2, 26): "Content location code",
    (2, 27): "Content location name",
    (2, 30): "Release date",
    (2, 35): "Release time",
    (2, 40): "Special instructions",
    (2, 55): "Date created",
    (2, 60): "Time created",
    (2, 62): "Digital creation date",
    (2, 63): "Digital creation time",
    (2, 65): "Originating program",
    (2, 70): "Program version",
    (2, 80): "By-line",
    (2, 85): "By-line title",
    (2, 90): "City",
    (2, 92): "Sub-location",
    (2, 95): "Province or state",
    (2, 100): "Country code",
    (2, 101): "Country",
    (2, 103): "Original transmission reference",
    (2, 105): "Headline",
    (2, 110): "Credit",
    (2, 115): "Source",
    (2, 116): "Copyright notice",
    (2, 118): "Contact",
    (2, 120): "Caption",
    (2, 122): "Caption writer",
}
_BINARY = frozenset({(1, 0), (2, 0), _CODED_CHARACTER_SET})


def photoshop_resources(block: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, data) of the resources in a block of 8BIM entries; stops where the block makes no sense."""
    at = 0
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        number = int.from_bytes(block[at + 4 : at + 6], "big")
        start = at + 6 + (block[at + 6] + 2) // 2 * 2  # the name, with its length, is padded to an even size
        length = int.from_bytes(block[start : start + 4], "big")
        data = block[start + 4 : start + 4 + length]
        yield number, data
        at = start + 4 + (length + 1) // 2 * 2


def thumbnail_in(resource: bytes) -> bytes:
    """The JPEG data in a thumbnail resource, empty when it holds another kind."""
    return resource[_THUMBNAIL_HEADER:] if resource[:4] == b"\0\0\0\1" else b""


def read_iptc_lines(block: bytes, lines: StatementLines) -> None:
    """Add a line for every IPTC data set of a block."""
    in_utf8 = False
    for key, data in _data_sets(block):
        if key == _CODED_CHARACTER_SET:
            in_utf8 = data == _IN_UTF8
        name = _NAMES.get(key, f"Data set {key[0]}:{key[1]}")
        lines.add("IPTC", name, data.hex(" ") if key in _BINARY else _text(data, in_utf8))


def _data_sets(block: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 0
    while at + 5 <= len(block) and block[at] == _MARK:
        length = int.from_bytes(block[at + 3 : at + 5], "big")
        start = at + 5
        if length & 0x8000:  # an extended data set: the length of the length, then the length
            start += length & 0x7FFF
            length = int.from_bytes(block[at + 5 : min(start, at + 13)], "big")
        if start + length > len(block):
            return
        yield (block[at + 1], block[at + 2]), block[start : start + length]
        at = start + length


def _text(data: bytes, in_utf8: bool) -> str:
    if in_utf8:
        return data.decode("utf-8", "replace")
    try:
        return data.decode("utf-8")  # most writers use it without saying so
    except UnicodeDecodeError:
        return data.decode("latin-1")
