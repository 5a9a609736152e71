"""Stories: two examiners review a case blind, by verbs and in the window; a case of an older program is opened."""

import json
from contextlib import closing

import pytest
from PySide6.QtWidgets import QLabel

from core.domain import CaseDetails
from core.services.workspace import Workspace
from tests.conftest import save_pictures
from tests.core.store.bundles import as_of, fingerprint
from tests.e2e.verbs import run, run_json
from tests.e2e.window import open_window, settle, triage

CLASSES = ("real", "nearest", "bilinear")
FIRST, SECOND = "A. Moreau", "B. Later"


def be(name):
    """Sit down at the computer as this examiner."""
    with Workspace() as workspace:
        workspace.settings.set("examiner", name)


@pytest.fixture
def blind_case(tmp_path, installed):
    """A blind case with two exhibits that are analysed; the first examiner is at work."""
    be(FIRST)
    case = tmp_path / "blind.dnacase"
    with Workspace() as workspace:
        workspace.cases.create(case, CaseDetails("Blind", blind=True))
        workspace.intake.take([save_pictures(tmp_path / "in", 2)])
        assert workspace.analysis.attribute(device="cpu").value.made == 2
    return case


def test_two_examiners_review_a_case_blind_by_verbs(blind_case, tmp_path):
    rows = run_json("analyze", blind_case, "--device", "cpu")
    assert {row["state"] for row in rows} == {"hidden"}
    sha256 = rows[0]["sha256"]
    assert f"main.py view CASE --exhibit {sha256[:12]}" in rows[0]["reason"]
    _says_nothing(json.dumps(rows) + json.dumps(run_json("case", "show", blind_case)))
    _, refusal = run("explain", blind_case, "--out", tmp_path / "out", "--exhibit", sha256, expect=3)
    assert "own view" in refusal
    assert "main.py view" in refusal

    run("view", blind_case, "--exhibit", sha256, "--opinion", "fake", expect=2)
    text, _ = run("view", blind_case, "--exhibit", sha256[:10], "--opinion", "generated", "--text", "Six fingers.")
    assert "before the answer" in text
    assert any(name in text for name in CLASSES)
    shown = {row["sha256"]: row["state"] for row in run_json("analyze", blind_case, "--device", "cpu")}
    assert sorted(shown.values()) == ["analyzed", "hidden"]

    be(SECOND)
    told = json.dumps(run_json("case", "show", blind_case))
    assert "Six fingers" not in told
    _says_nothing(told)
    answer = run_json("view", blind_case, "--exhibit", sha256, "--opinion", "real")
    assert [(view["examiner"], view["opinion"], view["blind"]) for view in answer["views"]] == [
        (FIRST, "generated", True),
        (SECOND, "real", True),
    ]
    assert answer["finding"]["architecture"] in CLASSES
    assert "Six fingers" in json.dumps(run_json("case", "show", blind_case))


def _says_nothing(told):
    for word in ("nearest", "bilinear", '"score"', "attributed", "inconclusive"):
        # What may stand there are names of verdicts with no exhibit, and null scores.
        told = told.replace('"attributed": 0', "").replace('"inconclusive": 0', "").replace('"score": null', "")
        assert word not in told, word


def test_two_examiners_review_a_case_blind_in_the_window(blind_case, qtbot):
    with open_window(qtbot) as window:
        window.desk.open(blind_case)
        settle(qtbot, window)
        (first, _) = triage(window).table.ids
        window.show_exhibit(first)
        settle(qtbot, window)
        page = window.pages.page("examine")
        assert "Hidden" in page.view.header.headline.text()
        _no_class(page)
        _write(page, "generated", "Six fingers.")
        settle(qtbot, window)
        assert "Hidden" not in page.view.header.headline.text()
        assert "Six fingers." in _words(page.examiner.panel)
        assert not triage(window).table.line(first).hidden

        window._workspace.settings.set("examiner", SECOND)
        window.adopt_setting("examiner")
        settle(qtbot, window)
        assert "Hidden" in page.view.header.headline.text()
        assert "Six fingers." not in _words(page.examiner.panel)
        assert triage(window).table.line(first).hidden  # the strip of neighbours shows it at this moment
        _no_class(page)
        _write(page, "real", "No trace.")
        settle(qtbot, window)
        told = _words(page.examiner.panel)
        assert f"{FIRST}: generated" in told
        assert f"{SECOND}: real" in told
    with Workspace() as workspace, closing(workspace):
        workspace.cases.open(blind_case)
        written = [entry for entry in workspace.cases.log(50) if entry.action == "view.add"]
        assert [entry.actor for entry in written] == [SECOND, FIRST]


def _write(page, opinion, text):
    panel = page.examiner.panel
    panel.choices[opinion].click()
    panel.text.setPlainText(text)
    panel.write.click()


def _words(widget):
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def _no_class(page):
    told = _words(page).lower()
    for name in CLASSES[1:]:
        assert name not in told


def test_a_case_of_an_older_program_is_read_and_then_worked_on(tmp_path):
    case, folder = tmp_path / "old.dnacase", save_pictures(tmp_path / "in", 2)
    with Workspace() as workspace:
        workspace.cases.create(case, CaseDetails("Old"))
        workspace.intake.take([folder / "picture-0000.jpg"])
    as_of(case, "0001")
    before = fingerprint(case)
    shown = run_json("case", "show", case)
    assert shown["counts"]["exhibits"] == 1
    assert shown["case"]["details"]["blind"] is False
    assert fingerprint(case) == before
    report = run_json("intake", case, folder)
    assert sorted(line["outcome"] for line in report["lines"]) == ["duplicate", "taken in"]
    (backup,) = case.glob("case-before-*")
    log = run_json("case", "show", case)["log"]
    migrated = next(entry for entry in log if entry["action"] == "case.migrate")
    assert migrated["payload"]["from"] == "0001"
    assert migrated["payload"]["backup"] == backup.name
