import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton

from app.widgets.arrangement import ROWS, Arrangement
from app.widgets.compare_view import CompareView
from app.widgets.heat_map_layer import merge_patches
from app.widgets.layer_stack import MapLook
from app.widgets.pane import ShownMap
from app.widgets.picture import build_picture
from core.domain import RgbImage
from core.examine import HeatMap, HeatMapPatch, LayerKind
from tests.app.examine_fakes import DETECTOR, TITLES, a_finding, an_exhibit

COLOURS = ((200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0))


@pytest.fixture
def view(qtbot):
    made = CompareView()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    for place, pane in enumerate(made.panes):
        exhibit = an_exhibit(place + 1, size=(400 + 100 * place, 300 + 75 * place))
        width, height = exhibit.facts.width, exhibit.facts.height
        pixels = np.full((height, width, 3), COLOURS[place], np.uint8)
        pane.show_picture(build_picture(RgbImage(pixels, 1.0)), exhibit)
    return made


def _colour(view, x, y):
    colour = view.grab().toImage().pixelColor(x, y)
    return colour.red(), colour.green(), colour.blue()


def _middle(view, widget):
    return widget.mapTo(view, widget.rect().center())


@pytest.mark.parametrize("arrangement", list(Arrangement))
def test_every_arrangement_shows_its_panes_with_their_headers(view, arrangement):
    view.arrange(arrangement)
    count = ROWS[arrangement].panes
    assert [pane.header.isVisible() for pane in view.panes] == [place < count for place in range(4)]
    assert not view.grab().isNull()
    assert view.bar.isVisible() == ROWS[arrangement].stacked


def test_panes_side_by_side_have_one_size_and_do_not_overlap(view):
    for arrangement in (Arrangement.TWO, Arrangement.FOUR):
        for width, height in ((901, 701), (640, 480), (1437, 803)):
            view.resize(width, height)
            view.arrange(arrangement)
            places = [pane.stage.geometry() for pane in view.used]
            assert len({(place.width(), place.height()) for place in places}) == 1
            for one in places:
                assert view.rect().contains(one)
                assert not any(one.intersects(other) for other in places if other is not one)
                assert not any(one.intersects(pane.header.geometry()) for pane in view.used)


def test_panes_of_four_sizes_stay_in_step(view, qtbot):
    view.arrange(Arrangement.FOUR)
    view.canvas.set_zoom(3.0)
    qtbot.keyClick(view.canvas, Qt.Key.Key_Right)
    parts = [pane.canvas.seen for pane in view.panes]
    for part in parts[1:]:
        assert (part.center() - parts[0].center()).manhattanLength() < 0.01
        assert part.width() == pytest.approx(parts[0].width(), rel=0.01)
    assert [pane.header.zoom.text() for pane in view.panes] == ["300 %", "240 %", "200 %", "171 %"]


