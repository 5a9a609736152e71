"""What the verbs print of findings: no class where none is named, no empty table, no sentence without its noun."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app import verb_words as words
from core.domain import AttributionReport, DetectorReference, Finding, Verdict

DETECTOR = DetectorReference("field", "1", "d" * 64)
ATTRIBUTED = Finding(
    "a" * 64, DETECTOR, Verdict.ATTRIBUTED, "Reason.", "sdxl", (("sdxl", 0.91), ("real", 0.09)), 0.7, None, "CPU",
    1.0, datetime.now(UTC),
)  # fmt: skip
NOTHING_NEW = AttributionReport(0, {}, (), "")


class Shown:
    """As much of an exhibit as a row needs."""

    name, sha256, occurrences = "a.png", "a" * 64, ()


def row(verdict):
    return words.analysis_row(Shown(), replace(ATTRIBUTED, verdict=verdict), "")


@pytest.mark.parametrize(("verdict", "named"), [(Verdict.ATTRIBUTED, True), (Verdict.UNKNOWN, False)])
def test_an_unknown_architecture_names_no_class_but_the_json_keeps_the_key(verdict, named):
    made = row(verdict)
    assert made["architecture"] == "sdxl"
    assert ("sdxl" in words.analysis_text([made], NOTHING_NEW)) is named
    assert ("sdxl" in words.view_text((), made)) is named
    assert verdict.value in words.view_text((), made)


def test_nothing_left_to_analyse_is_a_sentence():
    text = words.analysis_text([row(Verdict.ATTRIBUTED)], NOTHING_NEW)
    assert "Nothing was left to analyse." in text.splitlines()
    assert " on ." not in text
    assert "1 new finding on CPU." in words.analysis_text([], AttributionReport(1, {}, (), "CPU"))
    assert "2 new findings on CPU." in words.analysis_text([], AttributionReport(2, {}, (), "CPU"))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/in/=cmd|calc A0!.png", "=cmd|calc A0!.png"),
        ("/in/!.png", "!.png"),
        ("/in/photos.ZIP!inner/a!b.png", "a!b.png"),
        ("/in/a.zip!b.zip!c.png", "b.zip!c.png"),
        ("/in/wow!/a.png", "a.png"),
        ("/in/a.zip!", "a.zip!"),
    ],
)
def test_an_exclamation_mark_in_a_name_is_part_of_it_unless_an_archive_stands_before(path, shown):
    made = {**row(Verdict.ATTRIBUTED), "path": path}
    assert words.analysis_text([made], NOTHING_NEW).splitlines()[1].startswith(f"{shown} ")


def test_there_is_no_table_of_headings_alone():
    text = words.analysis_text([words.hidden_row(Shown())], NOTHING_NEW)
    assert "likelihood ratio" not in text
    assert text.startswith("Nothing was left to analyse.")
    assert "Hidden: write your view first" in text


def test_an_explained_exhibit_says_where_and_another_one_why_not():
    assert words.explained_text({"image": "a.png", "overlay": "/out/a-overlay.png", "reason": ""}) == (
        "/out/a-overlay.png"
    )
    refused = {"image": "in/b\u202e.png", "sha256": "b" * 64, "reason": "It is gone."}
    assert words.explained_text(refused) == "in/b\\u202e.png: It is gone."
    assert "main.py view CASE" in words.explained_text({**refused, "hidden": True})
