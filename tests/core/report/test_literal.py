"""Hostile text made visible."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from core.report.literal import code_point, one_line, visible, without_surrogates


def test_what_can_be_seen_stays():
    for text in ("IMG 0001.jpg", "Größe – 12 µm", "العربية", "漢字", "Ελληνικά", "\U0001f3d6\ufe0f", "a\nb"):
        assert visible(text) == text


def test_what_hides_or_turns_is_shown():
    assert visible("invoice\u202egnp.exe") == "invoice\\u202Egnp.exe"
    assert visible("a\u200bb\u00adc\ufeff") == "a\\u200Bb\\u00ADc\\uFEFF"
    assert visible("\x00\x1b[31m\t\x7f\x85") == "\\u0000\\u001B[31m\\u0009\\u007F\\u0085"
    assert visible("\udcff") == "\\uDCFF"
    assert visible("\U000e0041\ue000\uffff") == "\\U000E0041\\uE000\\uFFFF"
    assert visible("a\u2028b\u2029c") == "a\\u2028b\\u2029c"
    assert visible("a\rb\r\nc") == "a\\u000Db\nc"


def test_names_are_one_line():
    assert one_line("a\r\nb\n") == "a\\u000D\\u000Ab\\u000A"


def test_code_points_can_be_set_apart():
    assert visible("a\u202eb", "[{}]".format) == "a[\\u202E]b"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_hidden_is_left(text):
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert {unicodedata.category(char) for char in visible(text).replace("\n", "")} & hidden == set()
    assert "\n" not in one_line(text)
    without_surrogates(text).encode("utf-8")


def test_code_points_have_four_or_eight_digits():
    assert code_point("\t") == "\\u0009"
    assert code_point("\U0001f600") == "\\U0001F600"
