"""Looks at the file of a logo: is it a picture that a report can print?"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage, QImageReader

from core.errors import BadInput, error_from_os

_FORMATS = frozenset({b"png", b"jpeg", b"jpg"})
_MOST_BYTES = 20 << 20  # both limits are those of whoever prints it
_MOST_PIXELS = 50_000_000


def read_logo(path: Path) -> QImage:
    """The picture.

    Raises:
        BadInput: no PNG or JPEG, damaged, or larger than a logo needs to be.
        NotFound, NoPermission: the file cannot be read.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise error_from_os(error, path, doing="reading the logo") from error
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    if size > _MOST_BYTES:
        raise BadInput(f"{path} has {size / 1e6:.0f} MB; a logo has at most 20. Save it smaller.")
    if reader.format().data() not in _FORMATS:
        raise BadInput(f"{path} is no PNG or JPEG picture. Save the logo as one of these.")
    if reader.size().width() * reader.size().height() > _MOST_PIXELS:
        wide, high = reader.size().width(), reader.size().height()
        raise BadInput(f"{path} has {wide} × {high} pixels; a logo has at most 50 million. Save it smaller.")
    image = reader.read()
    if image.isNull():
        raise BadInput(f"{path} is damaged and cannot be shown. Save the logo again.")
    return image
