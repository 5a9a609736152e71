import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.widgets.image_canvas import ImageCanvas
from app.widgets.picture import build_picture
from app.widgets.view_state import ViewState
from core.domain import RgbImage


def _canvas(qtbot, state, width, height, room=(400, 300)):
    made = ImageCanvas()
    qtbot.addWidget(made)
    made.detachable = True
    made.resize(*room)
    made.follow(state)
    made.show()
    pixels = np.zeros((height, width, 3), np.uint8)
    made.show_picture(build_picture(RgbImage(pixels, 1.0)), QSize(width, height), 1, stay=True)
    return made


@pytest.fixture
def pair(qtbot):
    """One image in full size and in a quarter of it: in step they show the same part."""
    state = ViewState()
    large, small = _canvas(qtbot, state, 2000, 1500), _canvas(qtbot, state, 500, 375)
    return large, small


def _same(one, other):
    for part in ("x", "y", "width", "height"):
        assert getattr(one.seen, part)() == pytest.approx(getattr(other.seen, part)(), abs=0.004)


def _wheel(canvas, at, notches, held=Qt.KeyboardModifier.NoModifier, *, sideways=False):
    turn = QPoint(120 * notches, 0) if sideways else QPoint(0, 120 * notches)
    place = QPointF(canvas.viewport().mapToGlobal(at.toPoint()))
    how = (Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(canvas.viewport(), QWheelEvent(at, place, QPoint(), turn, *how))


def test_images_of_different_sizes_show_the_same_part(pair, qtbot):
    large, small = pair
    _same(large, small)
    large.set_zoom(1.0, QPointF(50, 60))
    assert large.zoom == pytest.approx(1.0)
    assert small.zoom == pytest.approx(4.0)
    _same(large, small)
    qtbot.keyClick(small, Qt.Key.Key_Right)
    qtbot.keyClick(small, Qt.Key.Key_Down)
    _same(large, small)
    qtbot.mousePress(large.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    qtbot.mouseMove(large.viewport(), QPoint(120, 100))
    qtbot.mouseRelease(large.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(120, 100))
    _same(large, small)
    assert large.seen.x() > 0.1


def test_what_comes_later_joins_where_the_others_look(pair, qtbot):
    large, _ = pair
    large.set_zoom(1.0, QPointF(380, 280))
    _same(large, _canvas(qtbot, large.state, 800, 600))


@pytest.mark.parametrize("sideways", [False, True])
def test_shift_moves_one_alone_and_the_distance_stays(pair, qtbot, sideways):
    large, small = pair
    large.set_zoom(1.0)
    before = small.seen
    _wheel(large, QPointF(200, 150), 2, Qt.KeyboardModifier.ShiftModifier, sideways=sideways)
    qtbot.keyClick(large, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert not large.in_step
    assert small.in_step
    assert small.seen == before
    assert large.zoom == pytest.approx(1.25**2)
    away = large.seen.center() - small.seen.center()
    qtbot.keyClick(small, Qt.Key.Key_Down)
    assert (large.seen.center() - small.seen.center() - away).manhattanLength() < 0.01  # still as far apart
    large.get_in_step()
    _same(large, small)


def test_dragging_with_shift_moves_one_alone(pair):
    large, small = pair
    large.set_zoom(1.0)
    before = small.seen
    held = Qt.KeyboardModifier.ShiftModifier
    for event, at in ((0, (200, 150)), (1, (150, 150)), (2, (150, 150))):
        _mouse(large, event, QPointF(*at), held)
    assert large.seen.x() == pytest.approx(before.x() + 50 / 2000, abs=0.002)
    assert small.seen == before


def _mouse(canvas, which, at, held):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    kind = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease)[which]
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    place = QPointF(canvas.viewport().mapToGlobal(at.toPoint()))
    button, buttons = (none if which == 1 else left), (none if which == 2 else left)
    QApplication.sendEvent(canvas.viewport(), QMouseEvent(kind, at, place, button, buttons, held))


def test_zoom_with_ctrl_and_the_keyboard_moves_one_alone(pair, qtbot):
    large, small = pair
    qtbot.keyClick(large, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert (large.in_step, small.in_step) == (False, True)
    qtbot.keyClick(large, Qt.Key.Key_Plus, Qt.KeyboardModifier.ShiftModifier)  # as many keyboards write plus
    assert small.zoom > 0.79


def test_a_canvas_that_is_the_only_one_has_nothing_to_be_apart_from(pair):
    large, small = pair
    large.detachable = False
    _wheel(large, QPointF(200, 150), 2, Qt.KeyboardModifier.ShiftModifier)
    assert large.in_step
    _same(large, small)


def test_a_percentage_survives_a_change_of_the_window_and_the_others_follow(pair):
    large, small = pair
    small.leading = False
    large.set_zoom(1.0)
    for canvas in (large, small):
        canvas.resize(640, 480)
    assert large.zoom == pytest.approx(1.0, rel=0.01)
    _same(large, small)


def test_a_fitted_canvas_stays_fitted_whatever_the_window(pair):
    large, small = pair
    small.leading = False
    for canvas in (large, small):
        canvas.resize(300, 400)
        assert canvas.fitted
    assert large.zoom == pytest.approx((300 - 8) / 2000)


def test_unlike_shapes_and_a_line_of_pixels_do_no_harm(qtbot):
    state = ViewState()
    canvases = [_canvas(qtbot, state, *size) for size in ((3000, 1), (1, 3000), (16, 16), (900, 700))]
    for canvas in canvases:
        canvas.set_zoom(30.0, QPointF(10, 10))
        canvas.zoom_by(-3)
        canvas.pan_by(QPointF(500, -500))
        for other in canvases:
            assert other.zoom > 0
            assert not other.viewport().grab().isNull()
        state.fit()
    assert all(canvas.fitted for canvas in canvases)


def test_the_middle_never_leaves_the_image(pair):
    large, _ = pair
    large.set_zoom(2.0)
    large.pan_by(QPointF(1e6, 1e6))
    assert large.seen.right() == pytest.approx(1.0, abs=0.002)
    assert large.seen.bottom() == pytest.approx(1.0, abs=0.002)
    large.state.look_at(QPointF(-3, 9), 2.0)
    assert (large.state.centre.x(), large.state.centre.y()) == (0.0, 1.0)
