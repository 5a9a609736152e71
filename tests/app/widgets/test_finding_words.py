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
        ({"verdict": Verdict.UNKNOWN}, "Unknown architecture: unlike every known class"),
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
    nothing = finding_words.NO_CONTEXT
    missing = "not available: this detector has no validation for it yet"
    assert finding_words.likelihood(FINDING, TITLES, nothing) == missing
    ratio = LikelihoodRatio(40.0, 12.0, 95.0, 100.0, "any other architecture.")
    known = replace(FINDING, likelihood_ratio=ratio)
    assert finding_words.likelihood(known, TITLES, nothing).split("\n") == [
        "40, 95 % interval 12 to 95, ceiling 100",
        "For: it was made by Stable Diffusion 1.",
        "Against: any other architecture.",
    ]
    verbal = finding_words.RatioContext(verbal="Moderate support.", source="a guideline")
    assert finding_words.likelihood(known, TITLES, verbal).split("\n")[1:] == [
        "Moderate support.",
        "Against: any other architecture.",
    ]
    assert "from: a guideline" in finding_words.likelihood_meaning(verbal)
    assert "from:" not in finding_words.likelihood_meaning(nothing)
    capped = replace(FINDING, likelihood_ratio=replace(ratio, value=100.0))
    assert ", at its ceiling" in finding_words.likelihood(capped, TITLES, nothing)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"why_not": "Only one source."}, "Only one source."),
        ({"slope": 1.0}, finding_words.LIKELIHOOD_NOT_MADE),
        (None, "this class was not validated"),
        (7, "this class was not validated"),
    ],
)
def test_why_a_ratio_is_missing_comes_from_the_card(row, words):
    card = {"likelihood_ratio": {"classes": {"real": {"slope": 1}} | ({"sd1": row} if row is not None else {})}}
    context = finding_words.RatioContext(why_not=finding_words.why_no_ratio(card, "sd1"))
    assert finding_words.likelihood(FINDING, TITLES, context) == f"not available: {words}"
    assert finding_words.why_no_ratio({}, "sd1") == ""


def test_no_ratio_is_stated_where_no_class_is_named():
    ratio = LikelihoodRatio(40.0, 12.0, 95.0, 100.0, "any other architecture")
    unknown = replace(FINDING, verdict=Verdict.UNKNOWN, likelihood_ratio=ratio)
    assert finding_words.likelihood(unknown, TITLES, finding_words.NO_CONTEXT) == finding_words.LIKELIHOOD_UNKNOWN
    outside = out_of_scope(an_exhibit())
    assert finding_words.likelihood(outside, TITLES, finding_words.NO_CONTEXT).startswith("none: nothing is said")


def test_the_first_proposition_is_a_sentence():
    assert finding_words.made_by("real", TITLES) == "it is a real photograph"
    assert finding_words.made_by("stable-diffusion-1", TITLES) == "it was made by Stable Diffusion 1"


def test_no_sentence_calls_a_score_a_confidence():
    every = [value for name, value in vars(finding_words).items() if name.isupper() and isinstance(value, str)]
    assert every
    assert not any(word in text.lower() for text in every for word in ("confidence", "certain", "proves that"))
