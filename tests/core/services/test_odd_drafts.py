"""Drafts in files and logos that nobody means: a sentence each, and nothing waits for ever."""

import json
import os
from dataclasses import replace

import pytest

from core.custody import ClaimState
from core.errors import BadInput, NotFound
from core.services.report_assets import logo_file
from core.services.verification import CaseVerification
from tests.core.services.reported_case import blocking, draft, ids


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"formats": []}, "names no format"),
        ({"exhibit_ids": [1, 2, 1]}, "the exhibit 1 more than once"),
        ({"exhibit_ids": [1, 99]}, "the exhibit 99, which the case has not"),
        ({"exhibit_ids": [10**4000]}, "a very large number, which the case has not"),
        ({"number": "\ud800"}, "number has half a character"),
        ({"laboratory": {"name": "a\udfffb"}}, r"laboratory\.name has half a character"),
    ],
)
def test_an_odd_draft_is_refused(workspace, tmp_path, stated, words):
    (tmp_path / "draft.json").write_text(json.dumps(stated))
    with pytest.raises(BadInput, match=words):
        workspace.reports.read_draft(tmp_path / "draft.json")


def test_a_draft_that_is_meant_is_read(workspace, tmp_path):
    chosen = list(ids(workspace)[1::-1])
    stated = {"formats": ["json"], "exhibit_ids": chosen, "customer": "Zoë 𝔸"}
    (tmp_path / "draft.json").write_text(json.dumps(stated))
    found = workspace.reports.read_draft(tmp_path / "draft.json")
    assert (found.formats, found.exhibit_ids, found.customer) == (("json",), tuple(chosen), "Zoë 𝔸")
    (tmp_path / "draft.json").write_text('{"exhibit_ids": []}')
    assert workspace.reports.read_draft(tmp_path / "draft.json").exhibit_ids == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
def test_a_logo_that_is_no_ordinary_small_file_blocks_and_is_never_opened(workspace, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(
        "core.services.processes.Processes.read", lambda *_, **__: pytest.fail("It was handed to a reader.")
    )
    path = tmp_path / "logo.png"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.touch()
        os.truncate(path, 10_000_001)
    whole = draft(workspace)
    wanted = replace(whole, laboratory=replace(whole.laboratory, logo=str(path)))
    said = "is larger than 10 MB" if kind == "large" else "is no ordinary file"
    assert said in blocking(workspace, wanted)["laboratory.logo"]
    with pytest.raises(BadInput, match=said):
        workspace.reports.issue(wanted)


def test_a_logo_that_is_not_there_is_a_sentence(tmp_path):
    for name in ("nothing.png", "a\0b"):
        with pytest.raises(NotFound, match="cannot be found"):
            logo_file(tmp_path / name)
    (tmp_path / "logo.png").write_bytes(bytes(10_000_000))
    assert logo_file(tmp_path / "logo.png").st_size == 10_000_000


@pytest.mark.parametrize("issued", [False, True])
def test_planted_folders_that_call_themselves_unfinished_are_named(workspace, issued):
    if issued:
        workspace.reports.issue(draft(workspace))
    folder = workspace.cases.database.folder
    workspace.cases.close()
    planted = folder / "reports" / "R-aaaaaaaaaaaa"
    planted.mkdir(parents=True)
    (planted / ".unissued").touch()
    (folder / "reports" / ".unissued-report.pdf").write_bytes(b"%PDF-1.7")
    (claim,) = [claim for claim in CaseVerification().case(folder).claims if claim.name == "reports intact"]
    assert claim.state is (ClaimState.PASSED if issued else ClaimState.UNCHECKED)
    told = "\n".join(claim.details)
    assert f"{planted} calls itself unfinished. It is no report that was issued" in told
    assert f"{folder / 'reports' / '.unissued-report.pdf'} calls itself unfinished" in told
