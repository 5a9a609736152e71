"""What the files of a case say that lie beside its database: evidence and issued reports."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.custody import Claim, EvidenceProblem
from core.errors import CoreError
from core.imaging.problems import Undecodable
from core.imaging.sources import file_chunks
from core.progress import Progress
from core.services.integrity import Megabytes, problem_of
from core.services.log_claims import claim_of, share, unchecked
from core.store import blobs
from core.store.log_check import shown_time
from core.store.rechecks import KeptBytes
from core.store.report_folders import REPORTS

INTACT, NOTHING_ADDED, REPORTS_INTACT = "evidence intact", "nothing added", "reports intact"
_PENDING = (
    "SELECT coalesce(sum(remaining), 0) FROM intake_batch"  # an intake that was cut short has kept files without rows
)
_CHECKS = "SELECT at, problems, complete, exhibits FROM recheck ORDER BY id"
_KEEPS_CHECKS = "SELECT count(*) FROM sqlite_schema WHERE name = 'recheck'"
_MOST_NAMED = 100
_UNFINISHED = (".partial-", ".unissued")


def evidence_intact(connection: sqlite3.Connection, folder: Path, progress: Progress) -> Claim:
    """Whether the bytes of every exhibit are those that were taken in."""
    exhibits = [
        (KeptBytes(number, str(sha256), int(size)), str(taken))
        for number, sha256, size, taken in connection.execute("SELECT id, sha256, size_bytes, taken_at FROM exhibit")
    ]
    megabytes = Megabytes(progress, sum(one.size_bytes for one, _ in exhibits))
    faults = []
    checks = _whole_checks(connection)
    for exhibit, taken in exhibits:
        problem = _problem(exhibit, folder, megabytes)
        if problem:
            faults.append(f"{problem} {_last_intact(exhibit.sha256, taken, checks)}")
        megabytes.reach(exhibit.size_bytes)
    megabytes.finish()
    failed = f"{share(len(faults), len(exhibits), 'exhibits')} not what was taken in."
    return claim_of(INTACT, faults, failed, f"All {len(exhibits)} exhibits have the bytes that were taken in.")


def nothing_added(connection: sqlite3.Connection, folder: Path) -> Claim:
    """Whether every file in the evidence folder belongs to an exhibit."""
    known = {str(row[0]) for row in connection.execute("SELECT sha256 FROM exhibit")}
    strangers = [path for path in _files(folder / blobs.EVIDENCE) if not _belongs(path, folder, known)]
    waiting = int(connection.execute(_PENDING).fetchone()[0])
    left = [path for path in strangers if waiting and _is_named_by_its_bytes(path)][:waiting]
    faults = [f"The file {path} belongs to no exhibit of the case." for path in strangers if path not in left]
    remarks = [f"{len(left)} files were kept by an intake that is not finished yet."] if left else []
    failed = f"{share(len(faults), len(known) + len(faults), 'files of evidence')} no exhibit of the case."
    return claim_of(NOTHING_ADDED, faults, failed, "The evidence folder holds the exhibits and nothing else.", remarks)


def reports_intact(connection: sqlite3.Connection, folder: Path) -> Claim:
    """Whether the files of every issued report are those that were issued."""
    issued = {str(uid): str(files) for uid, files in connection.execute("SELECT uid, files FROM issued_report")}
    faults = [fault for uid, files in issued.items() for fault in _report_faults(folder / REPORTS / uid, uid, files)]
    others = [path for path in _children(folder / REPORTS) if path.name not in issued]
    unfinished = [path for path in others if _is_unfinished(path)]
    faults += [f"The folder {path} belongs to no report that was issued." for path in others if path not in unfinished]
    remarks = [
        f"{path} calls itself unfinished. It is no report that was issued; do not believe it."
        for path in unfinished[:_MOST_NAMED]
    ]
    if unfinished[_MOST_NAMED:]:
        remarks.append(f"… and {len(unfinished) - _MOST_NAMED} more that call themselves unfinished.")
    if not issued and not faults:
        return unchecked(REPORTS_INTACT, "No report was issued.", *remarks)
    failed = "Files of issued reports are not what was issued."
    passed = f"The files of all {len(issued)} reports are those that were issued."
    return claim_of(REPORTS_INTACT, faults, failed, passed, remarks)


def _problem(exhibit: KeptBytes, folder: Path, megabytes: Megabytes) -> str:
    try:
        path = blobs.evidence_path(folder, exhibit.sha256)
    except CoreError as error:  # the row itself is damaged
        return str(error)
    if path.is_symlink():
        return f"The evidence file {path} is a link to somewhere else."
    found: EvidenceProblem | None = problem_of(exhibit, path, megabytes)
    return found.sentence if found else ""


def _whole_checks(connection: sqlite3.Connection) -> list[tuple[str, frozenset[str]]]:
    """Time of every check of all exhibits, newest first, and what it found not to be intact."""
    checks: list[tuple[str, frozenset[str]]] = []
    if not connection.execute(_KEEPS_CHECKS).fetchone()[0]:
        return checks  # an older program's case
    for at, kept, complete, count in connection.execute(_CHECKS):
        try:
            said = json.loads(kept)
            found = frozenset(str(one["sha256"]) for one in said["found"])
            if complete and count >= int(said["in_case"]):
                checks.append((str(at), found))
        except (ValueError, KeyError, TypeError):
            continue  # an edited row, told of where rows are compared
    return checks[::-1]


def _last_intact(sha256: str, taken: str, checks: list[tuple[str, frozenset[str]]]) -> str:
    for at, found in checks:
        if sha256 not in found and at > taken:
            return f"It was last found intact on {shown_time(at)}."
    return f"It was taken in on {shown_time(taken)}, and no check of all exhibits found it intact since."


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        if Path(place) == folder and blobs.INCOMING in folders:
            folders.remove(blobs.INCOMING)  # half-made copies, swept away at the next opening
        yield from (Path(place) / name for name in names)
        yield from (Path(place) / name for name in folders if (Path(place) / name).is_symlink())


def _belongs(path: Path, folder: Path, known: set[str]) -> bool:
    return path.name in known and path == blobs.evidence_path(folder, path.name) and path.is_file()


def _is_named_by_its_bytes(path: Path) -> bool:
    return path.parent.name == path.name[:2] and _digest(path) == path.name


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        for chunk in file_chunks(path, str(path)):
            digest.update(chunk)
    except Undecodable:
        return ""
    return digest.hexdigest()


def _report_faults(folder: Path, uid: str, files: str) -> Iterator[str]:
    try:
        kept: dict[str, Any] = {str(one["name"]): one for one in json.loads(files)}
    except (ValueError, KeyError, TypeError):
        yield f"The list of files of report {uid[:40]} cannot be read."
        return
    for name, one in kept.items():
        path = folder / Path(name).name
        if Path(name).name != name or not path.is_file() or path.is_symlink():
            yield f"The file {path} of report {uid} is missing."
        elif _digest(path) != one.get("sha256"):
            yield f"The file {path} of report {uid} is not what was issued: its SHA-256 is another one."
    for path in _children(folder):
        if path.name not in kept and path.name not in _UNFINISHED:
            yield f"The file {path} was not issued with report {uid}."


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(_UNFINISHED) or (path / _UNFINISHED[1]).exists()


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
