"""The pictures of a report, looked at before a page is set: is each there, whole, and of a kind that can be printed."""

from __future__ import annotations

import hashlib
import io
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from core.report.record import Asset, ReportRecord

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\Z")
_KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_MOST_PIXELS = 50_000_000
MISSING, CHANGED, NO_PICTURE, TOO_LARGE = "missing", "changed", "no picture", "too large"


@dataclass(frozen=True, slots=True)
class Pictures:
    """What can be printed: (width, height) of good pictures, and of the others one of four words why not, by name."""

    sizes: Mapping[str, tuple[int, int]]
    unusable: Mapping[str, str]


def assets_of(record: ReportRecord) -> Iterator[Asset]:
    """Every picture that a record names."""
    if record.laboratory.logo:
        yield record.laboratory.logo
    for exhibit in record.exhibits:
        heat_map = exhibit.finding.heat_map if exhibit.finding else None
        for asset in (exhibit.thumbnail, exhibit.annotated, heat_map.overlay if heat_map else None):
            if asset:
                yield asset


def looked_at(record: ReportRecord, folder: Path, *, thorough: bool = False) -> Pictures:
    """Look at every picture of a report; one that cannot be printed never stops the report.

    Args:
        record: names the pictures.
        folder: where they lie.
        thorough: also decode every pixel.
    """
    found = {one.name: one for one in assets_of(record)}
    seen = {name: _looked_at(asset, folder, thorough=thorough) for name, asset in found.items()}
    return Pictures(
        {name: size for name, size in seen.items() if not isinstance(size, str)},
        {name: why for name, why in seen.items() if isinstance(why, str)},
    )


def _looked_at(asset: Asset, folder: Path, *, thorough: bool) -> tuple[int, int] | str:
    kind = _KINDS.get(Path(asset.name).suffix.lower())
    if not _NAME.match(asset.name) or kind is None:
        return NO_PICTURE
    try:
        data = (folder / asset.name).read_bytes()
    except OSError:
        return MISSING
    return _size(data, kind, thorough=thorough) if hashlib.sha256(data).hexdigest() == asset.sha256 else CHANGED


def _size(data: bytes, kind: str, *, thorough: bool) -> tuple[int, int] | str:
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            if image.width * image.height > _MOST_PIXELS:
                return TOO_LARGE
            if thorough:
                image.load()
            return image.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return TOO_LARGE
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error):
        return NO_PICTURE
