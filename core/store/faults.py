"""Turns what SQLite and the operating system raise into sentences; programming errors pass through unchanged."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from core.errors import (
    CaseDamaged,
    CaseInUse,
    CoreError,
    DiskFull,
    NoPermission,
    NotFound,
    ReadOnlyCase,
    error_from_os,
)
from core.store.columns import Malformed

_NEARLY_FULL_BYTES = 1 << 20


@contextmanager
def sentences(case: Path, *, doing: str) -> Iterator[None]:
    """Raise a `CoreError` for every failure of the drive, the file or SQLite that is not a mistake of ours.

    Args:
        case: the case folder, named in the sentence.
        doing: what was being done, as a gerund phrase ("writing to the case").
    """
    try:
        yield
    except Malformed as error:
        raise damaged(case, str(error)) from error
    except UnicodeDecodeError as error:  # SQLite's words about a damaged file quote the damage
        raise damaged(case, "a text cannot be read") from error
    except DBAPIError as error:
        raise _told(error, error.orig, case, doing) from error
    except sqlite3.Error as error:
        raise _told(error, error, case, doing) from error
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else case
        raise error_from_os(error, Path(place), doing=doing) from error


def primary_code(error: BaseException | None) -> int:
    """SQLite's primary result code of an error, 0 where there is none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _told(raised: Exception, origin: BaseException | None, case: Path, doing: str) -> Exception:
    if "Could not decode to UTF-8" in str(origin):
        return damaged(case, "a text cannot be read")
    sentence = _SENTENCES.get(primary_code(origin))
    return raised if sentence is None else sentence(case, doing)


def _full(case: Path, doing: str) -> CoreError:
    return DiskFull(
        f"There is no space left while {doing} at {case}. Free some space and try again; "
        "the case is as it was before this step."
    )


def _damaged(case: Path, doing: str) -> CoreError:
    return damaged(case, f"while {doing}, SQLite found it malformed")


def damaged(case: Path, what: str) -> CaseDamaged:
    """The sentence for a case whose database cannot be trusted; `what` says what was found."""
    return CaseDamaged(
        f"The database of the case {case} is damaged: {what}. Nothing was changed. Go back to a copy of the case; "
        "the images in its evidence folder are not part of the database."
    )


def read_only_refusal(case: Path) -> ReadOnlyCase:
    """The sentence for a write to a case that is open read-only."""
    return ReadOnlyCase(f"The case {case} is open read-only. Close it and open it for writing to change it.")


def _failed_drive(case: Path, doing: str) -> CoreError:
    try:
        free = shutil.disk_usage(case).free
    except OSError:
        return NotFound(f"The case {case} could not be reached while {doing}. Check whether its drive is connected.")
    if free < _NEARLY_FULL_BYTES:
        return _full(case, doing)
    return CoreError(
        f"The drive failed while {doing} at {case}; the case is as it was before this step. "
        "Check the drive's connection and your quota on it, then try again."
    )


def _refused(case: Path, doing: str) -> CoreError:
    return NoPermission(
        f"No permission while {doing} at {case}. Open the case read-only, or ask for the right to write to its folder."
    )


def _unreachable(case: Path, doing: str) -> CoreError:
    return NotFound(
        f"The database of the case {case} could not be opened while {doing}. "
        "Check that the folder still exists and its drive is connected."
    )


def _busy(case: Path, doing: str) -> CoreError:  # noqa: ARG001 - same form as its neighbours
    return CaseInUse(case, "another program holds its database")


_SENTENCES = {
    sqlite3.SQLITE_PERM: _refused,
    sqlite3.SQLITE_BUSY: _busy,
    sqlite3.SQLITE_LOCKED: _busy,
    sqlite3.SQLITE_READONLY: _refused,
    sqlite3.SQLITE_IOERR: _failed_drive,
    sqlite3.SQLITE_CORRUPT: _damaged,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_CANTOPEN: _unreachable,
    sqlite3.SQLITE_NOTADB: _damaged,
}
