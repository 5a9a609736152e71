"""How far the training of a draft is: what its process writes about itself, and how that is read, also after a crash.

The process holds a lock of the operating system for as long as it lives, so a training whose last words say that it
runs, but whose lock is free, was interrupted: killed, or the computer lost its power.
"""

from __future__ import annotations

import csv
import json
import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from core.errors import Cancelled, CaseInUse, CoreError
from core.progress import Progress, Tick
from core.retraining import RunState, RunStatus
from core.store.lock import CaseLock, Lockable
from core.whole_file import replace_file

STATUS, DETECTOR = "status.json", "detector.safetensors"
PAUSE = b"pause\n"
"""What the program writes to the training's standard input to have it paused; the end of input is the program's end."""
_EVERY_S = 0.5
_RUN = Lockable("run.lock", "run", "Move the folder of your settings to another drive.")
_STARTER = Lockable("starter.lock", "run", "Move the folder of your settings to another drive.")
_ENDED = "The program ended while the training ran; the training was stopped and everything up to then is kept. Go on."


def is_running(folder: Path) -> bool:
    """Whether some process trains into a folder, or is being started for it."""
    return _is_held(folder, _RUN) or _is_held(folder, _STARTER)


@contextmanager
def starting(folder: Path) -> Iterator[None]:
    """Hold a folder for the process that is started to train into it, which takes seconds to hold it by itself.

    Raises:
        CoreError: another program started one.
    """
    try:
        lock = CaseLock.acquire(folder, "", _STARTER)
    except CaseInUse as error:
        raise CoreError("This training runs already, in another program. Wait for it, or pause it there.") from error
    try:
        yield
    finally:
        lock.release()


def _is_held(folder: Path, what: Lockable) -> bool:
    try:
        CaseLock.acquire(folder, "", what).release()
    except CaseInUse:
        return True
    except CoreError:
        return False  # a place that cannot be written to is not trained into either
    return False


class Follower:
    """Writes how far a training is into a file while it runs, and ends it when the program says so or ends.

    As a context it holds the lock of the run and writes the last word: finished, paused, interrupted or failed.

    Args:
        status: the file to write.
        orders: descriptor that the program's wishes come from (standard input); None when nobody sends any.
        run: the run folder, which says how many crops a step learns from.

    Raises:
        CoreError: another process trains into that folder (on entering).
    """

    def __init__(self, status: Path, orders: int | None, run: Path) -> None:
        self.progress = Progress(self._hear)
        """To be given to the training."""
        self._status, self._orders, self._run = status, orders, run
        self._lock: CaseLock | None = None
        self._left, self._finished = RunStatus.PAUSED, False
        self._remarks: tuple[str, ...] = ()
        self._stage: tuple[str, str, int | None] = ("", "", None)
        self._facts: dict[str, Any] = {}
        self._patches, self._next, self._done = 0, 0.0, 0

    def __enter__(self) -> Follower:
        try:
            self._lock = CaseLock.acquire(self._status.parent, "", _RUN)
        except CaseInUse as error:
            where = self._status.parent
            raise CoreError(f"A training into {where} is running already. Wait for it, or pause it.") from error
        _write(self._status, RunStatus.RUNNING, {"stage": "Starting"})
        if self._orders is not None:
            threading.Thread(target=self._listen, args=(self._orders,), name="orders", daemon=True).start()
        return self

    def finished(self, remarks: tuple[str, ...] = ()) -> None:
        """Say that the detector is written, and what there is to say about it."""
        self._finished, self._remarks = True, remarks

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status, problem = RunStatus.FINISHED if self._finished else self._left, ""
        if isinstance(error, Cancelled):
            problem = _ENDED if status is RunStatus.INTERRUPTED else ""
        elif isinstance(error, CoreError):
            status, problem = RunStatus.FAILED, str(error)
        elif error is not None:
            status, problem = RunStatus.FAILED, f"A fault of the program: {kind.__name__ if kind else ''}: {error}."
        try:
            # Not only where it went wrong: the run may have ended while nothing could be written.
            _write(self._status, status, {**self._facts, "problem": problem, "remarks": list(self._remarks)})
        finally:
            if self._lock is not None:
                self._lock.release()

    def _hear(self, tick: Tick) -> None:
        began, self._done = self._begin(tick), tick.done
        if not began and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY_S
        stage = self._stage[0]
        self._facts = {
            "stage": stage if tick.text in ("", stage) else f"{stage}: {tick.text}",
            "done": tick.done,
            "total": tick.total,
            "unit": tick.unit,
            "patches_per_second": tick.rate * self._patches,
            "seconds_left": tick.seconds_left,
        }
        with suppress(CoreError):  # a full disk: the training itself says so when it matters
            _write(self._status, RunStatus.RUNNING, self._facts)

    def _begin(self, tick: Tick) -> bool:
        """Whether this is the first report of a stage, whose text is the name of it."""
        key = (tick.unit, tick.total)
        if key == self._stage[1:] and tick.done >= self._done:
            return False
        self._stage = (tick.text, *key)
        self._patches = patches_in(self._run) if tick.unit == "steps" else int(tick.unit in ("views", "crops"))
        return True

    def _listen(self, orders: int) -> None:
        word = b""
        with suppress(OSError):
            # Not through `sys.stdin`: Python could not end while a thread waits in there.
            word = os.read(orders, len(PAUSE))
        self._left = RunStatus.PAUSED if word == PAUSE else RunStatus.INTERRUPTED
        self.progress.cancel()


