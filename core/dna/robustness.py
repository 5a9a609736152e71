"""How an answer stands up to processing: the same detector reads the image again after each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.dna.processing import JPEG_LARGEST_SIDE, Step, processed
from core.domain import Verdict
from core.errors import BadInput
from core.examine import RobustnessStep

if TYPE_CHECKING:
    from core.dna.attribute import Attributor, Reading
    from core.dna.preprocess import Prepared

_NO_JPEG = f"No JPEG file holds an image with more than {JPEG_LARGEST_SIDE:,} pixels on a side."


def read_steps(
    attributor: Attributor, pixels: NDArray[np.uint8], steps: Sequence[Step], seed: int, architecture: str
) -> Iterator[RobustnessStep]:
    """What the detector says after each step, in order.

    The scope of the detector is asked again every time, with the size that the image has then, and with the quality of
    the JPEG file where the step ends in one. An image that leaves the scope has the verdict *out of scope*, no top
    class, and the score 0.

    Args:
        attributor: reads images.
        pixels: the untouched image (H, W, 3) uint8 RGB.
        steps: see `processing.steps_of`; each begins with the untouched image.
        seed: of the image.
        architecture: what the untouched image is called; its score is followed.

    Raises:
        BadInput: the detector does not know that architecture.
    """
    classes = attributor.detector.classes
    if architecture not in classes:
        raise BadInput(f"The finding names {architecture!r}, which the detector does not know. Analyse it again.")
    place, together = classes.index(architecture), attributor.batch_images
    for start in range(0, len(steps), together):
        some = steps[start : start + together]
        readings = attributor.read_prepared([_prepared(attributor, pixels, step, seed) for step in some])
        for step, reading in zip(some, readings, strict=True):
            yield _row(step, reading, attributor, place)


def _prepared(attributor: Attributor, pixels: NDArray[np.uint8], step: Step, seed: int) -> Prepared | str:
    changed = processed(pixels, step, seed)
    return _NO_JPEG if changed is None else attributor.prepared(changed, step.jpeg_quality)


def _row(step: Step, reading: Reading, attributor: Attributor, place: int) -> RobustnessStep:
    from core.dna.attribute import verdict_of

    verdict, _, top = verdict_of(reading, attributor.detector)
    read = verdict is not Verdict.OUT_OF_SCOPE
    return RobustnessStep(
        curve=step.curve,
        level=step.level,
        text=step.text,
        verdict=verdict,
        score=float(reading.scores[place]) if read else 0.0,
        top=top,
        top_score=float(reading.scores.max()) if read else 0.0,
    )
