"""How many images there are, of how many sources and sizes, and which of them cannot be what they are said to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from core.imaging.claimed_architecture import claimed_architecture
from core.retraining import CheckFinding, CheckKind, Severity, TrainingImage, WayOut
from core.services.training_duplicates import by_class
from core.services.training_words import counted, listed

FEWEST, ENOUGH, MOST = 10, 50, 5000  # an architecture is learned from 50 to 5,000 images
_REAL = "real"
_MIXED = 2.0  # between the shorter sides of the tenth and the nine-tenth image, or of two classes


def unreadable(images: Sequence[TrainingImage]) -> list[CheckFinding]:
    """Files that cannot be used."""
    broken = [image for image in images if image.problem]
    if not broken:
        return []
    named = f" {broken[0].problem}" if len(broken) == 1 else f" The first: {broken[0].problem}"
    return [
        CheckFinding(
            CheckKind.UNREADABLE,
            Severity.WARNING,
            f"{counted(len(broken), 'file')} cannot be read.{named}",
            "Nothing is learned from a file that cannot be read. Leave it out, or replace it by a whole copy and check "
            "again.",
            tuple(sorted({image.label for image in broken})),
            tuple(str(image.path) for image in broken),
            figures={"files": len(broken), "share": len(broken) / len(images)},
            ways=(WayOut.LEAVE_OUT, WayOut.ADD_IMAGES, WayOut.GO_ON),
        )
    ]


def few_classes(labels: Collection[str], needed: bool) -> list[CheckFinding]:
    """A training from the start with images of fewer than two classes."""
    if not needed or len(labels) > 1:
        return []
    found = f"only of {next(iter(labels))}" if labels else "of none"
    return [
        CheckFinding(
            CheckKind.FEW_IMAGES,
            Severity.STOP,
            f"There are images {found}; a detector tells two or more classes apart.",
            "Add images of other classes, photographs above all.",
            tuple(labels),
            figures={"classes": len(labels)},
            ways=(WayOut.ADD_IMAGES,),
        )
    ]


def few_images(images: Sequence[TrainingImage], labels: Sequence[str]) -> list[CheckFinding]:
    """Classes with too few images to learn from, or more than are needed."""
    mine = by_class(images)
    counts = {label: len(mine.get(label, ())) for label in labels}
    return [finding for label, count in counts.items() if (finding := _amount(label, count)) is not None]


def few_sources(images: Sequence[TrainingImage], labels: Sequence[str]) -> list[CheckFinding]:
    """Classes whose images all come from one source."""
    found = []
    for label, mine in by_class(images).items():
        sources = {image.source for image in mine}
        if label in labels and len(sources) == 1:
            found.append(
                CheckFinding(
                    CheckKind.FEW_SOURCES,
                    Severity.WARNING,
                    f"All {counted(len(mine), 'image')} of {label} come from one source ({next(iter(sources))}).",
                    "What this publisher did to its files is learned along with the generator, and nothing can show "
                    "how well images of another source are recognised. Add a second source if there is one.",
                    (label,),
                    figures={"sources": 1, "images": len(mine)},
                    ways=(WayOut.ADD_IMAGES, WayOut.GO_ON),
                )
            )
    return found


def resolution_mix(images: Sequence[TrainingImage], labels: Sequence[str]) -> list[CheckFinding]:
    """Classes of very different sizes inside, or beside the others."""
    sides = {
        label: np.array([min(image.width, image.height) for image in mine], float)
        for label, mine in by_class(images).items()
    }
    found = []
    for label in (label for label in labels if label in sides):
        low, middle, high = (max(1.0, float(value)) for value in np.percentile(sides[label], (10, 50, 90)))
        others = {name: max(1.0, float(np.median(mine))) for name, mine in sides.items() if name != label}
        far = [name for name, other in others.items() if max(other / middle, middle / other) >= _MIXED]
        if high / low >= _MIXED:
            found.append(_mixed(label, low, high))
        if far:
            found.append(_apart(label, middle, far, others))
    return found


def claimed_otherwise(images: Sequence[TrainingImage], labels: Collection[str]) -> list[CheckFinding]:
    """Images whose own metadata name another generator than the class they are in.

    Args:
        images: of the draft's groups.
        labels: every class there is, to be moved to.
    """
    found = []
    for label, mine in by_class(images).items():
        other = {image.sha256: image.claim for image in mine if image.claim and _contradicts(image.claim, label)}
        if other:
            found.append(_claims(label, other, labels))
    return found


def _contradicts(claim: str, label: str) -> bool:
    """Whether a claim cannot be true of a class: any of a photograph, and that of another architecture we know."""
    if label == _REAL:
        return True
    said, meant = claimed_architecture(claim), claimed_architecture(label)
    return bool(said and meant and said != meant)


def _claims(label: str, claims: Mapping[str, str], labels: Collection[str]) -> CheckFinding:
    meant = {sha256: claimed_architecture(claim) for sha256, claim in claims.items()}
    suggested = {sha256: name for sha256, name in meant.items() if name in labels}
    named = listed(sorted(set(claims.values())))
    return CheckFinding(
        CheckKind.CLAIMED_OTHERWISE,
        Severity.WARNING,
        f"The metadata of {counted(len(claims), 'image')} of {label} name{'s' if len(claims) == 1 else ''} a generator "
        f"that does not fit: {named}.",
        "Metadata can be false, but hardly ever are here. Move these images to their true class, or leave them out.",
        (label, *sorted(set(suggested.values()))),
        tuple(claims),
        suggested=suggested,
        figures={"images": len(claims)},
        ways=(*((WayOut.MOVE,) if suggested else ()), WayOut.LEAVE_OUT, WayOut.GO_ON),
    )


def _amount(label: str, count: int) -> CheckFinding | None:
    if count < FEWEST:
        severity, advice = Severity.STOP, f"At least {FEWEST} are needed to learn anything, {ENOUGH} to learn it well."
    elif count < ENOUGH:
        severity, advice = (
            Severity.WARNING,
            (
                f"With fewer than {ENOUGH}, the detector will know little of the variety of {label}, and the figures "
                "of its test will be rough."
            ),
        )
    elif count > MOST:
        severity, advice = Severity.NOTE, f"More than {MOST:,} make the training longer and the detector little better."
    else:
        return None
    have = "there is 1 image" if count == 1 else f"there are {counted(count, 'image')}"
    ways = {
        Severity.STOP: (WayOut.ADD_IMAGES,),
        Severity.WARNING: (WayOut.ADD_IMAGES, WayOut.GO_ON),
        Severity.NOTE: (),
    }
    return CheckFinding(
        CheckKind.FEW_IMAGES,
        severity,
        f"Of {label} {have} that can be used.",
        advice,
        (label,),
        figures={"images": count},
        ways=ways[severity],
    )


def _mixed(label: str, low: float, high: float) -> CheckFinding:
    return CheckFinding(
        CheckKind.RESOLUTION_MIX,
        Severity.NOTE,
        f"The images of {label} differ in size: a tenth have a shorter side of {low:.0f} pixels or less, a tenth of "
        f"{high:.0f} or more.",
        "Some of them were probably resized after they were made, which weakens what the generator left in them. "
        "Prefer images in the size the generator made.",
        (label,),
        figures={"low": low, "high": high},
    )


def _apart(label: str, middle: float, far: Sequence[str], others: Mapping[str, float]) -> CheckFinding:
    worst = max(far, key=lambda name: max(others[name] / middle, middle / others[name]))
    return CheckFinding(
        CheckKind.RESOLUTION_MIX,
        Severity.NOTE,
        f"Images of {label} are of another size than those of {listed(sorted(far))}: the middle shorter side is "
        f"{middle:.0f} pixels, of {worst} {others[worst]:.0f}.",
        "Where a generator makes images of one size this cannot be helped. Where it comes from resizing, take images "
        "that were not resized.",
        (label, *sorted(far)),
        figures={label: middle, worst: others[worst]},
    )
