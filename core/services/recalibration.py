"""Calibrating a detector that exists on labelled images it has not learned from."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, error_from_os
from core.progress import Progress
from core.services.calibration import calibrate
from core.services.unseen_data import trained_images, trained_sources

if TYPE_CHECKING:
    from core.dna.dataset import Manifest


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """What came of calibrating anew.

    Attributes:
        images: how many images it was calibrated on.
        skipped: files that could not be read, and why.
        dropped: test sets whose figures left the card, because they were measured before.
    """

    images: int
    skipped: tuple[str, ...]
    dropped: tuple[str, ...]


def recalibrate(detector: Path, data: Path, command: str, device: str, progress: Progress) -> Recalibrated:
    """Fit scores, thresholds, likelihood ratios and the test for unknown architectures on a folder of images.

    The card keeps which sources and images served, so that the detector is not tested on them later. Figures measured
    before describe a detector that no longer exists; they leave the card.

    Args:
        detector: the file; it is replaced when everything is done.
        data: folder ``DATA/<class>/<source>/*``.
        command: how to repeat it.
        device: "auto", "cpu" or "cuda".
        progress: report and cancel point; the file is unchanged when cancelled.

    Raises:
        BadInput: images that were learned from, unknown classes, or too few.
    """
    from core.dna.dataset import list_data

    return recalibrate_on(detector, list_data(data, progress=progress), str(data), command, device, progress)


def recalibrate_on(
    detector: Path, manifest: Manifest, where: str, command: str, device: str, progress: Progress
) -> Recalibrated:
    """The same on images that are listed already; `where` says which, or in which folder they are."""
    from core.dna.card import read_header
    from core.dna.dataset import load_pictures
    from core.dna.detector import rewrite_card

    card = read_header(detector).card
    _refuse_learned(card, manifest, where)
    skipped: list[str] = []
    progress.start("Reading images", len(manifest.items), "images")
    pictures = load_pictures(manifest.items, lambda path, why: skipped.append(f"{path}: {why}"), progress.step)
    try:
        # Beside the detector, so that the finished file can take its place in one step.
        with tempfile.TemporaryDirectory(dir=detector.parent, prefix=".calibrating-") as folder:
            working = Path(folder) / detector.name
            shutil.copyfile(detector, working)
            name = f"the images of {Path(where).resolve().name}"
            calibrate(working, pictures, trained_sources(card), device=device, progress=progress, held_out=name)
            made = dict(read_header(working).card)
            dropped = tuple(str(row.get("set")) for row in made["measured"])
            made |= {"measured": [], "calibrated_on": _calibrated_on(manifest, command)}
            made.pop("held_out", None)
            rewrite_card(working, made)
            os.replace(working, detector)
    except OSError as error:
        raise error_from_os(error, detector, doing="writing the calibrated detector") from error
    return Recalibrated(len(pictures), tuple(skipped), dropped)


def _refuse_learned(card: Mapping[str, Any], manifest: Manifest, where: str) -> None:
    from core.dna.contamination import shared_sources

    if shared := shared_sources(trained_images(card), manifest):
        raise BadInput(
            f"Images of {', '.join(shared)} in {where} were trained on; scores calibrated on them would be too sure of "
            "themselves. Calibrate on images that were held out."
        )


def _calibrated_on(manifest: Manifest, command: str) -> dict[str, Any]:
    from core.dna.contamination import image_digests

    return {
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
        "data_digest": manifest.digest,
        "sources": sorted({f"{item.architecture}/{item.source}" for item in manifest.items}),
        "image_digests": image_digests(manifest.items),
    }
