from dataclasses import replace

import pytest

from app.jobs import Jobs
from app.pages.examine import ExaminePage
from core.domain import LikelihoodRatio
from core.errors import BadInput
from tests.app.examine_fakes import CARD, a_finding, a_summary, a_workspace, an_exhibit


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close()


@pytest.fixture
def workspace():
    made = a_workspace(an_exhibit(1))
    made.analysis.findings[1] = a_finding(an_exhibit(1))
    return made


@pytest.fixture
def page(qtbot, jobs, workspace):
    made = ExaminePage(workspace, jobs)
    qtbot.addWidget(made)
    made.show()
    return made


def _open(page, qtbot):
    page.show_exhibit(1)
    qtbot.waitUntil(lambda: page.records is not None)


def _likelihood(page):
    return page.view.figures.values["likelihood"]


def test_a_likelihood_ratio_comes_with_words_and_their_source(page, workspace, qtbot):
    ratio = LikelihoodRatio(40.0, 12.0, 95.0, 100.0, "another of the processes validated")
    workspace.analysis.findings[1] = replace(workspace.analysis.findings[1], likelihood_ratio=ratio)
    _open(page, qtbot)
    figure, words, against = _likelihood(page).text().split("\n")
    assert figure == "40, 95 % interval 12 to 95, ceiling 100"
    assert "moderate support" in words
    assert "it was made by Stable Diffusion 1" in words
    assert against == "Against: another of the processes validated."
    assert "ENFSI" in _likelihood(page).toolTip()


def test_why_there_is_no_likelihood_ratio_comes_from_the_card(page, workspace, qtbot):
    why_not = {"stable-diffusion-1": {"why_not": "Only one source of it was validated."}}
    workspace.detectors.known = [a_summary({**CARD, "likelihood_ratio": {"classes": why_not}})]
    _open(page, qtbot)
    assert _likelihood(page).text() == "not available: Only one source of it was validated."
    assert _likelihood(page).accessibleName() == "Likelihood ratio"


def test_a_finding_of_a_detector_that_is_gone_says_so(page, workspace, qtbot):
    workspace.detectors.known = [a_summary(CARD, digest="ff" * 32)]
    _open(page, qtbot)
    assert "is not on this computer" in _likelihood(page).text()


def test_a_verbal_scale_that_cannot_be_read_leaves_the_figure(page, workspace, qtbot, monkeypatch):
    def refuse(path):
        raise BadInput(f"{path} is damaged.")

    monkeypatch.setattr("app.pages.examine_loading.read_scale", refuse)
    ratio = LikelihoodRatio(40.0, 12.0, 95.0, 100.0, "another process")
    workspace.analysis.findings[1] = replace(workspace.analysis.findings[1], likelihood_ratio=ratio)
    _open(page, qtbot)
    assert _likelihood(page).text().split("\n")[1] == "For: it was made by Stable Diffusion 1."
