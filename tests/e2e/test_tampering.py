"""Story: a case is worked on, somebody tampers with it in many ways, and `verify` says what, where and since when.

The verb runs in this process; the case is made once, through the services, and copied for each way.
"""

import hashlib
import json
import shutil

import pytest

from app import cli, verify_verb
from core.domain import CaseDetails
from core.progress import Progress
from core.services.workspace import Workspace
from tests.conftest import save_pictures
from tests.core.services.tampering import another_computer, behind_its_back, rewritten, user_folder
from tests.core.store.bundles import ask_sql, fingerprint

NOTE = "The hands are odd."


@pytest.fixture(scope="module")
def story(tmp_path_factory, tiny_detector):
    """A case with three exhibits, findings, a note and a check of the evidence; and how it was a day before."""
    place = tmp_path_factory.mktemp("story")
    with user_folder(place / "user"), Workspace() as workspace:
        workspace.settings.set("examiner", "A. Moreau")
        workspace.detectors.choose(workspace.detectors.install(tiny_detector).value.reference.digest)
        case = workspace.cases.create(place / "heiress.dnacase", CaseDetails("Missing heiress")).value.path
        workspace.intake.take([save_pictures(place / "pictures", 3)])
        workspace.analysis.attribute(device="cpu")
        workspace.exhibits.note(1, NOTE)
        workspace.integrity.recheck()
        workspace.cases.close()
        shutil.copytree(case, place / "earlier.dnacase")
        workspace.cases.open(case)
        workspace.exhibits.note(2, "This one is real.")
    return place


@pytest.fixture
def case(story, tmp_path, own_user_folder):
    """A copy of the case, on the computer where it was worked on."""
    shutil.copytree(story / "user", own_user_folder, dirs_exist_ok=True)
    return shutil.copytree(story / "heiress.dnacase", tmp_path / "heiress.dnacase")


def _quiet(*, quiet):
    assert quiet in (True, False)
    return Progress()


@pytest.fixture
def verify(capsys, monkeypatch):
    """Runs the verb; answers its exit and what it said."""
    monkeypatch.setattr(verify_verb, "console_progress", _quiet)  # leaves pytest's signals alone

    def run(*arguments):
        status = cli.run(["verify", *map(str, arguments)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return status, said.out

    return run


def test_an_untouched_case_passes_and_stays_as_it_is(case, verify):
    before = fingerprint(case)
    status, said = verify(case)
    assert status == 0
    assert "FAIL" not in said
    for claim in (
        "case readable",
        "log unbroken",
        "log signed",
        "log anchored",
        "records as logged",
        "evidence intact",
    ):
        assert f"pass         {claim}: " in said
    assert fingerprint(case) == before


def test_the_answer_as_json_has_every_claim(case, verify):
    status, said = verify(case, "--json", "-")
    made = json.loads(said)
    assert status == 0
    assert made["passed"] is True
    assert made["subject"] == str(case)
    assert {claim["state"] for claim in made["claims"]} == {"pass", "not checked"}
    assert "file as closed" in {claim["name"] for claim in made["claims"]}


def test_an_edited_finding(case, verify):
    behind_its_back(case, "UPDATE finding SET architecture = 'real' WHERE exhibit_id = 2")
    status, said = verify(case)
    entry = ask_sql(case, "SELECT sequence FROM audit WHERE action = 'finding.add'")[0][0]
    assert status == 1
    assert "FAIL         records as logged: 1 of " in said
    assert "of exhibit " in said
    assert "“picture-0001.jpg” was edited." in said
    assert f"It is not what entry {entry} (finding.add by A. Moreau, 2026-" in said


def test_a_swapped_exhibit(case, verify):
    one, two = (
        case / "evidence" / sha256[:2] / sha256 for (sha256,) in ask_sql(case, "SELECT sha256 FROM exhibit LIMIT 2")
    )
    contents = one.read_bytes(), two.read_bytes()
    for path, content in zip((two, one), contents, strict=True):
        path.chmod(0o644)
        path.write_bytes(content)
    status, said = verify(case)
    assert status == 1
    assert "FAIL         evidence intact: 2 of 3 exhibits are not what was taken in." in said
    assert f"its SHA-256 is {hashlib.sha256(contents[1]).hexdigest()} now" in said
    checked = ask_sql(case, "SELECT at FROM recheck")[0][0]
    assert f"It was last found intact on {checked[:10]} {checked[11:19]} UTC." in said


def test_a_deleted_entry_and_an_edited_one(case, verify):
    note = ask_sql(case, "SELECT min(sequence) FROM audit WHERE action = 'note'")[0][0]
    behind_its_back(
        case,
        f"UPDATE audit SET actor = 'Nobody' WHERE sequence = {note}",
        f"DELETE FROM chain WHERE sequence = {note - 2}",
        f"DELETE FROM audit WHERE sequence = {note - 2}",
    )
    status, said = verify(case)
    assert status == 1
    assert f"Entry {note - 2} is gone from the log" in said
    assert f"The entry {note} (note by Nobody, " in said
    assert f"Up to entry {note - 3} (" in said


def test_a_tail_that_was_cut_off(case, story, verify):
    shutil.copyfile(story / "earlier.dnacase" / "case.sqlite", case / "case.sqlite")
    status, said = verify(case)
    assert status == 1
    assert "FAIL         log anchored: " in said
    assert "What came after was cut off, or this is an older copy of the case." in said
    assert "pass         log unbroken" in said  # the file alone tells nothing


def test_a_log_written_anew(case, tmp_path, verify):
    rewritten(case, tmp_path / "Mallory's user folder", "UPDATE note SET text = 'The hands are fine.'")
    status, said = verify(case)
    assert status == 1
    assert "pass         log unbroken" in said
    assert "FAIL         log anchored: The log is not the one that was noted here." in said
    assert "never seen by this user" in said


def test_on_another_computer_the_words_say_what_is_needed(case, tmp_path, verify, monkeypatch):
    another_computer(tmp_path, monkeypatch)
    status, said = verify(case)
    assert status == 0
    assert "not checked  log anchored: Nothing was noted of this case here" in said
    assert "Compare its end with the one printed in a report" in said


def test_a_planted_file_and_a_removed_database(case, verify):
    (case / "evidence" / "planted.jpg").write_bytes(b"planted")
    assert "planted.jpg belongs to no exhibit of the case" in verify(case)[1]
    (case / "case.sqlite").unlink()
    status, said = verify(case)
    assert status == 1
    assert "FAIL         case readable" in said


def test_what_was_undone_is_no_tampering(case, verify):
    with Workspace() as workspace:
        workspace.cases.open(case)
        before = workspace.exhibits.note(1, "Something else.").value
        workspace.exhibits.note(1, before)
        workspace.exhibits.tag([1, 2], 4, True)
        workspace.exhibits.tag([1, 2], 4, False)
    status, said = verify(case)
    assert (status, ask_sql(case, "SELECT text FROM note WHERE exhibit_id = 1")) == (0, [(NOTE,)])
    assert "FAIL" not in said
