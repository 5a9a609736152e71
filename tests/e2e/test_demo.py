"""Story: a newcomer runs the demo, and everything it leaves behind holds."""

import pytest

from tests.e2e.verbs import run, run_json


@pytest.fixture
def sample(tmp_path, installed):
    run("demo", "--out", tmp_path / "demo", "--no-window", "--quiet")
    return tmp_path / "demo"


def test_the_demo_leaves_a_case_and_a_report_that_hold(sample):
    case, (report,) = sample / "sample.dnacase", [*(sample / "reports").glob("*.pdf")]
    shown = run_json("case", "show", case)
    assert shown["counts"]["exhibits"] == 17
    assert (sample / "explanations" / "explanation.json").is_file()
    verified = run_json("verify", report, case)
    states = {claim["name"]: claim["state"] for claim in verified["claims"]}
    assert "fail" not in states.values()
    assert states["issued by this case"] == states["report seal"] == "pass"
    assert {path.suffix for path in (sample / "reports").iterdir()} == {".pdf", ".html", ".csv", ".json", ".jsonld"}
