"""Bringing a case back out of an archive, which is a stranger's file: every name, size and hash is checked."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadInput, DiskFull, NotFound, error_from_os
from core.paths import CASE_SUFFIX
from core.progress import Progress
from core.store import blobs
from core.store.connect import DATABASE
from core.store.packing import LIST_NAME, REPORTS, SCHEMA, SUFFIX

_EVIDENCE = re.compile(rf"{blobs.EVIDENCE}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})")
_REPORT = re.compile(rf"{REPORTS}/R-[0-9a-f]{{12}}/[A-Za-z0-9][A-Za-z0-9._-]{{0,120}}")
_MOST_FILES = 2_000_000
_ODD = 1_000
_LIST_ROOM, _ROW_ROOM = 64 << 10, 400  # bytes of the list, and for each file; the longest row has some 300
_RATIO = 200  # a database of text shrinks to a tenth; a thousandth is a bomb
_SMALL = 1 << 20
_CHUNK = 1 << 20
_ENCRYPTED = 0x1
_STEADY = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the archive's own list says of one file."""

    sha256: str
    size: int


def unpack(archive: Path, parent: Path, progress: Progress, name: str = "") -> Path:
    """Bring a case back; its folder appears under its name only when every file had the hash that the list gives.

    Args:
        archive: a file that `core.store.packing.pack` made.
        parent: the folder that the case is to lie in.
        progress: report and cancel point, in bytes.
        name: of the case's folder; "" takes that of the archive.

    Returns:
        The case bundle. Whether its database is sound is asked when it is opened.

    Raises:
        NotFound: there is no such archive or folder.
        BadInput: it is no archive of a case, is damaged, or holds something that no case holds; the folder exists.
        DiskFull, NoPermission, CoreError: the drive refused; nothing is left behind.
    """
    target = parent.absolute() / _folder_name(archive, name)
    _require_places(archive, parent, target)
    partial = target.with_name(f".{secrets.token_hex(4)}{CASE_SUFFIX}.partial")
    try:
        with _told(archive), zipfile.ZipFile(archive) as opened:
            listed = _listed(archive, opened)
            _require_space(archive, parent, listed)
            progress.start("Unpacking", sum(one.size for one in listed.values()), "bytes")
            blobs.make_folders(partial)
            for info in opened.infolist():
                if info.filename != LIST_NAME:
                    _extract(archive, opened, info, listed[info.filename], partial, progress)
        if os.path.lexists(target):
            raise _taken(target)
        os.rename(partial, target)  # noqa: PTH104 - beside os.replace elsewhere: this one must not replace
    except OSError as error:
        raise error_from_os(error, target, doing="unpacking the case") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _folder_name(archive: Path, name: str) -> str:
    chosen = name or archive.name.removesuffix(".zip")
    chosen = chosen if chosen.endswith(CASE_SUFFIX) else chosen + CASE_SUFFIX
    if Path(chosen).name != chosen or chosen == CASE_SUFFIX:
        raise BadInput(f"{name!r} is no name for a folder. Give a name without slashes.")
    return chosen


def _require_places(archive: Path, parent: Path, target: Path) -> None:
    if not archive.is_file():
        raise NotFound(f"{archive} does not exist, or is a folder. Choose a file whose name ends in {SUFFIX}.")
    if not parent.is_dir():
        raise NotFound(f"There is no folder {parent} to unpack the case into.")
    if os.path.lexists(target):
        raise _taken(target)


def _taken(target: Path) -> BadInput:
    return BadInput(f"{target} exists already. Choose another folder, or another name for the case.")


def _refused(archive: Path, what: str) -> BadInput:
    return BadInput(f"{archive} was not unpacked: {what}. Nothing was written. Get the archive anew from who made it.")


