from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from app.wizards.retraining_result import ResultPage
from core.errors import CoreError
from core.retraining import RunState, RunStatus
from tests.app.stand_in_retraining_results import TrainedStandIn


@pytest.fixture
def workspace(tmp_path):
    return TrainedStandIn(tmp_path)


@pytest.fixture
def page(workspace, jobs, qtbot):
    made = ResultPage(workspace, jobs)
    qtbot.addWidget(made)
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    made.resize(1000, 700)
    made.show()
    return made


def test_both_detectors_are_measured_and_shown_side_by_side(page, workspace):
    page.show_draft(workspace.draft)
    assert page.waiting.isVisible()
    assert not page.isComplete()
    page.idle()
    assert not page.waiting.isVisible()
    assert page.isComplete()
    assert page.banner.headline.text() == "Old classes: 92.2 % right (before: 92.2 %). Added class: 86.7 % right"
    assert "315 test images from 9 sources" in page.banner.sentence.text()
    rows = page.figures.classes.rows()
    assert rows[0].startswith("FLUX.1 (added): field 2 cannot name it; New detector 39 of 45: 86.7 %")
    assert any(row.startswith("ProGAN: field 2 58 of 60") and row.endswith("−1.7 points") for row in rows)
    assert "False accusations" in page.figures.headline.rows()[1]
    assert "/data/real/phone/broken.jpg is cut off." in page.figures.others.toPlainText()
    assert "rest on the 270 images that are of classes both can name" in page.figures.others.toPlainText()
    assert "cannot be known" in page.figures.others.toPlainText()
    assert page.confusion.grids[0].caption.text() == "field 2"
    assert len(page.robustness.rates.rows()) == 6
    assert "FLUX.1: 40 images, 40 called another" in page.maps.maps[0].words()


def test_wrong_answers_show_image_and_heat_map(page, workspace):
    page.show_draft(workspace.draft)
    page.idle()
    page.tabs.setCurrentWidget(page.wrong)
    assert page.tabs.tabText(page.tabs.indexOf(page.wrong)) == "&Wrong answers (31)"
    assert page.wrong.legend.text().startswith("25 more are not shown here.")
    page.wrong.list.setCurrentRow(2)
    page.idle()
    assert "Is FLUX.1 – called StyleGAN, score 0.81" in page.wrong.words.text()
    assert not page.wrong.plain.pixmap().isNull()
    assert not page.wrong.map.pixmap().isNull()


def test_an_image_without_a_small_picture_shows_its_heat_map_alone(page, workspace):
    for thumbnail in (workspace.folder_of_draft / "thumbnails").iterdir():
        thumbnail.unlink()
    page.show_draft(workspace.draft)
    page.idle()
    page.tabs.setCurrentWidget(page.wrong)
    page.wrong.list.setCurrentRow(1)
    page.idle()
    assert not page.wrong.plain.isVisible()
    assert not page.wrong.map.pixmap().isNull()


def test_a_missing_picture_is_said_and_not_left_blank(page, workspace):
    result = dict(workspace.training_results.result)
    result["wrong"] = [{**result["wrong"][0], "picture": "wrong/nowhere.png"}]
    workspace.training_results.result = result
    page.show_draft(workspace.draft)
    page.idle()
    assert page.wrong.map.text() == "There is no heat map of this image."


def test_a_measurement_can_be_stopped_and_begun_again(page, workspace, qtbot):
    workspace.training_results.pause_s = 0.1
    page.show_draft(workspace.draft)
    qtbot.waitUntil(lambda: page.waiting.bar.maximum() > 0)
    page.waiting.stop.click()
    page.idle()
    assert page.waiting.banner.headline.text() == "Measuring was stopped"
    assert not page.tabs.isVisible()
    workspace.training_results.pause_s = 0.0
    page.waiting.again.click()
    page.idle()
    assert page.isComplete()


def test_a_failed_measurement_says_why(page, workspace):
    workspace.fail["training_results.measure"] = CoreError("The test image /data/a.png is gone. Put it back.")
    page.show_draft(workspace.draft)
    page.idle()
    assert page.waiting.banner.sentence.text() == "The test image /data/a.png is gone. Put it back."
    assert page.waiting.banner.kind == "problem"
    assert page.waiting.again.isVisible()


def test_a_draft_without_a_detector_leads_back_to_the_training(page, workspace):
    workspace.training_runs.states[workspace.draft.id] = RunState(RunStatus.PAUSED)
    page.show_draft(workspace.draft)
    page.idle()
    assert "Train it on the page “Training” first." in page.waiting.banner.sentence.text()


def test_leaving_while_it_is_measured_shows_nothing_stale(page, workspace):
    workspace.training_results.pause_s = 0.1
    page.show_draft(workspace.draft)
    page.leave()
    page.idle()
    assert page.outcome is None
    page.show_draft(workspace.draft)
    page.idle()
    assert page.outcome is not None


def test_a_training_from_nothing_has_no_parent_beside_it(page, workspace):
    result = dict(workspace.training_results.result)
    result |= {
        "alike": None,
        "parent": None,
        "old_classes": {},
        "confusion": {"new": result["confusion"]["new"]},
        "map": {},
    }
    workspace.training_results.result = result
    page.show_draft(replace(workspace.draft, parent=None, parent_path=None))
    page.idle()
    assert "There is no parent to compare with" in page.figures.others.toPlainText()
    assert page.maps.words.text() == "There is no map: too few test images are at hand."
    page.tabs.setCurrentWidget(page.confusion)
    assert not page.confusion.grids[0].isVisible()


@pytest.mark.parametrize(
    "damage", [{}, {"classes": 3, "wrong": "x", "map": [], "set": None, "robustness": {"steps": 1}}]
)
def test_a_damaged_result_shows_little_and_breaks_nothing(page, workspace, damage):
    workspace.training_results.result = damage
    page.show_draft(workspace.draft)
    page.idle()
    assert page.banner.headline.text() == "Nothing could be measured"
    page.grab()


def test_nothing_from_a_file_is_markup(page, workspace):
    result = dict(workspace.training_results.result)
    result["wrong"] = [{**result["wrong"][0], "path": "<b>x</b>\u202egnp.exe", "truth": "<i>a</i>"}]
    result["set"] = {"n": 1, "words": "<h1>1 image</h1>"}
    workspace.training_results.result = result
    page.show_draft(workspace.draft)
    page.idle()
    assert "<b>x</b>" in page.wrong.words.text()
    assert "\u202e" not in page.wrong.words.text()
    assert all(label.textFormat().name == "PlainText" for label in (page.banner.sentence, page.wrong.words))
    assert isinstance(page.banner.sentence, QLabel)
