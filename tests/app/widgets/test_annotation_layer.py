from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from app.widgets.annotation_layer import AnnotationLayer
from app.widgets.annotation_shapes import is_met, outline, paint_annotation, plate, shown_text
from app.widgets.image_canvas import ImageCanvas
from app.widgets.picture import build_picture
from core.domain import RgbImage
from core.examine import Annotation, AnnotationKind

AT = datetime(2026, 11, 21, tzinfo=UTC)
LEFT = Qt.MouseButton.LeftButton
SIZE = QSize(400, 300)
RECTANGLE, ARROW, TEXT = AnnotationKind.RECTANGLE, AnnotationKind.ARROW, AnnotationKind.TEXT


def an_annotation(number=1, kind=RECTANGLE, points=((0.25, 0.25), (0.75, 0.75)), text="", **more):
    return Annotation(1, kind, points, text, "A. Moreau", AT, id=number, **more)


@pytest.fixture
def canvas(qtbot):
    made = ImageCanvas()
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.layer = AnnotationLayer()
    made.add_layer(made.layer)
    made.show()
    turn(made, 1)
    made.told = []
    made.layer.drawn.connect(lambda *wish: made.told.append(wish))
    made.layer.chosen.connect(made.told.append)
    return made


def turn(canvas, orientation):
    """Show a grey picture whose stored pixels are `SIZE`, turned as EXIF has it."""
    width, height = (SIZE.height(), SIZE.width()) if orientation > 4 else (SIZE.width(), SIZE.height())
    grey = np.full((height, width, 3), 128, np.uint8)
    canvas.show_picture(build_picture(RgbImage(grey, 1.0)), SIZE, orientation)
    canvas.fit()


def at(canvas, x, y):
    """Where a place of the stored image, in fractions, is on the screen."""
    scene = canvas.layer.sceneTransform().map(QPointF(x * SIZE.width(), y * SIZE.height()))
    return canvas.viewportTransform().map(scene).toPoint()


def pull(canvas, qtbot, start, end):
    viewport = canvas.viewport()
    qtbot.mousePress(viewport, LEFT, pos=at(canvas, *start))
    qtbot.mouseMove(viewport, at(canvas, *end))
    qtbot.mouseRelease(viewport, LEFT, pos=at(canvas, *end))


def near(points, wanted):
    return np.allclose(points, wanted, atol=0.006)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", [RECTANGLE, ARROW])
def test_what_is_pulled_is_told_in_fractions_of_the_stored_image(canvas, qtbot, orientation, kind):
    turn(canvas, orientation)
    canvas.layer.set_annotations((), SIZE)
    canvas.layer.set_tool(kind)
    pull(canvas, qtbot, (0.2, 0.3), (0.6, 0.8))
    ((told, points),) = canvas.told
    assert told is kind
    assert near(points, ((0.2, 0.3), (0.6, 0.8)))


def test_a_click_places_a_text_but_draws_nothing_else(canvas, qtbot):
    canvas.layer.set_annotations((), SIZE)
    for tool in (RECTANGLE, ARROW, TEXT):
        canvas.layer.set_tool(tool)
        qtbot.mouseClick(canvas.viewport(), LEFT, pos=at(canvas, 0.5, 0.4))
    ((told, points),) = canvas.told
    assert told is TEXT
    assert near(points, ((0.5, 0.4),))


def test_a_mark_never_leaves_the_image(canvas, qtbot):
    canvas.layer.set_annotations((), SIZE)
    canvas.layer.set_tool(RECTANGLE)
    viewport = canvas.viewport()
    qtbot.mousePress(viewport, LEFT, pos=at(canvas, 0.5, 0.5))
    qtbot.mouseMove(viewport, at(canvas, 1.0, 1.0) + QPoint(40, 40))
    qtbot.mouseRelease(viewport, LEFT, pos=at(canvas, 1.0, 1.0) + QPoint(40, 40))
    assert canvas.told[0][1][1] == (1.0, 1.0)


