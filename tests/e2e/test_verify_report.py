"""Stories of a report that somebody holds in hand: is it what was issued? And of a time stamp that is fetched."""

import json
import shutil

import pikepdf
import pytest

from app import cli
from core.services.workspace import Workspace
from tests.core.report.time_stamp_authority import Authority
from tests.core.services.issuable import issue, make_case, pdf_of, ready_draft
from tests.e2e.verbs import run_json as run_apart


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A case that issued a report, and the user folder of who issued it; made once."""
    folder = tmp_path_factory.mktemp("original")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DNADET_HOME", str(folder / "home"))
        with Workspace() as workspace:
            case = make_case(workspace, folder / "Portraits.dnacase")
            made, pdf = issue(workspace)
            shutil.copy(pdf, folder / "given.pdf")
    return folder, case.name, made


@pytest.fixture
def issued(original, tmp_path, monkeypatch):
    """A case, and the report that a court was given as a file."""
    folder, case, made = original
    shutil.copytree(folder, tmp_path / "work")
    monkeypatch.setenv("DNADET_HOME", str(tmp_path / "work" / "home"))
    return tmp_path / "work" / case, tmp_path / "work" / "given.pdf", made


@pytest.fixture
def run(capsys):
    """Runs a verb in this process; answers its (standard output, standard error)."""

    def here(*arguments, expect=0):
        capsys.readouterr()
        status = cli.run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert status == expect, f"{arguments}\n{printed.out}\n{printed.err}"
        assert "Traceback" not in printed.err
        return printed

    return here


@pytest.fixture
def run_json(run):
    """The same, reading the answer."""
    return lambda *arguments, expect=0: json.loads(run(*arguments, "--json", "-", expect=expect)[0])


def names(answer, state):
    return {claim["name"] for claim in answer["claims"] if claim["state"] == state}


def test_a_court_verifies_a_report_with_the_case_and_without(issued, run, tmp_path, monkeypatch):
    case, given, made = issued
    answer = run_apart("verify", given, case)
    assert answer["passed"]
    assert names(answer, "pass") == {claim["name"] for claim in answer["claims"]}
    assert made.uid in answer["claims"][0]["sentence"]
    monkeypatch.setenv("DNADET_HOME", str(tmp_path / "another computer"))
    alone = json.loads(run("verify", given, "--json", "-")[0])
    assert alone["passed"]
    holds = {"file is a report", "attachments as printed", "record and pages agree", "pages as set anew"}
    assert names(alone, "pass") == holds
    assert "report seal" in names(alone, "not checked")
    text, _ = run("verify", given)
    assert text.rstrip().endswith("Nothing here vouches for who made this report.")


def test_a_report_that_was_touched_is_found_and_says_where(issued, run, run_json):
    case, given, _ = issued
    data = bytearray(given.read_bytes())
    data[data.index(b"/Creator")] ^= 1
    (case.parent / "touched.pdf").write_bytes(data)
    answer = run_json("verify", case.parent / "touched.pdf", case, expect=1)
    assert not answer["passed"]
    assert {"report seal", "issued by this case"} <= names(answer, "fail")
    with pikepdf.open(given) as pdf:
        pdf.save(case.parent / "saved.pdf")
    text, _ = run("verify", case.parent / "saved.pdf", expect=1)
    assert "FAIL" in text
    assert "report seal" in text.splitlines()[-1]


def test_an_amended_report_leads_to_the_one_that_counts(issued, run_json):
    case, given, first = issued
    with Workspace() as workspace:
        workspace.cases.open(case)
        second = workspace.reports.amend(first.uid, ready_draft(workspace, summary="Again."), "A name was wrong.").value
        newer = pdf_of(second)
    old = run_json("verify", given, case, expect=1)
    assert names(old, "fail") == {"report not superseded"}
    assert second.uid in str(old["claims"])
    assert run_json("verify", newer, case)["passed"]


def test_wrong_use_and_files_that_are_not_there(issued, run, run_json, tmp_path):
    case, _given, _ = issued
    _, said = run("verify", tmp_path / "nothing.pdf", expect=3)
    assert "does not exist" in said
    _, said = run("verify", case, case, expect=3)
    assert "is a case" in said
    run("verify", expect=2)
    text, _ = run("verify", case)
    assert "reports intact" in text


def test_a_time_stamp_is_asked_for_brought_back_and_verified(issued, run, run_json, tmp_path):
    case, _, _ = issued
    asked, answer = tmp_path / "log.tsq", tmp_path / "log.tsr"
    assert run_json("timestamp", case, "--request", asked)["stamped_at"] is None
    answer.write_bytes(Authority().answer(asked.read_bytes()))
    text, _ = run("timestamp", case, "--reply", answer)
    assert "The authority was not checked against trusted roots." in text
    assert "Test Time Authority" in run("timestamp", case)[0]
    verified = run_json("verify", case)
    assert "time stamps" in names(verified, "pass")
    _, said = run("timestamp", case, "--reply", asked, expect=3)
    assert "It is no reply" in said
    run("timestamp", case, "--reply", answer, "--request", asked, expect=2)
    run("timestamp", case, "--roots", answer, expect=2)
