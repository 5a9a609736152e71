"""The images of a training: listed, checked, split and decoded, for a detector or for the pretext task."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import BadInput
from core.progress import Progress

if TYPE_CHECKING:
    from core.dna.dataset import Item, Picture
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


def _labelled(plan: Recipe, folders: Sequence[Path], progress: Progress, without: Collection[str]) -> TrainingData:
    from core.dna.dataset import SMALLEST, list_data, manifest_without, split

    manifest = manifest_without(list_data(folders, progress=progress), without)
    if len(manifest.classes) < 2:
        where = ", ".join(map(str, folders))
        raise BadInput(f"{where} has images of {len(manifest.classes)} class; a detector needs two or more.")
    sides = split(manifest, plan.holdout.sources, plan.holdout.share)
    data = TrainingData(manifest.classes, manifest.digest, *_decoded(sides, SMALLEST, progress))
    for name in data.classes:
        for pictures, side in ((data.training, "training"), (data.held, "held-out")):
            if not any(picture.item.architecture == name for picture in pictures):
                raise BadInput(
                    f"The class {name!r} has no readable {side} image{data.why_missing()}. Add images or change the "
                    "hold-out."
                )
    return data


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
