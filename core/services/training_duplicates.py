"""Images that a draft meets more than once: copies, look-alikes, in two classes, as test images, learned before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.retraining import CheckFinding, CheckKind, Severity, Side, TrainingImage, WayOut
from core.services.training_words import counted, listed

# Hamming distance of the 64-bit hashes, and the largest difference of a colour number. Measured on the development
# collection (1,638 images, 1,340,703 pairs): 18 pairs are nearer than both, of which 15 are outputs of several networks
# for one input and 3 are one motif of one publisher, so that a false match is rarer than 1 in 400,000 pairs. Of 205
# images saved as JPEG of quality 30, halved, or brightened by a tenth, all were found; cropped by 2 % at each side,
# 84 %; cropped by 5 %, 11 %; mirrored, none.
FAR = 6
_COLOURS_FAR = 0.12
_BLOCK = 512
_PREFIX = 12  # characters of a SHA-256 that a rehearsal keeps
_MANY = 0.1  # of a class; with more look-alikes it holds notably fewer different images than files
_MOST_PAIRS = 5000

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Known:
    """Images that a draft's must not, or need not, be met again among.

    Attributes:
        test: images nothing may be trained on.
        remembered: images of the parent's rehearsal; of some only the beginning of the SHA-256 is known.
        seen: SHA-256 of those of the draft's images that the parent's card lists as learned from.
        parent: its name.
        classes: that it names.
    """

    test: tuple[TrainingImage, ...] = ()
    remembered: tuple[TrainingImage, ...] = ()
    seen: frozenset[str] = frozenset()
    parent: str = ""
    classes: tuple[str, ...] = ()


def near_pairs(first: Sequence[TrainingImage], second: Sequence[TrainingImage] | None = None) -> list[Pair]:
    """Pairs of different files that look alike: places in `first` and in `second` (None: in `first` as well, later)."""
    others = first if second is None else second
    if not first or not others:
        return []
    left, right = _hashes(first), _hashes(others)
    colours, their_colours = _colours(first), _colours(others)
    found: list[Pair] = []
    for start in range(0, len(left), _BLOCK):
        distance = np.bitwise_count(left[start : start + _BLOCK, None] ^ right[None, :])
        for row, column in np.argwhere(distance <= FAR).tolist():
            place = start + row
            if second is None and column <= place:
                continue
            if np.abs(colours[place] - their_colours[column]).max(initial=0.0) <= _COLOURS_FAR:
                found.append((place, column))
    return [pair for pair in found if not _same(first[pair[0]], others[pair[1]])][:_MOST_PAIRS]


def distinct(images: Iterable[TrainingImage]) -> tuple[TrainingImage, ...]:
    """The images without exact copies inside one class; the first of each stays."""
    kept: dict[tuple[str, str], TrainingImage] = {}
    for image in images:
        kept.setdefault((image.sha256, image.label), image)
    return tuple(kept.values())


def copies(images: Sequence[TrainingImage]) -> list[CheckFinding]:
    """Exact copies inside a class."""
    found = []
    for label, mine in by_class(images).items():
        extra = len(mine) - len({image.sha256 for image in mine})
        if extra:
            twice = [sha256 for sha256, count in _counts(mine).items() if count > 1]
            found.append(
                CheckFinding(
                    CheckKind.EXACT_DUPLICATE,
                    Severity.NOTE,
                    f"{counted(extra, 'file')} of {label} {'is an exact copy' if extra == 1 else 'are exact copies'} "
                    "of others, byte for byte.",
                    "Each image is counted and learned from once; nothing needs to be done.",
                    (label,),
                    tuple(twice),
                    figures={"copies": extra},
                )
            )
    return found


def in_two_classes(images: Sequence[TrainingImage]) -> list[CheckFinding]:
    """The same file in two classes: at most one of them is right."""
    labels: dict[str, set[str]] = {}
    for image in images:
        labels.setdefault(image.sha256, set()).add(image.label)
    twice = [sha256 for sha256, names in labels.items() if len(names) > 1]
    if not twice:
        return []
    names = sorted({name for sha256 in twice for name in labels[sha256]})
    return [
        CheckFinding(
            CheckKind.TWO_CLASSES,
            Severity.STOP,
            f"{counted(len(twice), 'image')} {'is' if len(twice) == 1 else 'are'} in two classes at once, byte for "
            f"byte the same: {listed(names)}.",
            "A detector cannot learn that one image is two things. Move each to its true class, or leave it out.",
            tuple(names),
            tuple(twice),
            figures={"images": len(twice)},
            ways=(WayOut.LEAVE_OUT, WayOut.MOVE),
        )
    ]


def look_alikes(images: Sequence[TrainingImage], new: int | None = None) -> list[CheckFinding]:
    """Near duplicates inside a class, and across classes; of the first `new` images (None: all), with any other."""
    pairs = [pair for pair in near_pairs(images) if new is None or pair[0] < new]
    inside: dict[str, list[Pair]] = {}
    across: list[Pair] = []
    for pair in pairs:
        first, second = images[pair[0]], images[pair[1]]
        if first.label == second.label:
            inside.setdefault(first.label, []).append(pair)
        else:
            across.append(pair)
    sizes = {label: len(mine) for label, mine in by_class(images).items()}
    found = [_alike_inside(label, mine, images, sizes[label]) for label, mine in sorted(inside.items())]
    return [*found, *([_alike_across(across, images)] if across else [])]


def test_overlap(images: Sequence[TrainingImage], known: Known) -> list[CheckFinding]:
    """Images that also stand among test images, as the same file or looking the same."""
    tests = (*known.test, *(image for image in known.remembered if image.side is Side.TEST))
    beginnings = {image.sha256[:_PREFIX] for image in tests}
    same = [image.sha256 for image in images if image.sha256[:_PREFIX] in beginnings]
    tested = [image for image in tests if image.colours]
    pairs = tuple((images[one].sha256, tested[other].sha256) for one, other in near_pairs(images, tested))
    found = [_overlapping(dict.fromkeys(same), ())] if same else []
    near = {pair[0]: None for pair in pairs if pair[0] not in set(same)}
    return [*found, *([_overlapping(near, pairs)] if near else [])]


def learned_before(images: Sequence[TrainingImage], known: Known) -> list[CheckFinding]:
    """Images of new groups that the parent has learned from already under another name."""
    names = {image.sha256[:_PREFIX]: image.label for image in known.remembered if image.side is not Side.TEST}
    found = []
    for label, mine in by_class(images).items():
        usual = label if label in known.classes else ""  # where the card lists an image but no class
        met = {image.sha256: names.get(image.sha256[:_PREFIX]) for image in mine}
        met = {sha256: usual if name is None and sha256 in known.seen else name for sha256, name in met.items()}
        other = [sha256 for sha256, name in met.items() if name is not None and name != label]
        if other:
            found.append(
                _met_before(label, other, sorted({met[sha256] or "" for sha256 in other} - {""}), known.parent)
            )
    return found


def by_class(images: Iterable[TrainingImage]) -> dict[str, list[TrainingImage]]:
    """The images of each class, in order of the names."""
    grouped: dict[str, list[TrainingImage]] = {}
    for image in images:
        grouped.setdefault(image.label, []).append(image)
    return dict(sorted(grouped.items()))


def _alike_inside(label: str, pairs: list[Pair], images: Sequence[TrainingImage], size: int) -> CheckFinding:
    extra = list(dict.fromkeys(second for _, second in pairs))
    share = len(extra) / size
    return CheckFinding(
        CheckKind.NEAR_DUPLICATE,
        Severity.WARNING if share > _MANY else Severity.NOTE,
        f"{counted(len(extra), 'image')} of {label} ({share:.0%}) look{'s' if len(extra) == 1 else ''} almost the "
        "same as another one: re-saved, resized or slightly changed copies.",
        "Look-alikes count as fewer images than they seem, and would flatter a test if they stood on both sides of the "
        "split; the split keeps them together. Leave them out where they are mere copies.",
        (label,),
        tuple(images[place].sha256 for place in extra),
        tuple((images[second].sha256, images[first].sha256) for first, second in pairs),
        figures={"images": len(extra), "share": share, "distance": FAR},
        ways=(WayOut.LEAVE_OUT, WayOut.GO_ON),
    )


def _alike_across(pairs: list[Pair], images: Sequence[TrainingImage]) -> CheckFinding:
    places = list(dict.fromkeys(place for pair in pairs for place in pair))
    names = sorted({images[place].label for place in places})
    return CheckFinding(
        CheckKind.NEAR_DUPLICATE,
        Severity.WARNING,
        f"{counted(len(pairs), 'pair')} of images look{'s' if len(pairs) == 1 else ''} almost the same but "
        f"{'stands' if len(pairs) == 1 else 'stand'} in different classes: {listed(names)}.",
        "One of the two may be in the wrong class, or be a copy of an input. Pairs of an input and its output are as "
        "they should be; they stay on one side of the split.",
        tuple(names),
        tuple(images[place].sha256 for place in places),
        tuple((images[first].sha256, images[second].sha256) for first, second in pairs),
        figures={"pairs": len(pairs), "distance": FAR},
        ways=(WayOut.LEAVE_OUT, WayOut.MOVE, WayOut.GO_ON),
    )


def _overlapping(images: Iterable[str], pairs: tuple[tuple[str, str], ...]) -> CheckFinding:
    mine = tuple(images)
    how = "look almost the same as a test image" if pairs else "are test images as well, byte for byte"
    if len(mine) == 1:
        how = "looks almost the same as a test image" if pairs else "is a test image as well, byte for byte"
    return CheckFinding(
        CheckKind.TEST_OVERLAP,
        Severity.WARNING if pairs else Severity.STOP,
        f"{counted(len(mine), 'image')} {how}.",
        "A detector that learned its test images looks better than it is. Leave them out of the training.",
        images=mine,
        pairs=pairs,
        figures={"images": len(mine)},
        ways=(WayOut.LEAVE_OUT, WayOut.GO_ON) if pairs else (WayOut.LEAVE_OUT,),
    )


def _met_before(label: str, images: Sequence[str], under: Sequence[str], parent: str) -> CheckFinding:
    name = f" as {listed(under)}" if under else ""
    return CheckFinding(
        CheckKind.LEARNED_BEFORE,
        Severity.WARNING,
        f"{parent} has learned from {counted(len(images), 'image')} of {label} before{name}.",
        "Under two names the same images pull the detector both ways, and they test nothing that is new to it. Leave "
        "them out, or move them to the class they were learned as.",
        (label, *under),
        tuple(images),
        suggested=dict.fromkeys(images, under[0]) if len(under) == 1 else {},
        figures={"images": len(images)},
        ways=(WayOut.LEAVE_OUT, *((WayOut.MOVE,) if len(under) == 1 else ()), WayOut.GO_ON),
    )


def _same(first: TrainingImage, second: TrainingImage) -> bool:
    return first.sha256[:_PREFIX] == second.sha256[:_PREFIX]


def _counts(images: Iterable[TrainingImage]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for image in images:
        counts[image.sha256] = counts.get(image.sha256, 0) + 1
    return counts


def _hashes(images: Sequence[TrainingImage]) -> NDArray[np.uint64]:
    return np.array([image.hash64 for image in images], np.uint64)


def _colours(images: Sequence[TrainingImage]) -> NDArray[np.float64]:
    """Colour numbers (n, 54); an image without any is like none."""
    length = max(len(image.colours) for image in images)
    empty = (np.inf,) * length
    return np.array([image.colours if len(image.colours) == length else empty for image in images], np.float64)
