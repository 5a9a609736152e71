"""What the checks of a retraining know of one file."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.domain import IntakeOutcome
from core.imaging.claimed_architecture import claimed_architecture, class_name, suggested_class
from core.imaging.problems import Undecodable
from core.imaging.training_facts import THUMBNAIL_PX, training_facts, webp_coding
from tests.conftest import picture

LIMIT = 10_000_000


def saved(path, seed=1, *, width=300, height=200, **options):
    Image.fromarray(picture(seed, width, height)).save(path, **options)
    return path


def apart(first, second):
    return (first.hash64 ^ second.hash64).bit_count()


def test_a_jpeg_says_what_it_is(tmp_path):
    path = saved(tmp_path / "a.jpg", quality=80)
    facts = training_facts(path, LIMIT)
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (facts.container, facts.quality, facts.width, facts.height) == ("JPEG", 80, 300, 200)
    assert facts.size_bytes == path.stat().st_size
    assert facts.claim == ""
    with Image.open(io.BytesIO(facts.thumbnail)) as small:
        assert max(small.size) == THUMBNAIL_PX


def test_tables_tell_encoder_settings_apart_and_nothing_else(tmp_path):
    first, second, other = (
        training_facts(saved(tmp_path / name, seed, quality=quality), LIMIT).tables
        for name, seed, quality in (("a.jpg", 1, 80), ("b.jpg", 2, 80), ("c.jpg", 1, 85))
    )
    assert first == second != other
    assert training_facts(saved(tmp_path / "d.png"), LIMIT).tables == ""


@pytest.mark.parametrize(("lossless", "coding"), [(True, "lossless"), (False, "lossy")])
def test_a_webp_says_how_it_is_coded(tmp_path, lossless, coding):
    assert training_facts(saved(tmp_path / "a.webp", lossless=lossless), LIMIT).tables == coding


def test_a_webp_head_that_ends_early_says_nothing():
    assert webp_coding(b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00") == ""


def test_a_saved_copy_looks_the_same_and_another_picture_does_not(tmp_path):
    whole = training_facts(saved(tmp_path / "a.png"), LIMIT)
    copy = training_facts(saved(tmp_path / "a.jpg", quality=40), LIMIT)
    other = training_facts(saved(tmp_path / "b.png", 2), LIMIT)
    assert apart(whole, copy) <= 6 < apart(whole, other)
    assert np.abs(np.subtract(whole.colours, copy.colours)).max() < 0.05


def test_a_turned_camera_image_looks_as_it_is_seen(tmp_path):
    upright = saved(tmp_path / "a.png")
    with Image.open(upright) as image:
        exif = image.getexif()
        exif[0x0112] = 6  # shown a quarter to the right
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    assert apart(training_facts(upright, LIMIT), training_facts(tmp_path / "turned.png", LIMIT)) <= 2


def test_colours_are_shares(tmp_path):
    Image.new("RGB", (128, 128), (255, 0, 0)).save(tmp_path / "red.png")
    colours = training_facts(tmp_path / "red.png", LIMIT).colours
    assert colours == (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, *((1.0, 0.0, 0.0) * 16))


def test_the_model_in_png_parameters_is_the_claim(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, Seed: 1, Model: sd_xl_base_1.0")
    assert training_facts(saved(tmp_path / "a.png", pnginfo=info), LIMIT).claim == "sd_xl_base_1.0"


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n cut off"])
def test_what_is_no_image_is_a_sentence_with_its_path(tmp_path, content):
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    with pytest.raises(Undecodable, match="odd\\.png"):
        training_facts(path, LIMIT)


def test_too_many_pixels_are_not_decoded(tmp_path):
    with pytest.raises(Undecodable) as refused:
        training_facts(saved(tmp_path / "a.png"), 1000)
    assert refused.value.outcome is IntakeOutcome.TOO_LARGE


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("sd_xl_base_1.0", "sdxl"),
        ("Stable Diffusion XL 1.0", "sdxl"),
        ("v1-5-pruned-emaonly", "stable-diffusion-1"),
        ("flux1-dev-fp8", "flux1-dev"),
        ("Midjourney (its form of a job number)", "midjourney"),
        ("models\\my own Nét.safetensors", "my-own-net"),
        ("Stable Diffusion web UI (AUTOMATIC1111), or a program that writes in its form", ""),
        ("InvokeAI 3.1", ""),
    ],
)
def test_a_claim_becomes_a_class_name(claim, name):
    assert suggested_class(claim) == name


def test_class_names_are_recognised_and_can_be_folders():
    assert claimed_architecture("stylegan2") == "stylegan2"
    assert claimed_architecture("horses") == ""
    assert class_name("../Ünüsual/Näme ") == "unusual-name"
    assert class_name("???") == ""
