import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from app.widgets.check_card import MOST_SHOWN, CheckCard, picture_tiles
from app.widgets.picture_row import PictureRow, PictureTile
from core.retraining import CheckFinding, CheckKind, Severity, WayOut


@pytest.fixture
def row(qtbot):
    made = PictureRow("Pictures")
    qtbot.addWidget(made)
    made.set_tiles([PictureTile(("a", "b"), "a ↔ b"), PictureTile(("b", "c"), "b ↔ c")])
    made.resize(600, 100)
    made.show()
    return made


def red():
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    return image


def test_each_picture_is_wanted_once(row):
    assert row.wanted == ("a", "b", "c")
    row.add_images({"b": red()})
    assert row.wanted == ("a", "c")


def test_a_pair_stands_side_by_side(row):
    row.add_images({"b": red()})
    picture = row.item(0).icon().pixmap(row.iconSize()).toImage()
    right, left = picture.pixelColor(picture.width() * 3 // 4, picture.height() // 2), picture.pixelColor(10, 10)
    assert right == QColor("red")
    assert left != QColor("red")


def test_a_picture_that_cannot_be_had_is_asked_for_once(row):
    row.add_images({"a": QImage(), "b": QImage(), "c": QImage()})
    assert row.wanted == ()


def test_pictures_are_chosen_with_the_keyboard(row, qtbot):
    row.setFocus()
    row.setCurrentRow(0)
    qtbot.keyClick(row, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert [tile.caption for tile in row.chosen] == ["a ↔ b", "b ↔ c"]


def test_there_is_room_for_the_scroll_bar_only_where_it_scrolls(row):
    wide = row.height()
    row.resize(200, 100)
    assert row.height() == wide + row.horizontalScrollBar().sizeHint().height()


def test_hostile_captions_are_shown_harmless(row):
    row.set_tiles([PictureTile(("a",), "x\u202ey", "<img src=x>")])
    assert "⟨U+202E⟩" in row.item(0).text()
    assert "&lt;img" in row.item(0).toolTip()


def test_a_long_finding_shows_its_worst_and_says_how_many_more(qtbot):
    images = tuple(f"{number:064x}" for number in range(MOST_SHOWN + 7))
    finding = CheckFinding(
        *(CheckKind.SUSPECT_LABEL, Severity.WARNING, "67 images look odd.", "Look at them."),
        images=images,
        ways=(WayOut.LEAVE_OUT,),
    )
    card = CheckCard(finding, {})
    qtbot.addWidget(card)
    assert len(picture_tiles(finding, {})) == MOST_SHOWN
    assert card.more.text().startswith("7 more are not shown")
    taken = []
    card.way_taken.connect(lambda *said: taken.append(said))
    card.ways[WayOut.LEAVE_OUT].click()
    assert taken == [(finding, WayOut.LEAVE_OUT, images, "")]


def test_of_pairs_the_first_is_left_out_once(qtbot):
    finding = CheckFinding(
        *(CheckKind.NEAR_DUPLICATE, Severity.NOTE, "Two pairs.", ""),
        images=("a", "b", "c"),
        pairs=(("a", "b"), ("a", "c")),
        ways=(WayOut.LEAVE_OUT,),
    )
    card = CheckCard(finding, {})
    qtbot.addWidget(card)
    taken = []
    card.way_taken.connect(lambda *said: taken.append(said[2]))
    card.ways[WayOut.LEAVE_OUT].click()
    assert taken == [("a",)]


def test_nothing_to_move_means_no_moving(qtbot):
    finding = CheckFinding(
        *(CheckKind.SUSPECT_LABEL, Severity.WARNING, "", ""), images=("a",), suggested={}, ways=(WayOut.MOVE,)
    )
    card = CheckCard(finding, {})
    qtbot.addWidget(card)
    assert not card.ways[WayOut.MOVE].isEnabled()


def test_a_suspect_says_below_its_picture_what_it_looks_like():
    finding = CheckFinding(
        *(CheckKind.SUSPECT_LABEL, Severity.WARNING, "1 image looks odd.", "Look at it."),
        images=("a" * 64,),
        suggested={"a" * 64: "pix2pix"},
    )
    (tile,) = picture_tiles(finding, {})
    assert tile.caption == "→ pix2pix"
    assert "looks like pix2pix" in tile.meaning
