import pytest
from PySide6.QtCore import QPoint, Qt

from app import theme
from app.widgets.score_bars import ScoreBars
from core.domain import Verdict
from tests.app.examine_fakes import SCORES, TITLES


@pytest.fixture
def bars(qtbot):
    made = ScoreBars()
    qtbot.addWidget(made)
    made.resize(360, 120)
    made.set_scores(SCORES, 0.8, TITLES)
    return made


def test_rows_fall_whatever_order_they_came_in(bars):
    bars.set_scores(tuple(reversed(SCORES)), 0.8, TITLES)
    assert bars.rows() == ("Stable Diffusion 1 0.91", "Latent Diffusion 0.06", "Real photograph 0.03")
    assert bars.accessibleDescription() == ", ".join(bars.rows())


def test_lengths_and_threshold_share_one_scale(bars):
    full = bars.bar(0).width() / 0.91
    assert bars.bar(1).width() == pytest.approx(0.06 * full)
    assert bars.threshold_x() == pytest.approx(bars.bar(0).left() + 0.8 * full)
    assert bars.bar(0).right() > bars.threshold_x() > bars.bar(1).right()


def test_the_tooltip_says_that_a_score_is_no_probability(bars):
    words = bars.explanation(0)
    assert words.startswith("Stable Diffusion 1: score 0.9100, reaches the threshold 0.80.")
    assert "It is not a probability" in words
    assert "stays under" in bars.explanation(1)
    assert "It is not a probability" in bars.explanation(None)


def test_a_click_asks_for_the_heat_map_of_that_class(bars, qtbot):
    with qtbot.waitSignal(bars.class_picked) as asked:
        qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(20, bars.sizeHint().height() // 4 + 10))
    assert asked.args == ["latent-diffusion"]


def test_bars_have_the_colour_of_the_verdict_and_an_unknown_one_says_that_none_is_named(bars):
    place = bars.bar(0).center().toPoint()
    seen = {}
    for verdict in (Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE, Verdict.UNKNOWN):
        bars.set_scores(SCORES, 0.0, TITLES, verdict)
        seen[verdict] = bars.grab().toImage().pixelColor(place).name()
        assert seen[verdict] == theme.colours(bars.palette()).verdicts[verdict][0]
    assert len(set(seen.values())) == 3
    assert "no class is named" in bars.explanation(0)
    bars.set_scores(SCORES, 0.8, TITLES)
    assert "no class is named" not in bars.explanation(0)


def test_it_paints_with_no_scores_and_with_impossible_ones(bars):
    for scores, threshold in (((), 0.8), ((("a", 7.0), ("b", -1.0)), 3.0)):
        bars.set_scores(scores, threshold, {})
        bars.set_target("a")
        assert not bars.grab().isNull()
