"""The section "Conclusion" of Examine: propositions first, weights in words, two examiners, and nothing lost."""

import time
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from app.jobs import Lane
from app.pages.examine import ExaminePage
from app.pages.examine_conclusion import ConclusionSection
from core.domain import ExhibitFilter, SortKey, Table
from core.errors import DiskFull
from core.reporting import Outcome, Role
from tests.app.examine_fakes import a_finding, a_workspace, an_exhibit

FIRST, SECOND = "A. Moreau", "B. Later"
ALL = frozenset({Table.CASE, Table.VIEWS, Table.FINDINGS, Table.CONCLUSIONS})


@pytest.fixture
def workspace():
    made = a_workspace(*(an_exhibit(number) for number in (1, 2, 3)))
    for exhibit in made.exhibits.all.values():
        made.analysis.findings[exhibit.id] = a_finding(exhibit)
    return made


@pytest.fixture
def page(qtbot, jobs, workspace):
    made = ExaminePage(workspace, jobs)
    qtbot.addWidget(made)
    jobs.changed.connect(made.reload)
    made.said, made.bugs = [], []
    made.message.connect(made.said.append)
    jobs.failed.connect(lambda _job, error: made.bugs.append(error))
    made.resize(1280, 800)
    made.show()
    made.idle = lambda: (qtbot.waitUntil(lambda: not jobs.running(quiet=True)), QApplication.processEvents())
    made.section = made.findChild(ConclusionSection)
    made.set_context(ExhibitFilter(), SortKey.TAKEN, False)
    yield made
    assert not made.bugs


def open_exhibit(page, number):
    page.show_exhibit(number)
    page.idle()
    page.view.tabs.show_section(page.section.widget)
    page.idle()
    page.idle()


def settle(page):
    page.idle()
    page.idle()


def blind(workspace):
    case = workspace.cases.current
    case.details = replace(case.details, blind=True)


def sit_down(page, workspace, name):
    workspace.views.examiner = name
    page.reload(ALL)
    settle(page)
    page.view.tabs.show_section(page.section.widget)  # a hidden exhibit leads to the section "View"
    settle(page)


def words(widget):
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def propose(page):
    page.section.view.propositions.write.click()
    settle(page)


def conclude(page, outcome, opinion="I think so.", *, agrees=None):
    form = page.section.view.form
    form.outcome.setCurrentIndex(form.outcome.findData(outcome))
    form.opinion.edit.setPlainText(opinion)
    if agrees is not None:
        (form.agree if agrees else form.disagree).click()
    form.write.click()
    settle(page)


def test_from_a_suggestion_to_words_of_the_scale_and_a_conclusion(page, workspace):
    open_exhibit(page, 1)
    view = page.section.view
    form = view.propositions
    assert form.first.text == "the image was produced by Stable Diffusion 1"
    assert form.architecture.currentText() == "Stable Diffusion 1"
    assert "No propositions are written down" in view.weight.sentence.text()
    form.background.edit.setPlainText("A seized phone.")
    propose(page)
    (made,) = workspace.conclusions.proposed
    assert (made.architecture, made.background, made.population) == (
        "stable-diffusion-1",
        "A seized phone.",
        "photographs",
    )
    assert not form.fold.isChecked()
    assert "moderate support for the proposition that the image was produced by Stable Diffusion 1" in (
        view.weight.sentence.text()
    )
    assert "permits at most 100" in view.weight.figures.text()
    assert "ENFSI" in view.weight.source.text()
    assert not view.form.write.isEnabled()
    conclude(page, Outcome.SUPPORTS_FIRST, "The traces are strong; an enlarged photograph could show some.")
    (concluded,) = workspace.conclusions.concluded
    assert (concluded.role, concluded.agrees, concluded.scale) == (Role.EXAMINER, None, "enfsi-2015")
    assert f"{FIRST}: supports the first proposition" in words(view)
    assert view.form.opinion.text == ""


