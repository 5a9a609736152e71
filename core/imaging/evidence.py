"""Kept evidence read again: never decoded without checking that its bytes are still the ones that were taken in."""

from __future__ import annotations

from pathlib import Path

from core.domain import RgbImage
from core.errors import EvidenceChanged
from core.imaging.decode import StoredPixels, decode_display, decode_stored
from core.imaging.digest import digests_of
from core.imaging.sources import file_chunks


def require_unchanged(path: Path, sha256: str) -> None:
    """Raise unless the file still has this SHA-256.

    Raises:
        EvidenceChanged: the bytes are others than those that were taken in.
        Undecodable: the file is gone or cannot be read.
    """
    if digests_of(file_chunks(path, str(path))).sha256 != sha256:
        raise EvidenceChanged(
            f"The evidence file {path} was changed since it was taken in: its SHA-256 is another one. It is neither "
            "shown nor analysed. Restore it from a copy of the case."
        )


def stored_evidence(path: Path, sha256: str, pixel_limit: int) -> StoredPixels:
    """The pixels for analysis of an unchanged evidence file."""
    require_unchanged(path, sha256)
    return decode_stored(path, pixel_limit)


def displayed_evidence(path: Path, sha256: str, max_side: int, pixel_limit: int) -> RgbImage:
    """The pixels for the screen of an unchanged evidence file."""
    require_unchanged(path, sha256)
    return decode_display(path, max_side, pixel_limit)
