"""Pictures of a report as files in the folder of its assets, and the file that the laboratory's logo is read from."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput, NotFound, error_from_os
from core.report.record import Asset

_LARGEST_LOGO = 10_000_000


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


def logo_file(path: Path) -> os.stat_result:
    """What the system says of a logo that may be read; it is not opened, since a pipe would wait for ever.

    Raises:
        NotFound: it is not there.
        BadInput: it is no ordinary file, or a very large one.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise NotFound(f"The logo {path} cannot be found. Choose another file, or none.") from error
    if not stat.S_ISREG(found.st_mode):
        raise BadInput(f"The logo {path} is no ordinary file. Choose a PNG or JPEG picture, or none.")
    if found.st_size > _LARGEST_LOGO:
        raise BadInput(f"The logo {path} is larger than {_LARGEST_LOGO / 1e6:.0f} MB. Choose a smaller picture.")
    return found
