"""What a ratio says about propositions: bounded, two-sided, and silent with a reason where it says nothing."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import LikelihoodRatio, Verdict
from core.language import check
from core.paths import resources
from core.reporting import Propositions
from core.services.weighing import names_it, titles, weighed, wordings
from core.verbal_scale import read_scale
from tests.core.store.generated import finding_of

SCALE = read_scale(resources() / "scales" / "enfsi-2015.toml")
AGAINST = "another of the processes validated"
CARD = {
    "classes": [
        {"name": "real", "title": "Real photograph"},
        {"name": "stylegan2", "title": "StyleGAN2"},
        {"name": "sdxl", "title": "SDXL"},
    ],
    "likelihood_ratio": {
        "against": AGAINST,
        "classes": {
            "stylegan2": {"slope": 1.0},
            "sdxl": {"why_not": "No held-out image of sdxl comes from a source that training did not see."},
        },
    },
}
PROPOSITIONS = Propositions(
    1, "it was made by StyleGAN2", "it was not", "", "", "stylegan2", "A. Moreau", datetime.now(UTC), True, 1
)


def finding(value=40.0, *, ceiling=100.0, **changes):
    ratio = None if value is None else LikelihoodRatio(value, value / 4, value * 4, ceiling, AGAINST)
    return finding_of(1, **{"architecture": "stylegan2", "likelihood_ratio": ratio, **changes})


def test_a_ratio_comes_with_the_words_of_the_scale_for_the_two_sentences():
    made = weighed(PROPOSITIONS, finding(40), CARD, SCALE)
    assert (made.ratio.value, made.phrase, made.why_not) == (40.0, "moderate support", "")
    assert made.sentence == (
        "The findings provide moderate support for the proposition that it was made by StyleGAN2, relative to the "
        "alternative that it was not."
    )


@pytest.mark.parametrize(
    ("value", "phrase", "favoured"),
    [
        (1, "", None),
        (2, "", None),
        (0.5, "", None),
        (math.nextafter(2, 3), "weak support", 1),
        (10, "weak support", 1),
        (10.001, "moderate support", 1),
        (100, "moderate support", 1),
        (0.1, "weak support", 2),
        (0.0999, "moderate support", 2),
        (1 / 5000, "strong support", 2),
    ],
)
def test_edges_and_below_one_it_favours_the_second(value, phrase, favoured):
    made = weighed(PROPOSITIONS, finding(value), CARD, SCALE)
    assert made.phrase == phrase
    side = {1: "proposition that it was made by StyleGAN2,", 2: "proposition that it was not,", None: "do not support"}
    assert side[favoured] in made.sentence


@given(st.floats(1e-9, 1e9), st.floats(1.0, 1e6))
def test_no_ratio_says_more_than_its_ceiling_permits(value, ceiling):
    made = weighed(PROPOSITIONS, finding(value, ceiling=ceiling), CARD, SCALE)
    assert max(made.ratio.low, made.ratio.value, made.ratio.high) <= ceiling
    if made.ratio.value >= 1:
        assert SCALE.phrase(made.ratio.value).words in ("", *_words_up_to(ceiling))
    assert made.phrase == SCALE.phrase(min(value, ceiling)).words


def _words_up_to(ceiling):
    return [band.words for band in SCALE.bands if band.above < ceiling]


@pytest.mark.parametrize(
    ("propositions", "found", "card", "words"),
    [
        (None, finding(), CARD, "No propositions are written down"),
        (PROPOSITIONS, None, CARD, "not analysed yet"),
        (PROPOSITIONS, finding(None, verdict=Verdict.OUT_OF_SCOPE), CARD, "out of the detector's scope"),
        (PROPOSITIONS, finding(verdict=Verdict.UNKNOWN), CARD, "resembles none of the known architectures"),
        (replace(PROPOSITIONS, architecture=""), finding(), CARD, "name no architecture"),
        (
            replace(PROPOSITIONS, architecture="sdxl"),
            finding(),
            CARD,
            "ratio of this finding is for StyleGAN2, and the first proposition is about SDXL",
        ),
        (
            replace(PROPOSITIONS, architecture="sdxl"),
            finding(None, architecture="sdxl"),
            CARD,
            "no likelihood ratio for SDXL. Its card says: No held-out image of SDXL comes from a source",
        ),
        (PROPOSITIONS, finding(None), CARD, "older than the detector's validation"),
        (PROPOSITIONS, finding(None), {"classes": CARD["classes"]}, "not validated for likelihood ratios"),
        (PROPOSITIONS, finding(None), {"likelihood_ratio": ["damaged"]}, "not validated for likelihood ratios"),
        (PROPOSITIONS, finding(None), None, "not on this computer"),
        (PROPOSITIONS, finding(math.nan), CARD, "no number"),
        (PROPOSITIONS, finding(math.inf), CARD, "no number"),
        (PROPOSITIONS, finding(0.0), CARD, "no number"),
        (PROPOSITIONS, finding(-1.0), CARD, "no number"),
        (PROPOSITIONS, finding(5, ceiling=-1), CARD, "no number"),
    ],
)
def test_where_nothing_is_weighed_a_sentence_says_why(propositions, found, card, words):
    made = weighed(propositions, found, card, SCALE)
    assert words in made.why_not
    assert made.why_not.endswith(".")
    assert (made.ratio, made.phrase, made.sentence) == (None, "", "")
    assert check(made.why_not) == ()


def test_propositions_to_begin_with_are_at_source_level_and_claim_nothing():
    first, second, population = wordings("stylegan2", CARD)
    assert first == "the image was produced by an image generator of the architecture StyleGAN2"
    assert second == "the image was produced by another process of the relevant set"
    assert population == AGAINST  # the ratio weighs against these alone
    assert "SDXL" not in first + second + population
    assert wordings("sdxl", CARD)[2] == (
        "photographs taken with a camera, and images made by the other generators that the detector knows (StyleGAN2)"
    )
    assert wordings("real", CARD)[0] == "the image is a photograph taken with a camera"
    assert wordings("real", CARD)[2] == "images made by the other generators that the detector knows (StyleGAN2, SDXL)"
    assert wordings("", {})[:2] == (
        "the image was produced by an image generator",
        "the image is a photograph taken with a camera",
    )
    for name in ("", "real", "stylegan2", "sdxl"):
        assert all(check(text) == () for text in wordings(name, CARD))


@pytest.mark.parametrize(
    ("sentence", "architecture", "named"),
    [
        ("it was made by Style-GAN 2", "stylegan2", True),
        ("es wurde mit STYLEGAN2 erzeugt", "stylegan2", True),
        ("it was made by SDXL", "stylegan2", False),
        ("it is a snapshot", "real", True),
        ("anything", "", True),
    ],
)
def test_a_sentence_names_an_architecture_however_it_is_spelt(sentence, architecture, named):
    assert names_it(sentence, architecture, CARD) is named


@pytest.mark.parametrize("classes", [None, 7, ["real"], [{}], [{"title": "x"}]])
def test_a_card_without_sound_classes_has_none(classes):
    assert titles({"classes": classes}) == ()
