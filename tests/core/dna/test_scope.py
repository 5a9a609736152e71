import numpy as np
import pytest

from core.dna.scope import Scope
from core.errors import DetectorRefused
from tests.conftest import picture

SCOPE = Scope(smallest_side=100, flat_deviation=2.0, jpeg_quality_low=60, largest_side=400)


def test_what_lies_inside_has_no_reason():
    assert SCOPE.excludes(picture(1)) == ""
    assert SCOPE.excludes(picture(1), 60) == ""
    assert Scope().excludes(picture(1, 2000, 140), 1) == ""


@pytest.mark.parametrize(
    ("pixels", "quality", "words"),
    [
        (picture(1, 99, 300), None, ("99 pixels", "needs 100")),
        (picture(1, 300, 99), None, ("99 pixels",)),
        (picture(1, 1, 300), None, ("shorter side has 1 pixel; this",)),
        (picture(1, 120, 401), None, ("longer side has 401 pixels", "at most 400")),
        (picture(1), 59, ("JPEG of quality 59", "none below 60")),
        (np.full((200, 200, 3), 90, np.uint8), 90, ("one flat colour",)),
    ],
)
def test_every_limit_has_its_sentence(pixels, quality, words):
    reason = SCOPE.excludes(pixels, quality)
    assert reason.endswith(".")
    for word in words:
        assert word in reason


def test_the_card_keeps_it_and_older_cards_have_no_limit_on_compression():
    assert Scope.from_card({"smallest_side": 64, "flat_deviation": 1}) == Scope(64, 1.0, None, None)
    assert Scope.from_card({"jpeg_quality_low": 55, "largest_side": 4000}) == Scope(128, 2.0, 55, 4000)
    assert Scope.from_card({}) == Scope()
    with pytest.raises(DetectorRefused, match="scope"):
        Scope.from_card({"jpeg_quality_low": "low"})