def test_another_scale_puts_the_ratio_into_its_own_words_and_is_remembered(page, workspace):
    open_exhibit(page, 1)
    propose(page)
    view = page.section.view
    view.weight.scales.setCurrentIndex(1)
    view.weight.scales.activated.emit(1)
    settle(page)
    assert "(level +1)" in view.weight.sentence.text()
    assert "Swedish" in view.weight.source.text()
    conclude(page, Outcome.SUPPORTS_FIRST)
    assert workspace.conclusions.concluded[0].scale == "nfc-sweden"
    open_exhibit(page, 2)
    assert view.weight.scale == "nfc-sweden"


def test_where_there_is_no_ratio_the_reason_is_shown_and_no_scale(page, workspace):
    workspace.conclusions.ratio = None
    open_exhibit(page, 1)
    propose(page)
    assert page.section.view.weight.sentence.text() == "No source was unseen."
    assert not page.section.view.weight.scales.isVisible()


def test_blind_only_propositions_can_be_written_and_nothing_is_revealed(page, workspace):
    blind(workspace)
    calls = []
    workspace.called = lambda name, **_: calls.append(name)
    open_exhibit(page, 1)
    view = page.section.view
    assert view.propositions.first.text == "the image was produced by an image generator"
    assert "before the answer was seen" in words(view)
    assert "examined blind" in words(view)
    assert not view.form.isVisible()
    assert not view.weight.isVisible()
    view.propositions.architecture.setCurrentIndex(view.propositions.architecture.findData("sdxl"))
    view.propositions.architecture.activated.emit(0)
    settle(page)
    assert view.propositions.first.text == "the image was produced by SDXL"
    propose(page)
    assert workspace.conclusions.proposed[0].architecture == "sdxl"
    assert "written before the answer was seen" in words(view)
    assert "conclusions.suggested" in calls
    assert "conclusions.weigh" not in calls
    workspace.views.write(1, "generated")
    page.reload(ALL)
    settle(page)
    assert view.form.isVisible()
    assert view.weight.isVisible()
    assert "conclusions.weigh" in calls


def test_a_second_examiner_sees_the_first_only_after_an_own_view_and_says_which_side(page, workspace):
    blind(workspace)
    workspace.views.write(1, "generated")
    open_exhibit(page, 1)
    propose(page)
    conclude(page, Outcome.SUPPORTS_FIRST, "SECRET opinion")
    sit_down(page, workspace, SECOND)
    view = page.section.view
    assert "examined blind" in words(view)
    assert "SECRET" not in words(view)
    assert not view.form.isVisible()
    workspace.views.write(1, "real")
    sit_down(page, workspace, SECOND)
    assert "SECRET opinion" in words(view)
    assert f"You write as {SECOND}, the second examiner; the first is {FIRST}." in words(view)
    form = view.form
    form.outcome.setCurrentIndex(form.outcome.findData(Outcome.NEITHER))
    form.opinion.edit.setPlainText("I see no trace.")
    assert not form.write.isEnabled()  # no side is chosen yet
    conclude(page, Outcome.NEITHER, "I see no trace.", agrees=False)
    second = workspace.conclusions.concluded[-1]
    assert (second.author, second.role, second.agrees) == (SECOND, Role.SECOND, False)
    told = words(view)
    assert told.index(f"{FIRST}: supports the first proposition") < told.index(
        f"{SECOND}: supports neither proposition"
    )
    assert "disagrees with the first" in told
    sit_down(page, workspace, FIRST)
    assert f"You write as {FIRST}." in words(view)
    conclude(page, Outcome.INCONCLUSIVE, "On reflection.")
    told = words(view)
    assert f"{FIRST}: supports the first proposition (changed since)" in told
    assert "the first examiner concluded anew since" in told


def test_a_conclusion_about_earlier_propositions_says_so(page, workspace):
    open_exhibit(page, 1)
    propose(page)
    conclude(page, Outcome.SUPPORTS_FIRST)
    assert "about earlier propositions" not in words(page.section.view)
    form = page.section.view.propositions
    form.fold.click()
    form.second.edit.setPlainText("the image is a drawing")
    propose(page)
    assert len(workspace.conclusions.proposed) == 2
    assert "about earlier propositions" in words(page.section.view)


