"""Stories of trainings that a draft starts: killed, paused, out of disk, without their images, and gone on with."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.dna.card import read_header
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.retraining import Draft, GoalKind, RunStatus, Side, Split, TrainingImage
from core.services import training_runs
from core.services.training_runs import TrainingRuns
from core.services.training_split import freeze
from core.services.training_status import STATUS, is_running
from tests.conftest import write_training_folder

ROOT = Path(__file__).resolve().parents[2]
RECIPE = """
[card]
name = "tiny"
limits = ["A test."]
[preprocess]
kind = "native"
channels = "residual"
window_px = 32
[schedule]
steps = {steps}
images_per_class = 2
crops = 2
crop_px = 16
region_px = 64
averaging = 0.0
validate_every = 1000
validate_images = 1
"""
LONG = 100_000
SIDES = (Side.TRAINING, Side.TRAINING, Side.TRAINING, Side.HELD_OUT, Side.HELD_OUT, Side.TEST)


class Folders:
    """Knows where drafts lie."""

    def __init__(self, place):
        self.place = place

    def folder(self, draft_id):
        return self.place / draft_id


class Story:
    """A draft with a frozen split of 18 images, and a recipe of tiny crops."""

    def __init__(self, place):
        self.place, self.folder = place, place / "one"
        self.data = write_training_folder(place / "data", per_class=6)
        self.folder.mkdir()
        images = tuple(
            TrainingImage(
                path, path.parent.parent.name, "lab", hashlib.sha256(path.read_bytes()).hexdigest(), 1,
                side=SIDES[number % 6],
            )
            for number, path in enumerate(sorted(self.data.glob("*/*/*.png")))
        )  # fmt: skip
        draft = Draft("one", datetime.now(UTC), goal=GoalKind.ANEW, device="cpu")
        self.draft = freeze(draft, Split(images, (), ""), self.folder)
        self.runs = TrainingRuns(Folders(place), settings=None)
        self.recipe(LONG)

    def recipe(self, steps):
        """How many steps are taken is no part of a recipe's digest, so a run may be made shorter."""
        (self.place / "tiny.toml").write_text(RECIPE.format(steps=steps))

    def start(self, progress=None):
        return self.runs.start_and_wait(self.draft, progress).value

    def paused_after(self, steps):
        def hear(tick):
            if tick.total == LONG and tick.done >= steps:
                progress.cancel()

        progress = Progress(hear)
        return progress

    def words(self):
        return json.loads((self.folder / STATUS).read_text())

    def trains(self):
        return (self.folder / STATUS).exists() and self.words().get("total") == LONG and self.words()["done"] > 2


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.setattr(training_runs, "_recipe", lambda draft, folder: str(tmp_path / "tiny.toml"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # a network this small only waits for a second thread
    return Story(tmp_path)


def until(condition, seconds=90.0):
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.05)


PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from core.retraining import Draft, GoalKind
from core.services import training_runs
from tests.e2e.test_retraining_runs import Folders

place = Path(sys.argv[1])
training_runs._recipe = lambda draft, folder: str(place / "tiny.toml")
draft = Draft("one", datetime.now(UTC), goal=GoalKind.ANEW, device="cpu", split_digest=sys.argv[2])
training_runs.TrainingRuns(Folders(place), None).start_and_wait(draft)
"""


def test_the_program_is_killed_reopened_and_the_training_goes_on_to_its_end(story):
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, str(story.place), story.draft.split_digest], cwd=ROOT)
    until(lambda: story.trains() or program.poll() is not None)
    assert program.poll() is None
    program.kill()
    program.wait()
    until(lambda: not is_running(story.folder))
    state = story.runs.state("one")
    assert state.status is RunStatus.INTERRUPTED
    assert "program ended" in state.problem
    assert state.patches_per_second > 0
    assert (story.folder / "detector.run" / "checkpoint.safetensors").exists(), "the training ended in good order"
    kept = state.done
    story.recipe(kept + 3)
    ticks = []
    state = story.start(Progress(ticks.append))
    assert state.status is RunStatus.FINISHED
    taken = [tick.done for tick in ticks if tick.total == kept + 3 and tick.unit == "steps"]
    assert min(taken) >= kept
    card = read_header(state.detector).card
    assert {row["name"] for row in card["classes"]} == {"real", "nearest", "bilinear"}
    assert card["held_out"]["n"] == 6
    assert len(state.curves) > 2
    assert len(json.loads((story.folder / "detector.run" / "run.json").read_text())["went_on"]) == 1


@pytest.mark.slow  # five starts of a training, each of which loads torch: half a minute and more
def test_what_goes_wrong_on_the_way(story):
    # Paused: everything is kept.
    with pytest.raises(Cancelled):
        story.start(story.paused_after(3))
    assert story.runs.state("one").status is RunStatus.PAUSED
    kept = story.runs.state("one").done
    assert kept >= 3

    # A class folder is taken away.
    away = story.data.with_name("away")
    (story.data / "nearest").rename(away)
    with pytest.raises(CoreError, match="not there any more"):
        story.start()
    assert story.runs.state("one").status is RunStatus.FAILED
    away.rename(story.data / "nearest")

    # The process of the training is killed, as by a system without memory left.
    def kill(tick):
        if tick.total == LONG and tick.done > kept + 2:
            os.kill(story.words()["pid"], signal.SIGKILL)

    with pytest.raises(CoreError, match="lack of memory"):
        story.start(Progress(kill))
    assert story.runs.state("one").status is RunStatus.INTERRUPTED

    # The disk is full when the checkpoint is written.
    resource = pytest.importorskip("resource")
    good = (story.folder / "detector.run" / "checkpoint.safetensors").read_bytes()

    def fill(tick):
        if tick.total == LONG and tick.done > kept + 2:
            resource.prlimit(story.words()["pid"], resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
            progress.cancel()

    progress = Progress(fill)
    with pytest.raises(CoreError, match="no space left while writing the checkpoint"):
        story.start(progress)
    assert story.runs.state("one").status is RunStatus.FAILED
    assert (story.folder / "detector.run" / "checkpoint.safetensors").read_bytes() == good

    # In the end it goes on from the last good checkpoint, and finishes.
    story.recipe(kept + 2)
    assert story.start().status is RunStatus.FINISHED
    assert "Training" in story.words()["stage"] or story.words()["done"] > 0
