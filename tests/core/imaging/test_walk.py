import os

import pytest

from core.domain import IntakeOutcome
from core.imaging.walk import files_below


@pytest.fixture
def folder(tmp_path):
    for name in ("b.jpg", "a.jpg", "deep/er/c.jpg", "deep/d.jpg", "empty/.keep"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"x")
    return tmp_path / "in"


def _names(folder):
    return [str(found.path.relative_to(folder)) for found in files_below(folder)]


def test_every_file_once_in_a_stable_order(folder):
    assert _names(folder) == ["a.jpg", "b.jpg", "deep/d.jpg", "deep/er/c.jpg", "empty/.keep"]


def test_a_file_is_itself(folder):
    assert [found.path for found in files_below(folder / "a.jpg")] == [folder / "a.jpg"]
    assert [found.path for found in files_below(folder / "gone")] == [folder / "gone"]


def test_links_to_folders_are_told_and_not_followed(folder):
    (folder / "deep" / "loop").symlink_to(folder)
    found = {str(one.path.relative_to(folder)): one for one in files_below(folder)}
    assert found["deep/loop"].outcome is IntakeOutcome.UNREADABLE
    assert "link to a folder" in found["deep/loop"].reason
    assert len(found) == 6


def test_links_to_files_and_to_themselves_are_for_the_reader(folder):
    (folder / "z-link").symlink_to(folder / "a.jpg")
    (folder / "z-loop").symlink_to(folder / "z-loop")
    found = {one.path.name: one.outcome for one in files_below(folder)}
    assert found["z-link"] is found["z-loop"] is IntakeOutcome.PENDING


def test_a_dropped_link_to_a_folder_is_meant(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert len(list(files_below(tmp_path / "link"))) == 5


def test_a_forbidden_folder_is_a_line_not_the_end(folder, monkeypatch):
    real = os.scandir

    def refuse(path):
        if path.name == "deep":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    outcomes = [found.outcome for found in files_below(folder)]
    assert outcomes.count(IntakeOutcome.NO_PERMISSION) == 1
    assert len(outcomes) == 4
