import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.jobs import Jobs
from app.pages.detectors import DetectorsPage
from core.domain import DetectorReference, DetectorSummary
from core.errors import BadInput
from core.paths import resources
from tests.app.card_fakes import CARD
from tests.app.examine_fakes import FakeDetectors, a_summary, a_workspace

FULL = replace(a_summary(CARD), path=Path("/detectors/full.safetensors"))
LAB = replace(a_summary({"title": "Lab detector"}, digest="cd" * 32), path=Path("/detectors/lab.safetensors"))
SHIPPED = replace(a_summary(CARD), path=resources() / "detectors" / "field.safetensors")
REFUSED = DetectorSummary(DetectorReference("odd", "", ""), Path("/detectors/odd.safetensors"), (), {}, "No card.")


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close()


@pytest.fixture
def idle(qtbot, jobs):
    return lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))


@pytest.fixture
def asked_from(tmp_path, monkeypatch):
    """Answers the question for a folder; holds the folders that the question began in."""
    began: list[str] = []

    def answer(_parent, _title, folder):
        began.append(folder)
        return str(tmp_path / "my images")

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", answer)
    return began


@pytest.fixture
def open_page(qtbot, jobs, idle, asked_from):
    def build(*summaries):
        workspace = a_workspace(detectors=FakeDetectors(*summaries))
        page = DetectorsPage(workspace, jobs)
        qtbot.addWidget(page)
        jobs.changed.connect(page.reload)
        page.said = []
        page.message.connect(page.said.append)
        page.resize(1000, 700)
        page.show()
        idle()
        return page, workspace.detectors

    return build


def _measured(page, idle):
    page.tabs.setCurrentWidget(page.tabs.measurements)
    page.tabs.measurements.measure.click()
    idle()
    return page.tabs.measurements


def test_what_is_known_of_a_detector_stands_in_four_tabs(open_page, idle):
    page, _ = open_page(FULL, LAB)
    tabs = page.tabs
    titles = [tabs.tabText(place) for place in range(tabs.count())]
    assert titles == ["Card", "Measurements", "Training curves", "Compare"]
    assert "is weighed against" in tabs.card.toPlainText()
    tabs.setCurrentWidget(tabs.measurements)
    assert tabs.measurements.choice.count() == 2
    tabs.setCurrentWidget(tabs.comparison)
    assert tabs.comparison.other.currentText().startswith("Lab detector")


def test_the_plot_is_made_when_the_curves_are_first_looked_at(open_page, idle):
    page, _ = open_page(FULL, LAB)
    curves = page.tabs.curves
    assert curves.plot is None
    page.tabs.setCurrentWidget(curves)
    idle()
    assert curves.plot.isVisible()
    page._list.setCurrentRow(1)
    assert not curves.plot.isVisible()
    assert "no training curves" in curves.state.text()


def test_of_a_refused_file_only_the_reason_is_shown(open_page):
    page, _ = open_page(FULL, REFUSED)
    page.tabs.setCurrentWidget(page.tabs.measurements)
    page._list.setCurrentRow(1)
    assert page.tabs.currentWidget() is page.tabs.card
    assert [page.tabs.isTabEnabled(place) for place in range(4)] == [True, False, False, False]
    page._list.setCurrentRow(0)
    assert page.tabs.isTabEnabled(1)


def test_measured_figures_come_first_and_go_onto_the_card(open_page, idle, asked_from, qtbot):
    page, detectors = open_page(FULL, LAB)
    detectors.gate.clear()
    page.tabs.setCurrentWidget(page.tabs.measurements)
    view = page.tabs.measurements
    view.measure.click()
    assert view.state.text().startswith("Measuring Full detector on “my images” …")
    assert not view.measure.isEnabled()
    detectors.gate.set()
    idle()
    assert detectors.asked == [("evaluate", FULL.reference.digest, "my images", "cpu", False)]
    assert view.state.isHidden()
    assert view.choice.count() == 3
    assert view.choice.currentText() == "“my images”, 100 images – not on the card"
    assert "main.py detectors evaluate field --data 'my images'" in view.details.toPlainText()
    assert "a.png is damaged." in view.details.toPlainText()
    view.name.setText("desk 1")
    view.record.click()
    qtbot.waitUntil(lambda: bool(page.said))
    idle()
    _, digest, name, command = detectors.asked[1]
    assert (digest, name) == (FULL.reference.digest, "desk 1")
    assert shlex.split(command) == [
        *("main.py", "detectors", "evaluate", "field", "--data", "my images", "--record", "desk 1"),
    ]
    assert "another SHA-256" in page.said[0]
    titles = [view.choice.itemText(place) for place in range(view.choice.count())]
    assert len(titles) == 3
    assert titles[-1].startswith("“desk 1”")
    assert view.choice.currentText() == titles[-1]
    assert not any("not on the card" in title for title in titles)
    view.measure.click()
    idle()
    assert [Path(folder).name for folder in asked_from] == ["", "my images"]


