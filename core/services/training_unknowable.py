"""What test images cannot tell, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.services.training_testing import Tested

_FEW_REALS = 189  # with fewer, none accused leaves 2 % within the 95 % interval (Wilson)
_DIFFERING = (
    "What counts as unknown differs between the two: images of an added class are unknown to the parent, so AUROC and "
    "OSCR of the two are not of the same images."
)


def unknowable(
    tested: Sequence[Tested], new: Sequence[str], parent: Sequence[str] | None, skipped: Sequence[str]
) -> Iterator[str]:
    """A sentence for everything that cannot be known from these images.

    Args:
        tested: every test image.
        new: classes of the new detector.
        parent: those of its parent.
        skipped: a sentence for each image that could not be read.
    """
    from core.dna.dataset import REAL, UNKNOWN

    both, present = {*new, *(parent or ())}, {one.truth for one in tested}
    for name in sorted(both - present):
        yield f"There is no test image of {name}: how well it is named is not known."
    if strange := sorted(present - both - {UNKNOWN}):
        yield f"Neither detector can name {', '.join(strange)}; these images count as of an unknown architecture."
    if not present - both:
        yield "There is no image of an unknown architecture: how often one would be given a name is not known."
    reals = sum(one.truth == REAL for one in tested)
    if 0 < reals < _FEW_REALS:
        yield f"{_counted(reals, 'real photograph')} cannot rule out that one in fifty is accused falsely."
    if features := sum(not one.path for one in tested):
        yield f"{_counted(features, 'test image')} known by features only: no processing was tried there."
    if parent is not None and set(parent) != set(new):
        yield _DIFFERING
    if skipped:
        yield f"{_counted(len(skipped), 'test image')} took no part. The first: {skipped[0]}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
