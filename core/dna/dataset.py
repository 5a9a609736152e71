"""Images to learn from: a folder ``DIR/<class>/<source>/*``, listed, hashed, split by source and held in memory."""

from __future__ import annotations

import csv
import hashlib
import struct
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from core.errors import BadInput, NotFound, error_from_os
from core.progress import Progress

UNKNOWN = "unknown"
REAL = "real"
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
_SHEET = "-sheet2x2"
SMALLEST = 64
_SEPARATORS = frozenset("/\\|,")  # they would break lists of "class/source", tables and file names
# What Pillow raises for damaged files, some of it from deep inside its readers.
_UNREADABLE = (
    OSError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
)


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


def list_data(folders: Path | Sequence[Path], *, labelled: bool = True, progress: Progress | None = None) -> Manifest:
    """List and hash one data folder, or several as one.

    Args:
        folders: each holds ``<class>/<source>/<image>``.
        labelled: whether the class names matter; without them an image may stand in two classes.
        progress: told of every file hashed.

    Raises:
        NotFound: a folder does not exist.
        BadInput: there are no images, a class folder is empty, a class or source name cannot be used, two folders hold
            the same source, or one image stands in two classes.
    """
    places = [folders] if isinstance(folders, Path) else list(folders)
    found = [(path, folder) for folder in places for path in _images(folder)]
    _refuse_same_source(places, found)
    found.sort(key=lambda pair: pair[0].relative_to(pair[1]))
    groups = {folder: _groups(folder) for folder in places}
    if progress is not None:
        progress.start("Hashing images", len(found), "images")
    items = []
    for path, folder in found:
        items.append(_item(path, folder, groups[folder]))
        if progress is not None:
            progress.step()
    if labelled:
        _refuse_alike(found)
        _refuse_two_classes(items)
    return manifest_of(items)


def manifest_without(manifest: Manifest, sources: Collection[str]) -> Manifest:
    """The manifest as if the named sources ("class/source") were not in the folders."""
    if not sources:
        return manifest
    return manifest_of([item for item in manifest.items if f"{item.architecture}/{item.source}" not in sources])


def manifest_of(items: Sequence[Item]) -> Manifest:
    """A manifest of these items, in this order."""
    lines = "\n".join(f"{item.architecture}/{item.source}\t{item.sha256}" for item in items)
    return Manifest(tuple(items), hashlib.sha256(lines.encode()).hexdigest())


