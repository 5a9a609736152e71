"""Trainings in a process of their own: followed, paused, killed, and gone on with; a stand-in counts the steps."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.dna.card import read_header
from core.dna.detector import rewrite_card
from core.errors import BadInput, Cancelled, CoreError, DiskFull, NotFound
from core.progress import Progress
from core.retraining import Draft, Effort, GoalKind, RunStatus
from core.services import training_child, training_runs
from core.services.training_runs import TrainingRuns, train_arguments
from core.services.training_status import DETECTOR, STATUS, is_running, read_state
from tests.core.services import fake_training

ROOT = Path(__file__).resolve().parents[3]
FAKE = Path(fake_training.__file__)


class Folders:
    """Knows where drafts lie, as `Retraining` does."""

    def __init__(self, place):
        self.place = place

    def folder(self, draft_id):
        return self.place / draft_id


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Folder of one draft, and trainings that only count."""
    monkeypatch.setattr(training_child, "program", lambda: [sys.executable, str(FAKE)])
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(training_runs, "_require_frozen", lambda draft, folder: None)
    (tmp_path / "one").mkdir()
    return tmp_path


@pytest.fixture
def runs(place):
    return TrainingRuns(Folders(place), settings=None)


def draft(**changes):
    return replace(Draft("one", datetime.now(UTC), split_digest="a" * 64), **changes)


def pausing_at(step, ticks=None):
    """Progress that is cancelled once so many steps are taken."""

    def hear(tick):
        if ticks is not None:
            ticks.append(tick)
        if tick.unit == "steps" and tick.done >= step:
            progress.cancel()

    progress = Progress(hear)
    return progress


def until(condition, seconds=10.0):
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.02)


def test_a_training_is_followed_to_its_detector(runs, place):
    assert runs.state("one").status is RunStatus.NOT_STARTED
    ticks = []
    state = runs.start_and_wait(draft(), Progress(ticks.append)).value
    assert state.status is RunStatus.FINISHED
    assert state.detector == place / "one" / DETECTOR
    assert state.remarks == ("One image was left out.",)
    assert ticks[-1].total == fake_training.STEPS
    assert any(tick.text.startswith("Training: loss") for tick in ticks)
    assert runs.state("one") == state
    # A finished run is not done again, and says the same.
    assert runs.start_and_wait(draft()).value == state


def test_pause_keeps_what_was_learned_and_going_on_ends_it(runs, place):
    with pytest.raises(Cancelled, match="go on whenever"):
        runs.start_and_wait(draft(), pausing_at(5))
    state = runs.state("one")
    assert state.status is RunStatus.PAUSED
    kept = int((place / "one" / "detector.run" / "step").read_text())
    assert 5 <= kept < fake_training.STEPS
    ticks = []
    assert runs.start_and_wait(draft(), Progress(ticks.append)).value.status is RunStatus.FINISHED
    assert all(tick.done >= kept for tick in ticks if tick.total == fake_training.STEPS)


def test_a_run_is_gone_on_with_only_when_there_is_one(place):
    words = train_arguments(draft(), place / "one")
    assert "--resume" not in words
    assert words[:2] == ["train", "quick"]
    (place / "one" / "detector.run").mkdir()
    assert "--resume" in train_arguments(draft(effort=Effort.PAPER), place / "one")


def test_one_training_of_a_draft_at_a_time(runs, place, monkeypatch):
    monkeypatch.setenv("FAKE_TRAINING", "slow")
    failures = []
    began = threading.Event()
    progress = Progress(lambda tick: began.set() if tick.done else None)

    def first():
        try:
            runs.start_and_wait(draft(), progress)
        except CoreError as error:
            failures.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert began.wait(20)
    assert runs.state("one").status is RunStatus.RUNNING
    with pytest.raises(CoreError, match="runs already"):
        runs.start_and_wait(draft())
    with pytest.raises(CoreError, match="runs already"):
        runs.discard_run("one")
    # Another program, which knows nothing of this one, sees the lock of the process.
    other = TrainingRuns(Folders(place), settings=None)
    assert other.state("one").status is RunStatus.RUNNING
    with pytest.raises(CoreError, match="Pause it first"):
        other.discard_run("one")
    impatient = Progress()
    impatient.cancel()
    with pytest.raises(Cancelled):
        other.start_and_wait(draft(), impatient)
    progress.cancel()
    thread.join()
    assert [type(failure) for failure in failures] == [Cancelled]
    assert other.state("one").status is RunStatus.PAUSED


def test_a_training_whose_process_only_starts_runs_already(runs, place, monkeypatch):
    seen = []

    class Starting:
        """A process that has not come as far as its own lock."""

        def __init__(self, arguments, folder):
            pass

        def wait(self, progress, relay):
            other = TrainingRuns(Folders(place), settings=None)
            seen.append(other.state("one").status)
            for act in (lambda: other.discard_run("one"), lambda: other.start_and_wait(draft())):
                with pytest.raises(CoreError, match="runs"):
                    act()
                seen.append("refused")
            return 3

    monkeypatch.setattr(training_runs, "TrainingChild", Starting)
    monkeypatch.setattr(training_runs, "_ENDING_S", 0.0)
    with pytest.raises(CoreError, match="exit 3"):
        runs.start_and_wait(draft())
    assert seen == [RunStatus.RUNNING, "refused", "refused"]
    assert not is_running(place / "one")


