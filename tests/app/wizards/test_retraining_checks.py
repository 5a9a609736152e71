"""The page of checks: every finding is settled, or nothing is trained."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWizard

from core.errors import NotFound
from core.retraining import PAGES, CheckFinding, CheckKind, Severity, WayOut
from tests.app.retraining_records import format_is_label, near_duplicates, suspects, two_classes


@pytest.fixture
def checks(on_checks):
    return on_checks.page_of("checks")


def card(page, kind):
    return next(each for each in page.cards if each.finding.kind is kind)


def may_go_on(wizard):
    return wizard.button(QWizard.WizardButton.NextButton).isEnabled()


def said(wizard):
    return " ".join(notice.text for notice in wizard.said.notices)


def settle_all(page):
    card(page, CheckKind.TWO_CLASSES).ways[WayOut.LEAVE_OUT].click()
    card(page, CheckKind.FORMAT_IS_LABEL).ways[WayOut.COMMON_PROCESSING].click()
    card(page, CheckKind.SUSPECT_LABEL).ways[WayOut.MOVE].click()


def test_what_must_be_dealt_with_comes_first_and_blocks(on_checks, checks):
    assert [each.finding.severity for each in checks.cards] == [
        *(Severity.STOP, Severity.WARNING, Severity.WARNING, Severity.NOTE)
    ]
    assert "1 must be dealt with and 2 need your decision" in checks.summary.text()
    assert not may_go_on(on_checks)


def test_leaving_out_names_the_reason(on_checks, checks):
    one = card(checks, CheckKind.TWO_CLASSES)
    one.ways[WayOut.LEAVE_OUT].click()
    assert on_checks.draft.left_out == {one.finding.pairs[0][0]: "one image in two classes"}
    assert "Settled" in one.headline.text()
    assert one.state.text() == "1 image is left out."


def test_some_of_the_pictures_can_be_chosen(on_checks, checks):
    one = card(checks, CheckKind.SUSPECT_LABEL)
    one.pictures.item(1).setSelected(True)
    one.pictures.item(3).setSelected(True)
    assert one.ways[WayOut.LEAVE_OUT].text() == "Leave out 2 chosen images"
    one.ways[WayOut.LEAVE_OUT].click()
    assert set(on_checks.draft.left_out) == {one.finding.images[1], one.finding.images[3]}
    assert "Needs your decision" in one.headline.text()
    assert one.state.text() == "2 images are left out."


def test_moving_goes_to_the_class_each_looks_like(on_checks, checks):
    one = card(checks, CheckKind.SUSPECT_LABEL)
    assert one.ways[WayOut.MOVE].text() == "Move 5 images to “stylegan”"
    one.ways[WayOut.MOVE].click()
    assert on_checks.draft.moved == dict.fromkeys(one.finding.images, "stylegan")


def test_going_on_needs_a_reason_which_the_draft_keeps(on_checks, checks):
    one = card(checks, CheckKind.FORMAT_IS_LABEL)
    one.ways[WayOut.GO_ON].click()
    assert one.reason.isVisible()
    assert not one.go_on.isEnabled()
    one.reason.setText("   ")
    assert not one.go_on.isEnabled()
    one.reason.setText("all test images are PNG as well")
    one.go_on.click()
    assert on_checks.draft.accepted == {one.finding.key: "all test images are PNG as well"}
    assert "all test images are PNG as well" in one.state.text()


def test_a_decision_can_be_taken_back(on_checks, checks):
    settle_all(checks)
    assert may_go_on(on_checks)
    for kind in (CheckKind.TWO_CLASSES, CheckKind.FORMAT_IS_LABEL, CheckKind.SUSPECT_LABEL):
        card(checks, kind).back.click()
    draft = on_checks.draft
    assert (draft.left_out, draft.moved, draft.accepted, draft.common_processing) == ({}, {}, {}, False)
    assert not may_go_on(on_checks)


def test_adding_images_leads_back_to_them(on_checks, checks):
    card(checks, CheckKind.FORMAT_IS_LABEL).ways[WayOut.ADD_IMAGES].click()
    on_checks.settle()
    assert on_checks.currentPage().page_id == "images"


def test_going_on_checks_once_more_what_was_changed(on_checks, checks, door):
    settle_all(checks)
    before = len(door.training_checks.asked)
    on_checks.next()
    on_checks.settle()
    on_checks.settle()
    assert len(door.training_checks.asked) == before + 1
    assert door.training_checks.asked[-1].left_out == on_checks.draft.left_out
    assert PAGES[on_checks.currentId()] == "split"


def test_something_new_keeps_the_page(on_checks, checks, door):
    settle_all(checks)
    few = CheckFinding(CheckKind.FEW_IMAGES, Severity.STOP, "newgan has 8 images.", "Ten are the least.")
    door.training_checks.findings = lambda images: (few,)
    on_checks.next()
    on_checks.settle()
    on_checks.settle()
    assert on_checks.currentPage().page_id == "checks"
    assert "something new" in said(on_checks)
    assert [each.finding for each in checks.cards] == [few]
    assert not may_go_on(on_checks)


def test_a_reason_for_the_images_that_are_left_is_not_asked_for_twice(on_checks, checks, door):
    settle_all(checks)
    suspect = card(checks, CheckKind.SUSPECT_LABEL)
    suspect.back.click()
    suspect.ways[WayOut.GO_ON].click()
    suspect.reason.setText("looked at one by one")
    suspect.go_on.click()
    fewer = replace(suspect.finding, images=suspect.finding.images[1:])
    door.training_checks.findings = lambda images: (fewer,)
    on_checks.next()
    on_checks.settle()
    on_checks.settle()
    assert on_checks.currentPage().page_id == "split"
    assert on_checks.draft.accepted == {fewer.key: "looked at one by one"}


def test_a_clean_set_goes_on_at_once(on_checks, checks, door):
    door.training_checks.findings = lambda images: ()
    checks.again.click()
    on_checks.settle()
    assert checks.summary.text() == "The checks found nothing to object to."
    assert may_go_on(on_checks)


def test_notes_alone_do_not_block(on_checks, checks, door):
    door.training_checks.findings = lambda images: (near_duplicates([one.sha256 for one in images]),)
    checks.again.click()
    on_checks.settle()
    assert "Nothing stands in the way" in checks.summary.text()
    assert may_go_on(on_checks)


def test_stopped_checks_let_nothing_pass(on_checks, checks, door, qtbot):
    door.training_checks.pause_s, door.training_checks.steps = 0.05, 100
    checks.again.click()
    assert not may_go_on(on_checks)
    qtbot.waitUntil(lambda: len(door.training_checks.asked) == 2)
    checks._line.stop.click()
    on_checks.settle()
    assert "nothing is trained unchecked" in checks.summary.text()
    assert not may_go_on(on_checks)


def test_a_folder_that_vanished_is_said(on_checks, checks, door):
    door.fail["training_checks.check"] = NotFound("/usb/newgan does not exist. Check whether its drive is connected.")
    checks.again.click()
    on_checks.settle()
    assert "/usb/newgan does not exist" in said(on_checks)
    assert not may_go_on(on_checks)


def test_leaving_the_page_stops_the_checks(on_checks, checks, door, jobs):
    door.training_checks.pause_s, door.training_checks.steps = 0.05, 1000
    checks.again.click()
    on_checks.back()
    on_checks.settle()
    assert not jobs.running(quiet=True)
    assert checks.draft is not None


def test_coming_back_shows_the_same_findings_without_checking(on_checks, checks, door):
    before = len(door.training_checks.asked)
    on_checks.back()
    on_checks.settle()
    on_checks.next()
    on_checks.settle()
    assert len(door.training_checks.asked) == before
    assert len(checks.cards) == 4


def test_other_images_are_checked_anew(on_checks, checks, door, folder):
    on_checks.back()
    on_checks.settle()
    on_checks.page_of("images").others.test.choose(str(folder("test")))
    on_checks.next()
    on_checks.settle()
    on_checks.settle()
    assert door.training_checks.asked[-1].test_data == folder("test")


def test_pictures_come_from_the_drafts_folder(on_checks, checks):
    on_checks.settle()
    assert card(checks, CheckKind.SUSPECT_LABEL).pictures.wanted == ()


def test_no_file_is_opened_that_a_finding_names_by_its_path(on_checks, checks, door, tmp_path):
    hostile = tmp_path / "hostile.jpg"
    hostile.write_bytes(b"\xff\xd8\xff not a picture")
    finding = CheckFinding(
        *(CheckKind.UNREADABLE, Severity.WARNING, "One file cannot be read.", "It is left out."),
        images=(str(hostile.with_suffix("")),),
        ways=(WayOut.LEAVE_OUT,),
    )
    door.training_checks.findings = lambda images: (finding,)
    checks.again.click()
    on_checks.settle()
    on_checks.settle()
    pictures = checks.cards[0].pictures
    assert pictures.wanted == finding.images
    checks.cards[0].ways[WayOut.LEAVE_OUT].click()
    assert set(on_checks.draft.left_out) == set(finding.images)


def test_a_frozen_split_keeps_the_decisions(on_checks, checks):
    settle_all(checks)
    checks.change(replace(on_checks.draft, split_digest="a" * 64))
    checks.show_draft(on_checks.draft)
    on_checks.settle()
    assert not any(each.back.isVisible() for each in checks.cards)
    assert "frozen" in checks.summary.text()


@pytest.mark.parametrize("make", [two_classes, suspects])
def test_a_finding_is_settled_only_with_its_last_image(on_checks, checks, door, make):
    door.training_checks.findings = lambda images: (make([one.sha256 for one in images], ("newgan",)),)
    checks.again.click()
    on_checks.settle()
    units = checks.cards[0].finding.pairs or tuple((one,) for one in checks.cards[0].finding.images)
    for place, unit in enumerate(units, 1):
        checks.take_way(checks.cards[0].finding, WayOut.LEAVE_OUT, unit[:1])
        assert may_go_on(on_checks) == (place == len(units))


def test_common_processing_holds_for_the_whole_draft(on_checks, checks, door):
    door.training_checks.findings = lambda images: (format_is_label(("newgan",)),)
    checks.again.click()
    on_checks.settle()
    checks.cards[0].ways[WayOut.COMMON_PROCESSING].click()
    assert on_checks.draft.common_processing
    assert may_go_on(on_checks)
