"""Story: propositions before the answer, two examiners who disagree about a blind exhibit, and both stay."""

import json

import pytest

from app import cli
from core.domain import CaseDetails
from core.services.workspace import Workspace
from tests.conftest import save_pictures
from tests.e2e import verbs

FIRST, SECOND = "A. Moreau", "B. Later"
OPINION = "The sky repeats itself. The findings are what I expect of either."
DISSENT = "The grid in the sky proves it: the image is fake."


def be(name):
    """Sit down at the computer as this examiner."""
    with Workspace() as workspace:
        workspace.settings.set("examiner", name)


@pytest.fixture
def run(capsys):
    """Run a verb to its end, in this process because there are many; gives (standard output, standard error)."""

    def run_verb(*arguments, expect=0):
        capsys.readouterr()
        assert cli.run([*map(str, arguments)]) == expect, capsys.readouterr()
        return capsys.readouterr()

    return run_verb


@pytest.fixture
def run_json(run):
    """Run a verb with ``--json -`` and read its answer."""
    return lambda *arguments: json.loads(run(*arguments, "--json", "-").out)


@pytest.fixture
def case(tmp_path, installed):
    be(FIRST)
    made = tmp_path / "blind.dnacase"
    with Workspace() as workspace:
        workspace.cases.create(made, CaseDetails("Blind", blind=True))
        workspace.intake.take([save_pictures(tmp_path / "in", 1)])
        assert workspace.analysis.attribute(device="cpu").value.made == 1
    return made


def test_two_examiners_disagree_about_a_blind_exhibit_and_both_stay(case, run, run_json):
    (row,) = verbs.run_json("analyze", case, "--device", "cpu")
    sha = row["sha256"][:12]

    run("propose", case, "--exhibit", sha, "--first", "only one", expect=2)
    _, refusal = run("propose", case, "--exhibit", sha, "--architecture", "stylegan9", expect=3)
    assert "knows no architecture 'stylegan9'. It knows: real, nearest, bilinear" in refusal
    proposed = run_json("propose", case, "--exhibit", sha, "--architecture", "nearest")
    assert proposed["first"].endswith("of the architecture Nearest")
    assert (proposed["made_by"], proposed["before_answer"]) == (FIRST, True)

    _, refusal = run("conclude", case, "--exhibit", sha, "--outcome", "neither", "--opinion", OPINION, expect=3)
    assert "Write down your own view of it first." in refusal
    run("conclude", case, "--exhibit", sha, "--outcome", "guilty", "--opinion", OPINION, expect=2)
    run("view", case, "--exhibit", sha, "--opinion", "generated")
    _, refusal = run("conclude", case, "--exhibit", sha, "--outcome", "neither", "--opinion", " ", expect=3)
    assert "The opinion is missing" in refusal
    answer = run_json("conclude", case, "--exhibit", sha, "--outcome", "neither", "--opinion", OPINION)
    assert "not validated for likelihood ratios" in answer["weighing"]["why_not"]
    assert answer["language"] == {"opinion": [], "limitations": []}
    assert [(one["author"], one["outcome"]) for one in answer["conclusions"]] == [(FIRST, "supports neither")]
    assert answer["conclusions"][0]["propositions_id"] == proposed["id"]
    second = ("conclude", case, "--exhibit", sha, "--outcome", "first", "--opinion", DISSENT, "--role", "second")
    _, refusal = run(*second, "--disagrees", expect=3)
    assert "A second examiner is another person" in refusal

    be(SECOND)
    _, refusal = run(*second, "--disagrees", expect=3)
    assert "own view" in refusal
    hidden = json.dumps(run_json("case", "show", case))
    assert "The sky repeats itself" not in hidden
    assert "of the architecture Nearest" in hidden  # written before anybody saw the answer
    run("view", case, "--exhibit", sha, "--opinion", "real")
    _, refusal = run(*second, expect=3)
    assert f"whether you agree with the first examiner, {FIRST}" in refusal
    text, _ = run(*second, "--disagrees")
    assert f"{FIRST}, examiner: supports neither" in text
    assert f"{SECOND}, second examiner, disagrees: supports the first proposition" in text
    assert 'Note: "proves".' in text
    assert 'Note: "the image is fake".' in text

    be(FIRST)
    answer = run_json(
        "conclude", case, "--exhibit", sha, "--outcome", "inconclusive", "--opinion", "On reflection, I cannot say."
    )
    assert [(one["author"], one["role"], one["outcome"], one["agrees"]) for one in answer["conclusions"]] == [
        (FIRST, "examiner", "inconclusive", None),
        (SECOND, "second examiner", "supports the first proposition", False),
        (FIRST, "examiner", "supports neither", None),
    ]
    log = run_json("case", "show", case)["log"]
    assert [entry["actor"] for entry in log if entry["action"] == "conclusion.add"] == [FIRST, SECOND, FIRST]
