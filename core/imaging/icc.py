"""What a colour profile (ICC) says of itself, read from its header and its description."""

from __future__ import annotations

from core.imaging.statement_lines import StatementLines

_HEADER = 132  # the header and the count of tags
_MOST_TAGS = 200
_TEXT_KINDS = ((b"desc", "Description"), (b"cprt", "Copyright"), (b"dmnd", "Maker"), (b"dmdd", "Model"))


def read_icc_lines(profile: bytes, lines: StatementLines) -> None:
    """Add the lines of a profile (ICC.1:2022, sections 7.2 and 10)."""
    lines.add("ICC", "Size", f"{len(profile):,} bytes")
    if len(profile) < _HEADER or profile[36:40] != b"acsp":
        lines.say("The colour profile is damaged and could not be read.")
        return
    tags = _tags(profile)
    for kind, name in _TEXT_KINDS:
        lines.add("ICC", name, _text(tags.get(kind, b"")))
    lines.add("ICC", "Colour space", profile[16:20])
    lines.add("ICC", "Class", profile[12:16])
    lines.add("ICC", "Version", f"{profile[8]}.{profile[9] >> 4}.{profile[9] & 15}")
    lines.add("ICC", "Connection space", profile[20:24])
    lines.add("ICC", "Creator", profile[80:84])
    lines.add("ICC", "Created", _date(profile[24:36]))


def _tags(profile: bytes) -> dict[bytes, bytes]:
    count = min(int.from_bytes(profile[128:132], "big"), _MOST_TAGS)
    found = {}
    for at in range(_HEADER, _HEADER + 12 * count, 12):
        entry = profile[at : at + 12]
        start, length = int.from_bytes(entry[4:8], "big"), int.from_bytes(entry[8:12], "big")
        found[entry[:4]] = profile[start : start + length]
    return found


def _text(element: bytes) -> str:
    """Text of an element of type `desc`, `text` or `mluc` (its first language)."""
    kind, body = element[:4], element[8:]
    if kind == b"desc":
        return body[4 : 4 + int.from_bytes(body[:4], "big")].decode("latin-1")
    if kind == b"text":
        return body.decode("latin-1")
    if kind == b"mluc":
        length, start = int.from_bytes(element[20:24], "big"), int.from_bytes(element[24:28], "big")
        return element[start : start + length].decode("utf-16-be", "replace")
    return ""


def _date(field: bytes) -> str:
    year, *rest = (int.from_bytes(field[at : at + 2], "big") for at in range(0, 12, 2))
    if not year:
        return ""
    month, day, hour, minute, second = rest
    return f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
