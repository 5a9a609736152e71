import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.widgets.report_words import NOTHING_CHOSEN
from core.reporting import CheckItem
from tests.app.pages.report_page import fill, link, make_page, sentences


@pytest.fixture
def page(stand_in, jobs, qtbot):
    return make_page(stand_in, jobs, qtbot)


def test_nothing_is_called_complete_before_it_was_checked(page, stand_in, qtbot):
    stand_in.slow["reports.checklist"] = 0.3
    page.set_case(stand_in.open_case())
    qtbot.waitUntil(lambda: page.view.shown == "report")
    assert page.view.blocking._words.text() == page.view.why_not.text() == "Looking what is missing …"
    page.idle()
    assert len(page.view.blocking.points) == 1


def test_exhibits_are_chosen_by_ticks(page, stand_in, qtbot):
    page.open()
    table, view = page.ticks, page.view
    assert view.exhibits.whole.isChecked()
    table.setData(table.index(1, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert not view.exhibits.whole.isChecked()
    assert page._current().exhibit_ids == (1, *range(3, 13))
    view.exhibits.none_shown.click()
    page.idle()
    assert NOTHING_CHOSEN in view.exhibits.count.text()
    assert view.preview.sentence == NOTHING_CHOSEN
    assert view.why_not.text() == NOTHING_CHOSEN
    view.exhibits.search.setText("photo_00003")
    view.exhibits.search.textEdited.emit("photo_00003")
    page.idle()
    assert table.rowCount() == 1
    view.exhibits.all_shown.click()
    page.idle()
    assert stand_in.reports.kept.exhibit_ids == (4,)
    assert view.preview.sheets.total == 4
    view.exhibits.whole.click()
    page.idle()
    assert stand_in.reports.kept.exhibit_ids == ()


def test_space_ticks_and_enter_leads_to_examine(page, qtbot):
    page.open()
    examined, view = [], page.view.exhibits
    page.examine_wished.connect(examined.append)
    view.show_exhibit(3)
    qtbot.keyClick(view.list, Qt.Key.Key_Space)
    assert 3 not in page.ticks.chosen
    qtbot.keyClick(view.list, Qt.Key.Key_Space)
    assert 3 in page.ticks.chosen
    qtbot.keyClick(view.list, Qt.Key.Key_Return)
    assert examined == [3]
    page.idle()


def test_nothing_chosen_is_never_kept_as_everything(page, stand_in):
    page.open()
    page.view.exhibits.none_shown.click()
    page.idle()
    page.view.exhibits.table.choose((2,), on=True)
    page.idle()
    assert stand_in.reports.kept.exhibit_ids == (2,)
    page.view.exhibits.none_shown.click()
    page.idle()
    assert stand_in.reports.kept.exhibit_ids == (2,), "an empty choice would stand for the whole case"


def test_a_point_leads_to_its_field_exhibit_or_page(page, stand_in, qtbot):
    stand_in.reports.extra = (
        CheckItem("conclusions", "E-004 has no conclusion. Write one on Examine.", True, 4),
        CheckItem("custody", "Nobody wrote down how the items came in.", False),
        CheckItem("laboratory.address", "The laboratory has no address.", False),
        CheckItem("unheard of", "Something else.", False),
    )
    page.open()
    view, examined, pages = page.view, [], []
    page.examine_wished.connect(examined.append)
    page.page_wished.connect(pages.append)
    assert len(view.advice.findChildren(QPushButton)) == 3, "one point leads nowhere"
    link(view.blocking).click()
    assert examined == [4]
    link(view.advice).click()
    assert pages == ["case"]
    view.lead(view.advice.points[1])
    assert page.window().focusWidget() is view.laboratory.fields.field("address")
    view.lead(view.blocking.points[1])
    assert view.parts.current is view.fields["request"]
    assert page.window().focusWidget() is view.fields["request"].field("customer")
    assert "1 point" in page.ticks.index(3, 0).data()


def test_what_is_the_same_for_many_exhibits_is_one_point(page, stand_in):
    said = "it is printed with “no conclusion”."
    stand_in.reports.extra = (
        *(CheckItem("conclusions", f"E-{number:03}: {said}", False, number) for number in range(2, 8)),
        CheckItem("evidence", f"E-009: {said}", False, 9),
        CheckItem("conclusions", f"2 more exhibits: {said}", False),
    )
    page.open()
    assert sentences(page.view.advice) == [
        f"E-002, E-003, E-004 and 3 more: {said}",
        f"E-009: {said}",
        f"2 more exhibits: {said}",
        "The summary is empty.",
    ]
    assert page.view.advice.points[0].exhibit_id == 2
    assert "1 point" in page.ticks.index(6, 0).data()


def test_words_that_say_too_much_are_marked_in_their_field(page):
    page.open()
    fill(page, summary="  🎞 Two images.\nThis proves that the picture is fake.")
    page.idle()
    points = page.view.wording.points
    assert points
    assert all(sentence.startswith("Summary: “") for sentence in sentences(page.view.wording))
    proves = next(point for point in points if "prove" in point.sentence)
    page.view.lead(proves)
    cursor = page.view.fields["text"].field("summary").textCursor()
    assert "prove" in cursor.selectedText()
    assert len(cursor.selectedText()) == proves.length
