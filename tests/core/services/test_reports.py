"""Reports of a case: what is asked for, what is printed, and that a report is there whole or not at all."""

import hashlib
import json
import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PIL import Image

from core import installation
from core.custody import ClaimState, CustodyKind
from core.domain import DetectorReference, ExhibitFilter, Table, Verdict
from core.errors import AnswerHidden, BadInput, Cancelled, CoreError, DiskFull, NotFound, ReadOnlyCase
from core.examine import AnnotationKind
from core.progress import Progress
from core.report import as_json
from core.reporting import FORMATS, SECTIONS, Outcome, ReportForm, Role
from core.services import report_issue, report_record
from core.services.report_process import Typesetter
from core.services.workspace import Workspace
from core.store import audit, findings, report_folders
from tests.conftest import picture
from tests.core.report.records import HOSTILE, preview_record
from tests.core.services.reported_case import complete, finding, make, plant


@pytest.fixture(scope="module")
def made_case(tmp_path_factory, tiny_detector):
    """Three exhibits, taken in once for all tests."""
    folder = tmp_path_factory.mktemp("cases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DNADET_HOME", str(folder / "home"))
        return make(folder / "one", None)


@pytest.fixture
def workspace(made_case, tmp_path, installed):
    """A copy of it, open, with planted findings."""
    case = tmp_path / "one.dnacase"
    shutil.copytree(made_case, case)
    with Workspace() as opened:
        opened.settings.set("examiner", "A. Moreau")
        opened.cases.open(case)
        plant(opened, installed)
        yield opened


def draft(workspace, **changes):
    return complete(workspace.reports.draft(), **{"formats": ("json",), **changes})


def ids(workspace):
    return workspace.exhibits.ids(ExhibitFilter())


def record_of(report):
    path = next(report.folder / file.name for file in report.files if file.name.endswith(".json"))
    return as_json.read(path.read_bytes())


def blocking(workspace, wanted, **options):
    return {item.key: item.sentence for item in workspace.reports.checklist(wanted, **options) if item.blocks}


def reports_in(workspace):
    place = workspace.cases.database.folder / "reports"
    return sorted(path.name for path in place.iterdir()) if place.is_dir() else []


def test_the_first_draft_knows_what_case_and_settings_know(workspace):
    workspace.settings.set("laboratory.address", "1 Example Road")
    found = workspace.reports.draft()
    assert found.author == found.authoriser == "A. Moreau"
    assert found.laboratory.name == "Laboratory of Digital Images"
    assert found.laboratory.address == "1 Example Road"
    assert found.title == "Examination of images"
    workspace.settings.set("laboratory.language", "de")
    assert workspace.reports.draft().title == "Untersuchung von Bildern"
    assert workspace.reports.in_language(found, "de").title == "Untersuchung von Bildern"
    assert workspace.reports.in_language(replace(found, title="Own"), "de").title == "Own"
    written = workspace.reports.save_draft(replace(found, customer="Court"))
    assert written.touched == {Table.REPORTS}
    assert workspace.reports.draft() == replace(found, customer="Court")


def test_every_missing_field_blocks_and_none_is_an_answer(workspace):
    empty = replace(workspace.reports.draft(), title=" ", author="", authoriser="")
    empty = replace(empty, laboratory=replace(empty.laboratory, name=""))
    assert set(blocking(workspace, empty)) == {
        "title", "authoriser", "customer", "place", "condition", "sampling", "deviations", "external_results",
        "laboratory.name", "laboratory.address", "laboratory.method",
    }  # fmt: skip
    whole = draft(workspace)
    assert blocking(workspace, whole) == {}
    for name in ("customer", "place", "condition", "sampling", "deviations", "external_results", "authoriser", "title"):
        assert set(blocking(workspace, replace(whole, **{name: ""}))) == {name}
    with pytest.raises(BadInput, match="Sampling is not stated"):
        workspace.reports.issue(replace(whole, sampling=""))
    assert reports_in(workspace) == []
    assert not [entry for entry in workspace.cases.log() if entry.action == audit.Act.RECHECK]


