"""The process in which a draft is trained: the program's own `train` verb, paused by a word, ended with the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from core import paths
from core.errors import error_from_os
from core.progress import Progress
from core.services.training_status import PAUSE

LOG = "run.log"
_LOOK_S = 0.1
_PATIENCE_S = 30.0
_MAIN = Path(__file__).resolve().parents[2] / "main.py"


def program() -> list[str]:
    """How this program is started on the command line, also from a frozen build."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(_MAIN)]


class TrainingChild:
    """A verb of this program in a process of its own.

    It ends by itself when this program ends, however that happens, because its standard input ends then.

    Args:
        arguments: of the command line.
        folder: where it works; what it prints is added to ``run.log`` there.

    Raises:
        CoreError: it cannot be started, or nothing can be written into the folder.
    """

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        try:
            with (folder / LOG).open("ab") as log:
                self._process = subprocess.Popen(
                    [*program(), *arguments],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=_environment(),
                    # A Ctrl-C on the terminal is the program's; it pauses the training then.
                    start_new_session=os.name == "posix",
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        except OSError as error:
            raise error_from_os(error, folder / LOG, doing="starting the training") from error

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def wait(self, progress: Progress, relay: Callable[[], None], patience_s: float | None = None) -> int:
        """Wait until it has ended; cancelling pauses it, and kills it only where it does not end by itself.

        Args:
            progress: whose cancelling is looked at.
            relay: called now and then, to report how far it is.
            patience_s: seconds that it is given to end by itself; None: time enough for a checkpoint.

        Returns:
            its exit status; negative numbers are signals.
        """
        give_up: float | None = None
        patience = _PATIENCE_S if patience_s is None else patience_s
        try:
            while self._process.poll() is None:
                relay()
                if progress.cancelled and give_up is None:
                    give_up = time.monotonic() + patience
                    self.pause()
                if give_up is not None and time.monotonic() > give_up:
                    self.kill()
                time.sleep(_LOOK_S)
        finally:
            self.pause()  # should this thread be ended, the training is not left alone
        return self._process.returncode

    def pause(self) -> None:
        """Ask it to write a checkpoint and end; a second call does nothing."""
        stream = self._process.stdin
        if stream is None or stream.closed:
            return
        with suppress(OSError):  # it has ended by itself
            stream.write(PAUSE)
            stream.flush()
        with suppress(OSError):
            stream.close()

    def kill(self) -> None:
        """End it at once, with the processes it started."""
        if os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()


def why_ended(status: int, folder: Path) -> str:
    """A sentence about a process that ended without saying why."""
    if status < 0 or status == 137:
        return (
            "The training was ended from outside (perhaps for lack of memory). What was finished is kept; go on with "
            "it, after closing other programs."
        )
    return f"The training ended unexpectedly (exit {status}); {folder / LOG} says more. Go on with it, or discard it."


def _environment() -> dict[str, str]:
    moved = {paths.HOME_VARIABLE: str(paths.user_folder()), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    # A frozen program would otherwise take its child for a part of itself.
    frozen = {"PYINSTALLER_RESET_ENVIRONMENT": "1"} if getattr(sys, "frozen", False) else {}
    return {**os.environ, **moved, **frozen}
