"""The page of images: what is dropped, named, counted, missing, and what comes out of a case."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWizard

from core.errors import BadInput, NotFound
from core.retraining import ImageGroup


@pytest.fixture
def images(on_images):
    return on_images.page_of("images")


@pytest.fixture
def add(on_images, images, folder):
    """Takes folders in, as if they had been chosen."""

    def take(*names):
        images.add_paths([folder(name) for name in names])
        on_images.settle()
        on_images.settle()

    return take


def said(wizard):
    return " ".join(notice.text for notice in wizard.said.notices)


def may_go_on(wizard):
    return wizard.button(QWizard.WizardButton.NextButton).isEnabled()


def counts(page):
    return [line.images for line in page.list.lines]


def drop(page, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(40, 40), *how)
    enter.ignore()
    QApplication.sendEvent(page, enter)
    if enter.isAccepted():
        QApplication.sendEvent(page, QDropEvent(QPoint(40, 40), *how))
    return enter.isAccepted()


def test_an_empty_page_invites_and_says_what_is_missing(on_images, images):
    assert images.empty.isVisible()
    assert "Add images of the architecture" in images.lacking.text()
    assert not may_go_on(on_images)


def test_a_dropped_folder_becomes_a_row_with_its_count(on_images, images, folder):
    assert drop(images, folder("newgan"))
    on_images.settle()
    on_images.settle()
    assert [(line.group.label, line.group.source) for line in images.list.lines] == [("newgan", "source-1")]
    assert counts(images) == [60]
    assert images.lacking.text() == ""
    assert may_go_on(on_images)


def test_dropped_files_are_refused_with_what_to_do(on_images, images, tmp_path):
    (tmp_path / "one.png").touch()
    drop(images, tmp_path / "one.png")
    on_images.settle()
    assert said(on_images).startswith("Drop folders")
    assert images.draft.groups == ()


def test_a_folder_without_images_is_refused(on_images, images, add, door):
    door.training_images.counts["empty"] = 0
    add("empty")
    assert "holds no images" in said(on_images)
    assert images.draft.groups == ()


def test_the_same_folder_twice_is_one_row(on_images, images, add):
    add("newgan")
    add("newgan")
    assert len(images.draft.groups) == 1
    assert "in the list already" in said(on_images)


def test_a_folder_of_classes_and_sources_becomes_several_rows(images, add, door, folder):
    door.training_images.guesses["both"] = tuple(ImageGroup("newgan", name, folder(name)) for name in ("a", "b"))
    door.training_images.counts.update(a=10, b=3)
    add("both")
    assert counts(images) == [10, 3]
    assert images.list.chosen == (0, 1)


def test_renaming_is_for_all_that_is_chosen_and_reads_nothing_again(images, add, door):
    add("one", "two")
    before = door.calls.count("training_images.read")
    images.list.choose([0, 1])
    images.form.label.setCurrentText("newgan")
    images.form.source.setText("lab 3")
    assert {(group.label, group.source) for group in images.draft.groups} == {("newgan", "lab 3")}
    assert door.calls.count("training_images.read") == before


def test_choosing_several_does_not_rename_them(images, add):
    add("one", "two")
    images.list.choose([0, 1])
    assert images.form.label.currentText() == "(several)"
    assert [group.label for group in images.draft.groups] == ["one", "two"]


def test_names_the_wrong_way_round_are_exchanged(images, add, door, folder):
    door.training_images.guesses["gans"] = tuple(ImageGroup(name, "gans", folder(name)) for name in ("a", "b"))
    add("gans")
    images.form.exchange.click()
    assert [(group.label, group.source) for group in images.draft.groups] == [("gans", "a"), ("gans", "b")]


@pytest.mark.parametrize("name", ["", "unknown", "a/b", "..", "nul"])
def test_a_name_that_cannot_be_one_holds_the_page(on_images, images, add, name):
    add("newgan")
    images.form.label.setCurrentText(name)
    assert not may_go_on(on_images)
    assert "Name architecture and source of 1 row" in images.lacking.text()


def test_a_class_that_is_known_already_adds_nothing(on_images, images, add):
    add("newgan")
    images.form.label.setCurrentText("progan")
    assert "knows every architecture" in images.lacking.text()
    assert not may_go_on(on_images)


def test_the_name_that_the_files_give_is_one_click(images, add):
    add("newgan")
    assert "3 files name “Stable Diffusion XL 1.0”" in images.form.facts.text()
    images.form.use_claim.click()
    assert images.draft.groups[0].label == "stable-diffusion-xl-1.0"
    assert not images.form.use_claim.isVisible()


def test_delete_takes_a_row_out_and_no_file_is_touched(images, add, qtbot, folder):
    add("one", "two")
    images.list.choose([0])
    qtbot.keyClick(images.list, Qt.Key.Key_Delete)
    assert [group.label for group in images.draft.groups] == ["two"]
    assert folder("one").is_dir()


def test_a_parent_without_rehearsal_asks_for_the_known_classes(on_images, images, add, door, folder):
    door.detectors.rehearse(False)
    images.show_draft(images.draft)
    on_images.settle()
    add("newgan")
    assert "or it would forget them" in images.lacking.text()
    assert not may_go_on(on_images)
    images.others.known.add_folder(folder("field"))
    assert images.lacking.text() == ""
    assert may_go_on(on_images)
    images.others.known.remove.click()
    assert not may_go_on(on_images)


def test_a_folder_of_test_images_is_kept_and_taken_back(images, folder):
    images.others.test.choose(str(folder("test")))
    assert images.draft.test_data == folder("test")
    images.others.test.line.clear()
    images.others.test.line.editingFinished.emit()
    assert images.draft.test_data is None


def test_a_folder_that_is_gone_is_said_and_can_be_taken_out(on_images, images, add, door):
    add("newgan")
    door.fail["training_images.read"] = NotFound("/usb/newgan does not exist. Check whether its drive is connected.")
    images.show_draft(images.draft)
    on_images.settle()
    assert "/usb/newgan does not exist" in said(on_images)
    assert "were not read" in images.lacking.text()
    assert not may_go_on(on_images)
    door.fail.clear()
    images.again.click()
    on_images.settle()
    assert counts(images) == [60]
    assert may_go_on(on_images)


def test_counting_can_be_stopped(on_images, images, folder, door, qtbot):
    door.training_images.pause_s = 0.05
    images.add_paths([folder("big")])
    qtbot.waitUntil(lambda: "training_images.read" in door.calls)
    images._line.stop.click()
    on_images.settle()
    assert images.list.lines[0].failed
    assert not images._line.isVisible()


def test_a_frozen_split_keeps_the_images(on_images, images, add, folder):
    add("newgan")
    images.change(replace(images.draft, split_digest="a" * 64))
    images.show_draft(images.draft)
    on_images.settle()
    assert not images.add_folder.isEnabled()
    assert not images.form.isEnabled()
    assert not drop(images, folder("more"))
    assert "frozen" in images.lacking.text()


def open_case(on_images, images, door):
    door.open_case()
    images.show_draft(images.draft)
    on_images.settle()


def test_exhibits_are_offered_only_with_an_open_case(on_images, images, door):
    assert not images.from_case.isEnabled()
    open_case(on_images, images, door)
    assert images.from_case.isEnabled()
    door.open_case(read_only=True)
    images.show_draft(images.draft)
    on_images.settle()
    assert not images.from_case.isEnabled()


def test_a_consent_needs_a_name_and_a_reason(on_images, images, door):
    open_case(on_images, images, door)
    images.from_case.click()
    on_images.settle()
    dialog = images.asking.dialog
    assert not dialog.give.isEnabled()
    dialog.label.setCurrentText("newgan")
    dialog.reason.edit.setPlainText("order of the court of 21 November")
    assert dialog.give.isEnabled()
    dialog.given_by.clear()
    assert "who consents" in dialog.problem.text()
    assert not dialog.give.isEnabled()


def test_a_consent_brings_copies_with_where_they_come_from(on_images, images, door):
    open_case(on_images, images, door)
    images.from_case.click()
    on_images.settle()
    dialog = images.asking.dialog
    dialog.label.setCurrentText("newgan")
    dialog.reason.edit.setPlainText("order of the court")
    dialog.give.click()
    on_images.settle()
    on_images.settle()
    said_by = door.views.examiner
    assert door.training_consent.given == [
        ("Unknown architecture", "newgan", "Election portraits", said_by, "order of the court")
    ]
    assert "consented" in images.draft.groups[0].origin
    assert images.asking.dialog is None


def test_a_refused_consent_keeps_what_was_typed(on_images, images, door):
    open_case(on_images, images, door)
    images.from_case.click()
    on_images.settle()
    dialog = images.asking.dialog
    dialog.label.setCurrentText("newgan")
    dialog.reason.edit.setPlainText("order of the court")
    door.fail["training_consent.take"] = BadInput("Exhibit 3 is hidden from you until you write your view.")
    dialog.give.click()
    on_images.settle()
    assert "Exhibit 3 is hidden" in dialog.problem.text()
    assert dialog.reason.text == "order of the court"
    assert dialog.give.isEnabled()
    assert images.draft.groups == ()


def test_another_case_in_the_meantime_is_not_learned_from(on_images, images, door):
    open_case(on_images, images, door)
    images.from_case.click()
    on_images.settle()
    dialog = images.asking.dialog
    dialog.label.setCurrentText("newgan")
    dialog.reason.edit.setPlainText("order of the court")
    door.cases.open(Path("/cases/Other.dnacase"))
    dialog.give.click()
    on_images.settle()
    assert "Another case is open now" in dialog.problem.text()
    assert door.training_consent.given == []
