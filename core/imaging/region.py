"""A part of a large image at its full sharpness, for looking at what is too large to be held as a whole."""

from __future__ import annotations

from pathlib import Path

from core.domain import RgbImage
from core.imaging.evidence import require_unchanged
from core.imaging.opening import decoding, load_stored, opened_image, turned_for_display
from core.imaging.pixels import as_array, samples_of, to_rgb

Box = tuple[int, int, int, int]  # left, top, right, bottom


def displayed_region(
    path: Path, sha256: str, region: tuple[int, int, int, int], halvings: int, pixel_limit: int
) -> RgbImage:
    """A region of an unchanged evidence file, its EXIF orientation applied.

    Args:
        path: the evidence file.
        sha256: its hash when it was taken in.
        region: (left, top, width, height) in stored pixels of the upright image.
        halvings: how often the region is halved; every pixel of the answer is the average of 2**halvings squared.
        pixel_limit: most pixels that may be decoded.

    Raises:
        CoreError: the file is gone, was changed, or cannot be decoded.
    """
    require_unchanged(path, sha256)
    with opened_image(path, pixel_limit) as opened:
        samples = samples_of(opened)
        image, orientation = load_stored(opened)
        with decoding(opened.row, path, opened.label):
            if image.mode == "F":  # scaled by its brightest pixel, which may lie outside the region
                image = to_rgb(image, samples)
            part = to_rgb(image.crop(_stored(region, image.size, orientation)), samples)
            part = turned_for_display(part, orientation)
            return RgbImage(as_array(part.reduce(1 << halvings) if halvings else part), 1 / (1 << halvings))


def _stored(region: tuple[int, int, int, int], stored: tuple[int, int], orientation: int) -> Box:
    """Where a region of the upright image lies in the stored one, cut to what there is."""
    left, top, width, height = region
    right, bottom = left + width, top + height
    full_width, full_height = stored
    box = {
        1: (left, top, right, bottom),
        2: (full_width - right, top, full_width - left, bottom),
        3: (full_width - right, full_height - bottom, full_width - left, full_height - top),
        4: (left, full_height - bottom, right, full_height - top),
        5: (top, left, bottom, right),
        6: (top, full_height - right, bottom, full_height - left),
        7: (full_width - bottom, full_height - right, full_width - top, full_height - left),
        8: (full_width - bottom, left, full_width - top, right),
    }[orientation]
    return max(0, box[0]), max(0, box[1]), min(full_width, box[2]), min(full_height, box[3])
