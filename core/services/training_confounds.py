"""The findings about what gives a class away besides what made its images."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from core.dna.confounds import (
    FEWEST,
    FORMAT_PARTS,
    OTHERS,
    Separation,
    against_the_others,
    content_features,
    format_features,
    pairwise,
    separation,
)
from core.retraining import CheckFinding, CheckKind, Severity, TrainingImage, WayOut
from core.services.training_duplicates import by_class
from core.services.training_words import listed

# The least balanced accuracy worth a warning. Files saved alike give 0.50; labels drawn by lot gave at most 0.65 with
# 50 images a class, in 60 trials. At 0.65, three in ten images of a class carry a sign that the other has not.
FORMAT_FLOOR = 0.65
# Some difference of content is normal. In the development collection, classes of mixed content stand against all others
# at 0.48–0.82 (nine architectures), photographs of general subjects from two publishers at 0.55–0.65; classes of one
# subject above: portraits 0.88, faces 0.98. Colour alone is a sign of content from 0.85.
CONTENT_FLOOR = 0.85
# How improbable an accuracy must be among classes that cannot be told apart, over all comparisons of a check.
CHANCE = 0.001
_NAMED = 3
_LEAST_COLOURS = 1

Step = Callable[[], None]


def format_is_label(
    images: Sequence[TrainingImage], subjects: Collection[str], *, alike: bool, step: Step
) -> list[CheckFinding]:
    """Classes that the file format alone tells apart.

    Args:
        images: readable images, those to compare with among them.
        subjects: the classes looked at.
        alike: whether all classes will be resized and re-compressed alike.
        step: called after each comparison.
    """
    found = pairwise(images, sorted(subjects), format_features, step)
    if not found:
        return [_not_comparable(images, subjects)] if subjects else []
    fired = _fired(found, FORMAT_FLOOR)
    return [_format_finding(images, fired, alike=alike)] if fired else []


def content_is_label(images: Sequence[TrainingImage], subjects: Collection[str], *, step: Step) -> list[CheckFinding]:
    """Classes that a glance at their colours tells from all others."""
    seen = [image for image in images if len(image.colours) >= _LEAST_COLOURS]
    fired = _fired(against_the_others(seen, sorted(subjects), content_features, step), CONTENT_FLOOR)
    if not fired:
        return []
    return [
        CheckFinding(
            CheckKind.CONTENT_IS_LABEL,
            Severity.WARNING,
            f"What the images show gives the class away: their colours alone, seen small, tell {_told(fired)}.",
            "The detector may learn the subject instead of the generator, and call every image of that subject by this "
            "name. Add images of other subjects, or photographs of the same ones.",
            _labels(fired),
            figures=_figures(fired),
            ways=(WayOut.ADD_IMAGES, WayOut.GO_ON),
        )
    ]


def _fired(found: Sequence[Separation], floor: float) -> list[Separation]:
    return [one for one in found if one.accuracy >= floor and one.chance * len(found) < CHANCE]


def _format_finding(images: Sequence[TrainingImage], fired: Sequence[Separation], *, alike: bool) -> CheckFinding:
    by = _by_what(images, fired[0])
    if alike:
        severity = Severity.NOTE
        advice = (
            "All classes are resized and re-compressed alike in training, as was chosen. Traces of the first "
            "compression may remain: test with images in other formats."
        )
    else:
        severity = Severity.WARNING
        advice = (
            "The detector may learn how the files were saved instead of what made the images, and call every file "
            "saved so by this name. Take images that were saved alike, or let all classes be resized and "
            "re-compressed alike in training."
        )
    return CheckFinding(
        CheckKind.FORMAT_IS_LABEL,
        severity,
        f"The file format gives the class away: {by} alone tell{'' if ' and ' in by else 's'} {_told(fired)}.",
        advice,
        _labels(fired),
        figures=_figures(fired),
        ways=(WayOut.COMMON_PROCESSING, WayOut.ADD_IMAGES, WayOut.GO_ON) if severity is Severity.WARNING else (),
    )


def _by_what(images: Sequence[TrainingImage], worst: Separation) -> str:
    """The properties of the files that tell the worst pair apart each by itself."""
    pair = by_class(image for image in images if image.label in (worst.first, worst.second))
    both = [image for mine in pair.values() for image in mine]
    names = (worst.first, worst.second)
    alone = {name: separation(names, both, maker).accuracy for name, maker in FORMAT_PARTS.items()}
    telling = [name for name, accuracy in alone.items() if accuracy >= FORMAT_FLOOR]
    return listed(telling) if telling else "container, compression tables and size in pixels"


def _told(fired: Sequence[Separation]) -> str:
    """Which classes are told apart in how many images."""
    named = "; ".join(f"{one.first} from {one.second} in {one.accuracy:.0%}" for one in fired[:_NAMED])
    more = f", and {len(fired) - _NAMED} further pairs" if len(fired) > _NAMED else ""
    how = "images of sources" if fired[0].by_source else "images"
    return f"{named} of {how} that were not used to find the rule (by guessing: 50 %){more}"


def _labels(fired: Sequence[Separation]) -> tuple[str, ...]:
    return tuple(sorted({name for one in fired for name in (one.first, one.second)} - {OTHERS}))


def _figures(fired: Sequence[Separation]) -> dict[str, float]:
    return {f"{one.first} | {one.second}": round(one.accuracy, 4) for one in fired}


def _not_comparable(images: Sequence[TrainingImage], subjects: Collection[str]) -> CheckFinding:
    large = [label for label, mine in by_class(images).items() if len(mine) >= FEWEST]
    return CheckFinding(
        CheckKind.FORMAT_IS_LABEL,
        Severity.NOTE,
        "Whether format or content give a class away could not be looked at: it takes two classes of "
        f"{FEWEST} images, and there {'is' if len(large) == 1 else 'are'} {len(large)}.",
        "Name folders with images of the detector's own classes, photographs above all, to have it looked at.",
        tuple(sorted(subjects)),
        ways=(WayOut.ADD_IMAGES,),
    )
