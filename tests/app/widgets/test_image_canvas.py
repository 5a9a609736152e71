import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.widgets.image_canvas import LARGEST_ZOOM, ImageCanvas
from app.widgets.picture import PictureItem, build_picture
from core.domain import RgbImage


@pytest.fixture
def canvas(qtbot):
    made = ImageCanvas()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


def _show(canvas, width=2000, height=1000, orientation=1):
    shown = (height, width) if orientation > 4 else (width, height)
    pixels = np.zeros((shown[1] // 4, shown[0] // 4, 3), np.uint8)
    canvas.show_picture(build_picture(RgbImage(pixels, 0.25)), QSize(width, height), orientation)


def _wheel(canvas, at, notches):
    event = QWheelEvent(
        at,
        QPointF(canvas.viewport().mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), event)


def test_a_new_image_is_shown_whole_in_stored_pixels(canvas):
    _show(canvas)
    assert canvas.sceneRect().toRect().size() == QSize(2000, 1000)
    assert canvas.zoom == pytest.approx((800 - 8) / 2000)
    assert canvas.fitted


def test_a_turned_image_swaps_its_sides(canvas):
    _show(canvas, 2000, 1000, orientation=6)
    assert canvas.sceneRect().toRect().size() == QSize(1000, 2000)


def test_a_fitted_image_follows_the_window_and_a_zoomed_one_does_not(canvas):
    _show(canvas)
    canvas.resize(408, 600)
    assert canvas.zoom == pytest.approx(0.2)
    canvas.set_zoom(1.0)
    canvas.resize(900, 600)
    assert canvas.zoom == pytest.approx(1.0)


def test_the_wheel_zooms_at_the_mouse(canvas):
    _show(canvas)
    canvas.set_zoom(1.0)
    at = QPointF(611.0, 123.0)
    before = canvas.viewportTransform().inverted()[0].map(at)
    for notches in (1, 2, -1):
        _wheel(canvas, at, notches)
        after = canvas.viewportTransform().inverted()[0].map(at)
        assert (after - before).manhattanLength() * canvas.zoom < 2  # scroll bars know whole pixels only
    assert canvas.zoom == pytest.approx(1.25**2)


def test_zoom_keeps_within_its_limits(canvas):
    _show(canvas)
    canvas.set_zoom(1e9)
    assert canvas.zoom == LARGEST_ZOOM
    canvas.set_zoom(1e-9)
    assert 0.1 < canvas.zoom < 0.4


def test_the_keyboard_zooms_and_pans(canvas, qtbot):
    _show(canvas)
    canvas.set_zoom(2.0)
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.zoom == pytest.approx(2.5)
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.zoom == pytest.approx(2.0)
    before = canvas.horizontalScrollBar().value()
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.horizontalScrollBar().value() == before + 64


def test_dragging_pans(canvas, qtbot):
    _show(canvas)
    canvas.set_zoom(2.0)
    before = canvas.horizontalScrollBar().value()
    qtbot.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    qtbot.mouseMove(canvas.viewport(), QPoint(350, 300))
    qtbot.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(350, 300))
    assert canvas.horizontalScrollBar().value() == before + 50


def test_a_line_of_pixels_stays_visible_and_a_dot_does_not_fill_the_room(canvas):
    _show(canvas, 10000, 4)
    assert canvas.zoom * 4 >= 1
    _show(canvas, 4, 4)
    assert canvas.zoom == pytest.approx(8.0)


def test_words_take_the_place_of_the_image(canvas):
    _show(canvas)
    canvas.show_message("<b>damaged</b>")
    assert canvas.empty
    canvas.set_zoom(3.0)
    canvas.fit()
    (label,) = [child for child in canvas.viewport().children() if hasattr(child, "textFormat")]
    assert label.text() == "<b>damaged</b>"
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_shrinking_uses_a_halved_image_and_never_skips_pixels():
    picture = build_picture(RgbImage(np.zeros((1000, 4000, 3), np.uint8), 1.0))
    assert [level.width() for level in picture.levels] == [4000, 2000, 1000, 500]
    item = PictureItem()
    item.show_picture(picture, QSize(4000, 1000))
    for zoom in (0.05, 0.125, 0.2, 0.25, 0.4, 0.9, 1.0, 8.0):
        level = item.level_for(zoom)
        assert level.width() >= min(4000, 4000 * zoom)
        assert level.width() == 500 or level.width() < 2 * 4000 * zoom


def test_single_pixels_are_squares_above_200_percent_only(canvas, qtbot):
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:, 20:] = 255
    canvas.show_picture(build_picture(RgbImage(pixels, 1.0)), QSize(40, 40), 1)
    canvas.set_zoom(6.0)
    squares = _greys(canvas)
    canvas.set_zoom(1.7)
    smooth = _greys(canvas)
    assert squares <= {0, 255}
    assert len(smooth) > 2


def _greys(canvas):
    image = canvas.viewport().grab().toImage()
    at = canvas.mapFromScene(20, 20)
    return {image.pixelColor(at.x() + offset, at.y()).red() for offset in range(-12, 13)}
