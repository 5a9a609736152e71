"""The small picture of an exhibit in lists and grids."""

from __future__ import annotations

import io

from PIL import Image

from core.imaging.opening import turned_for_display
from core.imaging.pixels import Samples, shrunk

THUMBNAIL_PX = 256
_QUALITY = 85


def thumbnail_of(image: Image.Image, samples: Samples, orientation: int) -> bytes:
    """A JPEG of at most 256 × 256 pixels, turned for display.

    Args:
        image: a loaded image in stored orientation.
        samples: how its samples were stored.
        orientation: EXIF orientation, 1–8.
    """
    small = turned_for_display(shrunk(image, samples, THUMBNAIL_PX), orientation)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
