"""Issuing reports: there whole or not at all, never overwritten, within memory; and previews."""

import hashlib
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from PIL import Image

from core import installation
from core.custody import ClaimState
from core.domain import Table
from core.errors import BadInput, Cancelled, CoreError, DiskFull, NotFound, ReadOnlyCase
from core.examine import AnnotationKind
from core.progress import Progress
from core.report import as_json
from core.reporting import FORMATS, ReportForm
from core.services import report_issue, report_process, report_record
from core.services.report_process import Typesetter
from core.services.workspace import Workspace
from core.store import audit, report_folders
from tests.conftest import picture
from tests.core.report.records import HOSTILE, preview_record
from tests.core.services.reported_case import (
    blocking,
    draft,
    ids,
    make,
    plant,
    record_of,
    reports_in,
)


def test_an_issued_report_is_kept_told_in_the_log_and_anchored(workspace, tmp_path):
    out = tmp_path / "out"
    written = workspace.reports.issue(draft(workspace, formats=FORMATS), out=out)
    report = written.value
    assert written.touched == {Table.REPORTS, Table.INTEGRITY}
    assert {file.name.removeprefix(report.uid) for file in report.files} == {f".{name}" for name in FORMATS}
    for file in report.files:
        data = (report.folder / file.name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file.sha256, file.size)
        assert (out / file.name).read_bytes() == data
    assert reports_in(workspace) == [report.uid]
    assert {path.name for path in report.folder.iterdir()} == {file.name for file in report.files}
    entry = workspace.cases.log(limit=1)[0]
    assert (entry.action, entry.payload["uid"]) == (audit.Act.REPORT_ISSUE, report.uid)
    assert report.head_sequence == entry.sequence - 1
    anchors = installation.anchors_of(workspace.cases.current.uid)
    assert any(anchor.why == f"report {report.uid}" for anchor in anchors)
    case = workspace.cases.current.path
    checked = workspace.report_verification.report(out / f"{report.uid}.pdf", case)
    assert {claim.state for claim in checked.claims} == {ClaimState.PASSED}, checked


def test_amending_makes_another_revision_and_keeps_the_first(workspace):
    first = workspace.reports.issue(draft(workspace)).value
    before = {path.name: path.read_bytes() for path in first.folder.iterdir()}
    with pytest.raises(BadInput, match="Say why"):
        workspace.reports.amend(first.uid, draft(workspace), " ")
    with pytest.raises(NotFound):
        workspace.reports.amend("R-000000000000", draft(workspace), "x")
    changed = replace(workspace.reports.draft_of(first.uid), customer="Another court", number="ignored")
    second = workspace.reports.amend(first.uid, changed, "The customer was wrong.").value
    assert (second.number, second.revision, second.supersedes) == (first.number, 2, first.uid)
    assert record_of(second).identity.reason == "The customer was wrong."
    assert [(one.uid, one.superseded_by) for one in workspace.reports.issued()] == [
        (second.uid, ""),
        (first.uid, second.uid),
    ]
    assert {path.name: path.read_bytes() for path in first.folder.iterdir()} == before
    with pytest.raises(BadInput, match=f"Amend {second.uid}"):
        workspace.reports.amend(first.uid, changed, "again")
    taken = draft(workspace, number=first.number)
    assert "issued already" in blocking(workspace, taken)["number"]
    assert blocking(workspace, taken, amends=second.uid) == {}
    assert workspace.reports.issue(draft(workspace)).value.number not in (first.number,)


def test_read_only_nothing_is_issued_but_a_preliminary_report_is_written(workspace, tmp_path):
    case = workspace.cases.current.path
    workspace.cases.open(case, read_only=True)
    with pytest.raises(ReadOnlyCase):
        workspace.reports.issue(draft(workspace))
    files = workspace.reports.preliminary(workspace.reports.draft(), tmp_path / "out")
    assert {path.suffix for path in files} == {f".{name}" for name in FORMATS}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.name for path in files}
    record = as_json.read((tmp_path / "out" / "preliminary.json").read_bytes())
    assert record.identity.preview
    assert (record.identity.uid, record.identity.issued_at, record.log.digest) == ("", "", "")
    assert record.recheck is None
    assert reports_in(workspace) == []


def test_a_cancelled_report_leaves_nothing_wherever_it_is_stopped(workspace, tmp_path):
    stages = []
    workspace.reports.issue(draft(workspace), progress=Progress(lambda tick: stages.append(tick.text)))
    before = reports_in(workspace)
    for number in range(len(stages)):
        with pytest.raises(Cancelled):
            workspace.reports.issue(draft(workspace), out=tmp_path / "out", progress=_stopping(number))
        assert reports_in(workspace) == before
        assert not any((tmp_path / "out").iterdir())
    assert {"Verifying evidence", "Writing the report"} <= set(stages)
    assert len(workspace.reports.issued()) == 1


