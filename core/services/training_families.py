"""Images that belong together: copies, near copies, and files of one original. A split never puts them on two sides."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.retraining import TrainingImage

DISTANCES = (4, 2, 0)
"""Bits in which the perceptual hashes of near copies may differ: the first at which not most images look alike.

Among 15 sources of our own images (1 300 files), 4 bits or fewer joined 0 to 1 in 1 000 pairs, and those were near
copies; aligned faces begin to meet by chance at 6 bits.
"""
_ALIKE, _SHARE_ALIKE = 20, 0.3  # a larger family by looks alone says that these images cannot be told apart by them
_MOST_OF_A_STEM = 8  # a name that more files have ("image", "output") says nothing
_COPY = re.compile(r"(?:\s*\(\d+\)|[\s_-]+copy(?:[\s_-]*\d+)?)+$")
_ROWS_AT_ONCE = 256
_MASK = (1 << 64) - 1
Numbers = NDArray[np.int64]


def families(images: Sequence[TrainingImage]) -> tuple[int, ...]:
    """The number of the family that each image of one class belongs to, counted from 0 in their order.

    Joined are images with the same bytes, with nearly the same perceptual hash, and of one source with the same stem of
    their file names. Which images are joined does not depend on their order.
    """
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place, image in enumerate(images):
        places["bytes", image.sha256].append(place)
        if image.hash64:
            places["looks", image.hash64 & _MASK].append(place)
    joined = _joined(len(images), {**places, **_stems(images)}, _near(images))
    first: dict[int, int] = {}
    return tuple(first.setdefault(number, len(first)) for number in joined.tolist())


def _stems(images: Sequence[TrainingImage]) -> Mapping[Hashable, list[int]]:
    """Files of one source with the same stem: one original in several sizes or formats."""
    found: dict[Hashable, list[int]] = defaultdict(list)
    for place, image in enumerate(images):
        found["stem", image.source, _COPY.sub("", image.path.stem.casefold())].append(place)
    sizes = Counter(image.source for image in images)

    def says_something(places: list[int]) -> bool:
        return len(places) <= min(_MOST_OF_A_STEM, sizes[images[places[0]].source] // 2)

    return {key: places for key, places in found.items() if says_something(places)}


def _joined(count: int, places: Mapping[Hashable, Sequence[int]], near: Sequence[tuple[Hashable, Hashable]]) -> Numbers:
    """The connected parts of a graph with a node for each image and for each thing that some have in common."""
    nodes = {key: count + number for number, key in enumerate(places)}
    edges = [(place, nodes[key]) for key, found in places.items() for place in found]
    edges += [(nodes[one], nodes[other]) for one, other in near]
    return _parts(np.array(edges, np.int64).reshape(-1, 2), count + len(nodes))[:count]


def _parts(edges: Numbers, count: int) -> Numbers:
    graph = coo_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _near(images: Sequence[TrainingImage]) -> list[tuple[Hashable, Hashable]]:
    """Pairs of perceptual hashes that differ in few bits."""
    drawn = np.array([image.hash64 & _MASK for image in images if image.hash64], np.uint64)
    hashes, counts = np.unique(drawn, return_counts=True)
    pairs, distances = _close(hashes, DISTANCES[0])
    most = max(_ALIKE, _SHARE_ALIKE * len(images))
    for limit in DISTANCES:
        edges = pairs[distances <= limit]
        parts = _parts(edges, len(hashes)) if len(hashes) else np.zeros(0, np.int64)
        if not len(parts) or np.bincount(parts, weights=counts).max() <= most:
            break
    return [(("looks", int(hashes[one])), ("looks", int(hashes[other]))) for one, other in edges.tolist()]


def _close(hashes: NDArray[np.uint64], limit: int) -> tuple[Numbers, NDArray[np.uint8]]:
    """Places of every two hashes that differ in at most `limit` bits, (n, 2), and in how many each pair differs."""
    found, apart = [np.zeros((0, 2), np.int64)], [np.zeros(0, np.uint8)]
    for start in range(0, len(hashes), _ROWS_AT_ONCE):
        rows = hashes[start : start + _ROWS_AT_ONCE]
        bits = np.bitwise_count(rows[:, None] ^ hashes[None, start:])
        one, other = np.nonzero(bits <= limit)
        later = other > one
        found.append(np.stack([one[later], other[later]], axis=1) + start)
        apart.append(bits[one[later], other[later]])
    return np.concatenate(found), np.concatenate(apart)
