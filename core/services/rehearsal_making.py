"""Letting a detector remember the images it was made from, so that classes can be added to it without them.

The images have to be at hand once; which were learned from and which were held out is found by the digests on the
card. Nothing of the detector's file changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain import DetectorSummary
from core.errors import BadInput
from core.progress import Progress
from core.retraining import Side

if TYPE_CHECKING:
    from core.dna.dataset import Item


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was written: the file, rows, and images by side."""

    path: Path
    rows: int
    images: dict[str, int]
    skipped: tuple[str, ...]


def remember(
    detector: DetectorSummary,
    data: Sequence[Path],
    test: Path | None = None,
    *,
    images: int = 40,
    device: str = "auto",
    progress: Progress | None = None,
) -> Remembered:
    """Read rows of a detector's own images and write them beside its file.

    Args:
        detector: whose file is not changed.
        data: the folders it was trained on, ``DIR/<class>/<source>/*``.
        test: a folder it has never met; ``unknown`` is open-set material.
        images: training images of each class that are remembered.
        device: "auto", "cpu" or "cuda".
        progress: report and cancel point; what was read is lost when cancelled.

    Raises:
        BadInput: the folders are not those it was trained on, or `test` was met in training.
    """
    import tempfile

    from core.dna.dataset import list_data
    from core.dna.detector import load_detector
    from core.dna.device import choose_device
    from core.dna.recipe import read_recipe
    from core.dna.rehearsal import write_rehearsal
    from core.services.extension_rows import read_new_images, thinned, to_rehearsal
    from core.services.training import Training
    from core.services.unseen_data import unseen_data

    progress = progress or Progress()
    sides = _sides(detector, list_data(data, progress=progress).items)
    manifest = unseen_data((detector,), test, allow_seen=False, progress=progress)[0] if test else None
    sides[Side.TEST] = list(manifest.items) if manifest else []
    plan = read_recipe(Training().recipe_named("quick"))
    plan = replace(plan, extension=replace(plan.extension, views=1, most_images=images))
    loaded = load_detector(detector.path)
    with tempfile.TemporaryDirectory() as folder:
        read = read_new_images(plan, loaded, choose_device(device), sides, None, Path(folder), progress)
    whole = thinned(to_rehearsal(read, plan), images)
    made = {
        "detector": f"{loaded.reference.name} {loaded.reference.version}",
        "digest": loaded.reference.digest,
        "folders": [path.resolve().name for path in data],
        "test": test.resolve().name if test else "",
        "test_digest": manifest.digest if manifest else "",
    }
    path = write_rehearsal(detector.path, replace(whole, made=made))
    counts = {side.value: sum(image.side is side for image in whole.images) for side in Side}
    return Remembered(path, len(whole.places), counts, tuple(f"{one}: {why}" for one, why in read.skipped.items()))


def _sides(detector: DetectorSummary, items: Sequence[Item]) -> dict[Side, list[Item]]:
    """Learned from or held out, by the digests and the held-out sources on the card; others are not taken."""
    from core.dna.contamination import learned_from

    trained = detector.card.get("trained") or {}
    learned = learned_from(trained, items)
    held_sources = set(trained.get("held_out_sources") or ())
    sides: dict[Side, list[Item]] = {side: [] for side in Side}
    by_class = {item.architecture for item in learned}
    for item in items:
        if item in learned:
            sides[Side.TRAINING].append(item)
        elif f"{item.architecture}/{item.source}" in held_sources or item.architecture in by_class:
            sides[Side.HELD_OUT].append(item)
    if missing := sorted(set(detector.classes) - by_class):
        raise BadInput(
            f"{detector.reference.name} was trained on other images of {', '.join(missing)} than those given. Give the "
            "folders it was trained on."
        )
    return sides