def test_another_program_that_trains_on_is_named_after_a_while(runs, place, monkeypatch):
    monkeypatch.setattr(training_runs, "_ENDING_S", 0.0)
    monkeypatch.setattr(training_runs, "is_running", lambda folder: True)
    with pytest.raises(CoreError, match="in another program"):
        runs.start_and_wait(draft())


PROGRAM = """
import sys
from pathlib import Path
from core.progress import Progress
from core.services import training_child, training_runs
from tests.core.services.test_training_runs import FAKE, Folders, draft

training_child.program = lambda: [sys.executable, str(FAKE)]
training_runs._require_frozen = lambda draft, folder: None
training_runs.TrainingRuns(Folders(Path(sys.argv[1])), None).start_and_wait(draft(), Progress())
"""


def test_the_program_is_killed_and_the_training_ends_with_it(runs, place, monkeypatch):
    """Kill -9 of the program; reopened, the run is interrupted, and goes on."""
    monkeypatch.setenv("FAKE_TRAINING", "checkpoints")
    program = subprocess.Popen([sys.executable, "-c", textwrap.dedent(PROGRAM), str(place)], cwd=ROOT)
    folder = place / "one"
    step = folder / "detector.run" / "step"
    until(lambda: step.exists() and int(step.read_text() or 0) >= 3)
    trained_by = json.loads((folder / STATUS).read_text())["pid"]
    program.kill()
    program.wait()
    until(lambda: not alive(trained_by))
    assert not is_running(folder)
    kept = int(step.read_text())
    assert kept < fake_training.STEPS
    state = runs.state("one")
    assert state.status is RunStatus.INTERRUPTED
    assert "program ended" in state.problem
    ticks = []
    assert runs.start_and_wait(draft(), Progress(ticks.append)).value.status is RunStatus.FINISHED
    assert min(tick.done for tick in ticks if tick.total) >= kept


def alive(pid):
    try:
        return not Path(f"/proc/{pid}/stat").read_text().split()[2].startswith("Z")
    except OSError:
        return False


def test_program_and_training_are_killed_as_by_a_power_cut(runs, place, monkeypatch):
    monkeypatch.setenv("FAKE_TRAINING", "checkpoints")
    program = subprocess.Popen([sys.executable, "-c", textwrap.dedent(PROGRAM), str(place)], cwd=ROOT)
    folder = place / "one"
    until((folder / "detector.run" / "step").exists)
    program.kill()
    os.kill(json.loads((folder / STATUS).read_text())["pid"], signal.SIGKILL)
    program.wait()
    until(lambda: runs.state("one").status is RunStatus.INTERRUPTED)
    assert json.loads((folder / STATUS).read_text())["status"] == "running", "nobody wrote a last word"
    assert runs.start_and_wait(draft()).value.status is RunStatus.FINISHED


@pytest.mark.parametrize(("how", "said"), [("killed", "lack of memory"), ("fault", "exit 7")])
def test_a_training_that_ends_without_a_word_is_interrupted(runs, place, monkeypatch, how, said):
    monkeypatch.setenv("FAKE_TRAINING", how)
    with pytest.raises(CoreError, match=said):
        runs.start_and_wait(draft())
    state = runs.state("one")
    assert state.status is RunStatus.INTERRUPTED
    assert said in state.problem
    monkeypatch.delenv("FAKE_TRAINING")
    assert runs.start_and_wait(draft()).value.status is RunStatus.FINISHED


def test_a_failure_is_told_with_its_sentence(runs, monkeypatch):
    monkeypatch.setenv("FAKE_TRAINING", "full disk")
    with pytest.raises(CoreError, match="no space left while writing the checkpoint"):
        runs.start_and_wait(draft())
    assert runs.state("one").status is RunStatus.FAILED
    assert "no space left" in runs.state("one").problem


