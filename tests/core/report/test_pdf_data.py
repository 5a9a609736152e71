"""What is printed of a record, before it is set: groups, sentences, what was tried and what was not done."""

import json
from dataclasses import replace

import pytest

from core.report.pdf_data import report_data
from core.report.pictures import Pictures
from core.report.printed import Printer, grouped, ranges
from core.report.record import Line
from core.report.words import words
from tests.core.report.records import full_record, plain_record

EN = words("en")


def data_of(record):
    data = report_data(record, (), Pictures({}, {}), Printer(EN))
    json.dumps(data, allow_nan=False)
    return data


@pytest.mark.parametrize(
    ("places", "said"),
    [((), ""), ((0,), "A"), ((0, 1), "A, B"), ((2, 0, 1), "A to C"), ((0, 1, 2, 4, 6, 7), "A to C, E, G, H")],
)
def test_exhibits_in_a_row_are_said_as_a_range(places, said):
    assert ranges(places, "ABCDEFGH", EN) == said


def test_groups_keep_the_order_of_their_first():
    assert grouped([3, 1, 4, 1, 5, 9], lambda n: n % 2) == [[3, 1, 1, 5, 9], [4]]


def test_numbers_that_json_cannot_hold_become_none():
    assert Printer(EN).plain({"a": float("nan"), "b": (float("inf"), 1.5)}) == {"a": None, "b": [None, 1.5]}


def test_custody_that_exhibits_share_is_printed_once():
    rows = data_of(full_record(count=6))["custody"]
    assert [(row["labels"], row["event"]["kind"]) for row in rows] == [
        ("E-001 to E-006", "received"),
        ("E-001 to E-006", "transferred"),
    ]


def test_disagreeing_opinions_stay_apart():
    rows = data_of(full_record())["opinions"]
    of_second = [(row["words"]["author"], row["words"]["outcome"]) for row in rows if row["labels"] == "E-002"]
    assert of_second == [("A. Moreau", "unknown architecture"), ("B. Okafor", "inconclusive")]


def test_what_was_tried_and_what_was_not_done():
    attributed, unknown, _, lost = data_of(full_record())["exhibits"]
    assert attributed["tried"] == ["none"]
    assert attributed["not_done"] == ["none"]
    assert unknown["tried"][0] == "Attribution: no architecture is named."
    assert "Heat map." in unknown["not_done"]
    assert "Content Credentials: none in the file." in lost["tried"]
    bare = data_of(plain_record(sections=("heat maps", "metadata")))["exhibits"][0]
    assert bare["not_done"] == [
        "Attribution.", "Heat map.", "Check of Content Credentials.", "Repetition of the finding.",
    ]  # fmt: skip


def test_an_empty_map_and_a_failed_one_gave_nothing():
    record = full_record(count=1)
    shown = record.exhibits[0].finding.heat_map

    def tried(**changes):
        finding = replace(record.exhibits[0].finding, heat_map=replace(shown, **changes))
        exhibit = replace(record.exhibits[0], finding=finding)
        return data_of(replace(record, exhibits=(exhibit,)))["exhibits"][0]

    assert tried(peak=0.0)["tried"] == ["Heat map: empty. At layer 4 nothing spoke for StyleGAN2."]
    failed = tried(check="It hardly changes.")
    assert failed["tried"] == ["Heat map: it failed its check."]
    assert failed["map_check"].endswith("should not be used to explain the answer: It hardly changes.")
    assert tried(check="")["map_check"] == EN.say("sentences", "map_unchecked")


def test_many_lines_of_metadata_are_counted_and_long_ones_cut():
    record = full_record(count=1)
    lines = tuple(Line(f"n{n}", "x" * 2000, "EXIF") for n in range(55))
    exhibit = data_of(replace(record, exhibits=(replace(record.exhibits[0], metadata=lines),)))["exhibits"][0]
    assert len(exhibit["metadata"]) == 40
    assert exhibit["metadata_more"] == "15 more lines are in the attached data."
    assert "2\u202f000 characters" in exhibit["metadata"][0]["text"]


def test_a_request_that_is_long_is_cut_on_the_front_and_whole_further_on():
    record = full_record()
    front = data_of(replace(record, front=replace(record.front, request="word " * 500)))["front"]
    assert "continued under" in front["request_short"]
    assert front["request"].count("word") == 500


def test_conditions_that_exhibits_share_are_said_once():
    rows = data_of(full_record(count=4))["conditions"]
    assert [row["labels"] for row in rows] == ["E-001 to E-004"]
    assert ["Versions", "torch 2.15.0"] in rows[0]["lines"]


def test_a_long_name_of_a_picture_stays_a_path():
    record = full_record(count=1)
    name = "exhibit-" + "0123456789" * 3 + "-heat-map.jpg"
    exhibit = replace(record.exhibits[0], thumbnail=replace(record.exhibits[0].thumbnail, name=name))
    printed = Printer(words("en")).plain(exhibit)
    assert printed["thumbnail"]["name"] == name
