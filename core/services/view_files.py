"""Views of images that a training has read, kept in its run folder chunk by chunk, so that nothing is read twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput, Cancelled
from core.progress import Progress
from core.whole_file import replace_file

if TYPE_CHECKING:
    from core.dna.dataset import Item
    from core.dna.views import Row, ViewReader

_CHUNK = 8  # images between two writings


@dataclass(frozen=True, slots=True)
class Views:
    """Rows of views in the order of `keys`: features (N, 512), peaks (N, 6336 or 0).

    A key is the SHA-256 of the image with "#1" to "#4" for the quarters of a sheet, and the number of the view.
    """

    features: NDArray[np.float32]
    peaks: NDArray[np.float32]
    keys: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """An item, and which views of it are wanted (0: as it is)."""

    item: Item
    views: tuple[int, ...]


def read_views(
    wishes: Sequence[Wish], reader: ViewReader, folder: Path, progress: Progress
) -> tuple[Views, dict[Path, str]]:
    """Read what is wished and not read yet; what was read is kept even when this is cancelled.

    Args:
        wishes: no item twice.
        reader: reads one view.
        folder: of the run, for what is kept.
        progress: one step of it is one image.

    Returns:
        The rows, and why files were left out.

    Raises:
        BadInput: what was kept is damaged.
        DiskFull: what was kept before stays.
        Cancelled: likewise.
    """
    done = [_read(path) for path in sorted(folder.glob("*.safetensors"))]
    kept = {key for part in done for key in part.keys}
    left = [wish for wish in wishes if not any(key[0].split("#")[0] == wish.item.sha256 for key in kept)]
    skipped: dict[Path, str] = {}
    progress.start("Reading views", len(wishes), "images", done=len(wishes) - len(left))
    fresh: list[tuple[tuple[str, int], Row]] = []
    try:
        for number, wish in enumerate(left, 1):
            fresh += _rows(wish, reader, skipped)
            if number % _CHUNK == 0:
                done += _keep(fresh, folder)
                fresh = []
            progress.step()
    except Cancelled:
        _keep(fresh, folder)
        raise
    done += _keep(fresh, folder)
    return _joined(done), skipped


def _rows(wish: Wish, reader: ViewReader, skipped: dict[Path, str]) -> Iterator[tuple[tuple[str, int], Row]]:
    from core.dna.dataset import load_pictures

    pictures = load_pictures([wish.item], lambda path, why: skipped.update({path: why}), lambda: None)
    for number, picture in enumerate(pictures, 1):
        outside = reader.outside(picture.pixels)
        if outside:
            skipped[wish.item.path] = outside
            continue
        name = f"{wish.item.sha256}#{number}" if len(pictures) > 1 else wish.item.sha256
        for view in wish.views:
            row = reader.processed(picture.pixels, name[:12], view) if view else reader.clean(picture.pixels)
            yield (name, view), row


def _keep(fresh: Sequence[tuple[tuple[str, int], Row]], folder: Path) -> list[Views]:
    from safetensors.numpy import save

    if not fresh:
        return []
    made = Views(
        np.stack([row.feature for _, row in fresh]),
        np.stack([row.peaks for _, row in fresh]),
        tuple(key for key, _ in fresh),
    )
    path = folder / f"{_free_number(folder):05d}.safetensors"
    names = "\n".join(f"{name}\t{view}" for name, view in made.keys)
    content = save({"features": made.features, "peaks": made.peaks}, metadata={"keys": names})
    replace_file(path, content, doing="keeping the views that were read")
    return [made]


def _free_number(folder: Path) -> int:
    """A number behind all that are there, also where one in between was deleted because it was damaged."""
    numbers = [int(path.stem) for path in folder.glob("*.safetensors") if path.stem.isdecimal()]
    return max(numbers, default=-1) + 1


def _read(path: Path) -> Views:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            lines = (file.metadata() or {})["keys"].split("\n")
            keys = tuple((name, int(view)) for name, view in (line.split("\t") for line in lines))
            return Views(file.get_tensor("features"), file.get_tensor("peaks"), keys)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise BadInput(f"{path} cannot be read ({error}). Delete it; its images are then read again.") from error


def _joined(parts: Sequence[Views]) -> Views:
    if not parts:
        raise BadInput("None of the images can be used: they are unreadable, too small, or without any detail.")
    features, peaks = (np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "peaks"))
    return Views(features, peaks, tuple(key for part in parts for key in part.keys))
