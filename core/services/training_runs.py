"""Training a draft in a process of its own: started, followed, paused, gone on with, and discarded."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.domain import Table, Written
from core.errors import BadInput, Cancelled, CoreError, NotFound, error_from_os
from core.progress import Progress
from core.retraining import Draft, Estimate, GoalKind, RunState, RunStatus
from core.services.alike_processing import write_commonly_processed
from core.services.training import Training
from core.services.training_child import LOG, TrainingChild, why_ended
from core.services.training_refresh import CALIBRATION
from core.services.training_status import DETECTOR, STATUS, is_running, kept_words, read_state, starting, write_words
from core.whole_file import replace_file

if TYPE_CHECKING:
    from core.settings import Settings

SPLIT = "split.tsv"
_BEGUN = "begun.json"
_PAUSED = "Paused. Everything learned so far is kept; go on whenever you like."
_MADE = (DETECTOR, "recipe.toml", "detector.rehearsal", STATUS, "run.lock", "starter.lock", _BEGUN, LOG, "result.json")
_ENDING_S = 30.0  # how long the training of a program that was just ended may take for its checkpoint


class Folders(Protocol):
    """Knows the folder of a draft."""

    def folder(self, draft_id: str) -> Path:
        """Where a draft's files lie."""


class TrainingRuns:
    """Runs trainings as child processes of the `train` verb, so that they can be several processes, or ended.

    Args:
        retraining: knows the folders of the drafts.
        settings: of the analyst.
    """

    def __init__(self, retraining: Folders, settings: Settings) -> None:
        self._retraining, self._settings = retraining, settings
        self._lock = threading.Lock()
        self._running: set[str] = set()

    def start_and_wait(self, draft: Draft, progress: Progress | None = None) -> Written[RunState]:
        """Train a draft whose split is frozen, or go on with its run, and wait until the detector is written.

        Cancelling pauses it: a checkpoint is written, and the next call goes on from there.

        Raises:
            BadInput: the split is not frozen or was changed, the parent is not what it was, or the run that is there
                was begun with other choices.
            Cancelled: it was paused.
            CoreError: it failed, with the sentence why; or it runs already.
        """
        progress = progress or Progress()
        folder = self._retraining.folder(draft.id)
        with self._turn(draft.id):
            progress.start("Starting the training", None, "steps")
            _wait_for_earlier(folder, progress)
            _require_frozen(draft, folder)
            _require_parent(draft)
            if (state := read_state(folder)).status is not RunStatus.FINISHED:
                _begin(draft, folder)
                state = self._followed(draft, folder, progress)
            else:
                _refuse_other_choices(draft, folder)
        return Written(state, frozenset({Table.RETRAINING}))

    def state(self, draft_id: str) -> RunState:
        """How far the training of a draft is; a run that ended without a word is interrupted."""
        folder = self._retraining.folder(draft_id)
        with self._lock:
            ours = draft_id in self._running
        return read_state(folder, running=True if ours else None)

    def discard_run(self, draft_id: str) -> Written[None]:
        """Remove what a training made, so that the next one begins anew; images, checks and split stay.

        Raises:
            CoreError: it runs, or a file cannot be removed.
        """
        folder = self._retraining.folder(draft_id)
        with self._turn(draft_id):
            if is_running(folder):
                raise CoreError("The training runs. Pause it first, then discard it.")
            _remove(folder)
        return Written(None, frozenset({Table.RETRAINING}))

    def estimate(self, draft: Draft, progress: Progress | None = None) -> Estimate:
        """How long the training would take on this machine, from a probe of a few seconds; raises as the probe."""
        from core.services.training_estimate import estimated

        folder = self._retraining.folder(draft.id)
        _require_frozen(draft, folder)
        return estimated(_asked(draft, folder), progress or Progress())

    @contextmanager
    def _turn(self, draft_id: str) -> Iterator[None]:
        with self._lock:
            if draft_id in self._running:
                raise CoreError("This training runs already. Wait for it, or pause it.")
            self._running.add(draft_id)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(draft_id)

    def _followed(self, draft: Draft, folder: Path, progress: Progress) -> RunState:
        with starting(folder):
            write_words(folder, RunStatus.RUNNING, stage="Starting")  # a full disk is noticed here
            relay = _Relay(folder, progress)
            try:
                child = TrainingChild(train_arguments(draft, folder), folder)
            except CoreError as error:
                write_words(folder, RunStatus.FAILED, problem=str(error))
                raise
            status = child.wait(progress, relay.tell)
        state = read_state(folder)
        if state.status is RunStatus.INTERRUPTED and not state.problem:
            state = replace(state, problem=why_ended(status, folder))
            with suppress(CoreError):  # without it, the run is interrupted all the same
                write_words(folder, RunStatus.INTERRUPTED, problem=state.problem)
        if state.status is RunStatus.PAUSED or (progress.cancelled and state.status is RunStatus.INTERRUPTED):
            raise Cancelled(_PAUSED)
        if state.status is not RunStatus.FINISHED:
            raise CoreError(state.problem or why_ended(status, folder))
        return state


