import threading
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.actions import build_actions
from app.pages.report import RENEW_MS, SAVE_MS, ReportPage
from app.widgets.report_words import NOTHING_CHOSEN, READ_ONLY
from core.domain import Table
from core.errors import CoreError, DiskFull
from core.reporting import CheckItem, ReportDraft, ReportForm, kept_template


@pytest.fixture
def page(stand_in, jobs, qtbot):
    made = ReportPage(stand_in, jobs)
    qtbot.addWidget(made)
    made.adopt_actions(build_actions(made))
    made.resize(1180, 740)
    made.show()
    for timer in (made._save_soon, made._renew_soon):
        timer.setInterval(timer.interval() // 20)
    made.said = []
    made.message.connect(made.said.append)
    jobs.changed.connect(made.reload)

    def quiet():
        timers = (made._save_soon, made._renew_soon, made._search_soon, made.view.preview.sheets._ask_soon)
        return not jobs.running(quiet=True) and not any(timer.isActive() for timer in timers)

    made.idle = lambda: qtbot.waitUntil(lambda: quiet() and not made.table._fetch_soon.isActive(), timeout=8000)
    made.open = lambda **how: (made.set_case(stand_in.open_case(**how)), made.idle())
    return made


def fill(page, **values):
    for part in page.view.fields.values():
        for name in set(part.names) & set(values):
            field = part.field(name)
            (field.setText if hasattr(field, "setText") else field.setPlainText)(values[name])


def sentences(points):
    return [point.sentence for point in points.points]


def link(points):
    return next(button for button in points.findChildren(QPushButton) if button.text() == "Show")


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


def test_pages_are_asked_for_as_one_scrolls(page, stand_in):
    page.open()
    sheets = page.view.preview.sheets
    asked = {first for _draft, first, _count, _ppi in stand_in.reports.previewed}
    assert max(asked) <= 3, "only what is in sight"
    sheets.show_page(10)
    page.idle()
    assert 10 in sheets._fresh
    assert 6 not in sheets._fresh
    page.view.preview.page.setValue(14)
    page.idle()
    assert (sheets.page, 14 in sheets._fresh) == (14, True)
    assert all(count <= 2 for _draft, _first, count, _ppi in stand_in.reports.previewed)


def test_old_pages_stay_greyed_until_the_new_ones_come(page, stand_in, qtbot):
    page.open()
    sheets = page.view.preview.sheets
    stand_in.slow["reports.preview"] = 0.2
    fill(page, title="Another title")
    qtbot.waitUntil(lambda: not sheets._fresh)
    assert 1 in sheets._images
    assert page.view.preview.state.text() == "Renewing …"
    page.idle()
    assert 1 in sheets._fresh
    assert page.view.preview.state.text() == ""


def test_a_stale_preview_is_dropped_and_never_two_run_at_once(page, stand_in, qtbot):
    page.open()
    running, most, lock = [0], [0], threading.Lock()
    real = stand_in.reports.preview

    def counted(draft, first_page=1, count=2, **how):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        try:
            stand_in.slow["reports.preview"] = 0.15
            return real(draft, first_page, count, **how)
        finally:
            with lock:
                running[0] -= 1

    stand_in.reports.preview = counted
    for title in ("One", "Two", "Three"):
        fill(page, title=title)
        page._renew()
    page.idle()
    assert most == [1]
    assert stand_in.reports.previewed[-1][0].title == "Three"


def test_fewer_pages_than_before_lead_to_the_last_one(page, stand_in):
    page.open()
    page.view.preview.sheets.show_page(15)
    page.idle()
    stand_in.reports.pages_of = lambda _draft: 4
    fill(page, title="Short")
    page.idle()
    sheets = page.view.preview.sheets
    assert sheets.total == 4
    assert sheets.page in sheets._fresh


def test_a_preview_that_fails_is_a_sentence_in_the_pane(page, stand_in):
    stand_in.fail["reports.preview"] = CoreError("The evidence of photo_00001.jpg is missing.")
    page.open()
    preview = page.view.preview
    assert preview.sentence == "The evidence of photo_00001.jpg is missing."
    assert stand_in.calls.count("reports.preview") == 1, "a failure is not repeated by itself"
    del stand_in.fail["reports.preview"]
    page.trigger("report.renew")
    page.idle()
    assert preview.sheets.total == 15
    stand_in.fail["reports.preview"] = CoreError("<b>It failed.</b>")
    fill(page, title="x")
    page.idle()
    assert preview.sentence == "<b>It failed.</b>"
    assert preview.sheets.total == 15, "what was shown before stays"


def test_zoom_renders_again_and_fits(page, stand_in):
    page.open()
    sheets = page.view.preview.sheets
    coarse = stand_in.reports.previewed[-1][3]
    for _ in range(4):
        page.trigger("report.zoom_in")
    page.idle()
    assert stand_in.reports.previewed[-1][3] > coarse
    assert sheets.horizontalScrollBar().maximum() > 0
    page.trigger("report.fit")
    page.idle()
    assert sheets.fits
    assert sheets.horizontalScrollBar().maximum() == 0


def test_what_is_written_elsewhere_is_read_when_the_page_is_shown(page, stand_in):
    page.open()
    page.hide()
    before = stand_in.calls.count("reports.checklist")
    page.reload(frozenset({Table.CONCLUSIONS}))
    page.idle()
    assert stand_in.calls.count("reports.checklist") == before
    page.show()
    page.idle()
    assert stand_in.calls.count("reports.checklist") > before


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
    assert page.ticks.index(0, 0).data().startswith("<b>=cmd()⟨U+202E⟩gpj.exe")
    row = page.view.blocking._rows.itemAt(0).widget()
    shown = [label for label in row.children() if hasattr(label, "textFormat") and "conclusion" in label.text()]
    assert shown[0].textFormat() == Qt.TextFormat.PlainText
    assert "⟨U+202E⟩" in shown[0].text()
