from datetime import UTC, datetime

import pytest

from app.widgets.log_words import act_text, details_text
from core.domain import AuditEntry
from core.store.audit import Act

LONG = f"{'a' * 200}.png"
SHA = "370adb9cb9dd03ca" * 4
DRAWN = {"points": [[0, 0], [1, 1]], "text": "ear", "in_report": True}
GROUP = {"name": "One camera", "note": "", "exhibits": [1, 2]}
STAMP = {"id": 1, "sequence": 31, "digest": SHA}
ISSUED = {
    "uid": "R-0f50ab811fa3", "number": "2026/17-1", "revision": 1, "supersedes": "", "reason": "", "form": "full",
    "language": "en", "author": "A. Moreau", "head_sequence": 30, "head_digest": SHA, "signer": "Seal of lab-3",
    "exhibits": [1, 2, 3], "files": [{"name": LONG, "sha256": SHA, "size": 9}], "issued_at": "2026-11-21T10:00:00Z",
}  # fmt: skip
# What the store writes for each act, and what a reader is told of it.
TOLD = {
    Act.CASE_CREATE: (
        {"title": "One", "number": "7", "examiner": "A", "laboratory": "Lab", "notes": "", "blind": True},
        "One · 7 · A · Lab · blind",
    ),
    Act.CASE_OPEN: (
        {"not_closed_by": "B on lab-3", "unfinished_reports_removed": 1},
        "not closed before by B on lab-3 · 1 unfinished report removed",
    ),
    Act.CASE_UPDATE: ({"number": {"from": "", "to": "7"}}, "number: – → 7"),
    Act.CASE_MIGRATE: (
        {"from": "0002", "to": "0003", "backup": "case.before-0003.sqlite", "not_as_logged": [["note", 1]]},
        "version 0003 · the case as it was: case.before-0003.sqlite · 1 record not as logged",
    ),
    Act.CASE_SEAL: ({"rows": 12}, "12 records that had no seal"),
    Act.INTAKE_BEGIN: ({"batch": 1, "items": 2}, "2 files"),
    Act.INTAKE_EXTEND: ({"batch": 1, "items": 1}, "1 file"),
    Act.INTAKE_DONE: (
        {"batch": 1, "path": f"/usb/{LONG}", "outcome": "duplicate", "sha256": SHA},
        f"{'a' * 120}… · duplicate · SHA-256 370adb9cb9dd…",
    ),
    Act.INTAKE_REFUSE: (
        {"batch": 1, "path": f"/usb/{LONG}", "outcome": "cut", "reason": f"/usb/{LONG} is cut.", "sha256": None},
        f"{'a' * 120}… is cut.",
    ),
    Act.INTAKE_FINISH: ({"batch": 1, "outcomes": {"taken": 3, "duplicate": 1}}, "3 taken, 1 duplicate"),
    Act.INTAKE_DISCARD: ({"batch": 1, "left": 2}, "2 files not taken in"),
    Act.EXHIBIT_TAKE: (
        {"id": 1, "sha256": SHA, "md5": "0", "bytes": 1234, "name": LONG, "path": f"/usb/{LONG}"},
        f"{'a' * 120}… · 1,234 bytes · SHA-256 370adb9cb9dd…",
    ),
    Act.EXHIBIT_OCCURRENCE: ({"id": 1, "sha256": SHA, "path": "/usb/b/c.png"}, "c.png · SHA-256 370adb9cb9dd…"),
    Act.EVIDENCE_RESTORE: ({"sha256": SHA, "path": "/usb/b/c.png"}, "from c.png · SHA-256 370adb9cb9dd…"),
    Act.FINDING_ADD: (
        {"findings": [{"verdict": "attributed", "detector": SHA}]},
        "1 attributed · detector 370adb9cb9dd",
    ),
    Act.TAG: ({"exhibits": [1, 2], "tag": 3, "on": True}, "exhibit 1, 2 · tag 3 given"),
    Act.NOTE: ({"exhibit": 1, "text": ""}, "exhibit 1 · the note was emptied"),
    Act.REVIEW: ({"exhibits": [1, 2, 3, 4], "reviewed": False}, "4 exhibits · no longer reviewed"),
    Act.VIEW_ADD: (
        {"exhibit": 3, "sha256": SHA, "opinion": "real", "text": "", "blind": False},
        "exhibit 3 · real · the answer was visible",
    ),
    Act.ANNOTATION_ADD: ({"exhibit": 3, "kind": "arrow", **DRAWN}, "exhibit 3 · arrow · ear"),
    Act.ANNOTATION_CHANGE: (
        {"annotation": 1, "exhibit": 3, "from": DRAWN, "to": {**DRAWN, "in_report": False}},
        "exhibit 3 · not in the report",
    ),
    Act.ANNOTATION_REMOVE: ({"annotation": 1, "exhibit": 3, "kind": "arrow", **DRAWN}, "exhibit 3 · arrow · ear"),
    Act.GROUP_MAKE: (GROUP, "One camera · 2 exhibits"),
    Act.GROUP_CHANGE: (
        {"group": 1, "from": GROUP, "to": {**GROUP, "exhibits": [1]}},
        "One camera · 2 exhibits → One camera · 1 exhibit",
    ),
    Act.GROUP_REMOVE: (GROUP, "One camera · 2 exhibits"),
    Act.ROBUSTNESS_ADD: (
        {"id": 1, "exhibit": 3, "sha256": SHA, "finding": 1, "detector": SHA, "preset": "standard", "steps": 20},
        "exhibit 3 · standard, 20 steps · detector 370adb9cb9dd",
    ),
    Act.CUSTODY_ADD: (
        {
            "id": 1,
            "kind": "received",
            "at": "2026-11-20T09:30:00+01:00",
            "from_party": "B",
            "to_party": "A",
            "item": "",
            "seal": "",
            "place": "",
            "remarks": "",
            "exhibits": [],
            "corrects": None,
        },
        "received · 2026-11-20 09:30:00+01:00 · B → A · the whole case",
    ),
    Act.RECHECK: (
        {
            "id": 1,
            "reason": "report",
            "exhibits": 3,
            "intact": 2,
            "complete": True,
            "at": "2026-11-21T10:00:00Z",
            "seconds": 0.1,
            "problems": [{"sha256": SHA, "state": "missing"}],
        },
        "2 of 3 exhibits as taken in · 1 missing",
    ),
    Act.RERUN: (
        {"id": 1, "exhibit": 3, "sha256": SHA, "finding": 1, "outcome": "equal", "largest": 0.0, "tolerance": 0.0},
        "exhibit 3 · equal",
    ),
    Act.PROPOSITIONS_ADD: (
        {"exhibit": 3, "sha256": SHA, "id": 1, "first": "F", "second": "S", "before_answer": False},
        "exhibit 3 · the answer was visible · F · or: S",
    ),
    Act.CONCLUSION_ADD: (
        {"exhibit": 3, "role": "examiner", "outcome": "inconclusive", "phrase": "", "opinion": LONG, "agrees": None},
        f"exhibit 3 · examiner · inconclusive · {'a' * 120}…",
    ),
    Act.REPORT_DRAFT: (
        {"changed": {"customer_address": "2 Court Street", "title": "T"}},
        "changed: customer address, title",
    ),
    Act.REPORT_ISSUE: (
        ISSUED,
        "R-0f50ab811fa3, number 2026/17-1, revision 1 · by A. Moreau · 3 exhibits · 1 file · sealed by Seal of lab-3",
    ),
    Act.TIME_STAMP_REQUEST: (STAMP, "for entry 31 of this log"),
    Act.TIME_STAMP_REPLY: (
        {**STAMP, "authority": "TSA", "stamped_at": "2026-11-21T10:00:00Z", "reply_sha256": SHA},
        "entry 31 of this log · by TSA, 2026-11-21 10:00:00 UTC",
    ),
    Act.CASE_EXPORT: ({"case": "part.dnacase", "uid": "ab", "exhibits": [1]}, "1 exhibit as the case part.dnacase"),
    Act.CASE_DERIVE: (
        {"from": "ab" * 16, "head": 30, "digest": SHA, "exhibits": [SHA], "left_out": 2},
        "1 exhibit of the case abababababab…, as it was at entry 30 · 2 exhibits left there",
    ),
    Act.CASE_ARCHIVE: (
        {"file": "C.dnacase.zip", "sha256": SHA, "size": 5000, "files": 3},
        "C.dnacase.zip · 3 files · 5,000 bytes · SHA-256 370adb9cb9dd…",
    ),
    Act.TRAINING_CONSENT: (
        {
            "given": [{"exhibit": 3, "sha256": SHA}],
            "label": "flux",
            "source": "seizure",
            "given_by": "C. Judge",
            "reason": "Order 4.",
            "retraining": "20261121-101500-0a1b2c3d",
        },
        "1 exhibit · as flux · by C. Judge · Order 4.",
    ),
}


