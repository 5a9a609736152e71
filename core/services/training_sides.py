"""Which sources, and which families of images, of one class serve for what."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.retraining import Side

FEWEST = 10  # images that a side needs to say something, where there are so many
# Of sides that lack equally much, the first gets the larger part. With many sources that is not the test, which then
# gets several smaller sources: more sources tell more than more images of one.
_FAVOURED = (Side.TEST, Side.HELD_OUT, Side.TRAINING)
_OF_MANY = (Side.HELD_OUT, Side.TEST, Side.TRAINING)
Shares = Mapping[Side, float]
Thing = TypeVar("Thing", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Lot:
    """Sources that are treated alike: all of them stand on the one side, or their families are spread over several."""

    sources: tuple[str, ...]
    sides: tuple[Side, ...]


def lots(counts: Mapping[str, int], shares: Shares) -> tuple[Lot, ...]:
    """How the sources of one class are used.

    With sources enough, each side gets whole sources. Otherwise the smallest ones are tested on and the families of the
    others are spread over the other sides; and where no source is large enough for that, the families of all are.

    Args:
        counts: images of each source.
        shares: of the sides that are wanted; they add up to 1.
    """
    if len(counts) >= len(shares) and (whole := _whole(counts, shares)):
        return whole
    if Side.TEST in shares and len(shares) > 1 and (tested := _smallest(counts, shares)):
        others = tuple(side for side in shares if side is not Side.TEST)
        return Lot(tested, (Side.TEST,)), Lot(tuple(sorted(set(counts) - set(tested))), others)
    return (Lot(tuple(sorted(counts)), tuple(shares)),)


def spread(
    sizes: Mapping[Thing, int],
    shares: Shares,
    already: Mapping[Side, int] | None = None,
    favoured: Sequence[Side] = _FAVOURED,
) -> dict[Thing, Side]:
    """A side for each thing, the largest first, always for the side that lacks most; no side stays empty.

    Args:
        sizes: images of each thing; with fewer things than sides some sides do stay empty.
        shares: of the sides.
        already: images that stand on a side beforehand.
        favoured: which of two sides that lack equally much comes first.
    """
    totals = {side: (already or {}).get(side, 0) for side in shares}
    wanted = sum(sizes.values()) + sum(totals.values())
    order = sorted(sizes, key=lambda one: (-sizes[one], _draw(one)))
    found: dict[Thing, Side] = {}
    for number, one in enumerate(order):
        empty = [side for side in shares if not totals[side]]
        open_to = empty if len(order) - number <= len(empty) else list(shares)
        side = max(open_to, key=lambda each: (shares[each] * wanted - totals[each], -favoured.index(each)))
        found[one] = side
        totals[side] += sizes[one]
    return found


def normed(shares: Shares, sides: Sequence[Side]) -> dict[Side, float]:
    """The shares of some sides, so that they add up to 1; sides that get nothing are left out."""
    total = sum(shares[side] for side in sides)
    if not total:
        return dict.fromkeys(sides, 1 / len(sides))
    return {side: shares[side] / total for side in sides if shares[side] > 0}


def least(side: Side, shares: Shares, images: int) -> int:
    """How many images a side should have at least."""
    return min(FEWEST, max(1, math.floor(shares[side] * images)))


def _whole(counts: Mapping[str, int], shares: Shares) -> tuple[Lot, ...]:
    """Whole sources for each side; () when a side would have too few images."""
    found = spread(counts, shares, favoured=_OF_MANY if len(counts) > len(shares) else _FAVOURED)
    images = sum(counts.values())
    for side in shares:
        if sum(count for source, count in counts.items() if found[source] is side) < least(side, shares, images):
            return ()
    return tuple(Lot((source,), (found[source],)) for source in sorted(counts))


def _smallest(counts: Mapping[str, int], shares: Shares) -> tuple[str, ...]:
    """The smallest sources that together suffice to test on, never the largest one; () when they do not suffice."""
    needed = least(Side.TEST, shares, sum(counts.values()))
    chosen: list[str] = []
    for source in sorted(counts, key=lambda one: (counts[one], one))[:-1]:
        chosen.append(source)
        if sum(counts[one] for one in chosen) >= needed:
            return tuple(sorted(chosen))
    return ()


def _draw(one: Hashable) -> bytes:
    """An order that has nothing to do with names, the same everywhere."""
    return hashlib.sha256(str(one).encode("utf-8", "surrogatepass")).digest()