def test_without_a_tool_a_click_chooses_and_beside_all_marks_the_image_moves(canvas, qtbot):
    annotations = (
        an_annotation(7),
        an_annotation(8, ARROW, ((0.1, 0.1), (0.2, 0.9))),
        an_annotation(9, TEXT, ((0.8, 0.1),), "hand"),
    )
    canvas.layer.set_annotations(annotations, SIZE)
    canvas.set_zoom(3.0)
    for place in ((0.5, 0.25), (0.15, 0.5), (0.5, 0.5)):
        canvas.centerOn(canvas.layer.sceneTransform().map(QPointF(place[0] * 400, place[1] * 300)))
        qtbot.mouseClick(canvas.viewport(), LEFT, pos=at(canvas, *place))
    assert canvas.told == [7, 8, None]
    canvas.fit()
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=at(canvas, 0.8, 0.1) + QPoint(12, 10))
    assert canvas.told[-1] == 9


def yellow(image):
    found = np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint8)
    found = found.reshape(image.height(), image.width(), 4).astype(int)
    return (found[..., 2] > 200) & (found[..., 1] > 160) & (found[..., 0] < 90)


@pytest.mark.parametrize("zoom", [0.5, 1.0, 8.0])
def test_a_line_is_as_thick_at_every_zoom(canvas, zoom):
    canvas.layer.set_annotations((an_annotation(points=((0.5, 0.25), (1.0, 0.75))),), SIZE)
    canvas.set_zoom(zoom)
    canvas.centerOn(QPointF(200, 150))
    drawn = yellow(canvas.grab().toImage())
    row = drawn[canvas.height() // 2]
    assert 1 <= int(row[: canvas.width() // 2 + 20].sum()) <= 4


@pytest.mark.parametrize("ground", ["#000000", "#ffffff", "#ffd60a", "#40e0ff", "#808080"])
def test_a_mark_can_be_told_from_every_ground(qapp, ground):
    image = QImage(120, 80, QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    before = image.copy()
    painter = QPainter(image)
    path = outline(ARROW, (QPointF(10, 10), QPointF(100, 60)))
    paint_annotation(painter, path, QRectF(20, 40, 60, 20), "hand", chosen=False, dashed=False)
    painter.end()
    grounds, pixels = (
        np.frombuffer(one.constBits(), np.uint8).reshape(80, 120, 4)[..., :3].astype(int).mean(2)
        for one in (before, image)
    )
    assert np.abs(pixels - grounds).max() > 60  # in brightness, not only in colour


def test_words_stay_in_view_and_are_found_where_they_are_seen(qapp):
    seen, font = QRectF(0, 0, 300, 200), QFont()
    whole = plate("light from the wrong side " * 3, QPointF(290, 190), font, seen)
    assert seen.contains(whole)
    assert is_met(outline(TEXT, ()), whole, whole.center())
    assert not is_met(outline(TEXT, ()), whole, QPointF(2, 2))
    outside = plate("far", QPointF(900, 900), font, seen)
    assert outside.topLeft() == QPointF(900, 900)
    assert plate("  \n", QPointF(0, 0), font, seen).isEmpty()
    assert plate("x" * 5000, QPointF(0, 0), font, seen).width() < 300


def test_hostile_words_are_made_harmless():
    assert "\u202e" not in shown_text("a\u202eb\x00")
    assert len(shown_text("x" * 5000)) < 200


def test_broken_marks_of_a_made_up_case_do_not_break_the_painting(canvas):
    annotations = (
        an_annotation(1, points=((0.0, 0.0), (1.0, 1.0))),
        replace(an_annotation(2, text="y" * 2000), in_report=False),
    )
    canvas.layer.set_annotations(annotations, SIZE)
    canvas.layer.choose(2)
    assert not canvas.grab().isNull()
    canvas.layer.set_annotations(annotations, QSize())
    assert not canvas.grab().isNull()
