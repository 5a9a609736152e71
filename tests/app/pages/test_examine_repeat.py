"""Repeating the finding in view: the button, the outcome in words, and what happens when one goes on meanwhile."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.pages.examine import ExaminePage
from core.custody import Repetition
from core.domain import CaseDetails, ExhibitFilter, SortKey, Table
from core.errors import NotFound
from tests.app.examine_fakes import DETECTOR, a_finding, a_workspace, an_exhibit


@pytest.fixture
def workspace():
    made = a_workspace(*(an_exhibit(number) for number in (1, 2, 3)))
    for number in (1, 2):
        made.analysis.findings[number] = a_finding(made.exhibits.all[number])
    return made


@pytest.fixture
def page(qtbot, jobs, workspace):
    made = ExaminePage(workspace, jobs)
    qtbot.addWidget(made)
    jobs.changed.connect(made.reload)
    made.bugs = []
    jobs.failed.connect(lambda _job, error: made.bugs.append(error))
    made.resize(1280, 800)
    made.show()
    made.set_context(ExhibitFilter(), SortKey.TAKEN, False)
    made.row = made.view.figures.repeat
    made.go = lambda number: (
        made.show_exhibit(number),
        qtbot.waitUntil(lambda: made.records is not None and made.records.exhibit.id == number),
        qtbot.waitUntil(lambda: not jobs.running(quiet=True) or not workspace.rerun.gate.is_set()),
    )
    made.click = lambda: qtbot.mouseClick(made.row.button, Qt.MouseButton.LeftButton)
    yield made
    assert not made.bugs


def test_the_finding_in_view_is_repeated_and_the_outcome_is_told(page, qtbot, workspace):
    page.go(1)
    assert page.row.isVisibleTo(page)
    assert page.row.words.text() == ""
    workspace.rerun.gate.clear()
    page.click()
    assert page.row.button.text() == "Repeating …"
    assert not page.row.button.isEnabled()
    workspace.rerun.gate.set()
    qtbot.waitUntil(lambda: page.row.words.text() != "")
    assert page.row.words.text() == "Equal: as the stand-in says about 1."
    assert "Repeated 2026-11-21 09:00 UTC by A. Moreau" in page.row.when.text()
    assert page.row.button.isEnabled()
    assert workspace.rerun.asked == [((1,), DETECTOR.digest, "cpu")]


def test_an_earlier_repetition_is_shown_again_and_only_with_its_finding(page, qtbot, workspace):
    page.go(1)
    workspace.rerun.outcome = Repetition.DIFFERENT
    page.click()
    qtbot.waitUntil(lambda: "Different" in page.row.words.text())
    page.go(2)
    assert page.row.words.text() == ""
    page.go(1)
    qtbot.waitUntil(lambda: "Different" in page.row.words.text())
    workspace.analysis.findings[1] = replace(a_finding(workspace.exhibits.all[1]), id=9)
    page.reload(frozenset({Table.FINDINGS}))
    qtbot.waitUntil(lambda: page.records.finding.id == 9)
    qtbot.waitUntil(lambda: page.row.words.text() == "")


def test_an_outcome_that_comes_late_is_not_told_of_another_exhibit(page, qtbot, jobs, workspace):
    page.go(1)
    workspace.rerun.gate.clear()
    page.click()
    page.go(2)
    assert page.row.button.text() == "&Repeat"
    workspace.rerun.gate.set()
    qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    assert page.row.words.text() == ""
    page.go(1)
    qtbot.waitUntil(lambda: "about 1" in page.row.words.text())


def test_a_refusal_is_told_and_a_cancelled_one_leaves_nothing(page, qtbot, jobs, workspace):
    page.go(1)
    workspace.rerun.refusal = NotFound("The detector is not on this computer. Install it.")
    page.click()
    qtbot.waitUntil(lambda: "Install it" in page.row.words.text())
    workspace.rerun.refusal = None
    workspace.rerun.gate.clear()
    page.click()
    qtbot.waitUntil(lambda: len(workspace.rerun.asked) == 2)
    next(job for job in jobs.running() if "Repeating" in job.title).cancel()
    qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    assert page.row.button.isEnabled()
    assert page.row.words.text() == ""
    assert workspace.rerun.made == []


def test_without_a_finding_or_in_a_blind_case_there_is_nothing_to_repeat(page, qtbot, workspace):
    page.go(3)
    assert not page.row.isVisibleTo(page)
    workspace.cases.current.details = CaseDetails("One", blind=True)
    page.go(2)
    assert not page.row.isVisibleTo(page)
