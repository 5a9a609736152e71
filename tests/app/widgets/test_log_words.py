from datetime import UTC, datetime

from app.widgets.log_words import act_text, details_text
from core.domain import AuditEntry


def entry(action, **payload):
    return AuditEntry(1, datetime(2026, 11, 21, tzinfo=UTC), "A", action, payload)


def test_entries_read_as_sentences_not_as_data():
    taken = entry("exhibit.take", name="a.jpg", bytes=74962, sha256="370adb9cb9dd03ca", md5="0")
    assert (act_text(taken), details_text(taken)) == (
        "Exhibit taken in",
        "a.jpg · 74,962 bytes · SHA-256 370adb9cb9dd…",
    )
    rows = [{"verdict": "inconclusive", "detector": "c2eba2d0f26ac540"}] * 2
    rows += [{"verdict": "attributed", "detector": "c2eba2d0f26ac540"}]
    assert details_text(entry("finding.add", findings=rows)) == "2 inconclusive, 1 attributed · detector c2eba2d0f26a"
    refused = entry("intake.refuse", outcome="truncated", reason="a.jpg is cut off.", sha256=None)
    assert details_text(refused) == "a.jpg is cut off."
    path = "/usb/more/a.jpg"
    refused = entry("intake.refuse", path=path, outcome="truncated", reason=f"{path} is cut off: ask again.")
    assert details_text(refused) == "a.jpg is cut off: ask again."


def test_what_is_not_known_is_shown_as_it_stands():
    assert act_text(entry("report.issue", number=3)) == "report.issue"
    assert details_text(entry("report.issue", number=3)) == "number: 3"
    assert details_text(entry("exhibit.take", odd=1)) == "odd: 1"
