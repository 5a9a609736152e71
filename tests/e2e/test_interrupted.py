"""Stories: an intake is cancelled, or the program is killed in the middle; nothing is lost or there twice."""

import os
import signal
import subprocess
import time

import pytest

from core.domain import CaseDetails, ExhibitFilter, IntakeOutcome
from core.errors import Cancelled
from core.progress import Progress
from core.services.workspace import Workspace
from tests.conftest import save_pictures
from tests.e2e.verbs import command

COUNT = 60


def exhibits_of(workspace):
    return workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))


def assert_whole(workspace, count):
    """Every picture is there exactly once, as rows, as evidence and as occurrences."""
    lines = exhibits_of(workspace)
    assert len(lines) == len({line.sha256 for line in lines}) == count
    assert all(len(workspace.exhibits.get(line.id).occurrences) == 1 for line in lines)
    evidence = workspace.cases.current.path / "evidence"
    kept = [path for path in evidence.rglob("*") if path.is_file() and ".incoming" not in path.parts]
    assert sorted(path.name for path in kept) == sorted(line.sha256 for line in lines)
    report = workspace.intake.report()
    assert report.complete
    assert {line.outcome for line in report.lines} == {IntakeOutcome.TAKEN}
    assert len(report.lines) == count


def test_cancelled_and_resumed(tmp_path):
    folder = save_pictures(tmp_path / "in", 24)
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "case", CaseDetails("Cancelled"))
        stop = Progress(lambda tick: stop.cancel() if tick.total == 24 and tick.done == 9 else None)
        with pytest.raises(Cancelled):
            workspace.intake.take([folder], progress=stop)
        waiting = workspace.intake.pending()
        assert 0 < waiting.done < 24
        assert waiting.done + waiting.left == 24
        assert len(exhibits_of(workspace)) == waiting.done
        workspace.intake.resume()
        assert workspace.intake.pending() is None
        assert_whole(workspace, 24)


def test_discarded_rest_stays_visible_in_the_report(tmp_path):
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "case", CaseDetails("Discarded"))
        stop = Progress(lambda tick: stop.cancel() if tick.rate and tick.done == 3 and tick.total == 12 else None)
        with pytest.raises(Cancelled):
            workspace.intake.take([save_pictures(tmp_path / "in", 12)], progress=stop)
        workspace.intake.discard()
        assert workspace.intake.pending() is None
        report = workspace.intake.report()
        assert len(report.lines) == 12
        assert any(line.outcome is IntakeOutcome.PENDING for line in report.lines)


def kill_when(process, reached, limit_s=120):
    """Kill -9 a program and its children as soon as `reached()` is true."""
    ends = time.monotonic() + limit_s
    while not reached():
        assert process.poll() is None, "it finished before it could be killed"
        assert time.monotonic() < ends
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_in_the_middle_of_intake(tmp_path, own_user_folder):
    folder, case = save_pictures(tmp_path / "in", COUNT, width=900, height=700), tmp_path / "killed.dnacase"
    with Workspace() as workspace:
        workspace.cases.create(case, CaseDetails("Killed"))
    process = subprocess.Popen(
        command("intake", case, folder, "--quiet"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    kill_when(process, lambda: len(list((case / "evidence").glob("??/*"))) >= 5)
    with Workspace() as workspace:
        workspace.cases.open(case)
        waiting = workspace.intake.pending()
        assert waiting is not None
        assert waiting.done < COUNT
        assert not list((case / "evidence" / ".incoming").iterdir())
        workspace.intake.resume()
        assert_whole(workspace, COUNT)


def test_killed_in_the_middle_of_attribution(tmp_path, installed):
    folder, case = save_pictures(tmp_path / "in", 40), tmp_path / "killed.dnacase"
    with Workspace() as workspace:
        workspace.cases.create(case, CaseDetails("Killed"))
        workspace.intake.take([folder])
    process = subprocess.Popen(
        command("analyze", case, "--quiet", "--device", "cpu"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def some_findings():
        with Workspace() as watcher:
            watcher.cases.open(case, read_only=True)
            return 0 < watcher.cases.counts().analysed < 40

    kill_when(process, some_findings)
    with Workspace() as workspace:
        workspace.cases.open(case)
        done = workspace.cases.counts().analysed
        assert 0 < done < 40
        assert workspace.analysis.waiting() == 40 - done
        report = workspace.analysis.attribute().value
        assert report.made == 40 - done
        assert workspace.cases.counts().analysed == 40
        assert workspace.analysis.waiting() == 0


def test_ctrl_c_of_a_verb_is_one_sentence_and_keeps_what_is_done(tmp_path):
    folder, case = save_pictures(tmp_path / "in", COUNT, width=900, height=700), tmp_path / "stopped.dnacase"
    with Workspace() as workspace:
        workspace.cases.create(case, CaseDetails("Stopped"))
    process = subprocess.Popen(
        command("intake", case, folder, "--quiet"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while len(list((case / "evidence").glob("??/*"))) < 5:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 3
    assert error.strip() == "Cancelled. What was finished is kept."
    with Workspace() as workspace:
        workspace.cases.open(case)
        workspace.intake.resume()
        assert_whole(workspace, COUNT)


def test_attribution_is_cancelled_at_once_and_goes_on(tmp_path, installed):
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "case", CaseDetails("Cancelled"))
        workspace.intake.take([save_pictures(tmp_path / "in", 30)])
        stop = Progress(lambda tick: stop.cancel() if tick.done >= 8 and tick.unit == "exhibits" else None)
        with pytest.raises(Cancelled):
            workspace.analysis.attribute(progress=stop)
        done = workspace.cases.counts().analysed
        assert 8 <= done < 30
        assert workspace.analysis.attribute().value.made == 30 - done
