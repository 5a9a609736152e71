from dataclasses import replace
from datetime import date

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.pages.report import RENEW_MS, SAVE_MS
from app.widgets.report_words import READ_ONLY
from core.domain import Table
from core.errors import DiskFull
from core.reporting import CheckItem, ReportDraft, ReportForm, kept_template
from tests.app.pages.report_page import fill, make_page, sentences


@pytest.fixture
def page(stand_in, jobs, qtbot):
    return make_page(stand_in, jobs, qtbot)


def test_without_a_case_it_says_how_to_begin(page):
    assert page.view.shown == "no case"
    captions = {button.text() for button in page.view._empty["no case"].findChildren(QPushButton)}
    assert captions == {"Open case…", "New case…"}


@pytest.mark.parametrize(
    ("analysed", "lines", "shown", "way"),
    [(True, 0, "no exhibits", "Add files…"), (False, 3, "not analysed", "Analyse what is left")],
)
def test_where_there_is_nothing_to_report_it_says_what_to_do_first(page, stand_in, analysed, lines, shown, way):
    stand_in.lines.clear()
    for number in range(lines):
        stand_in.add(f"{number}.jpg", analysed=analysed)
    page.open()
    assert page.view.shown == shown
    assert way in {button.text() for button in page.view._empty[shown].findChildren(QPushButton)}
    number = stand_in.add("first.jpg", analysed=True)
    page.reload(frozenset({Table.EXHIBITS, Table.FINDINGS}))
    page.idle()
    assert page.view.shown == "report"
    assert number in page.ticks.chosen


def test_a_draft_is_shown_with_its_pages_and_what_is_missing(page, stand_in):
    page.open()
    assert (SAVE_MS, RENEW_MS) == (1000, 600)
    view = page.view
    assert view.fields["front"].field("title").text() == "Examination of images"
    assert sentences(view.blocking) == ["The customer is not named. Write who asked for the report."]
    assert sentences(view.advice) == ["The summary is empty."]
    assert not view.issue.isEnabled()
    assert view.why_not.text() == view.issue.toolTip() == "1 point has to be settled first."
    assert view.preview.sheets.total == 15
    assert {1, 2} <= view.preview.sheets._fresh


def test_what_is_typed_is_saved_by_itself_and_renews_pages_and_checklist(page, stand_in):
    page.open()
    before = len(stand_in.reports.previewed)
    fill(page, customer="Public prosecutor, Hamburg", summary="Two of three images …")
    assert stand_in.reports.kept is None
    page.idle()
    assert stand_in.reports.kept.customer == "Public prosecutor, Hamburg"
    assert stand_in.calls.count("reports.save_draft") == 1
    assert stand_in.reports.previewed[-1][0].customer == "Public prosecutor, Hamburg"
    assert len(stand_in.reports.previewed) > before
    assert page.view.issue.isEnabled()
    assert sentences(page.view.advice) == []


def test_the_draft_comes_back_with_the_case_and_leaves_with_it(page, stand_in, tmp_path):
    stand_in.reports.kept = ReportDraft(
        *((3, 5), ("log", "similar"), ReportForm.SHORT),
        customer="Court",
        requested_on=date(2026, 11, 3),
        sampling="None.",
        formats=("pdf", "csv"),
        scale="nfc-sweden",
    )
    page.open()
    view = page.view
    assert page._current() == stand_in.reports.kept
    assert "reports.save_draft" not in stand_in.calls, "looking at a draft changes nothing"
    assert view.fields["request"].field("requested_on").text() == "2026-11-03"
    assert view.contents.scale.currentText() == "NFC (Sweden)"
    assert [name for name, box in view.contents.formats.items() if box.isChecked()] == ["pdf", "csv"]
    assert view.exhibits.count.text() == "2 of 12 exhibits chosen"
    view.fields["work"].field("received_on").setText("yesterday")
    stand_in.reports.kept = None
    page.set_case(stand_in.cases.open(tmp_path / "other.dnacase"))
    page.idle()
    assert view.fields["request"].field("customer").text() == ""
    assert view.fields["work"].field("received_on").text() == ""
    assert page.ticks.all_chosen


def test_typing_survives_what_others_write(page, stand_in):
    page.open()
    fill(page, customer="Half a na")
    page.reload(frozenset({Table.FINDINGS}))
    page.idle()
    assert page.view.fields["request"].field("customer").text() == "Half a na"
    assert stand_in.reports.kept.customer == "Half a na"


def test_leaving_the_page_or_the_case_saves_at_once(page, stand_in, qtbot, jobs):
    page.open()
    fill(page, place="Hamburg")
    page.hide()
    qtbot.waitUntil(lambda: stand_in.reports.kept is not None and stand_in.reports.kept.place == "Hamburg")
    page.show()
    fill(page, place="Bremen")
    page.save_note()
    page.set_case(None)
    qtbot.waitUntil(lambda: not jobs.running(quiet=True))
    assert stand_in.reports.kept.place == "Bremen"
    assert page.view.shown == "no case"