def _images(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise NotFound(f"The data folder {folder} does not exist.")
    images = [path for path in folder.glob("*/*/*") if path.suffix.lower() in _SUFFIXES and path.is_file()]
    if not images:
        raise BadInput(f"{folder} has no images in the form <class>/<source>/<image>.")
    for name in sorted({name for path in images for name in (path.parent.name, path.parent.parent.name)}):
        _refuse_label(name, folder)
    filled = {path.parent.parent for path in images}
    for place in sorted(folder.iterdir()):
        if place.is_dir() and not place.name.startswith(".") and place not in filled:
            raise BadInput(
                f"The class folder {place} has no readable images. They belong into {place.name}/<source>/<image>; "
                "remove the folder if the class has none."
            )
    return images


def _refuse_label(name: str, folder: Path) -> None:
    odd = sorted({letter for letter in name if letter in _SEPARATORS or not letter.isprintable()})
    blank = name != name.strip()
    if odd or blank or name.startswith("."):
        why = "it begins or ends with a blank" if blank else "it begins with a dot"
        why = f"it contains {', '.join(map(ascii, odd))}" if odd else why
        raise BadInput(f"In {folder}, {name!r} cannot be the name of a class or source: {why}. Rename the folder.")


def _refuse_same_source(places: Sequence[Path], found: Iterable[tuple[Path, Path]]) -> None:
    owner: dict[str, Path] = {}
    for path, folder in found:
        name = f"{path.parent.parent.name}/{path.parent.name}"
        if owner.setdefault(name, folder) != folder or len(set(places)) < len(places):
            raise BadInput(f"{owner[name]} and {folder} both have the source {name}. Rename one, or leave one out.")


def _refuse_alike(found: Iterable[tuple[Path, Path]]) -> None:
    """Names that differ only in case are one name on other systems, and were meant as one."""
    first: dict[str, Path] = {name: Path(name) for name in (UNKNOWN, REAL)}
    for path, _ in found:
        source, place = path.parent, path.parent.parent
        if place.name != (other := first.setdefault(place.name.casefold(), place)).name:
            meant = f"the class {other.name!r}" if other == Path(other.name) else str(other)
            raise BadInput(f"The name of the class folder {place} differs from {meant} only in case. Rename it.")
        if source.name != (other := first.setdefault(f"{place.name}/{source.name}".casefold(), source)).name:
            raise BadInput(f"The name of the source folder {source} differs from {other} only in case. Rename it.")


def _refuse_two_classes(items: Iterable[Item]) -> None:
    first: dict[str, Item] = {}
    for item in items:
        other = first.setdefault(item.sha256, item)
        if other.architecture != item.architecture:
            raise BadInput(
                f"The same image is in two classes: {other.path} and {item.path}. Keep the one in its true class."
            )


def _item(path: Path, folder: Path, groups: dict[str, str]) -> Item:
    architecture, source = path.parent.parent.name, path.parent.name
    relative = path.relative_to(folder).as_posix()
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise error_from_os(error, path, doing="reading the image") from error
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
    their groups is held out, chosen by hash, so that the split is the same everywhere; at least one group of a class
    is on either side. Copies of one image stand on the same side.

    Raises:
        BadInput: a named source does not exist, a class named ``unknown`` is among the training data, or a class cannot
            be on both sides.
    """
    present = {f"{item.architecture}/{item.source}" for item in manifest.items}
    if missing := sorted(set(held_sources) - present):
        raise BadInput(f"The hold-out names {', '.join(missing)}, but the data folder has no such source.")
    if any(item.architecture == UNKNOWN for item in manifest.items):
        raise BadInput("A class named 'unknown' is test material and cannot be trained on. Move it out of the folder.")
    by_source = {name.split("/")[0] for name in held_sources}
    held: set[str] = set()
    for name in manifest.classes:
        mine = [item for item in manifest.items if item.architecture == name]
        _refuse_too_few(name, mine)
        whole = {item.sha256 for item in mine if f"{name}/{item.source}" in held_sources}
        held |= whole if name in by_source else _share(mine, held_share)
        if not {item.sha256 for item in mine} - held:
            raise BadInput(f"Nothing is left to train the class {name!r} on: all its images are held out.")
    return (
        [item for item in manifest.items if item.sha256 not in held],
        [item for item in manifest.items if item.sha256 in held],
    )


def split_unlabelled(manifest: Manifest, held_share: float) -> tuple[list[Item], list[Item]]:
    """Split whatever the classes are: a share of the groups is held out, at least one, and at least one is not.

    Raises:
        BadInput: there is only one image.
    """
    if len({item.sha256 for item in manifest.items}) < 2:
        raise BadInput("The data hold one image only: it cannot be both trained on and held out. Add images.")
    held = _share(manifest.items, held_share)
    return (
        [item for item in manifest.items if item.sha256 not in held],
        [item for item in manifest.items if item.sha256 in held],
    )


def _refuse_too_few(name: str, mine: Sequence[Item]) -> None:
    if len(mine) == 1:
        raise BadInput(
            f"The class {name!r} has one image only: it cannot be both trained on and held out. Add images, or leave "
            "the class out."
        )
    if len({item.sha256 for item in mine}) == 1:
        raise BadInput(f"All {len(mine)} images of the class {name!r} are the same file. Add different images.")


def _share(items: Sequence[Item], share: float) -> set[str]:
    """Digests of the images held out: whole groups, and with them every copy of their images."""
    joined = _joined(items)
    ranked = sorted({joined[item.group] for item in items}, key=_fraction)
    if len(ranked) == 1:
        raise BadInput(
            f"All {len(items)} images in {items[0].path.parent.parent} come from one input: they cannot be both "
            "trained on and held out. Add images of other inputs."
        )
    count = min(max(1, sum(_fraction(group) < share for group in ranked)), len(ranked) - 1)
    chosen = set(ranked[:count])
    return {item.sha256 for item in items if joined[item.group] in chosen}


def _joined(items: Iterable[Item]) -> dict[str, str]:
    """For every group the name of the groups it hangs together with by copies of an image: the first of their names."""
    root: dict[str, str] = {}
    by_digest: dict[str, str] = {}
    for item in items:
        mine = _root(root, root.setdefault(item.group, item.group))
        other = _root(root, by_digest.setdefault(item.sha256, mine))
        root[max(mine, other)] = min(mine, other)
    return {group: _root(root, group) for group in root}


def _root(root: Mapping[str, str], group: str) -> str:
    while root[group] != group:
        group = root[group]
    return group


def _fraction(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def load_pictures(
    items: Iterable[Item],
    skipped: Callable[[Path, str], None],
    step: Callable[[], None],
    *,
    smallest: int = SMALLEST,
) -> list[Picture]:
    """Decode items into memory; unreadable ones are reported through `skipped` and left out.

    Args:
        items: what to decode.
        skipped: called with path and reason for each file left out.
        step: called after each file (progress and cancel point).
        smallest: images with a shorter side in pixels are left out.
    """
    pictures: list[Picture] = []
    for item in items:
        try:
            with Image.open(item.path) as image:
                pixels = np.asarray(image.convert("RGB"))
        except _UNREADABLE as error:
            skipped(item.path, _why(error))
        else:
            for part in _quarters(pixels) if item.quarters else [pixels]:
                if min(part.shape[:2]) >= smallest:
                    pictures.append(Picture(np.ascontiguousarray(part), item))
                else:
                    skipped(item.path, f"smaller than {smallest} px")
        step()
    return pictures


def _why(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return str(error)
    # Without a number an OSError is Pillow's own, in the words of its decoders.
    cut = isinstance(error, SyntaxError | EOFError | struct.error) or (isinstance(error, OSError) and not error.errno)
    return "damaged or cut short" if cut else str(error) or type(error).__name__


def _quarters(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
    return [pixels[r : r + rows, c : c + columns] for r in (0, rows) for c in (0, columns)]


def by_class_and_source(pictures: Iterable[Picture]) -> dict[str, dict[str, list[Picture]]]:
    """Group pictures as class → source → pictures."""
    grouped: dict[str, dict[str, list[Picture]]] = defaultdict(lambda: defaultdict(list))
    for picture in pictures:
        grouped[picture.item.architecture][picture.item.source].append(picture)
    return {name: dict(sources) for name, sources in grouped.items()}
