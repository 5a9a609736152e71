"""Stories: a case of a newer version, a case that is open elsewhere, a full disk, evidence that is gone, no GPU."""

import errno
import hashlib
import sqlite3
import subprocess
import sys

import pytest

from core.domain import CaseDetails, ExhibitFilter, Verdict
from core.errors import (
    BadInput,
    CaseDamaged,
    CaseInUse,
    CaseTooNew,
    DiskFull,
    EvidenceChanged,
    NotACase,
    ReadOnlyCase,
)
from core.services.workspace import Workspace
from tests.conftest import save_pictures
from tests.e2e.verbs import run, run_json


def hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def case(tmp_path):
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "a", CaseDetails("A"))
        workspace.intake.take([save_pictures(tmp_path / "in", 3)])
    return tmp_path / "a.dnacase"


def test_a_case_of_a_newer_version_is_left_alone(case):
    connection = sqlite3.connect(case / "case.sqlite")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = hashes(case)
    with Workspace() as workspace, pytest.raises(CaseTooNew, match="newer version"):
        workspace.cases.open(case)
    assert hashes(case) == before


def test_no_case_a_cut_case_and_a_file(case, tmp_path):
    data = (case / "case.sqlite").read_bytes()
    (case / "case.sqlite").write_bytes(data[: len(data) // 3])
    with Workspace() as workspace:
        with pytest.raises(CaseDamaged):
            workspace.cases.open(case)
        with pytest.raises(NotACase):
            workspace.cases.open(tmp_path / "in")
        with pytest.raises(BadInput):
            workspace.cases.open(tmp_path / "in" / "picture-0000.jpg")
        assert workspace.cases.current is None


def test_a_failed_opening_keeps_the_open_case(case, tmp_path):
    with Workspace() as workspace:
        workspace.cases.open(case)
        with pytest.raises(NotACase):
            workspace.cases.open(tmp_path / "in")
        assert workspace.cases.current.path == case
        assert workspace.cases.counts().exhibits == 3


def test_opened_twice_the_second_is_told_by_whom_and_may_look(case):
    holder = (
        "import sys; sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from core.services.workspace import Workspace\n"
        "w = Workspace(); w.settings.set('examiner', 'A. Moreau'); w.cases.open(Path(sys.argv[1]))\n"
        "print('open', flush=True); sys.stdin.read(); w.close()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holder, str(case)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline().strip() == "open"
        with Workspace() as workspace:
            with pytest.raises(CaseInUse, match="Moreau"):
                workspace.cases.open(case)
            opened = workspace.cases.open(case, read_only=True)
            assert opened.read_only
            assert len(workspace.exhibits.ids(ExhibitFilter())) == 3
            with pytest.raises(ReadOnlyCase):
                workspace.exhibits.tag([1], 1, True)
    finally:
        process.communicate("")
    with Workspace() as workspace:
        assert not workspace.cases.open(case).read_only


def test_a_full_disk_stops_the_intake_with_a_sentence_and_it_goes_on_later(tmp_path, monkeypatch):
    from core.store import blobs

    real, room = blobs.keep, [2]

    def cramped(folder, incoming, sha256):
        if room[0] == 0:
            from core.errors import error_from_os

            raise error_from_os(OSError(errno.ENOSPC, "No space left on device"), folder, doing="keeping the evidence")
        room[0] -= 1
        return real(folder, incoming, sha256)

    monkeypatch.setattr(blobs, "keep", cramped)
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "a", CaseDetails("A"))
        with pytest.raises(DiskFull, match="Free some space"):
            workspace.intake.take([save_pictures(tmp_path / "in", 5)])
        assert workspace.intake.pending().left == 5
        assert workspace.exhibits.ids(ExhibitFilter()) == ()
        room[0] = 100
        workspace.intake.resume()
        assert len(workspace.exhibits.ids(ExhibitFilter())) == 5
        assert workspace.intake.pending() is None


def test_a_disk_that_fills_up_in_a_long_intake_is_still_called_full(tmp_path, monkeypatch):
    from core.store import blobs

    def full(folder, incoming, sha256):
        from core.errors import error_from_os

        if not incoming.exists():
            raise AssertionError("a copy was kept a second time after keeping it had failed")
        raise error_from_os(OSError(errno.ENOSPC, "No space left on device"), folder, doing="keeping the evidence")

    monkeypatch.setattr(blobs, "keep", full)
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "a", CaseDetails("A"))
        with pytest.raises(DiskFull):
            workspace.intake.take([save_pictures(tmp_path / "in", 20)])
        assert workspace.intake.pending().left == 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a small tmpfs")
def test_a_really_full_disk(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs is not allowed here")
    try:
        folder = save_pictures(tmp_path / "in", 12, width=1400, height=1100)
        case = small / "a.dnacase"
        run("case", "new", case, "--title", "A")
        error = run("intake", case, folder, "--quiet", expect=3)[1]
        assert "space" in error
        with Workspace() as workspace:
            workspace.cases.open(case)
            kept = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))
            for line in kept:
                data = workspace.exhibits.evidence(line.sha256).read_bytes()
                assert hashlib.sha256(data).hexdigest() == line.sha256
            assert workspace.intake.pending() is not None
    finally:
        subprocess.run(["umount", str(small)], check=False)


