from dataclasses import replace

import pytest

from app.widgets import finding_words
from core.domain import LikelihoodRatio, Verdict
from tests.app.examine_fakes import TITLES, a_finding, an_exhibit, out_of_scope

FINDING = a_finding(an_exhibit())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Attributed to Stable Diffusion 1"),
        ({"architecture": "real"}, "Attributed to real photographs, not to a generator"),
        ({"architecture": "new\u202eone"}, "Attributed to new⟨U+202E⟩one"),
        ({"verdict": Verdict.INCONCLUSIVE}, "Inconclusive: Stable Diffusion 1 comes closest"),
        ({"verdict": Verdict.UNKNOWN}, "Unknown architecture: Stable Diffusion 1 comes closest"),
        ({"verdict": Verdict.INCONCLUSIVE, "scores": ()}, "Inconclusive"),
        ({"verdict": Verdict.OUT_OF_SCOPE, "scores": ()}, "Out of scope: nothing is said about this image"),
    ],
)
def test_the_verdict_in_one_line(changes, words):
    assert finding_words.headline(replace(FINDING, **changes), TITLES) == words


def test_without_a_finding_that_is_said():
    assert finding_words.headline(None, TITLES) == "Not analysed yet"
    assert finding_words.reason(None) == "No detector has looked at this exhibit."


def test_agreement_detector_and_device():
    assert finding_words.agreement(FINDING) == "13 of 16 tiles"
    assert finding_words.agreement(out_of_scope(an_exhibit())) == "no tiles: the image was not analysed"
    assert finding_words.detector(FINDING) == "field 1 · ab12cd34ab12"
    assert finding_words.device(FINDING) == "cpu · 41 ms · 2026-11-20 09:30 UTC"


def test_a_likelihood_ratio_is_given_with_interval_and_cap_or_not_at_all():
    assert finding_words.likelihood(FINDING) == "not available: this detector has no validation for it yet"
    ratio = LikelihoodRatio(40.0, 12.0, 95.0, 100.0, "any other architecture")
    known = finding_words.likelihood(replace(FINDING, likelihood_ratio=ratio))
    assert known == "40 (12 to 95), capped at 100, against any other architecture"
    capped = replace(FINDING, likelihood_ratio=replace(ratio, value=100.0))
    assert "(at its cap)" in finding_words.likelihood(capped)


def test_no_sentence_calls_a_score_a_confidence():
    every = [value for name, value in vars(finding_words).items() if name.isupper() and isinstance(value, str)]
    assert every
    assert not any(word in text.lower() for text in every for word in ("confidence", "certain", "proves that"))
