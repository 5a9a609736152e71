import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor

from app.theme import LIGHT, build_palette
from app.widgets.paired_rates import PairedRate, PairedRates, Share

_HALF, _MOST = Share(5, 10, 0.24, 0.76), Share(9, 10, 0.6, 0.98)


@pytest.mark.parametrize(
    ("first", "second", "change"),
    [
        (_HALF, _MOST, "+40.0 points"),
        (_MOST, _HALF, "−40.0 points"),
        (_HALF, _HALF, "±0.0 points"),
        (None, _MOST, ""),
        (_MOST, None, ""),
        (_HALF, Share(9, 11, 0.5, 0.95), ""),  # of other images
    ],
)
def test_a_change_is_told_with_its_sign(first, second, change):
    assert PairedRate("ProGAN", first, second).change == change


def test_everything_drawn_is_also_told(qtbot):
    rates = PairedRates("Right by class")
    qtbot.addWidget(rates)
    rates.set_rates((PairedRate("FLUX", None, _MOST, "added", "cannot name it"),), "field 2", "New detector")
    assert rates.accessibleDescription() == (
        "FLUX (added): field 2 cannot name it; New detector 9 of 10: 90.0 % (60.0 to 98.0 %)"
    )


def test_marks_stand_at_their_shares_and_differ_in_form(qtbot):
    rates = PairedRates("Right by class")
    qtbot.addWidget(rates)
    rates.setPalette(build_palette(LIGHT))
    rates.set_rates((PairedRate("ProGAN", _MOST, _HALF),), "before", "after")
    rates.resize(rates.sizeHint())
    image = rates.grab().toImage()
    upper, lower = rates.line(0, 0), rates.line(0, 1)
    before, after = (
        image.pixelColor(QPoint(round(line.left() + share * line.width()), round(line.center().y())))
        for line, share in ((upper, 0.9), (lower, 0.5))
    )
    assert after == QColor(LIGHT.accent)
    assert before != after
    assert upper.bottom() <= lower.top()


def test_rates_beside_one_another_share_their_lines(qtbot):
    short, long = PairedRates("one"), PairedRates("other")
    for rates in (short, long):
        qtbot.addWidget(rates)
        rates.resize(900, 80)
    short.set_rates((PairedRate("A", _MOST, _MOST),), "b", "c")
    long.set_rates((PairedRate("A very long name of a class", _HALF, Share(1000, 1000, 0.99, 1.0)),), "b", "c")
    assert short.line(0, 0).left() != long.line(0, 0).left()
    short.align_with(long)
    assert (short.line(0, 0).left(), short.line(0, 0).width()) == (long.line(0, 0).left(), long.line(0, 0).width())


def test_nothing_to_show_is_drawn_as_nothing(qtbot):
    rates = PairedRates("none")
    qtbot.addWidget(rates)
    rates.set_rates((), "b", "c")
    rates.grab()
    assert rates.rows() == ()
