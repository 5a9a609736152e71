"""How both detectors stand up to everyday processing, on some of the test images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.progress import Progress
from core.services.training_comparison import is_right
from core.services.training_map import evenly
from core.services.training_testing import Both, Tested, read_processed

if TYPE_CHECKING:
    from core.dna.dataset import Item
    from core.dna.processing import Step
    from core.services.processes import Processes

MOST = 24
_STEPS = (
    "JPEG quality 85", "JPEG quality 60", "a reduction to 75 %", "a crop of 10 % of the area",
    "a blur of sigma 1 px", "noise of variance 20", "a screenshot at 125 %, JPEG 90",
)  # fmt: skip
_UNTOUCHED = "untouched"


def robustness(
    tested: Sequence[Tested],
    items: Sequence[Item],
    both: Both,
    classes: tuple[Sequence[str], Sequence[str] | None],
    processes: Processes,
    progress: Progress,
) -> dict[str, Any]:
    """The part "robustness" of a result: how many of the same images each names rightly after each processing.

    Args:
        tested: every test image.
        items: the files among them.
        both: the detectors.
        classes: of the new detector, and of its parent.
        processes: where they are read.
        progress: report and cancel point.
    """
    new, parent = classes
    files = {item.sha256: item for item in items if not item.quarters}
    chosen = [one for one in tested if one.path and one.sha256 in files and one.truth in {*new, *(parent or ())}]
    chosen = evenly(chosen, MOST)
    found: dict[str, list[Tested]] = {_UNTOUCHED: list(chosen)}
    progress.start("Processing some of them", len(chosen), "images")
    for one in chosen:
        read = processes.analyse(read_processed, both, files[one.sha256], standard_steps(), progress=progress)
        for name, after in read:
            found.setdefault(name, []).append(after)
        progress.step()
    steps = [_step(name, rows, new, parent) for name, rows in found.items()] if chosen else []
    return {"n": len(chosen), "steps": steps}


def standard_steps() -> tuple[Step, ...]:
    """One or two steps of each kind of everyday handling, out of those of the robustness check."""
    from core.dna.processing import STANDARD

    return tuple(step for step in STANDARD if step.text in _STEPS)


def _step(name: str, rows: Sequence[Tested], new: Sequence[str], parent: Sequence[str] | None) -> dict[str, Any]:
    old = [one for one in rows if one.truth in (parent or ())]
    before = {"n": len(old), "correct": sum(is_right(one, one.parent, parent or ()) for one in old)}
    mine = [one for one in rows if one.truth in new]
    after = {"n": len(mine), "correct": sum(is_right(one, one.new, new) for one in mine)}
    return {"name": name, "parent": None if parent is None else before, "new": after}
