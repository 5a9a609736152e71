"""The page of the split: what is set aside, what cannot be known, and freezing it."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWizard

from core.errors import DiskFull
from core.retraining import ImageGroup, RunState, RunStatus


@pytest.fixture
def on_split(on_images, folder, door, monkeypatch):
    monkeypatch.setattr("core.services.training_split.parent_sides", lambda _detector: {})  # the stand-in's is empty
    door.training_checks.findings = lambda images: ()
    images = on_images.page_of("images")
    names = ("a", "b", "c")
    door.training_images.guesses["newgan"] = tuple(ImageGroup("newgan", name, folder(name)) for name in names)
    images.add_paths((folder("newgan"),))
    for _ in range(2):
        on_images.settle()
    on_images.next()
    on_images.settle()
    on_images.next()
    on_images.settle()
    assert on_images.currentPage().page_id == "split"
    return on_images


@pytest.fixture
def split(on_split):
    return on_split.page_of("split")


def may_go_on(wizard):
    return wizard.button(QWizard.WizardButton.NextButton).isEnabled()


def said(wizard):
    return " ".join(notice.text for notice in wizard.said.notices)


def shown(page):
    table = page.table.table
    return [[table.index(row, column).data() for column in range(5)] for row in range(table.rowCount())]


def test_every_source_is_a_row_and_all_are_summed(split):
    rows = shown(split)
    assert [row[:2] for row in rows] == [["newgan", "a"], ["newgan", "b"], ["newgan", "c"], ["All", ""]]
    counted = [int(cell.replace("–", "0")) for row in rows[:-1] for cell in row[2:]]
    assert sum(counted) == 180
    assert rows[-1][4] == "60"


def test_with_one_source_it_is_said_what_cannot_be_known(on_split, split):
    on_split.page_of("images").change(replace(split.draft, groups=split.draft.groups[:1]))
    split.show_draft(on_split.draft)
    on_split.settle()
    assert split.unknowable.isVisible()
    assert "newgan" in split.unknowable.text()


def test_nothing_is_trained_before_it_is_frozen(on_split, split):
    assert not may_go_on(on_split)
    split.freeze.click()
    on_split.settle()
    assert len(on_split.draft.split_digest) == 64
    assert on_split.draft.split_digest in split.state.text()
    assert may_go_on(on_split)
    assert not split.freeze.isVisible()


def test_freezing_writes_it_down(on_split, split, door):
    split.freeze.click()
    on_split.settle()
    lines = (door.retraining.folder(on_split.draft.id) / "split.tsv").read_text().splitlines()
    assert len(lines) == 181
    on_split.save()
    on_split.settle()
    assert door.retraining.kept[on_split.draft.id].split_digest == on_split.draft.split_digest


def test_a_frozen_split_is_read_again(on_split, split):
    before = shown(split)
    split.freeze.click()
    on_split.settle()
    split.show_draft(on_split.draft)
    on_split.settle()
    assert shown(split) == before
    assert may_go_on(on_split)


def test_a_frozen_split_that_was_changed_is_refused_by_name(on_split, split, door):
    split.freeze.click()
    on_split.settle()
    path = door.retraining.folder(on_split.draft.id) / "split.tsv"
    path.write_text(path.read_text().replace("\ttest\n", "\ttraining\n", 1))
    split.show_draft(on_split.draft)
    on_split.settle()
    assert "split.tsv" in said(on_split)
    assert not may_go_on(on_split)
    assert split.thaw.isEnabled()


def test_a_full_disk_freezes_nothing(on_split, split, monkeypatch):
    def full(*_args):
        raise DiskFull("There is no space left while freezing the split at /home.")

    monkeypatch.setattr("core.services.training_split.freeze", full)
    split.freeze.click()
    on_split.settle()
    assert "no space left" in said(on_split)
    assert on_split.draft.split_digest == ""
    assert split.freeze.isEnabled()


def test_it_can_be_opened_again_while_nothing_was_trained(on_split, split):
    split.freeze.click()
    on_split.settle()
    split.thaw.click()
    on_split.settle()
    on_split.settle()
    assert on_split.draft.split_digest == ""
    assert split.freeze.isVisible()
    assert not may_go_on(on_split)


def test_after_a_training_it_stays(on_split, split, door):
    split.freeze.click()
    on_split.settle()
    door.training_runs.states[on_split.draft.id] = RunState(RunStatus.PAUSED)
    split.thaw.click()
    on_split.settle()
    assert on_split.draft.split_digest
    assert "Discard it on the page “Training”" in said(on_split)


def test_too_few_images_are_said(on_split, split, door):
    door.training_images.counts.update(a=1, b=0, c=0)
    split.show_draft(on_split.draft)
    on_split.settle()
    assert said(on_split)
    assert not split.freeze.isEnabled()
    assert "There is no split" in split.state.text()
