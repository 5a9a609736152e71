import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF

from app.jobs import Jobs
from app.pages.examine import ExaminePage
from app.widgets.arrangement import Arrangement
from core.domain import DetectorReference, ExhibitFilter, SortKey, Table, Verdict
from core.errors import AnswerHidden, BadInput, NotFound
from core.examine import LayerKind
from tests.app.examine_fakes import DETECTOR, a_finding, a_heat_map, a_summary, a_workspace, an_exhibit

OTHER = DetectorReference("paper", "2", "cd" * 32)


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    assert made.close()


@pytest.fixture
def workspace():
    sizes = ((640, 480), (640, 480), (300, 200), (1, 900), (500, 500), (640, 480))
    made = a_workspace(*(an_exhibit(number, size=size) for number, size in enumerate(sizes, 1)))
    for exhibit in made.exhibits.all.values():
        made.analysis.findings[exhibit.id] = a_finding(exhibit)
    made.detectors.known.append(replace(a_summary(), reference=OTHER))
    return made


@pytest.fixture
def page(qtbot, jobs, workspace):
    made = ExaminePage(workspace, jobs)
    qtbot.addWidget(made)
    jobs.changed.connect(made.reload)
    made.bugs = []
    jobs.failed.connect(lambda _job, error: made.bugs.append(error))
    made.resize(1280, 800)
    made.show()
    made.set_context(ExhibitFilter(), SortKey.TAKEN, False)
    made.show_exhibit(1)
    made.idle = lambda: qtbot.waitUntil(lambda: _settled(made, jobs))
    made.idle()
    yield made
    assert not made.bugs


def _settled(page, jobs):
    timers = [asker._debounce for desk in page.panes.desks for asker in desk.askers.values()]
    timers.append(page.panes._difference._soon)
    return not jobs.running(quiet=True) and not any(timer.isActive() for timer in timers)


def _shown(page):
    return [desk.exhibit_id for desk in page.panes.used]


def _do(page, *verbs):
    for verb in verbs:
        page.trigger(f"examine.{verb}")
    page.idle()


def test_more_panes_show_the_next_exhibits(page):
    _do(page, "two")
    assert _shown(page) == [1, 2]
    _do(page, "four")
    assert _shown(page) == [1, 2, 3, 4]
    assert not any(desk.pane.canvas.empty for desk in page.panes.used)
    names = [desk.pane.header.exhibit.accessibleDescription() for desk in page.panes.used]
    assert names == [f"image-{number}.png" for number in (1, 2, 3, 4)]
    _do(page, "one", "next", "two")
    assert _shown(page) == [2, 3]  # not what stood there before


def test_the_last_exhibit_is_compared_with_the_first_pane(page):
    page.show_exhibit(6)
    _do(page, "four")
    assert _shown(page) == [6, 6, 6, 6]


def test_the_side_panel_follows_the_active_pane(page, qtbot, workspace):
    workspace.analysis.findings[2] = a_finding(workspace.exhibits.get(2), verdict=Verdict.INCONCLUSIVE)
    _do(page, "two")
    assert "image-1.png" in page.view.facts.toPlainText()
    with qtbot.waitSignal(page.exhibit_changed) as told:
        page.trigger("examine.other_pane")
    assert told.args == [2]
    page.idle()
    assert "image-2.png" in page.view.facts.toPlainText()
    assert page.view.header.headline.text().startswith("Inconclusive")
    assert page.view.bar.place.text() == "2 of 6"


def test_a_note_belongs_to_the_exhibit_of_the_pane_it_was_written_in(page, workspace):
    _do(page, "two")
    page.view.work.note.setPlainText("about the first")
    _do(page, "other_pane")
    assert page.view.work.note.toPlainText() == ""
    page.view.work.note.setPlainText("about the second")
    _do(page, "other_pane")
    assert workspace.exhibits.written == [("note", 1, "about the first"), ("note", 2, "about the second")]


def test_next_and_the_strip_change_the_active_pane_only(page):
    _do(page, "two", "other_pane", "next")
    assert _shown(page) == [1, 3]
    page.show_exhibit(6)
    page.idle()
    assert _shown(page) == [1, 6]


def test_going_back_to_one_picture_keeps_the_active_one(page):
    _do(page, "four", "other_pane", "other_pane", "one")
    assert _shown(page) == [3]
    assert "image-3.png" in page.view.facts.toPlainText()


