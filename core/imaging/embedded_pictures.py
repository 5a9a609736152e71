"""Pictures kept inside a file beside the image: decoded small, and compared with the image's shape."""

from __future__ import annotations

import io

from PIL import Image

from core.domain import RgbImage
from core.imaging.opening import DECODER_ERRORS
from core.imaging.pixels import as_array
from core.imaging.statement_lines import StatementLines

MOST_PICTURES, LONGEST_SIDE = 4, 512
_PIXEL_LIMIT = 4_000_000
_SHAPE_TOLERANCE = 0.03


def read_thumbnail(kept_in: str, jpeg: bytes, shape: tuple[int, int], lines: StatementLines) -> RgbImage | None:
    """Decode a thumbnail and add its lines.

    Args:
        kept_in: where it was found, for the line ("EXIF", "Photoshop").
        jpeg: its bytes; empty means that there is none.
        shape: (width, height) of the image in stored pixels.
        lines: where to add them.

    Returns:
        At most 512 pixels on its longer side, as stored; None when there is none or it cannot be decoded.
    """
    if not jpeg:
        return None
    lines.add("Thumbnail", f"Kept in {kept_in}", f"{len(jpeg):,} bytes")
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            return _decoded(kept_in, image, shape, lines)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        lines.say(_too_large(kept_in))
    except DECODER_ERRORS:
        lines.say(f"The thumbnail kept in {kept_in} is damaged and could not be decoded.")
    return None


def _decoded(kept_in: str, image: Image.Image, shape: tuple[int, int], lines: StatementLines) -> RgbImage | None:
    width, height = image.size
    lines.add("Thumbnail", f"Size ({kept_in})", f"{width} × {height} pixels")
    if width * height > _PIXEL_LIMIT:
        lines.say(_too_large(kept_in))
        return None
    lines.add("Thumbnail", f"Shape ({kept_in})", _shape_words((width, height), shape))
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    small = image.convert("RGB")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return RgbImage(as_array(small), max(small.size) / max(width, height))


def _too_large(kept_in: str) -> str:
    return f"The thumbnail kept in {kept_in} is unusually large and was not decoded."


def _shape_words(thumbnail: tuple[int, int], image: tuple[int, int]) -> str:
    inside, outside = thumbnail[0] / thumbnail[1], image[0] / image[1]
    if abs(inside / outside - 1) <= _SHAPE_TOLERANCE:
        return f"the same proportions as the image ({image[0]} × {image[1]})"
    if abs(inside * outside - 1) <= _SHAPE_TOLERANCE:
        return f"the proportions of the image ({image[0]} × {image[1]}), turned by 90°"
    return (
        f"other proportions than the image ({image[0]} × {image[1]}): the image may have been cropped after the "
        "thumbnail was made; some cameras also fill thumbnails up with black"
    )
