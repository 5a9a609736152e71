from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCommandLinkButton, QLineEdit, QPushButton

from app.actions import build_actions
from app.pages.case import CasePage
from app.widgets.log_words import act_text, details_text
from core.domain import AuditEntry, CaseDetails, Table


@pytest.fixture
def page(stand_in, jobs, qtbot):
    made = CasePage(stand_in, jobs)
    qtbot.addWidget(made)
    made.adopt_actions(build_actions(made))
    made.show()
    made.idle = lambda: qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    return made


def field(page, text):
    return next(line for line in page.findChildren(QLineEdit) if line.text() == text)


def save(page):
    return next(button for button in page.findChildren(QPushButton) if button.text() == "&Save")


def test_without_a_case_it_offers_recent_ones(page, qtbot):
    page.set_recent([Path("/cases/Portraits.dnacase")])
    button = page.findChild(QCommandLinkButton)
    assert button.text() == "Portraits"
    with qtbot.waitSignal(page.open_wished) as wished:
        button.click()
    assert wished.args == [Path("/cases/Portraits.dnacase")]
    page.set_recent([])


def test_it_shows_what_the_case_is_and_how_far(page, stand_in):
    stand_in.log("case made", title="Election portraits")
    page.set_case(stand_in.open_case())
    page.idle()
    assert field(page, "2026-114")
    names = [card.accessibleName() for card, _number, _caption in page.counters._cards]
    assert "exhibits: 12" in names
    assert "not taken in: 10" in names
    assert page.log.index(0, 2).data() == "case made"
    assert page.log.index(0, 3).data() == "title: Election portraits"


def test_details_are_changed_and_typing_survives_a_refresh(page, stand_in, qtbot):
    page.set_case(stand_in.open_case())
    page.idle()
    assert not save(page).isEnabled()
    field(page, "2026-114").setText("2026-115")
    page.set_case(stand_in.cases.current)
    assert field(page, "2026-115")
    with qtbot.waitSignal(page.update_wished) as wished:
        save(page).click()
    assert wished.args[0].number == "2026-115"
    changed = stand_in.cases.update(wished.args[0]).value
    page.set_case(changed)
    assert not save(page).isEnabled()
    field(page, "Election portraits").setText("  ")
    assert not save(page).isEnabled()  # a case needs a title


def test_a_read_only_case_cannot_be_changed(page, stand_in):
    page.set_case(stand_in.open_case(read_only=True))
    page.idle()
    assert field(page, "2026-114").isReadOnly()
    assert not save(page).isEnabled()
    assert "read-only" in page._path.text()


def test_another_case_keeps_nothing_of_the_one_before(page, stand_in, tmp_path):
    page.set_case(stand_in.open_case())
    field(page, "2026-114").setText("typed, not saved")
    page.set_case(stand_in.cases.open(tmp_path / "other.dnacase"))
    assert field(page, "2026-114")
    page.set_case(None)
    assert page._stack.currentWidget() is page.welcome


def test_every_write_is_read_again(page, stand_in):
    page.set_case(stand_in.open_case())
    page.idle()
    stand_in.log("tag", ids=[1, 2, 3, 4, 5])
    page.reload(frozenset({Table.TAGS}))
    page.idle()
    assert page.log.index(0, 3).data() == "ids: 1 … (5)"


def test_log_entries_read_as_one_line():
    entry = AuditEntry(1, datetime(2026, 11, 21, tzinfo=UTC), "A", "note", {"id": 3, "text": "a\nb", "tags": [1, 2]})
    assert act_text(entry) == "Note changed"
    assert details_text(entry) == "id: 3 · text: a\nb · tags: 1, 2"


def test_a_new_case_is_asked_for_made_or_refused(page, stand_in, qtbot, tmp_path):
    page.ask_new((Path("/usb"),))
    wizard = page._wizard
    wizard._about._title.setText("Portraits")
    wizard.next()
    wizard._place._folder.setText(str(tmp_path))
    with qtbot.waitSignal(page.create_wished) as wished:
        wizard.accept()
    assert wished.args == [tmp_path / "Portraits.dnacase", CaseDetails("Portraits"), (Path("/usb"),)]
    page.refuse_new("Something exists there already.")
    assert wizard._place._problem.text() == "Something exists there already."
    page.end_new()
    page.idle()
    assert page._wizard is None
    assert stand_in.settings.recall("case_folder") == str(tmp_path)
    page.end_new()  # nothing to end
    page.refuse_new("nothing to refuse")
