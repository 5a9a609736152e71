"""Images to learn from: a folder ``DIR/<class>/<source>/*``, listed, hashed, split by source and held in memory."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from core.errors import BadInput, NotFound

UNKNOWN = "unknown"
REAL = "real"
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
_SHEET = "-sheet2x2"
_SMALLEST = 64


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a data folder.

    Attributes:
        group: images of one group never stand on both sides of a split (same input or original name).
        quarters: the file is a published 2×2 sheet and gives four images.
    """

    path: Path
    architecture: str
    source: str
    sha256: str
    group: str
    quarters: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded image: (H, W, 3) uint8 RGB, and the item it came from."""

    pixels: NDArray[np.uint8]
    item: Item


@dataclass(frozen=True, slots=True)
class Manifest:
    """The listed items of a data folder and the digest that names exactly this set."""

    items: tuple[Item, ...]
    digest: str

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in sorted order, ``real`` first, without ``unknown``."""
        names = {item.architecture for item in self.items} - {UNKNOWN}
        return tuple(sorted(names, key=lambda name: (name != REAL, name)))


def list_data(folder: Path) -> Manifest:
    """List and hash a data folder.

    Raises:
        NotFound: the folder does not exist.
        BadInput: it has no ``<class>/<source>/`` images.
    """
    if not folder.is_dir():
        raise NotFound(f"The data folder {folder} does not exist.")
    groups = _groups(folder)
    items = [
        _item(path, folder, groups)
        for path in sorted(folder.glob("*/*/*"))
        if path.suffix.lower() in _SUFFIXES and path.is_file()
    ]
    if not items:
        raise BadInput(f"{folder} has no images in the form <class>/<source>/<image>.")
    lines = "\n".join(f"{item.architecture}/{item.source}\t{item.sha256}" for item in items)
    return Manifest(tuple(items), hashlib.sha256(lines.encode()).hexdigest())


def _item(path: Path, folder: Path, groups: dict[str, str]) -> Item:
    architecture, source = path.parent.parent.name, path.parent.name
    relative = path.relative_to(folder).as_posix()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Item(path, architecture, source, digest, groups.get(relative, relative), _SHEET in path.stem)


def _groups(folder: Path) -> dict[str, str]:
    """Original names from a ``manifest.tsv`` in the folder or beside it: equal names are outputs for equal inputs."""
    for place, prefix in ((folder, ""), (folder.parent, folder.name + "/")):
        manifest = place / "manifest.tsv"
        if manifest.is_file():
            with manifest.open(encoding="utf-8", newline="") as stream:
                rows = list(csv.DictReader(stream, delimiter="\t"))
            return {
                row["path"].removeprefix(prefix): f"{row['class']}/{row['original_name']}"
                for row in rows
                if row.get("path", "").startswith(prefix) and row.get("original_name")
            }
    return {}


def split(manifest: Manifest, held_sources: Sequence[str], held_share: float) -> tuple[list[Item], list[Item]]:
    """Split into training and held-out items.

    Sources named in `held_sources` (as "class/source") are held out whole. Of classes without such a source, a share of
    their groups is held out, chosen by hash, so that the split is the same everywhere.

    Raises:
        BadInput: a named source does not exist, or a class named ``unknown`` is among the training data.
    """
    present = {f"{item.architecture}/{item.source}" for item in manifest.items}
    if missing := sorted(set(held_sources) - present):
        raise BadInput(f"The recipe holds out {', '.join(missing)}, but the data folder has no such source.")
    if any(item.architecture == UNKNOWN for item in manifest.items):
        raise BadInput("A class named 'unknown' is test material and cannot be trained on. Move it out of the folder.")
    by_source = {name.split("/")[0] for name in held_sources}
    training: list[Item] = []
    held: list[Item] = []
    for item in manifest.items:
        whole = f"{item.architecture}/{item.source}" in held_sources
        share = item.architecture not in by_source and _fraction(item.group) < held_share
        (held if whole or share else training).append(item)
    return training, held


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def load_pictures(
    items: Iterable[Item], skipped: Callable[[Path, str], None], step: Callable[[], None]
) -> list[Picture]:
    """Decode items into memory; unreadable ones are reported through `skipped` and left out.

    Args:
        items: what to decode.
        skipped: called with path and reason for each file left out.
        step: called after each file (progress and cancel point).
    """
    pictures: list[Picture] = []
    for item in items:
        try:
            with Image.open(item.path) as image:
                pixels = np.asarray(image.convert("RGB"))
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
            skipped(item.path, str(error))
        else:
            for part in _quarters(pixels) if item.quarters else [pixels]:
                if min(part.shape[:2]) >= _SMALLEST:
                    pictures.append(Picture(np.ascontiguousarray(part), item))
                else:
                    skipped(item.path, "smaller than 64 px")
        step()
    return pictures


def _quarters(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
    return [pixels[r : r + rows, c : c + columns] for r in (0, rows) for c in (0, columns)]


def by_class_and_source(pictures: Iterable[Picture]) -> dict[str, dict[str, list[Picture]]]:
    """Group pictures as class → source → pictures."""
    grouped: dict[str, dict[str, list[Picture]]] = defaultdict(lambda: defaultdict(list))
    for picture in pictures:
        grouped[picture.item.architecture][picture.item.source].append(picture)
    return {name: dict(sources) for name, sources in grouped.items()}
