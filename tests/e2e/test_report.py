"""Stories on the command line: a report is issued, amended, refused, cut short; nothing half is ever left."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from app import cli
from core.domain import ExhibitFilter
from core.errors import error_from_os
from core.report import as_json
from core.services import report_issue
from core.services.workspace import Workspace
from tests.conftest import save_pictures
from tests.core.report.records import HOSTILE
from tests.core.services.reported_case import complete, make, plant
from tests.e2e.verbs import command

FORMATS = ("pdf", "html", "csv", "json", "jsonld")


@pytest.fixture
def case(tmp_path, installed):
    path = make(tmp_path / "one", save_pictures(tmp_path / "in", 2))
    with Workspace() as workspace:
        workspace.cases.open(path)
        plant(workspace, installed)
    return path


@pytest.fixture
def fields(tmp_path, case):
    """A draft file with everything that blocks filled in."""
    from core.store.report_drafts import plain

    with Workspace() as workspace:
        workspace.cases.open(case, read_only=True)
        stated = plain(complete(workspace.reports.draft()))
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(stated))
    return file


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


def answer(say, *arguments, expect=0):
    status, out, err = say(*arguments, "--json", "-", "--quiet")
    assert status == expect, (out, err)
    return json.loads(out)


def reports_in(case):
    place = case / "reports"
    return sorted(path.name for path in place.iterdir()) if place.is_dir() else []


def test_what_is_missing_is_told_and_nothing_is_issued(say, case, tmp_path):
    status, out, err = say("report", case, "--out", tmp_path / "out", "--quiet")
    assert status == 1
    assert out == ""
    assert re.fullmatch(
        r"The report was not issued: \d+ points are missing\. Run it without --quiet to see them\.\n", err
    )
    status, out, _ = say("report", case, "--out", tmp_path / "out")
    assert "Sampling is not stated" in out
    with Workspace() as workspace:
        workspace.cases.open(case, read_only=True)
        sha256 = workspace.exhibits.get(1).sha256
    assert f"  E-001 ({sha256[:12]}…): there are no propositions" in out
    assert "The report was not issued." in out
    told = answer(say, "report", case, "--out", tmp_path / "out", expect=1)
    assert told["report"] is None
    assert {"sampling", "customer", "laboratory.address"} <= {one["key"] for one in told["checklist"] if one["blocks"]}
    assert reports_in(case) == []
    assert not (tmp_path / "out").exists()


def test_issue_amend_and_verify(say, case, fields, tmp_path):
    out = tmp_path / "out"
    first = answer(say, "report", case, "--out", out, "--draft", fields)["report"]
    assert {path.suffix.removeprefix(".") for path in out.iterdir()} == set(FORMATS)
    assert say("verify", out / f"{first['uid']}.pdf", case)[0] == 0
    told = answer(
        say, "report", case, "--out", out, "--amend", first["uid"], "--reason", "Wrong customer.", "--form", "short",
        "--language", "de", "--format", "pdf,json",
    )  # fmt: skip
    second = told["report"]
    assert (second["revision"], second["supersedes"], second["number"]) == (2, first["uid"], first["number"])
    assert len(told["files"]) == 2
    record = as_json.read((out / f"{second['uid']}.json").read_bytes())
    assert (record.identity.form, record.identity.language) == ("short", "de")
    assert record.identity.title == "Untersuchung von Bildern"
    assert record.identity.reason == "Wrong customer."
    assert (out / f"{first['uid']}.pdf").read_bytes() == (
        case / "reports" / first["uid"] / f"{first['uid']}.pdf"
    ).read_bytes()
    status, text, _ = say("verify", out / f"{first['uid']}.pdf", case)
    assert status == 1
    assert second["uid"] in text
    assert say("verify", out / f"{second['uid']}.pdf", case)[0] == 0
    assert say("verify", case)[0] == 0
    assert "amended already" in say("report", case, "--out", out, "--amend", first["uid"], "--reason", "x")[2]


def test_a_preliminary_report_is_marked_and_never_issued(say, case, tmp_path):
    out = tmp_path / "out"
    told = answer(say, "report", case, "--out", out, "--allow-incomplete", "--format", "json,html")
    assert told["report"] is None
    assert len(told["files"]) == 2
    assert as_json.read((out / "preliminary.json").read_bytes()).identity.preview
    assert "PRELIMINARY" in (out / "preliminary.html").read_text("utf-8").upper()
    assert reports_in(case) == []
    assert say("verify", case)[0] == 0


def test_a_preliminary_report_shows_no_hidden_answer_and_says_how_to_go_on(say, tmp_path, installed):
    case = make(tmp_path / "blind", save_pictures(tmp_path / "in", 2), blind=True)
    with Workspace() as workspace:
        workspace.cases.open(case)
        plant(workspace, installed)
    status, _, err = say("report", case, "--out", tmp_path / "out", "--allow-incomplete", "--quiet")
    assert status == 3
    assert "answers are hidden from you (E-001, E-002)" in err
    assert "verb view" in err
    assert "--exhibit" in err
    assert not (tmp_path / "out").exists()
    assert "hides from you" in " ".join(say("report", "--help")[1].replace("│", " ").split())


def test_one_exhibit_signed_with_an_own_certificate(say, case, fields, tmp_path, monkeypatch):
    p12 = tmp_path / "me.p12"
    with Workspace() as workspace:
        workspace.signing.make_certificate(p12, "A. Moreau", "correct horse")
        workspace.cases.open(case, read_only=True)
        sha256 = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))[1].sha256
    wanted = ("report", case, "--out", tmp_path / "out", "--draft", fields, "--exhibit", sha256[:10], "--sign", p12)
    monkeypatch.setenv("DNADET_P12_PASSWORD", "wrong")
    status, _, err = say(*wanted)
    assert status == 3
    assert "password" in err
    assert reports_in(case) == []
    monkeypatch.setenv("DNADET_P12_PASSWORD", "correct horse")
    made = answer(say, *wanted)["report"]
    assert made["exhibits"] == 1
    assert made["signer"] == "A. Moreau"
    assert "correct horse" not in (case / "case.sqlite").read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "pdf,docx"), "docx"),
        (("--form", "long"), "full, short, plain"),
        (("--language", "xx"), "en, de"),
        (("--amend", "R-000000000001"), "--reason"),
        (("--reason", "x"), "--amend"),
        (("--amend", "R-000000000001", "--reason", "x", "--allow-incomplete"), "amends nothing"),
    ],
)
def test_wrong_usage(say, case, tmp_path, arguments, said):
    status, _, err = say("report", case, "--out", tmp_path / "out", *arguments)
    assert status == 2
    assert said in err


def test_bad_input_is_a_sentence(say, case, fields, tmp_path):
    out = ("--out", tmp_path / "out")
    bad = tmp_path / "bad.json"
    for content, said in (("{", "no JSON"), ("[]", "object"), ('{"titel": 1}', "titel"), ('{"title": 1}', "title")):
        bad.write_text(content)
        status, _, err = say("report", case, *out, "--draft", bad)
        assert status == 3
        assert said in err
    assert say("report", case, *out, "--draft", tmp_path / "none.json")[0] == 3
    assert say("report", case, *out, "--exhibit", "zz")[0] == 3
    assert say("report", case, *out, "--amend", "R-000000000001", "--reason", "x")[0] == 3
    assert say("report", case, "--out", fields, "--draft", fields)[0] == 3
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"GIF89a no picture")
    stated = json.loads(fields.read_text())
    fields.write_text(json.dumps({**stated, "laboratory": {**stated["laboratory"], "logo": str(logo)}}))
    told = answer(say, "report", case, *out, "--draft", fields, expect=1)
    assert "no PNG or JPEG picture" in " ".join(one["sentence"] for one in told["checklist"] if one["blocks"])
    assert reports_in(case) == []


def test_hostile_fields_are_printed_literally_and_nothing_is_lost(say, case, fields, tmp_path):
    stated = json.loads(fields.read_text())
    stated |= {"customer": HOSTILE["html"], "title": HOSTILE["typst"], "summary": HOSTILE["long"], "number": "=1+1"}
    stated |= {"condition": HOSTILE["bidi"], "request": HOSTILE["control"]}
    fields.write_text(json.dumps(stated | {"place": HOSTILE["surrogate"]}))
    refused = say("report", case, "--out", tmp_path / "out", "--draft", fields)
    assert refused[0] == 3
    assert "place has half a character in it" in refused[2]
    fields.write_text(json.dumps(stated))
    made = answer(say, "report", case, "--out", tmp_path / "out", "--draft", fields)["report"]
    record = as_json.read((tmp_path / "out" / f"{made['uid']}.json").read_bytes())
    front = record.front
    assert (front.customer, record.identity.title, front.summary) == (
        HOSTILE["html"],
        HOSTILE["typst"],
        HOSTILE["long"],
    )
    assert (front.condition, front.request) == (HOSTILE["bidi"], HOSTILE["control"])
    assert say("verify", tmp_path / "out" / f"{made['uid']}.pdf", case)[0] == 0


def test_killed_in_the_middle_no_half_report_is_left(say, case, fields, tmp_path):
    """`kill -9` at several moments: while exhibits are read, typeset, and while files lie there already."""
    wanted = command("report", case, "--out", tmp_path / "out", "--draft", fields, "--quiet")
    half = 0
    for moment in (0.0, 0.3):
        process = subprocess.Popen(wanted, env=os.environ.copy(), stderr=subprocess.PIPE)
        place = case / "reports"
        deadline = time.monotonic() + 60
        while not (place.is_dir() and any(place.iterdir())):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        half += len(reports_in(case))
        with Workspace() as workspace:
            workspace.cases.open(case)
            issued = {report.uid for report in workspace.reports.issued()}
            assert set(reports_in(case)) == issued
            for report in workspace.reports.issued():
                assert {path.name for path in report.folder.iterdir()} == {file.name for file in report.files}
    assert half >= 1  # at least once there was something to clear away
    assert say("verify", case)[0] == 0
    made = answer(say, "report", case, "--out", tmp_path / "out", "--draft", fields, "--format", "csv")
    assert made["report"]["uid"] in reports_in(case)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a small tmpfs")
def test_a_really_full_disk(say, case, fields, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    size = sum(path.stat().st_size for path in case.rglob("*") if path.is_file())
    options = f"size={(size + 600_000) // 1024}k"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs is not allowed here")
    try:
        inside = small / case.name
        shutil.copytree(case, inside)
        status, _, err = say("report", inside, "--out", tmp_path / "out", "--draft", fields, "--quiet")
        assert status == 3
        assert "space" in err
        assert reports_in(inside) == []
        assert not any((tmp_path / "out").iterdir())
        made = answer(say, "report", inside, "--out", tmp_path / "out", "--draft", fields, "--format", "csv")
        assert made["report"]["uid"] in reports_in(inside)
        assert say("verify", inside)[0] == 0
    finally:
        subprocess.run(["umount", str(small)], check=False)


def test_copies_that_cannot_be_written_do_not_undo_the_report(say, case, fields, tmp_path, monkeypatch):
    def full(path, content, *, doing):
        raise error_from_os(OSError(errno.ENOSPC, "No space left on device"), path, doing=doing)

    monkeypatch.setattr(report_issue, "replace_file", full)
    status, _, err = say("report", case, "--out", tmp_path / "out", "--draft", fields, "--format", "csv")
    assert status == 3
    assert "which was issued and lies in" in err
    (uid,) = reports_in(case)
    assert uid in err
    assert say("verify", case)[0] == 0
