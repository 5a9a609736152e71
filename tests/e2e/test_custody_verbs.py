"""Stories on the command line: items are received, corrected and returned; findings are repeated."""

import json
from dataclasses import replace

import pytest

from app import cli
from core.dna.detector import rewrite_card
from core.domain import CaseDetails
from core.services import engine
from core.services.workspace import Workspace
from core.store import blobs, findings
from tests.conftest import save_pictures
from tests.e2e.verbs import run, run_json


@pytest.fixture
def case(tmp_path, installed):
    path = tmp_path / "one.dnacase"
    with Workspace() as workspace:
        workspace.settings.set("examiner", "A. Moreau")
        workspace.cases.create(path, CaseDetails("One"))
        workspace.intake.take([save_pictures(tmp_path / "in", 2)])
    return path


@pytest.fixture
def say(capsys):
    """Runs a verb in this process; answers its exit and what it printed."""

    def run_here(*arguments):
        capsys.readouterr()
        status = cli.run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return status, printed.out, printed.err

    return run_here


def test_items_are_received_corrected_and_returned(case, say):
    text, _ = run("custody", case)
    assert "No custody event" in text
    stated = ("--add", "received", "--at", "2026-03-02T09:30+01:00", "--from", "Insp. Brandt", "--to", "A. Moreau")
    answer = run_json("custody", case, *stated, "--item", "2026/17-A3", "--seal", "B 4471")
    assert answer["added"]["form"]["at"] == "2026-03-02T09:30:00+01:00"
    assert answer["added"]["exhibit_ids"] == [1, 2]
    number = answer["added"]["id"]
    with Workspace() as workspace:
        workspace.cases.open(case, read_only=True)
        sha256 = workspace.exhibits.get(2).sha256
    again = (*stated, "--seal", "B 4472", "--corrects", number, "--exhibit", sha256[:10])
    status, out, _ = say("custody", case, *again)
    assert status == 0
    assert f"corrects no. {number}" in out
    assert "corrected by no. 2" in out
    assert "2026-03-02 09:30 UTC+01:00" in out
    status, out, _ = say("custody", case, "--json", "-")
    events = json.loads(out)["events"]
    assert [(event["form"]["seal"], event["corrects"], event["exhibit_ids"]) for event in events] == [
        ("B 4471", None, [1, 2]),
        ("B 4472", number, [2]),
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("--add", "received"), 3, "The form is blank"),
        (("--add", "stolen", "--remarks", "x"), 2, "stolen"),
        (("--from", "Insp. Brandt"), 2, "say what happened"),
        (("--add", "received", "--from", "Insp. Brandt"), 2, "it is not said who took them"),
        (("--add", "remark", "--remarks", "x", "--at", "yesterday"), 2, "is no time"),
        (("--add", "remark", "--remarks", "x", "--at", "2999-01-01T00:00Z"), 2, "still to come"),
        (("--add", "remark", "--remarks", "x", "--at", "1926-01-01T00:00Z"), 2, "before 1970"),
        (("--add", "remark", "--remarks", "x", "--exhibit", "ffff"), 3, "no exhibit whose SHA-256 begins"),
        (("--add", "remark", "--remarks", "x", "--corrects", "9"), 3, "no custody event 9"),
    ],
)
def test_what_cannot_be_written_down_is_said(case, say, arguments, status, why):
    ended, out, err = say("custody", case, *arguments)
    assert (ended, out) == (status, "")
    assert why in err
    assert json.loads(say("custody", case, "--json", "-")[1])["events"] == []


def test_an_odd_time_that_is_right_is_kept(case, say):
    old = ("--add", "remark", "--remarks", "As stated.", "--at", "1926-01-01T00:00Z", "--sure")
    assert say("custody", case, *old)[0] == 0


def test_who_took_the_items_may_be_unknown(case, say):
    status, out, _ = say("custody", case, "--add", "transferred", "--from", "Insp. Brandt", "--sure")
    assert status == 0
    assert "Insp. Brandt" in out


def test_findings_are_repeated_and_the_answer_is_the_exit(case, say):
    status, out, _ = say("rerun", case)
    assert status == 0
    assert "no finding that could be repeated" in out
    analyse(case)
    rows = run_json("rerun", case)
    assert [row["outcome"] for row in rows] in (["equal", "equal"], ["within tolerance"] * 2)
    assert {"sentence", "largest", "tolerance", "then", "now", "finding_id", "exhibit_sha256"} <= rows[0].keys()
    assert [entry["action"] for entry in json.loads(say("case", "show", case, "--json", "-")[1])["log"]].count(
        "rerun"
    ) == len(rows)

    sha256 = make_up(case)
    status, out, _ = say("rerun", case, "--exhibit", sha256[:12])
    assert status == 1
    assert out.rstrip().endswith("1 different.")

    with Workspace() as workspace:  # the detector is another one from now on
        current = workspace.detectors.current()
        rewrite_card(current.path, {**current.card, "threshold": {"value": 0.99}})
    status, out, error = say("rerun", case, "--exhibit", sha256)
    assert status == 3
    assert "not repeated" in out
    assert "1 of 1 findings could not be repeated" in error
    assert "Install it on the Detectors page" in error


def analyse(case):
    """Findings on everything, made in this process."""
    with Workspace() as workspace:
        workspace.cases.open(case)
        for number in (1, 2):
            task = engine.Task(sha := workspace.exhibits.get(number).sha256, blobs.evidence_path(case, sha))
            said = engine.attribute(workspace.detectors.current().path, "cpu", [task], 10**8).findings
            with workspace.cases.database.writing() as transaction:
                findings.add(transaction, said[0])


def make_up(case):
    """A finding on the first exhibit that the detector never said; answers the SHA-256."""
    with Workspace() as workspace:
        workspace.cases.open(case)
        made = workspace.analysis.finding(1)
        flipped = tuple((name, 1 - score) for name, score in made.scores)
        with workspace.cases.database.writing() as transaction:
            findings.add(transaction, replace(made, scores=flipped))
    return made.exhibit_sha256
