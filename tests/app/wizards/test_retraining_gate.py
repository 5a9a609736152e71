from dataclasses import replace

import pytest

from app.wizards.retraining_gate import GatePage
from tests.app.stand_in_retraining_results import TrainedStandIn, full_result


@pytest.fixture
def workspace(tmp_path):
    return TrainedStandIn(tmp_path)


@pytest.fixture
def page(workspace, jobs, qtbot):
    made = GatePage(workspace, jobs)
    qtbot.addWidget(made)
    made.drafts = []
    made.draft_changed.connect(made.drafts.append)
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    made.resize(900, 700)
    made.show()
    return made


def test_a_detector_that_is_not_worse_passes_without_a_reason(page, workspace):
    page.show_draft(workspace.draft)
    page.idle()
    assert page.banner.headline.text() == "The new detector may be put to use"
    assert page.banner.kind == "done"
    assert page.isComplete()
    assert not page.reason.isVisible()
    assert all(card.headline.text().startswith("Met – ") for card in page.lines.cards)


def test_a_detector_that_forgot_does_not_pass_and_says_what_it_forgot_first(page, workspace):
    workspace.training_results.result = full_result(workspace.folder_of_draft, worse=True)
    page.show_draft(workspace.draft)
    page.idle()
    assert page.banner.headline.text() == "The new detector may not be put to use"
    assert not page.isComplete()
    assert page.lines.cards[0].headline.text().startswith("Not met – The old classes together")
    assert any("stylegan: 54 of 60 right before, 24 now" in card.found.text() for card in page.lines.cards)
    assert page.reason.isVisible()


def test_overruling_needs_twenty_characters(page, workspace):
    workspace.training_results.result = full_result(workspace.folder_of_draft, worse=True)
    page.show_draft(workspace.draft)
    page.idle()
    page.reason.edit.setPlainText("  nineteen letters!!  ")
    assert page.count.text() == "At least 20 characters; 2 characters are missing."
    assert not page.isComplete()
    page.reason.edit.setPlainText("StyleGAN is not in our casework.")
    assert page.isComplete()
    assert page.drafts[-1].override == "StyleGAN is not in our casework."


def test_a_reason_written_before_is_shown_again(page, workspace):
    workspace.training_results.result = full_result(workspace.folder_of_draft, worse=True)
    page.show_draft(replace(workspace.draft, override="StyleGAN is not in our casework."))
    page.idle()
    assert page.reason.text == "StyleGAN is not in our casework."
    assert page.isComplete()
    assert page.drafts == []


def test_a_reason_is_dropped_once_the_gate_is_passed(page, workspace):
    page.show_draft(replace(workspace.draft, override="StyleGAN is not in our casework."))
    page.idle()
    assert page.drafts[-1].override == ""


def test_what_could_not_be_found_out_counts_as_not_met_and_says_so(page, workspace):
    result = dict(workspace.training_results.result)
    result["new"] = {**result["new"], "false_accusation": {}}
    workspace.training_results.result = result
    page.show_draft(workspace.draft)
    page.idle()
    assert not page.isComplete()
    first = page.lines.cards[0]
    assert first.headline.text().startswith("Could not be found out, which counts as not met – At most 2.0%")
    assert "1 could not be found out" in page.banner.sentence.text()


def test_the_answer_is_seen_without_colour(page, workspace):
    page.show_draft(workspace.draft)
    page.idle()
    card = page.lines.cards[0]
    assert card.accessibleName().startswith("Met: ")
    page.grab()
