"""Makes `resources/sample_case/`: public-domain photographs, pictures of our own generators, and odd files.

Run it with the program's own environment; the photographs come from the wheel of scikit-image 0.26.0, which carries
them with their licences (`pip download --no-deps scikit-image==0.26.0`):

    python packaging/make_sample_case.py --photographs scikit_image-0.26.0-….whl

It takes about five minutes on one processor thread and writes the same files again on the same kind of processor.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sample_generators import generate
from sample_pictures import PICTURES, SOURCES, Picture

TARGET = Path(__file__).resolve().parent.parent / "resources" / "sample_case"
LARGEST_FILE = 300_000  # bytes
LARGEST_FOLDER = 4_000_000  # bytes
ORIENTATION, DESCRIPTION, SOFTWARE = 0x0112, 0x010E, 0x0131  # EXIF tags
ZIP_TIME = (2026, 11, 21, 9, 0, 0)  # fixed, so that the archive comes out the same again


@dataclass(frozen=True, slots=True)
class Oddity:
    """A file made to show what the intake report says: why it is odd, and how it is made from the pictures."""

    name: str
    why: str
    make: Callable[[Mapping[str, bytes]], bytes]


def _flat(_: Mapping[str, bytes]) -> bytes:
    return _saved(Image.new("RGB", (256, 256), (188, 186, 180)), "PNG", {"optimize": True})


ODDITIES = (
    Oddity("odd/blank_wall.png", "one colour only: out of scope", _flat),
    Oddity(
        "odd/cut_off.jpg",
        "the first third of camera/launch.jpg: truncated",
        lambda made: made["camera/launch.jpg"][: len(made["camera/launch.jpg"]) // 3],
    ),
    Oddity("odd/empty.png", "zero bytes", lambda _: b""),
    Oddity(
        "odd/notes.jpg", "a text file with the suffix of an image", lambda _: b"Ask the phone unit about the export.\n"
    ),
    Oddity(
        "downloads/DSC_0147 (1).jpg",
        "the same bytes as camera/DSC_0147.jpg: a second occurrence",
        lambda made: made["camera/DSC_0147.jpg"],
    ),
)


def main() -> int:
    """Make the sample case; returns the exit code."""
    arguments = argparse.ArgumentParser(description="Make resources/sample_case/.")
    arguments.add_argument("--photographs", type=Path, required=True, help="wheel of scikit-image 0.26.0")
    arguments.add_argument("--out", type=Path, default=TARGET)
    given = arguments.parse_args()
    made = {picture.name: _picture(picture, given.photographs) for picture in PICTURES}
    made |= {oddity.name: oddity.make(made) for oddity in ODDITIES}
    _check(made)
    _write(made, given.out)
    return 0


def _picture(picture: Picture, wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        stored = archive.read(f"skimage/data/{SOURCES[picture.source].file}")
    image = Image.open(io.BytesIO(stored)).crop(picture.box)
    if picture.generator is not None:
        image = Image.fromarray(generate(picture.generator, np.asarray(image.convert("RGB"))))
    options = dict(picture.options)
    if picture.quarter_turn:
        image, options["exif"] = image.transpose(Image.Transpose.ROTATE_90), _exif(SOURCES[picture.source].shows)
    sys.stderr.write(f"{picture.name}\n")
    return _saved(image, picture.container, options)


def _exif(description: str) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be shown a quarter turn to the right
    exif[DESCRIPTION] = description
    exif[SOFTWARE] = "packaging/make_sample_case.py"
    return exif


def _saved(image: Image.Image, container: str, options: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, container, **options)
    return buffer.getvalue()


def _check(made: Mapping[str, bytes]) -> None:
    large = [name for name, content in made.items() if len(content) > LARGEST_FILE]
    if large or sum(map(len, made.values())) > LARGEST_FOLDER:
        raise SystemExit(f"The sample case is too large: {', '.join(large) or 'in all'}.")


def _write(made: Mapping[str, bytes], out: Path) -> None:
    images = out / "images"
    shutil.rmtree(images, ignore_errors=True)
    for name, content in made.items():
        if "!" not in name:
            (images / name).parent.mkdir(parents=True, exist_ok=True)
            (images / name).write_bytes(content)
    with zipfile.ZipFile(images / "phone_export.zip", "w") as archive:
        for name, content in made.items():
            if name.startswith("phone_export.zip!"):
                member = zipfile.ZipInfo(name.partition("!")[2], ZIP_TIME)
                member.external_attr = 0o644 << 16
                archive.writestr(member, content)
    (out / "SOURCES.md").write_text(_sources(made), encoding="utf-8")


def _sources(made: Mapping[str, bytes]) -> str:
    rows = [(p.name, SOURCES[p.source], p) for p in PICTURES]
    photographs = [
        f"| `{name}` | {source.shows} | {source.licence} | {_treatment(picture)} | {_digest(made[name])} |"
        for name, source, picture in rows
        if picture.generator is None
    ]
    generated = [
        f"| `{name}` | {picture.generator.upsampling} | {picture.generator.size} px | {source.shows} "
        f"({source.licence}) | {_treatment(picture)} | {_digest(made[name])} |"
        for name, source, picture in rows
        if picture.generator is not None
    ]
    odd = [f"| `{oddity.name}` | {oddity.why} | {_digest(made[oddity.name])} |" for oddity in ODDITIES]
    return SOURCES_PAGE.format(photographs="\n".join(photographs), generated="\n".join(generated), odd="\n".join(odd))


def _treatment(picture: Picture) -> str:
    left, top, right, bottom = picture.box
    details = ", ".join(f"{key} {value}" for key, value in picture.options.items() if key in ("quality", "lossless"))
    turned = ", stored turned with EXIF orientation 6" if picture.quarter_turn else ""
    kind = "pixels" if picture.generator is None else "fitted to pixels"
    return f"{kind} {left}, {top} to {right}, {bottom}; {picture.container} {details}".rstrip() + turned


def _digest(content: bytes) -> str:
    return f"`{hashlib.sha256(content).hexdigest()[:16]}`"


SOURCES_PAGE = """# Where the sample case comes from

Written by `packaging/make_sample_case.py`, which makes every file of `images/` again. A name with `!` is a member of
a ZIP archive. The last column is the start of the SHA-256.

## Photographs

Crops of photographs that are in the public domain or under CC0, as distributed and licensed in the data module of
scikit-image 0.26.0. No pixel was resampled; the bytes were saved anew as stated.

| file | shows | licence | how | SHA-256 |
|---|---|---|---|---|
{photographs}

## Pictures made by generators of our own

Each is the output of a small decoder (`packaging/sample_generators.py`), fitted to a photograph of the list above, so
that it looks like a picture while every pixel carries the trace of the decoder's upsampling. They are part of this
program and under its licence, Apache-2.0.

**No detector that ships was trained on these decoders**, and none has a class for them. The honest outcome for them is
whatever the detector says; a confident wrong name here shows a limit of the detector, not a defect of the sample case.

| file | upsampling | size | fitted to | how | SHA-256 |
|---|---|---|---|---|---|
{generated}

## Deliberately odd files

They show what the intake report and the verdict "out of scope" say. `odd/avatar.png` above belongs here too: its
shorter side is under 128 pixels. `downloads/screenshot.jpg` is a PNG.

| file | why | SHA-256 |
|---|---|---|
{odd}
"""


if __name__ == "__main__":
    sys.exit(main())
