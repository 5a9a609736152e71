"""The list of what lies near an exhibit."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from app.widgets.neighbours_view import ALONE, NO_CLASSES, NOTHING, READING, NeighboursView
from core.domain import ExhibitLine, Verdict
from core.examine import Neighbour

NEAR = (
    *(Neighbour(0.0123, exhibit_id=4), Neighbour(0.2, exhibit_id=9)),
    *(Neighbour(0.1, architecture="sd1"), Neighbour(1.3, architecture="real\u202ecod")),
)


def line(number, name, verdict=Verdict.ATTRIBUTED, architecture="sd1"):
    return ExhibitLine(
        *(number, f"{number:064x}", name, "JPEG", 640, 480, (), False, False),
        *(verdict, architecture, 0.9, 12),
    )


LINES = {4: line(4, "four.jpg"), 9: line(9, "ni\u202ene.jpg", None, None)}


@pytest.fixture
def view(qtbot):
    made = NeighboursView()
    qtbot.addWidget(made)
    made.resize(300, 520)
    made.show()
    return made


def rows(view):
    return [view.exhibits.item(row).text() for row in range(view.exhibits.count())]


def test_it_begins_with_what_to_do(view):
    assert view.words.text() == NOTHING
    view.set_busy()
    assert view.words.text() == READING


def test_exhibits_and_classes_with_their_distances(view):
    view.set_neighbours(NEAR, LINES, {"sd1": "Stable Diffusion 1"})
    assert rows(view) == ["four.jpg\n0.012 · Attributed: Stable Diffusion 1", "ni⟨U+202E⟩ne.jpg\n0.200 · Not analysed"]
    assert view.classes.distances == (("Stable Diffusion 1", 0.1), ("real⟨U+202E⟩cod", 1.3))
    assert "Stable Diffusion 1: 0.100" in view.classes.accessibleDescription()
    assert not view.grab().isNull()


def test_an_exhibit_is_opened_by_mouse_and_keyboard(view, qtbot):
    view.set_neighbours(NEAR, LINES, {})
    wished = []
    view.exhibit_wished.connect(wished.append)
    where = view.exhibits.visualItemRect(view.exhibits.item(1)).center()
    qtbot.mouseClick(view.exhibits.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert wished == [9]
    view.exhibits.setFocus()
    view.exhibits.setCurrentRow(0)
    qtbot.keyClick(view.exhibits, Qt.Key.Key_Return)
    assert wished == [9, 4]


def test_thumbnails_arrive_later(view):
    view.set_neighbours(NEAR, LINES, {})
    image = QImage(160, 80, QImage.Format.Format_RGB32)
    image.fill(QColor("#00ff00"))
    view.set_thumbnail(4, image)
    view.set_thumbnail(77, image)
    view.set_thumbnail(9, QImage())
    shown = view.exhibits.item(0).icon().pixmap(44, 44).toImage()
    assert shown.pixelColor(22, 22) == QColor("#00ff00")
    assert shown.width() == shown.height()


def test_nothing_near_is_said(view):
    view.set_neighbours((), {}, {})
    shown = [label.text() for label in (view._no_exhibits, view._no_classes) if label.isVisible()]
    assert shown == [ALONE, NO_CLASSES]
    view.set_neighbours(NEAR, LINES, {})
    assert not view._no_exhibits.isVisible()
    view.say("This case is blind.")
    assert view.words.isVisible()
    assert rows(view) == []
