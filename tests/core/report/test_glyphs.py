"""Hostile text made visible before it is typeset."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotFound
from core.report.fonts import characters_of
from core.report.glyphs import FONTS, _covered, one_line, shortened, visible

BREAK = "\u200b"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\u202egnp.exe", "a⟨U+202E⟩gnp.exe"),
        ("nul\x00bell\x07del\x7f", "nul⟨U+0000⟩bell⟨U+0007⟩del⟨U+007F⟩"),
        ("half\ud800", "half⟨U+D800⟩"),
        ("hidden\u200b\u00ad\ufeff", "hidden⟨U+200B⟩⟨U+00AD⟩⟨U+FEFF⟩"),
        ("private\ue000", "private⟨U+E000⟩"),
        ("none\U0001fbff\uffff", "none⟨U+1FBFF⟩⟨U+FFFF⟩"),
        ("space\u3000\u2003", "space⟨U+3000⟩⟨U+2003⟩"),
        ("rocket\U0001f680", "rocket⟨U+1F680⟩"),
    ],
)
def test_what_hides_turns_or_has_no_glyph_is_its_code_point(hostile, shown):
    assert visible(hostile).replace(BREAK, "") == shown


@pytest.mark.parametrize("text", ["Ünïcode ß", "Ελληνικά", "Кириллица", "漢字 かな", "≥ ≠ → ✓", "naïve e\u0301", ""])
def test_what_the_fonts_have_stays(text):
    assert visible(text) == text


def test_text_from_right_to_left_turns_nothing_beside_it():
    assert visible("شهادة 12") == "\u2068شهادة 12\u2069"


def test_line_ends_stay_in_prose_and_are_shown_in_names():
    assert visible("a\r\nb\rc\td") == "a\nb\nc d"
    assert one_line("a\nb\tc") == "a⟨U+000A⟩b⟨U+0009⟩c"


def test_marks_that_would_run_into_other_lines_are_code_points():
    assert visible("a" + "\u0301" * 5) == "a" + "\u0301" * 3 + "⟨U+0301⟩" * 2


def test_long_words_can_be_broken_and_are_the_same_without_the_breaks():
    word = "x" * 4000
    shown = visible(word)
    assert shown.replace(BREAK, "") == word
    assert max(map(len, shown.split(BREAK))) <= 24
    assert BREAK not in visible("IMG_0001 and 2026-11-21")


def test_strict_prints_all_but_latin_as_code_points():
    assert visible("é漢", strict=True) == "é⟨U+6F22⟩"


def test_both_ends_of_a_long_name_stay():
    short = shortened("a" * 3000 + ".exe.jpg", 60)
    assert len(short) <= 60
    assert short.startswith("aaa")
    assert short.endswith(".exe.jpg")
    assert shortened("short.jpg", 60) == "short.jpg"


@given(st.text(st.characters(), max_size=40))
@settings(max_examples=150, deadline=None)
def test_no_character_is_left_that_no_font_shows(text):
    known = frozenset.union(*_covered())
    for char in visible(text):
        assert char in "\n \u00a0\u2009\u202f\u200b\u2068\u2069" or ord(char) in known
        assert unicodedata.category(char) not in {"Cc", "Cs", "Co", "Cn"} or char == "\n"


def test_the_characters_of_a_font_are_those_another_reader_finds():
    fonts = pytest.importorskip("fontTools.ttLib")
    for path in FONTS.glob("*.ttf"):
        assert characters_of(path) == set(fonts.TTFont(path).getBestCmap())


def test_a_missing_font_is_a_sentence(tmp_path):
    with pytest.raises(NotFound, match="Reinstall"):
        characters_of(tmp_path / "gone.ttf")


def test_every_font_has_its_licence_beside_it_and_they_stay_small():
    assert {path.name for path in FONTS.glob("LICENSE-*.txt")} == {
        "LICENSE-NotoSans.txt", "LICENSE-DejaVu.txt", "LICENSE-DroidSansFallback.txt",
    }  # fmt: skip
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < 6_500_000
