"""The consistency of one answer: what its words say, and what can be clicked."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication

from app.widgets import consistency_words as words
from app.widgets.consistency_view import ConsistencyView
from core.domain import Verdict
from tests.app.examine_fakes import TITLES
from tests.app.widgets.explaining_records import LDM, REAL, SD, a_consistency, a_tile, masked


@pytest.fixture
def view(qtbot):
    made = ConsistencyView()
    qtbot.addWidget(made)
    made.resize(340, 800)
    made.show()
    made.set_consistency(a_consistency(), TITLES)
    return made


def test_the_agreement_with_what_it_means():
    assert words.agreement(a_consistency()) == (
        "12 of 16 tiles agree. Of 61 validation images that were rightly given this name, 21 (34 %) agreed no better."
    )
    assert words.agreement(a_consistency(validated_on=1, percentile=1.0)) == (
        "12 of 16 tiles agree. Of 1 validation image that was rightly given this name, 1 (100 %) agreed no better. "
        "These are few images, so the share is rough."
    )
    assert "card does not say" in words.agreement(a_consistency(percentile=None, validated_on=0))


def plain(blocks):
    return "\n".join(str(block) for block in blocks)


def test_a_tile_in_words():
    said = plain(words.tile_blocks(13, a_consistency(), TITLES))
    assert "Tile 14" in said
    assert f"{TITLES[REAL]}, score 0.77; names something else." in said
    assert "0.80: top score less the second" in said
    assert "128 × 128 stored pixels at x 160, y 360" in said
    assert "names the same as the whole image" in plain(words.tile_blocks(2, a_consistency(), TITLES))
    near = words.nearest(a_tile(0), TITLES)
    assert near.startswith(f"Nearest reference images: {TITLES[SD]} (0.12), then ")
    assert TITLES[LDM] in near
    assert "0.90" not in near
    assert words.nearest(a_tile(0, distances=((SD, 0.1),)), TITLES).endswith("(0.10).")
    assert "no reference images" in words.nearest(a_tile(0, distances=()), TITLES)


def conclusions(*rows, alone=None):
    singles = [masked(number) for number in range(16)] if alone is None else alone
    made = a_consistency(masked=(masked(), *singles, *rows))
    return words.masked_blocks(made, TITLES)[1].texts


def test_the_masked_check_ends_in_plain_conclusions():
    alone, run = words.masked_blocks(a_consistency(), TITLES)[1].texts
    assert alone == "Tile 3 decides: without it the image is inconclusive."
    assert run == f"Without its 3 strongest tiles, the image is attributed to {TITLES[REAL]}."
    alone, run = conclusions(*(masked(*range(count)) for count in range(1, 9)))
    assert alone == f"No single tile decides: whichever is left out, the image stays attributed to {TITLES[SD]}."
    assert run == f"Even without its 8 strongest tiles, the image stays attributed to {TITLES[SD]}."
    several = [masked(number, verdict=Verdict.UNKNOWN if number % 2 else Verdict.ATTRIBUTED) for number in range(16)]
    alone, run = conclusions(masked(4, verdict=Verdict.INCONCLUSIVE), alone=several)
    assert "Each of 8 tiles decides by itself (2, 4, 6, 8, 10 and 3 more)" in alone
    assert run == "Without its strongest tile, the image is inconclusive."
    _, run = conclusions(masked(4, verdict=Verdict.UNKNOWN))
    assert run == "Without its strongest tile, the image is of an unknown architecture."


def test_the_table_shows_what_makes_the_conclusions():
    rows = words.masked_blocks(a_consistency(), TITLES)[-1].rows
    assert [row[0] for row in rows] == [
        *("Nothing", "Tile 3", "Tile 1 (strongest)", "Tiles 1, 2 (strongest)", "Tiles 1, 2, 3 (strongest)"),
    ]
    assert rows[1][1] == f"inconclusive ({TITLES[SD]} on top, score 0.60)"
    assert rows[-1][1] == f"attributed to {TITLES[REAL]}, score 0.75"
    assert words.masked_blocks(a_consistency(masked=()), TITLES) == ()


def test_a_click_or_a_key_picks_a_tile_and_asks_for_its_pixels(view, qtbot):
    button = view.buttons.buttons[5]
    with qtbot.waitSignal(view.tile_picked) as picked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert picked.args == [5]
    assert "Tile 6" in view.about_tile.toPlainText()
    assert button.isChecked()
    view.buttons.buttons[14].setFocus()
    with qtbot.waitSignal(view.tile_picked):
        qtbot.keyClick(view.buttons.buttons[14], Qt.Key.Key_Space)
    assert view.tile == 14
    assert not button.isChecked()


def test_a_tile_chosen_elsewhere_is_shown_and_a_wrong_number_is_passed_over(view, qtbot):
    view.show_tile(3)
    assert view.buttons.buttons[3].isChecked()
    for wrong in (-1, 16):
        with qtbot.assertNotEmitted(view.tile_picked):
            view.show_tile(wrong)
    assert view.tile == 3
    view.set_consistency(None, TITLES)
    with qtbot.assertNotEmitted(view.tile_picked):
        view.show_tile(3)


def test_the_pixels_of_a_tile_are_shown_sharp_and_those_of_another_taken_away(view):
    view.show_tile(0)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    image.setPixelColor(0, 0, QColor("white"))
    view.set_tile_picture(image)
    shown = view.picture.pixmap().toImage()
    assert shown.size().width() == 192
    assert {shown.pixelColor(x, x).name() for x in range(192)} == {"#ffffff", "#000000"}
    assert shown.pixelColor(47, 47).name() == "#ffffff"
    assert view.picture.isVisibleTo(view)
    view.show_tile(1)
    assert not view.picture.isVisibleTo(view)
    view.set_tile_picture(QImage(4000, 10, QImage.Format.Format_RGB32))
    assert view.picture.pixmap().width() == 192
    view.set_tile_picture(QImage())
    assert not view.picture.isVisibleTo(view)


def test_another_answer_forgets_the_tile(view):
    view.show_tile(7)
    view.set_consistency(a_consistency(agreeing=3), TITLES)
    assert view.tile is None
    assert not any(button.isChecked() for button in view.buttons.buttons)
    assert view.agreement.text().startswith("3 of 16")
    assert "Choose a tile" in view.about_tile.toPlainText()


def test_agreement_shows_without_colour(view):
    view.grab()
    solid, broken = (view.buttons.buttons[number].grab().toImage() for number in (0, 15))
    row = range(10, solid.width() - 10)

    def edge(image):
        return len({image.pixelColor(x, 2).lightness() // 8 for x in row})

    assert edge(broken) > edge(solid)


def test_wishes_states_and_refusals(qtbot):
    view = ConsistencyView()
    qtbot.addWidget(view)
    view.show()
    assert view.state.text() == words.NOTHING
    assert not view.body.isVisible()
    with qtbot.waitSignal(view.check_wished):
        view.button.click()
    view.set_busy("Examining the tiles")
    assert view.progress.isVisible()
    with qtbot.waitSignal(view.cancel_wished):
        view.button.click()
    view.set_busy("")
    view.set_possible("The image is out of scope.")
    assert not view.button.isEnabled()
    assert view.state.text() == "The image is out of scope."
    view.set_possible("")
    view.say("The evidence file is gone.")
    assert view.state.text() == "The evidence file is gone."
    view.say("")
    view.set_consistency(a_consistency(), TITLES)
    assert view.body.isVisible()
    assert not view.state.isVisible()
    assert view.button.text() == "Examine again"


def test_hostile_class_names_are_shown_harmlessly(view):
    evil = "<b>x</b>\u202egpj"
    tiles = tuple(a_tile(number, evil) for number in range(16))
    view.set_consistency(a_consistency(architecture=evil, tiles=tiles, masked=(masked(name=evil),)), {})
    view.show_tile(0)
    text = view.about_tile.toPlainText() + view.masked.toPlainText() + view.buttons.buttons[0].accessibleName()
    assert "\u202e" not in text
    assert "⟨U+202E⟩" in text
    assert "<b>x</b>" in text


def test_a_tile_without_scores_is_survived(view):
    view.set_consistency(a_consistency(tiles=tuple(a_tile(n, scores=(), margin=0.0) for n in range(16))), TITLES)
    view.show_tile(0)
    assert "names something else" in view.about_tile.toPlainText()


def test_dark_colours_are_followed(view):
    before = view.buttons.buttons[0].grab().toImage().pixelColor(20, 6).lightness()
    dark = QPalette(QColor("#1a1d22"))
    view.setPalette(dark)
    QApplication.processEvents()
    after = view.buttons.buttons[0].grab().toImage().pixelColor(20, 6).lightness()
    assert abs(after - before) > 60
