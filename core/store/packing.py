"""A whole case as one ZIP file: a consistent copy of the database, the evidence, the reports, and a list of hashes.

What can be derived again (thumbnails, heat maps) and backups from before migrations are left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.custody import PackedCase
from core.errors import BadInput, CaseDamaged, error_from_os
from core.progress import Progress
from core.store import blobs
from core.store.connect import DATABASE, open_for_reading
from core.store.copies import PrivateCopy
from core.store.faults import sentences

SUFFIX = ".dnacase.zip"
LIST_NAME = "archive.json"
SCHEMA = "dna-det-archive/1"
REPORTS = "reports"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    file: Path
    sha256: str | None  # what its name or the database promises; None: whatever it is


def pack(folder: Path, database: Path, target: Path, progress: Progress) -> PackedCase:
    """Write a case into one file, which appears under its name only when it is complete.

    Args:
        folder: the case bundle.
        database: the file that is read; that of the case, or a private copy.
        target: the archive to make; ``.dnacase.zip`` is appended when it is missing.
        progress: report and cancel point, in bytes.

    Raises:
        BadInput: something lies at `target` already, or `target` lies inside the case.
        CaseDamaged: an evidence file is not what its name says; nothing is left behind.
        DiskFull, NoPermission, CoreError: the drive refused; nothing is left behind.
    """
    target = _named(target.absolute())
    _require_free(folder, target)
    partial = target.with_name(f".{secrets.token_hex(4)}.partial")
    try:
        with sentences(folder, doing="copying the database of the case"):
            copy = _copied(database)
        with closing(copy):
            members = tuple(_members(folder, copy.database))
            progress.start("Archiving", sum(member.file.stat().st_size for member in members), "bytes")
            _write(partial, folder, members, progress)
        packed = PackedCase(target, _digest_of(partial), partial.stat().st_size, len(members))
        _publish(partial, target)
    except OSError as error:
        raise error_from_os(error, target, doing="writing the archive") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return packed


def _named(target: Path) -> Path:
    return target if target.name.endswith(SUFFIX) else target.with_name(target.name + SUFFIX)


def _require_free(folder: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise BadInput(f"{target} exists already. Choose another name for the archive.")
    if target.is_relative_to(folder.absolute()):
        raise BadInput(f"{target} lies inside the case itself. Choose a place outside of it.")
    if not target.parent.is_dir():
        raise BadInput(f"There is no folder {target.parent} to write the archive into.")


def _copied(database: Path) -> PrivateCopy:
    with closing(open_for_reading(database)) as connection:
        return PrivateCopy.through(connection)


def _members(folder: Path, database: Path) -> Iterator[_Member]:
    yield _Member(DATABASE, database, None)
    for place in sorted((folder / blobs.EVIDENCE).glob("[0-9a-f][0-9a-f]")):
        for file in sorted(place.iterdir()):
            if blobs.is_sha256(file.name) and file.is_file() and not file.is_symlink():
                yield _Member(f"{blobs.EVIDENCE}/{place.name}/{file.name}", file, file.name)
    for file in sorted((folder / REPORTS).glob("R-*/*")):
        if file.is_file() and not file.is_symlink():
            yield _Member(f"{REPORTS}/{file.parent.name}/{file.name}", file, None)


def _write(partial: Path, folder: Path, members: tuple[_Member, ...], progress: Progress) -> None:
    with zipfile.ZipFile(partial, "x", allowZip64=True) as archive:
        listed = [_add(archive, member, progress) for member in members]
        about = {
            "schema": SCHEMA,
            "case": folder.name,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": listed,
        }
        archive.writestr(LIST_NAME, json.dumps(about, indent=1), zipfile.ZIP_DEFLATED)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())


def _add(archive: zipfile.ZipFile, member: _Member, progress: Progress) -> dict[str, str | int]:
    """Add one file; images are compressed already and only the database gains from it."""
    info = zipfile.ZipInfo(member.name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED if member.name == DATABASE else zipfile.ZIP_STORED
    info.external_attr = 0o644 << 16
    info.file_size = member.file.stat().st_size
    digest, size = hashlib.sha256(), 0
    with member.file.open("rb") as source, archive.open(info, "w") as out:
        while chunk := source.read(_CHUNK):
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            progress.step(len(chunk))
    if member.sha256 not in (None, digest.hexdigest()):
        raise CaseDamaged(
            f"The evidence file {member.file} no longer has the bytes its name stands for; no archive was written. "
            "Verify the case to see what changed, and restore the file from a copy."
        )
    return {"path": member.name, "sha256": digest.hexdigest(), "size": size}


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _publish(partial: Path, target: Path) -> None:
    """Give the archive its name without replacing anything that came up meanwhile."""
    if os.path.lexists(target):
        raise BadInput(f"{target} exists already. Choose another name for the archive.")
    os.replace(partial, target)
