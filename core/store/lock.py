"""Who has a case (or another folder of ours) open for writing: a small file in it, held by a lock of the system.

The lock ends with its process however that ends, so a file left behind by a crash never keeps anybody out; its text
only says who it is.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.errors import CaseInUse, CoreError, NotACase, error_from_os
from core.store.columns import utc_text, utc_time

FILE_NAME = "case.lock"
_LONGEST_TEXT = 4096
_PATIENCE_S = 0.3  # a holder that is just closing is waited for
_UNWAITING = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # a pipe would wait for ever
_LOCKED = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_UNSUPPORTED = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EOPNOTSUPP})

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30  # far behind the text: Windows would not let others read a locked byte

    def _seize(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _seize(descriptor: int) -> None:
        # flock, not lockf: a POSIX record lock is lost as soon as its process closes any other handle of the file.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True, slots=True)
class Lockable:
    """A kind of folder that one program at a time writes to.

    Attributes:
        file_name: of the lock file in it.
        noun: what the folder is, for sentences.
        instead: what to do where its drive knows no locks, in a sentence.
    """

    file_name: str
    noun: str
    instead: str


CASE = Lockable(FILE_NAME, "case", "Copy the case to another drive, or open it read-only.")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a case open for writing; `since` is ISO 8601 in UTC."""

    who: str
    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"{self.who or 'somebody'} on {self.host} (process {self.pid}), since {_minutes(self.since)}"


class CaseLock:
    """The right to write to one case or other folder of ours, from `acquire` to `release`.

    Attributes:
        left_behind: who had the case open when their program ended without closing it, or None.
    """

    def __init__(self, path: Path, descriptor: int, left_behind: Holder | None) -> None:
        self._path = path
        self._descriptor: int | None = descriptor
        self.left_behind = left_behind

    @classmethod
    def acquire(cls, folder: Path, who: str, kind: Lockable = CASE) -> CaseLock:
        """Take the lock of the case in `folder`, or of what else `kind` says that it holds.

        Raises:
            CaseInUse: somebody has it; the error names them.
            NotACase: the lock file is no ordinary file.
            NoPermission, DiskFull, CoreError: the lock file cannot be made, or the drive knows no locks.
        """
        path = folder / kind.file_name
        descriptor = _seized(path, kind)
        lock = cls(path, descriptor, _read(path))
        holder = Holder(who, socket.gethostname(), os.getpid(), utc_text(datetime.now(UTC)))
        try:
            _write(descriptor, holder)
        except OSError as error:
            lock.release()
            raise error_from_os(error, path, doing=f"noting who has the {kind.noun} open") from error
        return lock

    def release(self) -> None:
        """Give the case free; a second call does nothing."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        if sys.platform == "win32":  # an open file cannot be removed there
            os.close(descriptor)
            _remove(self._path)
        else:
            _remove(self._path)
            os.close(descriptor)


def _seized(path: Path, kind: Lockable) -> int:
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        descriptor = _open(path, kind)
        try:
            _seize(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in _LOCKED:
                raise _no_lock(error, path, kind) from error
            if time.monotonic() > give_up:
                raise CaseInUse(path.parent, _holder_text(path)) from error
            time.sleep(0.02)
            continue
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)  # its holder removed the file between our open and our lock


def _open(path: Path, kind: Lockable) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _UNWAITING, 0o644)
    except OSError as error:
        raise error_from_os(error, path, doing=f"opening the {kind.noun} for writing") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotACase(
            f"{path.parent} is not a {kind.noun}: its {path.name} is no ordinary file. "
            f"Remove it to open the {kind.noun}."
        )
    return descriptor


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _no_lock(error: OSError, path: Path, kind: Lockable) -> CoreError:
    if error.errno in _UNSUPPORTED:
        return CoreError(
            f"The drive of the {kind.noun} {path.parent} cannot keep two programs from writing at the same time. "
            f"{kind.instead}"
        )
    return error_from_os(error, path, doing=f"locking the {kind.noun}")


def _write(descriptor: int, holder: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(asdict(holder)).encode())


def _read(path: Path) -> Holder | None:
    """The holder named in a lock file; None for an empty file and for text we did not write."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _UNWAITING)
        with os.fdopen(descriptor, "rb") as file:
            values = json.loads(file.read(_LONGEST_TEXT))
        return Holder(_shown(values["who"]), _shown(values["host"]), int(values["pid"]), _shown(values["since"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _holder_text(path: Path) -> str:
    holder = _read(path)
    return "somebody has just opened it" if holder is None else str(holder)


def _shown(value: object) -> str:
    """Text from a file that a stranger may have written, fit for one line."""
    return "".join(character if character.isprintable() else "\ufffd" for character in str(value)[:100])


def _minutes(since: str) -> str:
    try:
        return f"{utc_time(since):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return since


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        return  # an empty promise without its lock: the next opener overwrites it