def _stopping(number):
    """Progress that is cancelled with the report of this number."""
    seen = []

    def stop(tick):
        seen.append(tick)
        if len(seen) > number:
            progress.cancel()

    progress = Progress(stop)
    return progress


def test_a_case_that_changes_meanwhile_is_not_reported_as_it_was(workspace, monkeypatch):
    publish = report_folders.publish

    def late(case, uid):
        workspace.exhibits.note(ids(workspace)[0], "written meanwhile")
        return publish(case, uid)

    monkeypatch.setattr(report_folders, "publish", late)
    with pytest.raises(BadInput, match="changed while the report was made"):
        workspace.reports.issue(draft(workspace))
    assert reports_in(workspace) == []
    assert workspace.reports.issued() == ()


def test_a_full_disk_leaves_nothing(workspace, monkeypatch, tmp_path):
    def full(folder, name, data):
        raise DiskFull("There is no space left.")

    monkeypatch.setattr(report_folders, "write", full)
    with pytest.raises(DiskFull):
        workspace.reports.issue(draft(workspace))
    assert reports_in(workspace) == []
    (tmp_path / "file").write_text("x")
    monkeypatch.undo()
    with pytest.raises(BadInput, match="is a file"):
        workspace.reports.issue(draft(workspace), out=tmp_path / "file")
    assert workspace.reports.issued() == ()


def test_many_exhibits_make_volumes_of_one_report(workspace, monkeypatch):
    monkeypatch.setattr(report_record, "WHOLE", 1)
    monkeypatch.setattr(report_record, "VOLUME", {ReportForm.FULL: 2})
    report = workspace.reports.issue(draft(workspace, formats=("json", "csv", "html"))).value
    names = [file.name.removeprefix(report.uid) for file in report.files]
    assert names == ["-part-1-of-2.html", "-part-1-of-2.json", "-part-2-of-2.html", "-part-2-of-2.json", ".csv"]
    parts = [as_json.read((report.folder / f"{report.uid}-part-{part}-of-2.json").read_bytes()) for part in (1, 2)]
    assert [[one.label for one in part.exhibits] for part in parts] in (
        [["E-001", "E-002"], ["E-003"]],
        [["E-001"], ["E-002", "E-003"]],
    )
    assert [(part.identity.part, part.identity.parts) for part in parts] == [(1, 2), (2, 2)]
    assert parts[0].totals == parts[1].totals
    assert parts[0].identity.uid == parts[1].identity.uid
    table = (report.folder / f"{report.uid}.csv").read_text(encoding="utf-8-sig")
    assert [table.count(f'"E-00{number}"') for number in (1, 2, 3)] == [1, 1, 1]


def test_hostile_names_and_words_are_in_every_format_and_the_report_verifies(tmp_path, installed):
    folder = tmp_path / "in"
    folder.mkdir()
    names = ("=cmd|' !A0.jpg", "<script>alert(1)<", "#import x $y$ *b*.jpg", "a\u202egnp.jpg", "\U0001f3d6.jpg")
    for number, name in enumerate(names):
        Image.fromarray(picture(number)).save(folder / f"{number}.jpg", comment=HOSTILE["html"].encode())
        (folder / f"{number}.jpg").rename(folder / name)
    broken = folder / "9.jpg"
    Image.fromarray(picture(9)).save(broken)
    broken.rename(Path(str(folder) + "/" + b"b\xff.jpg".decode("utf-8", "surrogateescape")))
    case = make(tmp_path / "h", folder)
    with Workspace() as workspace:
        workspace.settings.set("examiner", HOSTILE["typst"][:60])
        workspace.cases.open(case)
        plant(workspace, installed)
        workspace.exhibits.note(ids(workspace)[0], HOSTILE["long"])
        wanted = draft(workspace, formats=FORMATS, customer=HOSTILE["html"], title=HOSTILE["typst"], author="=1+1")
        report = workspace.reports.issue(wanted, out=tmp_path / "out").value
        assert {one.name for one in record_of(report).exhibits} >= set(names)
        checked = workspace.report_verification.report(tmp_path / "out" / f"{report.uid}.pdf", case)
        assert {claim.state for claim in checked.claims} == {ClaimState.PASSED}, checked
    page = (tmp_path / "out" / f"{report.uid}.html").read_text("utf-8")
    assert "<script" not in page.casefold()


