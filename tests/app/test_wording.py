import pytest

from app.wording import bytes_text, exhibits_text, score_text, seconds_text, tick_text, visible
from core.domain import IntakeOutcome, ReviewState, SortKey, Verdict
from core.progress import Tick


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("photo.jpg", "photo.jpg"),
        ("a\u202egpj.exe", "a⟨U+202E⟩gpj.exe"),
        ("line\nbreak\x00", "line⟨U+000A⟩break⟨U+0000⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("broken\udcff", "broken⟨U+DCFF⟩"),
        ("Élection 選挙", "Élection 選挙"),
        ("\u3164", "⟨U+3164⟩"),
    ],
)
def test_invisible_characters_are_shown(text, shown):
    assert visible(text) == shown


def test_endless_names_are_cut():
    assert visible("x" * 50, longest=10) == "x" * 10 + "…"


def test_every_word_of_the_house_has_a_caption():
    from app.wording import outcome_text, sort_text, state_text, verdict_meaning, verdict_text

    for verdict in (*Verdict, None):
        assert verdict_text(verdict)
        assert verdict_meaning(verdict).endswith(".")
    assert all(map(sort_text, SortKey))
    assert all(map(state_text, ReviewState))
    assert all(map(outcome_text, IntakeOutcome))


def test_numbers_read_as_one_says_them():
    assert score_text(0.934) == "0.93"
    assert score_text(None) == "–"
    assert [bytes_text(count) for count in (0, 999, 1500, 123_456, 5_000_000_000_000)] == [
        *("0 bytes", "999 bytes", "1.5 KB", "123 KB", "5000 GB")
    ]
    assert [seconds_text(seconds) for seconds in (0.2, 59, 65, 3000, 7300)] == [
        *("1 s", "59 s", "1 min 05 s", "50 min", "2 h 01 min")
    ]
    assert [exhibits_text(count) for count in (0, 1, 20_000)] == ["0 exhibits", "1 exhibit", "20,000 exhibits"]


def test_progress_tells_how_far_how_fast_and_how_long():
    assert tick_text(Tick(26, 100, "a.jpg", "files", 33.2, 2.2)) == "26 / 100 files · 33/s · about 2 s left"
    assert tick_text(Tick(3, None, "", "files", 0.0, None)) == "3 files"
    assert tick_text(Tick(100, 100, "", "files", 2.5, 0.0)) == "100 / 100 files · 2.5/s"
