"""Stored pixels of any mode to 8-bit RGB, with a sentence for everything that was changed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.imaging.opening import OpenImage

_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # TIFF tags
_WHITE_IS_ZERO, _SIGNED = 0, 2
_PNG_HEADER = 26  # signature, length and name of IHDR, width, height, bit depth, colour type
_BITS_OF_MODE = {"1": 1, "I": 32, "F": 32}
_KINDS = {
    "1": "black and white",
    "L": "grey",
    "I": "grey",
    "F": "grey floating point",
    "LA": "grey with alpha",
    "La": "grey with alpha",
    "P": "palette",
    "PA": "palette with alpha",
    "RGBA": "RGB with alpha",
    "RGBa": "RGB with alpha",
    "LAB": "Lab",
}
_TO_RGB = {
    "1": "Black and white was repeated in the three colour channels.",
    "L": "Grey values were repeated in the three colour channels.",
    "LA": "Grey values were repeated in the three colour channels.",
    "I": "Grey values were repeated in the three colour channels.",
    "F": "Floating-point grey values were scaled to 8 bits and repeated in the three colour channels.",
    "P": "Palette entries were replaced by their RGB colours.",
    "PA": "Palette entries were replaced by their RGB colours.",
    "CMYK": "CMYK was converted to RGB without its colour profile.",
    "YCbCr": "YCbCr was converted to RGB.",
    "LAB": "Lab was converted to sRGB.",
}
COMPOSITED = "Transparent pixels were composited on white."


@dataclass(frozen=True, slots=True)
class Samples:
    """How one sample is stored: its bits, and for grey TIFF files its sign and direction."""

    bits: int
    signed: bool = False
    white_is_zero: bool = False


def samples_of(opened: OpenImage) -> Samples:
    """How the samples of an opened file are stored, from its header."""
    image, usual = opened.image, _BITS_OF_MODE.get(opened.image.mode, 16 if opened.image.mode[:2] == "I;" else 8)
    if opened.row.container == "PNG":
        return Samples(_png_header(opened)[24])
    if opened.row.container == "TIFF":
        tags = getattr(image, "tag_v2", {})
        bits, sample_format = tags.get(_BITS_PER_SAMPLE, (usual,)), tags.get(_SAMPLE_FORMAT, (1,))
        return Samples(int(bits[0]), sample_format[0] == _SIGNED, tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO)
    depth = image.info.get("bit_depth", usual)
    return Samples(depth if isinstance(depth, int) else usual)


def pixel_format(opened: OpenImage, samples: Samples) -> str:
    """The stored pixels in plain words ("RGB 8 bit", "grey 16 bit", "palette 4 bit")."""
    mode = opened.image.mode
    kind = _KINDS.get(mode.partition(";")[0], mode)
    if opened.row.container == "PNG" and _png_header(opened)[25] == 4:
        kind = _KINDS["LA"]  # Pillow widens 16-bit grey with alpha to RGBA
    return f"{kind} {samples.bits} bit"


def conversion_remarks(image: Image.Image, samples: Samples) -> tuple[str, ...]:
    """A sentence for every step that `to_rgb` takes with these pixels; `image` is loaded."""
    remarks = []
    if samples.bits > 8 and image.mode != "F":
        remarks.append(f"{samples.bits}-bit samples were reduced to their upper 8 bits.")
    told = _TO_RGB.get(image.mode.partition(";")[0])
    remarks += [told] if told else []
    if is_translucent(image):
        remarks.append(COMPOSITED)
    return tuple(remarks)


def is_translucent(image: Image.Image) -> bool:
    """Whether any pixel of a loaded image is not fully opaque."""
    if not image.has_transparency_data or image.mode[:2] in ("I;", "I"):
        return False
    if image.mode == "P" and isinstance(image.info.get("transparency"), int):
        return bool(image.histogram()[image.info["transparency"]])
    alpha = image.getchannel("A") if image.mode in ("RGBA", "LA", "PA") else image.convert("RGBA").getchannel("A")
    lowest = alpha.getextrema()[0]
    return isinstance(lowest, (int, float)) and lowest < 255


def to_rgb(image: Image.Image, samples: Samples) -> Image.Image:
    """8-bit RGB of a loaded image: high byte of wider samples, transparency on white, everything else by Pillow."""
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        return image
    if mode[:2] == "I;" or mode in ("I", "F"):
        return Image.fromarray(_eight_bits(np.asarray(image), samples)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return image.convert("RGB")


def shrunk(image: Image.Image, samples: Samples, max_side: int) -> Image.Image:
    """8-bit RGB of a loaded image with its longer side at most `max_side` pixels; never enlarged."""
    factor = min(1.0, max_side / max(image.size))
    if factor == 1.0:
        return to_rgb(image, samples)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    can_be_averaged = image.mode in ("RGB", "L", "CMYK", "YCbCr") and "transparency" not in image.info
    source = image if can_be_averaged else to_rgb(image, samples)
    small = source.resize(size, Image.Resampling.BICUBIC, reducing_gap=1.0)  # whole-number box first: four times faster
    return to_rgb(small, samples)


def as_array(image: Image.Image) -> NDArray[np.uint8]:
    """The (H, W, 3) uint8 pixels of an RGB image, writable and contiguous."""
    return np.array(image)


def _eight_bits(values: NDArray[Any], samples: Samples) -> NDArray[np.uint8]:
    if values.dtype.kind == "f":
        return _scaled(values.astype(np.float32))
    if samples.signed:
        high = np.maximum(values, 0) >> max(samples.bits - 9, 0)
    else:
        unsigned = values.view(values.dtype.str.replace("i", "u"))  # Pillow keeps unsigned 32-bit samples as signed
        high = unsigned >> max(samples.bits - 8, 0)
    eight: NDArray[np.uint8] = high.astype(np.uint8)
    return 255 - eight if samples.white_is_zero else eight


def _scaled(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Floating-point grey: 0–1 or 0–255 as they are usually meant, anything brighter from zero to its maximum."""
    finite = np.clip(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), 0.0, None)
    top = float(finite.max(initial=0.0))
    full = 1.0 if top <= 1.0 else max(top, 255.0)
    eight: NDArray[np.uint8] = np.rint(finite * np.float32(255.0 / full)).astype(np.uint8)
    return eight


def _png_header(opened: OpenImage) -> bytes:
    with opened.path.open("rb") as stream:
        return stream.read(_PNG_HEADER)
