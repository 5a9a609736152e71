"""The list of what lies near an exhibit."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from app.widgets.neighbours_view import ALONE, MEANING, NO_CLASSES, NOTHING, READING, NeighboursView
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
    assert rows(view) == [
        "four.jpg\nAttributed: Stable Diffusion 1\nDistance 0.012",
        "ni⟨U+202E⟩ne.jpg\nNot analysed\nDistance 0.200",
    ]
    assert view.classes.distances == (("Stable Diffusion 1", 0.1), ("real⟨U+202E⟩cod", 1.3))
    assert "Stable Diffusion 1: 0.100" in view.classes.accessibleDescription()
    assert not view.grab().isNull()


def test_an_unknown_architecture_names_no_class_and_an_inconclusive_one_only_the_closest(view):
    lines = {4: line(4, "four.jpg", Verdict.UNKNOWN), 9: line(9, "nine.jpg", Verdict.INCONCLUSIVE)}
    view.set_neighbours(NEAR, lines, {"sd1": "Stable Diffusion 1"})
    assert rows(view) == [
        "four.jpg\nUnknown architecture\nDistance 0.012",
        "nine.jpg\nInconclusive\nclosest: Stable Diffusion 1\nDistance 0.200",
    ]
    told = view.exhibits.item(0)
    assert "Stable" not in told.toolTip() + told.data(Qt.ItemDataRole.AccessibleTextRole)


def test_the_lists_keep_off_the_edge_unless_their_panel_does(view, qtbot):
    view.set_neighbours(NEAR, LINES, {})
    assert view.exhibits.mapTo(view, view.exhibits.rect().topLeft()).x() >= 8
    assert "the nearest class may differ from the class named" in MEANING
    bare = NeighboursView(inset=False)
    qtbot.addWidget(bare)
    assert bare.layout().contentsMargins().left() == 0


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
