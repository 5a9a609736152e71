"""Tells network drives, on which SQLite's write-ahead log must not be used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NETWORK_SYSTEMS = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone",
        "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
    }
)  # fmt: skip
_DRIVE_REMOTE = 4


def is_network_drive(folder: Path) -> bool:
    """Whether `folder` lies on a drive of another machine; False where the system does not say."""
    if sys.platform == "win32":
        return _is_remote_on_windows(folder)
    return _system_of(folder.resolve()) in _NETWORK_SYSTEMS


def _is_remote_on_windows(folder: Path) -> bool:
    import ctypes

    anchor = folder.resolve().anchor
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - unknown to the type checker elsewhere
    return anchor.startswith("\\\\") or kernel.GetDriveTypeW(anchor) == _DRIVE_REMOTE


def _system_of(folder: Path) -> str:
    """Kind of the file system that holds `folder`, from the table of mounts; "" where there is none."""
    try:
        lines = Path("/proc/self/mounts").read_bytes().splitlines()
    except OSError:
        return ""
    mounts = [
        (Path(os.fsdecode(point)), kind.decode("ascii", "replace")) for point, kind in map(_point_and_kind, lines)
    ]
    holding = [(len(point.parts), order, kind) for order, (point, kind) in enumerate(mounts) if _holds(point, folder)]
    return max(holding, default=(0, 0, ""))[2]


def _holds(point: Path, folder: Path) -> bool:
    return point == folder or point in folder.parents


def _point_and_kind(line: bytes) -> tuple[bytes, bytes]:
    _, point, kind, *_ = line.split(b" ")
    return point.replace(rb"\040", b" ").replace(rb"\011", b"\t").replace(rb"\134", b"\\"), kind
