"""What an image file says of itself: container, pixels, quality, metadata, and everything odd about it."""

from __future__ import annotations

import mmap
from pathlib import Path, PurePath

from PIL import Image

from core.domain import ImageFacts
from core.imaging.exif import Pairs, read_exif, readable
from core.imaging.formats import FORMATS
from core.imaging.jpeg_quality import QualityEstimate, estimate_quality
from core.imaging.opening import DECODER_ERRORS, OpenImage, load_stored, opened_image
from core.imaging.pixels import Samples, conversion_remarks, pixel_format, samples_of
from core.imaging.png_chunks import png_texts
from core.imaging.problems import Undecodable

METADATA_LIMIT = 262_144  # characters of all entries together
_KNOWN_SUFFIXES = {suffix: row.container for row in FORMATS for suffix in row.suffixes}
_NEW_SUBFILE_TYPE, _DNG_VERSION = 254, 50706
_PACKETS = (("xmp", "XMP packet"), ("icc_profile", "Colour profile"))


def read_facts(path: Path, pixel_limit: int = 200_000_000) -> ImageFacts:
    """The facts of a stored file; decodes it once, because some facts are only known then.

    Raises:
        Undecodable: the file is no image that can be decoded.
    """
    with opened_image(path, pixel_limit) as opened:
        samples = samples_of(opened)
        image, orientation = load_stored(opened)
        return facts_of(opened, image, samples, orientation, path.name)


def read_jpeg_quality(path: Path, pixel_limit: int = 200_000_000) -> int | None:
    """The quality setting (1–100) of a JPEG file, read from its header; None for anything else."""
    try:
        with opened_image(path, pixel_limit) as opened:
            quality = quality_of(opened)
    except Undecodable:
        return None
    return None if quality is None else quality.quality


def facts_of(opened: OpenImage, image: Image.Image, samples: Samples, orientation: int, name: str) -> ImageFacts:
    """The facts of an opened and loaded file.

    Args:
        opened: the file, still open.
        image: its stored pixels.
        samples: how its samples are stored.
        orientation: EXIF orientation, 1–8.
        name: file name as it was found; its suffix is compared with the container.
    """
    frames = _frames(opened)
    quality = quality_of(opened)
    metadata, remarks = _metadata(opened)
    return ImageFacts(
        container=opened.row.container,
        pixel_format=pixel_format(opened, samples),
        width=image.width,
        height=image.height,
        frames=frames,
        jpeg_quality=None if quality is None else quality.quality,
        orientation=orientation,
        metadata=metadata,
        remarks=(
            *oddities(opened, name),
            *remarks,
            *_frame_remark(opened, frames),
            *_orientation_remark(opened, orientation),
            *conversion_remarks(image, samples),
            *_quality_remark(quality),
        ),
    )


def oddities(opened: OpenImage, name: str) -> tuple[str, ...]:
    """Sentences about what makes a file suspicious: false suffix, missing end, appended bytes, false checksums."""
    return (*_suffix_remark(opened, name), *_structure_remarks(opened, _frames(opened)))


def _frames(opened: OpenImage) -> int:
    if opened.structure.frames is not None:
        return max(1, opened.structure.frames)
    try:
        return max(1, int(getattr(opened.image, "n_frames", 1)))
    except DECODER_ERRORS:  # a damaged later page; the first is fine
        return 1


def quality_of(opened: OpenImage) -> QualityEstimate | None:
    """The quality setting of an opened JPEG; None for every other container."""
    tables = getattr(opened.image, "quantization", None)
    return estimate_quality(tables) if opened.row.container == "JPEG" and tables else None


def _metadata(opened: OpenImage) -> tuple[Pairs, tuple[str, ...]]:
    """All entries within `METADATA_LIMIT`, and remarks about what is missing."""
    exif, intact = read_exif(opened.image)
    texts, too_large = _png_texts(opened) if opened.row.container == "PNG" else ((), False)
    kept, cut = _within_limit((*exif, *_comments(opened.image), *texts, *_packets(opened.image)))
    told = (
        (not intact, "Part of the EXIF data is damaged and could not be read."),
        (
            opened.bombs_left_out or too_large,
            "A text or colour profile in the file unpacks to a suspicious size and was not read.",
        ),
        (cut, "Some metadata is too long to be listed; the original keeps all of it."),
    )
    return kept, tuple(sentence for applies, sentence in told if applies)


def _png_texts(opened: OpenImage) -> tuple[Pairs, bool]:
    with opened.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        texts, too_large = png_texts(data)
    return tuple((readable(f"PNG {key}"), readable(text)) for key, text in texts), too_large


def _comments(image: Image.Image) -> Pairs:
    text = readable(image.info.get("comment", b""))
    return (("File comment", text),) if text else ()


def _packets(image: Image.Image) -> Pairs:
    """Blocks that are only named here, with their size."""
    found = ((name, image.info.get(key)) for key, name in _PACKETS)
    return tuple((name, f"{len(block)} bytes") for name, block in found if isinstance(block, bytes) and block)


def _within_limit(pairs: Pairs) -> tuple[Pairs, bool]:
    kept: list[tuple[str, str]] = []
    left = METADATA_LIMIT
    for name, text in pairs:
        left -= len(name) + len(text)
        if left < 0:
            return tuple(kept), True
        kept.append((name, text))
    return tuple(kept), any(text.endswith("…") for _, text in pairs)


def _suffix_remark(opened: OpenImage, name: str) -> tuple[str, ...]:
    suffix = PurePath(name).suffix.lower()
    if suffix in opened.row.suffixes:
        return ()
    if not suffix:
        return (f"The file name has no ending; the content is {opened.row.container}.",)
    usual = _KNOWN_SUFFIXES.get(suffix)
    says = f"{usual} files" if usual else "other files"
    return (
        f"Wrong extension: the name ends in {readable(suffix, 20)} like {says}, the content is {opened.row.container}.",
    )


def _orientation_remark(opened: OpenImage, orientation: int) -> tuple[str, ...]:
    if orientation != 1:
        return (f"EXIF orientation {orientation} is applied for display only; the analysis uses the stored pixels.",)
    if opened.image.info.get("original_orientation") not in (None, 1):
        return ("The file asks its decoder to turn the image; the analysis uses the turned pixels.",)
    return ()


def _frame_remark(opened: OpenImage, frames: int) -> tuple[str, ...]:
    tags = getattr(opened.image, "tag_v2", {})
    which = "main" if opened.row.container == "HEIC" else "first"
    kind = tags.get(_NEW_SUBFILE_TYPE, 0)
    remarks = []
    if frames > 1:
        remarks.append(f"The file holds {frames} images; only the {which} one is read.")
    if (isinstance(kind, int) and kind & 1) or _DNG_VERSION in tags:
        remarks.append(
            "The first image of this file is a preview; convert the file and take the full image in as well."
        )
    return tuple(remarks)


def _quality_remark(quality: QualityEstimate | None) -> tuple[str, ...]:
    if quality is None or quality.exact:
        return ()
    return ("The JPEG quality is a nearest match: the file uses quantisation tables of its own.",)


def _structure_remarks(opened: OpenImage, frames: int) -> tuple[str, ...]:
    structure, remarks = opened.structure, []
    if not structure.complete:
        remarks.append("The end of the file is missing, but every pixel of the first image could be decoded.")
    if structure.trailing and frames == 1:
        remarks.append(f"{structure.trailing} further bytes follow the end of the image.")
    if structure.false_checksums:
        remarks.append(f"{structure.false_checksums} parts of the file do not fit their stored checksum.")
    return tuple(remarks)