def test_a_click_makes_a_pane_active_and_the_keyboard_goes_there(view, qtbot):
    view.arrange(Arrangement.TWO)
    with qtbot.waitSignal(view.activated) as told:
        qtbot.mouseClick(view.panes[1].canvas.viewport(), Qt.MouseButton.LeftButton)
    assert told.args == [view.panes[1]]
    assert view.canvas is view.panes[1].canvas
    qtbot.mouseClick(view.panes[0].header, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert view.active is view.panes[0]
    view.activate_next()
    view.activate_next()
    assert view.active is view.panes[0]


def test_leaving_panes_behind_makes_the_first_one_active(view):
    view.arrange(Arrangement.FOUR)
    view.activate(view.panes[3])
    view.arrange(Arrangement.TWO)
    assert view.active is view.panes[0]


def test_the_line_of_split_parts_two_pictures_and_can_be_moved(view, qtbot):
    view.arrange(Arrangement.SPLIT)
    middle = _middle(view, view.panes[0].stage)
    left, right = (middle.x() - 100, middle.y()), (middle.x() + 100, middle.y())
    assert (_colour(view, *left), _colour(view, *right)) == (COLOURS[0], COLOURS[1])
    assert view.handle.hasFocus() or not view.isActiveWindow()
    for _ in range(2):
        qtbot.keyClick(view.handle, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.handle.place == pytest.approx(0.7)
    assert _colour(view, *right) == COLOURS[0]
    qtbot.keyClick(view.handle, Qt.Key.Key_Left)
    assert view.handle.place == pytest.approx(0.69)
    grip = view.handle.rect().center()
    qtbot.mousePress(view.handle, Qt.MouseButton.LeftButton, pos=grip)
    qtbot.mouseMove(view.handle, view.handle.mapFrom(view, QPoint(150, middle.y())))
    qtbot.mouseRelease(view.handle, Qt.MouseButton.LeftButton)
    assert view.handle.place == pytest.approx(150 / 900, abs=0.01)
    assert _colour(view, *left) == COLOURS[1]
    qtbot.keyClick(view.handle, Qt.Key.Key_End)
    assert _colour(view, *right) == COLOURS[0]


def test_flicker_shows_the_other_picture_while_space_is_held(view, qtbot):
    view.arrange(Arrangement.FLICKER)
    place = _middle(view, view.panes[0].stage)
    at = place.x(), place.y()
    assert _colour(view, *at) == COLOURS[0]
    qtbot.keyPress(view.canvas, Qt.Key.Key_Space)
    assert _colour(view, *at) == COLOURS[1]
    assert "Shown: B" in view.bar.words.text()
    qtbot.keyRelease(view.canvas, Qt.Key.Key_Space)
    assert _colour(view, *at) == COLOURS[0]
    qtbot.mousePress(view.bar.hold, Qt.MouseButton.LeftButton)
    assert _colour(view, *at) == COLOURS[1]
    qtbot.mouseRelease(view.bar.hold, Qt.MouseButton.LeftButton)
    assert _colour(view, *at) == COLOURS[0]
    assert isinstance(view.bar.hold, QPushButton)


def test_space_is_nobody_elses_business(view, qtbot):
    view.arrange(Arrangement.TWO)
    before = view.grab().toImage()
    qtbot.keyPress(view.canvas, Qt.Key.Key_Space)
    assert view.grab().toImage() == before


def test_a_pane_moved_alone_says_so_and_is_brought_back(view, qtbot):
    view.arrange(Arrangement.TWO)
    pane = view.panes[1]
    assert pane.header.step.isHidden()
    pane.canvas.zoom_by(2, alone=True)
    assert not pane.header.step.isHidden()
    pane.header.step.click()
    assert pane.canvas.in_step
    assert pane.header.step.isHidden()
    pane.canvas.zoom_by(2, alone=True)
    view.arrange(Arrangement.ONE)
    assert pane.canvas.in_step  # a single pane has nothing to be apart from


def _map(exhibit, peak, value):
    patch = HeatMapPatch((0, 0, exhibit.facts.width, exhibit.facts.height), np.full((4, 4), value, np.float32))
    size = exhibit.facts.width, exhibit.facts.height
    heat_map = HeatMap(exhibit.sha256, DETECTOR, 4, "real", peak, (patch,), size)
    return ShownMap(heat_map, merge_patches(heat_map))


def _with_maps(view, *peaks):
    view.arrange(Arrangement.TWO)
    for place, (pane, peak) in enumerate(zip(view.used, peaks, strict=True)):
        exhibit = an_exhibit(place + 1, size=(400 + 100 * place, 300 + 75 * place))
        pane.show_finding(a_finding(exhibit), exhibit, TITLES)
        pane.set_stack(pane.stack.switched(LayerKind.HEAT_MAP))
        pane.heat_map.set_strength(1.0)
        pane.set_map(_map(exhibit, peak, 1.0))


def test_one_colour_means_one_raw_value_when_the_scale_is_locked(view):
    _with_maps(view, 0.02, 0.01)
    places = [_middle(view, pane.stage) for pane in view.used]
    assert view.set_look(MapLook()) is None
    strongest = [_colour(view, at.x(), at.y()) for at in places]
    assert strongest[0] == strongest[1]  # each map's own peak
    assert view.set_look(MapLook(locked=True)) == pytest.approx(0.02)
    locked = [_colour(view, at.x(), at.y()) for at in places]
    assert locked[0] == strongest[0]
    table = MapLook().colours.table
    assert locked[1] == tuple(int(part) for part in table[round(0.5 * 255)])  # half the raw value, half the scale


def test_maps_that_are_not_shown_do_not_stretch_the_scale(view):
    _with_maps(view, 0.02, 0.5)
    view.panes[1].set_stack(view.panes[1].stack.switched(LayerKind.HEAT_MAP))
    assert view.set_look(MapLook(locked=True)) == pytest.approx(0.02)
    view.panes[0].set_map(None)
    assert view.set_look(MapLook(locked=True)) is None
