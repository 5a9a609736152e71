import numpy as np
import pytest

from app.widgets.measurement_words import detail_blocks, headline_rates, mix_ups, set_title, trained_sets, warnings
from app.widgets.text_sheet import TextSheet
from core.dna.evaluate import Judged, figures
from core.domain import Verdict
from tests.app.card_fakes import CARD, FIGURES

TITLES = {"real": "Real photograph", "sd1": "Stable Diffusion 1"}


def _shown(qtbot, test, skipped=()):
    sheet = TextSheet(whole=True)
    qtbot.addWidget(sheet)
    sheet.set_blocks(tuple(detail_blocks(test, TITLES, skipped)))
    return sheet.toPlainText()


def test_false_accusations_come_first_and_every_share_has_counts_and_an_interval():
    rates = headline_rates(FIGURES)
    assert [rate.caption for rate in rates] == [
        "False accusations", "Conclusive answers right", "Best guess right", "Unknown ones named",
    ]  # fmt: skip
    assert rates[0].words == "3 of 60 real photographs were called generated: 5.0 %, 95 % interval 1.7 to 13.7 %"
    assert rates[2].words.startswith("79 of 100 images, inconclusive ones too: 79.0 %")
    assert (rates[1].share, rates[1].low, rates[1].high) == (0.9, 0.77, 0.96)
    assert [rate.good for rate in rates] == [False, True, True, False]


def test_what_was_not_measured_is_said_to_be_missing():
    rates = headline_rates({"false_accusation": {"n": 0, "count": 0}, "conclusive": {"n": 0, "correct": 0}})
    assert [rate.share for rate in rates] == [None, None, None]
    assert "holds no real photographs" in rates[0].words
    assert "no class" in rates[1].words


def test_figures_are_read_as_measuring_writes_them(qtbot):
    judged = [
        Judged("real", "real/a", Verdict.ATTRIBUTED, np.array([0.9, 0.1])),
        Judged("real", "real/b", Verdict.ATTRIBUTED, np.array([0.2, 0.8])),
        Judged("sd1", "sd1/a", Verdict.INCONCLUSIVE, np.array([0.4, 0.6])),
        Judged("sd1", "sd1/a", Verdict.OUT_OF_SCOPE, np.zeros(0)),
        Judged("unknown", "unknown/x", Verdict.ATTRIBUTED, np.array([0.1, 0.9])),
    ]
    measured = figures(judged, ("real", "sd1"))
    words = [rate.words.split(":")[0] for rate in headline_rates(measured)]
    assert words == [
        "1 of 2 real photographs were called generated",
        "1 of 2 that name a class",
        "2 of 4 images, inconclusive ones too",
        "1 of 1 images of generators it does not know",
    ]
    shown = _shown(qtbot, measured)
    assert "Verdicts: attributed 3, unknown architecture 0, inconclusive 1, out of scope 1." in shown
    assert "Real photograph\n1\n1\n0\n0\n0" in shown  # attributed right, wrong, unknown, inconclusive, out of scope
    assert "Generators it does not know\n0\n1\n0\n0\n0" in shown
    assert "Stable Diffusion 1\n2\n50.0 %\n9.5 to 90.5 %\n1 of 2" in shown  # one photograph is called so
    assert "Stable Diffusion 1 / a\n2\n1 (50.0 %)" in shown


def test_likelihood_ratios_and_the_test_for_unknown_ones_are_measured_too(qtbot):
    judged = [
        Judged("real", "real/a", Verdict.ATTRIBUTED, np.array([0.9, 0.1]), 0.1, np.array([2.0, np.nan])),
        Judged("sd1", "sd1/a", Verdict.UNKNOWN, np.array([0.4, 0.6]), 0.9, np.array([-2.0, np.nan])),
        Judged("unknown", "unknown/x", Verdict.UNKNOWN, np.array([0.1, 0.9]), 0.95, np.zeros(0)),
    ]
    shown = _shown(qtbot, figures(judged, ("real", "sd1")))
    assert "Real photograph\n1\n1\n0.18\n0.00" in shown  # log2(1 + exp(-2)) on both sides
    assert "Images of unknown generators that it noticed\n1\n1 (100.0 %)" in shown
    assert "Images of known classes that it called unknown\n2\n1 (50.0 %)" in shown


def test_what_a_card_measured_beside_its_test_sets_is_marked():
    card = {"cross_validated": {**FIGURES, "rows": []}, "held_out": {"n": 5, "accuracy": 0.5}}
    left_out, held = trained_sets(card)
    assert "trained again without it" in warnings(left_out)[0].text
    assert "figures flatter" in warnings(held)[0].text
    assert set_title(left_out) == "“every source left out in turn”, 100 images"
    assert trained_sets({"cross_validated": {"rows": []}, "held_out": 3}) == ()


def test_tables_give_an_interval_also_where_the_card_gives_counts_only(qtbot):
    shown = _shown(qtbot, FIGURES)
    assert "Real photograph / phone\n60\n57 (95.0 %)\n86.3 to 98.3 %\n9 of 10" in shown
    assert "Cost of the scores (Cllr)\n0.62" in shown
    assert "c0ffee" in shown


def test_the_command_and_what_was_skipped_are_there(qtbot):
    shown = _shown(qtbot, CARD["measured"][0], tuple(f"File {number} is damaged." for number in range(20)))
    assert "main.py detectors evaluate full --data cross" in shown
    assert "File 0 is damaged." in shown
    assert "File 19" not in shown
    assert "8 more are not shown here." in shown


def test_figures_on_sources_of_the_training_are_marked():
    assert warnings(FIGURES) == ()
    (warning,) = warnings({"on_training_sources": ["real/phone"]})
    assert warning.strong
    assert "real/phone" in warning.text
    assert "flatter" in warning.text


def test_the_most_frequent_mix_ups_come_first():
    assert mix_ups(FIGURES["confusion"], TITLES, most=2) == (
        "Stable Diffusion 1 taken for Real photograph: 10 of 40",
        "Stable Diffusion 1 taken for gan: 8 of 40",
    )


@pytest.mark.parametrize(
    "test", [{}, {"per_source": 3, "per_class": [], "verdicts": {"a": "b"}}, {"per_source": {"x": {"n": "y"}}}]
)
def test_damaged_figures_still_read(qtbot, test):
    assert "nan" not in _shown(qtbot, test)
    assert "without a name" in set_title(test)
