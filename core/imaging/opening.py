"""The one place that hands bytes to Pillow: one plug-in chosen by signature, guards on, every failure an outcome.

The guards of the `warnings` module are not made for threads; call this in a process that decodes in one thread,
as the workers do.
"""

from __future__ import annotations

import errno
import io
import mmap
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,  # noqa: F401 - importing a plug-in registers it; Pillow then never looks for more
    GifImagePlugin,  # noqa: F401
    Image,
    ImageFile,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

from core.domain import IntakeOutcome
from core.imaging.formats import CONTAINERS, HEAD_BYTES, Format, foreign_name, format_of
from core.imaging.png_chunks import without_bombs
from core.imaging.problems import Undecodable, unreadable_source
from core.imaging.structure import Structure, structure_of

# Parallelism comes from several workers; an embedded preview must never stand in for the image.
pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

ORIENTATION_TAG = 0x0112
_TO_DISPLAY: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TO_STORED = _TO_DISPLAY | {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}

# What Pillow's plug-ins are known to raise on bytes that make no sense; anything else is a fault of the program and
# ends the worker, which the pool reports as a crash of the decoder.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    EOFError,
    RuntimeError,
    BufferError,
    struct.error,
    zlib.error,
)
_FAULTS_OF_THE_DRIVE = frozenset({errno.EIO, errno.ESTALE, errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENODEV})
_SAID_WHEN_CUT_OFF = ("truncated", "premature", "end of file", "end-of-file")


@dataclass(frozen=True, slots=True)
class OpenImage:
    """A file whose header was read and found harmless; pixels come with `load_stored`.

    Attributes:
        image: Pillow's lazy image, first frame.
        row: its format.
        path: the file on this machine.
        label: the same file as the analyst knows it.
        structure: the outline of the file.
        bombs_left_out: whether texts or a profile of a PNG were hidden from the decoder for their size.
    """

    image: ImageFile.ImageFile
    row: Format
    path: Path
    label: str
    structure: Structure
    bombs_left_out: bool


@contextmanager
def opened_image(path: Path, pixel_limit: int, label: str | None = None) -> Iterator[OpenImage]:
    """Open a stored file for decoding.

    Args:
        path: the file; it must not change while it is open.
        pixel_limit: most pixels that may be decoded.
        label: how to call the file in sentences, the path itself by default.

    Raises:
        Undecodable: the file is none of `FORMATS`, damaged, cut off, too large or cannot be read.
    """
    label = str(path) if label is None else label
    try:
        stream = path.open("rb")
    except OSError as error:
        raise unreadable_source(error, label) from error
    with stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata; bombs are errors all the same
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        opened = _open(stream, path, pixel_limit, label)
        with opened.image:
            yield opened


def load_stored(opened: OpenImage) -> tuple[Image.Image, int]:
    """Decode every pixel of the first frame.

    Returns:
        The image as stored, no orientation applied, and its EXIF orientation (1–8).

    Raises:
        Undecodable: truncated, damaged, or larger than the header said.
    """
    image = opened.image
    if opened.row.container != "TIFF":
        with decoding(opened.row, opened.path, opened.label):
            image.load()
        return image, orientation_of(image)  # only now: a PNG may keep its EXIF behind the pixels
    orientation = orientation_of(image)
    with decoding(opened.row, opened.path, opened.label):
        image.load()  # turns the pixels of a TIFF and forgets the orientation
        return (image if orientation == 1 else image.transpose(_TO_STORED[orientation])), orientation


def turned_for_display(image: Image.Image, orientation: int) -> Image.Image:
    """The image as its EXIF orientation (1–8) wants it seen."""
    return image if orientation == 1 else image.transpose(_TO_DISPLAY[orientation])


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation 1–8; 1 when there is none or it makes no sense."""
    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except DECODER_ERRORS:
        return 1
    return value if isinstance(value, int) and value in _TO_DISPLAY else 1


def _open(stream: IO[bytes], path: Path, pixel_limit: int, label: str) -> OpenImage:
    head = stream.read(HEAD_BYTES)
    row = format_of(head)
    if row is None:
        raise _not_an_image(head, label)
    with decoding(row, path, label):
        structure = structure_of(path, row.container)
        replacement = _harmless_png(stream) if row.container == "PNG" else None
        Image.MAX_IMAGE_PIXELS = pixel_limit
        image = Image.open(replacement or stream, formats=(row.pillow,))
    if image.width * image.height > pixel_limit:
        raise _too_large(image.size, pixel_limit, label)
    return OpenImage(image, row, path, label, structure, replacement is not None)


def _harmless_png(stream: IO[bytes]) -> IO[bytes] | None:
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        replacement = without_bombs(data)
    return None if replacement is None else io.BytesIO(replacement)


@contextmanager
def decoding(row: Format, path: Path, label: str) -> Iterator[None]:
    """Turn whatever decoders and conversions raise on hostile bytes into an outcome."""
    try:
        yield
    except MemoryError as error:
        raise _too_much_memory(label) from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large(None, Image.MAX_IMAGE_PIXELS or 0, label) from error
    except DECODER_ERRORS as error:
        if isinstance(error, OSError) and error.errno in _FAULTS_OF_THE_DRIVE:
            raise unreadable_source(error, label) from error
        raise _broken(row, path, label, error) from error


def _broken(row: Format, path: Path, label: str, error: Exception) -> Undecodable:
    said = str(error).lower()
    if "memory" in said or "security limit" in said:  # how the HEIC and AVIF libraries refuse to allocate
        return _too_much_memory(label)
    if any(word in said for word in _SAID_WHEN_CUT_OFF) or not structure_of(path, row.container).complete:
        return Undecodable(
            IntakeOutcome.TRUNCATED,
            f"{label} is cut off: the {row.container} data ends before the image does. Ask for the complete file.",
        )
    return Undecodable(
        IntakeOutcome.DAMAGED,
        f"{label} begins like a {row.container} image but cannot be decoded: it is damaged, or of a rare kind that "
        "is not supported. Ask for another copy, or convert it and take the converted file in as well.",
    )


def _not_an_image(head: bytes, label: str) -> Undecodable:
    if not head:
        return Undecodable(IntakeOutcome.EMPTY, f"{label} has zero bytes. Ask for another copy.")
    name = foreign_name(head)
    says = f"It seems to be {name}." if name else "Its first bytes are those of no known format."
    return Undecodable(IntakeOutcome.NOT_AN_IMAGE, f"{label} is not an image that can be read ({CONTAINERS}). {says}")


def _too_large(size: tuple[int, int] | None, pixel_limit: int, label: str) -> Undecodable:
    is_size = f"is {size[0]} × {size[1]} pixels" if size else "is very large"
    return Undecodable(
        IntakeOutcome.TOO_LARGE,
        f"{label} {is_size}, beyond the limit of {pixel_limit / 1e6:g} megapixels. It was not decoded; raise the limit "
        "in the settings if the machine has the memory.",
    )


def _too_much_memory(label: str) -> Undecodable:
    return Undecodable(
        IntakeOutcome.TOO_LARGE,
        f"{label} needs more memory to decode than a reader may use. Raise the memory per reader in the settings.",
    )
