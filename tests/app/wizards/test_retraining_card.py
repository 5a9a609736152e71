from dataclasses import replace

import pytest

from app.wizards.retraining_card import CardPage
from app.wizards.retraining_origin import suggested
from core.descent import Consequences
from core.domain import DetectorReference
from core.errors import BadInput, CoreError
from core.retraining import CardWishes
from tests.app.stand_in_retraining_results import TrainedStandIn, full_result


@pytest.fixture
def workspace(tmp_path):
    return TrainedStandIn(tmp_path)


@pytest.fixture
def page(workspace, jobs, qtbot):
    made = CardPage(workspace, jobs)
    qtbot.addWidget(made)
    made.drafts, made.said = [], []
    made.draft_changed.connect(made.drafts.append)
    made.message.connect(made.said.append)
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    made.resize(1000, 700)
    made.show()
    return made


@pytest.fixture
def shown(page, workspace):
    page.show_draft(workspace.draft)
    page.idle()
    return page


def test_a_new_card_suggests_the_parents_name_and_the_next_version(shown):
    assert shown.form.fields["name"].text() == "field"
    assert shown.form.fields["version"].text() == "3"
    assert shown.drafts[0].card.name == "field"
    assert shown.banner.headline.text() == "Not written yet"
    assert not shown.use.isEnabled()


@pytest.mark.parametrize(
    ("before", "after"), [("1", "2"), ("1.9", "1.10"), ("beta", "beta.1"), ("", "2"), ("²", "².1")]
)
def test_versions_count_up(workspace, before, after):
    draft = replace(workspace.draft, parent=DetectorReference("field", before, "ab" * 32))
    assert suggested(draft, "A. Moreau").version == after


def test_what_is_typed_is_kept(shown):
    shown.form.fields["title"].setText("Field detector with FLUX")
    shown.form.notes.setPlainText("From one hub.")
    assert shown.drafts[-1].card.title == "Field detector with FLUX"
    assert shown.drafts[-1].card.notes == "From one hub."


def test_typing_keeps_the_cursor_when_the_draft_comes_back(shown):
    field = shown.form.fields["title"]
    field.setText("Field detector")
    field.setCursorPosition(3)
    shown.show_draft(shown.draft)
    shown.idle()
    assert field.cursorPosition() == 3


def test_writing_signs_and_then_it_can_be_put_to_use(shown, workspace):
    shown.write.click()
    assert not shown.isComplete()
    shown.idle()
    assert workspace.activation.finished[0][1].passed
    assert workspace.activation.signed == [workspace.new_path]
    assert shown.banner.headline.text() == "Ready to be put to use"
    assert "Signed on 2026-11-21" in shown.banner.sentence.text()
    shown.use.click()
    shown.idle()
    assert workspace.activation.activated[0].made == "ef" * 32
    assert shown.drafts[-1].activated_at is not None
    assert shown.banner.headline.text().startswith("In use since ")
    assert shown.banner.kind == "done"
    assert not shown.write.isEnabled()
    assert not shown.form.isEnabled()


def test_a_change_after_signing_asks_to_write_again(shown):
    shown.write.click()
    shown.idle()
    shown.form.fields["version"].setText("4")
    assert shown.banner.headline.text() == "Changed since it was written"
    assert not shown.use.isEnabled()
    shown.write.click()
    shown.idle()
    assert shown.use.isEnabled()


def test_a_name_that_exists_already_is_said_and_can_be_mended(shown, workspace):
    workspace.fail["activation.finish"] = BadInput("There is a detector field, version 3, already.")
    shown.write.click()
    shown.idle()
    assert shown.banner.sentence.text() == "There is a detector field, version 3, already."
    assert shown.banner.kind == "problem"
    workspace.fail.clear()
    shown.form.fields["version"].setText("4")
    assert shown.banner.kind == "note"
    assert shown.write.isEnabled()


def test_without_the_gate_it_is_not_put_to_use(page, workspace):
    workspace.training_results.result = full_result(workspace.folder_of_draft, worse=True)
    page.show_draft(replace(workspace.draft, made="ef" * 32, card=CardWishes("field", "3")))
    page.idle()
    assert page.banner.headline.text() == "The gate was not passed"
    assert not page.use.isEnabled()
    page.show_draft(replace(page.draft, override="StyleGAN is not in our casework."))
    page.idle()
    assert page.use.isEnabled()


def test_looking_ahead_lists_what_would_change_and_writes_notices(shown, workspace):
    view = shown.ahead.view
    assert not view.notices.isVisible()
    view.look.click()
    shown.idle()
    assert view.words.text() == (
        "Asked again: 37 findings in 4 cases. Of these, 3 findings would be answered otherwise."
    )
    assert shown.ahead.table.rowCount() == 3
    assert "Report 2026-114 of “Election portraits”: 1 of 12 exhibits" in view.details.toPlainText()
    view.notices.click()
    shown.idle()
    assert workspace.activation.noticed == [workspace.folder_of_draft / "notices"]
    assert "Draft notices about 1 report are in" in view.written.text()
    assert view.folder.isVisible()


def test_nothing_changes_where_nothing_rests_on_the_parent(shown, workspace, monkeypatch):
    monkeypatch.setattr(workspace.activation, "consequences", lambda *_: Consequences(0, 0, (), (), ("/a is gone.",)))
    shown.ahead.view.look.click()
    shown.idle()
    assert "nothing would change" in shown.ahead.view.words.text()
    assert "/a is gone." in shown.ahead.view.details.toPlainText()
    assert not shown.ahead.view.changed.isVisible()
    assert not shown.ahead.view.notices.isVisible()


def test_looking_that_fails_says_why_and_can_be_tried_again(shown, workspace):
    workspace.fail["activation.consequences"] = CoreError("The analysis process was lost.")
    shown.ahead.view.look.click()
    shown.idle()
    assert shown.ahead.view.waiting.banner.sentence.text() == "The analysis process was lost."
    workspace.fail.clear()
    shown.ahead.view.waiting.again.click()
    shown.idle()
    assert shown.ahead.table.rowCount() == 3


def test_a_detector_without_a_parent_changes_no_finding(page, workspace):
    page.show_draft(replace(workspace.draft, parent=None, parent_path=None))
    page.idle()
    assert not page.ahead.view.look.isEnabled()
    assert page.ahead.view.words.text() == "There is no parent, so no finding can rest on it."


def test_where_it_comes_from_is_shown(shown):
    words = shown.lineage.toPlainText()
    assert "This detector: field, version 3" in words
    assert "Made from: field, version 2" in words


def test_every_control_has_its_own_letter(shown):
    letters = [
        button.text()[button.text().index("&") + 1].lower()
        for button in (shown.write, shown.use, shown.ahead.view.look, shown.ahead.view.notices, shown.ahead.view.folder)
    ]
    letters += list("mvtyuo")  # of the form
    assert len(set(letters)) == len(letters)
