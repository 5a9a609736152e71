import pytest
from PySide6.QtWidgets import QLabel

from app.widgets.comparison_view import ComparisonView
from app.widgets.comparison_words import answer_text, differing
from tests.app.card_fakes import COMPARISON

TITLES = {"real": "Real photograph", "sd1": "Stable Diffusion 1"}


@pytest.fixture
def view(qtbot):
    made = ComparisonView(QLabel("list"))
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


def test_alone_there_is_nothing_to_compare_with(view):
    assert not view.compare.isEnabled()
    assert "no other detector" in view.nothing.text()


def test_a_wish_names_the_other_detector(view, qtbot):
    view.set_others([("ab", "Field"), ("cd", "Lab")])
    view.other.setCurrentIndex(1)
    view.set_others([("ef", "New"), ("cd", "Lab")])
    assert view.other.currentText() == "Lab"
    with qtbot.waitSignal(view.compare_wished) as asked:
        view.compare.click()
    assert asked.args == ["cd", False]
    view.set_busy("Comparing …")
    assert not view.compare.isEnabled()


def test_figures_stand_side_by_side_with_the_test_for_chance(view):
    view.set_comparison(COMPARISON, TITLES)
    shown = view.opening.toPlainText()
    assert "field 1 · ab12cd34 and lab 2 · cdcdcdcd" in shown
    assert "False accusations\n5.0 %  (1.7 to 13.7 %)\n5.0 %  (1.7 to 13.7 %)" in shown
    assert "Best guess right\n79.0 %" in shown
    assert "(OSCR)\n0.55\n0.40" in shown
    assert "Verdict unknown architecture\n10\n10" in shown
    assert "Only field 1 · ab12cd34 right\n34" in shown
    assert "p = less than 0.001; a difference as large as this would seldom come by chance." in shown
    assert "Stable Diffusion 1 / forum\n40\n22 (55.0 %; 39.8 to 69.3 %)\n10 (25.0 %; 14.2 to 40.2 %)" in (
        view.sources.toPlainText()
    )
    assert [grid.caption.text() for grid in view.grids] == ["field 1 · ab12cd34", "lab 2 · cdcdcdcd"]
    assert all(grid.view.isVisible() for grid in view.grids)
    assert view._images_title.text() == "1 image about which they differ"


def test_a_small_difference_is_not_made_more_of_than_it_is(view):
    view.set_comparison({**COMPARISON, "paired": {**COMPARISON["paired"], "mcnemar_p": 0.31}}, TITLES)
    assert "p = 0.31; the difference may well be chance." in view.opening.toPlainText()


def test_figures_on_sources_of_the_training_are_marked(view):
    view.set_comparison({**COMPARISON, "on_training_sources": ["sd1/forum"]}, TITLES)
    assert "trained on (sd1/forum)" in view.opening.toPlainText()


@pytest.mark.parametrize(
    "comparison",
    [{"a": 3}, {"paired": {"both": 1}}, {"sources": [{}], "differing": 7}, {"a": {}, "b": {"confusion": 1}}],
)
def test_a_damaged_comparison_still_reads(view, comparison):
    view.set_comparison(comparison, {})
    assert "First" in view.opening.toPlainText()
    assert view._images_title.text() == "They differ about no image"


def test_what_a_detector_says_about_an_image():
    (row,) = differing(COMPARISON)
    assert answer_text(row["a"], TITLES) == "attributed: Stable Diffusion 1"
    assert answer_text(row["b"], TITLES) == "out of scope"
    unsure = {"verdict": "inconclusive", "architecture": "real"}
    assert answer_text(unsure, TITLES) == "inconclusive, closest: Real photograph"
    assert answer_text({}, TITLES) == "–"
    assert answer_text("inconclusive", TITLES) == "inconclusive"
    assert answer_text(None, TITLES) == "–"
