import threading

import pytest

from core.domain import Table
from core.errors import CoreError
from tests.app.pages.report_page import fill, make_page


@pytest.fixture
def page(stand_in, jobs, qtbot):
    return make_page(stand_in, jobs, qtbot)


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
