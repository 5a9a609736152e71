"""The sample case is small, and SOURCES.md accounts for every file of it."""

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "sample_case"
IMAGES = FOLDER / "images"
LARGEST_FILE, LARGEST_FOLDER = 300_000, 4_000_000  # bytes
ROW = re.compile(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{16})` \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def files():
    """Content of every file, archives member by member, under the name SOURCES.md gives it."""
    found = {}
    for path in (path for path in IMAGES.rglob("*") if path.is_file()):
        name = path.relative_to(IMAGES).as_posix()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                found |= {f"{name}!{member}": archive.read(member) for member in archive.namelist()}
        else:
            found[name] = path.read_bytes()
    return found


def test_every_file_is_accounted_for(files):
    rows = dict(ROW.findall((FOLDER / "SOURCES.md").read_text(encoding="utf-8")))
    assert rows == {name: hashlib.sha256(content).hexdigest()[:16] for name, content in files.items()}


def test_it_is_small(files):
    assert max(map(len, files.values())) <= LARGEST_FILE
    assert sum(map(len, files.values())) <= LARGEST_FOLDER


def test_one_file_is_there_twice(files):
    assert len(files) - len(set(files.values())) == 1