def test_dates_come_from_custody_and_findings_and_must_be_in_order(workspace):
    record = record_of(workspace.reports.issue(draft(workspace)).value)
    today = datetime.now(UTC).astimezone().date().isoformat()
    assert record.front.received_on == "2026-11-03"
    assert (record.front.worked_from, record.front.worked_to) == (today, today)
    stated = draft(workspace, received_on=date(2026, 11, 9), worked_from=date(2026, 11, 5))
    assert "2026-11-05 comes before 2026-11-09" in blocking(workspace, stated)["worked_from"]


def test_without_custody_and_findings_the_dates_are_asked_for(tmp_path, installed, made_case):
    case = tmp_path / "one.dnacase"
    shutil.copytree(made_case, case)
    with Workspace() as workspace:
        workspace.cases.open(case)
        exhibit = ids(workspace)[0]
        whole = draft(workspace, exhibit_ids=(exhibit,))
        assert set(blocking(workspace, whole)) == {"worked_from"}
        sentences = [item.sentence for item in workspace.reports.checklist(whole) if not item.blocks]
        assert any("it is not analysed" in sentence for sentence in sentences)
        event = workspace.custody.all()[0]
        moved = replace(event.form, kind=CustodyKind.REMARK)
        workspace.custody.add(moved, corrects=event.id)
        assert set(blocking(workspace, whole)) == {"worked_from", "received_on"}


def test_everything_that_the_case_holds_is_in_the_record(workspace, installed):
    first, second, _ = ids(workspace)
    workspace.conclusions.propose(first, "the image was produced by Nearest", "by another process", "p", "b", "nearest")
    workspace.conclusions.conclude(first, Outcome.INCONCLUSIVE, "At first nothing.", "x")
    workspace.conclusions.conclude(first, Outcome.SUPPORTS_FIRST, "More to be expected under the first.", "x")
    workspace.settings.set("examiner", "B. Okafor")
    workspace.conclusions.conclude(first, Outcome.INCONCLUSIVE, "Too little.", role=Role.SECOND, agrees=False)
    workspace.settings.set("examiner", "A. Moreau")
    workspace.views.write(first, "generated", "The ears differ.")
    workspace.annotations.add(first, AnnotationKind.RECTANGLE, ((0.1, 0.1), (0.5, 0.5)), "ear")
    workspace.annotations.add(first, AnnotationKind.TEXT, ((0.1, 0.1),), "not this", in_report=False)
    workspace.exhibits.note(first, "Compare with the second.")
    with workspace.cases.database.writing() as transaction:
        sha256 = workspace.exhibits.get(second).sha256
        old = DetectorReference("older", "0.9", "e" * 64)
        findings.add_all(transaction, [finding(sha256, old, Verdict.INCONCLUSIVE)])
        findings.add_all(transaction, [finding(sha256, installed, Verdict.ATTRIBUTED)])
    report = workspace.reports.issue(draft(workspace)).value
    record = record_of(report)
    one, two, three = record.exhibits
    assert [exhibit.label for exhibit in record.exhibits] == ["E-001", "E-002", "E-003"]
    assert one.finding.verdict == "attributed"
    assert one.finding.architecture_title == "Nearest"
    assert one.finding.ratio.value == 66.0
    assert one.finding.ratio.phrase == "moderate support"
    assert "the image was produced by Nearest" in one.finding.ratio.sentence
    assert two.finding.ratio is None
    assert "No propositions" in two.finding.why_no_ratio
    assert one.finding.heat_map.target_title == "Nearest"
    assert one.finding.grid.agreeing == 12
    assert three.finding.verdict == "unknown architecture"
    assert three.finding.heat_map is None
    assert (one.item, one.custody[0].seal, one.custody[0].at) == ("2026/17-A3", "4711", "2026-11-03T09:15:00+00:00")
    assert [(each.author, each.outcome) for each in one.conclusions] == [
        ("A. Moreau", "supports the first proposition"),
        ("B. Okafor", "inconclusive"),
    ]
    assert one.conclusions[1].agrees is False
    assert any("A. Moreau came to another conclusion before" in note for note in record.notes)
    assert one.views[0].text == "The ears differ."
    assert [line.text for line in one.annotations] == ["ear"]
    assert one.annotated is not None
    assert one.note == "Compare with the second."
    assert [line.name for line in one.similar[:2]] in (["E-002", "E-003"], ["E-003", "E-002"])
    assert one.credentials == "none present"
    assert {line.group for line in one.metadata} >= {"JPEG"}
    assert two.finding.verdict == "attributed"
    assert [line.text.split(";")[0] for line in two.earlier] == ["inconclusive", "inconclusive"]
    assert [detector.digest for detector in record.detectors] == [installed.reference.digest]
    assert record.totals == {"attributed": 2, "unknown architecture": 1}
    assert record.recheck.intact == record.recheck.exhibits == 3
    assert record.log.digest == report.head_digest
    assert record.weaknesses
    assert record.sections == SECTIONS


