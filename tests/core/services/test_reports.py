"""Reports of a case: what is asked for before issue, and what is printed."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from PIL import Image

from core.custody import CustodyKind
from core.domain import DetectorReference, Table, Verdict
from core.errors import AnswerHidden, BadInput, NotFound
from core.examine import AnnotationKind
from core.report import as_json
from core.reporting import SECTIONS, Outcome, Role
from core.services.workspace import Workspace
from core.store import audit, findings
from tests.conftest import picture
from tests.core.services.reported_case import (
    blocking,
    draft,
    finding,
    ids,
    plant,
    record_of,
    reports_in,
)


def test_the_first_draft_knows_what_case_and_settings_know(workspace):
    workspace.settings.set("laboratory.address", "1 Example Road")
    found = workspace.reports.draft()
    assert (found.author, found.authoriser) == ("A. Moreau", ""), "nobody authorises unless it is stated"
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
    empty = replace(workspace.reports.draft(), title=" ", author="")
    empty = replace(empty, laboratory=replace(empty.laboratory, name=""))
    assert set(blocking(workspace, empty)) == {
        "title", "authoriser", "customer", "place", "condition", "sampling", "deviations", "external_results",
        "laboratory.name", "laboratory.address", "laboratory.method",
    }  # fmt: skip
    whole = draft(workspace)
    assert blocking(workspace, whole) == {}
    for name in ("customer", "place", "condition", "sampling", "deviations", "external_results", "authoriser", "title"):
        assert set(blocking(workspace, replace(whole, **{name: ""}))) == {name}
    assert set(blocking(workspace, replace(whole, formats=()))) == {"formats"}
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
