"""What the checks of a retraining need to know of one image file; made for reader processes: it may be hostile."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from imagehash import phash
from PIL import Image

from core.imaging.digest import digests_of
from core.imaging.facts import quality_of
from core.imaging.opening import OpenImage, decoding, load_stored, opened_image, turned_for_display
from core.imaging.pixels import samples_of, shrunk
from core.imaging.problems import Undecodable
from core.imaging.sources import Source, file_chunks
from core.imaging.statements import read_statements

THUMBNAIL_PX = 256
LAYOUT = 4  # cells of the coarse layout on a side
_QUALITY = 85
_TABLES_CHARACTERS = 12
_CLAIM_CHARACTERS = 120
_CLAIMS = ("Model", "Program")  # what names a generator best comes first
_MADE_BY_A_NETWORK = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")


@dataclass(frozen=True, slots=True)
class TrainingFacts:
    """What the bytes of one image file say; fields as in `core.retraining.TrainingImage`.

    Attributes:
        thumbnail: JPEG of at most 256 × 256 pixels, turned for display.
    """

    sha256: str
    size_bytes: int
    container: str
    tables: str
    quality: int | None
    width: int
    height: int
    claim: str
    hash64: int
    colours: tuple[float, ...]
    thumbnail: bytes


def training_facts(path: Path, pixel_limit: int) -> TrainingFacts:
    """Hash, decode and measure one image file.

    Args:
        path: the file; it is only read.
        pixel_limit: most pixels that may be decoded.

    Raises:
        Undecodable: it cannot be read, or is no image; the sentence says why.
    """
    label = Source(str(path)).label
    digest = digests_of(file_chunks(path, label))
    with opened_image(path, pixel_limit, label) as opened:
        samples, size = samples_of(opened), opened.image.size
        quality, tables = quality_of(opened), _tables(opened)
        if opened.row.container == "JPEG":
            opened.image.draft(None, (THUMBNAIL_PX, THUMBNAIL_PX))  # decodes at a half, a quarter or an eighth
        image, orientation = load_stored(opened)
        with decoding(opened.row, path, label):
            small = turned_for_display(shrunk(image, samples, THUMBNAIL_PX), orientation)
            fingerprint, colours = perceptual_hash(small), colour_features(small)
    return TrainingFacts(
        sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        container=opened.row.container,
        tables=tables,
        quality=None if quality is None else quality.quality,
        width=size[0],
        height=size[1],
        claim=_claim(path, pixel_limit),
        hash64=fingerprint,
        colours=colours,
        thumbnail=_as_jpeg(small),
    )


def perceptual_hash(image: Image.Image) -> int:
    """64 bits of the image's coarse cosine transform (pHash); alike for an image and its re-saved or resized copy."""
    bits = phash(image).hash.ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def colour_features(image: Image.Image) -> tuple[float, ...]:
    """What a glance sees of an RGB image: mean and spread of the three colours, then 4 × 4 mean colours, all 0–1.

    54 numbers: red, green, blue means; their standard deviations (times two); the cells row by row.
    """
    pixels = np.asarray(image.resize((64, 64), Image.Resampling.BOX), np.float64) / 255  # (64, 64, 3)
    cells = pixels.reshape(LAYOUT, 64 // LAYOUT, LAYOUT, 64 // LAYOUT, 3).mean((1, 3))  # (4, 4, 3)
    numbers = (pixels.mean((0, 1)), 2 * pixels.std((0, 1)), cells.ravel())
    return tuple(round(float(value), 4) for value in np.concatenate(numbers))


def _tables(opened: OpenImage) -> str:
    """What tells one lossy encoder's setting from another's, "" where there is nothing of the kind."""
    if opened.row.container == "WebP":
        with opened.path.open("rb") as stream:
            return webp_coding(stream.read(1 << 16))
    tables = getattr(opened.image, "quantization", None)
    if opened.row.container != "JPEG" or not tables:
        return ""
    numbers = b"".join(_packed(tables[number]) for number in sorted(tables))
    return hashlib.sha256(numbers).hexdigest()[:_TABLES_CHARACTERS]


def _packed(table: Iterable[int]) -> bytes:
    return b"".join(int(number).to_bytes(4, "big") for number in table) + b"|"


def webp_coding(head: bytes) -> str:
    """Say "lossless" or "lossy" of a WebP file, by its first image chunk; "" when that comes later than `head`."""
    at = 12
    while at + 8 <= len(head):
        kind, length = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if kind in (b"VP8L", b"VP8 "):
            return "lossless" if kind == b"VP8L" else "lossy"
        at += 24 if kind == b"ANMF" else 8 + length + length % 2  # the frames of an animation are nested
    return ""


def _claim(path: Path, pixel_limit: int) -> str:
    """The generator that the file's own metadata names, "" for none; damaged metadata names none."""
    with suppress(Undecodable):
        said = read_statements(path, pixel_limit)
        named = {line.name: line.text for line in reversed(said.statements) if line.group == "Generator"}
        for name in _CLAIMS:
            if text := " ".join(named.get(name, "").split()):
                return text[:_CLAIM_CHARACTERS]
        if said.source_type.rpartition("/")[2] in _MADE_BY_A_NETWORK:
            return "a generator that is not named (its metadata say so)"
    return ""


def _as_jpeg(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
