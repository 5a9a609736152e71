"""The images of the sample case as rows: which photograph, which part of it, saved how, and by which generator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sample_generators import Generator


@dataclass(frozen=True, slots=True)
class Source:
    """A photograph we may ship: its file in scikit-image's data folder, what it shows, and its licence."""

    file: str
    shows: str
    licence: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One image of the sample case.

    Attributes:
        name: path below `images/`; "phone_export.zip!…" is a member of that archive.
        source: key of `SOURCES`.
        box: (left, top, right, bottom) in pixels of the photograph; nothing is resampled.
        container: Pillow's name of the container.
        options: how Pillow saves it.
        generator: None for the photograph itself, else the decoder fitted to the box.
        quarter_turn: stored turned to the left, with the EXIF orientation that turns it back.
    """

    name: str
    source: str
    box: tuple[int, int, int, int]
    container: str
    options: Mapping[str, Any] = field(default_factory=dict)
    generator: Generator | None = None
    quarter_turn: bool = False


SOURCES = {
    "astronaut": Source("astronaut.png", "Eileen Collins, NASA Great Images", "public domain (NASA)"),
    "cat": Source("chelsea.png", "Chelsea the cat, by Stéfan van der Walt", "CC0"),
    "coffee": Source("coffee.png", "cup of coffee, by Rachel Michetti", "CC0"),
    "rocket": Source("rocket.jpg", "launch of DSCOVR on Falcon 9, by SpaceX", "public domain (SpaceX)"),
    "hubble": Source("hubble_deep_field.jpg", "Hubble eXtreme Deep Field, by NASA", "public domain (NASA)"),
    "retina": Source("retina.jpg", "fundus of a left eye, by Mikael Häggström", "CC0"),
    "camera": Source("camera.png", "photographer with a camera, by Lav Varshney", "CC0"),
    "clock": Source("clock_motion.png", "wall clock, by Stéfan van der Walt", "public domain (the photographer)"),
}

PICTURES = (
    Picture("camera/DSC_0147.jpg", "astronaut", (0, 0, 512, 512), "JPEG", {"quality": 92}),
    Picture("camera/DSC_0151.jpg", "coffee", (0, 0, 600, 400), "JPEG", {"quality": 90}, quarter_turn=True),
    Picture("camera/launch.jpg", "rocket", (0, 0, 640, 427), "JPEG", {"quality": 75}),
    Picture("camera/fundus_left_eye.jpg", "retina", (322, 322, 1090, 1090), "JPEG", {"quality": 85}),
    Picture("camera/deep_field.webp", "hubble", (280, 180, 792, 692), "WEBP", {"quality": 90}),
    Picture("camera/film_scan_012.png", "camera", (0, 0, 512, 512), "PNG", {"optimize": True}),
    Picture("camera/wall_clock.tif", "clock", (0, 0, 400, 300), "TIFF", {"compression": "tiff_adobe_deflate"}),
    Picture("camera/cat_profile.png", "cat", (90, 0, 390, 300), "PNG", {"optimize": True}),
    Picture(
        "downloads/cup.png",
        "coffee",
        (140, 40, 460, 360),
        "PNG",
        {"optimize": True},
        Generator("nearest neighbour, then 3×3 convolution", 320, seed=11),
    ),
    Picture(
        "downloads/cat_wallpaper.jpg",
        "cat",
        (90, 20, 346, 276),
        "JPEG",
        {"quality": 95},
        Generator("bilinear, then 3×3 convolution", 256, seed=12),
    ),
    Picture(
        "downloads/deep_space_4k_final.png",
        "hubble",
        (100, 100, 420, 420),
        "PNG",
        {"optimize": True},
        Generator("3×3 convolution, then depth to space", 320, seed=13),
    ),
    Picture(
        "downloads/screenshot.jpg",  # a PNG with the wrong suffix
        "rocket",
        (240, 80, 560, 400),
        "PNG",
        {"optimize": True},
        Generator("transposed convolution 4×4, stride 2", 320, seed=14),
    ),
    Picture(
        "downloads/1700041532.webp",
        "retina",
        (760, 560, 1016, 816),
        "WEBP",
        {"lossless": True, "method": 6},
        Generator("transposed convolution 3×3, stride 2 (uneven overlap)", 256, seed=15),
    ),
    Picture("phone_export.zip!DCIM/IMG-WA0001.jpg", "cat", (60, 20, 380, 260), "JPEG", {"quality": 75}),
    Picture(
        "phone_export.zip!DCIM/IMG-WA0002.jpg",
        "camera",
        (140, 20, 396, 276),
        "JPEG",
        {"quality": 90},
        Generator("nearest neighbour, then 3×3 convolution", 256, seed=16),
    ),
    Picture("odd/avatar.png", "cat", (120, 60, 216, 156), "PNG", {"optimize": True}),
)