def test_another_exhibit_is_chosen_in_the_header_of_a_pane(page):
    _do(page, "two")
    header = page.panes.desks[1].pane.header
    captions = [action.text() for action in header.exhibit.menu().actions()]
    assert captions == [f"image-{number}.png" for number in range(1, 7)]
    header.exhibit.menu().actions()[4].trigger()
    page.idle()
    assert _shown(page) == [1, 5]


def test_a_layer_is_compared_with_a_layer_of_the_same_exhibit(page, workspace):
    _do(page, "two")
    header = page.panes.desks[1].pane.header
    header.exhibit_wished.emit(1)
    residual = next(action for action in header.layer.menu().actions() if action.text() == "Noise residual")
    residual.trigger()
    page.idle()
    one, other = (desk.pane for desk in page.panes.used)
    assert not one.residual.isVisible()
    assert other.residual.isVisible()
    assert other.canvas.picture_item.picture is one.canvas.picture_item.picture  # decoded once
    assert workspace.files.asked == [("residual", 1)]
    assert header.layer.text() == "Residual"


def test_a_detector_is_compared_with_another(page, workspace):
    workspace.analysis.others[1, OTHER.digest] = a_finding(
        workspace.exhibits.get(1), detector=OTHER, architecture="real", scores=(("real", 0.7), ("x", 0.3))
    )
    _do(page, "two", "toggle_heat_map", "other_pane")
    second = page.panes.desks[1]
    second.pane.header.exhibit_wished.emit(1)
    page.idle()
    choices = [action.text() for action in second.pane.header.detector.menu().actions()]
    assert choices == ["field 1 (newest finding)", "field 1", "paper 2"]
    second.pane.header.detector.menu().actions()[2].trigger()
    page.idle()
    assert second.pane.header.detector.text() == "paper 2"
    assert page.view.header.headline.text() == "Attributed to real photographs, not to a generator"
    _do(page, "toggle_heat_map")
    assert workspace.analysis.asked[-1] == (1, 4, "real")


def test_a_detector_that_has_not_looked_yet_is_offered_to(page, workspace):
    _do(page, "two")
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
    _do(page, "next")
    _do(page, "toggle_heat_map")
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
    _do(page, "four")
    shown = [desk.pane.canvas.message for desk in page.panes.used]
    assert "is gone" in shown[1]
    assert shown[0] == shown[2] == shown[3] == ""
    _do(page, "difference")
    assert "is gone" in page.view.compare.difference.message


def test_a_heat_map_that_fails_is_told_in_its_pane_alone(page, workspace):
    def make(exhibit, layer, target):
        if exhibit.id == 2:
            raise BadInput("The graphics card ran out of memory.")
        return a_heat_map(exhibit, layer, target)

    workspace.analysis.make = make
    _do(page, "toggle_heat_map", "two")
    first, second = (desk.pane for desk in page.panes.used)
    assert first.note.text == ""
    assert first.heat_map.boundingRect().width() > 0
    assert second.note.text == "Heat map: The graphics card ran out of memory."
    assert second.heat_map.boundingRect().isEmpty()


def test_two_heat_maps_on_one_scale(page, workspace):
    peaks = {1: 0.02, 2: 0.05}
    workspace.analysis.make = lambda exhibit, layer, target: a_heat_map(exhibit, layer, target, peak=peaks[exhibit.id])
    _do(page, "toggle_heat_map", "two")
    legend = page.view.legend
    assert legend.bar.captions == ("0", "0.25", "0.5", "0.75", "1")
    assert "1 is the strongest place, near" in legend.words.text()
    _do(page, "lock_scale")
    first, second = (desk.pane.heat_map for desk in page.panes.used)
    assert (first.share, second.share) == (pytest.approx(0.4), pytest.approx(1.0))
    assert legend.bar.captions == ("0", "0.025", "0.05")
    assert legend.words.text().startswith(
        "One scale: the last colour is raw 0.05, the largest peak (pane B). Pane A: Layer 4"
    )
    assert "1 is the strongest" not in legend.words.text()
    _do(page, "one")
    assert first.share == pytest.approx(1.0)  # the largest peak that is shown
    assert legend.bar.captions == ("0", "0.01", "0.02")


def test_maps_of_unlike_questions_on_one_scale_are_called_unlike(page):
    _do(page, "toggle_heat_map", "two", "lock_scale")
    assert "not of one kind" not in page.view.legend.words.text()
    page.view.layers.steps.setCurrentIndex(6)
    page.idle()
    assert "not of one kind" in page.view.legend.words.text()


