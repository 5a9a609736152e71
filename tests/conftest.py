"""Fixtures for every test: an own user folder, small pictures, and small detectors."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

CLASSES = ("real", "nearest", "bilinear")


@pytest.fixture(autouse=True)
def own_user_folder(tmp_path_factory, monkeypatch):
    """Settings and installed detectors of a test never touch the developer's."""
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("DNADET_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def own_pixel_limit(monkeypatch):
    """Reading evidence sets Pillow's limit for its process; a test never leaves its own to the next."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)


@pytest.fixture
def shared_data():
    """The development image collection beside the checkout; tests that need it are skipped without it."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the development image collection is not beside this checkout")
    return folder


def picture(seed: int, width: int = 160, height: int = 144) -> np.ndarray:
    """A smooth coloured picture with some texture (H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), np.float32)
    return np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)


def upsampled(seed: int, how: Image.Resampling, side: int = 160) -> np.ndarray:
    """A noisy picture of half the side, enlarged: the trace of an upsampling layer (side, side, 3) uint8."""
    small = picture(seed, side // 2, side // 2)
    return np.asarray(Image.fromarray(small).resize((side, side), how))


def write_training_folder(folder: Path, per_class: int = 6) -> Path:
    """``folder/<class>/<source>/*.png`` of three synthetic classes that differ in their last upsampling only."""
    makers = {
        "real": lambda seed: picture(seed, 160, 160),
        "nearest": lambda seed: upsampled(seed, Image.Resampling.NEAREST),
        "bilinear": lambda seed: upsampled(seed, Image.Resampling.BILINEAR),
    }
    for name, make in makers.items():
        place = folder / name / "lab"
        place.mkdir(parents=True)
        for index in range(per_class):
            Image.fromarray(make(1000 * len(name) + index)).save(place / f"{index:03d}.png")
    return folder


def plain_card(**changes):
    """A card for a detector of the three synthetic classes."""
    card = {
        "schema": 1,
        "name": "tiny",
        "version": "1",
        "title": "Tiny test detector",
        "classes": [{"name": name, "title": name.title(), "description": ""} for name in CLASSES],
        "preprocess": {"kind": "native", "channels": "residual", "window_px": 64, "magnify": 1},
        "threshold": {"value": 0.5, "rule": "stated by the test"},
        "measured": [],
        "scope": {"smallest_side": 64, "flat_deviation": 2.0},
    }
    return {**card, **changes}


@pytest.fixture(scope="session")
def tiny_detector(tmp_path_factory):
    """An untrained detector file of the three synthetic classes: right in form, meaningless in its answers."""
    import torch

    from core.dna.detector import write_detector
    from core.dna.encoder import Net

    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("detectors") / "tiny.safetensors"
    write_detector(path, Net(len(CLASSES)), plain_card())
    return path


@pytest.fixture
def installed(tiny_detector, own_user_folder):
    """The small detector, installed and chosen; returns its summary."""
    from core.services.workspace import Workspace

    with Workspace() as workspace:
        summary = workspace.detectors.install(tiny_detector).value
        workspace.detectors.choose(summary.reference.digest)
    return summary


def save_pictures(folder: Path, count: int, **size) -> Path:
    """`count` different JPEG pictures in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        Image.fromarray(picture(index, **size)).save(folder / f"picture-{index:04d}.jpg", quality=92)
    return folder