def test_a_training_that_does_not_end_is_killed(runs, place, monkeypatch):
    monkeypatch.setenv("FAKE_TRAINING", "stuck")
    monkeypatch.setattr(training_child, "_PATIENCE_S", 0.3)
    progress = Progress()
    timer = threading.Timer(2.0, progress.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        runs.start_and_wait(draft(), progress)
    assert runs.state("one").status is RunStatus.INTERRUPTED
    assert not is_running(place / "one")


def test_a_disk_that_is_full_already_starts_nothing(runs, place, monkeypatch):
    def full(path, *_, **__):
        raise DiskFull(f"There is no space left while writing at {path}.")

    monkeypatch.setattr(training_runs, "replace_file", full)
    monkeypatch.setattr(training_runs, "TrainingChild", lambda *_: pytest.fail("it was started"))
    with pytest.raises(DiskFull):
        runs.start_and_wait(draft())
    assert runs.state("one").status is RunStatus.NOT_STARTED


def test_other_choices_do_not_go_on_with_a_run(runs, place):
    with pytest.raises(Cancelled):
        runs.start_and_wait(draft(), pausing_at(3))
    for change in ({"effort": Effort.PAPER}, {"split_digest": "b" * 64}, {"common_processing": True}):
        with pytest.raises(BadInput, match="Discard it to begin anew"):
            runs.start_and_wait(draft(**change))
    runs.discard_run("one")
    assert runs.state("one").status is RunStatus.NOT_STARTED
    assert not list((place / "one").iterdir())
    assert runs.start_and_wait(draft(effort=Effort.PAPER)).value.status is RunStatus.FINISHED
    with pytest.raises(BadInput, match="Discard it"):
        runs.start_and_wait(draft())


def test_a_training_killed_before_its_last_word_is_finished_when_its_detector_is(place, tiny_detector):
    one = place / "one"
    (one / "detector.run").mkdir()
    (one / STATUS).write_text('{"status": "running"}')
    shutil.copyfile(tiny_detector, one / DETECTOR)
    assert read_state(one).status is RunStatus.INTERRUPTED  # nothing was measured on held-out images yet
    rewrite_card(one / DETECTOR, {**read_header(one / DETECTOR).card, "held_out": {"n": 4}})
    for words in ('{"status": "running"}', "", "[1]"):
        (one / STATUS).write_text(words)
        assert read_state(one).status is RunStatus.FINISHED
        assert read_state(one).detector == one / DETECTOR


def test_images_and_split_stay_when_a_run_is_discarded(runs, place):
    (place / "one" / "split.tsv").write_text("kept")
    runs.start_and_wait(draft())
    runs.discard_run("one")
    assert [path.name for path in (place / "one").iterdir()] == ["split.tsv"]


def test_what_stands_in_the_way_is_said_before_anything_starts(runs, place, monkeypatch, tiny_detector, tmp_path):
    from core.dna.card import read_header, reference_of

    monkeypatch.undo()
    with pytest.raises(BadInput, match="not frozen yet"):
        runs.start_and_wait(draft(split_digest=""))
    monkeypatch.setattr(training_runs, "_require_frozen", lambda draft, folder: None)
    reference = reference_of(tiny_detector, read_header(tiny_detector))
    with pytest.raises(NotFound, match="is gone"):
        runs.start_and_wait(draft(parent=reference, parent_path=tmp_path / "no.safetensors"))
    with pytest.raises(BadInput, match="not the detector this retraining began with"):
        runs.start_and_wait(draft(parent=replace(reference, digest="0" * 64), parent_path=tiny_detector))


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", '{"status": 7}', '{"status": "running", "done": "x"}', "[" * 9999]
)
def test_odd_words_in_the_status_file_are_an_interrupted_run(place, text):
    folder = place / "one"
    (folder / STATUS).write_text(text)
    (folder / "detector.run").mkdir()
    (folder / "detector.run" / "curves.csv").write_text("step,loss\nx,1\n")
    state = read_state(folder)
    assert state.status is RunStatus.INTERRUPTED
    assert state.curves == ()
    assert state.done == 0


def test_a_finished_detector_that_was_removed_is_made_again(runs, place):
    runs.start_and_wait(draft())
    (place / "one" / DETECTOR).unlink()
    state = runs.state("one")
    assert state.status is RunStatus.INTERRUPTED
    assert "no longer there" in state.problem
    assert runs.start_and_wait(draft()).value.status is RunStatus.FINISHED


def test_curves_are_read_from_the_run(runs, place):
    folder = place / "one" / "detector.run"
    folder.mkdir()
    lines = "".join(f"{step},{1 / step},{'0.5' if step == 900 else ''}\n" for step in range(1, 901))
    (folder / "curves.csv").write_text("step,classification,recall\n" + lines)
    curves = runs.state("one").curves
    assert len(curves) == 200
    assert curves[-1]["step"] == 900
    assert curves[-1]["recall"] == 0.5


def test_a_frozen_build_starts_itself(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert training_child.program() == [sys.executable]
    assert training_child._environment()["PYINSTALLER_RESET_ENVIRONMENT"] == "1"
    monkeypatch.delattr(sys, "frozen")
    assert training_child.program()[1:] == [str(ROOT / "main.py")]


def test_common_processing_is_a_recipe_of_its_own(place):
    words = train_arguments(draft(common_processing=True), place / "one")
    assert words[1] == str(place / "one" / "recipe.toml")
    assert "resize = 1.0" in (place / "one" / "recipe.toml").read_text()


def test_a_refresh_of_the_calibration_says_so(place):
    assert train_arguments(draft(goal=GoalKind.CALIBRATE), place / "one")[:2] == ["train", "calibration"]
