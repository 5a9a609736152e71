"""The window's pages: how one gets from one to another, and what the keyboard does on them."""

from pathlib import Path

from PySide6.QtCore import Qt

from app.dialogs.shortcut_sheet import ShortcutSheet
from app.errors import Notice
from app.theme import apply_theme
from core.domain import ExhibitFilter, SortKey, Table
from tests.app.window_stand_in import select, texts


def test_pages_are_reached_by_keys_and_tell_what_is_visible(window, qtbot):
    window.open()
    qtbot.keyClick(window, Qt.Key.Key_7, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.current_id == "settings"
    assert window.qactions["view.settings"].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.current_id == "triage"


def test_digit_keys_tag_and_undo_takes_back(window, stand_in, qtbot):
    window.open()
    select(window, 1)
    qtbot.keyClick(window.pages.current.view.grid, Qt.Key.Key_4)
    window.idle()
    assert stand_in.lines[2].tags == (4,)
    assert window.qactions["edit.undo"].text() == "&Undo tag 4 (1 exhibit)"
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    window.idle()
    assert stand_in.lines[2].tags == ()
    assert not window.qactions["edit.undo"].isEnabled()
    window.do("edit.redo")
    assert stand_in.lines[2].tags == (4,)


def test_digits_typed_into_a_field_are_text(window, stand_in, qtbot):
    window.open()
    select(window, 1)
    search = window.pages.current.view.search
    search.setFocus()
    qtbot.keyClicks(search, "4")
    window.pages.current._search_soon.stop()
    assert search.text() == "4"
    assert stand_in.lines[2].tags == ()


def test_space_presses_a_button_that_has_the_focus(window, qtbot):
    window.open()
    select(window, 0)
    triage = window.pages.current
    triage.view.order.setFocus()
    qtbot.keyClick(triage.view.order, Qt.Key.Key_Space)
    assert triage._look is None
    assert triage._descending
    triage.view.grid.setFocus()
    qtbot.keyClick(triage.view.grid, Qt.Key.Key_Space)
    assert triage._look is not None
    window.idle()
    triage._look.close()


def test_enter_leads_to_examine_and_esc_back_to_the_same_exhibit(window, qtbot):
    window.open()
    select(window, 3)
    qtbot.keyClick(window.pages.current.view.grid, Qt.Key.Key_Return)
    examine = window.pages.current
    assert window.pages.current_id == "examine"
    assert ("show", 4) in examine.log
    window.do("examine.fit")
    assert ("examine.fit",) in examine.log
    examine.show_exhibit(7)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    window.idle()
    assert window.pages.current.targets() == (7,)


def test_the_filter_goes_along_to_examine(window):
    window.open()
    wanted = ExhibitFilter(text="photo")
    window.pages.page("triage")._filter(wanted)
    window.idle()
    assert ("context", wanted, SortKey.TAKEN, False) in window.pages.page("examine").log


def test_digits_tag_the_exhibit_that_is_examined(window, stand_in):
    window.open()
    window.show_exhibit(5)
    window.do("triage.tag_2")
    assert stand_in.lines[5].tags == (2,)


def test_what_a_page_said_is_over_once_one_goes_on(window):
    window.open()
    window.show_exhibit(5)
    window.pages.current.message.emit("This is the last exhibit.")
    assert texts(window) == ["This is the last exhibit."]
    window.show_exhibit(6)
    assert texts(window) == []


def test_neighbours_are_at_hand_in_examine(window, qtbot):
    window.open()
    window.show_exhibit(5)
    assert window._filmstrip.isVisible()
    window._filmstrip.chosen.emit(6)
    assert ("show", 6) in window.pages.current.log
    window.do("view.filmstrip")
    assert window._filmstrip.isHidden()
    window.do("view.filmstrip")
    window.show_page("triage")
    assert window._filmstrip.isHidden()


def test_hidden_pages_hear_of_writes_when_they_are_shown(window, jobs):
    window.open()
    examine = window.pages.page("examine")
    examine.log.clear()
    jobs.changed.emit(frozenset({Table.TAGS}))
    jobs.changed.emit(frozenset({Table.NOTES}))
    assert examine.log == []
    window.show_page("examine")
    (touched,) = (entry[1] for entry in examine.log if entry[0] == "reload")
    assert {Table.TAGS, Table.NOTES} <= touched


def test_another_case_clears_every_page(window):
    window.open()
    window.show_exhibit(5)
    window.desk.open(Path("/other.dnacase"))
    window.idle()
    assert ("clear",) in window.pages.page("examine").log
    assert window.edits.stack.count() == 0
    assert window.pages.current_id == "triage"


def test_a_question_mark_brings_the_shortcuts(window, qtbot):
    qtbot.keyClicks(window, "?")
    assert window.findChild(ShortcutSheet).isVisible()


def test_light_and_dark_can_change_while_everything_is_shown(window, qapp, stand_in):
    window.open()
    select(window, 0)
    window.messages.show_notice(Notice("An intake was cut short.", "offer"))
    window.pages.current._filter(ExhibitFilter(text="photo", tags=frozenset({1})))
    window.idle()
    for choice in ("dark", "light"):
        apply_theme(qapp, choice)
        qapp.processEvents()
        corner = window.grab().toImage().pixelColor(40, window.height() // 2)  # the page bar
        assert (corner.lightness() < 128) == (choice == "dark")


def test_what_is_lassoed_on_the_map_is_selected_in_triage(window, qtbot):
    window.open()
    qtbot.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    window.idle()
    page = window.pages.current
    assert window.pages.current_id == "map"
    page.view.map.set_selection((2, 4, 5))
    page.view.panel.set_selected(3)
    page.view.panel.triage.click()
    window.idle()
    assert window.pages.current_id == "triage"
    assert window.pages.current.targets() == (2, 4, 5)


def test_the_map_opens_exhibits_and_knows_which_one_is_examined(window):
    window.open()
    window.show_page("map")
    window.idle()
    window.pages.current.view.map.opened.emit(7)
    assert window.pages.current_id == "examine"
    assert ("show", 7) in window.pages.current.log
    assert window.pages.page("map").view.map._current == 7