def test_evidence_that_is_gone_is_a_sentence_and_the_rest_is_attributed(case, installed):
    with Workspace() as workspace:
        workspace.cases.open(case)
        first = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))[0]
        evidence = workspace.exhibits.evidence(first.sha256)
        evidence.unlink()
        report = workspace.analysis.attribute().value
        assert report.made == 2
        assert set(report.failed) == {first.id}
        assert str(evidence) in report.failed[first.id]


def test_changed_evidence_is_neither_analysed_nor_shown(case, installed):
    with Workspace() as workspace:
        workspace.cases.open(case)
        first, *others = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))
        evidence = workspace.exhibits.evidence(first.sha256)
        evidence.chmod(0o644)
        evidence.write_bytes(workspace.exhibits.evidence(others[0].sha256).read_bytes())
        report = workspace.analysis.attribute().value
        assert report.made == 2
        assert "SHA-256 is another one" in report.failed[first.id]
        with pytest.raises(EvidenceChanged, match=first.sha256):
            workspace.exhibits.display(first.id)
        with pytest.raises(EvidenceChanged):
            workspace.analysis.heat_map(first.id)
    rows = run_json("analyze", case)
    assert [row["state"] for row in rows] == ["unreadable", "analyzed", "analyzed"]


def test_damaged_settings_are_set_aside_and_an_unwritable_user_folder_is_survived(case, own_user_folder):
    (own_user_folder / "settings.json").write_text('{"examiner": "A. Mor')
    with Workspace() as workspace:
        workspace.cases.open(case)
        workspace.settings.set("examiner", "A. Moreau")
    assert (own_user_folder / "settings.damaged.json").read_text() == '{"examiner": "A. Mor'
    (own_user_folder / "settings.json").unlink()
    (own_user_folder / "settings.json").mkdir()
    run("case", "show", case)


def test_a_wrong_device_is_wrong_usage_and_an_empty_hash_finds_nothing(case, installed):
    assert "none of auto" in run("analyze", case, "--device", "foo", expect=2)[1]
    run("explain", case, "--out", case.parent / "out", "--exhibit", "", expect=3)


def test_without_a_gpu_everything_runs_on_the_cpu_and_says_so(case, installed):
    rows = run_json("analyze", case)
    assert {row["device"].split(" ")[0] for row in rows} <= {"CPU", "NVIDIA"}
    with Workspace() as workspace:
        workspace.cases.open(case)
        ids = workspace.exhibits.ids(ExhibitFilter())
        finding = workspace.analysis.finding(ids[0])
        assert finding.verdict in (Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE)
        assert finding.conditions["precision"] in ("float32", "bfloat16")
        assert len(finding.feature) == 1024
        heat_map = workspace.analysis.heat_map(ids[0])
        again = workspace.analysis.heat_map(ids[0])
        assert heat_map.informative == again.informative
        assert (heat_map.patches[3].values == again.patches[3].values).all()


def test_evidence_that_was_missing_is_put_back_and_said_so(tmp_path):
    folder = save_pictures(tmp_path / "in", 2)
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "case", CaseDetails("Gone"))
        workspace.intake.take([folder])
        line = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))[0]
        evidence = workspace.exhibits.evidence(line.sha256)
        evidence.chmod(0o644)
        evidence.unlink()
        report = workspace.intake.take([folder]).value
        said = {told.sha256: told.reason for told in report.lines}
        assert evidence.exists()
        assert said.pop(line.sha256).startswith(
            "The evidence file of these bytes was missing from the case and was put"
        )
        assert all(reason.startswith("The same bytes are in the case already") for reason in said.values())
        acts = [
            entry.payload["sha256"] for entry in workspace.cases.log(limit=50) if entry.action == "evidence.restore"
        ]
        assert acts == [line.sha256]