def test_a_draft_that_could_not_be_saved_is_told_and_tried_again(page, stand_in):
    page.open()
    stand_in.fail["reports.save_draft"] = DiskFull("There is no space left.")
    fill(page, place="Hamburg")
    page.idle()
    assert page.said == ["There is no space left."]
    assert page.view.fields["work"].field("place").text() == "Hamburg"
    del stand_in.fail["reports.save_draft"]
    page.save_note()
    page.idle()
    assert stand_in.reports.kept.place == "Hamburg"


def test_a_read_only_case_shows_everything_and_changes_nothing(page, stand_in):
    page.open(read_only=True)
    view = page.view
    assert view.preview.sheets.total == 15
    assert (view.issue.isEnabled(), view.why_not.text()) == (False, READ_ONLY)
    assert view.fields["text"].field("summary").isReadOnly()
    assert not view.contents.form.isEnabled()
    page.trigger("report.issue")
    assert page.said == [READ_ONLY]
    assert page.issuing.dialog is None
    assert "reports.save_draft" not in stand_in.calls


def test_no_date_is_said_beside_the_field_and_not_kept(page, stand_in):
    page.open()
    fill(page, received_on="21.11.2026", worked_to="2026-11-20")
    page.idle()
    work = page.view.fields["work"]
    assert work.problem("received_on") == "This is no date. Write it like 2026-11-21."
    assert (stand_in.reports.kept.received_on, stand_in.reports.kept.worked_to) == (None, date(2026, 11, 20))
    fill(page, received_on="2026-11-19")
    page.idle()
    assert work.problem("received_on") == ""
    assert stand_in.reports.kept.received_on == date(2026, 11, 19)


def test_none_is_an_answer_in_the_language_of_the_report(page, stand_in):
    page.open()
    contents = page.view.contents
    contents.language.setCurrentIndex(contents.language.findData("de"))
    contents.language.activated.emit(contents.language.currentIndex())
    next(b for b in page.view.fields["work"]._none_buttons if "Deviations" in b.accessibleName()).click()
    page.idle()
    assert (stand_in.reports.kept.deviations, stand_in.reports.kept.laboratory.language) == ("Keine.", "de")


def test_the_template_of_the_laboratory_is_kept_and_taken(page, stand_in):
    page.open()
    form = page.view.laboratory
    assert not form.keep.isEnabled()
    form.fields.field("name").setText("Regional laboratory 3")
    form.fields.field("address").setPlainText("Harbour Street 3")
    assert form.keep.isEnabled()
    form.keep.click()
    page.idle()
    assert kept_template(stand_in.settings).address == "Harbour Street 3"
    assert not form.keep.isEnabled()
    form.fields.field("address").setPlainText("elsewhere")
    form.take.click()
    page.idle()
    assert stand_in.reports.kept.laboratory == kept_template(stand_in.settings)


@pytest.mark.parametrize("kind", ["text", "bmp", "huge", "cut", "gone"])
def test_a_logo_that_cannot_be_printed_is_a_sentence(page, tmp_path, kind):
    path = tmp_path / "logo.png"
    if kind == "text":
        path.write_text("<b>no picture</b>")
    elif kind == "bmp":
        Image.new("RGB", (20, 20)).save(path, "BMP")
    elif kind == "huge":
        Image.new("1", (9000, 8000)).save(path)
    elif kind == "cut":
        Image.effect_noise((400, 400), 90).save(path)
        path.write_bytes(path.read_bytes()[:3000])
    page.open()
    form = page.view.laboratory
    form.logo.choose(str(path))
    page.idle()
    assert "logo.png" in form.problem.text()
    assert form.picture.isHidden()
    good = tmp_path / "good.jpg"
    Image.new("RGB", (900, 300), "navy").save(good)
    form.logo.choose(str(good))
    page.idle()
    assert form.problem.text() == ""
    assert not form.picture.isHidden()
    assert (form.picture.pixmap().width(), form.picture.pixmap().height()) == (200, 66)


def test_the_same_case_under_other_words_keeps_what_is_typed(page, stand_in):
    page.open()
    fill(page, customer="Court")
    case = stand_in.cases.current
    page.set_case(replace(case, details=replace(case.details, title="Another title")))
    page.idle()
    assert page.view.fields["request"].field("customer").text() == "Court"


def test_hostile_names_are_shown_literally(page, stand_in):
    stand_in.lines.clear()
    stand_in.add("<b>=cmd()\u202egpj.exe", analysed=True)
    stand_in.reports.extra = (CheckItem("conclusions", "<i>a\u202eb</i> has no conclusion.", True, 1),)
    page.open()
    page.ticks.index(0, 0).data()
    page.idle()
    assert page.ticks.index(0, 0).data().startswith("E-001  <b>=cmd()⟨U+202E⟩gpj.exe")
    row = page.view.blocking._rows.itemAt(0).widget()
    shown = [label for label in row.children() if hasattr(label, "textFormat") and "conclusion" in label.text()]
    assert shown[0].textFormat() == Qt.TextFormat.PlainText
    assert "⟨U+202E⟩" in shown[0].text()