def test_a_detector_that_ships_is_never_written_to(open_page, idle):
    page, _ = open_page(SHIPPED)
    view = _measured(page, idle)
    assert "ships with the program and cannot be written to" in view.note.text()
    assert not view.record.isVisible()


def test_measuring_twice_in_the_same_folder_keeps_the_newer_figures(open_page, idle):
    page, detectors = open_page(FULL)
    _measured(page, idle)
    page.tabs.measurements.allow.setChecked(True)
    view = _measured(page, idle)
    assert [asked[-1] for asked in detectors.asked] == [False, True]
    assert view.choice.count() == 3
    assert "--allow-trained" in view.details.toPlainText()


def test_figures_of_a_detector_that_is_not_shown_any_more_are_announced(open_page, idle):
    page, detectors = open_page(FULL, LAB)
    detectors.gate.clear()
    page.tabs.setCurrentWidget(page.tabs.measurements)
    page.tabs.measurements.measure.click()
    page._list.setCurrentRow(1)
    detectors.gate.set()
    idle()
    assert page.said == ["The detector was measured. Choose it in the list and look under “Measurements”."]
    assert page.tabs.measurements.choice.count() == 0
    page._list.setCurrentRow(0)
    assert page.tabs.measurements.choice.count() == 3


def test_a_refusal_is_said_and_nothing_changes(open_page, idle):
    page, detectors = open_page(FULL)
    detectors.refusal = BadInput("The folder holds no classes.")
    view = _measured(page, idle)
    assert page.said == ["The folder holds no classes."]
    assert view.choice.count() == 2
    assert view.measure.isEnabled()


def test_measuring_can_be_stopped(open_page, jobs, idle):
    page, detectors = open_page(FULL)
    detectors.gate.clear()
    page.tabs.setCurrentWidget(page.tabs.measurements)
    page.tabs.measurements.measure.click()
    (job,) = jobs.running()
    assert job.title.startswith("Measuring Full detector")
    job.cancel()
    idle()
    assert page.said == []
    assert page.tabs.measurements.measure.isEnabled()
    assert page.tabs.measurements.choice.count() == 2


def test_no_folder_no_work(open_page, monkeypatch, idle):
    page, detectors = open_page(FULL, LAB)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    page.tabs.measurements.measure.click()
    page.tabs.comparison.compare.click()
    idle()
    assert detectors.asked == []


def test_two_detectors_are_compared_and_the_images_they_differ_about_are_listed(open_page, idle):
    page, detectors = open_page(FULL, LAB)
    view = page.tabs.comparison
    page.tabs.setCurrentWidget(view)
    view.compare.click()
    idle()
    assert detectors.asked == [("compare", FULL.reference.digest, LAB.reference.digest, "my images", "cpu", False)]
    assert "McNemar" in view.opening.toPlainText()
    assert "main.py detectors compare ab12cd34ab12 cdcdcdcdcdcd --data 'my images'" in view.sources.toPlainText()
    table = page.tabs._images
    assert [table.index(0, column).data() for column in range(4)] == [
        "sd1/forum/1.png", "Stable Diffusion 1", "attributed: Stable Diffusion 1", "out of scope",
    ]  # fmt: skip
    page._list.setCurrentRow(1)
    assert "McNemar" in view.opening.toPlainText()
    assert view.nothing.isHidden()


def test_a_comparison_is_shown_only_with_the_detectors_it_is_about(open_page, idle):
    third = replace(LAB, path=Path("/detectors/third.safetensors"), reference=replace(LAB.reference, digest="ef" * 32))
    page, _ = open_page(FULL, LAB, third)
    view = page.tabs.comparison
    page.tabs.setCurrentWidget(view)
    view.compare.click()
    idle()
    page._list.setCurrentRow(2)
    assert view.nothing.isVisible()
    page._list.setCurrentRow(0)
    assert view.nothing.isHidden()


def test_the_keyboard_reaches_everything(open_page, qtbot):
    page, _ = open_page(FULL, LAB)
    page.activateWindow()
    page.setFocus()
    qtbot.waitUntil(page._list.hasFocus)
    page.tabs.setCurrentWidget(page.tabs.measurements)
    reached = set()
    for _ in range(30):
        qtbot.keyClick(page.window().focusWidget(), Qt.Key.Key_Tab)
        reached.add(page.window().focusWidget())
    view = page.tabs.measurements
    assert {page._install, page.tabs.tabBar(), view.choice, view.allow, view.measure, view.grid.view} <= reached
    assert all(part.accessibleName() for part in (page._list, view.choice, view.name, view.grid.view, view.rates))
