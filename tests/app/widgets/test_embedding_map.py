"""The map as a widget: geometry, hands, keys, and that everything can be painted."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.theme import DARK, LIGHT, apply_theme
from app.widgets.embedding_map import EmbeddingMapView
from app.widgets.embedding_paint import ORDER, Card, fill_of, mark
from app.widgets.embedding_plane import Plane, bounds_of, closest, density, fitted, hull, inside
from app.widgets.embedding_words import groups_text, status
from core.domain import DetectorReference, Verdict
from core.examine import EmbeddingMap

DETECTOR = DetectorReference("field", "0.2", "d" * 64)
PLACES = ((0, 0), (4, 0), (0, 3), (-4, -3), (8, 6), (8.2, 6), (8, 6.2))
VERDICTS = (
    *(Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE, Verdict.ATTRIBUTED, Verdict.OUT_OF_SCOPE),
    *(Verdict.UNKNOWN,) * 3,
)
NO_KEY, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
LEFT = Qt.MouseButton.LeftButton


def drawn(**changes):
    draw = np.random.default_rng(1)
    reference = np.vstack([draw.normal(size=(40, 2)), draw.normal(size=(40, 2)) + np.array([6, 0])]).astype(np.float32)
    made = EmbeddingMap(
        *(DETECTOR, "t-SNE", (11, 12, 13, 14, 15, 16, 17), np.array(PLACES, np.float32), reference),
        *(("real",) * 40 + ("ProGAN",) * 40, ((15, 16, 17),), (), True),
        verdicts=VERDICTS,
    )
    return replace(made, **changes)


@pytest.fixture
def view(qtbot):
    made = EmbeddingMapView()
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.set_map(drawn(), {"real": "Photograph"})
    made.show()
    made.heard = {name: [] for name in ("selected", "chosen", "opened", "pointed", "group_wished")}
    for name, heard in made.heard.items():
        getattr(made, name).connect(heard.append)
    qtbot.waitExposed(made)
    made.grab()
    return made


def drag(qtbot, view, corners, key=NO_KEY):
    qtbot.mousePress(view, LEFT, key, corners[0])
    for corner in corners[1:]:
        qtbot.mouseMove(view, corner)
    qtbot.mouseRelease(view, LEFT, key, corners[-1])


def around(view, *ids, by=8):
    spots = [view.spot_of(exhibit).toPoint() for exhibit in ids]
    left, right = min(spot.x() for spot in spots) - by, max(spot.x() for spot in spots) + by
    top, bottom = min(spot.y() for spot in spots) - by, max(spot.y() for spot in spots) + by
    return [QPoint(left, top), QPoint(right, top), QPoint(right, bottom), QPoint(left, bottom), QPoint(left, top)]


def test_a_plane_goes_there_and_back():
    plane = Plane((3.0, -2.0), 12.5, (640.0, 480.0))
    (screen,) = plane.to_screen(np.array([[5.0, 1.0]]))
    assert plane.to_map(*screen) == pytest.approx((5.0, 1.0))
    assert screen.tolist() == [320 + 25, 240 - 37.5]  # up is up
    (moved,) = plane.moved(10, -4).to_screen(np.array([[5.0, 1.0]]))
    assert (moved - screen).tolist() == pytest.approx([10, -4])
    zoomed = plane.zoomed(3.0, 100, 50)
    assert zoomed.to_map(100, 50) == pytest.approx(plane.to_map(100, 50))
    assert zoomed.scale == 37.5


@pytest.mark.parametrize("points", [PLACES, ((5, 5),), ((1, 1), (1, 1)), ((0, 0), (1e5, 0)), ((0, 0), (0, 1e-3))])
def test_everything_fits(points):
    values = np.array(points, np.float32)
    screen = fitted(values, (640.0, 480.0)).to_screen(values)
    assert (screen >= 0).all()
    assert (screen <= (640, 480)).all()


def test_an_empty_map_fits():
    assert fitted(np.zeros((0, 2)), (640.0, 480.0)).size == (640.0, 480.0)


def test_a_lasso_may_be_as_crooked_as_it_likes():
    star = np.array([(0, 0), (10, 0), (10, 10), (0, 10), (0, 6), (8, 6), (8, 4), (0, 4)], np.float64)  # a C
    spots = np.array([(1, 2), (4, 5), (9, 5), (1, 8), (11, 5), (-1, 5)], np.float64)
    assert inside(star, spots).tolist() == [True, False, True, True, False, False]
    assert inside(star[:2], spots).tolist() == [False] * 6


def test_the_nearest_point_counts_only_within_reach():
    points = np.array([(0, 0), (10, 0), (11, 0)], np.float64)
    assert closest(points, 10.6, 0, 5) == 2
    assert closest(points, 5, 30, 5) is None
    assert closest(points[:0], 0, 0, 5) is None


def test_an_outline_holds_all_points_and_no_more_corners_than_needed():
    points = np.random.default_rng(2).normal(size=(60, 2))
    outline = hull(np.vstack([points, [(9, 9), (9, -9), (-9, 9), (-9, -9)], points]))
    assert sorted(map(tuple, outline.tolist())) == [(-9, -9), (-9, 9), (9, -9), (9, 9)]
    assert inside(outline, points).all()
    assert len(hull(np.zeros((5, 2)))) == 1


def test_a_class_is_densest_where_most_of_it_lies():
    draw = np.random.default_rng(3)
    points = np.vstack([draw.normal(size=(30, 2)) * 0.2 + (7, 3), [(-9, -9), (9, 9)]])
    found = density(points, bounds_of(points))
    assert found.centre == pytest.approx((7, 3), abs=0.5)
    assert found.values.max() == 1.0
    assert 3.2 < found.top < 6
    same = density(np.zeros((4, 2)), bounds_of(np.zeros((4, 2))))
    assert np.isfinite(same.values).all()


def test_a_lasso_selects_with_ctrl_and_shift_adds(view, qtbot):
    drag(qtbot, view, around(view, 15, 16, 17), CTRL)
    assert view.heard["selected"] == [(15, 16, 17)]
    view.set_lasso(True)
    drag(qtbot, view, around(view, 11), SHIFT)
    assert view.selection == (11, 15, 16, 17)
    drag(qtbot, view, around(view, 12))
    assert view.selection == (12,)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.heard["selected"][-1] == ()


def test_without_the_lasso_a_drag_moves_the_map(view, qtbot):
    before = view.spot_of(11)
    drag(qtbot, view, [QPoint(30, 30), QPoint(60, 40), QPoint(90, 50)])
    assert (view.spot_of(11) - before).toPoint() == QPoint(60, 20)
    assert view.heard["selected"] == []
    qtbot.mouseDClick(view, LEFT, pos=QPoint(5, 5))
    assert (view.spot_of(11) - before).toPoint() == QPoint(0, 0)


def test_clicks_choose_select_toggle_and_open(view, qtbot):
    spots = {exhibit: view.spot_of(exhibit).toPoint() for exhibit in (11, 12)}
    qtbot.mouseClick(view, LEFT, pos=spots[11])
    assert (view.heard["chosen"], view.selection) == ([11], (11,))
    qtbot.mouseClick(view, LEFT, CTRL, spots[12])
    assert view.selection == (11, 12)
    qtbot.mouseClick(view, LEFT, CTRL, spots[11])
    assert view.selection == (12,)
    qtbot.mouseClick(view, LEFT, pos=QPoint(3, 3))
    assert view.selection == ()
    qtbot.mouseDClick(view, LEFT, pos=spots[12])
    assert view.heard["opened"] == [12]


def test_the_wheel_zooms_around_the_pointer(view):
    spot = view.spot_of(12)
    for _ in range(2):
        nothing = (QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, NO_KEY, Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(view, QWheelEvent(spot, spot, *nothing))
    assert (view.spot_of(12) - spot).manhattanLength() < 1
    assert view.plane.scale > 1.5 * fitted(np.array(PLACES), (640.0, 480.0)).scale


def test_zooming_has_ends(view):
    base = view.plane.scale
    for _ in range(60):
        view.zoom(2.0)
    assert view.plane.scale == pytest.approx(base * 400)
    for _ in range(60):
        view.zoom(0.5)
    assert view.plane.scale == pytest.approx(base * 0.2)


def test_the_keyboard_does_everything(view, qtbot):
    at = view.spot_of(11)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.spot_of(11).x() < at.x()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.spot_of(11).y() < at.y()
    before = view.plane.scale
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.plane.scale > before
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.plane.scale == pytest.approx(before)
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.spot_of(11) == at
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_PageUp):
        qtbot.keyClick(view, key)
    assert view.heard["chosen"] == [11, 12, 11, 11]
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.heard["opened"] == [11]


def test_a_further_picture_keeps_selection_and_zoom(view):
    view.set_selection((12, 15))
    view.zoom(2.0)
    scale = view.plane.scale
    view.set_map(drawn(points=np.array(PLACES[::-1], np.float32), final=False, share=0.5), {})
    assert view.selection == (12, 15)
    assert view.plane.scale == scale
    view.set_map(drawn(exhibit_ids=(12,), points=np.zeros((1, 2), np.float32), verdicts=(), clusters=()), {})
    assert view.selection == (12,)
    view.grab()


def test_a_proposed_group_has_a_button(view, qtbot):
    (chip,) = view._chips
    assert view.rect().contains(chip.toRect())
    qtbot.mouseClick(view, LEFT, pos=chip.center().toPoint())
    assert view.heard["group_wished"] == [(15, 16, 17)]
    assert view.heard["selected"] == []


def test_names_of_classes_never_lie_on_each_other(view):
    crowd = np.random.default_rng(4).normal(size=(300, 2)).astype(np.float32)
    view.set_map(drawn(reference=crowd, reference_labels=tuple(f"class {n % 12}" for n in range(300))), {})
    from app.widgets import embedding_paint

    picture = QImage(640, 480, QImage.Format.Format_RGB32)
    from PySide6.QtGui import QPainter

    painter = QPainter(picture)
    taken = embedding_paint.paint_names(painter, view.plane, view._classes, LIGHT)
    painter.end()
    assert len(taken) == 12
    assert not any(a.intersects(b) for n, a in enumerate(taken) for b in taken[n + 1 :])


@pytest.mark.parametrize("dark", [False, True])
def test_nine_classes_have_nine_colours_far_apart(dark):
    from app.widgets import embedding_paint

    tints = [QColor(tint) for tint in embedding_paint._TINTS[dark][0]]
    assert len(tints) >= 9
    for place, one in enumerate(tints[:9]):
        for other in tints[place + 1 : 9]:
            apart = [a - b for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)]
            assert np.hypot(np.hypot(apart[0], apart[1]), apart[2]) > 55, (one.name(), other.name())


def test_names_of_classes_keep_off_the_exhibits_where_there_is_room(view):
    from PySide6.QtGui import QPainter

    from app.widgets import embedding_paint

    picture = QImage(640, 480, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    before = embedding_paint.paint_names(painter, view.plane, view._classes, LIGHT)
    marks = np.array([[place.center().x(), place.center().y()] for place in before])
    after = embedding_paint.paint_names(painter, view.plane, view._classes, LIGHT, marks)
    painter.end()
    assert len(after) == len(before)
    assert not any(place.contains(QPointF(*mark)) for place in after for mark in marks.tolist())


def test_pointing_is_told_once_and_the_card_belongs_to_who_is_pointed_at(view, qtbot):
    spot = view.spot_of(13).toPoint()
    qtbot.mouseMove(view, spot)
    qtbot.mouseMove(view, spot + QPoint(1, 1))
    assert view.heard["pointed"] == [13]
    view.set_card(Card(12, Verdict.UNKNOWN, "another.jpg"))
    assert view._card.name == ""
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("#ff0000"))
    view.set_card(Card(13, None, "mine.jpg", "StyleGAN · 0.93", image))
    assert (view._card.name, view._card.verdict) == ("mine.jpg", Verdict.ATTRIBUTED)
    red = view.grab().toImage()
    assert any(
        red.pixelColor(x, y) == QColor("#ff0000") for x in range(0, red.width(), 5) for y in range(0, red.height(), 5)
    )
    qtbot.mouseMove(view, QPoint(2, 2))
    assert view.heard["pointed"] == [13, -1]


def test_the_card_of_an_unknown_architecture_names_no_class(view, qtbot):
    unknown = view._drawn.exhibit_ids[view._drawn.verdicts.index(Verdict.UNKNOWN)]
    qtbot.mouseMove(view, view.spot_of(unknown).toPoint())
    view.set_card(Card(unknown, Verdict.ATTRIBUTED, "mine.jpg", "StyleGAN · 0.93"))
    assert (view._card.name, view._card.verdict, view._card.detail) == ("mine.jpg", Verdict.UNKNOWN, "")


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_marks_differ_by_shape_and_colour(qapp, choice):
    apply_theme(qapp, choice)
    dark = choice == "dark"
    shapes, tints = set(), set()
    for verdict in ORDER[1:]:
        picture = mark(verdict, dark, 2.0).toImage()
        fill = fill_of(verdict, DARK if dark else LIGHT)
        rows = [
            tuple(picture.pixelColor(x, y).alpha() > 128 for x in range(picture.width()))
            for y in range(picture.height())
        ]
        shapes.add(tuple(rows))
        tints.add(fill.name())
    assert len(shapes) == len(tints) == 4
    apply_theme(qapp, "light")


def test_colours_follow_the_theme(view, qapp):
    try:
        apply_theme(qapp, "dark")
        qapp.processEvents()
        assert view.grab().toImage().pixelColor(4, 4) == QColor(DARK.base)
    finally:
        apply_theme(qapp, "light")
        qapp.processEvents()
    assert view.grab().toImage().pixelColor(4, 4) == QColor(LIGHT.base)


def test_nothing_to_show_can_be_shown(view):
    for shown in (None, drawn(exhibit_ids=(), points=np.zeros((0, 2), np.float32), verdicts=(), clusters=())):
        view.set_map(shown, {})
        assert not view.grab().isNull()
        assert view._exhibit_at(QPointF(5, 5)) == -1


def test_the_status_tells_how_far_and_what_distances_mean():
    words = status(drawn(final=False, share=0.4, left_out=(1,), hidden=2, remarks=("No reference.",)))
    assert words.startswith("t-SNE: 7 exhibits, and 80 reference images of 2 classes as clouds.")
    for part in ("Still being refined (40%)", "distances between far groups", "1 exhibit is left out", "No reference."):
        assert part in words
    assert "2 exhibits stay hidden until you have written down your own view." in words
    assert "refined" not in status(drawn())
    assert "Stopped" in status(drawn(final=False), stopped=True)
    assert "Looking" in groups_text(drawn(clusters=(), final=False, share=0.0))
    assert "No group" in groups_text(drawn(clusters=()))
    assert "Proposals, not findings" in groups_text(drawn())


def test_somebody_who_does_not_see_it_is_told(view):
    assert view.accessibleName() == "Map"
    assert view.accessibleDescription() == status(drawn())