def test_layers_are_changed_in_one_pane_or_in_all(page):
    _do(page, "four", "toggle_grid")
    assert [desk.pane.grid.isVisible() for desk in page.panes.used] == [True, False, False, False]
    _do(page, "everywhere", "toggle_heat_map")
    stacks = [desk.pane.stack for desk in page.panes.used]
    assert all(stack.shows(LayerKind.HEAT_MAP) for stack in stacks)
    assert page.view.layers.stack == stacks[0]


def test_a_layer_is_made_once_and_dropped_when_it_is_too_late(page, workspace, qtbot):
    _do(page, "toggle_heat_map", "toggle_heat_map", "toggle_heat_map")
    assert workspace.analysis.asked == [(1, 4, "stable-diffusion-1")]
    workspace.analysis.gate.clear()
    page.view.layers.steps.setCurrentIndex(6)
    qtbot.waitUntil(lambda: len(workspace.analysis.asked) == 2)
    page.show_exhibit(5)
    workspace.analysis.gate.set()
    page.idle()
    assert page.view.pane.shown_map.heat_map.exhibit_sha256 == workspace.exhibits.get(5).sha256
    page.view.layers.steps.setCurrentIndex(3)
    page.idle()
    page.show_exhibit(1)
    page.idle()
    assert [asked[:2] for asked in workspace.analysis.asked] == [(1, 4), (1, 7), (5, 7), (5, 4)]  # the first was kept


def test_quick_switching_shows_the_last_exhibit_only(page, workspace):
    _do(page, "two", "toggle_heat_map")
    for exhibit_id in (2, 3, 4, 5, 6, 5):
        page.show_exhibit(exhibit_id)
    page.idle()
    assert _shown(page) == [5, 2]
    assert page.records.exhibit.id == 5
    assert page.view.pane.canvas.size_shown.width() == 500
    assert page.view.pane.shown_map.heat_map.size == (500, 500)


def test_the_difference_of_two_exhibits_of_one_size(page, workspace):
    _do(page, "difference")
    compare = page.view.compare
    assert not compare.difference.empty
    assert compare.bar.words.text() == "Original: equal in every pixel."
    compare.bar.gain.setCurrentIndex(0)
    page.idle()
    assert compare.bar.words.text() == "Original: equal in every pixel."
    for pane in compare.used:
        pane.header.layer_wished.emit(LayerKind.RESIDUAL)
    page.idle()
    assert compare.bar.words.text() == "Noise residual: 100.0 % of the pixels differ, by at most 8 of 255."
    assert page.view.inspector.line.text().startswith("Middle of the view ")
    compare.panes[1].header.exhibit_wished.emit(3)
    page.idle()
    assert "A has 640 × 480 pixels and B 300 × 200" in compare.difference.message
    assert compare.bar.words.text() == ""


def test_the_spectrum_has_its_own_scale_and_words(page):
    _do(page, "toggle_spectrum")
    legend = page.view.legend
    assert legend.bar.captions[-1].endswith("dB")
    assert "Rings mark 1 peaks" in legend.words.text() or "Rings mark 1 peak" in legend.words.text()
    page.panes.point(page.view.pane, QPointF(192.5, 128.5))
    assert "cycles per pixel" in page.view.inspector.line.text()
    _do(page, "next_colours", "toggle_original")
    assert legend.bar.captions[-1] == "1"


def test_another_colour_map_colours_a_spectrum_without_computing_it_again(page, workspace):
    _do(page, "toggle_spectrum", "next_colours")
    assert workspace.files.asked == [("spectrum", 1)]
    assert page.view.pane.spectrum._shown.colours.id == "jet"


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
    _do(page, "toggle_heat_map")
    assert workspace.analysis.asked == []
    assert page.view.legend.words.text() == "Write down your own view first."


def test_exhibits_chosen_elsewhere_come_side_by_side(page):
    page.show_together((5, 2, 3))
    page.idle()
    assert page.view.compare.arrangement is Arrangement.FOUR
    assert _shown(page) == [5, 2, 3, 3]


def test_clearing_empties_every_pane(page):
    _do(page, "four")
    page.clear()
    assert all(desk.exhibit_id is None for desk in page.panes.desks)
    assert page.view.compare.arrangement is Arrangement.ONE
    page.idle()
    page.reload(frozenset({Table.EXHIBITS}))
    assert all(desk.pane.canvas.empty for desk in page.panes.desks)


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
