"""Draft notices about issued reports: who, what, what it does not mean, what to do; never sent, never overwritten."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.descent import ChangedFinding, Consequences, IssuedWithParent
from core.domain import DetectorReference, Verdict
from core.errors import DiskFull, NoPermission
from core.retraining import CardWishes, Draft, ImageGroup
from core.services.change_notices import notices

CASE = Path("/secret/place/Portraits.dnacase")
CHANGE = ChangedFinding(
    CASE,
    "Portraits",
    "photo_00003.jpg",
    "12" * 32,
    (Verdict.UNKNOWN, "real"),
    (Verdict.ATTRIBUTED, "newgan"),
)
REPORT = IssuedWithParent(
    CASE,
    "Portraits",
    "2026/114",
    12,
    1,
    uid="R-0123456789ab",
    revision=2,
    author="A. Moreau",
    issued_at=datetime(2026, 11, 3, 9, 15, tzinfo=UTC),
    changes=(CHANGE,),
)
DRAFT = Draft(
    "20261121-a",
    datetime(2026, 11, 21, tzinfo=UTC),
    parent=DetectorReference("field", "1", "ab" * 32),
    groups=(ImageGroup("newgan", "lab", Path("/images/newgan")),),
    card=CardWishes("field with newgan", "2"),
    made="cd" * 32,
)


def consequences(*reports):
    return Consequences(1, 12, tuple(change for report in reports for change in report.changes), reports)


def text_of(report=REPORT, draft=DRAFT, *, folder):
    first, second = notices(consequences(report), folder, draft)
    return first.read_text("utf-8"), second.read_text("utf-8")


class Words(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def test_both_files_say_who_what_and_what_to_do(tmp_path):
    plain, page = text_of(folder=tmp_path)
    shown = " ".join(Words(page).words)
    for words in (
        "DRAFT NOTICE – not sent, to be decided by the examiner",
        "2026/114, revision 2",
        "R-0123456789ab",
        "2026-11-03",
        "A. Moreau",
        "The report prints findings of the detector field 1 (SHA-256 " + "ab" * 32,
        "A later detector was made from it: field with newgan 2 (SHA-256 " + "cd" * 32,
        "It was trained to name newgan as well.",
        "Of 12 exhibits for which the report prints such a finding, 12 were read again",
        "It answers otherwise about 1 of them.",
        "photo_00003.jpg",
        "12" * 32,
        "unknown architecture",
        "attributed to newgan",
        "This notice withdraws nothing and changes nothing.",
        "both can be wrong",
        "Analyse the exhibits named above again",
        "amend the report",
        "Decision:",
    ):
        assert words in plain
        assert words in shown


def test_no_place_on_this_computer_is_told(tmp_path):
    for text in text_of(folder=tmp_path):
        assert "/secret" not in text
        assert "/images" not in text


def test_only_reports_with_changes_get_one(tmp_path):
    quiet = replace(REPORT, uid="R-ffffffffffff", changed=0, changes=())
    written = notices(consequences(quiet, REPORT), tmp_path, DRAFT)
    assert [path.name for path in written] == [
        "notice-2026-114-r2-R-0123456789ab.txt",
        "notice-2026-114-r2-R-0123456789ab.html",
    ]
    assert sorted(tmp_path.iterdir()) == sorted(written)
    assert notices(consequences(), tmp_path / "none", DRAFT) == ()
    assert not (tmp_path / "none").exists()


def test_an_overruled_gate_is_told_with_its_reason(tmp_path):
    assert "gate, which was overruled" not in text_of(folder=tmp_path)[0]
    reason = "The court needs an answer about this generator now."
    plain, page = text_of(draft=replace(DRAFT, override=reason), folder=tmp_path / "other")
    for text in (plain, page):
        assert f"It did not pass the gate, which was overruled. Stated reason: {reason}" in text


def test_exhibits_that_nobody_looked_at_are_said(tmp_path):
    plain, _ = text_of(replace(REPORT, unread=3), folder=tmp_path)
    assert "Of 12 exhibits for which the report prints such a finding, 9 were read again" in plain
    assert "3 could not be looked at, so nothing is known about them." in plain


def test_what_somebody_wrote_into_a_notice_stays(tmp_path):
    first, page = notices(consequences(REPORT), tmp_path, DRAFT)
    assert notices(consequences(REPORT), tmp_path, DRAFT) == (first, page)
    first.write_text("Looked at by B. Okafor: nothing follows.")
    again = notices(consequences(REPORT), tmp_path, DRAFT)
    assert [path.name for path in again] == [
        "notice-2026-114-r2-R-0123456789ab-2.txt",
        "notice-2026-114-r2-R-0123456789ab-2.html",
    ]
    assert first.read_text() == "Looked at by B. Okafor: nothing follows."


def test_a_hostile_case_stays_text(tmp_path):
    nasty = "<script>alert(1)</script>\n\u202e"
    change = replace(CHANGE, exhibit=nasty, after=(Verdict.ATTRIBUTED, nasty))
    report = replace(REPORT, case_title=nasty, number="../../x" + nasty, author=nasty, changes=(change,))
    written = notices(consequences(report), tmp_path, DRAFT)
    assert all(path.parent == tmp_path for path in written)
    plain, page = (path.read_text("utf-8") for path in written)
    tags = {tag for tag, _ in Words(page).tags}
    assert "script" not in tags
    assert "\u202e" not in plain + page
    assert "<script>alert(1)</script>\ufffd\ufffd" in plain


def test_the_page_loads_nothing(tmp_path):
    _, page = text_of(folder=tmp_path)
    found = Words(page).tags
    assert not {"img", "link", "script", "iframe"} & {tag for tag, _ in found}
    assert not any("href" in attrs or "src" in attrs for _, attrs in found)
    assert ("meta", {"charset": "utf-8"}) in found


def test_without_a_parent_or_a_name_it_still_reads(tmp_path):
    bare = replace(DRAFT, parent=None, card=CardWishes(), made="", groups=())
    report = IssuedWithParent(CASE, "Portraits", "", 1, 1, changes=(CHANGE,))
    plain, _ = text_of(report, bare, folder=tmp_path)
    assert "an earlier detector" in plain
    assert "not named yet" in plain
    assert "None" not in plain


@pytest.mark.parametrize(("number", "kind"), [(28, DiskFull), (13, NoPermission)])
def test_a_folder_that_takes_nothing_is_a_sentence(tmp_path, monkeypatch, number, kind):
    def refuse(_):
        raise OSError(number, "refused")

    monkeypatch.setattr("core.whole_file.os.fsync", refuse)
    with pytest.raises(kind, match="draft notice"):
        notices(consequences(REPORT), tmp_path, DRAFT)
    assert list(tmp_path.iterdir()) == []
