"""Files to pixels: exactly what is stored for the analysis, turned and shrunk for the eye."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.domain import RgbImage
from core.imaging.facts import quality_of
from core.imaging.opening import decoding, load_stored, opened_image, turned_for_display
from core.imaging.pixels import as_array, conversion_remarks, samples_of, shrunk, to_rgb


@dataclass(frozen=True, slots=True)
class StoredPixels:
    """The pixels of a file as the analysis sees them.

    Attributes:
        pixels: (H, W, 3) uint8 RGB in stored orientation.
        remarks: a sentence for every conversion that was needed.
        jpeg_quality: estimated from the quantisation tables (1–100), None where it does not apply.
        orientation: EXIF orientation 1–8 that the eye expects; it is not applied.
    """

    pixels: NDArray[np.uint8]  # (H, W, 3)
    remarks: tuple[str, ...]
    jpeg_quality: int | None = None
    orientation: int = 1


def decode_stored(path: Path, pixel_limit: int) -> StoredPixels:
    """Pixels for the analysis: first frame, stored orientation, no colour management.

    16-bit samples keep their high byte, transparency is composited on white, palettes, grey and CMYK become RGB;
    each of these is noted.

    Args:
        path: a file of one of `formats.FORMATS`.
        pixel_limit: most pixels that may be decoded.

    Raises:
        Undecodable: with the outcome and a sentence.
    """
    with opened_image(path, pixel_limit) as opened:
        samples = samples_of(opened)
        image, orientation = load_stored(opened)
        with decoding(opened.row, path, opened.label):
            quality = quality_of(opened)
            return StoredPixels(
                as_array(to_rgb(image, samples)),
                conversion_remarks(image, samples),
                None if quality is None else quality.quality,
                orientation,
            )


def decode_display(path: Path, max_side: int, pixel_limit: int) -> RgbImage:
    """Pixels for the eye: EXIF orientation applied, the longer side at most `max_side` pixels.

    Raises:
        Undecodable: with the outcome and a sentence.
    """
    with opened_image(path, pixel_limit) as opened:
        samples, stored_side = samples_of(opened), max(opened.image.size)
        if opened.row.container == "JPEG":
            opened.image.draft(None, (max_side, max_side))  # decodes at a half, a quarter or an eighth
        image, orientation = load_stored(opened)
        with decoding(opened.row, path, opened.label):
            seen = turned_for_display(shrunk(image, samples, max_side), orientation)
            return RgbImage(as_array(seen), max(seen.size) / stored_side)
