"""Each processing against an independent computation, or a property that a wrong one would not have."""

import io
import math

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from core.dna.processing import (
    DRAWS,
    JPEG_LARGEST_SIDE,
    PRESETS,
    STANDARD,
    Step,
    jpeg_file,
    processed,
    seed_of,
    steps_of,
)
from core.errors import BadInput
from core.imaging.jpeg_quality import estimate_quality
from core.survival import PRESETS as PRESETS_IN_WORDS
from core.survival import axis
from tests.conftest import picture

SEED = seed_of("0123456789abcdef" * 4)
PIXELS = picture(1, 320, 240)
GREY = np.full((300, 400, 3), 128, np.uint8)


def standard(curve):
    return [step for step in STANDARD if step.curve == curve]


def grey(value):
    return np.full((8, 8, 3), value, np.uint8)


def test_jpeg_is_compressed_at_the_quality_it_says():
    steps = standard("JPEG")
    assert [step.jpeg_quality for step in steps] == [95, 85, 75, 60]
    for step in steps:
        out = processed(PIXELS, step, SEED)
        assert out.shape == PIXELS.shape
        with Image.open(io.BytesIO(jpeg_file(PIXELS, step.jpeg_quality).tobytes())) as file:
            found = estimate_quality(file.quantization)
            assert (found.quality, found.exact) == (step.jpeg_quality, True)
            assert file.layer[0][1:3] == (2, 2)  # luminance sampled twice as densely as chroma
        kept = io.BytesIO()
        Image.fromarray(PIXELS).save(kept, "JPEG", quality=step.jpeg_quality, subsampling=2)
        with Image.open(kept) as again:  # the other library's colours and its own quality
            assert np.abs(np.asarray(again).astype(int) - out).mean() < 0.5
    worse = [np.abs(processed(PIXELS, step, SEED).astype(int) - PIXELS).mean() for step in steps]
    assert worse == sorted(worse)
    assert worse[0] < worse[-1] - 0.5


def test_jpeg_keeps_red_red():
    out = processed(np.broadcast_to(np.array([200, 30, 20], np.uint8), (64, 64, 3)), standard("JPEG")[0], SEED)
    assert np.abs(out.reshape(-1, 3).mean(0) - (200, 30, 20)).max() < 3


def test_what_no_jpeg_file_can_hold_is_not_compressed():
    wide = np.zeros((1, JPEG_LARGEST_SIDE + 1, 3), np.uint8)
    by_curve = {(step.curve, step.level): processed(wide, step, SEED) for step in STANDARD}
    assert by_curve["JPEG", 95] is None
    assert by_curve["Screenshot", 125] is None
    assert by_curve["Crop", 10].shape[1] == pytest.approx(math.sqrt(0.9) * wide.shape[1], abs=1)
    nearly = np.zeros((1, round(JPEG_LARGEST_SIDE / 1.2), 3), np.uint8)  # too long for a JPEG file at 125 % only
    assert processed(nearly, standard("Screenshot")[1], SEED) is None
    assert processed(nearly, standard("JPEG")[0], SEED).shape == nearly.shape


def test_smaller_images_stay_small_and_keep_what_was_where():
    sizes = [processed(PIXELS, step, SEED).shape[:2] for step in standard("Resize")]
    assert sizes == [(180, 240), (120, 160)]
    ramp = np.repeat(np.linspace(0, 255, 320).astype(np.uint8)[None, :, None], 240, 0).repeat(3, 2)
    small = processed(ramp, standard("Resize")[1], SEED)
    assert np.abs(small[60, 5:-5, 0] - ramp[0, 0::2, 0][5:-5].astype(float)).max() <= 2
    checks = (np.indices((200, 200)).sum(0) % 2 * 255).astype(np.uint8)[:, :, None].repeat(3, 2)
    assert np.abs(processed(checks, standard("Resize")[1], SEED)[8:-8, 8:-8].astype(int) - 127).max() < 30  # no aliases


@pytest.mark.parametrize(("width", "height"), [(1000, 800), (333, 517), (3, 2), (1, 1)])
def test_a_crop_takes_its_share_of_the_area_from_the_rim(width, height):
    numbers = np.arange(width * height, dtype=np.uint32).reshape(height, width)
    marked = np.stack([numbers >> 16 & 255, numbers >> 8 & 255, numbers & 255], -1).astype(np.uint8)
    for step in standard("Crop"):
        out = processed(marked, step, SEED)
        first = int(out[0, 0, 0]) << 16 | int(out[0, 0, 1]) << 8 | int(out[0, 0, 2])
        top, left = divmod(first, width)
        assert np.array_equal(out, marked[top : top + out.shape[0], left : left + out.shape[1]])
        for taken, before, rim in ((out.shape[0], height, top), (out.shape[1], width, left)):
            assert abs(taken - before * math.sqrt(1 - step.level / 100)) <= 0.5 or taken == 1
            assert 0 <= (before - taken) - 2 * rim <= 2  # the same on both sides, as far as whole pixels allow
    assert [step.level for step in standard("Crop")] == [5, 10, 20]


