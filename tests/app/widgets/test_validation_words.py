import pytest

from app.widgets.card_words import card_blocks
from app.widgets.text_sheet import TextSheet
from tests.app.card_fakes import CARD
from tests.app.examine_fakes import a_summary


def _shown(qtbot, card):
    sheet = TextSheet()
    qtbot.addWidget(sheet)
    sheet.set_blocks(card_blocks(a_summary(card), in_use=False))
    return sheet.toPlainText()


def test_every_validated_part_is_told(qtbot):
    shown = _shown(qtbot, CARD)
    for words in (
        "The highest score must reach 0.70, and 0.90 before an image is called generated",
        "The scores come from network × 0.62 + residual spectrum × 0.41",
        "Fitted on “held-out” (212 images). Sources: real/desk.",
        "Calibrated again with: main.py detectors calibrate full --data held",
        "is weighed against: another process of the set.",
        "Stable Diffusion 1\n0.2\n12.3\n40 (3)\n60 (4)",
        "Some GAN: none. The validation set holds one source of it.",
        "Method: k nearest neighbours: how far the image lies from the training images most like it.",
        "lets 95.0 % of the images of known classes pass on “held-out”",
        "Energy\n0.7\n0.6",
        "JPEG quality\nat least 50 of 100",
        "Seen in training\njpeg quality 62 to 100",
        "the test for unknown architectures is there to notice that",
        "sd1/forum\n40\n20 (50.0 %)\n35.2 to 64.8 %\n–",
        "real/phone\n60\n50 (83.3 %)\n72.0 to 90.7 %\n2 of 60",
        "gan\n9\n2\n0.7\n0.5",
        "another recipe or length",
        "Repeated with: main.py detectors leave-one-out full.toml --data field",
        "At most 0.5 % accused.",
        "Measured on images of sources that the detector was trained on (real/phone)",
    ):
        assert words in shown


def test_what_is_missing_is_said_and_why_it_matters(qtbot):
    shown = _shown(qtbot, {"title": "Bare"})
    assert "no validation from which a likelihood ratio could be computed" in shown
    assert "a score must not be used in its place" in shown
    assert "cannot tell that an image comes from a generator it does not know" in shown
    assert "they were not calibrated on held-out images" in shown
    assert "The card states no limits." in shown


def test_why_there_is_no_test_for_unknown_architectures_is_told(qtbot):
    shown = _shown(qtbot, {"open_set": {"why_not": "There were 8 held-out images."}})
    assert "There were 8 held-out images." in shown
    assert "is there to notice that" not in shown


def test_a_detector_that_was_never_calibrated_is_said_to_name_nothing(qtbot):
    assert "every verdict is inconclusive" in _shown(qtbot, {"threshold": {"value": 1.0}})


@pytest.mark.parametrize(
    "card",
    [
        {"calibration": 3, "likelihood_ratio": {"classes": [1]}, "open_set": "x", "scope": [], "cross_validated": {}},
        {"likelihood_ratio": {"classes": {"a": 1, "b": {}}}, "open_set": {"compared": {"knn": 3}}},
        {"scope": {"seen": {"x": [1, 2, 3]}}, "cross_validated": {"rows": [{}, 3, {"n": "x"}]}},
        {"calibration": {"net": float("nan")}, "open_set": {"method": 5, "true_positive_rate": "x"}},
    ],
)
def test_damaged_parts_still_read(qtbot, card):
    shown = _shown(qtbot, {"title": "Holed", **card})
    assert "Holed" in shown
    assert "nan" not in shown
