import pytest
from PySide6.QtCore import QPointF

from app.widgets.arrangement import Arrangement
from core.domain import Table, Verdict
from core.examine import LayerKind
from tests.app.examine_fakes import a_finding, a_heat_map
from tests.app.pages.panes import OTHER, do, opened, shown, six_exhibits


@pytest.fixture
def workspace():
    return six_exhibits()


@pytest.fixture
def page(qtbot, jobs, workspace):
    with opened(qtbot, jobs, workspace) as made:
        yield made


def test_more_panes_show_the_next_exhibits(page):
    do(page, "two")
    assert shown(page) == [1, 2]
    do(page, "four")
    assert shown(page) == [1, 2, 3, 4]
    assert not any(desk.pane.canvas.empty for desk in page.panes.used)
    names = [desk.pane.header.exhibit.accessibleDescription() for desk in page.panes.used]
    assert names == [f"image-{number}.png" for number in (1, 2, 3, 4)]
    do(page, "one", "next", "two")
    assert shown(page) == [2, 3]  # not what stood there before


def test_the_last_exhibit_is_compared_with_the_first_pane(page):
    page.show_exhibit(6)
    do(page, "four")
    assert shown(page) == [6, 6, 6, 6]


def test_the_side_panel_follows_the_active_pane(page, qtbot, workspace):
    workspace.analysis.findings[2] = a_finding(workspace.exhibits.get(2), verdict=Verdict.INCONCLUSIVE)
    do(page, "two")
    assert "image-1.png" in page.view.facts.toPlainText()
    with qtbot.waitSignal(page.exhibit_changed) as told:
        page.trigger("examine.other_pane")
    assert told.args == [2]
    page.idle()
    assert "image-2.png" in page.view.facts.toPlainText()
    assert page.view.header.headline.text().startswith("Inconclusive")
    assert page.view.bar.place.text() == "2 of 6"


def test_a_note_belongs_to_the_exhibit_of_the_pane_it_was_written_in(page, workspace):
    do(page, "two")
    page.view.work.note.setPlainText("about the first")
    do(page, "other_pane")
    assert page.view.work.note.toPlainText() == ""
    page.view.work.note.setPlainText("about the second")
    do(page, "other_pane")
    assert workspace.exhibits.written == [("note", 1, "about the first"), ("note", 2, "about the second")]


def test_next_and_the_strip_change_the_active_pane_only(page):
    do(page, "two", "other_pane", "next")
    assert shown(page) == [1, 3]
    page.show_exhibit(6)
    page.idle()
    assert shown(page) == [1, 6]


def test_going_back_to_one_picture_keeps_the_active_one(page):
    do(page, "four", "other_pane", "other_pane", "one")
    assert shown(page) == [3]
    assert "image-3.png" in page.view.facts.toPlainText()


def test_another_exhibit_is_chosen_in_the_header_of_a_pane(page):
    do(page, "two")
    header = page.panes.desks[1].pane.header
    captions = [action.text() for action in header.exhibit.menu().actions()]
    assert captions == [f"image-{number}.png" for number in range(1, 7)]
    header.exhibit.menu().actions()[4].trigger()
    page.idle()
    assert shown(page) == [1, 5]


def test_a_layer_is_compared_with_a_layer_of_the_same_exhibit(page, workspace):
    do(page, "two")
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
    do(page, "two", "toggle_heat_map", "other_pane")
    second = page.panes.desks[1]
    second.pane.header.exhibit_wished.emit(1)
    page.idle()
    choices = [action.text() for action in second.pane.header.detector.menu().actions()]
    assert choices == ["field 1 (newest finding)", "field 1", "paper 2"]
    second.pane.header.detector.menu().actions()[2].trigger()
    page.idle()
    assert second.pane.header.detector.text() == "paper 2"
    assert page.view.header.headline.text() == "Attributed to real photographs, not to a generator"
    do(page, "toggle_heat_map")
    assert workspace.analysis.asked[-1] == (1, 4, "real")