def _listed(path: Path, archive: zipfile.ZipFile) -> Mapping[str, _Listed]:
    """The list of the archive, once every member agrees with it and is something that a case holds."""
    infos = archive.infolist()
    if len(infos) > _MOST_FILES:
        raise _refused(path, f"it holds {len(infos):,} files")
    names = [info.filename for info in infos]
    if LIST_NAME not in names:
        raise _refused(path, f"it holds no {LIST_NAME}, so it is no archive of a case")
    if len({name.casefold() for name in names}) != len(names):
        raise _refused(path, "two of its files have the same name")
    listed = _read_list(path, archive)
    for info in infos:
        _require_harmless(path, info)
    if odd := sorted(set(listed) ^ (set(names) - {LIST_NAME})):
        raise _refused(path, f"its list and its contents differ: {_shown(odd[0])}")
    if DATABASE not in listed:
        raise _refused(path, f"it holds no {DATABASE}")
    return listed


def _read_list(path: Path, archive: zipfile.ZipFile) -> Mapping[str, _Listed]:
    info, members = archive.getinfo(LIST_NAME), len(archive.infolist())
    if info.file_size > _LIST_ROOM + _ROW_ROOM * members or _is_bomb(info):
        raise _refused(path, f"its {LIST_NAME} is larger than any case needs")
    try:
        content = archive.read(info)
        if max(content.count(b"{"), content.count(b"[")) > 2 * members + _ODD:  # rows of nothing take most memory
            raise _refused(path, f"its {LIST_NAME} is not as this program writes it")
        about: Any = json.loads(content)
        if about["schema"] != SCHEMA:
            raise _refused(path, f"it was written by a newer version of this program ({_shown(about['schema'])})")
        return {str(row["path"]): _Listed(str(row["sha256"]), int(row["size"])) for row in about["files"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refused(path, f"its {LIST_NAME} cannot be read") from error


def _require_harmless(path: Path, info: zipfile.ZipInfo) -> None:
    name, kind = info.filename, info.external_attr >> 16
    if name not in (LIST_NAME, DATABASE) and not _EVIDENCE.fullmatch(name) and not _REPORT.fullmatch(name):
        raise _refused(path, f"it holds {_shown(name)}, which no case holds")
    if kind and not stat.S_ISREG(kind) and stat.S_IFMT(kind):
        raise _refused(path, f"its {_shown(name)} is a link or a device")
    if info.flag_bits & _ENCRYPTED:
        raise _refused(path, f"its {_shown(name)} is encrypted")
    if info.compress_type not in _STEADY:
        raise _refused(path, f"its {_shown(name)} is compressed in a way that this program never uses")
    if _is_bomb(info):
        raise _refused(path, f"its {_shown(name)} claims to unpack to more than {_RATIO} times its size")


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > max(_SMALL, info.compress_size * _RATIO)


def _require_space(path: Path, parent: Path, listed: Mapping[str, _Listed]) -> None:
    needed, free = sum(one.size for one in listed.values()), shutil.disk_usage(parent).free
    if needed > free:
        raise DiskFull(
            f"Unpacking {path} needs {needed / 1e6:,.0f} MB, but there are {free / 1e6:,.0f} MB left at {parent}. "
            "Free some space, or choose another drive."
        )


def _extract(
    path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, listed: _Listed, folder: Path, progress: Progress
) -> None:
    evidence = _EVIDENCE.fullmatch(info.filename)
    if evidence and evidence[2] != listed.sha256:
        raise _refused(path, f"the list gives {_shown(info.filename)} another hash than its name")
    target = folder.joinpath(*info.filename.split("/"))
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with archive.open(info) as source, target.open("xb") as out:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > listed.size:
                break
            digest.update(chunk)
            out.write(chunk)
            progress.step(len(chunk))
        out.flush()
        os.fsync(out.fileno())
    if size != listed.size or digest.hexdigest() != listed.sha256:
        raise _refused(path, f"{_shown(info.filename)} does not have the bytes that the list gives")
    if evidence:
        target.chmod(_READ_ONLY)


def _shown(text: object) -> str:
    """Text from a stranger's file, fit for one line."""
    return "".join(character if character.isprintable() else "\ufffd" for character in str(text)[:100])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, NotImplementedError, EOFError, struct.error, zlib.error) as error:
        raise _refused(path, "it is damaged, or no ZIP archive at all") from error
