"""ZIP archives as bundles of sources: names are labels and never become paths, sizes are claims and never believed."""

from __future__ import annotations

import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from core.domain import IntakeOutcome
from core.imaging.formats import ARCHIVE_STARTS, is_archive_name
from core.imaging.problems import Undecodable, unreadable_source
from core.imaging.sources import CHUNK_BYTES, Limits, Source

_DRIVE = re.compile(r"^[A-Za-z]:")
_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30
_SUPPORTED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_STEADY = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_SMALL_PIECE = 4096
_ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
    EOFError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside an archive.

    Attributes:
        source: what to hand to `intake_worker.examine`; its member name is unique within the archive.
        size_bytes: unpacked size as the archive claims it.
        outcome: PENDING when the member may be examined, else what the intake report says of it.
        reason: a sentence for the refusal, else "".
    """

    source: Source
    size_bytes: int
    outcome: IntakeOutcome = IntakeOutcome.PENDING
    reason: str = ""


def is_archive(path: Path) -> bool:
    """Whether a file begins like a ZIP archive; False for anything that cannot be read."""
    try:
        if not path.is_file():  # opening a named pipe would block
            return False
        with path.open("rb") as stream:
            return stream.read(4) in ARCHIVE_STARTS
    except (OSError, ValueError):
        return False


def list_members(path: Path, limits: Limits) -> tuple[Member, ...]:
    """The files of an archive in its own order, folders left out, each fit for examination or refused with a reason.

    Two members of one name are told apart by "#2", "#3", … behind the name of the later ones.

    Raises:
        Undecodable: the archive as a whole is damaged, cannot be read, or is a bomb.
    """
    label = Source(str(path)).label
    with _opened(path, label) as archive:
        named = _named(archive)
        _refuse_bombs(archive, label, limits)
        return tuple(_member(str(path), name, info, limits) for name, info in named.items())


def member_chunks(source: Source, limits: Limits) -> Iterator[bytes]:
    """The unpacked bytes of one member, checked against its checksum and against `limits` while they come.

    Raises:
        Undecodable: the member is gone, unsafe, damaged or larger than allowed.
    """
    with _unpacking(source.label):
        archive, named = _remembered(source.path, *_identity(source))
        info = named.get(source.member or "")
        if info is None:
            raise Undecodable(IntakeOutcome.VANISHED, f"{source.label} is not in the archive any more.")
        member = _member(source.path, source.member or "", info, limits)
        if member.outcome is not IntakeOutcome.PENDING:
            raise Undecodable(member.outcome, member.reason)
        with archive.open(info) as stream:
            # Never more than the claimed size comes out; bzip2 and LZMA unpack whatever they are fed at once, so they
            # are fed little.
            piece = CHUNK_BYTES if info.compress_type in _STEADY else _SMALL_PIECE
            while chunk := stream.read(piece):
                yield chunk


def forget_archives() -> None:
    """Close the archive that was kept open for its next member."""
    _remembered.cache_clear()


@lru_cache(maxsize=1)
def _remembered(path: str, *_identity: int) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """An archive and its members by unique name, kept from member to member: reading the directory takes long."""
    archive = zipfile.ZipFile(path)
    return archive, _named(archive)


def _identity(source: Source) -> tuple[int, int, int]:
    facts = Path(source.path).stat()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


@contextmanager
def _opened(path: Path, label: str) -> Iterator[zipfile.ZipFile]:
    with _unpacking(label), zipfile.ZipFile(path) as archive:
        yield archive


@contextmanager
def _unpacking(label: str) -> Iterator[None]:
    """Turn whatever an archive can raise into an outcome."""
    try:
        yield
    except EOFError as error:
        raise Undecodable(
            IntakeOutcome.TRUNCATED, f"{label} is cut off inside its archive. Ask for the complete archive."
        ) from error
    except _ARCHIVE_ERRORS as error:
        if isinstance(error, OSError) and error.errno:
            raise unreadable_source(error, label) from error
        raise Undecodable(
            IntakeOutcome.DAMAGED,
            f"{label} cannot be unpacked: the archive is damaged or cut off. Ask for another copy of the archive.",
        ) from error


def _named(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Members by unique name in the archive's order, folders left out."""
    named: dict[str, zipfile.ZipInfo] = {}
    counts: dict[str, int] = {}
    for info in archive.infolist():
        if info.is_dir():
            continue
        name = info.filename
        while name in named:
            counts[info.filename] = counts.get(info.filename, 1) + 1
            name = f"{info.filename}#{counts[info.filename]}"
        named[name] = info
    return named


def _member(path: str, name: str, info: zipfile.ZipInfo, limits: Limits) -> Member:
    source = Source(path, name)
    outcome, problem = _problem(info, limits)
    reason = f"{source.label} {problem}" if problem else ""
    return Member(source, info.file_size, outcome, reason)


def _problem(info: zipfile.ZipInfo, limits: Limits) -> tuple[IntakeOutcome, str]:
    unsafe, kind = IntakeOutcome.UNSAFE_ARCHIVE, stat.S_IFMT(info.external_attr >> 16)
    rows = (
        (_leads_outside(info.filename), unsafe, "has a name that leads out of the archive. It was not unpacked."),
        (kind == stat.S_IFLNK, unsafe, "is a link, not a file. It was not followed."),
        (kind not in (0, stat.S_IFREG, stat.S_IFLNK), unsafe, "is not an ordinary file. It was not unpacked."),
        (bool(info.flag_bits & _ENCRYPTED), unsafe, "is encrypted. Unpack it with its password and take it in."),
        (_is_bomb(info, limits), unsafe, "unpacks to a suspicious size, like a bomb. It was not unpacked."),
        (
            info.compress_type not in _SUPPORTED,
            IntakeOutcome.UNREADABLE,
            "is packed in a way that cannot be read here. Unpack it and take it in.",
        ),
        (
            is_archive_name(info.filename),
            IntakeOutcome.NOT_AN_IMAGE,
            "is an archive inside an archive. Unpack the outer one and take the inner one in.",
        ),
    )
    return next(((outcome, text) for applies, outcome, text in rows if applies), (IntakeOutcome.PENDING, ""))


def _leads_outside(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == "" or bool(_DRIVE.match(name))


def _is_bomb(info: zipfile.ZipInfo, limits: Limits) -> bool:
    if info.file_size > limits.member_bytes:
        return True
    return (
        info.file_size > limits.ratio_from_bytes and info.file_size > max(info.compress_size, 1) * limits.archive_ratio
    )


def _refuse_bombs(archive: zipfile.ZipFile, label: str, limits: Limits) -> None:
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    problem = ""
    if len(infos) > limits.archive_members:
        problem = f"holds {len(infos)} entries, more than {limits.archive_members}"
    elif total > limits.archive_bytes:
        problem = f"claims to unpack to {total / (1 << 30):.0f} GB, more than {limits.archive_bytes / (1 << 30):.0f} GB"
    elif _overlaps(infos):
        problem = "packs several members into the same bytes, as bombs do"
    if problem:
        raise Undecodable(
            IntakeOutcome.UNSAFE_ARCHIVE,
            f"The archive {label} {problem}. Nothing was unpacked; unpack it elsewhere and take the files in.",
        )


def _overlaps(infos: list[zipfile.ZipInfo]) -> bool:
    spans = sorted((info.header_offset, info.compress_size) for info in infos)
    return any(start + _LOCAL_HEADER_BYTES + packed > following for (start, packed), (following, _) in pairwise(spans))
