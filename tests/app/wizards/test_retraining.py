"""The retraining wizard as a whole: its draft is kept whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLabel, QLineEdit, QWizard

from app.wizards.retraining import RetrainingWizard
from core.errors import DiskFull
from core.retraining import PAGES, GoalKind


def current(wizard):
    return PAGES[wizard.currentId()]


def said(wizard):
    return " ".join(notice.text for notice in wizard.said.notices)


def test_the_first_page_makes_a_draft_and_the_second_is_shown(wizard, door):
    assert current(wizard) == "goal"
    assert wizard.draft is None
    assert door.retraining.kept == {}
    wizard.button(QWizard.WizardButton.NextButton).click()
    wizard.settle()
    assert current(wizard) == "images"
    assert wizard.draft.goal is GoalKind.ADD
    assert wizard.draft.parent.name == "field"
    assert door.retraining.kept[wizard.draft.id].page == "images"


def test_it_stands_beside_the_window_and_not_in_its_way(wizard):
    assert not wizard.isModal()
    assert wizard.steps.accessibleName() == "Step 1 of 8: Goal"


def test_a_change_is_saved_without_leaving_the_page(on_images, door, qtbot, folder):
    on_images.page_of("images").others.known.add_folder(folder("known"))
    qtbot.waitUntil(lambda: door.retraining.kept[on_images.draft.id].known_data == (folder("known"),), timeout=3000)


def test_closing_keeps_the_draft_and_frees_it(on_images, door, folder):
    on_images.page_of("images").others.known.add_folder(folder("known"))
    draft_id = on_images.draft.id
    on_images.reject()
    on_images.settle()
    assert door.retraining.kept[draft_id].known_data == (folder("known"),)
    assert door.retraining.opened == set()
    assert door.calls.index("retraining.close") > max(
        place for place, name in enumerate(door.calls) if name == "retraining.save"
    )


def test_escape_closes_like_the_button(on_images, door, qtbot):
    qtbot.keyClick(on_images, Qt.Key.Key_Escape)
    on_images.settle()
    assert not on_images.isVisible()
    assert door.retraining.opened == set()


def test_a_kept_draft_is_gone_on_with_on_its_page(on_checks, door, open_wizard):
    draft_id = on_checks.draft.id
    on_checks.reject()
    on_checks.settle()
    again = open_wizard(draft_id)
    again.settle()
    assert current(again) == "checks"
    assert again.page_of("checks").cards
    again.back()
    assert current(again) == "images"


def test_a_draft_that_another_window_holds_is_not_opened(door, open_wizard):
    draft = door.retraining.begin()
    door.retraining.held.add(draft.id)
    wizard = open_wizard(draft.id)
    wizard.settle()
    assert current(wizard) == "goal"
    assert wizard.draft is None
    assert "open elsewhere: A. Moreau" in said(wizard)


def test_a_draft_that_cannot_be_made_leaves_the_first_page_usable(wizard, door):
    door.fail["retraining.begin"] = DiskFull("There is no space left while making the draft at /home. Free some space.")
    wizard.next()
    wizard.settle()
    assert current(wizard) == "goal"
    assert "no space left" in said(wizard)
    door.fail.clear()
    wizard.next()
    wizard.settle()
    assert current(wizard) == "images"


def test_a_full_disk_is_said_and_the_next_change_is_saved(on_images, door, folder):
    door.fail["retraining.save"] = DiskFull("There is no space left while saving the retraining at /home.")
    on_images.page_of("images").others.known.add_folder(folder("known"))
    on_images.save()
    on_images.settle()
    assert "no space left" in said(on_images)
    door.fail.clear()
    on_images.save()
    on_images.settle()
    assert door.retraining.kept[on_images.draft.id].known_data == (folder("known"),)


def test_a_draft_that_comes_after_the_window_was_closed_is_given_free(wizard, door):
    door.slow["retraining.begin"] = 0.2
    wizard.next()
    wizard.reject()
    wizard.settle()
    wizard.settle()
    assert door.retraining.opened == set()
    assert len(door.retraining.kept) == 1


def test_two_drafts_are_two_windows(on_images, open_wizard, door):
    other = open_wizard()
    other.next()
    other.settle()
    assert other.draft.id != on_images.draft.id
    assert door.retraining.opened == {other.draft.id, on_images.draft.id}


def test_a_page_can_lead_to_another_one_and_back_works_after_it(on_checks):
    on_checks.page_of("checks").page_wished.emit("goal")
    on_checks.settle()
    assert current(on_checks) == "goal"
    on_checks.page_of("goal").page_wished.emit("checks")
    on_checks.settle()
    assert current(on_checks) == "checks"
    on_checks.back()
    assert current(on_checks) == "images"


def test_putting_to_use_is_announced_once(on_images, qtbot):
    page = on_images.page_of("images")
    used = replace(on_images.draft, activated_at=datetime.now(UTC))
    heard = []
    on_images.activated.connect(heard.append)
    page.change(used)
    page.change(replace(used, override="because"))
    assert heard == [used]


def test_what_is_said_goes_with_the_page(on_images):
    on_images.page_of("images").message.emit("Something is so.")
    assert "Something is so." in said(on_images)
    assert on_images.said.isVisible()
    on_images.back()
    assert said(on_images) == ""


def test_every_page_has_a_title_and_its_controls_have_names(wizard):
    for page_id in PAGES:
        page = wizard.page_of(page_id)
        assert page.title(), page_id
        assert page.page_id == page_id
        assert [part for kind in CONTROLS for part in page.findChildren(kind) if not named(part, page)] == []


CONTROLS = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit)


def named(part, page):
    """Whether a control says what it is: itself, by its caption, or as a part of one that does."""
    above = part.parentWidget()
    while above is not page:
        if isinstance(above, (QAbstractItemView, QComboBox, QLineEdit)):
            return True
        above = above.parentWidget()
    text = part.text() if isinstance(part, (QAbstractButton, QLineEdit)) else ""
    return bool(part.accessibleName() or text or any(label.buddy() is part for label in page.findChildren(QLabel)))


def test_it_is_built_without_a_parent_window(door, jobs, qtbot, idle):
    made = RetrainingWizard(door, jobs)
    qtbot.addWidget(made)
    idle()
    made.reject()
    idle()
