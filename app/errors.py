"""Our errors become one sentence in a bar; anything else is a bug and becomes a report that can be copied."""

from __future__ import annotations

import contextlib
import faulthandler
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import PySide6
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from core.errors import Cancelled
from core.paths import APPLICATION, crash_folder


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to go on from a notice."""

    text: str
    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the analyst.

    Attributes:
        text: the sentence; may contain names of files, so it is shown as plain text.
        kind: "problem", "offer", "done" or "note".
        choices: ways to go on.
        key: a later notice with the same key takes its place.
    """

    text: str
    kind: str = "problem"
    choices: tuple[Choice, ...] = ()
    key: str = ""


def bug_text(error: BaseException) -> str:
    """What somebody needs to mend a bug: versions and the way through the code, no values of variables."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    system = f"Python {platform.python_version()}, Qt {PySide6.__version__}, {platform.platform()}"
    return f"{APPLICATION}, {now}\n{system}\n\n" + "".join(traceback.format_exception(error))


def keep_bug(text: str) -> Path | None:
    """Keep a report on this machine; None when even that fails, which must not hide the bug itself."""
    path = crash_folder() / f"bug-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return path


def install_hooks(report: Callable[[BaseException], None]) -> None:
    """Send every exception that nobody caught to `report`, and Qt's warnings to standard error.

    Args:
        report: may be called in any thread.
    """

    def caught(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.exit(130)
        if not isinstance(error, Cancelled):
            report(error)

    def caught_in_thread(caught_there: threading.ExceptHookArgs) -> None:
        if caught_there.exc_value is not None:
            report(caught_there.exc_value)

    sys.excepthook = caught
    threading.excepthook = caught_in_thread
    qInstallMessageHandler(_pass_qt_message)


def note_native_crashes() -> None:
    """Have a crash below Python leave its trace in the crash folder."""
    with contextlib.suppress(OSError):
        crash_folder().mkdir(parents=True, exist_ok=True)
        native = (crash_folder() / "native.txt").open("a", encoding="utf-8")  # stays open as long as the program
        faulthandler.enable(native)


def _pass_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and sys.stderr is not None:
        sys.stderr.write(f"Qt: {text}\n")
