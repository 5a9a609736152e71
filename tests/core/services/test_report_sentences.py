"""Sentences of report records: the same in every language, but for the words."""

import re

from core.services.report_detector import detector_record
from core.services.report_sentences import _SENTENCES, Sentences


def test_languages_have_the_same_sentences_with_the_same_places():
    english, german = _SENTENCES["en"], _SENTENCES["de"]
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{(\w+)", text)) == set(re.findall(r"\{(\w+)", german[key])), key
    assert sum(english[key] == german[key] for key in english) <= 3


def test_values_are_put_in_as_they_are():
    say = Sentences("en")
    assert say("remark", label="E-001", why="{x} <b> %s") == "E-001: {x} <b> %s"


def test_a_card_is_told_in_the_language_of_the_report(installed):
    steps = {
        language: detector_record(installed.reference, installed, Sentences(language)).steps
        for language in ("en", "de")
    }
    assert len(steps["en"]) == len(steps["de"]) == 4
    assert "Windows of 64 × 64" in steps["en"][1]
    assert "Fenster von 64 × 64" in steps["de"][1]


def test_a_made_up_card_breaks_nothing(installed):
    from dataclasses import replace

    odd = {
        "classes": [{"name": 7, "title": None}, "x"],
        "measured": [{"n": -3, "accuracy": float("nan"), "confusion": {"labels": ["a"], "matrix": [[1, 2]]}}, 5],
        "trained": "yesterday",
        "preprocess": [],
        "threshold": {"value": "high", "accusing": True},
        "open_set": {"threshold": float("inf")},
        "limits": "none",
        "calibration": None,
    }
    record = detector_record(installed.reference, replace(installed, card=odd), Sentences("en"))
    assert (record.steps, record.training, record.thresholds, record.limits) == ((), (), (), ())
    assert [(one.n, one.accuracy.rate, one.confusion) for one in record.measured] == [(0, 0.0, ())]
    assert detector_record(installed.reference, None, Sentences("de")).title == installed.reference.name
