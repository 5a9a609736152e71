"""Folders of issued reports in a case: whole or not there at all.

A report is written into ``reports/.partial-<uid>/``, which has the final name when all of it is on the disk. The mark
``.unissued`` lies in it until the row of the report is kept; what has no row by then was cut short and is swept away. A
folder without the mark is never removed, whatever the database says: it may be all that is left of a report.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import BadInput
from core.store.blobs import sync_folder, told

REPORTS = "reports"
_PARTIAL = ".partial-"
_UNISSUED = ".unissued"
_UID = re.compile("R-[0-9a-f]{12}")


def new_uid() -> str:
    """An id that no other report has."""
    return f"R-{secrets.token_hex(6)}"


def folder_of(case: Path, uid: str) -> Path:
    """Where the files of an issued report lie."""
    if not _UID.fullmatch(uid):
        raise BadInput(f"{uid[:40]!r} is no id of a report. It is R- and twelve hexadecimal digits.")
    return case / REPORTS / uid


@contextmanager
def unfinished(case: Path, uid: str) -> Iterator[Path]:
    """A folder to write a report into; it is gone after the block unless `publish` was called in it."""
    partial = _partial(case, uid)
    if partial.parent.is_symlink():
        raise BadInput(f"{partial.parent} leads out of the case, so no report is written into it. Remove the link.")
    with told(partial, "writing the report"):
        partial.mkdir(parents=True)
        (partial / _UNISSUED).touch()
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write(folder: Path, name: str, data: bytes) -> Path:
    """Write one file of a report and have it on the disk."""
    path = folder / name
    with told(path, "writing the report"), path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return path


def publish(case: Path, uid: str) -> Path:
    """Give a finished report its name; it still counts as unissued until `settle`."""
    final = folder_of(case, uid)
    with told(final, "keeping the report"):
        os.rename(_partial(case, uid), final)  # noqa: PTH104 - this one must not replace
        sync_folder(final.parent)
    return final


def settle(case: Path, uid: str) -> None:
    """Take the mark away once the row of the report is kept; a mark that stays is taken away at the next opening."""
    with suppress(OSError):
        (folder_of(case, uid) / _UNISSUED).unlink(missing_ok=True)


def withdraw(case: Path, uid: str) -> None:
    """Remove a report that was published but never got its row."""
    folder = folder_of(case, uid)
    if (folder / _UNISSUED).exists():
        shutil.rmtree(folder, ignore_errors=True)


def sweep(case: Path, issued: Collection[str]) -> int:
    """Remove what a killed program left half-done, and answer how many; only for who has the case open for writing."""
    place = case / REPORTS
    swept = 0
    with told(place, "clearing away unfinished reports"):
        for left in sorted(place.iterdir()) if place.is_dir() and not place.is_symlink() else []:
            if left.is_symlink() or not left.is_dir():
                continue
            if left.name.startswith(_PARTIAL) or ((left / _UNISSUED).exists() and left.name not in issued):
                shutil.rmtree(left)
                swept += 1
            elif left.name in issued:
                (left / _UNISSUED).unlink(missing_ok=True)
    return swept


def _partial(case: Path, uid: str) -> Path:
    return folder_of(case, uid).with_name(_PARTIAL + uid)
