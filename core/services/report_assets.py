"""Pictures of a report as files in the folder of its assets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from core.errors import error_from_os
from core.report.record import Asset


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the folder: its name and SHA-256."""

    name: str
    sha256: str

    def asset(self, alt: str) -> Asset:
        """The picture in a record, with words for who cannot see it."""
        return Asset(self.name, alt, self.sha256)


def written(folder: Path, name: str, data: bytes | None) -> Picture | None:
    """Write a picture; None where there is none.

    Raises:
        DiskFull, NoPermission, CoreError: it cannot be written.
    """
    if data is None:
        return None
    try:
        (folder / name).write_bytes(data)
    except OSError as error:
        raise error_from_os(error, folder / name, doing="writing a picture of the report") from error
    return Picture(name, hashlib.sha256(data).hexdigest())