def train_arguments(draft: Draft, folder: Path) -> list[str]:
    """The command line that trains a draft, or goes on with its run."""
    out = folder / DETECTOR
    resumed = ["--resume"] if out.exists() or out.with_suffix(".run").exists() else []
    return [*_asked(draft, folder), *resumed, "--follow", str(folder / STATUS)]


def _asked(draft: Draft, folder: Path) -> list[str]:
    out = folder / DETECTOR
    words = ["train", _recipe(draft, folder), "--files", str(folder / SPLIT), "--out", str(out)]
    words += ["--parent", str(draft.parent_path)] if draft.parent_path else []
    return [*words, "--device", draft.device, "--quiet"]


def _recipe(draft: Draft, folder: Path) -> str:
    """What stands for the recipe on the command line; one with common processing is written into the folder."""
    if draft.goal is GoalKind.CALIBRATE:
        return CALIBRATION
    if not draft.common_processing:
        return draft.effort.value
    shipped = Training().recipe_named(draft.effort)
    return str(write_commonly_processed(shipped, folder / "recipe.toml"))


class _Relay:
    """Passes what the process writes on as progress."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder, self._progress = folder, progress
        self._stage: tuple[object, ...] = ()
        self._done = 0

    def tell(self) -> None:
        """Look, and report what is new."""
        words = kept_words(self._folder)
        if words is None or "done" not in words:
            return
        text, done = str(words.get("stage", "")), int(words.get("done") or 0)
        stage = (words.get("total"), words.get("unit"))
        with suppress(Cancelled):  # the process is asked to pause; that is waited for
            if stage != self._stage or done < self._done:
                self._stage, self._done = stage, done
                self._progress.start(text, words.get("total"), str(words.get("unit") or "items"), done=done)
            elif done > self._done:
                count, self._done = done - self._done, done
                self._progress.step(count, text)


def _wait_for_earlier(folder: Path, progress: Progress) -> None:
    """Wait for a training that outlived its program for a moment, to write its checkpoint."""
    give_up = time.monotonic() + _ENDING_S
    while is_running(folder):
        if time.monotonic() > give_up:
            raise CoreError("This training runs already, in another program. Wait for it, or pause it there.")
        progress.check()
        time.sleep(0.1)


def _require_frozen(draft: Draft, folder: Path) -> None:
    if not draft.split_digest:
        raise BadInput("The split of the images is not frozen yet. Freeze it on the page before, then train.")
    from core.services.training_split import read_frozen

    read_frozen(folder, draft.split_digest)


def _require_parent(draft: Draft) -> None:
    from core.dna.card import read_header, reference_of

    if draft.parent_path is None or draft.parent is None:
        return
    if not draft.parent_path.is_file():
        raise NotFound(f"The parent detector {draft.parent_path} is gone. Put it back, or choose another parent.")
    found = reference_of(draft.parent_path, read_header(draft.parent_path))
    if found.digest != draft.parent.digest:
        raise BadInput(
            f"{draft.parent_path} is not the detector this retraining began with any more. Put that one back, or "
            "choose the parent again."
        )


def _begin(draft: Draft, folder: Path) -> None:
    """Note what a run is begun with; raises `BadInput` when one is there that was begun otherwise."""
    if (folder / DETECTOR).with_suffix(".run").exists() or (folder / DETECTOR).exists():
        _refuse_other_choices(draft, folder)
    replace_file(folder / _BEGUN, json.dumps({"choices": _choices(draft)}), doing="noting how the training began")


def _refuse_other_choices(draft: Draft, folder: Path) -> None:
    try:
        begun = json.loads((folder / _BEGUN).read_text(encoding="utf-8"))["choices"]
    except (OSError, ValueError, KeyError, TypeError):
        return  # the run folder itself refuses another recipe, data set or parent
    if begun != _choices(draft):
        raise BadInput(
            "The run that is there was begun with other images, another parent or another effort. Discard it to begin "
            "anew, or go back to those choices."
        )


def _choices(draft: Draft) -> str:
    parent = draft.parent.digest if draft.parent else None
    made_of = [draft.goal.value, draft.effort.value, draft.split_digest, parent, draft.common_processing]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def _remove(folder: Path) -> None:
    try:
        for place in ((folder / DETECTOR).with_suffix(".run"), folder / "wrong"):
            if place.is_dir():
                shutil.rmtree(place)
        for name in _MADE:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise error_from_os(error, folder, doing="removing the run") from error
