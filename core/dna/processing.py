"""What may have happened to an image since it was made: tables of steps, and the steps themselves.

Three presets. "standard" is everyday handling in fixed steps. "yu2019" and "dnadet2021" draw the attacks of two papers
at random, each attack alone and always applied; every draw depends on the image's SHA-256 and the number of the step,
so that it repeats. Where a paper's attack cannot be run here, the text of the step says what stands in for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import BadInput

Pixels = NDArray[np.uint8]
Random = np.random.Generator

DRAWS = 4
"""How often each attack of a paper is drawn."""

JPEG_LARGEST_SIDE = 65_500
"""Pixels on a side that a JPEG file can hold (libjpeg's limit)."""

_ROWS_AT_ONCE = 512
_SCREEN_GAMMA = 2.2
_SEED_DIGITS = 12
_PARAMETERS, _NOISE = 0, 1  # two independent streams of random numbers for each step


@dataclass(frozen=True, slots=True)
class Step:
    """One processing of an image, by itself.

    Attributes:
        curve: the curve it belongs to.
        level: where on the curve, in the curve's unit.
        text: what is done, as it reads in the middle of a sentence.
        work: which function of `_WORK` does it.
        parameters: what that function is given.
        jpeg_quality: quality of the JPEG file that comes out, None where no JPEG file does.
        number: its place in the order of drawing, from 1; part of the seed.
    """

    curve: str
    level: float
    text: str
    work: str
    parameters: tuple[float, ...]
    jpeg_quality: int | None = None
    number: int = 0


def _jpeg_step(quality: int) -> Step:
    return Step("JPEG", quality, f"JPEG quality {quality}", "jpeg", (quality,), quality)


def _resize_step(percent: int) -> Step:
    return Step("Resize", percent, f"a reduction to {percent} %", "resize", (percent / 100,))


def _crop_step(percent: int) -> Step:
    kept = math.sqrt(1 - percent / 100)  # of each side, so that `percent` of the area goes
    rim = (1 - kept) / 2
    return Step("Crop", percent, f"a crop of {percent} % of the area", "crop", (rim, rim, kept, kept))


def _blur_step(sigma: float) -> Step:
    return Step("Blur", sigma, f"a blur of sigma {sigma:g} px", "blur", (sigma,))


def _noise_step(variance: float) -> Step:
    return Step("Noise", variance, f"noise of variance {variance:g}", "noise", (variance,))


def _screenshot_step(percent: int, quality: int | None) -> Step:
    saved = "PNG" if quality is None else f"JPEG {quality}"
    text = f"a screenshot at {percent} %, {saved}"
    return Step("Screenshot", percent, text, "screenshot", (percent / 100, quality or 0), quality)


def _exposure_step(stops: float, remark: str = "") -> Step:
    text = f"light {abs(stops):g} {'stop' if abs(stops) == 1 else 'stops'} {'darker' if stops < 0 else 'brighter'}"
    return Step("Light", stops, text + remark, "exposure", (stops,))


STANDARD: tuple[Step, ...] = tuple(
    replace(step, number=number)
    for number, step in enumerate(
        (
            *map(_jpeg_step, (95, 85, 75, 60)),
            *map(_resize_step, (75, 50)),
            *map(_crop_step, (5, 10, 20)),
            *map(_blur_step, (0.5, 1.0, 2.0)),
            *map(_noise_step, (5, 20, 80)),
            _screenshot_step(90, None),
            _screenshot_step(125, 90),
            _screenshot_step(67, 90),
            *map(_exposure_step, (-0.5, 0.5, -1.0, 1.0)),
        ),
        start=1,
    )
)
"""Everyday handling. The steps of a curve go from mild to strong."""


def _yu_crop(random: Random) -> Step:
    """5-20 % of the side goes, half of it on either side; back to the old size, bicubic."""
    percent = round(float(random.uniform(5, 20)), 1)
    kept = 1 - percent / 100
    text = f"a crop of {percent:g} % of the sides, sized back"
    return Step("Crop", percent, text, "crop and size back", (percent / 200, percent / 200, kept, kept, 1))


def _yu_blur(random: Random) -> Step:
    return _kernel_step(int(random.choice((1, 3, 5, 7, 9))))


def _albumentations_blur(random: Random) -> Step:
    """That library draws 1 to 9 and takes the next odd number, so that 1 comes half as often as the others."""
    return _kernel_step(int(random.integers(1, 10)) // 2 * 2 + 1)


def _kernel_step(kernel: int) -> Step:
    text = f"a blur of kernel {kernel} px" + (" (none)" if kernel == 1 else "")
    return Step("Blur", kernel, text, "kernel blur", (kernel,))


def _paper_noise(random: Random) -> Step:
    return _noise_step(round(float(random.uniform(5, 20)), 1))


def _paper_jpeg(random: Random) -> Step:
    return _jpeg_step(int(random.integers(10, 76)))


def _yu_light(random: Random) -> Step:
    """The paper relights the scene with another network (SfSNet); here the whole image gets brighter or darker."""
    stops = round(float(random.uniform(-1, 1)), 2)
    return _exposure_step(stops, " in place of relighting")


def _dnadet_crop(random: Random) -> Step:
    """80-95 % of the area, 3:4 to 4:3 of the image's own shape, anywhere; back to the old size, bilinear."""
    area, width, height = 0.95, 0.0, 0.0
    for _ in range(10):  # as often as albumentations tries
        area = round(float(random.uniform(0.8, 0.95)), 3)
        shape = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        width, height = math.sqrt(area * shape), math.sqrt(area / shape)
        if max(width, height) <= 1:
            break
    else:
        width = height = math.sqrt(area)
    left, top = random.uniform() * (1 - width), random.uniform() * (1 - height)
    percent = round(100 * (1 - area), 1)
    text = f"a crop of {percent:g} % of the area, sized back"
    return Step("Crop", percent, text, "crop and size back", (left, top, width, height, 0))


def _dnadet_light(random: Random) -> Step:
    """Added to every value: up to 90 % of the range up or down."""
    percent = round(100 * float(random.uniform(-0.9, 0.9)))
    text = f"light {abs(percent)} % of the range {'darker' if percent < 0 else 'brighter'}"
    return Step("Light", percent, text, "brightness", (percent / 100,))


_DRAWN: dict[str, tuple[Callable[[Random], Step], ...]] = {
    # Yu et al. 2019, "Attributing Fake Images to GANs", section on robustness.
    "yu2019": (_paper_jpeg, _yu_crop, _yu_blur, _paper_noise, _yu_light),
    # What the authors of DNA-Det ran, by their albumentations pipeline of December 2021.
    "dnadet2021": (_paper_jpeg, _dnadet_crop, _albumentations_blur, _paper_noise, _dnadet_light),
}
PRESETS = ("standard", *_DRAWN)


def seed_of(sha256: str) -> int:
    """The seed of an image: the first twelve digits of its SHA-256, a number below 2⁴⁸."""
    return int(sha256[:_SEED_DIGITS], 16)


def steps_of(preset: str, seed: int) -> tuple[Step, ...]:
    """The steps of a preset, curve by curve, from mild to strong.

    Args:
        preset: one of `PRESETS`.
        seed: of the image, see `seed_of`.

    Raises:
        BadInput: there is no such preset.
    """
    if preset == "standard":
        return STANDARD
    if preset not in _DRAWN:
        raise BadInput(f"There is no preset {preset!r}. At hand: {', '.join(PRESETS)}.")
    steps: list[Step] = []
    for draw in _DRAWN[preset]:
        numbers = range(len(steps) + 1, len(steps) + DRAWS + 1)
        drawn = [replace(draw(_random(seed, number, _PARAMETERS)), number=number) for number in numbers]
        steps += sorted(drawn, key=lambda step: -step.level if step.curve == "JPEG" else abs(step.level))
    return tuple(steps)


def processed(pixels: Pixels, step: Step, seed: int) -> Pixels | None:
    """An image after one step.

    Args:
        pixels: stored pixels (H, W, 3) uint8 RGB.
        step: what to do.
        seed: of the image; noise is drawn from it and the number of the step.

    Returns:
        New pixels (h, w, 3) uint8 RGB, or None where no JPEG file can hold the image.
    """
    if step.jpeg_quality is not None and max(pixels.shape[:2]) * _growth(step) > JPEG_LARGEST_SIDE:
        return None
    return _WORK[step.work](pixels, step.parameters, _random(seed, step.number, _NOISE))


def jpeg_file(pixels: Pixels, quality: int) -> NDArray[np.uint8]:
    """The bytes of a baseline JPEG file, chroma halved in both directions, with the standard tables of a quality."""
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        int(cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420),
    ]
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[:, :, ::-1]), options)  # OpenCV takes BGR
    return np.asarray(data, np.uint8)


