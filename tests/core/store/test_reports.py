"""Drafts and issued reports in a case, and their folders: whole or not there."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

import pytest

from core.custody import LogHead
from core.errors import BadInput, NotFound
from core.reporting import LaboratoryTemplate, ReportDraft, ReportFile, ReportForm
from core.store import audit, opening, report_drafts, report_folders, reports
from tests.core.report.records import HOSTILE

HEAD = LogHead("c" * 32, 7, "d" * 64, "", "", "", datetime.now(UTC))
FULL = ReportDraft(
    exhibit_ids=(3, 1),
    left_out=("notes",),
    form=ReportForm.SHORT,
    laboratory=LaboratoryTemplate("Lab", "Road 1", language="de", logo="/x.png"),
    requested_on=date(2026, 11, 2),
    formats=("pdf", "csv"),
    **{
        name: f"{name} {HOSTILE['surrogate']} {HOSTILE['control']}"
        for name in ("title", "number", "customer", "condition", "summary", "author")
    },
)


def issue_of(uid="R-000000000001", number="17", revision=1, **changes):
    values = {
        "uid": uid,
        "number": number,
        "revision": revision,
        "supersedes": "",
        "reason": "",
        "draft": FULL,
        "author": "A. Moreau",
        "exhibit_ids": (3, 1),
        "files": (ReportFile("a.pdf", "e" * 64, 12),),
        "head": HEAD,
        "signer": "this installation",
        "issued_at": datetime(2026, 11, 21, 10, 31, tzinfo=UTC),
    }
    return reports.Issue(**{**values, **changes})


def test_a_draft_comes_back_as_it_was_and_the_log_tells_what_changed(database):
    with database.reading() as session:
        assert report_drafts.read(session) is None
    with database.writing() as transaction:
        report_drafts.save(transaction, FULL)
    with database.reading() as session:
        assert report_drafts.read(session) == FULL
    later = replace(FULL, summary="Shorter.", worked_to=date(2026, 11, 21))
    with database.writing() as transaction:
        report_drafts.save(transaction, later)
        report_drafts.save(transaction, later)
    with database.reading() as session:
        assert report_drafts.read(session) == later
        told = [entry.payload for entry in audit.newest(session) if entry.action == audit.Act.REPORT_DRAFT]
    assert told[0] == {"changed": {"summary": "Shorter.", "worked_to": "2026-11-21"}}
    assert len(told) == 2
    assert set(told[1]["changed"]) == {field.name for field in fields(ReportDraft)}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ([], "object"),
        ({"titel": "x"}, "titel"),
        ({"title": 7}, "title"),
        ({"summary": "x" * 20_001}, "20,001"),
        ({"form": "long"}, "full, short"),
        ({"formats": ["docx"]}, "pdf"),
        ({"left_out": "log"}, "left_out"),
        ({"exhibit_ids": [True]}, "exhibit_ids"),
        ({"worked_to": "21.11.2026"}, "worked_to"),
        ({"laboratory": {"nam": "x"}}, "laboratory"),
        ({"laboratory": {"language": "xx"}}, "en or de"),
    ],
)
def test_a_draft_that_does_not_fit_is_refused_by_name(values, named):
    with pytest.raises(BadInput, match=named):
        report_drafts.record(values)


def test_revisions_are_rows_of_their_own_and_the_old_one_says_that_it_was_superseded(database):
    with database.writing() as transaction:
        first = reports.add(transaction, issue_of())
    with database.writing() as transaction:
        changes = {"revision": 2, "supersedes": first.uid, "reason": HOSTILE["html"]}
        second = reports.add(transaction, issue_of("R-000000000002", **changes))
    with database.reading() as session:
        assert [report.uid for report in reports.issued(session)] == [second.uid, first.uid]
        assert reports.get(session, first.uid).superseded_by == second.uid
        assert reports.get(session, second.uid).superseded_by == ""
        assert reports.get(session, second.uid).reason == HOSTILE["html"]
        assert reports.draft_of(session, first.uid) == FULL
        assert reports.numbers(session) == {"17": 2}
        told = audit.newest(session, limit=1)[0]
    assert told.action == audit.Act.REPORT_ISSUE
    assert told.payload["files"] == [{"name": "a.pdf", "sha256": "e" * 64, "size": 12}]
    assert second.folder == database.folder / "reports" / "R-000000000002"
    assert second.exhibits == 2


def test_a_number_is_issued_once(database):
    with database.writing() as transaction:
        reports.add(transaction, issue_of())
    with pytest.raises(BadInput, match="issued already"), database.writing() as transaction:
        reports.add(transaction, issue_of("R-000000000002"))
    with database.reading() as session:
        assert reports.uids(session) == {"R-000000000001"}
        with pytest.raises(NotFound):
            reports.get(session, "R-000000000002")


def test_what_was_cut_short_is_swept_and_nothing_else(tmp_path):
    uids = [f"R-00000000000{number}" for number in range(5)]
    with report_folders.unfinished(tmp_path, uids[0]) as folder:
        report_folders.write(folder, "a.pdf", b"half")
    assert not any((tmp_path / "reports").iterdir())
    for uid in uids[1:]:  # issued; cut short before its row; cut short after it; without row and mark
        with report_folders.unfinished(tmp_path, uid) as folder:
            report_folders.write(folder, "a.pdf", b"whole")
            report_folders.publish(tmp_path, uid)
    report_folders.settle(tmp_path, uids[1])
    (tmp_path / "reports" / uids[4] / ".unissued").unlink()
    (tmp_path / "reports" / ".partial-R-0000000000ff").mkdir()
    assert report_folders.sweep(tmp_path, {uids[1], uids[3]}) == 2
    left = sorted(path.relative_to(tmp_path / "reports").as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == [f"{uid}/a.pdf" for uid in (uids[1], uids[3], uids[4])]
    assert report_folders.sweep(tmp_path, {uids[1], uids[3]}) == 0


def test_a_published_report_without_row_is_withdrawn_and_an_issued_one_is_not(tmp_path):
    with report_folders.unfinished(tmp_path, "R-000000000001"):
        final = report_folders.publish(tmp_path, "R-000000000001")
    report_folders.withdraw(tmp_path, "R-000000000001")
    assert not final.exists()
    with report_folders.unfinished(tmp_path, "R-000000000001"):
        report_folders.publish(tmp_path, "R-000000000001")
    report_folders.settle(tmp_path, "R-000000000001")
    report_folders.withdraw(tmp_path, "R-000000000001")
    assert final.is_dir()


def test_no_report_is_written_through_a_link_or_outside(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "reports").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match="leads out"), report_folders.unfinished(tmp_path, "R-000000000001"):
        pass
    assert report_folders.sweep(tmp_path, ()) == 0
    for uid in ("..", "R-../../x", "", "R-00000000000G"):
        with pytest.raises(BadInput, match="no id"):
            report_folders.folder_of(tmp_path, uid)


def test_opening_for_writing_sweeps_and_says_so(database):
    folder = database.folder
    database.close()
    with report_folders.unfinished(folder, "R-000000000001"):
        report_folders.publish(folder, "R-000000000001")
    opening.open_case(folder, read_only=True, actor="B").close()
    assert (folder / "reports" / "R-000000000001").is_dir()
    again = opening.open_case(folder, actor="A")
    with again.reading() as session:
        told = audit.newest(session, limit=1)[0]
    again.close()
    assert told.payload["unfinished_reports_removed"] == 1
    assert not (folder / "reports" / "R-000000000001").exists()
