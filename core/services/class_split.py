"""The split of the images of one class: sources and families put on sides, and what cannot take part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from core.errors import BadInput
from core.retraining import Side, TrainingImage
from core.services.training_families import families
from core.services.training_sides import Lot, lots, normed, spread

BEGINNING = 12  # hexadecimal digits of a SHA-256 by which a detector remembers an image
_STRICTEST = (Side.TEST, Side.TRAINING, Side.HELD_OUT)  # whichever of a family's images the parent has seen decides


@dataclass(frozen=True, slots=True)
class ClassSplit:
    """The images of one class with their sides, and how many take no part.

    Attributes:
        copies: files with the bytes of another file that takes part.
        apart: files that belong to another side than their source, themselves or by an image that they are like.
        tested: files that the parent is tested on, and files like them.
        learned: files that the parent was trained on, and files like them, where nothing is to be trained.
        flatters: whether images that the parent was trained on are held out, because there are no others.
    """

    label: str
    images: tuple[TrainingImage, ...]
    copies: int = 0
    apart: int = 0
    tested: int = 0
    learned: int = 0
    flatters: bool = False


@dataclass(frozen=True, slots=True)
class _Class:
    """One class as it is being split.

    Attributes:
        images: sorted.
        family: the number of each image's family.
        home: the source that each family counts for.
        fixed: the side of each family that the parent has seen.
        known: sources of the parent's own images.
    """

    label: str
    images: Sequence[TrainingImage]
    family: Sequence[int]
    home: Mapping[int, str]
    fixed: Mapping[int, Side]
    known: frozenset[str]

    def sizes(self, sources: Collection[str]) -> dict[int, int]:
        """Images of each family that counts for one of the sources, within these sources."""
        pairs = zip(self.images, self.family, strict=True)
        return Counter(number for image, number in pairs if image.source in sources and self.home[number] in sources)


def split_class(
    label: str,
    images: Sequence[TrainingImage],
    shares: Mapping[Side, float],
    *,
    known: Collection[tuple[str, str]] = (),
    kept: Mapping[str, Side] | None = None,
) -> ClassSplit:
    """Put every image of a class on a side.

    Args:
        label: the class.
        images: its images, sorted.
        shares: of the sides.
        known: class and source of the parent's own images; they are not tested on.
        kept: the sides that the parent gave to images, by the beginning of their SHA-256.

    Raises:
        BadInput: there are fewer originals than sides.
    """
    one = _class(label, images, frozenset(source for each, source in known if each == label), kept or {})
    made = _made(one, shares)
    if one.known and _missing(one, made, shares):  # the parent has seen all that is at hand, on one side
        one = replace(one, fixed={number: side for number, side in one.fixed.items() if side is Side.TEST})
        made = replace(_made(one, shares), flatters=True)
    if missing := _missing(one, made, shares):
        raise _too_few(one, missing)
    return made


def _made(one: _Class, shares: Mapping[Side, float]) -> ClassSplit:
    sides, allowed = _planned(one, shares)
    found: list[TrainingImage] = []
    seen: set[str] = set()
    counts = Counter[str]()
    # Of the same bytes in two sources the copy in the home of its family takes part: it always may.
    order = sorted(range(len(one.images)), key=lambda place: one.images[place].source != one.home[one.family[place]])
    for place in order:
        image, side = one.images[place], sides.get(one.family[place])
        if side is None:
            counts["tested" if one.fixed[one.family[place]] is Side.TEST else "learned"] += 1
        elif image.sha256 in seen:
            counts["copies"] += 1
        elif side not in allowed[image.source]:
            counts["apart"] += 1
        else:
            seen.add(image.sha256)
            found.append(replace(image, side=side))
    return ClassSplit(one.label, tuple(found), counts["copies"], counts["apart"], counts["tested"], counts["learned"])


def _class(label: str, images: Sequence[TrainingImage], known: frozenset[str], kept: Mapping[str, Side]) -> _Class:
    family = families(images)
    sizes = Counter(image.source for image in images)
    home: dict[int, str] = {}
    fixed: dict[int, Side] = {}
    for image, number in zip(images, family, strict=True):
        home[number] = max(
            home.get(number, image.source), image.source, key=lambda one: (one in known, sizes[one], one)
        )
        seen = [side for side in (fixed.get(number), kept.get(image.sha256[:BEGINNING])) if side is not None]
        if seen:
            fixed[number] = min(seen, key=_STRICTEST.index)
    return _Class(label, images, family, home, fixed, known)


def _planned(one: _Class, shares: Mapping[Side, float]) -> tuple[dict[int, Side], dict[str, frozenset[Side]]]:
    """The side of every family that takes part, and the sides that each source may stand on."""
    taking = frozenset(shares) - {Side.TEST}
    sides = {number: side for number, side in one.fixed.items() if side in taking}
    allowed: dict[str, frozenset[Side]] = {}
    new = {image.source for image in one.images} - one.known
    for sources, wanted in ((new, dict(shares)), (one.known, _without_test(shares))):
        for lot in _lots(one, sources, wanted):
            allowed |= dict.fromkeys(lot.sources, frozenset(lot.sides))
            sides |= _spread(one, lot, wanted, sides)
    for source in {image.source for image in one.images} - set(allowed):
        allowed[source] = _follows(one, source, sides)
    return sides, allowed


def _without_test(shares: Mapping[Side, float]) -> dict[Side, float]:
    return normed(shares, [side for side in shares if side is not Side.TEST] or [Side.TRAINING])


def _lots(one: _Class, sources: Set[str], shares: Mapping[Side, float]) -> tuple[Lot, ...]:
    own = Counter[str]()
    for image, number in zip(one.images, one.family, strict=True):
        if image.source in sources and image.source == one.home[number] and number not in one.fixed:
            own[image.source] += 1
    if sources <= one.known and any(one.home[number] in sources for number in one.fixed):
        return (Lot(tuple(sorted(sources)), tuple(shares)),)  # the parent knows its own sides
    return lots(own, shares) if own else ()


def _spread(one: _Class, lot: Lot, shares: Mapping[Side, float], fixed: Mapping[int, Side]) -> dict[int, Side]:
    """The sides of the families that count for the sources of a lot and that the parent has not seen."""
    sizes = one.sizes(lot.sources)
    already = Counter[Side]()
    for number in [number for number in sizes if number in one.fixed]:
        size = sizes.pop(number)
        if number in fixed:
            already[fixed[number]] += size
    name = {min(one.images[place].sha256 for place in places): number for number, places in _places(one).items()}
    named = {sha256: sizes[number] for sha256, number in name.items() if number in sizes}
    drawn = spread(named, normed(shares, lot.sides), already)
    return {name[sha256]: side for sha256, side in drawn.items()}


def _places(one: _Class) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(one.family):
        found[number].append(place)
    return found


def _follows(one: _Class, source: str, sides: Mapping[int, Side]) -> frozenset[Side]:
    """A source all of whose images are like those of others stands where most of them do."""
    pairs = zip(one.images, one.family, strict=True)
    found = Counter(sides[number] for image, number in pairs if image.source == source and number in sides)
    return frozenset({max(found, key=lambda side: (found[side], side.value))} if found else ())


def _missing(one: _Class, made: ClassSplit, shares: Mapping[Side, float]) -> list[str]:
    """The sides that have no image, of those that the class needs."""
    present = {image.side for image in made.images}
    return [side.value for side in (_without_test(shares) if one.known else shares) if side not in present]


def _too_few(one: _Class, missing: Sequence[str]) -> BadInput:
    fresh = len(set(one.family) - set(one.fixed))
    what = "1 original" if fresh == 1 else f"{fresh:,} originals"
    seen = " that the parent has not seen" if one.fixed else ""
    return BadInput(
        f"The images of the class {one.label!r} come from {what}{seen}, copies and look-alikes counted once, and none "
        f"is left for {' and '.join(missing)}. Add images of other originals, or leave the class out."
    )