def test_what_is_left_out_is_nowhere_in_the_record(workspace):
    first = ids(workspace)[0]
    workspace.exhibits.note(first, "A private note.")
    workspace.annotations.add(first, AnnotationKind.TEXT, ((0.1, 0.1),), "private words")
    report = workspace.reports.issue(draft(workspace, left_out=SECTIONS)).value
    record = record_of(report)
    one = record.exhibits[0]
    assert (one.note, one.annotations, one.metadata, one.similar) == ("", (), (), ())
    assert one.finding.grid is one.finding.heat_map is one.robustness is one.annotated is None
    assert (record.weaknesses, record.log.excerpt, record.sections) == ((), (), ())
    assert record.log.digest == report.head_digest
    assert b"private" not in (report.folder / report.files[0].name).read_bytes()


def test_a_report_about_some_exhibits_tells_nothing_of_the_others(workspace):
    first, second, third = ids(workspace)
    other = workspace.exhibits.get(third)
    workspace.exhibits.tag([second, third], 1, True)
    workspace.exhibits.note(third, "secret of the third")
    report = workspace.reports.issue(draft(workspace, exhibit_ids=(second, first))).value
    data = (report.folder / report.files[0].name).read_bytes().decode()
    record = record_of(report)
    assert [exhibit.id for exhibit in record.exhibits] == [second, first]
    assert [exhibit.label for exhibit in record.exhibits] == ["E-001", "E-002"]
    assert other.sha256 not in data
    assert other.name not in data
    assert "secret" not in data
    acts = {row[3]: row[4] for row in record.log.excerpt}
    assert json.loads(acts["tag"])["exhibits"] == [second]
    assert "other exhibits are left out" in acts["tag"]
    assert "other exhibits are left out" in acts["finding.add"]
    assert len(record.log.excerpt) < len(workspace.cases.log(limit=500))
    assert any("an exhibit outside this report" in line.name for line in record.exhibits[0].similar)


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


def test_lost_evidence_is_told_and_changed_evidence_blocks_unless_left_out(workspace):
    first, second, third = ids(workspace)
    lost = workspace.exhibits.evidence(workspace.exhibits.get(first).sha256)
    lost.chmod(0o644)
    lost.unlink()
    record = record_of(workspace.reports.issue(draft(workspace)).value)
    assert "was not in the case" in record.exhibits[0].problem
    assert record.exhibits[0].thumbnail is None
    assert record.exhibits[1].thumbnail is not None
    assert (record.recheck.exhibits, record.recheck.intact) == (3, 2)
    assert record.recheck.problems[0].startswith("E-001: ")
    assert str(workspace.cases.current.path) not in as_json.write(record).decode()
    assert any("is lost or cannot be read" in item.sentence for item in workspace.reports.checklist(draft(workspace)))
    changed = workspace.exhibits.evidence(workspace.exhibits.get(second).sha256)
    changed.chmod(0o644)
    changed.write_bytes(changed.read_bytes() + b"\x00")
    with pytest.raises(BadInput, match="not what was taken in"):
        workspace.reports.issue(draft(workspace))
    assert len(reports_in(workspace)) == 1
    items = [item for item in workspace.reports.checklist(draft(workspace)) if item.blocks]
    assert [(item.key, item.exhibit_id) for item in items] == [("evidence", second)]
    assert workspace.reports.issue(draft(workspace, exhibit_ids=(third,))).value.exhibits == 1


