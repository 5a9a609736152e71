"""Image files below folders, and what a folder of images probably is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadInput, NotFound, error_from_os
from core.imaging.formats import FORMATS, HEAD_BYTES, format_of
from core.progress import Progress
from core.retraining import ImageGroup

_SUFFIXES = frozenset(suffix for row in FORMATS for suffix in row.suffixes)


def image_files(folder: Path, progress: Progress | None = None) -> list[Path]:
    """Files at any depth that are named like images or begin like one, in the order of their names.

    Files whose names begin with a dot are left alone, and links to folders are not followed.

    Raises:
        NotFound: there is no such folder.
        NoPermission, CoreError: it cannot be searched.
    """
    if not folder.is_dir():
        raise NotFound(f"The folder {folder} is not there. Connect its drive, or take it off the list of images.")
    progress, found = progress or Progress(), []
    for place, folders, names in os.walk(folder, onerror=_refuse):
        progress.check()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = (Path(place, name) for name in sorted(names) if not name.startswith("."))
        found += [path for path in inside if _is_image(path)]
    return found


def groups_below(folder: Path, progress: Progress | None = None) -> tuple[ImageGroup, ...]:
    """The groups of a folder ``DIR/<class>/<source>/*`` of known or test images.

    Raises:
        NotFound: there is no such folder.
        BadInput: it has no images in that form.
    """
    places = [source for label in _folders(folder) for source in _folders(label) if image_files(source, progress)]
    if not places:
        raise BadInput(f"{folder} has no images in the form <class>/<source>/<image>. Sort them so, or choose another.")
    return tuple(ImageGroup(place.parent.name, place.name, place) for place in places)


def _folders(place: Path) -> list[Path]:
    """Folders in a folder, and links to folders: data are often gathered so."""
    try:
        return sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))
    except FileNotFoundError as error:
        raise NotFound(f"The folder {place} is not there. Connect its drive, or choose another.") from error
    except OSError as error:
        raise error_from_os(error, place, doing="searching the folder for images") from error


def shape_of(folder: Path, progress: Progress | None = None) -> dict[tuple[str, ...], list[Path]]:
    """Image files by the folders that stand for class and source: (), (class,) or (class, source) below `folder`.

    Raises:
        NotFound: there is no such folder.
        BadInput: there are no images in it, or some of its classes have folders of sources and others none.
    """
    files = image_files(folder, progress)
    if not files:
        raise BadInput(f"There are no images in {folder}. Choose the folder that holds them, or one above it.")
    depths = {min(2, len(path.relative_to(folder).parts) - 1) for path in files}
    depth = min(depths)
    if depth == 0 and len(depths) > 1:
        raise BadInput(
            f"{folder} has images both in itself and in its folders, so it cannot be said which belong together. Give "
            "each class a folder of its own."
        )
    shape: dict[tuple[str, ...], list[Path]] = {}
    for path in files:
        shape.setdefault(path.relative_to(folder).parts[:depth], []).append(path)
    return shape


def _is_image(path: Path) -> bool:
    if path.suffix.lower() in _SUFFIXES:
        return not path.is_dir()
    if path.suffix:  # a text or a table beside the images is nobody's mistake
        return False
    try:
        with path.open("rb") as stream:
            return format_of(stream.read(HEAD_BYTES)) is not None
    except OSError:
        return False


def _refuse(error: OSError) -> None:
    raise error_from_os(error, Path(error.filename or "."), doing="searching the folder for images") from error


def sample(files: list[Path], count: int) -> Iterator[Path]:
    """Some of the files, evenly chosen."""
    step = max(1, len(files) // count)
    yield from files[::step][:count]
