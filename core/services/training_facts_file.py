"""The facts of a draft's images, kept beside the draft: a file that did not change is not read twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.errors import error_from_os
from core.imaging.training_facts import TrainingFacts
from core.whole_file import replace_file

_FILE, _THUMBNAILS = "facts.json", "thumbnails"
_FORMAT = "dna-det training facts 1"
_SHA256_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one file: its facts without the thumbnail, or why it cannot be read; and when that was so."""

    size_bytes: int
    changed_ns: int
    facts: TrainingFacts | None
    problem: str = ""


class FactsFile:
    """Facts by path, and small pictures by SHA-256.

    Args:
        folder: of the draft; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known = _read(folder / _FILE) if folder else {}

    def get(self, path: Path) -> Kept | None:
        """What is known of a file that did not change since; None when it has to be read."""
        kept = self._known.get(str(path))
        if kept is None or _stamp(path) != (kept.size_bytes, kept.changed_ns):
            return None
        return kept if kept.facts is None or self._has_picture(kept.facts.sha256) else None

    def put(self, path: Path, facts: TrainingFacts | None, problem: str = "") -> None:
        """Keep what was found, and write the small picture."""
        size, changed = _stamp(path)
        self._known[str(path)] = Kept(size, changed, facts, problem)
        if facts is not None and self._folder and not self._has_picture(facts.sha256):
            picture = self._folder / _THUMBNAILS / f"{facts.sha256}.jpg"
            try:
                picture.parent.mkdir(parents=True, exist_ok=True)
                picture.write_bytes(facts.thumbnail)
            except OSError as error:
                picture.unlink(missing_ok=True)
                raise error_from_os(error, picture, doing="writing a thumbnail") from error

    def save(self) -> None:
        """Write all of it.

        Raises:
            DiskFull, NoPermission, CoreError: as the sentence says.
        """
        if self._folder:
            files = {path: _plain(kept) for path, kept in self._known.items()}
            content = json.dumps({"format": _FORMAT, "files": files}, ensure_ascii=True)
            replace_file(self._folder / _FILE, content, doing="keeping the facts of the images")

    def _has_picture(self, sha256: str) -> bool:
        return self._folder is None or (self._folder / _THUMBNAILS / f"{sha256}.jpg").is_file()


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


def _plain(kept: Kept) -> dict[str, Any]:
    facts = None if kept.facts is None else {**asdict(kept.facts), "thumbnail": ""}
    return {"size_bytes": kept.size_bytes, "changed_ns": kept.changed_ns, "facts": facts, "problem": kept.problem}


def _read(path: Path) -> dict[str, Kept]:
    """What was kept; nothing when the file is damaged, because everything in it can be read again."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rows: Mapping[str, Any] = found["files"] if found["format"] == _FORMAT else {}
        return {name: _kept(row) for name, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _kept(row: Mapping[str, Any]) -> Kept:
    facts = None if row["facts"] is None else _facts(row["facts"])
    return Kept(int(row["size_bytes"]), int(row["changed_ns"]), facts, str(row["problem"]))


def _facts(row: Mapping[str, Any]) -> TrainingFacts:
    values = {field.name: row[field.name] for field in fields(TrainingFacts)}
    sha256, colours = values["sha256"], _numbers(values["colours"])
    if len(sha256) != _SHA256_CHARACTERS or not sha256.isalnum():
        raise ValueError(sha256)
    return TrainingFacts(**{**values, "colours": colours, "thumbnail": b""})


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
