"""A readable selection of EXIF, with hostile text kept but bounded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from core.imaging.opening import DECODER_ERRORS

TEXT_LIMIT = 65_536  # characters of one entry; the original keeps the rest
_EXIF, _GPS = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo
_USER_COMMENT, _EXPOSURE = 0x9286, 0x829A

_MAIN: tuple[tuple[int, str], ...] = (
    (0x010F, "Camera maker"),
    (0x0110, "Camera"),
    (0x0131, "Software"),
    (0x013C, "Host computer"),
    (0x0132, "Changed"),
    (0x010E, "Description"),
    (0x013B, "Artist"),
    (0x8298, "Copyright"),
    (0x9C9B, "Title"),
    (0x9C9C, "Comment"),
    (0x9C9E, "Keywords"),
)
_DETAIL: tuple[tuple[int, str], ...] = (
    (0x9003, "Taken"),
    (0x9010, "Time zone"),
    (0x9004, "Digitised"),
    (0xA433, "Lens maker"),
    (0xA434, "Lens"),
    (0xA431, "Camera serial number"),
    (_EXPOSURE, "Exposure (s)"),
    (0x829D, "Aperture (f/)"),
    (0x8827, "Sensitivity (ISO)"),
    (0x920A, "Focal length (mm)"),
    (0xA002, "Width stated"),
    (0xA003, "Height stated"),
    (_USER_COMMENT, "User comment"),
    (0xA420, "Image unique ID"),
)
_COMMENT_CODES = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "shift_jis", b"\0" * 8: "utf-8"}

Pairs = tuple[tuple[str, str], ...]


def read_exif(image: Image.Image) -> tuple[Pairs, bool]:
    """The (name, text) pairs of the selection that are there, and whether all of the EXIF could be read."""
    pairs: list[tuple[str, str]] = []
    intact = True
    for part in (_main, _detail, gps_position):
        try:
            pairs += part(image.getexif())
        except DECODER_ERRORS:  # a damaged directory costs its entries, not the image
            intact = False
    return tuple(pairs), intact


def readable(value: object, limit: int = TEXT_LIMIT) -> str:
    """Text of a metadata value: decoded, stripped of padding, at most `limit` characters, storable as UTF-8."""
    if isinstance(value, bytes):
        value = value[: 4 * limit].decode("utf-8", "replace")
    elif isinstance(value, tuple):
        value = ", ".join(readable(part, limit) for part in value[:16])
    elif isinstance(value, float) or hasattr(value, "numerator"):
        value = _number(value)
    text = str(value).strip("\0 \t\r\n")
    text = text if len(text) <= limit else text[:limit] + "…"
    return text.encode("utf-8", "replace").decode("utf-8")


def _main(exif: Image.Exif) -> Pairs:
    return _pairs(exif, _MAIN)


def _detail(exif: Image.Exif) -> Pairs:
    return _pairs(exif.get_ifd(_EXIF), _DETAIL)


def _pairs(values: Mapping[int, Any], selection: tuple[tuple[int, str], ...]) -> Pairs:
    found = ((name, entry_text(tag, values[tag])) for tag, name in selection if tag in values)
    return tuple((name, text) for name, text in found if text)


def entry_text(tag: int, value: object) -> str:
    """Text of one EXIF entry; raises some of `DECODER_ERRORS` on nonsense."""
    if isinstance(value, bytes) and tag == _USER_COMMENT:
        return readable(_user_comment(value))
    if 0x9C9B <= tag <= 0x9C9F and isinstance(value, (bytes, tuple)):
        return readable(bytes(value)[: 4 * TEXT_LIMIT].decode("utf-16-le", "replace"))  # written by Windows
    text = readable(value)
    return f"1/{round(1 / float(text))}" if tag == _EXPOSURE and 1e-6 < float(text) < 0.4 else text


def _user_comment(value: bytes) -> str:
    """Text behind the eight bytes that name its encoding; image generators keep their prompts here."""
    encoding, body = _COMMENT_CODES.get(value[:8]), value[8 : 8 + 4 * TEXT_LIMIT]
    if encoding is None:
        return value[: 4 * TEXT_LIMIT].decode("utf-8", "replace")
    if encoding == "utf-16":  # the byte order is nowhere stated; Latin text shows it
        encoding = "utf-16-be" if body[:1] == b"\0" else "utf-16-le"
    return body.decode(encoding, "replace")


def _number(value: Any) -> str:  # noqa: ANN401 - int, float or Pillow's rational
    if isinstance(value, int):
        return str(value)
    number = float(value)
    if not math.isfinite(number):
        return ""
    return f"{number:.6g}"


def gps_position(exif: Image.Exif) -> Pairs:
    """The position in degrees as one (name, text) pair, or nothing; raises some of `DECODER_ERRORS` on nonsense."""
    gps = exif.get_ifd(_GPS)
    latitude, longitude = _degrees(gps, 1, "S"), _degrees(gps, 3, "W")
    if latitude is None or longitude is None:
        return ()
    return (("GPS position", f"{latitude:.6f}, {longitude:.6f}"),)


def _degrees(gps: Mapping[int, Any], tag: int, negative: str) -> float | None:
    parts = gps.get(tag + 1)
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    degrees = sum(float(part) / 60**power for power, part in enumerate(parts))
    sign = -1 if str(gps.get(tag, "")).upper().startswith(negative) else 1
    return sign * degrees if math.isfinite(degrees) else None