def test_two_heat_maps_on_one_scale(page, workspace):
    peaks = {1: 0.02, 2: 0.05}
    workspace.analysis.make = lambda exhibit, layer, target: a_heat_map(exhibit, layer, target, peak=peaks[exhibit.id])
    do(page, "toggle_heat_map", "two")
    legend = page.view.legend
    assert legend.bar.captions == ("0", "0.25", "0.5", "0.75", "1")
    assert "1 is the strongest place, near" in legend.words.text()
    do(page, "lock_scale")
    first, second = (desk.pane.heat_map for desk in page.panes.used)
    assert (first.share, second.share) == (pytest.approx(0.4), pytest.approx(1.0))
    assert legend.bar.captions == ("0", "0.025", "0.05")
    assert legend.words.text().startswith(
        "One scale: the last colour is raw 0.05, the largest peak (pane B). Pane A: Layer 4"
    )
    assert "1 is the strongest" not in legend.words.text()
    do(page, "one")
    assert first.share == pytest.approx(1.0)  # the largest peak that is shown
    assert legend.bar.captions == ("0", "0.01", "0.02")


def test_maps_of_unlike_questions_on_one_scale_are_called_unlike(page):
    do(page, "toggle_heat_map", "two", "lock_scale")
    assert "not of one kind" not in page.view.legend.words.text()
    page.view.layers.steps.setCurrentIndex(6)
    page.idle()
    assert "not of one kind" in page.view.legend.words.text()


def test_layers_are_changed_in_one_pane_or_in_all(page):
    do(page, "four", "toggle_grid")
    assert [desk.pane.grid.isVisible() for desk in page.panes.used] == [True, False, False, False]
    do(page, "everywhere", "toggle_heat_map")
    stacks = [desk.pane.stack for desk in page.panes.used]
    assert all(stack.shows(LayerKind.HEAT_MAP) for stack in stacks)
    assert page.view.layers.stack == stacks[0]


def test_a_layer_is_made_once_and_dropped_when_it_is_too_late(page, workspace, qtbot):
    do(page, "toggle_heat_map", "toggle_heat_map", "toggle_heat_map")
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


def test_the_difference_of_two_exhibits_of_one_size(page, workspace):
    do(page, "difference")
    compare = page.view.compare
    assert not compare.difference.empty
    assert compare.bar.words.text() == "Image: equal in every pixel."
    compare.bar.gain.setCurrentIndex(0)
    page.idle()
    assert compare.bar.words.text() == "Image: equal in every pixel."
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
    do(page, "toggle_spectrum")
    legend = page.view.legend
    assert legend.bar.captions[-1].endswith("dB")
    assert "Rings mark 1 peaks" in legend.words.text() or "Rings mark 1 peak" in legend.words.text()
    page.panes.point(page.view.pane, QPointF(192.5, 128.5))
    assert "cycles per pixel" in page.view.inspector.line.text()
    do(page, "next_colours", "toggle_original")
    assert legend.bar.captions[-1] == "1"


def test_another_colour_map_colours_a_spectrum_without_computing_it_again(page, workspace):
    do(page, "toggle_spectrum", "next_colours")
    assert workspace.files.asked == [("spectrum", 1)]
    assert page.view.pane.spectrum._shown.colours.id == "jet"


def test_exhibits_chosen_elsewhere_come_side_by_side(page):
    page.show_together((5, 2, 3))
    page.idle()
    assert page.view.compare.arrangement is Arrangement.FOUR
    assert shown(page) == [5, 2, 3, 3]


def test_clearing_empties_every_pane(page):
    do(page, "four")
    page.clear()
    assert all(desk.exhibit_id is None for desk in page.panes.desks)
    assert page.view.compare.arrangement is Arrangement.ONE
    page.idle()
    page.reload(frozenset({Table.EXHIBITS}))
    assert all(desk.pane.canvas.empty for desk in page.panes.desks)
