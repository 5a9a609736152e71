"""Sentences that were kept in English are told in the language of the report, with titles in place of names."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.dna import attribute
from core.domain import DetectorReference, Verdict
from core.examine import Robustness, RobustnessStep
from core.services import report_robustness, report_translated, weighing
from core.services.report_detector import detector_record
from core.services.report_log import whole_fields
from core.services.report_sentences import Sentences

EN, DE = Sentences("en"), Sentences("de")
TITLES = {"real": "Real photograph", "sdxl": "SDXL"}
BELOW = "The top score 0.57 (real) is below this detector's threshold of 0.74."
UNKNOWN = (
    f"The image is less like the known classes than this detector allows. {attribute._UNFAMILIAR} (measure: energy "
    "-2.579, limit -2.744)"
)
REASONS = (
    BELOW,
    f"The top score is 0.57 (real). {attribute._NO_THRESHOLD}",
    "The top score 0.93 reaches the threshold of 0.91.",
    (
        "The top score 0.75 (sdxl) is below the threshold of 0.91 that this detector asks for before it calls an image "
        "generated."
    ),
    (
        "The network alone would name sdxl, the image's spectrum real. An image is called generated only where both "
        "name the same."
    ),
    UNKNOWN,
    "The shorter side has 1 pixel; this detector needs 128.",
    "The longer side has 9000 pixels; this detector was trained on at most 4096.",
    (
        "The file is a JPEG of quality 20; this detector was trained and validated on none below 60, and what it looks "
        "for may be gone."
    ),
    "The image is almost one flat colour; there is nothing in it to attribute.",
)


@pytest.mark.parametrize("text", REASONS)
def test_reasons_have_titles_and_german_words(text):
    english, german = (report_translated.reason(text, say, TITLES) for say in (EN, DE))
    assert english == text.replace("(real)", "(Real photograph)").replace("(sdxl)", "(SDXL)").replace(
        "name sdxl, the image's spectrum real.", "name SDXL, the image's spectrum Real photograph."
    )
    assert "englischen Wortlaut" not in german
    assert not {"The", "score", "image"} & set(german.split())


def test_german_numbers_and_titles():
    assert report_translated.reason(BELOW, DE, TITLES) == (
        "Der höchste Punktwert 0,57 („Real photograph“) liegt unter dem Schwellenwert 0,74 dieses Detektors."
    )
    assert report_translated.reason("Something new.", DE, TITLES) == "Im englischen Wortlaut: „Something new.“"
    assert report_translated.reason("Something new.", EN, TITLES) == "Something new."
    assert report_translated.reason("", DE, TITLES) == ""


@pytest.mark.parametrize("name", [name for name in vars(weighing) if name.isupper() and name.startswith("_")])
def test_every_reason_for_no_ratio_has_german_words(name):
    text = getattr(weighing, name)
    if not isinstance(text, str) or " " not in text:
        return
    assert report_translated.why_no_ratio(text, EN) == text
    assert "englischen Wortlaut" not in report_translated.why_no_ratio(text, DE)


def check(*said, curve="JPEG"):
    steps = tuple(
        RobustnessStep(curve, level, f"JPEG quality {level}", verdict, 0.5, top, 0.5)
        for level, (verdict, top) in zip((95, 85, 75, 60), said, strict=False)
    )
    detector = DetectorReference("field", "1", "d" * 64)
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    return Robustness("a" * 64, detector, 1, "standard", "sdxl", Verdict.ATTRIBUTED, 0.9, steps, moment, "cpu", 1)


SAME, WEAK = (Verdict.ATTRIBUTED, "sdxl"), (Verdict.INCONCLUSIVE, "sdxl")


def test_a_series_is_named_and_every_step_that_fails_is_listed():
    def told(*steps):
        return report_robustness.sentence_of(check(*steps), TITLES, EN)

    assert told(SAME, SAME, SAME, SAME) == (
        "The answer survives 4 of 4 steps. JPEG: it survives every step, the last being JPEG quality 60."
    )
    assert told(SAME, WEAK, SAME, (Verdict.ATTRIBUTED, "real")) == (
        "The answer survives 2 of 4 steps. JPEG: it is lost at JPEG quality 85 (inconclusive, SDXL on top); JPEG "
        "quality 60 (attributed to Real photograph), and survives the other steps."
    )
    assert "it survives no step" in told(WEAK, WEAK)
    german = report_robustness.sentence_of(check(SAME, WEAK), TITLES, DE)
    assert german.endswith(
        "JPEG-Kompression: Sie geht verloren bei JPEG-Qualität 85 (nicht entscheidbar, vorn „SDXL“) und übersteht die "
        "anderen Schritte."
    )


def test_details_of_the_log_are_cut_between_fields():
    details = {"findings": [{"exhibit": n, "verdict": "inconclusive"} for n in range(40)], "b": 1, "long": "x" * 900}
    cut = whole_fields(details, EN)
    assert len(json.dumps(cut)) < 560
    assert cut["b"] == 1
    kept = [one for one in cut["findings"] if isinstance(one, dict)] if "findings" in cut else []
    assert all(one in details["findings"] for one in kept)
    assert cut["findings"][-1] == f"… ({40 - len(kept)} more)" or cut["not printed"] == ["findings"]
    assert whole_fields({"a": "b"}, EN) == {"a": "b"}


def test_images_of_unknown_generators_are_counted_from_the_card(installed):
    row = {
        "n": 322, "accuracy": 0.6, "verdicts": {"attributed": 113, "unknown architecture": 263},
        "verdicts_per_class": {"unknown": {"attributed": 0, "unknown architecture": 28, "inconclusive": 26,
                                           "out of scope": 0, "attributed_correct": 0}},
    }  # fmt: skip
    card = {**installed.card, "measured": [row, {"n": 5, "accuracy": 1.0}]}
    first, second = detector_record(installed.reference, replace(installed, card=card), EN).measured
    assert (first.n, first.unknown) == (322, 54)
    assert (first.unknown_named.count, first.unknown_named.n) == (0, 54)
    assert (first.unknown_recognised.count, first.unknown_recognised.n) == (28, 54)
    assert (second.unknown, second.unknown_named, second.unknown_recognised) == (0, None, None)