def test_a_preview_is_drawn_again_only_where_something_changed(workspace):
    wanted = workspace.reports.draft()
    pages = workspace.reports.preview(wanted, 1, 2)
    assert pages.pages[0].startswith(b"\x89PNG")
    assert len(pages.pages) == 2 <= pages.total
    engine, asked = workspace.reports._engine, []
    real = engine.shown
    engine.shown = lambda *arguments: asked.append(1) or real(*arguments)
    again = workspace.reports.preview(replace(wanted, summary="Other words."), 1, 1)
    assert asked == []
    assert again.pages[0] != pages.pages[0] or again.total >= pages.total
    workspace.exhibits.note(ids(workspace)[0], "A new note.")
    workspace.reports.preview(wanted, 1, 1)
    assert asked == [1]
    assert workspace.reports.preview(wanted, 10_000, 1).first == pages.total
    assert workspace.reports.issued() == ()


def test_a_preview_ends_at_once_when_cancelled_and_the_next_one_works(workspace, tmp_path):
    typesetter, progress = Typesetter(), Progress()
    long = as_json.write(preview_record(count=150, assets=tmp_path / "assets"))
    short = as_json.write(preview_record(count=1, assets=tmp_path / "assets"))
    assert typesetter.pages(short, tmp_path / "assets", 1, 1, 80, Progress())[1] > 1
    process, began = typesetter._process, time.monotonic()
    threading.Timer(0.3, progress.cancel).start()
    with pytest.raises(Cancelled):
        typesetter.pages(long, tmp_path / "assets", 1, 1, 80, progress)
    assert time.monotonic() - began < 2
    assert not process.is_alive()
    assert typesetter.pages(short, tmp_path / "assets", 1, 1, 80, Progress())[1] > 1
    typesetter.close()


def test_the_process_that_typesets_may_die_and_a_sentence_says_so():
    typesetter = Typesetter()
    with pytest.raises(BadInput, match="no report that this version reads"):
        typesetter.pdf(b"[]", Path(), (), Progress())
    typesetter._process.kill()
    typesetter._process.join()
    with pytest.raises(CoreError, match=r"ended from outside \(perhaps for lack of memory\)"):
        typesetter.pdf(b"[]", Path(), (), Progress())
    with pytest.raises(BadInput):
        typesetter.pdf(b"[]", Path(), (), Progress())
    typesetter.close()


@pytest.mark.parametrize("wrong", [{"ppi": "many"}, {"count": None}])
def test_a_fault_in_typesetting_is_one_sentence_that_blames_the_program(wrong, tmp_path, capfd):
    typesetter, asked = Typesetter(), {"first": 1, "count": 1, "ppi": 80, "progress": Progress()}
    short = as_json.write(preview_record(count=1, assets=tmp_path / "assets"))
    with pytest.raises(CoreError) as caught:
        typesetter.pages(short, tmp_path / "assets", **(asked | wrong))
    sentence = str(caught.value)
    assert sentence.startswith("The pages could not be set: ")
    assert sentence.endswith(". This is a fault of the program; nothing was issued.")
    assert "memory" not in sentence
    assert "Traceback" in str(caught.value.__cause__), "who mends it must see where it was"
    assert typesetter.pages(short, tmp_path / "assets", **asked)[1] > 1, "the next one works"
    typesetter.close()
    assert capfd.readouterr().err == ""


def test_the_message_of_typst_is_told():
    with pytest.raises(typst.TypstError) as caught:
        typst.compile(b"#foo.bar()")
    assert report_process._told(caught.value)["error"] == (
        "The pages could not be set: unknown variable: foo. This is a fault of the program; nothing was issued."
    )


def test_a_process_that_ends_by_itself_is_not_said_to_lack_memory(monkeypatch):
    monkeypatch.setattr(report_process, "serve", _gone)
    typesetter = Typesetter()
    with pytest.raises(CoreError, match=r"the process for it ended with 7\. This is a fault of the program"):
        typesetter.pdf(b"[]", Path(), (), Progress())
    typesetter.close()


def _gone(_connection):
    os._exit(7)


def test_a_report_with_annotations_is_issued_whole(workspace):
    words = "ear #1 $x$ " + " ".join(HOSTILE.values())[:1900]
    for number in ids(workspace)[:2]:
        workspace.annotations.add(number, AnnotationKind.RECTANGLE, ((0.1, 0.1), (0.5, 0.5)), words)
        workspace.annotations.add(number, AnnotationKind.ARROW, ((0.1, 0.1), (0.5, 0.5)), "")
        workspace.annotations.add(number, AnnotationKind.TEXT, ((0.5, 0.5),), "hand")
    report = workspace.reports.issue(draft(workspace, formats=FORMATS)).value
    assert len(report.files) == len(FORMATS)
    assert len(record_of(report).exhibits[0].annotations) == 3


def test_numbers_are_counted_up_and_never_taken_twice():
    assert report_issue.first_free("2026/17", {}) == "2026/17-1"
    assert report_issue.first_free("", {"a": 1}) == "Report-2"
    assert report_issue.first_free("x", {"x-2": 1}) == "x-3"
