"""Refreshing a detector's calibration on the held-out images of a frozen split; its weights stay as they are."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain import Table, Written
from core.errors import BadInput, error_from_os
from core.progress import Progress
from core.retraining import Side
from core.services.recalibration import Recalibrated, recalibrate_on
from core.services.training_frozen import frozen_rows, item_of

if TYPE_CHECKING:
    from core.dna.dataset import Manifest

CALIBRATION = "calibration"
"""What the verb calls it, in the place of a recipe."""
_REMARK = "The weights are those of the parent; scores, thresholds and likelihood ratios were fitted anew."


def refresh(parent: Path, files: Path, out: Path, device: str, progress: Progress) -> Written[Path]:
    """Write `out`: the parent, calibrated on the held-out images; what the parent remembers goes along.

    Args:
        parent: the detector.
        files: the frozen split.
        out: the file to write; it appears when everything is done.
        device: "auto", "cpu" or "cuda".
        progress: report and cancel point.

    Raises:
        BadInput: an image was learned from, or there are too few; `out` is there already.
        Cancelled: nothing was written.
    """
    from core.dna import run_folder

    if out.exists():
        raise BadInput(f"{out} exists. Give another --out, or move it away.")
    working = out.with_suffix(".run") / out.name
    words = ["main.py", "train", CALIBRATION, "--parent", str(parent), "--files", str(files), "--out", str(out)]
    try:
        working.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(parent, working)
        made = recalibrate_on(working, _held_out(files), files.name, shlex.join(words), device, progress)
        run_folder.end(working.parent, _remarks(made))
        _take_rehearsal(parent, out)
        os.replace(working, out)
    except OSError as error:
        raise error_from_os(error, out, doing="writing the calibrated detector") from error
    return Written(out, frozenset({Table.DETECTORS}))


def _remarks(made: Recalibrated) -> tuple[str, ...]:
    said = f"Calibrated on {made.images} held-out images. {_REMARK}"
    if not made.skipped:
        return (said,)
    return said, f"{len(made.skipped)} images were left out, for instance {made.skipped[0]}."


def _held_out(files: Path) -> Manifest:
    from core.dna.dataset import Manifest

    items = tuple(item_of(row) for row in frozen_rows(files) if row.side is Side.HELD_OUT)
    if not items:
        raise BadInput(f"The split {files} holds no image out. Add images, and split again.")
    lines = "\n".join(f"{item.architecture}/{item.source}\t{item.sha256}" for item in items)
    return Manifest(items, hashlib.sha256(lines.encode()).hexdigest())


def _take_rehearsal(parent: Path, out: Path) -> None:
    """What a detector remembers belongs to its encoder, which is the same."""
    from core.dna.rehearsal import rehearsal_path

    before, after = rehearsal_path(parent), rehearsal_path(out)
    if before.is_file():
        working = after.with_suffix(".tmp")
        shutil.copyfile(before, working)
        os.replace(working, after)