def _random(seed: int, number: int, stream: int) -> Random:
    return np.random.default_rng((seed, number, stream))


def _growth(step: Step) -> float:
    return max(1.0, step.parameters[0]) if step.work == "screenshot" else 1.0


def _jpeg(pixels: Pixels, parameters: tuple[float, ...], _: Random) -> Pixels:
    decoded = cv2.imdecode(jpeg_file(pixels, int(parameters[0])), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, np.uint8)[:, :, ::-1])


def _resize(pixels: Pixels, parameters: tuple[float, ...], _: Random) -> Pixels:
    """Smaller and left so, because a detector may look at pixels as they are; Lanczos, as web services do it."""
    return np.asarray(Image.fromarray(pixels).resize(_scaled(pixels, parameters[0]), Image.Resampling.LANCZOS))


def _crop(pixels: Pixels, parameters: tuple[float, ...], _: Random) -> Pixels:
    height, width = pixels.shape[:2]
    left, top, wide, tall = parameters
    columns, rows = max(1, round(wide * width)), max(1, round(tall * height))
    # A centred rim of half a pixel more stays on the far side.
    from_x, from_y = min(int(left * width), width - columns), min(int(top * height), height - rows)
    return pixels[from_y : from_y + rows, from_x : from_x + columns].copy()


