"""How long a training will take on this machine: a few of its images and steps are timed in a process like its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import BadInput
from core.progress import Progress
from core.retraining import Estimate, Side
from core.services.training_frozen import FrozenRow, frozen_rows, item_of

if TYPE_CHECKING:
    from core.dna.dataset import Picture
    from core.dna.device import Device
    from core.dna.probe import Pace
    from core.dna.recipe import Recipe

_PICTURES = 3
_EVALUATIONS = 1.3  # of the loss in one iteration of L-BFGS with its line search
_READINGS = 3  # a held-out image is read as it is, and once more with its tiles for the calibration
_MOST_OTHERS = 200  # of each class that are held out or tested on, as `extension_rows` has it
_MARGIN = (0.8, 1.5)  # a machine that is busy with something else, or that gets warm


def probe(recipe: Recipe, files: Path, parent: Path | None, device: str, progress: Progress) -> Estimate:
    """Time a few images and steps of a training, and reckon from them.

    Args:
        recipe: what is to be trained.
        files: the frozen split.
        parent: the detector it starts from.
        device: "auto", "cpu" or "cuda".
        progress: cancel point.

    Raises:
        BadInput: none of the training images can be read.
    """
    from core.dna.device import choose_device

    rows, where = frozen_rows(files), choose_device(device)
    progress.start("Measuring this machine", None, "images")
    if recipe.schedule.task == "extension":
        if parent is None:
            raise BadInput("A quick training adds classes to a detector. Choose the parent, or another effort.")
        return _of_views(recipe, rows, parent, where)
    return _of_steps(recipe, rows, where)


def _of_views(recipe: Recipe, rows: Sequence[FrozenRow], parent: Path, device: Device) -> Estimate:
    from core.dna.detector import load_detector
    from core.dna.probe import fit_pace, view_pace
    from core.dna.rehearsal import read_rehearsal

    detector, remembered, settings = load_detector(parent), read_rehearsal(parent), recipe.extension
    pictures, reading = _read(_spread(rows, 1, _PICTURES))
    view = view_pace(detector, recipe.augment, settings.seed, pictures, device)
    learned, held, tested = _counts(rows, settings.most_images)
    views = learned * (settings.views + 1) + held * _READINGS + tested
    fitted = learned * (settings.views + 1) + (len(remembered.places) if remembered else 0)
    classes = len(detector.classes) + len({row.label for row in rows} - set(detector.classes))
    fit = fit_pace(classes).times(fitted * settings.iterations * _EVALUATIONS)
    what = f"One view of an image took {_words(view)} on this machine ({device.name}); {views} are to be read."
    return _estimate(view.times(views).plus(reading.times(learned + held + tested)).plus(fit), what)


def _of_steps(recipe: Recipe, rows: Sequence[FrozenRow], device: Device) -> Estimate:
    from core.dna.probe import spectrum_pace, step_pace

    classes = sorted({row.label for row in rows})
    pictures, reading = _read(_spread(rows, 1, 2 * len(classes)))
    if missing := set(classes) - {picture.item.architecture for picture in pictures}:
        raise BadInput(f"No image of {', '.join(sorted(missing))} could be read. Check the images again.")
    step = step_pace(recipe, classes, pictures, device)
    schedule = recipe.schedule
    whole = step.times(schedule.steps).plus(reading.times(len(rows)))
    views = recipe.spectrum.views + 1 if recipe.spectrum else 0
    whole = whole.plus(spectrum_pace(recipe, pictures[:_PICTURES]).times(len(rows) * views))
    what = f"One step took {_words(step)} on this machine ({device.name}); {schedule.steps} are to be taken."
    return _estimate(whole, what)


def _read(rows: Sequence[FrozenRow]) -> tuple[list[Picture], Pace]:
    """Some images decoded, and how long one took."""
    from core.dna.dataset import load_pictures
    from core.dna.probe import pace_of

    taken: list[float] = []
    pictures: list[Picture] = []
    for row in rows:
        began = time.perf_counter()
        pictures += load_pictures([item_of(row)], _no_matter, _no_matter)
        taken.append(time.perf_counter() - began)
    if not pictures:
        raise BadInput(f"None of the images looked at can be read, for instance {rows[0].path}. Check them again.")
    return pictures, pace_of(taken)


def _no_matter(*_: object) -> None:
    """What cannot be read was found by the checks."""


def _spread(rows: Sequence[FrozenRow], each: int, most: int) -> list[FrozenRow]:
    """Some training images, of every class alike, and of as many sources as there are."""
    chosen: list[FrozenRow] = []
    seen: Counter[str] = Counter()
    order = sorted((row for row in rows if row.side is Side.TRAINING), key=lambda row: row.sha256)
    while order and len(chosen) < most:
        fewest = min(seen[row.label] for row in order)
        best = next(row for row in order if seen[row.label] == fewest)
        chosen.append(best)
        seen[best.label] += each
        order.remove(best)
    if not chosen:
        raise BadInput("The split has no image to learn from. Add images, and split again.")
    return chosen


def _counts(rows: Sequence[FrozenRow], most: int) -> tuple[int, int, int]:
    """How many images are learned from (at most so many of each class), held out, and tested on."""
    of_class = Counter((row.label, row.side) for row in rows)
    most_of = {Side.TRAINING: most, Side.HELD_OUT: _MOST_OTHERS, Side.TEST: _MOST_OTHERS}
    learned, held, tested = (
        sum(min(count, most_of[side]) for (_, mine), count in of_class.items() if mine is side) for side in most_of
    )
    return learned, held, tested


def _estimate(whole: Pace, what: str) -> Estimate:
    least, most = _MARGIN
    return Estimate(whole.seconds, min(whole.least, whole.seconds * least), max(whole.most, whole.seconds * most), what)


def _words(pace: Pace) -> str:
    return f"{pace.seconds:.2g} s" if pace.seconds >= 1 else f"{1000 * pace.seconds:.3g} ms"
