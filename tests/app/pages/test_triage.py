import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from app.pages.triage import TriagePage
from core.domain import ExhibitFilter, IntakeLine, IntakeOutcome, IntakeReport, SortKey, Table, Verdict
from core.errors import DiskFull, NotFound


@pytest.fixture
def page(stand_in, jobs, qtbot):
    made = TriagePage(stand_in, jobs)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    jobs.changed.connect(made.reload)

    def idle():
        def quiet():
            timers = (made._search_soon, made._inspect_soon, made.view.panel._settle, made.table._fetch_soon)
            assert not jobs.running(quiet=True)
            assert not any(timer.isActive() for timer in timers)

        qtbot.waitUntil(quiet)

    made.idle = idle
    made.open = lambda **how: (made.set_case(stand_in.open_case(**how)), idle())
    made.pick = lambda *rows: ([made.view.grid.select_row(rows[0])], [_add(made, row) for row in rows[1:]], idle())
    return made


def _add(page, row):
    from PySide6.QtCore import QItemSelectionModel

    flags = QItemSelectionModel.SelectionFlag
    page.view.grid.selectionModel().select(page.table.index(row), flags.Select)


def visible_page(page):
    return page.view._whole.currentWidget()


def test_without_a_case_it_says_how_to_begin(page):
    assert visible_page(page) is page.view._no_case
    page.trigger("triage.select_all")  # nothing happens


def test_an_empty_case_invites_a_drop(page, stand_in):
    stand_in.lines.clear()
    page.open()
    assert visible_page(page) is page.view._no_exhibits


def test_it_shows_the_exhibits_and_counts(page):
    page.open()
    assert visible_page(page) is page.view.splitter
    assert page.table.rowCount() == 12
    assert page.view._count.text() == "12 exhibits"


def test_a_filter_leads_to_ids_counts_chips_and_context(page, stand_in, qtbot):
    page.open()
    contexts = []
    page.context_changed.connect(lambda *context: contexts.append(context))
    wanted = ExhibitFilter(verdicts=frozenset({Verdict.INCONCLUSIVE}))
    page.view.panel.filter_changed.emit(wanted)
    page.idle()
    assert {stand_in.lines[number].verdict for number in page.table.ids} == {Verdict.INCONCLUSIVE}
    assert page.view._count.text() == f"{len(page.table.ids)} of 12 exhibits"
    assert page.view.chips.isVisible()
    assert contexts == [(wanted, SortKey.TAKEN, False)]
    page.trigger("triage.clear_filter")
    page.idle()
    assert page.table.rowCount() == 12
    assert page.view.chips.isHidden()


def test_typing_searches_once_it_pauses(page, stand_in, qtbot):
    page.open()
    asked = stand_in.calls.count("exhibits.ids")
    page.trigger("view.find")
    qtbot.keyClicks(page.view.search, "00003")
    page.idle()
    assert stand_in.calls.count("exhibits.ids") == asked + 1
    assert [stand_in.lines[number].name for number in page.table.ids] == ["photo_00003.jpg"]
    qtbot.keyClicks(page.view.search, "zzz")
    page.idle()
    assert page.view._stack.currentWidget() is page.view._no_match


def test_the_order_can_be_chosen_and_turned(page):
    page.open()
    page.view.sort.setCurrentIndex(list(SortKey).index(SortKey.NAME))
    page.view.order.click()
    page.idle()
    assert page.table.ids == tuple(range(12, 0, -1))


def test_digits_tag_the_selection_and_undo_takes_it_back(page, stand_in):
    page.open()
    page.pick(0, 2)
    page.trigger("triage.tag_3")
    page.idle()
    assert [number for number, line in stand_in.lines.items() if 3 in line.tags] == [1, 3]
    assert page.table.line(1).tags == (3,)
    page._edits.stack.undo()
    page.idle()
    assert not any(line.tags for line in stand_in.lines.values())
    assert page.table.line(1).tags == ()