def test_blur_is_a_gaussian_of_its_sigma():
    for step in standard("Blur"):
        out = processed(PIXELS, step, SEED)
        sigma = (step.level, step.level, 0)
        expected = gaussian_filter(
            PIXELS.astype(float), sigma, mode="mirror", truncate=math.ceil(3 * step.level) / step.level
        )
        assert np.abs(out - expected).max() <= 1.6
        assert out.shape == PIXELS.shape
    assert [step.level for step in standard("Blur")] == [0.5, 1.0, 2.0]


def test_noise_has_its_variance_and_no_lean():
    tall = np.full((1100, 300, 3), 128, np.uint8)  # more rows than are drawn at once
    for step in standard("Noise"):
        noise = processed(tall, step, SEED).astype(float) - 128
        assert noise.var() == pytest.approx(step.level + 1 / 12, rel=0.02)
        assert abs(noise.mean()) < 0.03
        assert abs(np.corrcoef(noise[:500].ravel(), noise[550:1050].ravel())[0, 1]) < 0.01
        assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.01


def test_noise_depends_on_the_image_and_the_step_alone():
    first, second, _ = standard("Noise")
    assert np.array_equal(processed(GREY, first, SEED), processed(GREY, first, SEED))
    assert not np.array_equal(processed(GREY, first, SEED), processed(GREY, first, SEED + 1))
    scaled = (processed(GREY, second, SEED).astype(float) - 128) / 2
    assert abs(np.corrcoef(scaled.ravel(), (processed(GREY, first, SEED).astype(float) - 128).ravel())[0, 1]) < 0.05


def test_light_follows_the_srgb_curve():
    steps = {step.level: step for step in standard("Light")}
    assert list(steps) == [-0.5, 0.5, -1.0, 1.0]
    for value in (2, 10, 60, 128, 200):
        for stops, step in steps.items():
            linear = value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4
            more = min(1.0, linear * 2**stops)
            level = 255 * (12.92 * more if more <= 0.0031308 else 1.055 * more ** (1 / 2.4) - 0.055)
            assert processed(grey(value), step, SEED)[0, 0, 0] == round(level)
    assert processed(grey(250), steps[1.0], SEED).max() == 255
    assert processed(grey(0), steps[1.0], SEED).max() == 0


def test_a_screenshot_changes_size_and_levels_and_then_the_file():
    png, larger, smaller = standard("Screenshot")
    assert [step.jpeg_quality for step in (png, larger, smaller)] == [None, 90, 90]
    assert [processed(PIXELS, step, SEED).shape[:2] for step in (png, larger, smaller)] == [
        (216, 288), (300, 400), (161, 214),
    ]  # fmt: skip
    for value in (5, 30, 128, 255):
        linear = value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4
        assert processed(grey(value), png, SEED)[2, 2, 0] == round(255 * linear ** (1 / 2.2))
    shown = Image.fromarray(PIXELS).resize((400, 300), Image.Resampling.BILINEAR)
    as_png = processed(PIXELS, Step("Screenshot", 125, "", "screenshot", (1.25, 0)), SEED)
    levels = np.asarray(shown) / 255
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    assert np.array_equal(as_png, np.rint(255 * light ** (1 / 2.2)))
    decoded = cv2.imdecode(jpeg_file(as_png, 90), cv2.IMREAD_COLOR)[:, :, ::-1]
    assert np.array_equal(processed(PIXELS, larger, SEED), decoded)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_step_leaves_the_original_alone_and_gives_pixels(preset):
    for shape in ((130, 150, 3), (1, 1, 3), (1, 40, 3)):
        original = np.random.default_rng(4).integers(0, 256, shape, dtype=np.uint8)
        before = original.copy()
        for step in steps_of(preset, SEED):
            out = processed(original, step, SEED)
            assert (out.dtype, out.ndim, out.shape[2]) == (np.uint8, 3, 3)
            assert np.array_equal(original, before), step
            assert axis(preset, step.curve)


