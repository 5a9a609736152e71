"""Errors that are sentences for the analyst; anything else that is raised is a bug.

CoreError
├── BadInput              what was given cannot be used (the sentence says why and what to do)
│   ├── NotFound          a path, exhibit, detector or recipe that does not exist
│   ├── NotACase          the folder is not a case
│   ├── CaseDamaged       the case was made by us but fails its integrity check
│   ├── CaseTooNew        the case was made by a newer version of the program
│   └── DetectorRefused   a detector file fails its checks (digest, shapes, classes, schema)
├── CaseInUse             somebody else has the case open; `holder` says who
├── ReadOnlyCase          a write was asked of a case that is open read-only
├── NoPermission          the operating system refuses to read or write a path
├── DiskFull              a write ran out of space; nothing half-written was kept
├── EvidenceChanged       an evidence file no longer has the hash it was taken in with
├── AnswerHidden          a blind case: this examiner has not yet written down an own view of the exhibit
├── DeviceUnavailable     the requested processor or GPU cannot be used
└── Cancelled             the analyst cancelled; not a failure
"""

from __future__ import annotations

import errno
from pathlib import Path


class CoreError(Exception):
    """Base of every error whose text may be shown to the analyst as it is."""


class BadInput(CoreError):
    """What was given cannot be used."""


class NotFound(BadInput):
    """A path, exhibit, detector or recipe does not exist."""


class NotACase(BadInput):
    """The folder is not a DNA-Det Workbench case."""


class CaseDamaged(BadInput):
    """The case fails its integrity check."""


class CaseTooNew(BadInput):
    """The case was made by a newer version of the program."""


class DetectorRefused(BadInput):
    """A detector file fails one of its checks."""


class CaseInUse(CoreError):
    """Somebody else has the case open.

    Args:
        path: the case folder.
        holder: who has it open, for instance ``"A. Moreau on lab-3, since 2026-11-21 10:31"``.
    """

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(f"The case {path} is open elsewhere: {holder}. Open it read-only, or close it there first.")
        self.path = path
        self.holder = holder


class ReadOnlyCase(CoreError):
    """A write was asked of a case that is open read-only."""


class NoPermission(CoreError):
    """The operating system refuses to read or write a path."""


class DiskFull(CoreError):
    """A write ran out of space; nothing half-written was kept."""


class EvidenceChanged(CoreError):
    """An evidence file no longer has the hash it was taken in with."""


class AnswerHidden(CoreError):
    """In a blind case, this examiner has not yet written down an own view of the exhibit."""


class DeviceUnavailable(CoreError):
    """The requested processor or GPU cannot be used."""


class Cancelled(CoreError):
    """The analyst cancelled the work; what was finished is kept."""


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def error_from_os(error: OSError, path: Path, *, doing: str) -> CoreError:
    """Turn an operating-system error into a sentence.

    Args:
        error: what the operating system raised.
        path: the file or folder concerned.
        doing: what was being done, as a gerund phrase ("writing the evidence copy").
    """
    if error.errno in _FULL:
        return DiskFull(
            f"There is no space left while {doing} at {path}. Free some space and try again; nothing was lost."
        )
    if isinstance(error, PermissionError) or error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return NoPermission(
            f"No permission while {doing} at {path}. Check the rights of the folder, or choose another one."
        )
    if isinstance(error, FileNotFoundError):
        return NotFound(f"{path} does not exist. Check how it is written, or whether its drive is still connected.")
    return CoreError(f"The operating system failed while {doing} at {path}: {error.strerror or error}.")