@pytest.mark.parametrize("act", Act)
def test_every_act_of_the_log_has_words(act):
    payload, told = TOLD[act]
    shown = act_text(entry(act.value, **payload))
    assert shown[0].isupper()
    assert "." not in shown
    assert details_text(entry(act.value, **payload)) == told


def test_a_later_report_says_what_it_takes_the_place_of():
    later = {**ISSUED, "revision": 2, "supersedes": "R-1", "reason": "A name.", "signer": ""}
    assert details_text(entry("report.issue", **later)).endswith("1 file · not sealed · in place of R-1: A name.")


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
    assert act_text(entry("later.act", number=3)) == "later.act"
    assert details_text(entry("later.act", number=3)) == "number: 3"
    assert details_text(entry("exhibit.take", odd=1)) == "odd: 1"


def test_a_robustness_check_is_told_without_its_answer():
    made = entry("robustness.add", exhibit=4, sha256="a" * 64, detector="d" * 64, preset="yu2019", steps=20)
    assert act_text(made) == "Robustness checked"
    assert details_text(made) == "exhibit 4 · yu2019, 20 steps · detector dddddddddddd"
    assert "hidden until" in details_text(entry("robustness.add", exhibit=4, hidden=True))


def test_a_consent_about_hidden_exhibits_is_told_without_what_they_are_learned_as():
    told = details_text(entry("training.consent", given=[{"exhibit": 3, "sha256": SHA}], hidden=True))
    assert told == "1 exhibit · hidden until you write your view"


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
