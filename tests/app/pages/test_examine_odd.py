import threading

import pytest

from core.domain import DetectorReference
from core.errors import AnswerHidden, BadInput, NotFound
from tests.app.examine_fakes import DETECTOR, a_finding, a_heat_map, an_exhibit
from tests.app.pages.panes import OTHER, do, opened, shown, six_exhibits


@pytest.fixture
def workspace():
    return six_exhibits()


@pytest.fixture
def page(qtbot, jobs, workspace):
    with opened(qtbot, jobs, workspace) as made:
        yield made


def test_a_detector_that_has_not_looked_yet_is_offered_to(page, workspace):
    do(page, "two")
    desk = page.panes.desks[1]
    desk.pane.header.detector_wished.emit(OTHER.digest)
    page.idle()
    assert desk.pane.note.text == "paper 2 has not looked at this exhibit yet."
    desk.pane.note.offer.click()
    page.idle()
    assert workspace.analysis.others[2, OTHER.digest]
    assert desk.pane.note.text == ""
    assert page.panes.desks[0].finding.detector == DETECTOR


def test_a_finding_whose_detector_is_gone_is_shown_and_can_be_made_anew(page, workspace):
    gone = DetectorReference("old", "0.1", "ee" * 32)
    workspace.analysis.findings[2] = a_finding(workspace.exhibits.get(2), detector=gone)
    do(page, "next")
    do(page, "toggle_heat_map")
    pane = page.view.pane
    assert page.view.header.headline.text() == "Attributed to stable-diffusion-1"  # no card, so no title
    assert pane.note.text == (
        "The detector of this finding, old 0.1, is not on this computer: no heat map can be made."
    )
    assert workspace.analysis.asked == []
    assert "is not on this computer" in page.view.legend.words.text()
    pane.note.offer.click()
    page.idle()
    assert pane.note.text == ""
    assert workspace.analysis.asked == [(2, 4, "stable-diffusion-1")]


def test_missing_bytes_are_told_in_their_pane_alone(page, workspace):
    display = workspace.exhibits.display

    def gone(exhibit_id, max_side=4096):
        if exhibit_id == 2:
            raise NotFound("The evidence file of image-2.png is gone.")
        return display(exhibit_id, max_side)

    workspace.exhibits.display = gone
    page.panes.pictures.clear()
    page.show_exhibit(1)
    do(page, "four")
    shown = [desk.pane.canvas.message for desk in page.panes.used]
    assert "is gone" in shown[1]
    assert shown[0] == shown[2] == shown[3] == ""
    do(page, "difference")
    assert "is gone" in page.view.compare.difference.message


def test_a_heat_map_that_fails_is_told_in_its_pane_alone(page, workspace):
    def make(exhibit, layer, target):
        if exhibit.id == 2:
            raise BadInput("The graphics card ran out of memory.")
        return a_heat_map(exhibit, layer, target)

    workspace.analysis.make = make
    do(page, "toggle_heat_map", "two")
    first, second = (desk.pane for desk in page.panes.used)
    assert first.note.text == ""
    assert first.heat_map.boundingRect().width() > 0
    assert second.note.text == "Heat map: The graphics card ran out of memory."
    assert second.heat_map.boundingRect().isEmpty()


def test_quick_switching_shows_the_last_exhibit_only(page, workspace):
    do(page, "two", "toggle_heat_map")
    for exhibit_id in (2, 3, 4, 5, 6, 5):
        page.show_exhibit(exhibit_id)
    page.idle()
    assert shown(page) == [5, 2]
    assert page.records.exhibit.id == 5
    assert page.view.pane.canvas.size_shown.width() == 500
    assert page.view.pane.shown_map.heat_map.size == (500, 500)


def test_very_large_images_are_read_in_pieces(page, qtbot, workspace):
    workspace.exhibits.all[6] = an_exhibit(6, size=(12000, 9000))
    page.show_exhibit(6)
    page.idle()
    canvas = page.view.canvas
    assert canvas.picture_item.picture.levels[0].width() == 4096  # never the whole
    assert workspace.exhibits.regions == []
    page.trigger("examine.full_size")
    qtbot.waitUntil(lambda: bool(workspace.exhibits.regions))
    page.idle()
    ((_, box, halvings),) = workspace.exhibits.regions
    assert halvings == 0
    assert box[2] * box[3] < 22_000_000
    place = page.view.pane.middle()
    reading = page.view.pane.reading(place)
    assert reading.exact
    assert reading.colour[:2] == (reading.place[0] % 256, reading.place[1] % 256)


def test_a_region_that_cannot_be_read_leaves_the_reduced_picture(page, qtbot, workspace):
    def refuse(*_args, **_how):
        raise NotFound("gone")

    workspace.exhibits.all[6] = an_exhibit(6, size=(12000, 9000))
    workspace.exhibits.region = refuse
    page.show_exhibit(6)
    page.idle()
    page.trigger("examine.full_size")
    qtbot.wait(200)
    page.idle()
    assert not page.view.canvas.empty
    assert not page.view.pane.reading(page.view.pane.middle()).exact


def test_in_a_blind_case_neither_verdict_nor_map_is_told(page, workspace):
    def hidden(exhibit_id, detector=None):
        raise AnswerHidden("Write down your own view first.")

    workspace.analysis.finding = hidden
    page.show_exhibit(2)
    page.idle()
    assert "Hidden" in page.view.header.headline.text()
    do(page, "toggle_heat_map")
    assert workspace.analysis.asked == []
    assert page.view.legend.words.text() == "Write down your own view first."


def test_what_is_read_when_the_case_is_closed_comes_to_nothing(page, workspace, qtbot):
    gate, get = threading.Event(), workspace.exhibits.get

    def slow(exhibit_id):
        assert gate.wait(10)
        return get(exhibit_id)

    workspace.exhibits.get = slow
    page.show_exhibit(2)
    page.clear()
    gate.set()
    page.idle()
    assert page.records is None
    assert page.view.canvas.empty
    assert page.view.facts.toPlainText() == ""
