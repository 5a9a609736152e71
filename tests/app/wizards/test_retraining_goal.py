"""The first page: what is to be trained, from which detector, and what was begun before."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QWizard

from core.domain import DetectorReference, DetectorSummary
from core.errors import NotFound
from core.retraining import GoalKind, ImageGroup, RunState, RunStatus

OTHER = DetectorReference("street", "1", "ef" * 32)


@pytest.fixture
def goal(wizard):
    return wizard.page_of("goal")


def rows(page):
    return [page.kept.list.item(row).text() for row in range(page.kept.list.count())]


def add_other(door):
    door.detectors.extra.append(DetectorSummary(OTHER, Path("/detectors/street.safetensors"), ("real", "gan"), {}))


def test_nothing_that_was_begun_means_no_list(goal):
    assert not goal.kept.isVisible()
    assert goal.goal is GoalKind.ADD


def test_the_detector_in_use_is_suggested_and_what_it_knows_is_said(goal):
    assert goal.detector.reference.name == "field"
    assert "Stable Diffusion XL" in goal.knows.text()


def test_another_goal_and_detector_are_kept_in_the_draft(wizard, goal, door):
    add_other(door)
    goal.initializePage()
    wizard.settle()
    goal.goals[GoalKind.CALIBRATE].setChecked(True)
    goal.parents.setCurrentIndex(goal.parents.findData(OTHER.digest))
    wizard.next()
    wizard.settle()
    assert (wizard.draft.goal, wizard.draft.parent) == (GoalKind.CALIBRATE, OTHER)


def test_a_training_from_the_start_needs_no_detector(wizard, goal):
    goal.goals[GoalKind.ANEW].setChecked(True)
    goal.parents.setCurrentIndex(goal.parents.findData(""))
    assert goal.detector is None
    wizard.next()
    wizard.settle()
    assert wizard.draft.parent is None


def test_without_a_detector_nothing_can_be_added_to_one(wizard, goal, door, monkeypatch):
    monkeypatch.setattr(door.detectors, "all", tuple)

    def none():
        raise NotFound("There is no detector.")

    monkeypatch.setattr(door.detectors, "current", none)
    goal.initializePage()
    wizard.settle()
    assert "no detector on this computer" in goal.knows.text()
    assert not wizard.button(QWizard.WizardButton.NextButton).isEnabled()
    goal.goals[GoalKind.ANEW].setChecked(True)
    assert wizard.button(QWizard.WizardButton.NextButton).isEnabled()


def test_a_refused_detector_is_not_offered(wizard, goal, door):
    door.detectors.extra.append(
        DetectorSummary(OTHER, Path("/detectors/street.safetensors"), (), {}, problem="It is damaged.")
    )
    goal.initializePage()
    wizard.settle()
    assert goal.parents.findData(OTHER.digest) == -1


def test_what_was_begun_is_listed_with_how_far_it_is(wizard, goal, door):
    draft = door.retraining.begin(parent=door.detectors.current())
    groups = (ImageGroup("newgan", "lab", Path("/x")),)
    door.retraining.kept[draft.id] = replace(draft, groups=groups, split_digest="a" * 64, page="training")
    door.training_runs.states[draft.id] = RunState(RunStatus.INTERRUPTED)
    goal.initializePage()
    wizard.settle()
    title, state = rows(goal)[0].split("\n")
    assert title == "Adding newgan – field 2"
    assert "interrupted and can go on" in state


def test_one_that_was_begun_is_gone_on_with(wizard, goal, door):
    draft = door.retraining.begin(parent=door.detectors.current())
    door.retraining.kept[draft.id] = replace(draft, page="images")
    goal.initializePage()
    wizard.settle()
    goal.kept.go_on.click()
    wizard.settle()
    assert wizard.draft.id == draft.id
    assert wizard.currentPage().page_id == "images"


def answer(page, role):
    box = page.kept.findChild(QMessageBox)
    next(button for button in box.buttons() if box.buttonRole(button) == role).click()


def test_discarding_is_asked_about(wizard, goal, door):
    draft = door.retraining.begin(parent=door.detectors.current())
    goal.initializePage()
    wizard.settle()
    goal.kept.discard.click()
    answer(goal, QMessageBox.ButtonRole.RejectRole)
    wizard.settle()
    assert draft.id in door.retraining.kept


def test_discarding_removes_it_from_the_list(wizard, goal, door):
    door.retraining.begin(parent=door.detectors.current())
    goal.initializePage()
    wizard.settle()
    goal.kept.discard.click()
    answer(goal, QMessageBox.ButtonRole.DestructiveRole)
    wizard.settle()
    wizard.settle()
    assert door.retraining.kept == {}
    assert not goal.kept.isVisible()


def test_a_damaged_one_can_only_be_discarded(wizard, goal, door):
    door.retraining.broken["c"] = "The file /drafts/c/draft.json is damaged. Discard the retraining."
    goal.initializePage()
    wizard.settle()
    assert not goal.kept.go_on.isEnabled()
    assert "draft.json is damaged" in goal.kept.damaged.text()
    goal.kept.list.itemActivated.emit(goal.kept.list.item(0))
    wizard.settle()
    assert wizard.draft is None
    goal.kept.discard.click()
    answer(goal, QMessageBox.ButtonRole.DestructiveRole)
    wizard.settle()
    assert door.retraining.broken == {}


def test_one_in_use_says_since_when(wizard, goal, door):
    draft = door.retraining.begin(parent=door.detectors.current())
    door.retraining.kept[draft.id] = replace(draft, activated_at=datetime(2026, 11, 22, 12, tzinfo=UTC))
    goal.initializePage()
    wizard.settle()
    assert "in use since 2026-11-22" in rows(goal)[0]


def test_back_on_the_page_another_parent_takes_what_was_accepted_with_it(on_images, door):
    add_other(door)
    page = on_images.page_of("images")
    page.change(replace(on_images.draft, accepted={"one source only:  (0)": "because"}))
    on_images.back()
    on_images.settle()
    goal = on_images.page_of("goal")
    assert not goal.kept.isVisible()
    goal.parents.setCurrentIndex(goal.parents.findData(OTHER.digest))
    assert on_images.draft.parent == OTHER
    assert on_images.draft.accepted == {}


def test_a_frozen_split_keeps_the_goal(on_images):
    on_images.page_of("images").change(replace(on_images.draft, split_digest="a" * 64))
    on_images.back()
    on_images.settle()
    goal = on_images.page_of("goal")
    assert not any(button.isEnabled() for button in goal.goals.values())
    assert not goal.parents.isEnabled()