def patches_in(run: Path) -> int:
    """How many crops a step of the run in a folder learns from, by its recipe and its list of images; 0 if unknown."""
    try:
        with (run / "manifest.tsv").open(encoding="utf-8", newline="") as stream:
            classes = {row["class"] for row in csv.DictReader(stream, delimiter="\t") if not row["skipped"]}
        return _patches(run / "recipe.toml", classes)
    except (CoreError, OSError, ValueError, KeyError):
        return 0  # a number to look at, nothing depends on it


def _patches(recipe: Path, classes: Collection[str]) -> int:
    from core.dna.batches import images_of
    from core.dna.recipe import read_recipe

    schedule = read_recipe(recipe).schedule
    if schedule.task == "extension":
        return 0  # its steps are iterations over everything at once
    return schedule.crops * sum(images_of(name, schedule) for name in classes)


def read_state(folder: Path, *, running: bool | None = None) -> RunState:
    """How far the training in a draft's folder is; never raises for what a crash left behind.

    Args:
        folder: of the draft.
        running: whether it runs, where the caller knows; None looks.
    """
    detector = folder / DETECTOR
    begun = RunStatus.INTERRUPTED if detector.with_suffix(".run").is_dir() else RunStatus.NOT_STARTED
    kept = kept_words(folder) or {"status": begun}
    ended = kept.get("status") == RunStatus.RUNNING and not running and not is_running(folder)
    if ended:
        kept = kept_words(folder) or kept  # it may have said its last word since
    status, problem = _status(kept.get("status")), str(kept.get("problem") or "")
    if running:
        status, problem = RunStatus.RUNNING, ""
    elif ended and status is RunStatus.RUNNING:
        status = RunStatus.INTERRUPTED
    if status is RunStatus.FINISHED and not detector.is_file():
        status, problem = RunStatus.INTERRUPTED, f"{detector} is no longer there. Go on with the run to make it again."
    if status is RunStatus.INTERRUPTED and _is_whole(detector):
        status, problem = RunStatus.FINISHED, ""  # ended between its last step and its last word
    return RunState(
        status,
        stage=str(kept.get("stage") or ""),
        done=int(_number(kept.get("done")) or 0),
        total=None if (total := _number(kept.get("total"))) is None else int(total),
        unit=str(kept.get("unit") or ""),
        patches_per_second=_number(kept.get("patches_per_second")) or 0.0,
        seconds_left=_number(kept.get("seconds_left")),
        curves=_curves(folder),
        problem=problem,
        remarks=tuple(map(str, kept.get("remarks") or ())),
        detector=detector if status is RunStatus.FINISHED else None,
    )


def kept_words(folder: Path) -> Mapping[str, Any] | None:
    """What was last written about the training in a folder; None when nothing was, or nothing that can be read."""
    try:
        kept = json.loads((folder / STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return kept if isinstance(kept, dict) else None


def write_words(folder: Path, status: RunStatus, **facts: Any) -> None:  # noqa: ANN401 - JSON
    """Write about the training in a folder from outside of its process, which must not be running."""
    _write(folder / STATUS, status, facts)


def _write(path: Path, status: RunStatus, facts: Mapping[str, Any]) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    words = {"status": status.value, "pid": os.getpid(), "at": now, **facts}
    replace_file(path, json.dumps(words, ensure_ascii=False) + "\n", doing="noting how far the training is")


def _is_whole(detector: Path) -> bool:
    """Whether a training wrote all of a detector: its card ends with the figures on held-out images."""
    from core.dna.card import read_header

    if not detector.is_file() or not detector.with_suffix(".run").is_dir():
        return False
    try:
        return "held_out" in read_header(detector).card
    except CoreError:
        return False  # it is made anew


def _status(value: object) -> RunStatus:
    try:
        return RunStatus(str(value))
    except ValueError:
        return RunStatus.INTERRUPTED


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _curves(folder: Path) -> tuple[Mapping[str, float], ...]:
    from core.dna.curves import read_curves, thinned

    try:
        return tuple(thinned(read_curves((folder / DETECTOR).with_suffix(".run") / "curves.csv")))
    except (OSError, ValueError, KeyError):
        return ()  # a picture of the run, nothing depends on it
