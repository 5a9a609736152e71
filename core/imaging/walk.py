"""Dropped paths to single files: folders are searched, links to folders not followed, nothing is silently skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.domain import IntakeOutcome
from core.imaging.problems import unreadable_source
from core.imaging.sources import Source


@dataclass(frozen=True, slots=True)
class Found:
    """One path below a dropped one: a file to examine (PENDING), or something that cannot be searched."""

    path: Path
    outcome: IntakeOutcome = IntakeOutcome.PENDING
    reason: str = ""


def files_below(path: Path) -> Iterator[Found]:
    """Every file at or below `path`, folders in the order of their names.

    A dropped link to a folder is followed, because it was chosen; links to folders found on the way are reported
    instead, because they may lead back.
    """
    if not _is_folder(path):
        yield Found(path)
        return
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                inside = sorted((Path(entry.path) for entry in entries), key=lambda entry: entry.name)
        except OSError as error:
            problem = unreadable_source(error, Source(str(folder)).label)
            yield Found(folder, problem.outcome, problem.sentence)
            continue
        folders = {entry: None for entry in inside if _is_folder(entry) and not entry.is_symlink()}
        yield from (_found(entry) for entry in inside if entry not in folders)
        waiting += reversed(folders)


def _found(path: Path) -> Found:
    if not _is_folder(path):
        return Found(path)
    return Found(
        path,
        IntakeOutcome.UNREADABLE,
        f"{Source(str(path)).label} is a link to a folder and was not followed. Take that folder in by itself if it "
        "belongs here.",
    )


def _is_folder(path: Path) -> bool:
    """Whether `path` is a folder or leads to one; False when the system does not tell."""
    try:
        return path.is_dir()
    except OSError:
        return False