def test_in_a_blind_case_views_and_propositions_come_first(tmp_path, installed, made_case):
    case = tmp_path / "one.dnacase"
    shutil.copytree(made_case, case)
    with Workspace() as workspace:
        workspace.settings.set("examiner", "A. Moreau")
        workspace.cases.open(case)
        workspace.cases.update(replace(workspace.cases.current.details, blind=True))
        first, _, _ = plant(workspace, installed)
        wanted = draft(workspace, exhibit_ids=(first,))
        assert set(blocking(workspace, wanted)) == {"views", "propositions"}
        with pytest.raises(AnswerHidden):
            workspace.reports.preview(wanted)
        workspace.conclusions.propose(first, "it was generated", "it is a photograph")
        workspace.views.write(first, "generated", "So it seems.")
        record = record_of(workspace.reports.issue(wanted).value)
        assert record.exhibits[0].propositions.before_answer
        assert record.exhibits[0].views[0].blind


def test_several_detectors_and_unmeasured_ones_are_told(workspace, installed):
    sha256 = workspace.exhibits.get(ids(workspace)[0]).sha256
    gone = DetectorReference("gone", "2", "f" * 64)
    with workspace.cases.database.writing() as transaction:
        findings.add_all(transaction, [finding(sha256, gone, Verdict.ATTRIBUTED)])
    told = " ".join(item.sentence for item in workspace.reports.checklist(draft(workspace)) if item.key == "detectors")
    assert "2 detectors (gone 2, tiny 1)" in told
    assert "gone 2 is not on this computer" in told
    assert "tiny 1 was never measured" in told
    record = record_of(workspace.reports.issue(draft(workspace)).value)
    assert [detector.name for detector in record.detectors] == ["gone", "tiny"]
    assert any("gone 2 (SHA-256 ffffffffffff …) is not on this computer" in note for note in record.notes)
    assert any(note.startswith("E-001: the heat map could not be made") for note in record.notes)


def test_words_that_say_too_much_are_remarks_that_do_not_block(workspace):
    first = ids(workspace)[0]
    workspace.conclusions.propose(first, "it was generated", "it is a photograph")
    workspace.conclusions.conclude(first, Outcome.INCONCLUSIVE, "This proves that the image is fake.")
    items = workspace.reports.checklist(draft(workspace, summary="It is certain that they match."))
    remarks = [item for item in items if item.key in ("summary", "conclusions") and "“" in item.sentence]
    assert {item.key for item in remarks} == {"summary", "conclusions"}
    assert not any(item.blocks for item in remarks)
    assert {item.exhibit_id for item in remarks if item.key == "conclusions" and "opinion" in item.sentence} == {first}


def test_a_logo_is_printed_and_one_that_is_no_picture_blocks(workspace, tmp_path):
    good, bad = tmp_path / "logo.png", tmp_path / "bad.png"
    Image.fromarray(picture(1)).save(good)
    bad.write_bytes(b"<svg onload=alert(1)>")
    base = draft(workspace)
    for path, said in ((bad, "no PNG or JPEG picture"), (tmp_path / "none.png", "cannot be found")):
        wanted = replace(base, laboratory=replace(base.laboratory, logo=str(path)))
        assert said in blocking(workspace, wanted)["laboratory.logo"]
        with pytest.raises(BadInput, match=said):
            workspace.reports.issue(wanted)
    wanted = replace(base, laboratory=replace(base.laboratory, logo=str(good)))
    assert record_of(workspace.reports.issue(wanted).value).laboratory.logo.name == "logo.png"


def test_what_was_chosen_and_is_gone_or_unknown_is_said(workspace):
    assert "not in the case" in blocking(workspace, draft(workspace, exhibit_ids=(1, 99)))["exhibit_ids"]
    with pytest.raises(NotFound, match="verbal scale"):
        workspace.reports.issue(draft(workspace, scale="none-such"))
    assert reports_in(workspace) == []


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
    with pytest.raises(CoreError, match="ended unexpectedly"):
        typesetter.pdf(b"[]", Path(), (), Progress())
    with pytest.raises(BadInput):
        typesetter.pdf(b"[]", Path(), (), Progress())
    typesetter.close()


def test_numbers_are_counted_up_and_never_taken_twice():
    assert report_issue.first_free("2026/17", {}) == "2026/17-1"
    assert report_issue.first_free("", {"a": 1}) == "Report-2"
    assert report_issue.first_free("x", {"x-2": 1}) == "x-3"
