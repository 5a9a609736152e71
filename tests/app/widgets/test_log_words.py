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


def test_a_robustness_check_is_told_without_its_answer():
    made = entry("robustness.add", exhibit=4, sha256="a" * 64, detector="d" * 64, preset="yu2019", steps=20)
    assert act_text(made) == "Robustness checked"
    assert details_text(made) == "exhibit 4 · yu2019, 20 steps · detector dddddddddddd"
    assert "hidden until" in details_text(entry("robustness.add", exhibit=4, hidden=True))


def test_propositions_and_conclusions_in_the_log():
    proposed = entry("propositions.add", exhibit=3, first="A made it", second="B did", before_answer=True)
    assert act_text(proposed) == "Propositions written down"
    assert details_text(proposed) == "exhibit 3 · before the answer was seen · A made it · or: B did"
    said = {"role": "second examiner", "outcome": "inconclusive", "phrase": "", "opinion": "I cannot say."}
    concluded = entry("conclusion.add", exhibit=3, agrees=False, **said)
    assert act_text(concluded) == "Conclusion written down"
    assert details_text(concluded) == "exhibit 3 · second examiner · disagrees · inconclusive · I cannot say."
    for action in ("propositions.add", "conclusion.add"):
        assert details_text(entry(action, exhibit=3, hidden=True)) == "exhibit 3 · hidden until you write your view"


def test_views_marks_and_groups_in_the_log():
    view = entry("view.add", exhibit=3, sha256="ab", opinion="generated", text="Six fingers.", blind=True)
    assert (act_text(view), details_text(view)) == (
        "View written down",
        "exhibit 3 · generated · before the answer was shown · Six fingers.",
    )
    for action in ("view.add", "annotation.add", "annotation.change", "annotation.remove"):
        assert details_text(entry(action, exhibit=3, hidden=True)) == "exhibit 3 · hidden until you write your view"
    before = {"points": [[0, 0], [1, 1]], "text": "hand", "in_report": True}
    after = {"points": [[0, 0], [1, 1]], "text": "left hand", "in_report": False}
    changed = entry("annotation.change", annotation=9, exhibit=3, of="A", **{"from": before, "to": after})
    assert details_text(changed) == "exhibit 3 · text: left hand · not in the report"
    removed = entry("annotation.remove", annotation=9, exhibit=3, kind="arrow", **before)
    assert details_text(removed) == "exhibit 3 · arrow · hand"
    made = {"name": "Same camera", "note": "", "exhibits": [1, 2]}
    assert details_text(entry("group.make", **made)) == "Same camera · 2 exhibits"
    again = {**made, "exhibits": [1]}
    assert details_text(entry("group.change", group=1, **{"from": made, "to": again})) == (
        "Same camera · 2 exhibits → Same camera · 1 exhibit"
    )


def test_the_log_says_that_blind_was_turned_off():
    off = entry("case.update", blind={"from": True, "to": False})
    assert details_text(off) == "blind turned off: answers are no longer hidden"
    on = entry("case.update", blind={"from": False, "to": True}, number={"from": "", "to": "7"})
    assert details_text(on).startswith("blind turned on: from now on answers are hidden until the own view · number")


def test_a_case_that_was_left_open_says_by_whom():
    left = "B. Other on desk (process 7), since 2026-11-20 10:00"
    assert details_text(entry("case.open", not_closed_by=left)) == f"not closed before by {left}"
    assert details_text(entry("case.open")) == ""
