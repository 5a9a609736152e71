from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from app.jobs import Jobs
from app.pages.detectors import DetectorsPage
from core.domain import DetectorReference, DetectorSummary, Table
from tests.app.examine_fakes import FakeDetectors, a_summary, a_workspace

OTHER = replace(a_summary({"title": "Lab detector"}, digest="cd" * 32), path=Path("/detectors/lab.safetensors"))
REFUSED = DetectorSummary(
    DetectorReference("strange", "", ""), Path("/detectors/strange.safetensors"), (), {}, "It has no card."
)


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close()


def _page(qtbot, jobs, *summaries):
    workspace = a_workspace(detectors=FakeDetectors(*summaries))
    page = DetectorsPage(workspace, jobs)
    qtbot.addWidget(page)
    jobs.changed.connect(page.reload)
    page.said = []
    page.message.connect(page.said.append)
    qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    return page, workspace


def _rows(page):
    return [page._list.item(row).text() for row in range(page._list.count())]


def test_the_list_marks_what_is_in_use_and_what_is_refused(qtbot, jobs):
    page, _ = _page(qtbot, jobs, a_summary({"title": "Field"}), OTHER, REFUSED)
    assert _rows(page) == [
        "Field\nIn use · ab12cd34ab12",
        "Lab detector\nNot in use · cdcdcdcdcdcd",
        "strange\nRefused",
    ]
    assert "In use: new findings" in page.tabs.card.toPlainText()
    assert not page._use.isEnabled()


def test_another_detector_is_taken_into_use(qtbot, jobs):
    page, workspace = _page(qtbot, jobs, a_summary(), OTHER)
    page._list.setCurrentRow(1)
    assert page._use.isEnabled()
    page._use.click()
    qtbot.waitUntil(lambda: "In use" in _rows(page)[1])
    assert workspace.detectors.chosen == OTHER.reference.digest
    assert page.said[0].startswith("Lab detector makes new findings from now on.")
    assert page._list.currentRow() == 1


def test_a_refused_file_says_why_and_cannot_be_used(qtbot, jobs):
    page, _ = _page(qtbot, jobs, a_summary(), REFUSED)
    page._list.setCurrentRow(1)
    assert "It has no card." in page.tabs.card.toPlainText()
    assert not page._use.isEnabled()


def test_no_detector_says_what_to_do(qtbot, jobs):
    page, _ = _page(qtbot, jobs)
    assert "Install one from a file" in page.tabs.card.toPlainText()
    assert not page._use.isEnabled()


def test_only_safetensors_files_are_taken(qtbot, jobs, tmp_path):
    page, workspace = _page(qtbot, jobs, a_summary())
    page.install(tmp_path / "net.pth")
    assert page.said == ["net.pth is not a detector: a detector is a single file that ends in .safetensors."]
    assert len(workspace.detectors.known) == 1


def test_a_file_is_installed_through_the_dialog(qtbot, jobs, tmp_path, monkeypatch):
    page, _ = _page(qtbot, jobs, a_summary())
    path = tmp_path / "net.safetensors"
    path.touch()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(path), ""))
    page._install.click()
    qtbot.waitUntil(lambda: page._list.count() == 2)
    assert page.said == ["net is installed. It is not used until you choose it."]


def test_a_file_that_is_refused_leaves_everything_as_it_is(qtbot, jobs, tmp_path):
    page, _ = _page(qtbot, jobs, a_summary())
    page.install(tmp_path / "gone.safetensors")
    qtbot.waitUntil(lambda: bool(page.said))
    assert "does not exist" in page.said[0]
    assert page._list.count() == 1


def test_it_reloads_for_detectors_only(qtbot, jobs):
    page, workspace = _page(qtbot, jobs, a_summary())
    workspace.detectors.known.append(OTHER)
    page.reload(frozenset({Table.EXHIBITS}))
    assert not jobs.running(quiet=True)
    page.reload(frozenset({Table.DETECTORS}))
    qtbot.waitUntil(lambda: page._list.count() == 2)
    assert page.actions_used() == ()
    page.trigger("anything")