def test_presets_have_words_and_curves_go_from_mild_to_strong():
    assert [words.name for words in PRESETS_IN_WORDS] == list(PRESETS)
    for preset in PRESETS:
        steps = steps_of(preset, SEED)
        assert len({step.number for step in steps}) == len(steps)
        for curve in {step.curve for step in steps}:
            levels = [abs(step.level) for step in steps if step.curve == curve]
            if curve in ("JPEG", "Resize"):
                assert levels == sorted(levels, reverse=True)
            elif curve != "Screenshot":
                assert levels == sorted(levels)
    with pytest.raises(BadInput, match=r"no preset 'harsh'.*standard, yu2019, dnadet2021"):
        steps_of("harsh", SEED)


@pytest.mark.parametrize("preset", ["yu2019", "dnadet2021"])
def test_a_papers_attacks_are_drawn_for_the_image_and_repeat(preset):
    assert steps_of(preset, SEED) == steps_of(preset, SEED)
    assert steps_of(preset, SEED) != steps_of(preset, SEED + 1)
    assert [step.curve for step in steps_of(preset, SEED)] == [
        curve for curve in ("JPEG", "Crop", "Blur", "Noise", "Light") for _ in range(DRAWS)
    ]
    assert seed_of("0" * 11 + "1" + "f" * 52) == 1


def drawn(preset, curve, count=600):
    return [step for seed in range(count) for step in steps_of(preset, seed) if step.curve == curve]


@pytest.mark.parametrize(
    ("preset", "curve", "low", "high"),
    [
        ("yu2019", "JPEG", 10, 75),
        ("yu2019", "Noise", 5, 20),
        ("yu2019", "Crop", 5, 20),
        ("yu2019", "Light", -1, 1),
        ("dnadet2021", "JPEG", 10, 75),
        ("dnadet2021", "Noise", 5, 20),
        ("dnadet2021", "Light", -90, 90),
    ],
)
def test_draws_are_even_over_the_papers_range(preset, curve, low, high):
    levels = np.array([step.level for step in drawn(preset, curve)])
    assert (levels.min(), levels.max()) == pytest.approx((low, high), abs=(high - low) / 30)
    assert levels.min() >= low
    assert levels.max() <= high
    assert levels.mean() == pytest.approx((low + high) / 2, abs=(high - low) / 40)


def test_kernels_are_drawn_as_each_papers_code_draws_them():
    yu = np.array([step.level for step in drawn("yu2019", "Blur")])
    assert {kernel: round(float((yu == kernel).mean()), 1) for kernel in (1, 3, 5, 7, 9)} == dict.fromkeys(
        (1, 3, 5, 7, 9), 0.2
    )
    own = np.array([step.level for step in drawn("dnadet2021", "Blur", 1500)])
    assert (own == 1).mean() == pytest.approx(1 / 9, abs=0.02)
    for kernel in (3, 5, 7, 9):
        assert (own == kernel).mean() == pytest.approx(2 / 9, abs=0.02)
    blur = next(step for step in drawn("yu2019", "Blur") if step.level == 9)
    expected = cv2.GaussianBlur(PIXELS.astype(np.float32), (9, 9), 0.3 * (4 - 1) + 0.8)
    assert np.abs(processed(PIXELS, blur, SEED) - expected).max() <= 1.1


def test_a_papers_crop_is_sized_back():
    ramp = np.repeat(np.linspace(0, 255, 400).astype(np.uint8)[None, :, None], 300, 0).repeat(3, 2)
    step = drawn("yu2019", "Crop", 1)[0]
    out = processed(ramp, step, SEED)
    assert out.shape == ramp.shape
    share = step.level / 200
    assert (int(out[5, 2, 0]), int(out[5, -3, 0])) == pytest.approx((255 * share, 255 * (1 - share)), abs=4)
    for step in drawn("dnadet2021", "Crop", 300):
        left, top, width, height, _ = step.parameters
        assert 0.8 - 1e-9 <= width * height <= 0.95 + 1e-9
        assert width * height == pytest.approx(1 - step.level / 100, abs=1e-3)
        assert 3 / 4 - 1e-9 <= width / height <= 4 / 3 + 1e-9
        assert min(left, top) >= 0
        assert max(left + width, top + height) <= 1 + 1e-9
    corners = {(round(step.parameters[0], 2), round(step.parameters[1], 2)) for step in drawn("dnadet2021", "Crop", 30)}
    assert len(corners) > 60


def test_brightness_is_added_and_clipped():
    for step in drawn("dnadet2021", "Light", 5):
        for value in (0, 100, 255):
            expected = min(255, max(0, value + 255 * step.level / 100))
            assert abs(int(processed(grey(value), step, SEED)[0, 0, 0]) - expected) <= 0.5
