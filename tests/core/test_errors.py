"""Errors are sentences with the path and the way out, and the drawn tree is the real one."""

import errno
import re
from pathlib import Path

import pytest

from core import errors
from core.errors import (
    BadInput,
    Cancelled,
    CaseInUse,
    CoreError,
    DiskFull,
    NoPermission,
    NotFound,
    error_from_os,
)

FOLDER = Path("evidence") / "aa"


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFull),
        (OSError(errno.EFBIG, "File too large"), DiskFull),
        (PermissionError(errno.EACCES, "Permission denied"), NoPermission),
        (OSError(errno.EROFS, "Read-only file system"), NoPermission),
        (OSError(errno.EPERM, "Operation not permitted"), NoPermission),
        (PermissionError("refused without a number"), NoPermission),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), NotFound),
        (OSError(errno.EIO, "Input/output error"), CoreError),
        (OSError("no number at all"), CoreError),
    ],
)
def test_an_operating_system_error_becomes_its_kind_of_sentence(raised, kind):
    error = error_from_os(raised, FOLDER, doing="writing the evidence copy")
    assert type(error) is kind
    assert str(FOLDER) in str(error)
    assert str(error).endswith(".")


def test_what_was_being_done_is_said():
    full = error_from_os(OSError(errno.ENOSPC, "full"), FOLDER, doing="writing the evidence copy")
    assert "writing the evidence copy" in str(full)


def test_an_error_we_do_not_know_keeps_the_system_s_words():
    assert "Input/output error" in str(error_from_os(OSError(errno.EIO, "Input/output error"), FOLDER, doing="reading"))
    assert "broken cable" in str(error_from_os(OSError("broken cable"), FOLDER, doing="reading"))


def test_a_case_in_use_says_by_whom_and_what_to_do():
    error = CaseInUse(Path("fraud.dnacase"), "A. Moreau on lab-3")
    assert error.holder == "A. Moreau on lab-3"
    assert error.path == Path("fraud.dnacase")
    assert "fraud.dnacase" in str(error)
    assert "A. Moreau on lab-3" in str(error)
    assert "read-only" in str(error)


def test_cancelling_is_no_bad_input():
    assert issubclass(Cancelled, CoreError)
    assert not issubclass(Cancelled, BadInput)


def test_the_tree_drawn_in_the_docstring_is_the_real_one():
    drawn, above = {}, ["CoreError"]
    for line in errors.__doc__.splitlines():
        branch = re.match(r"([│ ├└─]*)[├└]── (\w+)", line)
        if branch:
            depth = len(branch[1]) // 4 + 1
            above[depth:] = [branch[2]]
            drawn[branch[2]] = above[depth - 1]
    real = {
        name: kind.__base__.__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, CoreError) and kind is not CoreError
    }
    assert drawn == real