def _crop_and_size_back(pixels: Pixels, parameters: tuple[float, ...], random: Random) -> Pixels:
    part = _crop(pixels, parameters[:4], random)
    how = cv2.INTER_CUBIC if parameters[4] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (pixels.shape[1], pixels.shape[0]), interpolation=how), np.uint8)


def _blur(pixels: Pixels, parameters: tuple[float, ...], _: Random) -> Pixels:
    kernel = 2 * math.ceil(3 * parameters[0]) + 1
    return np.asarray(cv2.GaussianBlur(pixels, (kernel, kernel), parameters[0]), np.uint8)


def _kernel_blur(pixels: Pixels, parameters: tuple[float, ...], _: Random) -> Pixels:
    """The sigma that goes with a kernel by OpenCV's rule, as both papers' code leaves it to OpenCV."""
    kernel = int(parameters[0])
    return np.asarray(cv2.GaussianBlur(pixels, (kernel, kernel), 0), np.uint8)


def _noise(pixels: Pixels, parameters: tuple[float, ...], random: Random) -> Pixels:
    out = np.empty_like(pixels)
    deviation = np.float32(math.sqrt(parameters[0]))
    for start in range(0, len(pixels), _ROWS_AT_ONCE):  # the noise of a large image would not fit beside it
        part = pixels[start : start + _ROWS_AT_ONCE]
        drawn = random.standard_normal(part.shape, np.float32) * deviation
        out[start : start + _ROWS_AT_ONCE] = np.clip(np.rint(part + drawn), 0, 255)
    return out


def _screenshot(pixels: Pixels, parameters: tuple[float, ...], random: Random) -> Pixels:
    """Shown on a screen and saved from there.

    The viewer scales the image (bilinear; antialiased when it gets smaller); the colours go from sRGB to the levels of
    a screen of gamma 2.2 and are rounded to 8 bits; the picture of the screen is saved as PNG, or as JPEG.
    """
    factor, quality = parameters
    shown = Image.fromarray(pixels).resize(_scaled(pixels, factor), Image.Resampling.BILINEAR)
    levels = np.clip(np.rint(255 * _light_of_levels() ** (1 / _SCREEN_GAMMA)), 0, 255).astype(np.uint8)
    saved = levels[np.asarray(shown)]
    return _jpeg(saved, (quality,), random) if quality else saved


def _exposure(pixels: Pixels, parameters: tuple[float, ...], _: Random) -> Pixels:
    """More or less light: a factor of 2 a stop on linear light, between the sRGB curve and back; highlights clip."""
    light = np.minimum(1.0, _light_of_levels() * 2.0 ** parameters[0])
    levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * levels).astype(np.uint8)[pixels])


def _brightness(pixels: Pixels, parameters: tuple[float, ...], _: Random) -> Pixels:
    levels = np.clip(np.rint(np.arange(256) + 255 * parameters[0]), 0, 255).astype(np.uint8)
    return np.asarray(levels[pixels])


def _light_of_levels() -> NDArray[np.float64]:
    """Linear light 0-1 of the levels 0-255 (256,), by the sRGB curve (IEC 61966-2-1)."""
    levels = np.arange(256) / 255
    return np.asarray(np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4))


def _scaled(pixels: Pixels, factor: float) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    return max(1, round(factor * width)), max(1, round(factor * height))


_WORK: dict[str, Callable[[Pixels, tuple[float, ...], Random], Pixels]] = {
    "jpeg": _jpeg,
    "resize": _resize,
    "crop": _crop,
    "crop and size back": _crop_and_size_back,
    "blur": _blur,
    "kernel blur": _kernel_blur,
    "noise": _noise,
    "screenshot": _screenshot,
    "exposure": _exposure,
    "brightness": _brightness,
}
