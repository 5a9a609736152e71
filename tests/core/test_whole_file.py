"""Files that are there whole or not at all."""

from __future__ import annotations

import errno

import pytest

from core.errors import DiskFull
from core.whole_file import replace_file


def test_the_old_file_stays_when_the_disk_is_full(tmp_path, monkeypatch):
    path = tmp_path / "new folder" / "card.json"
    replace_file(path, "é", doing="writing the card")
    assert path.read_bytes() == b"\xc3\xa9"

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.whole_file.os.fsync", full)
    with pytest.raises(DiskFull, match="while writing the card at"):
        replace_file(path, b"newer", doing="writing the card")
    assert path.read_bytes() == b"\xc3\xa9"
    assert [*path.parent.iterdir()] == [path]  # no temporary file is left
