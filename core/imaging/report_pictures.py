"""The pictures of an exhibit in a report, made in a reader process from the evidence itself, never from kept copies.

All are upright: turned as the file's EXIF orientation asks, the heat map and the annotations with the image.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.errors import BadInput
from core.examine import Annotation, AnnotationKind, HeatMap
from core.imaging.evidence import require_unchanged
from core.imaging.opening import decoding, load_stored, opened_image, turned_for_display
from core.imaging.overlay import overlaid
from core.imaging.pixels import samples_of, shrunk

SMALL_PX, LARGE_PX, LOGO_PX = 256, 480, 800
_QUALITY = 88
_LARGEST_LOGO = 10_000_000
_LOGO_PIXELS = 50_000_000
_MARK, _EDGE = (255, 200, 0), (0, 0, 0)
_TILES = 4

Pixels = NDArray[np.uint8]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ReportPictures:
    """JPEG files: the exhibit, its heat map over it, its annotations on it; None where there is nothing to show."""

    thumbnail: bytes
    overlay: bytes | None
    annotated: bytes | None


def report_pictures(
    path: Path, sha256: str, heat_map: HeatMap | None, annotations: Sequence[Annotation], pixel_limit: int
) -> ReportPictures:
    """The pictures of one exhibit.

    Args:
        path: the evidence file.
        sha256: what it must be.
        heat_map: drawn over the image on its fixed scale.
        annotations: drawn with their numbers, from 1, in this order.
        pixel_limit: most pixels that may be decoded.

    Raises:
        EvidenceChanged, Undecodable: the bytes are others, or gone, or no image any more.
    """
    require_unchanged(path, sha256)
    with opened_image(path, pixel_limit) as opened:
        samples = samples_of(opened)
        if opened.row.container == "JPEG":
            opened.image.draft(None, (LARGE_PX, LARGE_PX))  # decodes at a half, a quarter or an eighth
        stored, orientation = load_stored(opened)
        with decoding(opened.row, path, opened.label):
            small = shrunk(stored, samples, LARGE_PX)
    seen = turned_for_display(small, orientation)
    overlay = None
    if heat_map is not None:
        over = overlaid(np.asarray(small), reduced_plane(heat_map, small.size))
        overlay = _jpeg(turned_for_display(Image.fromarray(over), orientation))
    annotated = _jpeg(_drawn(seen, annotations, orientation)) if annotations else None
    seen.thumbnail((SMALL_PX, SMALL_PX), Image.Resampling.BICUBIC)
    return ReportPictures(_jpeg(seen), overlay, annotated)


def report_logo(path: Path) -> bytes:
    """A laboratory's logo as a PNG file of its own, so that nothing else of the file gets into reports.

    Raises:
        BadInput: it is no PNG or JPEG picture that can be read.
    """
    try:
        if path.stat().st_size > _LARGEST_LOGO:
            raise BadInput(f"The logo {path} is larger than 10 MB. Choose a smaller picture.")
        Image.MAX_IMAGE_PIXELS = _LOGO_PIXELS
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            image.load()
            picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadInput(f"The logo {path} is no PNG or JPEG picture that can be read. Choose another file.") from error
    picture.thumbnail((LOGO_PX, LOGO_PX), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def reduced_plane(heat_map: HeatMap, size: tuple[int, int]) -> NDArray[np.float32]:
    """The map on a smaller picture of the stored pixels (h, w), patches averaged, NaN where nobody looked.

    Args:
        heat_map: on the stored pixels.
        size: (width, height) of the smaller picture.
    """
    across, down = size[0] / heat_map.size[0], size[1] / heat_map.size[1]
    total = np.zeros((size[1], size[0]), np.float32)
    count = np.zeros_like(total)
    for patch in heat_map.patches:
        left, top, width, height = patch.box
        x0, x1 = round(left * across), max(round(left * across) + 1, round((left + width) * across))
        y0, y1 = round(top * down), max(round(top * down) + 1, round((top + height) * down))
        values = cv2.resize(patch.values, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        part = total[y0:y1, x0:x1]
        part += values[: part.shape[0], : part.shape[1]]
        count[y0:y1, x0:x1] += 1
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def upright_tiles(orientation: int) -> tuple[int, ...]:
    """Which tile of the stored image, counted row by row, is seen at each place of the upright one."""
    tiles = Image.fromarray(np.arange(_TILES * _TILES, dtype=np.uint8).reshape(_TILES, _TILES))
    return tuple(np.asarray(turned_for_display(tiles, orientation)).ravel().tolist())


def upright_point(point: Point, orientation: int) -> Point:
    """Where a place of the stored image, in fractions of its sides, is seen on the upright one."""
    x, y = point
    return {
        2: (1 - x, y),
        3: (1 - x, 1 - y),
        4: (x, 1 - y),
        5: (y, x),
        6: (1 - y, x),
        7: (1 - y, 1 - x),
        8: (y, 1 - x),
    }.get(orientation, point)


def _drawn(seen: Image.Image, annotations: Sequence[Annotation], orientation: int) -> Image.Image:
    """The picture with rectangles, arrows and numbers; the words stand beside it in the report."""
    picture = seen.copy()
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=max(12, max(picture.size) // 32))
    for number, annotation in enumerate(annotations, 1):
        places = [_pixel(upright_point(point, orientation), picture.size) for point in annotation.points]
        for width, colour in ((5, _EDGE), (2, _MARK)):
            _draw_shape(draw, annotation.kind, places, width, colour)
        draw.text(places[0], str(number), fill=_MARK, font=font, anchor="mm", stroke_width=2, stroke_fill=_EDGE)
    return picture


def _draw_shape(
    draw: ImageDraw.ImageDraw, kind: AnnotationKind, places: Sequence[Point], width: int, colour: tuple[int, int, int]
) -> None:
    if kind is AnnotationKind.TEXT:
        return
    (x0, y0), (x1, y1) = places
    if kind is AnnotationKind.RECTANGLE:
        draw.rectangle((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), outline=colour, width=width)
        return
    draw.line((x0, y0, x1, y1), fill=colour, width=width)
    along = np.array([x0 - x1, y0 - y1])
    along = along / max(1e-6, float(np.hypot(*along))) * 14
    for turn in (0.45, -0.45):
        cos, sin = np.cos(turn), np.sin(turn)
        side = (x1 + cos * along[0] - sin * along[1], y1 + sin * along[0] + cos * along[1])
        draw.line((x1, y1, *side), fill=colour, width=width)


def _pixel(point: Point, size: tuple[int, int]) -> Point:
    return point[0] * (size[0] - 1), point[1] * (size[1] - 1)


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.convert("RGB").save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
