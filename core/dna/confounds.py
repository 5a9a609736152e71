"""What gives a class away besides what made its images: the file format, or colours that a glance sees.

Two classes at a time, each weighing alike: what a small classifier can tell apart from the format alone, a network will
tell apart by the format as well, and it will be wrong on the first image that was saved otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.dna.small_classifier import (
    Places,
    Rows,
    chance_of_two,
    cross_validated,
    folds_of,
)
from core.retraining import TrainingImage

Maker = Callable[[Sequence[TrainingImage]], Rows]

FEWEST = 10  # images of a class; below, a share says nothing
OTHERS = "all other classes"
_COMMON = 12  # values of one property that get a column of their own
_MOST = 1500  # images of a class, evenly chosen: more make the answer no surer, only later


@dataclass(frozen=True, slots=True)
class Separation:
    """How well two classes can be told apart by something that should not tell them apart.

    Attributes:
        first, second: the classes.
        accuracy: balanced accuracy on images that the classifier was not fitted on; chance is 0.5.
        chance: how probable that accuracy is if nothing tells the classes apart.
        counts: images of either.
        by_source: whether images were judged by classifiers that had not seen their source (else: the image).
    """

    first: str
    second: str
    accuracy: float
    chance: float
    counts: tuple[int, int]
    by_source: bool


def pairwise(
    images: Sequence[TrainingImage], subjects: Sequence[str], maker: Maker, step: Callable[[], None] = lambda: None
) -> tuple[Separation, ...]:
    """Every pair of classes with a subject among it, the best separated first.

    Args:
        images: readable images of all classes.
        subjects: the classes that are being looked at.
        maker: makes features of images.
        step: called after each pair (progress and cancel point).
    """
    fit = _large_enough(images)
    found = []
    for first, second in combinations(sorted(fit), 2):
        if {first, second} & set(subjects):
            found.append(separation((first, second), [*fit[first], *fit[second]], maker))
            step()
    return tuple(sorted(found, key=lambda one: -one.accuracy))


def against_the_others(
    images: Sequence[TrainingImage], subjects: Sequence[str], maker: Maker, step: Callable[[], None] = lambda: None
) -> tuple[Separation, ...]:
    """Each subject against the images of all other classes together, the best separated first.

    Of two classes there is one such comparison, and it carries both names.
    """
    fit = _large_enough(images)
    if len(fit) == 2:
        return pairwise(images, subjects, maker, step)
    found = []
    for name in sorted(set(subjects) & set(fit) if len(fit) > 1 else ()):
        others = [image for other in sorted(fit) if other != name for image in fit[other]]
        rest = [replace(image, label=OTHERS, source=f"{image.label}/{image.source}") for image in _evenly(others)]
        found.append(separation((name, OTHERS), [*fit[name], *rest], maker))
        step()
    return tuple(sorted(found, key=lambda one: -one.accuracy))


def separation(names: tuple[str, str], images: Sequence[TrainingImage], maker: Maker) -> Separation:
    """How well two classes can be told apart; images of a class with several sources are judged by source."""
    labels = np.array([names.index(image.label) for image in images], np.int64)
    sources = [{image.source for image in images if image.label == name} for name in names]
    groups: list[Hashable] = [
        image.source if len(sources[label]) > 1 else row
        for row, (image, label) in enumerate(zip(images, labels.tolist(), strict=True))
    ]
    accuracy = _accuracy(maker(images), labels, folds_of(labels, groups))
    counts = (int((labels == 0).sum()), int((labels == 1).sum()))
    by_source = any(len(mine) > 1 for mine in sources)
    return Separation(*names, accuracy, chance_of_two(accuracy, counts), counts, by_source)


def _large_enough(images: Sequence[TrainingImage]) -> dict[str, list[TrainingImage]]:
    by_class: dict[str, list[TrainingImage]] = {}
    for image in images:
        by_class.setdefault(image.label, []).append(image)
    return {name: _evenly(mine) for name, mine in by_class.items() if len(mine) >= FEWEST}


def format_features(images: Sequence[TrainingImage]) -> Rows:
    """Container, JPEG tables and quality, and the sides; never the size in bytes.

    Bytes per pixel are left out on purpose: files saved alike differ in them by what they show, and by what made them.
    """
    return np.hstack([make(images) for make in FORMAT_PARTS.values()])


def container_features(images: Sequence[TrainingImage]) -> Rows:
    """Columns for each container and, of WebP, each coding."""
    return _one_hot([f"{image.container} {image.tables if image.container == 'WebP' else ''}" for image in images])


def table_features(images: Sequence[TrainingImage]) -> Rows:
    """Columns for the usual quantisation tables, and the quality (0 for files without)."""
    quality = np.array([[(image.quality or 0) / 100] for image in images], np.float64)
    return np.hstack([_one_hot([image.tables for image in images]), quality])


def size_features(images: Sequence[TrainingImage]) -> Rows:
    """Columns for the usual sizes, the logarithms of the sides and of their ratio."""
    sides = np.log2(np.array([[max(1, image.width), max(1, image.height)] for image in images], np.float64))
    usual = _one_hot([(image.width, image.height) for image in images])
    return np.hstack([usual, sides, np.abs(sides[:, :1] - sides[:, 1:])])


def content_features(images: Sequence[TrainingImage]) -> Rows:
    """The colours that a glance sees (`TrainingImage.colours`)."""
    return np.array([image.colours for image in images], np.float64)


FORMAT_PARTS: Mapping[str, Maker] = {
    "container": container_features,
    "compression tables": table_features,
    "size in pixels": size_features,
}


def _accuracy(rows: Rows, labels: Places, folds: Places) -> float:
    """Balanced accuracy on rows the classifier was not fitted on; rows that tell nothing count as half right."""
    scores = cross_validated(rows, labels, folds)
    right = np.where(scores[:, 0] == scores[:, 1], 0.5, scores.argmax(1) == labels)
    return float(np.mean([right[labels == label].mean() for label in (0, 1)]))


def _evenly(images: Sequence[TrainingImage]) -> list[TrainingImage]:
    places = np.linspace(0, len(images) - 1, min(len(images), _MOST)).round().astype(int)
    return [images[place] for place in places.tolist()]


def _one_hot(values: Sequence[Hashable]) -> NDArray[np.float64]:
    """A column for each of the commonest values; the rare ones share none."""
    usual = [value for value, _ in Counter(values).most_common(_COMMON)]
    return np.array([[float(value == one) for one in usual] for value in values], np.float64).reshape(len(values), -1)
