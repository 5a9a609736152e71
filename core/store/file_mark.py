"""The bytes of a database at rest: noted when it is closed, looked at again when it is verified.

SQLite ignores some bytes of its files (free pages, gaps between rows, a few fields of the header), and the log knows
nothing of them. A mark of the whole file, kept outside the case, covers these too; fields of the header that SQLite
moves when a case is merely opened may move.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.installation import FileMark
from core.store.connect import APPLICATION_ID, DATABASE

_HEADER = 100
_CHUNK = 1 << 20
_LARGEST = 1 << 30  # above it, closing a case would be felt
_FIXED = (  # offset, length, what this program's files hold there, what SQLite calls it
    (21, 3, bytes((64, 32, 32)), "the payload fractions"),
    (44, 4, (4).to_bytes(4), "the schema format"),
    (48, 4, bytes(4), "the suggested cache size"),
    (52, 4, bytes(4), "the largest root page"),
    (56, 4, (1).to_bytes(4), "the text encoding"),
    (60, 4, bytes(4), "the user version"),
    (64, 4, bytes(4), "the vacuum mode"),
    (68, 4, APPLICATION_ID.to_bytes(4), "the application id"),
    (72, 20, bytes(20), "the space kept for later"),
)


def mark_of(database: Path) -> FileMark | None:
    """The mark of a database at rest, None for a very large one; raises `OSError`."""
    size = database.stat().st_size
    if size > _LARGEST:
        return None
    digest = hashlib.sha256()
    with database.open("rb") as file:
        header = file.read(_HEADER)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return FileMark(size, header.hex(), digest.hexdigest())


def is_at_rest(folder: Path) -> bool:
    """Whether the database is one file, with nothing beside it that belongs to it."""
    return not any(
        side.exists() and side.stat().st_size for side in (folder / f"{DATABASE}-wal", folder / f"{DATABASE}-journal")
    )


def is_same(then: FileMark, now: FileMark) -> bool:
    """Whether a file is what it was, but for what SQLite moves in the header when a case is opened and let go of."""
    if then == now:
        return True
    old, new = bytes.fromhex(then.header), bytes.fromhex(now.header)
    moved = _counter(new) > _counter(old)
    return moved and (then.size, then.rest, _kept(old)) == (now.size, now.rest, _kept(new))


def header_faults(database: Path, *, at_rest: bool) -> tuple[str, ...]:
    """What in the header of a case's database is not as this program leaves it."""
    with database.open("rb") as file:
        header = file.read(_HEADER)
    if len(header) < _HEADER:
        return ("The header is cut short.",)
    faults = [
        f"The header is not as this program leaves it: {name} (byte {place})."
        for place, length, expected, name in _FIXED
        if header[place : place + length] != expected
    ]
    if header[18] != header[19] or header[18] not in (1, 2):
        faults.append("The header is not as this program leaves it: the journal mode (byte 18).")
    if header[24:28] != header[92:96]:
        faults.append("The header is not as this program leaves it: the counter of changes (byte 24).")
    if not 3_000_000 <= int.from_bytes(header[96:100]) < 4_000_000:
        faults.append("The header is not as this program leaves it: the version of SQLite (byte 96).")
    page = int.from_bytes(header[16:18]) or 1
    page = 65536 if page == 1 else page
    if at_rest and int.from_bytes(header[28:32]) * page != database.stat().st_size:
        faults.append("The header states another size than the file has (byte 28).")
    return tuple(faults)


def _counter(header: bytes) -> int:
    return int.from_bytes(header[24:28])


def _kept(header: bytes) -> bytes:
    """The header without journal mode, counter of changes, schema cookie, and version of SQLite."""
    return header[:18] + header[20:24] + header[28:40] + header[44:92]
