"""Triage with groups, and in a case that is examined blind."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPushButton

from app.widgets.verdict_header import VerdictHeader
from core.domain import ExhibitFilter, Table
from tests.app.pages.test_triage import page  # noqa: F401 - the page as the other tests use it


@pytest.fixture
def triage(page, stand_in):  # noqa: F811
    page.open()
    page.told = []
    page.message.connect(page.told.append)
    return page


def name_group(triage, name, note=""):
    dialog = triage._grouping.dialog
    dialog.name.setText(name)
    dialog.note.setPlainText(note)
    dialog.accept()
    triage.idle()


def group_boxes(triage):
    return {
        box.accessibleName(): box
        for box in triage.view.panel._groups.findChildren(QCheckBox)
        if not box.parentWidget().isHidden()
    }


def chips(triage):
    return [button.text() for button in triage.view.chips.findChildren(QPushButton) if not button.isHidden()]


def test_selected_exhibits_become_a_group_that_the_filter_shows(triage, stand_in):
    triage.pick(1, 3, 4)
    triage.trigger("triage.make_group")
    triage.idle()
    name_group(triage, "Same camera", "dust")
    (group,) = stand_in.groups.groups.values()
    assert (group.name, group.note, group.exhibit_ids) == ("Same camera", "dust", (2, 4, 5))
    group_boxes(triage)["Same camera, 3"].click()
    triage.idle()
    assert triage.table.ids == (2, 4, 5)
    assert chips(triage) == ["group Same camera"]
    triage._edits.stack.undo()
    triage.idle()
    assert triage.table.ids == ()
    assert chips(triage) == ["group (removed)"]
    triage.trigger("triage.clear_filter")
    triage.idle()
    assert len(triage.table.ids) == 12
    assert group_boxes(triage) == {}


def test_a_group_needs_a_selection(triage):
    triage.view.grid.clearSelection()
    triage.trigger("triage.make_group")
    triage.idle()
    assert triage._grouping.dialog is None
    assert "Select" in triage.told[0]


def test_the_dialog_knows_the_names_that_are_taken_and_goes_with_the_case(triage, stand_in):
    stand_in.groups.make("Same camera", (1,))
    triage.pick(0)
    triage.trigger("triage.make_group")
    triage.idle()
    dialog = triage._grouping.dialog
    dialog.name.setText("same camera")
    assert not dialog.make.isEnabled()
    triage.clear()
    assert triage._grouping.dialog is None
    assert list(stand_in.groups.groups) == [1]


def blind(triage, stand_in):
    stand_in.cases.update(replace(stand_in.cases.current.details, blind=True))
    triage.reload(frozenset({Table.CASE, Table.FINDINGS, Table.VIEWS}))
    triage.idle()


def header(triage):
    return triage.view.inspector.findChild(VerdictHeader)


def test_a_blind_case_hides_what_is_said_until_the_own_view(triage, stand_in):
    triage.pick(0)
    assert "Hidden" not in header(triage).headline.text()
    blind(triage, stand_in)
    assert all(line.hidden for line in stand_in.exhibits.lines(triage.table.ids))
    triage.pick(0)
    assert header(triage).headline.text() == "Hidden until you write your view"
    assert triage.view.inspector._figures.text() == ""
    spoken = triage.table.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Hidden" in spoken
    assert "score" not in spoken
    assert triage.view.panel._architectures._boxes == {}
    written = stand_in.views.write(triage.table.ids[0], "real", "")
    triage.reload(written.touched)
    triage.idle()
    triage.idle()
    assert "score" in triage.table.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Hidden" not in header(triage).headline.text()
    assert triage.view.inspector._figures.text() != ""


def test_a_verdict_filter_never_finds_a_hidden_exhibit(triage, stand_in):
    blind(triage, stand_in)
    stand_in.views.write(3, "real", "")
    shown = stand_in.lines[3].verdict
    triage._filter(ExhibitFilter(verdicts=frozenset({shown})))
    triage.idle()
    assert triage.table.ids == (3,)