def test_a_tag_filter_follows_its_tags(page, stand_in):
    page.open()
    page.pick(0, 1)
    page.trigger("triage.tag_7")
    page.idle()
    page.view.panel.filter_changed.emit(ExhibitFilter(tags=frozenset({7})))
    page.idle()
    assert page.table.ids == (1, 2)
    page.pick(0)
    page.trigger("triage.tag_7")
    page.idle()
    assert page.table.ids == (2,)


def test_the_inspector_follows_the_selection(page, stand_in):
    page.open()
    page.pick(4)
    assert page.view.inspector._name.text() == "photo_00004.jpg"
    page.pick(0, 1, 2)
    assert page.view.inspector._name.text() == "3 exhibits selected"


def test_an_arrow_key_being_held_reads_only_where_it_stops(page, stand_in, qtbot):
    page.open()
    page.pick(0)
    read = stand_in.calls.count("exhibits.get")
    for _ in range(8):
        qtbot.keyClick(page.view.grid, Qt.Key.Key_Right)
    page.idle()
    assert stand_in.calls.count("exhibits.get") == read + 1
    assert page.view.inspector._name.text() == "photo_00008.jpg"


def test_a_note_is_written_about_the_exhibit_it_was_begun_for(page, stand_in):
    page.open()
    page.pick(0)
    page.trigger("triage.note")
    page.view.inspector._work.note.setPlainText("seen before")
    page.pick(5)
    assert stand_in.notes == {1: "seen before"}
    assert page.view.inspector._work.note.toPlainText() == ""


def test_a_note_needs_a_single_exhibit(page, qtbot):
    page.open()
    page.pick(0, 1)
    with qtbot.waitSignal(page.message):
        page.trigger("triage.note")


def test_review_marks_and_unmarks(page, stand_in):
    page.open()
    page.pick(0, 1)
    page.trigger("triage.review")
    page.idle()
    assert stand_in.lines[1].reviewed
    assert stand_in.lines[2].reviewed
    page.trigger("triage.review")
    page.idle()
    assert not stand_in.lines[1].reviewed


def test_a_read_only_case_is_never_written(page, stand_in):
    page.open(read_only=True)
    page.pick(0)
    page.trigger("triage.tag_1")
    page.idle()
    assert "exhibits.tag" not in stand_in.calls
    assert not page.view.inspector._tags.isEnabled()
    assert page.view.inspector._work.note.isReadOnly()


def test_enter_examines_and_space_looks(page, qtbot):
    page.open()
    page.pick(3)
    with qtbot.waitSignal(page.examine_wished) as wished:
        page.trigger("triage.examine")
    assert wished.args == [4]
    page.trigger("triage.quick_look")
    page.idle()
    assert page._look.isVisible()
    page._look.step_wished.emit(1)
    page.idle()
    assert page._look._name.text() == "photo_00004.jpg"
    assert page.targets() == (5,)
    page._look.close()


def test_the_last_intake_is_reachable(page, stand_in, qtbot):
    lines = [IntakeLine(f"/{n}.jpg", IntakeOutcome.TAKEN) for n in range(3)] + [IntakeLine("/x", IntakeOutcome.EMPTY)]
    stand_in.intake_reports.append(IntakeReport(1, tuple(lines), True))
    page.open()
    assert "taken in 3, 1 not" in page.view.report.text()
    with qtbot.waitSignal(page.report_wished):
        page.view.report.click()


def test_new_findings_are_shown(page, stand_in):
    stand_in.add("late.jpg")
    page.open()
    stand_in.find(13)
    page.reload(frozenset({Table.FINDINGS}))
    page.idle()
    page.pick(12)
    assert page.table.line(13).verdict is not None


def test_another_case_keeps_nothing_of_the_one_before(page, stand_in, tmp_path):
    page.open()
    page.view.panel.filter_changed.emit(ExhibitFilter(text="00003"))
    page.pick(0)
    stand_in.lines.clear()
    page.set_case(stand_in.cases.open(tmp_path / "other.dnacase"))
    page.idle()
    assert page.table.ids == ()
    assert page.view.search.text() == ""
    assert page.view.chips.isHidden()
    assert visible_page(page) is page.view._no_exhibits
    page.set_case(None)
    assert visible_page(page) is page.view._no_case


