from dataclasses import replace
from pathlib import Path

import pytest

from app.wizards.retraining_training import TrainingPage
from app.wizards.training_jobs import training_job
from core.errors import BadInput
from core.retraining import Effort, GoalKind, RunState, RunStatus
from tests.app.stand_in_retraining_results import TrainedStandIn, running


@pytest.fixture
def workspace(tmp_path):
    made = TrainedStandIn(tmp_path)
    made.finished = made.training_runs.states.pop(made.draft.id)
    return made


@pytest.fixture
def page(workspace, jobs, qtbot):
    made = TrainingPage(workspace, jobs)
    qtbot.addWidget(made)
    made.drafts, made.said = [], []
    made.draft_changed.connect(made.drafts.append)
    made.message.connect(made.said.append)
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True) and not made.time._soon.isActive())
    made.time._soon.setInterval(1)
    made._timer.setInterval(20)
    made.show()
    made.show_draft(workspace.draft)
    return made


def test_a_draft_that_was_not_trained_offers_to_start_and_says_how_long_it_takes(page):
    page.idle()
    assert page.view.start.isVisible()
    assert page.view.start.isEnabled()
    assert not page.view.pause.isVisible()
    assert page.time.words.text().startswith("About 6 min 52 s (5 min 30 s to 9 min 00 s) on this computer.")
    assert "flux-1" in page.view.plan.toPlainText()
    assert not page.isComplete()


def test_efforts_that_lack_images_cannot_be_chosen_and_say_why(page):
    page.idle()
    assert page.effort.buttons[Effort.QUICK].isEnabled()
    for effort in (Effort.STANDARD, Effort.PAPER):
        assert not page.effort.buttons[effort].isEnabled()
        assert "Images of the parent's own classes are missing" in page.effort.meanings[effort].text()


def test_another_choice_is_kept_and_estimated_anew(page, workspace):
    page.show_draft(replace(workspace.draft, known_data=(Path("/data/old"),)))
    page.idle()
    before = workspace.calls.count("training_runs.estimate")
    page.effort.buttons[Effort.STANDARD].click()
    page.idle()
    assert page.drafts[-1].effort is Effort.STANDARD
    assert workspace.calls.count("training_runs.estimate") == before + 1


def test_an_estimate_is_not_made_twice_for_the_same_choices(page, workspace):
    page.idle()
    page.show_draft(workspace.draft)
    page.idle()
    assert workspace.calls.count("training_runs.estimate") == 1


def test_training_from_the_start_takes_the_papers_schedule(page, workspace):
    page.show_draft(replace(workspace.draft, goal=GoalKind.ANEW))
    page.idle()
    assert page.drafts[-1].effort is Effort.PAPER
    assert page.effort.buttons[Effort.PAPER].isChecked()
    assert page.view.start.isEnabled()


def test_a_calibration_has_no_effort_to_choose(page, workspace):
    page.show_draft(replace(workspace.draft, goal=GoalKind.CALIBRATE))
    page.idle()
    assert not page.effort.isVisible()
    assert page.calibration.isVisible()


def test_starting_shows_curves_and_ends_with_a_detector(page, workspace, qtbot):
    page.idle()
    workspace.training_runs.pause_s = 0.05
    with qtbot.waitSignal(page.completeChanged, timeout=5000):
        page.view.start.click()
    page.idle()
    assert page.view.state.status is RunStatus.FINISHED
    assert page.isComplete()
    assert page.view.state.curves
    assert not page.view.start.isVisible()


def test_pausing_keeps_the_run_and_going_on_finishes_it(page, workspace, jobs, qtbot):
    page.idle()
    workspace.training_runs.pause_s, workspace.training_runs.steps = 0.1, 50
    page.view.start.click()
    qtbot.waitUntil(lambda: page.view.pause.isVisible() and page.view.state.done > 0)
    page.view.pause.click()
    assert not page.view.pause.isEnabled()
    assert page.view.pause.text() == "Pausing …"
    page.idle()
    assert page.view.state.status is RunStatus.PAUSED
    assert page.view.start.text() == "&Go on"
    assert page.view.start.isEnabled()
    workspace.training_runs.steps = 5
    page.view.start.click()
    page.idle()
    assert page.view.state.status is RunStatus.FINISHED


def test_a_wizard_opened_again_finds_the_training_and_can_pause_it(page, workspace, jobs, qtbot):
    page.idle()
    workspace.training_runs.pause_s, workspace.training_runs.steps = 0.1, 50
    page.view.start.click()
    page.leave()
    other = TrainingPage(workspace, jobs)
    qtbot.addWidget(other)
    other.show_draft(workspace.draft)
    qtbot.waitUntil(lambda: other.view.state.status is RunStatus.RUNNING)
    other._pause()
    page.idle()
    assert training_job(jobs, workspace.draft.id) is None
    assert other.view.state.status is RunStatus.PAUSED


def test_a_run_that_was_interrupted_is_offered_to_go_on(page, workspace):
    workspace.training_runs.states[workspace.draft.id] = replace(running(), status=RunStatus.INTERRUPTED)
    page.show_draft(workspace.draft)
    page.idle()
    assert page.view.banner.headline.text() == "Interrupted"
    assert "“Go on” continues" in page.view.banner.sentence.text()
    assert page.view.start.text() == "&Go on"
    assert not page.effort.isEnabled()


def test_a_training_that_is_refused_says_why_and_can_be_tried_again(page, workspace):
    page.idle()
    workspace.fail["training_runs.start_and_wait"] = BadInput("/data/split.tsv was changed. Freeze the split again.")
    page.view.start.click()
    page.idle()
    assert page.view.banner.headline.text() == "Could not be started"
    assert page.view.banner.sentence.text() == "/data/split.tsv was changed. Freeze the split again."
    assert page.view.banner.kind == "problem"
    assert page.view.start.isEnabled()
    workspace.fail.clear()
    page.view.start.click()
    page.idle()
    assert page.view.state.status is RunStatus.FINISHED


def test_a_training_that_fails_halfway_keeps_its_sentence(page, workspace):
    failed = replace(running(), status=RunStatus.FAILED, problem="There is no space left at /data.")
    workspace.training_runs.states[workspace.draft.id] = failed
    page.show_draft(workspace.draft)
    page.idle()
    assert page.view.banner.sentence.text().startswith("There is no space left at /data.")
    assert page.view.start.text() == "&Go on"


def test_discarding_is_asked_twice(page, workspace):
    workspace.training_runs.states[workspace.draft.id] = replace(running(), status=RunStatus.PAUSED)
    page.show_draft(replace(workspace.draft, made="ef" * 32, override="because it is the only one that we have"))
    page.idle()
    page.view.discard.click()
    assert page.view.question.isVisible()
    page.view.keep.click()
    assert "training_runs.discard_run" not in workspace.calls
    page.view.discard.click()
    page.view.sure.click()
    page.idle()
    assert page.view.state == RunState(RunStatus.NOT_STARTED)
    assert (page.drafts[-1].made, page.drafts[-1].override) == ("", "")
    assert page.effort.isEnabled()


def test_a_training_of_another_program_cannot_be_paused_here(page, workspace):
    page.leave()
    workspace.training_runs.states[workspace.draft.id] = running()
    page.show_draft(workspace.draft)
    page._show((workspace.draft.id, running()))
    page.view.pause.click()
    assert page.said == ["This training was begun elsewhere. Pause it there."]
    page.leave()


def test_leaving_stops_looking(page, workspace):
    workspace.training_runs.states[workspace.draft.id] = running()
    page.show_draft(workspace.draft)
    page.idle()
    page.leave()
    assert not page._timer.isActive()
