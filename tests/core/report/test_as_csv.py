"""A report as CSV: stable columns, one row an exhibit, and no cell that a spreadsheet would compute."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.report import as_csv
from core.report.literal import visible
from tests.core.report.records import HOSTILE, full_record, plain_record

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠﹢﹣﹦﹫]")


def rows(data):
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def test_the_columns_are_those_that_are_documented():
    header = as_csv.write([full_record()]).decode("utf-8-sig").split("\r\n")[0]
    assert header == ",".join(f'"{name}"' for name, _, _ in as_csv.COLUMNS)
    assert header.startswith('"report","number","revision","part","exhibit","sha256","md5","name","paths"')
    assert len({name for name, _, _ in as_csv.COLUMNS}) == len(as_csv.COLUMNS)
    assert all(meaning for _, meaning, _ in as_csv.COLUMNS)


def test_one_row_an_exhibit():
    record = full_record(count=8)
    found = rows(as_csv.write([record]))
    assert [row["sha256"] for row in found] == [one.sha256 for one in record.exhibits]
    first = found[0]
    assert (first["exhibit"], first["verdict"], first["top_class"]) == ("E-001", "attributed", "stylegan2")
    assert (first["top_score"], first["likelihood_ratio"], first["ratio_words"]) == ("0.93", "66.0", "moderate support")
    assert first["scores"].startswith("stylegan2=0.93 | real=0.03")
    assert (first["author"], first["second_author"], first["second_agrees"]) == ("A. Moreau", "B. Okafor", "yes")
    assert first["detector"] == "field"
    assert found[1]["second_agrees"] == "no"
    assert found[2]["likelihood_ratio"] == found[2]["outcome"] == ""
    assert found[3]["problem"].startswith("The evidence file is missing")


def test_an_exhibit_that_was_not_analysed():
    found = rows(as_csv.write([plain_record()]))
    assert len(found) == 1
    assert found[0]["verdict"] == found[0]["detector"] == found[0]["before_answer"] == ""


def test_volumes_follow_one_another_under_one_header():
    record = full_record()
    assert len(rows(as_csv.write(iter([record, record])))) == 8


def test_lines_come_one_by_one():
    def records():
        yield full_record(count=2)
        pytest.fail("the second volume was asked for too early")

    lines = as_csv.parts(records())
    assert [next(lines).count(b"\r\n") for _ in range(3)] == [1, 1, 1]


def test_hostile_texts_compute_nothing():
    data = as_csv.write([full_record(hostile=True, count=22)])
    text = data.decode("utf-8-sig")
    assert HOSTILE["formula"] in text
    for row in rows(data):
        assert [cell for cell in row.values() if FORMULA.match(cell)] == []
    for cell in re.split(r'[;\r\n]|","', text):  # as a spreadsheet set to semicolons takes it apart
        assert not FORMULA.match(cell.strip('"')), cell
    assert re.findall(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text) == []


def undone(text):
    """What the documentation of the format says to do."""
    return re.sub(r"(^|[;\n])( *)'(?='*[=+\-@＝＋－＠﹢﹣﹦﹫])", r"\1\2", text)


@given(st.text(st.one_of(st.sampled_from("='+-@; \n\r\ta＝"), st.characters()), max_size=12))
def test_texts_come_back_by_the_documented_way(text):
    cell = as_csv.safe(text)
    assert undone(cell) == visible(text.replace("\r", "\n"))
    assert not any(FORMULA.match(part) for part in re.split(r"[;\n]", cell))


def test_plain_texts_stay_as_they_are():
    for text in ("IMG_0001.jpg", "2026-11-21T10:31:00+01:00", "a = b", "Müller & Söhne", "漢字", "don't"):
        assert as_csv.safe(text) == text
