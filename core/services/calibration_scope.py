"""The part of a detector's card that says which images it may judge: what training and calibration have seen."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from core.imaging.facts import read_jpeg_quality

if TYPE_CHECKING:
    from core.dna.dataset import Picture


def scope_part(
    card: Mapping[str, Any], held: Sequence[Picture], bank: Sequence[Picture], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The card's scope with what training saw and what it was validated on, remembered images included.

    The lowest JPEG quality is the lowest that either of them had, files and random re-compression alike.
    """
    part, earlier = card.get("scope") or {}, before.get("scope") or {}
    lowest = _recompressed_from(card)
    seen = {
        **(widened(earlier.get("seen"), _envelope(bank)) if bank else part.get("seen") or earlier.get("seen") or {}),
        **({} if lowest is None else {"recompressed_from_quality": lowest}),
    }
    validated = widened(earlier.get("validated"), _envelope(held)) if held else earlier.get("validated") or {}
    qualities = [row["jpeg_quality"][0] for row in (seen, validated) if "jpeg_quality" in row]
    if lowest is not None:
        qualities.append(lowest)
    return {**part, "jpeg_quality_low": min(qualities, default=None), "seen": seen, "validated": validated}


def widened(earlier: Mapping[str, Any] | None, envelope: dict[str, Any]) -> dict[str, Any]:
    """An envelope that holds an earlier one as well."""
    if not earlier:
        return envelope
    out = dict(envelope)
    for key in ("images", "jpeg_files"):
        out[key] = out.get(key, 0) + earlier.get(key, 0)
    for key in ("side_px", "jpeg_quality"):
        ends = [*earlier.get(key, ()), *out.get(key, ())]
        out |= {key: [min(ends), max(ends)]} if ends else {}
    return out


def _envelope(pictures: Sequence[Picture]) -> dict[str, Any]:
    """Images, shortest and longest side in pixels, JPEG files among them and the range of their quality settings."""
    found = (read_jpeg_quality(path) for path in sorted({picture.item.path for picture in pictures}))
    qualities = sorted(quality for quality in found if quality is not None)
    sides = sorted(side for picture in pictures for side in picture.pixels.shape[:2])
    return {
        "images": len(pictures),
        "side_px": [sides[0], sides[-1]],
        "jpeg_files": len(qualities),
        **({"jpeg_quality": [qualities[0], qualities[-1]]} if qualities else {}),
    }


def _recompressed_from(card: Mapping[str, Any]) -> int | None:
    """The lowest quality of the training's random re-compression, None where there was none."""
    from core.dna.augment import Augment

    try:
        part = tomllib.loads(str((card.get("trained") or {}).get("recipe", ""))).get("augment")
    except tomllib.TOMLDecodeError:
        return None
    if not isinstance(part, dict):
        return None
    plain = Augment()
    if not part.get("jpeg", plain.jpeg):
        return None
    return int(part.get("jpeg_low", plain.jpeg_low))


def envelope_of_files(paths: Collection[Path]) -> dict[str, Any]:
    """The same of files that can be read, without decoding them."""
    sides: list[int] = []
    qualities: list[int] = []
    for path in sorted(paths):
        with suppress(OSError, UnidentifiedImageError, Image.DecompressionBombError), Image.open(path) as image:
            sides += image.size
            quality = read_jpeg_quality(path)
            qualities += [] if quality is None else [quality]
    out: dict[str, Any] = {"images": len(sides) // 2, "jpeg_files": len(qualities)}
    out |= {"side_px": [min(sides), max(sides)]} if sides else {}
    return out | ({"jpeg_quality": [min(qualities), max(qualities)]} if qualities else {})