def test_what_is_typed_waits_with_its_exhibit_and_not_for_another_case(page, workspace):
    open_exhibit(page, 1)
    view = page.section.view
    view.propositions.second.edit.setPlainText("a drawing")
    view.form.opinion.edit.setPlainText("Half a sent")
    open_exhibit(page, 2)
    assert view.form.opinion.text == ""
    assert view.propositions.second.text == "the image was produced otherwise"
    open_exhibit(page, 1)
    assert view.form.opinion.text == "Half a sent"
    assert view.propositions.second.text == "a drawing"
    page.reload(ALL)
    settle(page)
    assert view.form.opinion.text == "Half a sent"
    workspace.cases.current.path = "/another"
    page.clear()
    open_exhibit(page, 1)
    assert view.form.opinion.text == ""


def test_what_goes_wrong_keeps_what_was_typed(page, workspace, monkeypatch):
    def full(*_):
        raise DiskFull("There is no space left.")

    open_exhibit(page, 1)
    view = page.section.view
    monkeypatch.setattr(workspace.conclusions, "conclude", full)
    conclude(page, Outcome.INCONCLUSIVE, "I cannot say.")
    assert "no space left" in words(view.form)
    assert view.form.opinion.text == "I cannot say."
    assert view.form.write.isEnabled()
    view.propositions.second.edit.setPlainText(view.propositions.first.text)
    propose(page)
    assert "say the same" in words(view.propositions)
    assert workspace.conclusions.proposed == []
    page.bugs.clear()


def test_a_second_click_writes_nothing_twice_and_nothing_goes_into_another_case(page, workspace):
    open_exhibit(page, 1)
    case = workspace.cases.current

    def open_another(_):
        time.sleep(0.1)  # the wish is waiting behind this in the lane
        case.path = "/another"

    page.section._jobs.start(open_another, lane=Lane.WRITE, quiet=True)
    conclude(page, Outcome.INCONCLUSIVE, "I cannot say.")
    page.section.view.form.write.click()
    settle(page)
    assert workspace.conclusions.concluded == []
    page.bugs.clear()


def test_a_conclusion_that_is_written_after_the_exhibit_was_left_is_no_draft_any_more(page, workspace):
    open_exhibit(page, 1)
    view = page.section.view
    view.form.outcome.setCurrentIndex(view.form.outcome.findData(Outcome.INCONCLUSIVE))
    view.form.opinion.edit.setPlainText("I cannot say.")
    view.propositions.second.edit.setPlainText("a drawing")
    page.section._jobs.start(lambda _: time.sleep(0.1), lane=Lane.WRITE, quiet=True)
    view.form.write.click()
    page.show_exhibit(2)
    settle(page)
    assert len(workspace.conclusions.concluded) == 1
    open_exhibit(page, 1)
    assert view.form.opinion.text == ""
    assert view.propositions.second.text == "a drawing"


def test_a_read_only_case_shows_everything_and_takes_nothing(page, workspace):
    open_exhibit(page, 1)
    propose(page)
    conclude(page, Outcome.NEITHER)
    workspace.cases.current.read_only = True
    sit_down(page, workspace, FIRST)
    view = page.section.view
    assert "read-only" in words(view)
    assert f"{FIRST}: supports neither proposition" in words(view)
    assert not view.form.isVisible()
    assert not view.propositions.fold.isVisible()


def test_hostile_words_are_shown_literally(page, workspace):
    open_exhibit(page, 1)
    form = page.section.view.propositions
    form.first.edit.setPlainText("<b>bold</b>\u202eevil")
    form.background.edit.setPlainText("x" * 4000)
    propose(page)
    conclude(page, Outcome.NEITHER, "<img src=x>\u2066\x07")
    told = words(page.section.view)
    assert "<b>bold</b>⟨U+202E⟩evil" in told
    assert "<img src=x>⟨U+2066⟩" in told
    assert page.minimumSizeHint().width() <= 1100
