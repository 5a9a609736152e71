"""Network drives are told from the table of mounts."""

from pathlib import Path

import pytest

from core.store import drive

MOUNTS = rb"""/dev/sda1 / ext4 rw 0 0
server:/cases /mnt/cases nfs4 rw 0 0
//server/share /mnt/my\040share cifs rw 0 0
/dev/sdb1 /mnt/cases/local ext4 rw 0 0
me@host:/ /srv/ssh fuse.sshfs rw 0 0
proc /proc proc rw 0 0
/dev/sdc1 /mnt/cases2 xfs rw 0 0
"""


@pytest.mark.skipif(not Path("/proc/self/mounts").exists(), reason="the table of Linux")
@pytest.mark.parametrize(
    ("folder", "remote"),
    [
        ("/mnt/cases/a.dnacase", True),
        ("/mnt/cases", True),
        ("/mnt/my share/a.dnacase", True),
        ("/srv/ssh/x", True),
        ("/mnt/cases/local/a.dnacase", False),
        ("/mnt/cases2/a.dnacase", False),
        ("/srv/a.dnacase", False),
    ],
)
def test_the_closest_mount_decides(monkeypatch, folder, remote):
    monkeypatch.setattr(Path, "read_bytes", lambda _: MOUNTS)
    assert drive.is_network_drive(Path(folder)) is remote


def test_this_machine_is_asked_without_an_error(tmp_path):
    assert drive.is_network_drive(tmp_path) in (True, False)


def test_without_a_table_nothing_is_remote(monkeypatch, tmp_path):
    def missing(_):
        raise FileNotFoundError(2, "No such file")

    monkeypatch.setattr(Path, "read_bytes", missing)
    assert drive.is_network_drive(tmp_path) is False
