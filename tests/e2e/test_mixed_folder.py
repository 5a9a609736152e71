"""Story: a folder with ten kinds of bad files between the good ones is dropped; every one is accounted for."""

import os
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.domain import CaseDetails, ExhibitFilter, IntakeOutcome
from core.services.workspace import Workspace
from tests.conftest import picture, save_pictures


@pytest.fixture
def mixed(tmp_path):
    folder = save_pictures(tmp_path / "seized", 3)
    good = (folder / "picture-0000.jpg").read_bytes()
    (folder / "empty.jpg").touch()
    (folder / "truncated.jpg").write_bytes(good[: len(good) // 2])
    (folder / "letter.jpg").write_text("Dear colleague,")
    (folder / "program.exe").write_bytes(b"MZ" + bytes(400))
    (folder / "noise.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(300))
    (folder / "copy of picture.jpg").write_bytes(good)
    Image.fromarray(picture(7)).save(folder / "really-a.png", "PNG")
    (folder / "really-a.png").rename(folder / "renamed.jpg")
    Image.fromarray(np.zeros((40000, 8000), np.uint8)).save(folder / "huge.png", compress_level=1)
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "loop").symlink_to(folder)
    (folder / "ring.jpg").symlink_to(folder / "ring.jpg")
    (folder / os.fsdecode(b"caf\xe9.jpg")).write_bytes((folder / "picture-0002.jpg").read_bytes())
    with zipfile.ZipFile(folder / "good.zip", "w") as archive:
        archive.writestr("inside/picture.jpg", (folder / "picture-0001.jpg").read_bytes())
        archive.writestr("inside/other.txt", "no image")
    with zipfile.ZipFile(folder / "climber.zip", "w") as archive:
        archive.writestr("../../evil.jpg", good)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.png", bytes(400 << 20))
    (folder / "cut.zip").write_bytes((folder / "good.zip").read_bytes()[:60])
    if os.geteuid() != 0:
        (folder / "secret.jpg").write_bytes(good)
        (folder / "secret.jpg").chmod(0)
    return folder


def test_every_file_is_an_exhibit_or_a_line(tmp_path, mixed):
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "mixed", CaseDetails("Mixed"))
        report = workspace.intake.take([mixed, mixed / "vanished.jpg"]).value
        lines = {line.path.removeprefix(f"{mixed}/"): line for line in report.lines}
        outcomes = {name: line.outcome for name, line in lines.items()}
        taken = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))
        folder = workspace.cases.current.path

        assert report.complete
        for index in range(3):
            assert outcomes[f"picture-000{index}.jpg"] in (IntakeOutcome.TAKEN, IntakeOutcome.DUPLICATE)
        assert outcomes["empty.jpg"] is IntakeOutcome.EMPTY
        assert outcomes["truncated.jpg"] is IntakeOutcome.TRUNCATED
        assert outcomes["letter.jpg"] is IntakeOutcome.NOT_AN_IMAGE
        assert outcomes["program.exe"] is IntakeOutcome.NOT_AN_IMAGE
        assert outcomes["noise.png"] in (IntakeOutcome.DAMAGED, IntakeOutcome.TRUNCATED)
        assert outcomes["huge.png"] is IntakeOutcome.TOO_LARGE
        assert lines["huge.png"].sha256
        assert "vanished.jpg" not in outcomes  # it never was there: said, and not recorded
        assert "vanished.jpg" in report.notes[0]
        assert outcomes["cut.zip"] is IntakeOutcome.UNSAFE_ARCHIVE or outcomes["cut.zip"] not in (IntakeOutcome.TAKEN,)
        assert outcomes["caf\\udce9.jpg"] in (IntakeOutcome.TAKEN, IntakeOutcome.DUPLICATE)
        assert "ring.jpg" in outcomes
        assert outcomes["renamed.jpg"] is IntakeOutcome.TAKEN
        assert "PNG" in lines["renamed.jpg"].reason
        assert outcomes["good.zip"] is IntakeOutcome.OPENED
        assert outcomes["good.zip!inside/picture.jpg"] in (IntakeOutcome.TAKEN, IntakeOutcome.DUPLICATE)
        assert outcomes["good.zip!inside/other.txt"] is IntakeOutcome.NOT_AN_IMAGE
        for archive in ("climber.zip", "bomb.zip"):
            said = {line.outcome for name, line in lines.items() if name.startswith(archive)}
            assert IntakeOutcome.UNSAFE_ARCHIVE in said, archive
        if "secret.jpg" in outcomes:
            assert outcomes["secret.jpg"] is IntakeOutcome.NO_PERMISSION
        refused = [line for line in report.lines if line.outcome not in (IntakeOutcome.TAKEN,)]
        assert all(line.reason for line in refused)
        assert not (tmp_path / "evil.jpg").exists()

        assert len(taken) == 4
        twice = next(line for line in taken if len(workspace.exhibits.get(line.id).occurrences) >= 2)
        assert workspace.exhibits.evidence(twice.sha256).exists()
        originals = {path.read_bytes() for path in mixed.glob("*.jpg") if path.is_file() and os.access(path, os.R_OK)}
        for line in taken:
            kept = workspace.exhibits.evidence(line.sha256)
            assert kept.read_bytes() in originals
            assert not kept.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
            assert workspace.exhibits.thumbnail(line.sha256).exists()
        assert not list((folder / "evidence" / ".incoming").iterdir())


def test_dropping_the_case_onto_itself_takes_nothing_in(tmp_path):
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "own", CaseDetails("Own"))
        workspace.intake.take([save_pictures(tmp_path / "in", 2)])
        report = workspace.intake.take([workspace.cases.current.path]).value
        assert report.lines == ()
        assert workspace.cases.counts().exhibits == 2
