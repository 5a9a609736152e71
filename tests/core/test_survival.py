"""The sentence about a curve says exactly as much as its steps do."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain import DetectorReference, Verdict
from core.examine import Robustness, RobustnessStep
from core.survival import curves_of, holds, level_text, survived, survives

TITLES = {"sdxl": "Stable Diffusion XL", "real": "Real photograph"}
ATTRIBUTED, INCONCLUSIVE, UNKNOWN, OUT = (
    Verdict.ATTRIBUTED,
    Verdict.INCONCLUSIVE,
    Verdict.UNKNOWN,
    Verdict.OUT_OF_SCOPE,
)
SAME, WEAK, OTHER = (ATTRIBUTED, "sdxl"), (INCONCLUSIVE, "sdxl"), (ATTRIBUTED, "real")
IT, THAT, AGAIN = "The attribution to sdxl", "The verdict unknown architecture", "It is there again with"
STRANGER = "it becomes unknown architecture"
GONE, STRANGE, WEAK_OTHER = (OUT, None), (UNKNOWN, "sdxl"), (INCONCLUSIVE, "real")


def check(*said, verdict=ATTRIBUTED):
    steps = tuple(
        RobustnessStep("JPEG", quality, f"JPEG quality {quality}", step_verdict, 0.5, top, 0.5)
        for quality, (step_verdict, top) in zip((95, 85, 75, 60), said, strict=False)
    )
    other = RobustnessStep("Blur", 1, "a blur of sigma 1 px", ATTRIBUTED, 0.9, "sdxl", 0.9)
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    detector = DetectorReference("field", "1", "d" * 64)
    return Robustness(
        "a" * 64, detector, 1, "standard", "sdxl", verdict, 0.9, (*steps, other), moment, "cpu", 1
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (check(SAME, SAME, SAME, SAME), "The attribution to sdxl survives every step, the last being JPEG quality 60."),
        (
            check(SAME, SAME, WEAK, WEAK),
            f"{IT} survives as far as JPEG quality 85; with JPEG quality 75, it becomes inconclusive.",
        ),
        (
            check(SAME, OTHER),
            f"{IT} survives as far as JPEG quality 95; with JPEG quality 85, it is attributed to real.",
        ),
        (
            check(GONE, GONE),
            "The attribution to sdxl does not survive JPEG quality 95: the detector cannot judge the image.",
        ),
        (
            check(STRANGE, SAME, WEAK, SAME),
            f"{IT} does not survive JPEG quality 95: {STRANGER}. {AGAIN} JPEG quality 85, JPEG quality 60.",
        ),
        (
            check(WEAK, SAME, STRANGE, verdict=INCONCLUSIVE),
            "The top class sdxl survives every step, the last being JPEG quality 75.",
        ),
        (
            check(WEAK, WEAK_OTHER, verdict=INCONCLUSIVE),
            "The top class sdxl survives as far as JPEG quality 95; with JPEG quality 85, real is on top.",
        ),
        (
            check(STRANGE, WEAK, verdict=UNKNOWN),
            f"{THAT} survives as far as JPEG quality 95; with JPEG quality 85, it becomes inconclusive.",
        ),
        (
            check(SAME, verdict=UNKNOWN),
            "The verdict unknown architecture does not survive JPEG quality 95: it is attributed to sdxl.",
        ),
    ],
)
def test_the_sentence_says_where_the_answer_is_lost_and_what_comes_instead(made, sentence):
    assert survives(made, "JPEG") == sentence


def test_titles_stand_for_names_and_other_curves_are_left_out():
    assert survives(check(SAME, OTHER), "JPEG", TITLES).startswith("The attribution to Stable Diffusion XL survives")
    assert survives(check(SAME, OTHER), "JPEG", TITLES).endswith("it is attributed to Real photograph.")
    assert survives(check(OTHER), "Blur").endswith("survives every step, the last being a blur of sigma 1 px.")
    assert survives(check(), "Noise") == ""
    assert curves_of(check(SAME, WEAK)) == ("JPEG", "Blur")


def test_counting_and_holding_agree():
    made = check(SAME, STRANGE, WEAK, SAME)
    assert [holds(made, step) for step in made.steps] == [True, False, False, True, True]
    assert survived(made) == 3
    assert survived(replace(made, verdict=OUT)) == 0


def test_light_says_which_way():
    step = RobustnessStep("Light", -0.5, "", ATTRIBUTED, 0.5, "sdxl", 0.5)
    assert [level_text(step), level_text(replace(step, level=1.0))] == ["−0.5", "+1"]
    assert level_text(replace(step, curve="JPEG", level=95.0)) == "95"
