"""What the checklist of a report says of files that were refused, of custody and of examiners who disagree."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.custody import CustodyForm, CustodyKind
from core.reporting import Outcome, Role
from core.services import report_not_taken
from core.services.workspace import Workspace
from tests.conftest import save_pictures
from tests.core.services.reported_case import draft, ids, plant, record_of


@pytest.fixture
def mixed(tmp_path):
    """A folder with files that cannot be taken in."""
    folder = save_pictures(tmp_path / "mixed", 1)
    (folder / "empty.png").touch()
    (folder / "letter.txt").write_text("Dear examiner")
    whole = next(folder.glob("*.jpg")).read_bytes()
    (folder / "half.jpg").write_bytes(whole[: len(whole) // 2])
    return folder


def told(workspace, wanted, key):
    return [item.sentence for item in workspace.reports.checklist(wanted) if item.key == key and not item.blocks]


def test_files_that_were_not_taken_in_are_in_the_record_with_their_reasons(workspace, installed, mixed, monkeypatch):
    assert record_of(workspace.reports.issue(draft(workspace)).value).not_taken == ()
    assert told(workspace, draft(workspace), "exhibit_ids") == []
    workspace.intake.take([mixed])
    wanted = draft(workspace)
    (said,) = told(workspace, wanted, "exhibit_ids")
    assert said.startswith("3 files")
    assert "lists them" in said
    lines = record_of(workspace.reports.issue(wanted).value).not_taken
    assert {(line.name.rpartition("/")[2], line.group) for line in lines} == {
        ("empty.png", "zero bytes"),
        ("letter.txt", "not an image"),
        ("half.jpg", "truncated"),
    }
    assert all(line.text for line in lines)
    monkeypatch.setattr(report_not_taken, "MOST", 2)
    record = record_of(workspace.reports.issue(wanted).value)
    assert len(record.not_taken) == 2
    assert "3 files were not taken in; the first 2 are listed." in record.notes


def test_a_file_that_was_taken_in_later_is_no_longer_told(workspace, mixed):
    workspace.intake.take([mixed])
    other = save_pictures(mixed.with_name("other"), 7)
    (mixed / "empty.png").write_bytes((other / "picture-0006.jpg").read_bytes())
    workspace.intake.take([mixed / "empty.png"])
    lines = record_of(workspace.reports.issue(draft(workspace)).value).not_taken
    assert {line.name.rpartition("/")[2] for line in lines} == {"letter.txt", "half.jpg"}


def test_a_report_about_some_exhibits_names_no_other_file(workspace, mixed):
    workspace.intake.take([mixed])
    wanted = draft(workspace, exhibit_ids=(ids(workspace)[0],))
    assert "does not list them" in told(workspace, wanted, "exhibit_ids")[0]
    report = workspace.reports.issue(wanted).value
    assert record_of(report).not_taken == ()
    assert b"letter.txt" not in (report.folder / report.files[0].name).read_bytes()


def test_the_second_examiner_who_disagrees_is_no_reviewer_without_a_word(workspace):
    first, second, _ = ids(workspace)
    for number in (first, second):
        workspace.conclusions.propose(number, "it was generated", "it is a photograph")
        workspace.conclusions.conclude(number, Outcome.SUPPORTS_FIRST, "More to be expected under the first.")
    workspace.settings.set("examiner", "B. Okafor")
    workspace.conclusions.conclude(first, Outcome.INCONCLUSIVE, "Too little.", role=Role.SECOND, agrees=False)
    workspace.conclusions.conclude(second, Outcome.SUPPORTS_FIRST, "So it is.", role=Role.SECOND, agrees=True)
    workspace.settings.set("examiner", "A. Moreau")
    assert told(workspace, draft(workspace, reviewer="C. Haddad"), "reviewer") == []
    (said,) = told(workspace, draft(workspace, reviewer=" b.  okafor"), "reviewer")
    assert "disagrees with the first examiner about E-001." in said
    disputed = [one for one in told(workspace, draft(workspace), "conclusions") if "examiners disagree" in one]
    assert disputed == ["E-001: the examiners disagree; both conclusions are printed."]


def test_in_a_blind_case_nothing_is_told_of_hidden_conclusions(tmp_path, installed, made_case):
    case = tmp_path / "one.dnacase"
    shutil.copytree(made_case, case)
    with Workspace() as workspace:
        workspace.settings.set("examiner", "A. Moreau")
        workspace.cases.open(case)
        workspace.cases.update(replace(workspace.cases.current.details, blind=True))
        first = plant(workspace, installed)[0]
        workspace.conclusions.propose(first, "it was generated", "it is a photograph")
        workspace.views.write(first, "generated", "So it seems.")
        workspace.conclusions.conclude(first, Outcome.SUPPORTS_FIRST, "This proves that it is fake.")
        said = " ".join(item.sentence for item in workspace.reports.checklist(draft(workspace)))
        assert "“proves”" in said
        workspace.cases.close()
        workspace.settings.set("examiner", "B. Okafor")
        workspace.cases.open(case)
        said = " ".join(item.sentence for item in workspace.reports.checklist(draft(workspace)))
        assert "proves" not in said


def test_custody_that_names_nobody_who_took_is_told(workspace):
    assert told(workspace, draft(workspace), "custody") == []
    at = datetime(2026, 11, 4, 9, 15, tzinfo=UTC)
    made = workspace.custody.add(CustodyForm(CustodyKind.RECEIVED, at, "Police", " ")).value
    (said,) = told(workspace, draft(workspace), "custody")
    assert said.startswith(f"Custody event {made.id} (received 2026-11-04 09:15 UTC) does not say who took the items.")
    workspace.custody.add(CustodyForm(CustodyKind.RECEIVED, at, "Police", "Laboratory"), corrects=made.id)
    assert told(workspace, draft(workspace), "custody") == []
