"""The checks of a heat map: the outcome with its reasons, the curves, the stamp."""

import pytest
from PySide6.QtCore import QPointF

from app.widgets import sanity_words as words
from app.widgets.finding_words import MAP_WARNING
from app.widgets.sanity_view import SanityView
from core.examine import MapMethod, MapQuestion, MapScore
from tests.app.examine_fakes import TITLES
from tests.app.widgets.explaining_records import SD, a_sanity

FAILED = ("The map hardly changes.", "The other methods point to other places.")


@pytest.fixture
def view(qtbot):
    made = SanityView()
    qtbot.addWidget(made)
    made.resize(340, 800)
    made.show()
    return made


def test_a_map_that_passed(view):
    view.set_sanity(a_sanity(), TITLES)
    assert view.headline.text() == f"Informative: Grad-CAM at layer 4 for {TITLES[SD]} (logit)"
    text = view.reasons.toPlainText()
    assert "That makes it worth looking at, not proof." in text
    assert MAP_WARNING in text
    numbers = view.measures.toPlainText()
    for figure in ("0.108", "0.193", "0.299", "Down to layer 7", "0.20", "-0.01", "Grad-CAM++", "0.91"):
        assert figure in numbers


def test_a_map_that_failed_says_why_and_is_stamped(view):
    view.set_sanity(a_sanity(FAILED), TITLES)
    assert view.headline.text().startswith("Not informative: ")
    text = view.reasons.toPlainText()
    assert all(sentence in text for sentence in (*FAILED, MAP_WARNING))
    assert words.PASSED not in text


@pytest.mark.parametrize(("sanity", "expected"), [(None, ""), (a_sanity(), ""), (a_sanity(FAILED), "NOT INFORMATIVE")])
def test_only_a_map_that_failed_is_stamped(sanity, expected):
    assert words.stamp(sanity) == expected


def test_which_map_it_is_about():
    asked = MapQuestion(8, "real", MapMethod.LAYER_CAM, MapScore.PROBABILITY)
    assert words.subject(a_sanity(question=asked), TITLES) == f"Layer-CAM at layer 8 for {TITLES['real']} (probability)"


def test_an_empty_map_has_no_curves(view):
    empty = {"deletion": (), "insertion": (), "randomised": (), "agreement": ()}
    view.set_sanity(a_sanity(("The map is empty.",), **empty), TITLES)
    assert "The map is empty." in view.reasons.toPlainText()
    assert not view.curves.isVisible()
    assert not view.measures.isVisible()
    view.set_sanity(a_sanity(), TITLES)
    assert view.curves.isVisible()
    assert view.measures.isVisible()


def test_the_curves_are_drawn_where_their_numbers_are(view):
    view.set_sanity(a_sanity(), TITLES)
    corner, end = view.curves.place(0, 0), view.curves.place(1, 1)
    assert corner.x() < end.x()
    assert corner.y() > end.y()
    assert view.curves.place(0.5, 0.5) == QPointF((corner.x() + end.x()) / 2, (corner.y() + end.y()) / 2)
    assert view.curves.place(-1, 7) == QPointF(corner.x(), end.y())
    picture = view.curves.grab().toImage()
    free, line = view.curves.place(0.9, 0.45), view.curves.place(0.2, 0.3)
    assert picture.pixelColor(line.toPoint()) != picture.pixelColor(free.toPoint())
    assert "Deletion: score 0.90 at 0 %, 0.30 at 20 %, 0.00 at 100 %." in view.curves.accessibleDescription()


def test_curves_that_rise_are_not_said_to_fall(view):
    """A class that the emptied image is taken for: the areas and what they should be would contradict the outcome."""
    failed = ("The emptied image scores as high as the whole one (0.91 against 0.33).",)
    view.set_sanity(
        a_sanity(failed, deletion=((0.0, 0.326), (1.0, 0.908)), insertion=((0.0, 0.908), (1.0, 0.326))), TITLES
    )
    numbers = view.measures.toPlainText()
    assert "should" not in numbers
    assert "0.108" not in numbers
    assert "neither curve says anything about the map" in numbers
    assert "Down to layer 7" in numbers
    view.set_sanity(a_sanity(), TITLES)
    assert "it should fall early" in view.measures.toPlainText()


def test_the_panel_says_why_the_curves_begin_at_another_score(view):
    view.set_sanity(a_sanity(), TITLES)
    assert words.OTHER_SCORE in view.measures.toPlainText()
    for part in ("the network's alone", "without second voice and calibration"):
        assert part in words.OTHER_SCORE


def test_wishes_and_states(view, qtbot):
    assert view.state.text() == words.NOTHING
    assert not view.body.isVisible()
    with qtbot.waitSignal(view.check_wished):
        view.button.click()
    view.set_busy("Checking the heat map")
    with qtbot.waitSignal(view.cancel_wished):
        view.button.click()
    view.set_busy("")
    view.set_sanity(a_sanity(), TITLES)
    assert view.button.text() == "Check again"
    view.set_sanity(None, TITLES)
    assert not view.body.isVisible()
    assert view.button.text() == "Check this map"


def test_hostile_names_are_shown_harmlessly(view):
    view.set_sanity(a_sanity(question=MapQuestion(4, "<i>a</i>\u202e")), {})
    assert view.headline.text() == "Informative: Grad-CAM at layer 4 for <i>a</i>⟨U+202E⟩ (logit)"
