"""The images of a training: listed, checked, split and decoded, for a detector or for the pretext task."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.dna.dataset import Item
from core.errors import BadInput, NotFound, error_from_os
from core.progress import Progress
from core.retraining import Side

if TYPE_CHECKING:
    from core.dna.dataset import Picture
    from core.dna.recipe import Recipe


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a training learns from and is watched on.

    Attributes:
        classes: names in the order of the network's outputs.
        digest: names exactly this set of images.
        training, held: decoded images of either side.
        training_items, held_items: the files of either side.
        skipped: files left out, and why.
    """

    classes: tuple[str, ...]
    digest: str
    training: Sequence[Picture]
    held: Sequence[Picture]
    training_items: Sequence[Item]
    held_items: Sequence[Item]
    skipped: Mapping[Path, str]

    def left_out(self) -> str:
        """How many files were left out, and the reason of one, to be put into a sentence; empty when none was."""
        for path, why in self.skipped.items():
            count = "1 file was" if len(self.skipped) == 1 else f"{len(self.skipped)} files were"
            return f"{count} left out, for instance {path}: {why}"
        return ""

    def why_missing(self) -> str:
        """The same in brackets."""
        return f" ({self.left_out()})" if self.skipped else ""

    def sides(self) -> Iterator[tuple[Item, str]]:
        """Every file and the side of the split it is on."""
        from core.dna.run_folder import HELD, TRAINING

        yield from ((item, TRAINING) for item in self.training_items)
        yield from ((item, HELD) for item in self.held_items)


def read_training_data(
    plan: Recipe, folders: Sequence[Path], progress: Progress, without: Collection[str] = ()
) -> TrainingData:
    """List, check, split and decode what a recipe is to be trained on.

    Args:
        plan: the recipe.
        folders: the data folders.
        progress: report and cancel point.
        without: sources ("class/source") left out altogether, of an attribution recipe only.

    Raises:
        NotFound, BadInput: a folder or what it holds does not fit; the sentence says how.
    """
    if plan.schedule.task == "pretext":
        return _for_pretext(plan, folders, progress)
    return _labelled(plan, folders, progress, without)


def frozen_items(files: Path, progress: Progress) -> dict[Side, list[Item]]:
    """The images of a frozen split (path, sha256, class, source, side), each hashed again.

    What is trained on is what was frozen; a test image that is gone is only missed when it is tested on.

    Args:
        files: the table, as `core.services.training_split.freeze` writes it.
        progress: report and cancel point.

    Raises:
        NotFound: an image is gone.
        BadInput: the table cannot be read, or an image is another than the one that was frozen.
    """
    sides: dict[Side, list[Item]] = {side: [] for side in Side}
    rows = _frozen_rows(files)
    progress.start("Hashing images", len(rows), "images")
    for path, sha256, label, source, side in rows:
        if side is not Side.TEST:
            _refuse_another(path, sha256, files)
        sides[side].append(Item(path, label, source, sha256, str(path), quarters="-sheet2x2" in path.stem))
        progress.step()
    return sides


def read_split_data(files: Path, progress: Progress) -> TrainingData:
    """Decode the training and held-out images of a frozen split.

    Raises:
        NotFound, BadInput: see `frozen_items`; or a class has no image left on one side.
    """
    from core.dna.dataset import SMALLEST, manifest_of

    sides = frozen_items(files, progress)
    manifest = manifest_of([*sides[Side.TRAINING], *sides[Side.HELD_OUT]])
    decoded = _decoded((sides[Side.TRAINING], sides[Side.HELD_OUT]), SMALLEST, progress)
    data = TrainingData(manifest.classes, manifest.digest, *decoded)
    _refuse_empty(data)
    return data


def _frozen_rows(files: Path) -> list[tuple[Path, str, str, str, Side]]:
    try:
        with files.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
        return [(Path(r["path"]), r["sha256"], r["class"], r["source"], Side(r["side"])) for r in rows]
    except OSError as error:
        raise error_from_os(error, files, doing="reading the frozen split") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise BadInput(f"The split {files} cannot be read. Freeze it anew.") from error


def _refuse_another(path: Path, sha256: str, files: Path) -> None:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise NotFound(
            f"The image {path} of the frozen split is not there any more. Put its folder back, or take the image out "
            "of the images and freeze the split anew."
        ) from error
    if found != sha256:
        raise BadInput(f"{path} was changed since the split {files} was frozen. Put it back, or freeze the split anew.")


def _labelled(plan: Recipe, folders: Sequence[Path], progress: Progress, without: Collection[str]) -> TrainingData:
    from core.dna.dataset import SMALLEST, list_data, manifest_without, split

    manifest = manifest_without(list_data(folders, progress=progress), without)
    if len(manifest.classes) < 2:
        where = ", ".join(map(str, folders))
        raise BadInput(f"{where} has images of {len(manifest.classes)} class; a detector needs two or more.")
    sides = split(manifest, plan.holdout.sources, plan.holdout.share)
    data = TrainingData(manifest.classes, manifest.digest, *_decoded(sides, SMALLEST, progress))
    _refuse_empty(data)
    return data


def _refuse_empty(data: TrainingData) -> None:
    for name in data.classes:
        for pictures, side in ((data.training, "training"), (data.held, "held-out")):
            if not any(picture.item.architecture == name for picture in pictures):
                raise BadInput(
                    f"The class {name!r} has no readable {side} image{data.why_missing()}. Add images or change the "
                    "hold-out."
                )


def _for_pretext(plan: Recipe, folders: Sequence[Path], progress: Progress) -> TrainingData:
    from core.dna.dataset import list_data, split_unlabelled
    from core.dna.pretext import CLASSES, crop_side

    if plan.holdout.sources:
        raise BadInput("A pretext training holds out a share of the images, not sources. Leave the sources out.")
    manifest = list_data(folders, labelled=False, progress=progress)
    sides = split_unlabelled(manifest, plan.holdout.share)
    data = TrainingData(CLASSES, manifest.digest, *_decoded(sides, crop_side(plan.preprocess), progress))
    if not data.training or not data.held:
        side = "held-out" if data.training else "training"
        raise BadInput(f"No {side} image can be used{data.why_missing()}. Add images.")
    return data


Sides = tuple[Sequence["Item"], Sequence["Item"]]


def _decoded(
    sides: Sides, smallest: int, progress: Progress
) -> tuple[Sequence[Picture], Sequence[Picture], Sequence[Item], Sequence[Item], Mapping[Path, str]]:
    from core.dna.dataset import load_pictures

    skipped: dict[Path, str] = {}

    def skip(path: Path, why: str) -> None:
        skipped[path] = why

    progress.start("Reading images", sum(map(len, sides)), "images")
    training, held = (load_pictures(items, skip, progress.step, smallest=smallest) for items in sides)
    return training, held, *sides, skipped
