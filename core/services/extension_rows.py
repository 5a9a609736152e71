"""The images that an extension learns from and is watched on: which of them, their views, and what is remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.dna.dataset import REAL
from core.imaging.problems import Undecodable
from core.imaging.training_facts import training_facts
from core.progress import Progress
from core.retraining import Side, TrainingImage
from core.services.view_files import Views, Wish, read_views

if TYPE_CHECKING:
    from core.dna.dataset import Item, Picture
    from core.dna.detector import Detector
    from core.dna.device import Device
    from core.dna.recipe import Recipe
    from core.dna.rehearsal import Rehearsal

_MOST_HELD, _MOST_TESTED = 200, 200  # of each class: reading more tells little more
_PIXEL_LIMIT = 200_000_000
_REAL_SHARE = 3  # how many times as many photographs: to accuse one wrongly costs most, and they vary most
_REMEMBERED_VIEWS = 2  # of each training image: as it is, and processed once


@dataclass(frozen=True, slots=True)
class NewImages:
    """Images with their views.

    Attributes:
        items: those used, by side.
        unused: how many were left aside because there are enough of their class.
        views: their rows.
        skipped: why others could not be used.
        digest: names exactly this set of training and held-out images.
    """

    items: Mapping[Side, tuple[Item, ...]]
    unused: int
    views: Views
    skipped: Mapping[Path, str]
    digest: str

    def sides(self) -> Iterator[tuple[Item, str]]:
        """Every file and the side it is on, for the records of the run."""
        for side, items in self.items.items():
            yield from ((item, side.value) for item in items)

    def used(self, side: Side) -> list[Item]:
        """The items of a side that could be read."""
        return [item for item in self.items[side] if item.path not in self.skipped]

    def held_pictures(self, progress: Progress) -> list[Picture]:
        """The held-out images, decoded."""
        from core.dna.dataset import load_pictures

        held = self.used(Side.HELD_OUT)
        progress.start("Reading held-out images", len(held), "images")
        return load_pictures(held, lambda _path, _why: None, progress.step)

    def remarks(self) -> tuple[str, ...]:
        """Sentences about what was not as usual."""
        said = []
        if self.unused:
            said.append(f"{self.unused} images were left aside: there were enough of their class.")
        if self.skipped:
            path, why = next(iter(self.skipped.items()))
            count = "1 image was" if len(self.skipped) == 1 else f"{len(self.skipped)} images were"
            said.append(f"{count} left out, for instance {path}: {why}")
        return tuple(said)


def read_new_images(
    plan: Recipe,
    parent: Detector,
    device: Device,
    sides: Mapping[Side, Sequence[Item]],
    before: Rehearsal | None,
    run: Path,
    progress: Progress,
) -> NewImages:
    """Read the views of the images of a split that are not remembered already.

    Raises:
        BadInput: none can be used, or what was kept of an earlier reading is damaged.
        Cancelled: what was read is kept.
    """
    from core.dna.attribute import Attributor
    from core.dna.dataset import manifest_of
    from core.dna.views import ViewReader

    settings = plan.extension
    known = set(before.digests) if before else set()
    most = {Side.TRAINING: settings.most_images, Side.HELD_OUT: _MOST_HELD, Side.TEST: _MOST_TESTED}
    fresh = {side: [item for item in items if item.sha256[:12] not in known] for side, items in sides.items()}
    kept = {side: tuple(_spread(items, most[side])) for side, items in fresh.items()}
    wishes = [
        Wish(item, tuple(range(settings.views + 1)) if side is Side.TRAINING else (0,))
        for side, items in kept.items()
        for item in items
        if side is not Side.TEST or item.path.is_file()
    ]
    reader = ViewReader(Attributor(parent, device, exact=True), plan.augment, settings.seed)
    views, skipped = read_views(_once(wishes), reader, _views_folder(run, plan, parent), progress)
    unused = sum(map(len, fresh.values())) - sum(map(len, kept.values()))
    manifest = manifest_of([*sides[Side.TRAINING], *sides[Side.HELD_OUT]])
    return NewImages(kept, unused, views, skipped, manifest.digest)


def _views_folder(run: Path, plan: Recipe, parent: Detector) -> Path:
    """Where views are kept that this detector read as this recipe asks; what others read is not taken for it."""
    made_of = f"{parent.reference.digest}\n{plan.digest}"
    return run / "views" / hashlib.sha256(made_of.encode()).hexdigest()[:12]


def _once(wishes: Sequence[Wish]) -> list[Wish]:
    by_digest: dict[str, Wish] = {}
    for wish in wishes:
        by_digest.setdefault(wish.item.sha256, wish)
    return list(by_digest.values())


def _spread(items: Sequence[Item], most: int) -> Iterator[Item]:
    """At most so many items of each class, three times as many photographs, as even over sources as there are."""
    for label in sorted({item.architecture for item in items}):
        left = most * (_REAL_SHARE if label == REAL else 1)
        by_source: dict[str, list[Item]] = {}
        for item in sorted((one for one in items if one.architecture == label), key=_draw):
            by_source.setdefault(item.source, []).append(item)
        for position, mine in enumerate(sorted(by_source.values(), key=len)):
            share = left // (len(by_source) - position)
            yield from mine[:share]
            left -= min(share, len(mine))


def _draw(item: Item) -> str:
    return hashlib.sha256(item.sha256.encode()).hexdigest()


def to_rehearsal(images: NewImages, plan: Recipe) -> Rehearsal:
    """All rows of what was read, with facts of every image, in the order of the keys."""
    from core.dna.rehearsal import Rehearsal

    by_digest = {item.sha256: (item, side) for side, items in images.items.items() for item in items}
    rows = [row for row, (name, _) in enumerate(images.views.keys) if name.split("#")[0] in by_digest]
    names = list(dict.fromkeys(images.views.keys[row][0] for row in rows))
    facts = tuple(_facts(name, *by_digest[name.split("#")[0]]) for name in names)
    return Rehearsal(
        images.views.features[rows],
        images.views.peaks[rows],
        np.array([names.index(images.views.keys[row][0]) for row in rows], np.int64),
        np.array([images.views.keys[row][1] for row in rows], np.int64),
        facts,
        {"recipe": plan.card.name},
    )


def _facts(name: str, item: Item, side: Side) -> TrainingImage:
    plain = TrainingImage(item.path, item.architecture, item.source, name, 0, side=side)
    try:
        facts = training_facts(item.path, _PIXEL_LIMIT)
    except Undecodable:
        return plain
    return TrainingImage(
        item.path,
        item.architecture,
        item.source,
        name,
        facts.size_bytes,
        facts.container,
        facts.tables,
        facts.quality,
        facts.width,
        facts.height,
        facts.claim,
        facts.hash64,
        facts.colours,
        side=side,
    )


def thinned(rehearsal: Rehearsal, most: int) -> Rehearsal:
    """What is worth remembering: of each class so many training images in two views, and the other sides as they are.

    Args:
        rehearsal: all rows.
        most: training images of each class; of photographs three times as many.
    """
    wanted: set[int] = set()
    for label in sorted({image.label for image in rehearsal.images}):
        places = [
            place
            for place, image in enumerate(rehearsal.images)
            if image.label == label and image.side is Side.TRAINING
        ]
        if places:
            count = min(most * (_REAL_SHARE if label == REAL else 1), len(places))
            chosen = np.linspace(0, len(places) - 1, count).round().astype(int)
            wanted |= {places[position] for position in chosen}
    training = np.array([side is Side.TRAINING for side in rehearsal.sides], bool)
    kept = np.isin(rehearsal.places, sorted(wanted)) & (rehearsal.views < _REMEMBERED_VIEWS)
    return rehearsal.rows(np.where(training, kept, rehearsal.views == 0))