def test_panels_and_thumbnails_change_size(page, stand_in):
    page.open()
    page.trigger("view.filters")
    assert page.view.panel.isHidden()
    page.trigger("view.filters")
    assert page.view.panel.isVisible()
    page.trigger("view.larger")
    page.idle()
    assert stand_in.settings.get("view.thumbnail_px") == 192
    for _ in range(9):
        page.trigger("view.smaller")
        page.idle()
    assert stand_in.settings.get("view.thumbnail_px") == 96


def test_slow_reads_never_stop_the_page(page, stand_in, qtbot):
    import time

    for name in ("exhibits.ids", "exhibits.lines", "exhibits.facets", "exhibits.get", "exhibits.thumbnail"):
        stand_in.slow[name] = 0.15
    begun = time.perf_counter()
    page.set_case(stand_in.open_case())
    page.view.grid.repaint()
    assert time.perf_counter() - begun < 0.14
    page.idle()
    assert page.table.rowCount() == 12


def test_an_exhibit_that_cannot_be_read_shows_nothing_of_the_one_before(page, stand_in):
    page.open()
    page.pick(0)
    inspector = page.view.inspector
    assert inspector._facts.isVisible()
    stand_in.fail["exhibits.get"] = NotFound("The case is gone.")
    page.pick(1)
    assert inspector._name.text() == stand_in.lines[2].name
    assert inspector._figures.text() == "The case is gone."
    assert not any(part.isVisible() for part in (inspector._header, inspector._facts, inspector._tags, inspector._work))
    stand_in.fail["exhibits.lines"] = NotFound("The case is gone.")
    page.pick(1, 2)
    assert inspector._name.text() == "2 exhibits selected"
    assert inspector._figures.text() == "The case is gone."
    stand_in.fail.clear()
    page.pick(0)
    assert inspector._facts.isVisible()


def test_a_note_that_cannot_be_saved_stays_and_comes_back(page, stand_in):
    page.open()
    page.pick(0)
    note = page.view.inspector._work.note
    stand_in.fail["exhibits.note"] = DiskFull("There is no space left.")
    note.setPlainText("precious")
    page.save_note()
    page.idle()
    assert note.toPlainText() == "precious"
    page.pick(1)
    assert note.toPlainText() == ""
    page.pick(0)
    assert note.toPlainText() == "precious"
    stand_in.fail.clear()
    page.pick(1)
    assert stand_in.notes[1] == "precious"


def test_the_first_exhibits_give_the_keyboard_to_the_grid_but_not_from_a_text_field(page, stand_in, jobs, qtbot):
    held = dict(stand_in.lines)
    stand_in.lines.clear()
    page.open()
    stand_in.lines.update(held)
    page.reload(frozenset({Table.EXHIBITS}))
    page.idle()
    assert page.window().focusWidget() is page.view.grid
    stand_in.lines.clear()
    page.reload(frozenset({Table.EXHIBITS}))
    page.idle()
    typing = QLineEdit(page)
    typing.show()
    typing.setFocus()
    stand_in.lines.update(held)
    page.reload(frozenset({Table.EXHIBITS}))
    page.idle()
    assert page.window().focusWidget() is typing


def test_many_exhibits_are_selected_at_once(page):
    page.open()
    page.select_all_of((9, 3, 4))
    assert page.targets() == (3, 4, 9)
    page.idle()


def test_selecting_what_the_filter_hides_takes_the_filter_away(page):
    page.open()
    page._filter(ExhibitFilter(text="photo_00002"))
    page.idle()
    assert len(page.table.ids) == 1
    page.select_all_of((3, 8, 99))
    page.idle()
    assert len(page.table.ids) == 12
    assert page.targets() == (3, 8)
    page.select(5)
    page._filter(ExhibitFilter())
    page.idle()
    assert page.targets() == (5,)  # what was awaited is awaited once
