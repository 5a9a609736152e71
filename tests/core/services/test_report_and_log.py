"""A report is issued only of a case that says what its log says, and it verifies only against such a case."""

import sqlite3
from contextlib import closing

import pytest

from core.custody import ClaimState
from core.errors import BadInput
from core.services import log_standing
from core.services.workspace import Workspace
from core.store.connect import DATABASE
from tests.core.services.reported_case import blocking, draft, reports_in
from tests.core.services.tampering import behind_its_back

_EDIT = "UPDATE finding SET verdict = 'attributed', reason = 'Because.' WHERE id = 2"


def _edited(folder, statement=_EDIT):
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(statement)


def test_no_report_is_issued_of_an_edited_finding(workspace):
    first = workspace.reports.issue(draft(workspace)).value
    folder = workspace.cases.current.path
    workspace.cases.close()
    behind_its_back(folder, _EDIT)
    workspace.cases.open(folder)
    wanted = draft(workspace)
    sentence = blocking(workspace, wanted)["log"]
    assert "The finding 2 of exhibit" in sentence
    assert "was edited" in sentence
    assert f"verify {folder}" in sentence
    with pytest.raises(BadInput, match=r"The finding 2 of exhibit .* was edited"):
        workspace.reports.issue(wanted)
    with pytest.raises(BadInput, match="The finding 2 of exhibit"):
        workspace.reports.amend(first.uid, workspace.reports.draft_of(first.uid), "x")
    assert reports_in(workspace) == [first.uid]


def test_an_edit_while_the_case_is_open_is_noticed(workspace):
    wanted = draft(workspace)
    assert blocking(workspace, wanted) == {}
    _edited(workspace.cases.current.path)
    assert "log" in blocking(workspace, wanted)
    with pytest.raises(BadInput, match="not what its log says"):
        workspace.reports.issue(wanted)
    assert reports_in(workspace) == []


def test_what_this_program_writes_does_not_make_the_checklist_read_the_log_again(workspace, monkeypatch):
    asked = []
    real = log_standing.log_problem
    monkeypatch.setattr(log_standing, "log_problem", lambda *one: asked.append(1) or real(*one))
    wanted = draft(workspace)
    for _ in range(3):
        workspace.reports.save_draft(wanted)
        assert blocking(workspace, wanted) == {}
    assert len(asked) == 1
    workspace.reports.issue(wanted)
    assert len(asked) == 2, "issuing looks at it anew"


def test_an_edit_while_the_report_is_made_is_noticed(workspace, monkeypatch):
    from core.store import report_folders

    publish = report_folders.publish

    def late(case, uid):
        _edited(case)
        return publish(case, uid)

    monkeypatch.setattr(report_folders, "publish", late)
    with pytest.raises(BadInput, match="changed while the report was made"):
        workspace.reports.issue(draft(workspace))
    assert reports_in(workspace) == []
    assert workspace.reports.issued() == ()


@pytest.mark.parametrize(
    ("statements", "fails"),
    [
        ((_EDIT,), {"records as logged"}),
        (("UPDATE audit SET actor = 'B' WHERE sequence = 3",), {"log unbroken"}),
        (("UPDATE chain SET signature = replace(signature, 'a', 'b') WHERE sequence = {head}",), {"log signed"}),
        (
            ("DELETE FROM audit WHERE sequence >= {head}", "DELETE FROM chain WHERE sequence >= {head}"),
            {"log head in the log", "records as logged", "issued by this case"},
        ),
    ],
)
def test_a_report_does_not_verify_against_a_case_that_was_edited(workspace, tmp_path, statements, fails):
    made = workspace.reports.issue(draft(workspace, formats=("pdf",)), out=tmp_path / "out").value
    folder, pdf = workspace.cases.current.path, tmp_path / "out" / f"{made.uid}.pdf"
    workspace.cases.close()
    behind_its_back(folder, *(one.format(head=made.head_sequence) for one in statements))
    with Workspace() as other:
        checked = other.report_verification.report(pdf, folder)
    assert not checked.passed
    assert {claim.name for claim in checked.claims if claim.state is ClaimState.FAILED} == fails
