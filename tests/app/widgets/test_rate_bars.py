import pytest

from app.widgets.measurement_words import Rate, headline_rates
from app.widgets.rate_bars import RateBars
from tests.app.card_fakes import FIGURES


@pytest.fixture
def bars(qtbot):
    made = RateBars()
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.set_rates(headline_rates(FIGURES))
    return made


def test_the_words_are_read_aloud_in_order(bars):
    assert bars.rows()[0].startswith("False accusations: 3 of 60")
    assert bars.accessibleDescription() == ". ".join(bars.rows())


def test_bands_are_as_wide_as_the_doubt_on_one_scale(bars):
    whole = bars.line(0).width()
    assert bars.band(0).width() == pytest.approx((0.137 - 0.017) * whole)
    assert bars.band(1).left() == pytest.approx(bars.line(1).left() + 0.77 * whole)
    assert bars.line(0).left() == bars.line(3).left()
    assert bars.line(1).top() > bars.line(0).bottom()


def test_a_rate_without_a_share_has_no_line(bars):
    bars.set_rates((Rate("Nothing", "not measured"),))
    assert bars.band(0).isEmpty()
    assert not bars.grab().isNull()


def test_impossible_shares_stay_on_the_line(bars):
    bars.set_rates((Rate("Odd", "x", 0.5, -3.0, 7.0),))
    assert bars.band(0).width() == pytest.approx(bars.line(0).width())


def test_longer_captions_leave_room_for_the_line(bars):
    bars.set_rates((Rate("A very long caption " * 3, "x", 0.5, 0.4, 0.6),))
    assert bars.minimumSizeHint().width() > bars.line(0).left()
